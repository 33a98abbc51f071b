import type { Fix } from '../../base/finding';
import { say } from '../../base/message';
import type { Span } from '../../base/span';
import { withoutTrailing } from '../../base/trailing';
import type { FieldPlace, KubeadmVersion } from '../../catalog/kubeadm/fields';
import type { KubeadmAnalysis } from '../../model/kubeadm/analysis';
import { entryOf, type YamlEntry, type YamlMap } from '../../syntax/located-yaml';

/** The column of an offset in its line. */
export function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/** The lines of an entry that stands on lines of its own, the break behind them included; undefined for any other. */
function linesOf(text: string, { keySpan, value }: YamlEntry): Span | undefined {
  const start = text.lastIndexOf('\n', keySpan.start - 1) + 1;
  if (text.slice(start, keySpan.start).trim() !== '') return undefined;
  const last = text.slice(keySpan.start, Math.max(value.span.end, keySpan.end)).trimEnd().length + keySpan.start;
  const newline = text.indexOf('\n', last);
  const end = newline < 0 ? text.length : newline + 1;
  return /^[ \t]*(?:#.*)?\r?\n?$|^:[ \t]*(?:#.*)?\r?\n?$/.test(text.slice(last, end)) ? { start, end } : undefined;
}

/** Puts lines that were indented by `from` columns under an indentation of `to` columns. */
function reindented(lines: string, from: number, to: number): string {
  const moved = lines
    .split('\n')
    .map((line) =>
      line.trim() === '' ? '' : ' '.repeat(Math.max(0, line.search(/\S/) - from + to)) + line.trimStart(),
    )
    .join('\n');
  return `${withoutTrailing(moved, /\n/)}\n`;
}

/**
 * The fix that takes an entry out of its mapping and puts it where the field belongs, in the document of that kind or
 * in a new one; undefined where the place is taken or the text is not laid out in lines.
 */
export function moveField(
  { text, documents }: KubeadmAnalysis,
  entry: YamlEntry,
  api: KubeadmVersion,
  place: FieldPlace,
): Fix | undefined {
  const span = linesOf(text, entry);
  if (span === undefined) return undefined;
  const name = place.path.at(-1) ?? entry.key;
  const lines = text.slice(span.start, span.end).replace(entry.key, name).replaceAll('\r', '');
  const from = columnOf(text, entry.keySpan.start);
  const removal = { span, newText: '' };
  const title = say('Move to {0} of {1}', place.path.join('.'), place.kind);

  const home = documents.find((each) => each.kind?.text === place.kind && each.schema !== undefined);
  if (home === undefined) {
    // No command reads both: a file that has one of them would get a document that is left aside.
    const other = { InitConfiguration: 'JoinConfiguration', JoinConfiguration: 'InitConfiguration' }[place.kind];
    if (other !== undefined && documents.some((each) => each.kind?.text === other)) return undefined;
    const head = `---\napiVersion: kubeadm.k8s.io/${api}\nkind: ${place.kind}\n`;
    const newText = `${text.endsWith('\n') ? '' : '\n'}${head}${nested(place.path.slice(0, -1), lines, from, 0)}`;
    return {
      title,
      edits: [removal, { span: { start: text.length, end: text.length }, newText }],
      confidence: 'review',
    };
  }
  if (home.root?.kind !== 'map') return undefined;
  let map: YamlMap = home.root;
  const rest = [...place.path];
  for (;;) {
    const next = rest[0] === undefined ? undefined : entryOf(map, rest[0]);
    if (next === undefined) break;
    if (rest.length === 1 || next.value.kind !== 'map') return undefined;
    map = next.value;
    rest.shift();
  }
  const last = map.entries.at(-1);
  const lastLines = last === undefined || map.flow ? undefined : linesOf(text, last);
  if (last === undefined || lastLines === undefined) return undefined;
  const at = lastLines.end;
  // Insertion at the very place of the removal would be one edit over the other.
  if (span.start < at && at < span.end) return undefined;
  const newText = `${text[at - 1] === '\n' ? '' : '\n'}${nested(rest.slice(0, -1), lines, from, columnOf(text, last.keySpan.start))}`;
  return { title, edits: [removal, { span: { start: at, end: at }, newText }], confidence: 'review' };
}

function nested(parents: readonly string[], lines: string, from: number, indent: number): string {
  const heads = parents.map((name, depth) => `${' '.repeat(indent + 2 * depth)}${name}:\n`).join('');
  return heads + reindented(lines, from, indent + 2 * parents.length);
}
