import { breakLength, isBlank, isBreak, isLineEnd, isMarker, isNameCharacter, isWordEnd } from './characters';
import { stop } from './fault';
import { type ScannedText, scanBlock, scanPlain, scanQuoted } from './scan-text';

export type TokenType =
  | 'stream-end'
  | 'version'
  | 'tag-directive'
  | 'document-start'
  | 'document-end'
  | 'block-list'
  | 'block-map'
  | 'block-end'
  | '['
  | ']'
  | '{'
  | '}'
  | '-'
  | ','
  | '?'
  | ':'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'text';

/** A token of YAML. `text` is a name, a handle with its suffix, or the value of a text. */
export interface Token {
  readonly type: TokenType;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Set for texts: plain ones are resolved to numbers and such. */
  readonly isPlain?: boolean;
  /** The suffix of a tag or the prefix of a tag directive. */
  readonly more?: string;
}

/** A place where a key may have begun that is only known for one when its colon comes. */
interface PossibleKey {
  possible: boolean;
  required: boolean;
  token: number;
  at: number;
  line: number;
  column: number;
}

const deepest = 1000;
/** A key without `?` is at most this long (YAML 1.1, 7.3.2). */
const longestKey = 1024;

/**
 * Cuts a text into the tokens of YAML 1.1 as the reader of Go's programs does (gopkg.in/yaml.v2, which follows libyaml):
 * k3s, kubeadm and kubectl take and refuse what it does, and other readers differ in tabs, brackets and quotes.
 */
export class Scanner {
  private at = 0;
  private line = 0;
  private lineStart = 0;
  /** Of this line, how many characters take two places in the text. */
  private wide = 0;
  private indent = -1;
  private readonly indents: number[] = [];
  private flow = 0;
  private keyAllowed = true;
  private readonly keys: PossibleKey[] = [noKey()];
  private readonly queue: Token[] = [];
  private taken = 0;
  private isDone = false;

  constructor(private readonly text: string) {
    if (text.startsWith('\ufeff')) {
      this.at = 1;
      this.lineStart = 1;
    }
  }

  /** The next token, which stays. */
  peek(): Token {
    this.fill();
    return this.queue[0] ?? { type: 'stream-end', start: this.text.length, end: this.text.length, text: '' };
  }

  /** The next token, which is used up. */
  next(): Token {
    const token = this.peek();
    this.queue.shift();
    this.taken++;
    return token;
  }

  private get column(): number {
    return this.at - this.lineStart - this.wide;
  }

  /** Reads on while the first token of the queue may still get a key in front of it. */
  private fill(): void {
    while (!this.isDone) {
      if (this.queue.length > 0 && !this.keys.some((key) => key.token === this.taken && this.isStillKey(key))) return;
      this.fetch();
    }
  }

  private push(type: TokenType, start: number, end: number, text = ''): void {
    this.queue.push({ type, start, end, text });
  }

  private insert(number: number, type: TokenType, at: number): void {
    this.queue.splice(number - this.taken, 0, { type, start: at, end: at, text: '' });
  }

  private forward(count: number): void {
    for (let each = 0; each < count; each++) {
      const unit = this.text.charCodeAt(this.at);
      if (unit >= 0xd800 && unit < 0xdc00) this.wide++;
      this.at++;
    }
  }

  private newLine(): void {
    this.at += breakLength(this.text, this.at);
    this.startLine(this.at);
  }

  private startLine(at: number): void {
    this.at = at;
    this.line++;
    this.lineStart = at;
    this.wide = 0;
  }

  /** Passes over blanks, comments and line breaks. A tab may stand only where no key can begin. */
  private toNextToken(): void {
    const { text } = this;
    for (;;) {
      while (text[this.at] === ' ' || (text[this.at] === '\t' && (this.flow > 0 || !this.keyAllowed))) this.at++;
      if (text[this.at] === '#') while (!isLineEnd(text, this.at)) this.forward(1);
      if (!isBreak(text, this.at)) return;
      this.newLine();
      if (this.flow === 0) this.keyAllowed = true;
    }
  }

  private fetch(): void {
    this.toNextToken();
    this.unroll(this.column);
    const { text, at, flow } = this;
    const here = text[at];
    if (here === undefined) this.fetchEnd();
    else if (this.column === 0 && here === '%') this.fetchDirective();
    else if (this.column === 0 && isMarker(text, at))
      this.fetchMarker(here === '-' ? 'document-start' : 'document-end');
    else if (here === '[' || here === '{') this.fetchOpening(here);
    else if (here === ']' || here === '}') this.fetchClosing(here);
    else if (here === ',') this.fetchComma();
    else if (here === '-' && isWordEnd(text, at + 1)) this.fetchDash();
    else if (here === '?' && (flow > 0 || isWordEnd(text, at + 1))) this.fetchQuestion();
    else if (here === ':' && (flow > 0 || isWordEnd(text, at + 1))) this.fetchColon();
    else if (here === '*' || here === '&') this.fetchAnchor(here);
    else if (here === '!') this.fetchTag();
    else if ((here === '|' || here === '>') && flow === 0) this.fetchBlock();
    else if (here === '"' || here === "'") this.fetchQuoted();
    else if (startsPlain(text, at, flow)) this.fetchPlain();
    else stop('found character that cannot start any token', at);
  }

  private take({ value, end, next, lines, lineStart }: ScannedText, isPlain: boolean): void {
    this.queue.push({ type: 'text', start: this.at, end, text: value, isPlain });
    if (lines > 0) {
      this.line += lines;
      this.lineStart = lineStart;
      this.wide = 0;
      this.at = lineStart;
    }
    this.forward(next - this.at);
  }

  // Keys that are known only when their colon comes.

  private isStillKey(key: PossibleKey): boolean {
    if (!key.possible) return false;
    if (key.line === this.line && key.at + longestKey >= this.at) return true;
    if (key.required) stop("could not find expected ':'", this.at, key.at);
    key.possible = false;
    return false;
  }

  private get key(): PossibleKey {
    return this.keys.at(-1) ?? noKey();
  }

  private saveKey(): void {
    if (!this.keyAllowed) return;
    const required = this.flow === 0 && this.indent === this.column;
    this.dropKey();
    this.keys[this.keys.length - 1] = {
      possible: true,
      required,
      token: this.taken + this.queue.length,
      at: this.at,
      line: this.line,
      column: this.column,
    };
  }

  private dropKey(): void {
    const { key } = this;
    if (key.possible && key.required) stop("could not find expected ':'", this.at, key.at);
    key.possible = false;
  }

  // Collections by indentation.

  private roll(column: number, number: number | undefined, type: 'block-list' | 'block-map', at: number): void {
    if (this.flow > 0 || this.indent >= column) return;
    this.indents.push(this.indent);
    this.indent = column;
    if (this.indents.length > deepest) stop('the text is nested too deep', at);
    if (number === undefined) this.push(type, at, at);
    else this.insert(number, type, at);
  }

  private unroll(column: number): void {
    if (this.flow > 0) return;
    while (this.indent > column) {
      this.push('block-end', this.at, this.at);
      this.indent = this.indents.pop() ?? -1;
    }
  }

  private fetchEnd(): void {
    this.unroll(-1);
    this.dropKey();
    this.keyAllowed = false;
    this.push('stream-end', this.at, this.at);
    this.isDone = true;
  }

  private fetchMarker(type: 'document-start' | 'document-end'): void {
    this.unroll(-1);
    this.dropKey();
    this.keyAllowed = false;
    this.push(type, this.at, this.at + 3);
    this.at += 3;
  }

  private fetchOpening(bracket: '[' | '{'): void {
    this.saveKey();
    this.keys.push(noKey());
    this.flow++;
    if (this.flow > deepest) stop('the text is nested too deep', this.at);
    this.keyAllowed = true;
    this.push(bracket, this.at, this.at + 1);
    this.at++;
  }

  private fetchClosing(bracket: ']' | '}'): void {
    this.dropKey();
    if (this.flow > 0) {
      this.flow--;
      this.keys.pop();
    }
    this.keyAllowed = false;
    this.push(bracket, this.at, this.at + 1);
    this.at++;
  }

  private fetchComma(): void {
    this.dropKey();
    this.keyAllowed = true;
    this.push(',', this.at, this.at + 1);
    this.at++;
  }

  private fetchDash(): void {
    if (this.flow === 0) {
      if (!this.keyAllowed) stop('block sequence entries are not allowed in this context', this.at);
      this.roll(this.column, undefined, 'block-list', this.at);
    }
    this.dropKey();
    this.keyAllowed = true;
    this.push('-', this.at, this.at + 1);
    this.at++;
  }

  private fetchQuestion(): void {
    if (this.flow === 0) {
      if (!this.keyAllowed) stop('mapping keys are not allowed in this context', this.at);
      this.roll(this.column, undefined, 'block-map', this.at);
    }
    this.dropKey();
    this.keyAllowed = this.flow === 0;
    this.push('?', this.at, this.at + 1);
    this.at++;
  }

  private fetchColon(): void {
    const { key } = this;
    if (this.isStillKey(key)) {
      this.insert(key.token, '?', key.at);
      this.roll(key.column, key.token, 'block-map', key.at);
      key.possible = false;
      this.keyAllowed = false;
    } else {
      if (this.flow === 0) {
        if (!this.keyAllowed) stop('mapping values are not allowed in this context', this.at);
        this.roll(this.column, undefined, 'block-map', this.at);
      }
      this.keyAllowed = this.flow === 0;
    }
    this.push(':', this.at, this.at + 1);
    this.at++;
  }

  // Names and texts.

  private fetchAnchor(sign: '*' | '&'): void {
    this.saveKey();
    this.keyAllowed = false;
    const { text, at } = this;
    let end = at + 1;
    while (isNameCharacter(text, end)) end++;
    if (end === at + 1 || !(isWordEnd(text, end) || /[?:,\]}%@`]/.test(text[end] ?? '')))
      stop('did not find expected alphabetic or numeric character', end, at);
    this.push(sign === '*' ? 'alias' : 'anchor', at, end, text.slice(at + 1, end));
    this.at = end;
  }

  private fetchTag(): void {
    this.saveKey();
    this.keyAllowed = false;
    const { text, at } = this;
    let end: number;
    let handle = '';
    let suffix: string;
    if (text[at + 1] === '<') {
      end = endOfUri(text, at + 2);
      suffix = text.slice(at + 2, end);
      if (suffix === '') stop('did not find expected tag URI', end, at);
      if (text[end] !== '>') stop("did not find the expected '>'", end, at);
      end++;
    } else {
      end = at + 1;
      while (isNameCharacter(text, end)) end++;
      if (text[end] === '!') {
        handle = text.slice(at, end + 1);
        const from = end + 1;
        end = endOfUri(text, from);
        suffix = text.slice(from, end);
        if (suffix === '') stop('did not find expected tag URI', end, at);
      } else {
        handle = '!';
        end = endOfUri(text, end);
        suffix = text.slice(at + 1, end);
        // A single "!" says that the text is to be taken as if it had no tag.
        if (suffix === '') [handle, suffix] = ['', '!'];
      }
    }
    if (!isWordEnd(text, end)) stop('did not find expected whitespace or line break', end, at);
    this.queue.push({ type: 'tag', start: at, end, text: handle, more: suffix });
    this.forward(end - at);
  }

  private fetchQuoted(): void {
    this.saveKey();
    this.keyAllowed = false;
    this.take(scanQuoted(this.text, this.at, this.column), false);
  }

  private fetchPlain(): void {
    this.saveKey();
    this.keyAllowed = false;
    const scanned = scanPlain(this.text, this.at, { column: this.column, indent: this.indent, flow: this.flow });
    this.take(scanned, true);
    if (scanned.endsOnNewLine) this.keyAllowed = true;
  }

  private fetchBlock(): void {
    this.dropKey();
    this.keyAllowed = true;
    this.take(scanBlock(this.text, this.at, this.indent), false);
  }

  private fetchDirective(): void {
    this.unroll(-1);
    this.dropKey();
    this.keyAllowed = false;
    const { text, at } = this;
    let end = at + 1;
    while (isNameCharacter(text, end)) end++;
    const name = text.slice(at + 1, end);
    if (name === '') stop('could not find expected directive name', end, at);
    if (!isWordEnd(text, end)) stop('found unexpected non-alphabetical character', end, at);
    const rest = text.slice(end).split(/[\n\r\u0085\u2028\u2029]/, 1)[0] ?? '';
    const form =
      name === 'YAML'
        ? /^[ \t]*(\d{1,9})\.(\d{1,9})(?=[ \t]|$)/
        : name === 'TAG'
          ? /^[ \t]+(!(?:[\w-]*!)?)[ \t]+([\w\-;/?:@&=+$,.!~*'()[\]%]+)(?=[ \t]|$)/
          : stop('found unknown directive name', at, at);
    const found = form.exec(rest);
    if (found === null) stop('the directive has another form', end, at);
    if (!/^[ \t]*(?:#.*)?$/.test(rest.slice(found[0].length)))
      stop('did not find expected comment or line break', end + found[0].length, at);
    this.queue.push({
      type: name === 'YAML' ? 'version' : 'tag-directive',
      start: at,
      end: end + found[0].length,
      text: found[1] ?? '',
      more: found[2] ?? '',
    });
    this.forward(end + rest.length - at);
    if (isBreak(text, this.at)) this.newLine();
  }
}

function noKey(): PossibleKey {
  return { possible: false, required: false, token: -1, at: 0, line: 0, column: 0 };
}

function endOfUri(text: string, from: number): number {
  let end = from;
  while (/[\w\-;/?:@&=+$,.!~*'()[\]%]/.test(text[end] ?? '')) {
    if (text[end] === '%' && !/^[0-9A-Fa-f]{2}/.test(text.slice(end + 1, end + 3)))
      stop('did not find URI escaped octet', end, from);
    end++;
  }
  return end;
}

function startsPlain(text: string, at: number, flow: number): boolean {
  const here = text[at] ?? '';
  if (!isWordEnd(text, at) && !/[-?:,[\]{}#&*!|>'"%@`]/.test(here)) return true;
  if (here === '-') return !isBlank(text, at + 1);
  return flow === 0 && (here === '?' || here === ':') && !isWordEnd(text, at + 1);
}
