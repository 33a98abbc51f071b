import { LineIndex } from '../../base/line-index';
import type { Span, TextEdit } from '../../base/span';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Tree } from '../../syntax/keepalived/tree';
import type { FormatOptions } from '../language';
import { blocksIn } from './locate';

/** keepalived reads 1023 bytes at once; a line that comes near it stays as it is, so that it is cut where it was. */
const longestTouched = 300;

/** No block that keepalived knows lies in more than a handful of others; damage must not make lines of megabytes. */
const deepest = 100;

/**
 * Each line as far in as blocks are open around it, a closing brace under its block's first word, nothing behind the last
 * word. With `columns` the gap between a keyword and its first value becomes one blank, or such that the values of
 * neighbouring lines stand below each other. Definitions of several lines are left as they are.
 */
export function format(analysis: KeepalivedAnalysis, options: FormatOptions, range?: Span): readonly TextEdit[] {
  const { text } = analysis;
  const lines = new LineIndex(text);
  const first = range === undefined ? 0 : lines.positionAt(range.start).line;
  const last = range === undefined ? lines.lineCount - 1 : lines.positionAt(range.end).line;
  const depths = new Depths(analysis, lines);
  const gaps =
    options.columns === undefined || options.columns === 'keep' ? undefined : gapsOf(analysis, lines, options);
  const step = options.insertSpaces ? ' '.repeat(options.tabSize) : '\t';
  const indents: string[] = [];
  const edits: TextEdit[] = [];
  let continues = false;
  for (let line = 0; line <= last; line++) {
    const start = lines.lineStart(line);
    const end = lines.lineEnd(line);
    const body = text.slice(start, end);
    if (body.includes('\\')) {
      continues = body.endsWith('\\') && (continues || /^[ \t]*\$[A-Za-z_]\w*=/.test(body));
      continue;
    }
    const isLastPart = continues;
    continues = false;
    if (line < first || isLastPart || end - start > longestTouched) continue;
    let from = start;
    while (from < end && isBlank(text.charCodeAt(from))) from++;
    let to = end;
    while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
    const depth = from === to ? 0 : depths.at(line, from, to);
    indents[depth] ??= step.repeat(depth);
    const indent = indents[depth];
    const gap = gaps?.get(line);
    if (gap === undefined && to === end && from - start === indent.length && body.startsWith(indent)) continue;
    const wanted = indent + withGap(text.slice(from, to), gap);
    if (wanted !== body) edits.push({ span: { start, end }, newText: wanted });
  }
  return edits;
}

const isBlank = (char: number): boolean => char === 32 || char === 9;

/** How many blocks are open at the start of each line, for the host whose line it is. */
class Depths {
  private readonly depths = new Map<string | undefined, readonly number[]>();

  constructor(
    private readonly analysis: KeepalivedAnalysis,
    private readonly lines: LineIndex,
  ) {}

  /** `from` and `to` are where the content of the line begins and ends. */
  at(line: number, from: number, to: number): number {
    const { text, views, tree } = this.analysis;
    const condition = text[from] === '@' ? /^@(\^?)([^ \t]+)[ \t]/.exec(text.slice(from, to)) : null;
    const [, negated, id] = condition ?? [];
    const view = condition === null ? undefined : views.find((each) => (each.id === id) !== (negated === '^'));
    const depth = this.of(view?.id ?? views[0]?.id, view?.tree ?? views[0]?.tree ?? tree)[line] ?? 0;
    let closing = 0;
    for (let i = from + (condition?.[0].length ?? 0); i < to; i++) {
      if (text[i] === '}') closing++;
      else if (text[i]?.trim() !== '') break;
    }
    return Math.max(0, Math.min(depth - closing, deepest));
  }

  private of(id: string | undefined, tree: Tree): readonly number[] {
    let depths = this.depths.get(id);
    if (depths === undefined) {
      const changes = new Array<number>(this.lines.lineCount + 1).fill(0);
      const change = (offset: number, by: number): void => {
        const { line } = this.lines.positionAt(offset);
        changes[line + 1] = (changes[line + 1] ?? 0) + by;
      };
      for (const block of blocksIn(tree)) {
        change(block.open.start, 1);
        if (block.close !== undefined) change(block.close.start, -1);
      }
      let depth = 0;
      depths = changes.map((by) => {
        depth += by;
        return depth;
      });
      this.depths.set(id, depths);
    }
    return depths;
  }
}

/** Behind which column of a line's content how many blanks stand. */
interface Gap {
  readonly wordLength: number;
  readonly oldBlanks: number;
  readonly blanks: number;
}

function withGap(content: string, gap: Gap | undefined): string {
  if (gap === undefined) return content;
  const { wordLength, oldBlanks, blanks } = gap;
  return content.slice(0, wordLength) + ' '.repeat(blanks) + content.slice(wordLength + oldBlanks);
}

/** Settings that stand alone on their lines, a keyword and a value; neighbours in one block make a group. */
function gapsOf(
  { text, tree }: KeepalivedAnalysis,
  lines: LineIndex,
  options: FormatOptions,
): ReadonlyMap<number, Gap> {
  const found = new Map<number, Gap>();
  let group: { line: number; wordLength: number; oldBlanks: number }[] = [];
  const close = (): void => {
    const width = options.columns === 'align' ? Math.max(0, ...group.map((each) => each.wordLength)) : 0;
    for (const { line, wordLength, oldBlanks } of group)
      found.set(line, { wordLength, oldBlanks, blanks: Math.max(0, width - wordLength) + 1 });
    group = [];
  };
  for (const block of blocksIn(tree)) {
    for (const statement of block.statements) {
      const [keyword, value] = statement.words;
      const { line } = lines.positionAt(statement.span.start);
      const isFirst = /^[ \t]*$/.test(text.slice(lines.lineStart(line), statement.span.start));
      const gap = keyword === undefined || value === undefined ? '' : text.slice(keyword.end, value.start);
      const fits = isFirst && statement.block === undefined && statement.expanded === undefined && /^[ \t]+$/.test(gap);
      if (!fits || (group.at(-1)?.line ?? line - 1) !== line - 1) close();
      if (fits && keyword !== undefined && value !== undefined)
        group.push({ line, wordLength: keyword.end - keyword.start, oldBlanks: gap.length });
    }
    close();
  }
  return found;
}
