import { type Span, touches } from '../../base/span';
import type { YamlEntry, YamlValue } from '../../syntax/located-yaml';
import type { DocumentSymbol, Fold } from '../language';

/** The outline of a mapping: every key, with its text where it has one; `isSecret` keeps texts out. */
export function yamlSymbols(
  value: YamlValue | undefined,
  isSecret: (entry: YamlEntry) => boolean,
): readonly DocumentSymbol[] {
  if (value?.kind !== 'map') return [];
  return value.entries.map((entry) => ({
    name: entry.key === '' ? '?' : entry.key,
    ...detailOf(entry, isSecret),
    kind: entry.value.kind === 'scalar' ? 'key' : 'block',
    span: { start: entry.keySpan.start, end: Math.max(entry.keySpan.end, entry.value.span.end) },
    nameSpan: entry.keySpan,
    children:
      entry.value.kind === 'list' ? itemSymbols(entry.value.items, isSecret) : yamlSymbols(entry.value, isSecret),
  }));
}

function detailOf({ value, ...entry }: YamlEntry, isSecret: (entry: YamlEntry) => boolean): { detail?: string } {
  if (value.kind !== 'scalar' || value.text === '' || isSecret({ ...entry, value })) return {};
  return { detail: value.text.length > 60 ? `${value.text.slice(0, 59)}…` : value.text };
}

function itemSymbols(items: readonly YamlValue[], isSecret: (entry: YamlEntry) => boolean): readonly DocumentSymbol[] {
  return items.flatMap((item): DocumentSymbol[] => {
    if (item.kind !== 'map') return [];
    const [first] = item.entries;
    const name = item.entries.find((entry) => /^(?:name|key)$/.test(entry.key)) ?? first;
    if (name === undefined || first === undefined) return [];
    const text = name.value.kind === 'scalar' && !isSecret(name) ? name.value.text : '';
    return [
      {
        name: text === '' ? name.key : text,
        kind: 'value',
        span: { start: first.keySpan.start, end: Math.max(first.keySpan.end, item.span.end) },
        nameSpan: first.keySpan,
        children: [],
      },
    ];
  });
}

/** Every key whose value goes over several lines, and comments of several lines. */
export function yamlFolds(text: string, roots: readonly (YamlValue | undefined)[]): readonly Fold[] {
  const folds: Fold[] = [];
  const visit = (value: YamlValue | undefined) => {
    if (value?.kind === 'list') value.items.forEach(visit);
    if (value?.kind !== 'map') return;
    for (const entry of value.entries) {
      const end = entry.keySpan.start + text.slice(entry.keySpan.start, entry.value.span.end).trimEnd().length;
      if (text.slice(entry.keySpan.start, end).includes('\n') && end > entry.keySpan.end)
        folds.push({ span: { start: entry.keySpan.start, end }, kind: 'region' });
      visit(entry.value);
    }
  };
  roots.forEach(visit);
  for (const each of text.matchAll(/^[ \t]*#.*(?:\r?\n[ \t]*#.*)+/gm))
    folds.push({ span: { start: each.index, end: each.index + each[0].length }, kind: 'comment' });
  return folds;
}

/** The value or key at the cursor, its entry, the mapping around it and so on, up to the file. */
export function yamlSelection(text: string, root: YamlValue | undefined, offset: number): readonly Span[] {
  const spans: Span[] = [{ start: 0, end: text.length }];
  const add = (span: Span) => {
    const outer = spans[0];
    if (outer === undefined || !touches(span, offset) || span.end <= span.start) return;
    if (span.start >= outer.start && span.end <= outer.end && span.end - span.start < outer.end - outer.start)
      spans.unshift(span);
  };
  const visit = (value: YamlValue) => {
    if (!touches(value.span, offset)) return;
    add(value.span);
    if (value.kind === 'list') value.items.forEach(visit);
    if (value.kind !== 'map') return;
    for (const entry of value.entries) {
      const whole = { start: entry.keySpan.start, end: Math.max(entry.keySpan.end, entry.value.span.end) };
      if (!touches(whole, offset)) continue;
      add(whole);
      add(entry.keySpan);
      visit(entry.value);
    }
  };
  if (root !== undefined) visit(root);
  return spans;
}
