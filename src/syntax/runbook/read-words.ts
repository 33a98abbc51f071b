import type { Span } from '../../base/span';

/** One word of a command as the shell sees it: quotes gone, variables of known value put in. */
export interface Word {
  readonly text: string;
  /** Where each character of the text stands in the source; those of a variable's value at its dollar sign. */
  readonly places: readonly number[];
  readonly span: Span;
  /** A variable or a substitution of unknown value is part of it. */
  readonly isOpen: boolean;
}

/** One program with its arguments. */
export interface SimpleCommand {
  readonly words: readonly Word[];
  /** What stands between it and the command before: `;` for a line break, and for the first one too. */
  readonly joint: ';' | '&&' | '||' | '|' | '&' | '(';
  /** It runs beside what follows. */
  readonly isBackground: boolean;
  /** The file that its output goes to. */
  readonly output: Word | undefined;
  /** The text that it reads (`<<<`). */
  readonly input: Word | undefined;
}

/** Variables with one literal value in the whole file. */
export type Constants = ReadonlyMap<string, string>;

/** A part of the source, each character with its place. */
export interface Source {
  readonly text: string;
  readonly places: readonly number[];
}

/** Reads a command line into simple commands, those inside `$( )` included. Accepts any text. */
export function readWords(source: Source, constants: Constants, depth = 0): readonly SimpleCommand[] {
  return new WordReader(source, constants, depth).read();
}

/** Nobody puts more substitutions into each other; what deeper ones run is not read. */
const deepest = 8;
/** A character that a word begins with, whatever follows it. */
const wordStart = /[^\s\\#<>&|;()\d]/;
/** Characters that mean themselves: outside of quotes, and in those of each kind. */
const plainRun = /[^\s;&|()<>'"`\\$]+/y;
const quotedRun: Readonly<Record<string, RegExp>> = { '': plainRun, '"': /[^"`\\$]+/y, "'": /[^']+/y };

const joints = /^(?:&&|\|\||;;&?|;&|\|&?|&(?!>)|;|\n|\(|\))/;
/** What a document leaves to its reader: `<node name>`. */
const placeholder = /^<[A-Za-z_가-힣](?:[\w .가-힣-]*[\w.가-힣])?>/;
const redirection = /^(?:\d*(?:>>|>\||<<<|<<-?|<>|>&|<&|>|<)|&>>?)/;

class WordReader {
  private at = 0;
  private readonly found: SimpleCommand[] = [];
  private words: Word[] = [];
  private output: Word | undefined;
  private input: Word | undefined;
  private joint: SimpleCommand['joint'] = ';';
  private closings: ReadonlyMap<number, number> | undefined;

  constructor(
    private readonly source: Source,
    private readonly constants: Constants,
    private readonly depth: number,
  ) {}

  read(): readonly SimpleCommand[] {
    const { text } = this.source;
    while (this.at < text.length) {
      if (wordStart.test(text[this.at] ?? '')) {
        this.words.push(this.readWord());
        continue;
      }
      const rest = text.slice(this.at, this.at + 8);
      if (/^[ \t\r]/.test(rest)) this.at++;
      else if (/^\\\r?\n/.test(rest)) this.at += rest.startsWith('\\\r') ? 3 : 2;
      else if (rest.startsWith('#')) this.skipComment();
      else if (placeholder.test(text.slice(this.at, this.at + 60))) this.words.push(this.readWord());
      else if (redirection.test(rest)) this.readRedirection(redirection.exec(rest)?.[0] ?? '');
      else if (joints.test(rest)) this.endCommand(joints.exec(rest)?.[0] ?? ';');
      else this.words.push(this.readWord());
    }
    this.endCommand('');
    return this.found;
  }

  private skipComment(): void {
    const end = this.source.text.indexOf('\n', this.at);
    this.at = end < 0 ? this.source.text.length : end;
  }

  private endCommand(sign: string): void {
    if (this.words.length > 0)
      this.found.push({
        words: this.words,
        joint: this.joint,
        isBackground: sign === '&',
        output: this.output,
        input: this.input,
      });
    this.words = [];
    this.output = undefined;
    this.input = undefined;
    const known = { '&&': '&&', '||': '||', '|': '|', '|&': '|', '&': '&', '(': '(' } as const;
    this.joint = known[sign as keyof typeof known] ?? ';';
    this.at += sign.length;
  }

  private readRedirection(sign: string): void {
    this.at += sign.length;
    while (/[ \t]/.test(this.source.text[this.at] ?? '')) this.at++;
    if (/^(?:$|[\n;|])/.test(this.source.text.slice(this.at, this.at + 1))) return;
    const target = this.readWord();
    if (sign === '<<<') this.input = target;
    if (/^1?(?:>>|>\||>)$|^&>/.test(sign) && !/^&?\d$/.test(target.text)) this.output = target;
  }

  private readWord(): Word {
    const start = this.at;
    const { text, places } = this.source;
    const piece = { text: '', places: [] as number[], isOpen: false };
    const take = (value: string, place: number) => {
      piece.text += value;
      for (let i = 0; i < value.length; i++) piece.places.push(places[place + (value.length === 1 ? i : 0)] ?? 0);
    };
    let quote = '';
    while (this.at < text.length) {
      const run = quotedRun[quote] ?? plainRun;
      run.lastIndex = this.at;
      const same = run.exec(text)?.[0] ?? '';
      if (same !== '') {
        piece.text += same;
        for (const end = this.at + same.length; this.at < end; this.at++) piece.places.push(places[this.at] ?? 0);
        continue;
      }
      const sign = text[this.at] ?? '';
      if (quote === "'") {
        quote = '';
        this.at++;
      } else if (sign === '\\' && this.at + 1 < text.length) {
        const next = text[this.at + 1] ?? '';
        // Inside quotes a backslash is taken away only before what it keeps from being special.
        if (quote === '"' && !/["\\$`\n]/.test(next)) take(sign, this.at);
        if (next !== '\n') take(next, this.at + 1);
        this.at += 2;
      } else if (sign === '"') {
        quote = quote === '"' ? '' : '"';
        this.at++;
      } else if (quote === '' && sign === "'") {
        quote = "'";
        this.at++;
      } else if (sign === '$' || sign === '`') {
        const value = this.readExpansion();
        if (value.isOpen) piece.isOpen = true;
        take(value.text, value.at);
      } else if (quote === '' && sign === '<' && placeholder.test(text.slice(this.at, this.at + 60))) {
        const found = placeholder.exec(text.slice(this.at, this.at + 60))?.[0] ?? '';
        for (const end = this.at + found.length; this.at < end; this.at++) take(text[this.at] ?? '', this.at);
        piece.isOpen = true;
      } else if (quote === '' && /[\s;&|()<>]/.test(sign)) break;
      else {
        take(sign, this.at);
        this.at++;
      }
    }
    if (this.at === start) this.at++;
    const first = places[start] ?? 0;
    return { ...piece, span: { start: first, end: (places[this.at - 1] ?? first) + 1 } };
  }

  /** A variable or a substitution at the place; its commands are read as commands of their own. */
  private readExpansion(): { readonly text: string; readonly at: number; readonly isOpen: boolean } {
    const { text } = this.source;
    const at = this.at;
    const variable = /^\$(?:(\w+)|\{(\w+)(?:(:?[-=])([^{}$`]*)|:?\?[^{}$`]*)?\})/.exec(text.slice(at, at + 200));
    if (variable !== null) {
      this.at += variable[0].length;
      const known = this.constants.get(variable[1] ?? variable[2] ?? '') ?? variable[4];
      return { text: known ?? variable[0], at, isOpen: known === undefined };
    }
    const close = text[at] === '`' ? text.indexOf('`', at + 1) : text[at + 1] === '(' ? this.closingOf(at + 1) : -1;
    if (close < 0) {
      this.at++;
      return { text: text[at] ?? '', at, isOpen: true };
    }
    const open = text[at] === '`' ? at + 1 : at + 2;
    if (text[open] !== '(' && this.depth < deepest) {
      const inner = { text: text.slice(open, close), places: this.source.places.slice(open, close) };
      for (const each of readWords(inner, this.constants, this.depth + 1)) this.found.push(each);
    }
    this.at = close + 1;
    return { text: text.slice(at, this.at), at, isOpen: true };
  }

  /** Where the bracket that opens at `open` closes; -1 where it does not. */
  private closingOf(open: number): number {
    this.closings ??= closingsIn(this.source.text);
    const close = this.closings.get(open) ?? -1;
    return close - open < longestSubstitution ? close : -1;
  }
}

/** Nobody writes longer ones. */
const longestSubstitution = 600;

/** For each round bracket that is closed where. */
function closingsIn(text: string): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const open: number[] = [];
  for (const { 0: sign, index } of text.matchAll(/[()]/g)) {
    if (sign === '(') open.push(index);
    else {
      const start = open.pop();
      if (start !== undefined) found.set(start, index);
    }
  }
  return found;
}
