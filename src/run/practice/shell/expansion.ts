import { evaluate } from './arithmetic';
import { Leave } from './leave';
import { isPattern, type Piece, patternOf, textOf } from './pattern';
import type { ShellState } from './shell-state';
import type { Steps } from './steps';
import type { Streams } from './streams';
import type { Word } from './tree';

type Variable = Extract<Word[number], { kind: 'variable' }>;

/** Words of a script as programs see them (POSIX.1-2017, Shell Command Language, 2.6). */
export class Expansion {
  constructor(
    private readonly shell: ShellState,
    private readonly streams: Streams,
  ) {}

  /** Words expanded, split, and patterns replaced by the files they match. */
  *fields(words: readonly Word[]): Steps<string[]> {
    const result: string[] = [];
    for (const word of words) {
      for (const pieces of yield* this.expand(word, true)) {
        const matches = isPattern(pieces) && !this.shell.options.has('f') ? this.glob(pieces) : [];
        if (matches.length > 0) result.push(...matches);
        else result.push(textOf(pieces));
      }
    }
    return result;
  }

  /** A word as one text: no splitting, no patterns. */
  *text(word: Word): Steps<string> {
    return (yield* this.expand(word, false)).map(textOf).join(' ');
  }

  /** A word that is a pattern. */
  *pattern(word: Word): Steps<RegExp> {
    return patternOf((yield* this.expand(word, false))[0] ?? [], { path: false });
  }

  private *expand(word: Word, split: boolean): Steps<Piece[][]> {
    const fields = new Fields(split ? (this.shell.variables.get('IFS') ?? ' \t\n') : undefined);
    for (const part of word) {
      if (part.kind === 'text') {
        const isHome = !part.quoted && part === word[0] && /^~(?=\/|$)/.test(part.text);
        fields.add(isHome ? `/root${part.text.slice(1)}` : part.text, part.quoted);
      } else if (part.kind === 'command') fields.put(yield* this.shell.outputOf(part.body, this.streams), part.quoted);
      else if (part.kind === 'arithmetic') fields.put(this.calculated(yield* this.text(part.word)), part.quoted);
      else if (part.name === '@' && part.operator === '' && part.quoted) {
        for (const [index, value] of this.shell.arguments.entries()) {
          if (index > 0) fields.end();
          fields.add(value, true);
        }
        if (
          this.shell.arguments.length === 0 &&
          word.every((each) => each === part || (each.kind === 'text' && each.text === ''))
        )
          return [];
      } else yield* this.parameter(part, fields);
    }
    return fields.all();
  }

  private calculated(text: string): string {
    try {
      return String(evaluate(text, (name) => this.shell.variable(name) ?? ''));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.refuse(`arithmetic expression: ${error.message}: "${text}"`);
    }
  }

  private *parameter({ name, operator, quoted, word }: Variable, fields: Fields): Steps<void> {
    const value = this.shell.variable(name);
    const isMissing = value === undefined || (operator.startsWith(':') && value === '');
    switch (operator.replace(':', '')) {
      case '':
        if (value === undefined && this.shell.options.has('u') && !'@*'.includes(name))
          this.refuse(`${name}: parameter not set`);
        fields.put(value ?? '', quoted);
        return;
      case '-':
        if (isMissing) yield* this.instead(word, quoted, fields);
        else fields.put(value, quoted);
        return;
      case '=':
        if (isMissing) {
          const text = yield* this.text(word);
          this.shell.variables.set(name, text);
          fields.put(text, quoted);
        } else fields.put(value, quoted);
        return;
      case '+':
        if (!isMissing) yield* this.instead(word, quoted, fields);
        return;
      case '?':
        if (isMissing) this.refuse(`${name}: ${(yield* this.text(word)) || 'parameter not set or null'}`);
        fields.put(value ?? '', quoted);
        return;
      case 'length':
        fields.put(String([...(value ?? '')].length), quoted);
        return;
      default:
        fields.put(trim(value ?? '', operator, yield* this.pattern(word)), quoted);
    }
  }

  /** The word of `${name-word}` and `${name+word}`: what is not quoted in it is split, and `"$@"` stays as many. */
  private *instead(word: Word, quoted: boolean, fields: Fields): Steps<void> {
    for (const [index, pieces] of (yield* this.expand(word, false)).entries()) {
      if (index > 0) fields.end();
      for (const piece of pieces) fields.put(piece.text, quoted || piece.quoted);
    }
  }

  /** Says what is wrong, and ends the shell. */
  private refuse(what: string): never {
    this.shell.complain(this.streams, `${this.shell.name}: 1: ${what}`);
    throw new Leave('exit', 2);
  }

  /** The files that a pattern stands for. */
  private glob(pieces: readonly Piece[]): string[] {
    const text = textOf(pieces);
    const { files } = this.shell.machine;
    const isAbsolute = text.startsWith('/');
    const asksForFolders = text.endsWith('/');
    const parts = atSlashes(pieces).slice(isAbsolute ? 1 : 0, asksForFolders ? -1 : undefined);
    let found = [isAbsolute ? '' : '.'];
    for (const part of parts) {
      const matcher = patternOf(part, { path: true });
      const dots = textOf(part).startsWith('.');
      found = found.flatMap((base) => {
        const folder = this.shell.path(base === '' ? '/' : base);
        if (!files.isFolder(folder)) return [];
        return files
          .list(folder)
          .filter((name) => matcher.test(name) && (dots || !name.startsWith('.')))
          .map((name) => `${base}/${name}`);
      });
    }
    if (asksForFolders) found = found.filter((each) => files.isFolder(this.shell.path(each))).map((each) => `${each}/`);
    return isAbsolute ? found : found.map((each) => each.slice(2));
  }
}

/** The fields that a word becomes. Without separators it stays one. */
class Fields {
  private readonly done: Piece[][] = [];
  private current: Piece[] | undefined;

  constructor(private readonly separators: string | undefined) {}

  add(text: string, quoted: boolean): void {
    this.current ??= [];
    // A quoted nothing is kept: it makes a word where it takes the place of a parameter.
    if (text !== '' || quoted) this.current.push({ text, quoted });
  }

  /** Adds what took the place of a parameter or a command: it is split where it is not quoted (2.6.5). */
  put(value: string, quoted: boolean): void {
    if (quoted || this.separators === undefined) {
      this.add(value, quoted);
      return;
    }
    let start = 0;
    for (let at = 0; at < value.length; at++) {
      const char = value[at] ?? '';
      if (!this.separators.includes(char)) continue;
      if (at > start) this.add(value.slice(start, at), false);
      start = at + 1;
      if (char.trim() !== '' && this.current === undefined) this.done.push([]);
      else this.end();
    }
    if (start < value.length) this.add(value.slice(start), false);
  }

  end(): void {
    if (this.current !== undefined) this.done.push(this.current);
    this.current = undefined;
  }

  all(): Piece[][] {
    this.end();
    return this.done;
  }
}

function atSlashes(pieces: readonly Piece[]): Piece[][] {
  const parts: Piece[][] = [[]];
  for (const { text, quoted } of pieces)
    for (const [index, each] of text.split('/').entries()) {
      if (index > 0) parts.push([]);
      if (each !== '') parts.at(-1)?.push({ text: each, quoted });
    }
  return parts;
}

/** `${name%pattern}` and its kin: the shortest or longest match taken from the end or the beginning. */
function trim(value: string, operator: string, pattern: RegExp): string {
  const lengths = [...Array(value.length + 1).keys()];
  if (operator.length === 2) lengths.reverse();
  for (const length of lengths) {
    const isEnd = operator.startsWith('%');
    const piece = isEnd ? value.slice(value.length - length) : value.slice(0, length);
    if (pattern.test(piece)) return isEnd ? value.slice(0, value.length - length) : value.slice(length);
  }
  return value;
}
