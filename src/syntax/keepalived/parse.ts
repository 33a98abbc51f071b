import type { TextEdit } from '../../base/span';
import { Definitions } from './definitions';
import { MappedText } from './mapped-text';
import { repetitionAt } from './sequence';
import {
  Block,
  type Condition,
  type Definition,
  type DefinitionUse,
  type Include,
  type Item,
  type LexicalProblem,
  Statement,
  type Tree,
  Word,
} from './tree';
import { uncomment } from './uncomment';

/** Bytes that one line may have; keepalived up to 2.3 reads what is longer as several lines, 2.4 drops it. */
const maxLineBytes = 1023;

/** Lines that sequences and definitions may make of one file, and how deep they may lie in each other. */
const maxExpandedLines = 20_000;
const maxExpansionDepth = 50;

const tab = 9;
const carriageReturn = 13;
const space = 32;
const bang = 33;
const quote = 34;
const hash = 35;
const at = 64;
const openBrace = 123;
const closeBrace = 125;
const tilde = 126;

/** Whose view of the file is wanted: `id` decides the lines that are for one host (`@id …`). */
interface ParseOptions {
  readonly id?: string | undefined;
}

/** Reads a keepalived.conf. Accepts any text whatsoever: damage becomes part of the tree, never an exception. */
export function parseKeepalived(text: string, options: ParseOptions = {}): Tree {
  const reader = new Reader(text, options.id);
  reader.read(0);
  return reader.tree();
}

/**
 * Reads `text`, which is the text of `previous` after `edits`, and takes over every item that the edits do not reach.
 * The items of `previous` are moved, so that tree is used up. Undefined if the whole text has to be read.
 */
export function reparseKeepalived(text: string, previous: Tree, edits: readonly TextEdit[]): Tree | undefined {
  if (!previous.local || edits.length === 0) return undefined;
  const oldStart = Math.min(...edits.map((each) => each.span.start));
  const oldEnd = Math.max(...edits.map((each) => each.span.end));
  const delta = edits.reduce((sum, each) => sum + each.newText.length - (each.span.end - each.span.start), 0);
  const { items } = previous;

  // A brace may stand on a later line than its name, so the item before the edit is read again too.
  let first = firstEndingBehind(items, oldStart) - 1;
  while (first > 0 && !startsItsLine(items[first], items[first - 1], text, oldStart)) first--;
  if (first < 0) first = 0;
  const from = first === 0 ? 0 : (items[first]?.start ?? 0);

  let next = first;
  while (next < items.length && (items[next]?.start ?? 0) < oldEnd) next++;
  const reader = new Reader(text, undefined);
  const stopped = reader.read(from, (offset) => {
    while (next < items.length && (items[next]?.start ?? 0) + delta < offset) next++;
    const item = items[next];
    return item !== undefined && item.start + delta === offset && offset >= oldEnd + delta && isWhole(item);
  });
  const fresh = reader.tree();
  if (!fresh.local) return undefined;
  const kept = stopped ? items.slice(next) : [];
  if (delta !== 0) {
    for (const item of kept) {
      item.start += delta;
      item.end += delta;
    }
  }
  return { ...fresh, items: [...items.slice(0, first), ...fresh.items, ...kept] };
}

/** Whether reading can go on at `item` as if nothing stood before it. */
function isWhole(item: Item): boolean {
  return item.statement.words.length > 0 && !item.statement.stray;
}

/** The place of the first item that does not end before `offset`; how many there are when all do. */
export function firstEndingBehind(items: readonly Item[], offset: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.end ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Both items lie before the edit, so their offsets hold in the new text. */
function startsItsLine(item: Item | undefined, before: Item | undefined, text: string, limit: number): boolean {
  if (item === undefined || before === undefined || item.start > limit || !isWhole(item)) return false;
  const lineBreak = text.lastIndexOf('\n', item.start - 1);
  return lineBreak >= before.end && lineBreak < item.start;
}

class Reader {
  private readonly items: Item[] = [];
  private readonly definitions: Definition[] = [];
  private readonly uses: DefinitionUse[] = [];
  private readonly includes: Include[] = [];
  private readonly conditions: Condition[] = [];
  private readonly problems: LexicalProblem[] = [];
  private readonly values: Definitions;

  /** Blocks that are open, the innermost last. */
  private readonly open: { readonly block: Block; readonly item: Item }[] = [];
  /** The statement that a `{` would belong to. */
  private last: Statement | undefined;
  private item: Item | undefined;

  /** A definition whose lines are still being read. */
  private unfinished: { readonly definition: Definition; readonly lines: string[] } | undefined;
  /** Words of the line that is being read: a copy of them has no room for words that will not come. */
  private readonly scratch: Word[] = [];
  private expandedLines = 0;
  private local = true;

  constructor(
    private readonly text: string,
    private readonly id: string | undefined,
  ) {
    this.values = new Definitions(id);
  }

  tree(): Tree {
    const { items, problems, definitions, uses, includes, conditions, local } = this;
    return { items, problems, definitions, uses, includes, conditions, local };
  }

  /** Reads from `from` to the end, or to the first line outside of all blocks that `stopAt` wants to stop at. */
  read(from: number, stopAt?: (offset: number) => boolean): boolean {
    const { text } = this;
    let nextDollar = text.indexOf('$', from);
    let nextBackslash = text.indexOf('\\', from);
    for (let start = from; start < text.length; ) {
      let end = text.indexOf('\n', start);
      if (end < 0) end = text.length;

      let first = start;
      let char = text.charCodeAt(first);
      while (char === space || char === tab) char = text.charCodeAt(++first);
      if (stopAt !== undefined && this.open.length === 0 && first < end && stopAt(first)) return true;

      if (nextDollar >= 0 && nextDollar < start) nextDollar = text.indexOf('$', start);
      if (nextBackslash >= 0 && nextBackslash < start) nextBackslash = text.indexOf('\\', start);
      const plain =
        (nextDollar < 0 || nextDollar >= end) &&
        (nextBackslash < 0 || nextBackslash >= end) &&
        this.unfinished === undefined &&
        end - start <= maxLineBytes / 3 &&
        char !== at &&
        char !== tilde &&
        !(char === 105 && text.startsWith('include', first));
      if (plain) this.plainLine(first, end);
      else this.oddLine(start, end);
      start = end + 1;
    }
    if (this.unfinished !== undefined) this.define(this.unfinished.definition, this.unfinished.lines);
    const item = this.open[0]?.item;
    if (item !== undefined) item.end = text.trimEnd().length;
    return false;
  }

  /** A line in which nothing can be replaced: its words are taken from the text as they are. */
  private plainLine(first: number, end: number): void {
    const { text, scratch } = this;
    let count = 0;
    let from = 0;
    let to = 0;
    let i = first;
    while (i < end) {
      const char = text.charCodeAt(i);
      if (char === space || (char >= tab && char <= carriageReturn)) {
        i++;
        continue;
      }
      if (char === hash || char === bang) break;
      if (char === openBrace || char === closeBrace) {
        if (count > 0) this.addStatement(scratch.slice(0, count), from, to, undefined);
        count = 0;
        this.brace(char, i);
        i++;
        continue;
      }
      if (count === 0) {
        from = i;
        this.beginItem(i);
      }
      const item = this.item as Item;
      if (char === quote) {
        const close = text.indexOf('"', i + 1);
        if (close < 0 || close >= end) {
          this.report('unterminated-quote', i, end);
          to = end;
          break;
        }
        scratch[count++] = new Word(
          item,
          text.slice(i + 1, close),
          i - item.start,
          close + 1 - item.start,
          true,
          false,
        );
        i = close + 1;
      } else {
        const start = i++;
        while (i < end && !endsWord(text.charCodeAt(i))) i++;
        scratch[count++] = new Word(item, text.slice(start, i), start - item.start, i - item.start, false, false);
      }
      to = i;
    }
    if (count > 0) this.addStatement(scratch.slice(0, count), from, to, undefined);
  }

  /** A line with a backslash, a definition, a condition, a sequence, an include, or too many bytes. */
  private oddLine(start: number, end: number): void {
    let last = end;
    while (last > start && this.text.charCodeAt(last - 1) === carriageReturn) last--;
    const whole = this.text.slice(start, last);
    if (whole === '') {
      // Only a line with nothing at all on it ends a definition that asked for more lines.
      if (this.unfinished !== undefined) this.define(this.unfinished.definition, this.unfinished.lines);
      return;
    }
    const fitting = fittingLength(whole);
    const { line, openQuote } = uncomment(MappedText.at(whole.slice(0, fitting), start));
    if (line.text === '' && fitting === whole.length) return;
    if (openQuote || fitting < whole.length) {
      if (openQuote) this.report('unterminated-quote', line.startOf(0), last);
      if (fitting < whole.length) this.report('long-line', start, last);
    }
    if (line.text === '') return;
    if (this.unfinished !== undefined) {
      this.continueDefinition(line.text);
      return;
    }
    this.piece(line, 0);
  }

  /** Part of a line without its comment; `depth` counts the replacements it came out of. */
  private piece(given: MappedText, depth: number): void {
    let line = given;
    let following: readonly string[] = [];
    if (depth > maxExpansionDepth || (depth > 0 && ++this.expandedLines > maxExpandedLines)) {
      if (this.expandedLines <= maxExpandedLines + 1) {
        this.report('too-much-expansion', line.startOf(0), line.endBefore(line.text.length));
        this.expandedLines = maxExpandedLines + 2;
      }
      return;
    }
    for (let again = true, rounds = 0; again && rounds < maxExpansionDepth; rounds++) {
      again = false;
      if (line.text.startsWith('@')) {
        const rest = this.conditional(line);
        if (rest === undefined) return;
        line = rest;
      }
      if (line.text.startsWith('$') && this.startDefinition(line)) return;
      if (line.text.startsWith('~SEQ') || line.text.startsWith('~LST')) {
        this.repeat(line, depth);
        for (const each of following) this.follow(each, line, depth);
        return;
      }
      if (line.text.startsWith('~') || !line.text.includes('$')) break;
      const replaced = this.values.replace(line, (use) => this.uses.push(use));
      if (replaced.line === line) break;
      following = [...replaced.following, ...following];
      line = uncomment(replaced.line).line;
      again = line.text.startsWith('@') || line.text.includes('$') || line.text.startsWith('~');
    }
    if (line.text !== '' && !this.include(line)) this.split(line, depth);
    for (const each of following) this.follow(each, given, depth);
  }

  /** A further line of a definition; it stands in the file where the definition is used. */
  private follow(text: string, user: MappedText, depth: number): void {
    const at = user.text.lastIndexOf('$');
    const start = user.startOf(Math.max(0, at));
    this.piece(MappedText.instead(text, start, user.endBefore(user.text.length)), depth + 1);
  }

  private conditional(line: MappedText): MappedText | undefined {
    const found = /^@(\^?)([^ \t]*)[ \t]*/.exec(line.text);
    const id = found?.[2] ?? '';
    const negated = found?.[1] === '^';
    this.local = false;
    if (!/^@\^?[^ \t]*[ \t]/.test(line.text)) return undefined;
    // No host is without a name.
    const isEmpty = id === '';
    if (!isEmpty) this.conditions.push({ id, negated });
    return (!isEmpty && id === this.id) === negated ? undefined : line.slice(found?.[0].length ?? 0);
  }

  private startDefinition(line: MappedText): boolean {
    const found = /^\$([A-Za-z_][A-Za-z0-9_]*)=[ \t]*/.exec(line.text);
    if (found?.[1] === undefined) return false;
    this.local = false;
    const text = line.text.slice(found[0].length);
    const definition: Definition = {
      name: found[1],
      nameSpan: { start: line.startOf(0), end: line.endBefore(1 + found[1].length) },
      span: { start: line.startOf(0), end: line.endBefore(line.text.length) },
      value: text,
      multiline: text.endsWith('\\'),
    };
    this.definitions.push(definition);
    if (!definition.multiline) this.values.set(definition.name, [text], false);
    else {
      const first = text.slice(0, -1).trimEnd();
      this.unfinished = { definition, lines: first === '' ? [] : [first] };
    }
    return true;
  }

  private continueDefinition(text: string): void {
    const unfinished = this.unfinished;
    if (unfinished === undefined) return;
    const more = text.endsWith('\\');
    const line = more ? text.slice(0, -1).trimEnd() : text;
    if (line !== '') unfinished.lines.push(line);
    if (!more) this.define(unfinished.definition, unfinished.lines);
  }

  private define(definition: Definition, lines: readonly string[]): void {
    this.values.set(definition.name, lines, lines.length > 0);
    this.unfinished = undefined;
  }

  private repeat(line: MappedText, depth: number): void {
    this.local = false;
    const numbers = (text: string) => this.values.replace(MappedText.at(text, 0), () => {}).line.text;
    const repetition = repetitionAt(line.text, numbers);
    if (repetition === undefined) {
      this.report('bad-sequence', line.startOf(0), line.endBefore(line.text.length));
      return;
    }
    const text = line.slice(repetition.textAt);
    if (text.text === '') return;
    for (const row of repetition.rows) {
      repetition.names.forEach((name, index) => {
        this.values.set(name, [row[index] ?? ''], false);
      });
      this.piece(text, depth + 1);
      if (this.expandedLines > maxExpandedLines) break;
    }
  }

  private include(line: MappedText): boolean {
    const found = /^(include[rmwba]?)[ \t\f\v\r\n][ \t]*/.exec(line.text);
    if (found?.[1] === undefined) return false;
    this.local = false;
    const from = found[0].length;
    this.includes.push({
      keyword: found[1],
      pattern: line.text.slice(from),
      keywordSpan: { start: line.startOf(0), end: line.endBefore(found[1].length) },
      patternSpan: { start: line.startOf(from), end: line.endBefore(line.text.length) },
    });
    this.last = undefined;
    return true;
  }

  /** Cuts a line at the braces that are not in double quotes; what is behind one is a line of its own. */
  private split(line: MappedText, depth: number): void {
    const { text } = line;
    let i = 0;
    while (i < text.length && text[i] !== '{' && text[i] !== '}') {
      if (text[i] === '"') {
        const close = text.indexOf('"', i + 1);
        if (close < 0) {
          i = text.length;
          break;
        }
        i = close;
      }
      i++;
    }
    this.words(line.slice(0, i));
    if (i >= text.length) return;
    this.brace(text.charCodeAt(i), line.startOf(i), line.endBefore(i + 1));
    let rest = i + 1;
    while (text[rest] === ' ' || text[rest] === '\t') rest++;
    // A definition that names itself would be put in behind each of its braces again.
    if (rest < text.length) this.piece(line.slice(rest), line.replaced ? depth + 1 : depth);
  }

  private words(line: MappedText): void {
    const { text } = line;
    let i = 0;
    const skipSpace = () => {
      while (i < text.length && isSpace(text.charCodeAt(i))) i++;
    };
    skipSpace();
    if (i >= text.length) return;
    const from = line.startOf(i);
    this.beginItem(from);
    const item = this.item as Item;
    const words: Word[] = [];
    let to = from;
    for (; i < text.length; skipSpace()) {
      const start = i;
      const quoted = text[i] === '"';
      let value: string;
      if (quoted) {
        const close = text.indexOf('"', i + 1);
        if (close < 0) {
          this.report('unterminated-quote', line.startOf(i), line.endBefore(text.length));
          to = Math.max(to, line.endBefore(text.length));
          break;
        }
        value = text.slice(i + 1, close);
        i = close + 1;
      } else {
        while (i < text.length && !isSpace(text.charCodeAt(i)) && text[i] !== '"') i++;
        value = text.slice(start, i);
      }
      const wordStart = line.startOf(start);
      const wordEnd = Math.max(line.endBefore(i), wordStart);
      const written = this.text.slice(wordStart, wordEnd);
      const replaced = written !== value && written !== `"${value}"`;
      words.push(new Word(item, value, wordStart - item.start, wordEnd - item.start, quoted, replaced));
      to = Math.max(to, wordEnd);
    }
    if (words.length > 0) this.addStatement(words, from, to, this.text.slice(from, to) === text ? undefined : text);
  }

  private report(kind: LexicalProblem['kind'], start: number, end: number): void {
    const item = this.open[0]?.item;
    if (item !== undefined) item.problems.push({ kind, from: start - item.start, to: end - item.start });
    else {
      this.local = false;
      this.problems.push({ kind, from: start, to: end });
    }
  }

  /** Outside of all blocks, the next statement is an item of its own. */
  private beginItem(start: number): void {
    if (this.open.length > 0) return;
    // A line may hold a word that was put in for another; offsets in an item are never negative all the same.
    this.item = { start, end: start, statement: undefined as unknown as Statement, problems: [] };
  }

  private addStatement(words: readonly Word[], from: number, to: number, expanded: string | undefined): void {
    const item = this.item as Item;
    const statement = new Statement(item, words, from - item.start, to - item.start, expanded, false);
    this.place(statement, item, to);
    this.last = statement;
  }

  private place(statement: Statement, item: Item, end: number): void {
    const parent = this.open[this.open.length - 1];
    if (parent !== undefined) parent.block.statements.push(statement);
    else {
      item.statement = statement;
      this.items.push(item);
    }
    if (end > item.end) item.end = end;
  }

  private brace(char: number, start: number, end = start + 1): void {
    if (char === openBrace) {
      if (this.last === undefined) {
        this.beginItem(start);
        this.last = this.bare(start, end, false);
      }
      const { item } = this.last;
      const block = new Block(item, start - item.start);
      this.last.block = block;
      this.last = undefined;
      this.item = item;
      this.open.push({ block, item });
      if (end > item.end) item.end = end;
      return;
    }
    this.last = undefined;
    const closed = this.open.pop();
    if (closed === undefined) {
      this.beginItem(start);
      this.bare(start, end, true);
      return;
    }
    closed.block.closeAt = start - closed.item.start;
    if (end > closed.item.end) closed.item.end = end;
  }

  /** A brace that belongs to no statement. */
  private bare(start: number, end: number, stray: boolean): Statement {
    const item = this.item as Item;
    const statement = new Statement(item, [], start - item.start, end - item.start, undefined, stray);
    this.place(statement, item, end);
    return statement;
  }
}

function isSpace(char: number): boolean {
  return char === space || (char >= tab && char <= carriageReturn);
}

function endsWord(char: number): boolean {
  return (
    char === space ||
    (char >= tab && char <= carriageReturn) ||
    char === openBrace ||
    char === closeBrace ||
    char === quote ||
    char === hash ||
    char === bang
  );
}

/** How many characters of a line keepalived reads at once: as many as 1023 bytes of UTF-8 hold, its end included. */
function fittingLength(line: string): number {
  if (line.length * 3 < maxLineBytes) return line.length;
  let bytes = 0;
  for (let i = 0; i < line.length; i++) {
    const unit = line.charCodeAt(i);
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : unit >= 0xd800 && unit < 0xe000 ? 2 : 3;
    if (bytes > maxLineBytes) return i;
  }
  return line.length;
}
