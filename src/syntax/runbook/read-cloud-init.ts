import { itemsOf, parseLocatedYaml, scalarAt, valueAt, type YamlScalar, type YamlValue } from '../located-yaml';
import { decodeBase64, textOf, type Unpack } from './encoded-text';
import { readShell } from './read-shell';
import { dedented, embed, indentOf, type Line } from './runbook-lines';
import type { Command, Embedded } from './runbook-tree';

/** Gathers what `write_files` writes and what `runcmd` and `bootcmd` run. */
export function readCloudInit(
  lines: readonly Line[],
  embedded: Embedded[],
  commands: Command[],
  unpack: Unpack | undefined,
): void {
  new CloudInitReader(lines, embedded, commands, unpack).read();
}

const script = { block: 0, section: 0, expands: false, shown: false };

class CloudInitReader {
  private readonly lines: readonly Line[];
  private readonly text: string;
  /** Where each of `lines` begins in `text`. */
  private readonly starts: readonly number[];
  /** Something fills the file in before cloud-init reads it: Jinja of its own, or Terraform. */
  private readonly isTemplate: boolean;

  constructor(
    lines: readonly Line[],
    private readonly embedded: Embedded[],
    private readonly commands: Command[],
    private readonly unpack: Unpack | undefined,
  ) {
    const whole = lines.map((each) => each.text).join('\n');
    const isJinja = /^## template:\s*jinja/.test(whole) || /\{%|\{\{/.test(whole);
    this.isTemplate = isJinja || /\$\{[^}\n]{0,300}[.([]|%\{\s*(?:~\s*)?(?:if|for)\b/.test(whole);
    this.text = this.isTemplate ? withoutStatements(whole) : whole;
    let at = 0;
    this.starts = lines.map(({ text }) => {
      const start = at;
      at += text.length + 1;
      return start;
    });
    this.lines = lines.map(({ text, start }, index) => {
      const from = this.starts[index] ?? 0;
      return { text: this.text.slice(from, from + text.length), start };
    });
  }

  read(): void {
    for (const { root } of parseLocatedYaml(this.text)) {
      for (const item of itemsOf(valueAt(root, 'write_files'))) this.readFile(item);
      for (const key of ['bootcmd', 'runcmd']) for (const item of itemsOf(valueAt(root, key))) this.readCommand(item);
    }
  }

  private readFile(item: YamlValue): void {
    const content = scalarAt(item, 'content');
    if (content === undefined) return;
    const common = {
      target: scalarAt(item, 'path')?.text,
      info: undefined,
      expands: this.isTemplate,
      appends: scalarAt(item, 'append')?.text === 'true',
    };
    const encoding = scalarAt(item, 'encoding')?.text.toLowerCase() ?? 'text/plain';
    const isBinary = /!!binary\s*$/.test(this.text.slice(Math.max(0, content.span.start - 200), content.span.start));
    if (encoding === 'text/plain' && !isBinary) {
      this.embedded.push({ ...this.placed(content), ...common });
      return;
    }
    const parts = encoding.split('+');
    if (!parts.every((each) => /^(?:gz|gzip|b64|base64|text\/plain)$/.test(each))) return;
    const bytes = decodeBase64(content.text.replace(/\s/g, ''));
    const isPacked = parts.some((each) => each.startsWith('gz'));
    const decoded = bytes === undefined ? undefined : textOf(bytes, isPacked ? this.unpack : undefined, isPacked);
    if (decoded !== undefined)
      this.embedded.push({ text: decoded, lines: [], opaque: this.outerOf(content), ...common });
  }

  private readCommand(item: YamlValue): void {
    const words = itemsOf(item).filter((each): each is YamlScalar => each.kind === 'scalar');
    const [first] = words;
    if (first === undefined) return;
    const last = words.at(-1) ?? first;
    const isShell = item.kind === 'list' && /^-\w*c$/.test(words.at(-2)?.text ?? '') && this.isBlock(last);
    if (item.kind === 'scalar' ? this.isBlock(first) && !this.isFolded(first) : isShell)
      readShell(
        this.blockLines(item.kind === 'scalar' ? first : last),
        this.scriptHere(),
        this.embedded,
        this.commands,
      );
    else if (item.kind === 'scalar') this.push(this.placed(first, ' '), item);
    else this.push(this.wordsOf(words), item);
  }

  private scriptHere() {
    return { ...script, expands: this.isTemplate };
  }

  private push(placed: Pick<Embedded, 'text' | 'lines' | 'opaque'>, item: YamlValue): void {
    const span = placed.opaque ?? this.outerOf(item);
    const start = placed.lines[0]?.outer ?? span.start;
    this.commands.push({ ...placed, text: placed.text.trimEnd(), span: { ...span, start }, block: 0, section: 0 });
  }

  /** Words of a list as a shell would have to be given them. */
  private wordsOf(words: readonly YamlScalar[]): Pick<Embedded, 'text' | 'lines'> {
    let text = '';
    const lines: { inner: number; outer: number }[] = [];
    for (const word of words) {
      const isPlain = /^[\w@%+=:,./-]+$/.test(word.text) || /'[\s\S]*"|"[\s\S]*'/.test(word.text);
      const quote = isPlain ? '' : word.text.includes("'") ? '"' : "'";
      if (text !== '') text += ' ';
      const isExact = this.text.startsWith(word.text, word.span.start + (word.quoted ? 1 : 0));
      const at = this.outer(word.span.start) + (word.quoted && isExact ? 1 : 0);
      lines.push({ inner: text.length, outer: at - quote.length });
      text += `${quote}${word.text}${quote}`;
    }
    return { text, lines };
  }

  /** A scalar as a text with its places; one with escapes has none but its own. */
  private placed(scalar: YamlScalar, fold = '\n'): Pick<Embedded, 'text' | 'lines' | 'opaque'> {
    if (this.isBlock(scalar)) return fold === '\n' ? embed(this.blockLines(scalar)) : folded(this.blockLines(scalar));
    const start = scalar.span.start + (scalar.quoted ? 1 : 0);
    if (this.text.startsWith(scalar.text, start))
      return { text: scalar.text, lines: [{ inner: 0, outer: this.outer(start) }] };
    if (scalar.quoted) return { text: scalar.text, lines: [], opaque: this.outerOf(scalar) };
    // A plain text goes on in the lines below that stand farther in.
    const { first, last } = this.lineRange(scalar);
    const rest = this.lines.slice(first + 1, last + 1).map((each) => dedented(each, indentOf(each.text)));
    const head = { text: this.text.slice(start, this.lineEnd(first)), start: this.outer(start) };
    return folded([head, ...rest]);
  }

  private isBlock({ span, quoted }: YamlScalar): boolean {
    return !quoted
      ? /[|>]/.test(this.text[span.start] ?? '')
      : /^[|>][-+\d]*\s*(?:#.*)?$/m.test(this.headOf(span.start));
  }

  private isFolded({ span }: YamlScalar): boolean {
    return this.text[span.start] === '>';
  }

  private headOf(start: number): string {
    const end = this.text.indexOf('\n', start);
    return this.text.slice(start, end < 0 ? this.text.length : end);
  }

  /** The lines of a block without their indentation. */
  private blockLines(scalar: YamlScalar): readonly Line[] {
    const { first, last } = this.lineRange(scalar);
    const body = this.lines.slice(first + 1, last + 1);
    while (body.length > 0 && (body.at(-1)?.text ?? '').trim() === '') body.pop();
    const indent = body.reduce(
      (least, { text }) => (text.trim() === '' ? least : Math.min(least, indentOf(text))),
      Number.POSITIVE_INFINITY,
    );
    return body.map((line) => dedented(line, Number.isFinite(indent) ? indent : 0));
  }

  private lineRange({ span }: YamlScalar): { readonly first: number; readonly last: number } {
    return { first: this.lineAt(span.start), last: this.lineAt(Math.max(span.start, span.end - 1)) };
  }

  /** The line around a place of the text: the last one that begins at or before it. */
  private lineAt(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private lineEnd(line: number): number {
    return (this.starts[line] ?? 0) + (this.lines[line]?.text.length ?? 0);
  }

  /** Where a place of the text is in the file. */
  private outer(offset: number): number {
    const at = this.lineAt(offset);
    const line = this.lines[at];
    return line === undefined ? offset : line.start + Math.min(offset - (this.starts[at] ?? 0), line.text.length);
  }

  private outerOf({ span }: YamlValue) {
    return { start: this.outer(span.start), end: this.outer(span.end) };
  }
}

/** Lines as one, with a blank between each. */
function folded(lines: readonly Line[]): Pick<Embedded, 'text' | 'lines'> {
  const { text, lines: places } = embed(lines);
  return { text: text.trimEnd().replace(/\\?\n/g, (end) => ' '.repeat(end.length)), lines: places };
}

/** The text without the statements of Jinja and Terraform, and with a variable of the same length for each value of Jinja. */
function withoutStatements(text: string): string {
  // Behind the last end of a statement none ends, and none is looked for from each of its beginnings.
  const end = Math.max(text.lastIndexOf('%}'), text.lastIndexOf('#}')) + 2;
  const blank = (found: string) => found.replace(/[^\n]/g, ' ');
  return (text.slice(0, end).replace(/\{[%#][\s\S]*?[%#]\}/g, blank) + text.slice(end))
    .replace(/%\{[^}\n]{0,500}\}/g, blank)
    .replace(/\{\{[^\n]{0,500}?\}\}/g, (found) => `$${'J'.repeat(found.length - 1)}`);
}
