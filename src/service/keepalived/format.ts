import { LineIndex } from '../../base/line-index';
import type { Span, TextEdit } from '../../base/span';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Block, Statement, Tree } from '../../syntax/keepalived/tree';
import type { FormatOptions } from '../language';

/** keepalived reads 1023 bytes at once; a line that comes near it stays as it is, so that it is cut where it was. */
const longestTouched = 300;

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
  const edits: TextEdit[] = [];
  let continues = false;
  for (let line = 0; line <= last; line++) {
    const start = lines.lineStart(line);
    const raw = text.slice(start, line + 1 < lines.lineCount ? lines.lineStart(line + 1) : undefined);
    const body = raw.replace(/\r?\n$|\r$/, '');
    const isPart: boolean = continues || /^[ \t]*\$[A-Za-z_]\w*=.*\\$/.test(body);
    continues = isPart && body.endsWith('\\') && body !== '';
    if (line < first || isPart || body.length > longestTouched || body.includes('\\')) continue;
    const content = body.replace(/^[ \t]+|[ \t]+$/g, '');
    const indent = content === '' ? '' : step.repeat(depths.at(line, content));
    const wanted = indent + withGap(content, gaps?.get(line));
    if (wanted !== body) edits.push({ span: { start, end: start + body.length }, newText: wanted });
  }
  return edits;
}

/** How many blocks are open at the start of each line, for the host whose line it is. */
class Depths {
  private readonly depths = new Map<string | undefined, readonly number[]>();

  constructor(
    private readonly analysis: KeepalivedAnalysis,
    private readonly lines: LineIndex,
  ) {}

  at(line: number, content: string): number {
    const { views, tree } = this.analysis;
    const condition = /^@(\^?)([^ \t]+)[ \t]/.exec(content);
    const [, negated, id] = condition ?? [];
    const view = condition === null ? undefined : views.find((each) => (each.id === id) !== (negated === '^'));
    const depth = this.of(view?.id ?? views[0]?.id, view?.tree ?? views[0]?.tree ?? tree)[line] ?? 0;
    const closing = /^[}\s]*/.exec(content.slice(condition?.[0].length ?? 0))?.[0].replace(/\s/g, '').length ?? 0;
    return Math.max(0, depth - closing);
  }

  private of(id: string | undefined, tree: Tree): readonly number[] {
    let depths = this.depths.get(id);
    if (depths === undefined) {
      const changes = new Array<number>(this.lines.lineCount + 1).fill(0);
      const change = (offset: number, by: number): void => {
        const { line } = this.lines.positionAt(offset);
        changes[line + 1] = (changes[line + 1] ?? 0) + by;
      };
      for (const block of blocksIn(tree.items.map((item) => item.statement))) {
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

function* blocksIn(statements: readonly Statement[]): Iterable<Block> {
  for (const { block } of statements) {
    if (block === undefined) continue;
    yield block;
    yield* blocksIn(block.statements);
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
  for (const block of blocksIn(tree.items.map((item) => item.statement))) {
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
