import type { Part, Redirect, Tree, Word } from './tree';
import { WordReader } from './words';

/** @throws ShellSyntaxError where `sh` would say "Syntax error". */
export function parseShell(text: string): Tree {
  return new Parser(text).script();
}

const reserved = new Set(['then', 'else', 'elif', 'fi', 'do', 'done', 'esac', '}']);

class Parser extends WordReader {
  private readonly heredocs: {
    readonly end: string;
    readonly raw: boolean;
    readonly strip: boolean;
    fill(word: Word): void;
  }[] = [];

  script(): Tree {
    const tree = this.sequence(() => this.at >= this.text.length);
    if (this.at < this.text.length) this.fail();
    return tree;
  }

  protected override anotherScript(text: string): Tree {
    return parseShell(text);
  }

  /** Passes blanks, comments and joined lines; line ends too when asked. */
  private blanks(lines = false): void {
    for (;;) {
      const char = this.peek();
      if (char === ' ' || char === '\t') this.at++;
      else if (this.peek(2) === '\\\n') this.at += 2;
      else if (char === '#' && /^$|[\s;&|()]/.test(this.text[this.at - 1] ?? '')) {
        while (this.at < this.text.length && this.peek() !== '\n') this.at++;
      } else if (char === '\n' && lines) this.newline();
      else return;
    }
  }

  private newline(): void {
    this.at++;
    for (const { end, raw, strip, fill } of this.heredocs.splice(0)) {
      const lines: string[] = [];
      for (;;) {
        if (this.at >= this.text.length) break;
        const stop = this.text.indexOf('\n', this.at);
        const next = stop < 0 ? this.text.length : stop;
        const whole = this.text.slice(this.at, next);
        const line = strip ? whole.replace(/^\t+/, '') : whole;
        this.at = Math.min(this.text.length, next + 1);
        if (line === end) break;
        lines.push(`${line}\n`);
      }
      const body = lines.join('');
      fill(raw ? [{ kind: 'text', text: body, quoted: true }] : new Parser(body).quotedBody());
    }
  }

  /** The whole text as what stands between double quotes, where a double quote means itself. */
  private quotedBody(): Word {
    return this.insideQuotes(() => this.at >= this.text.length, true);
  }

  private keyword(): string {
    return /^(?:[a-z]+|[{}!])(?=[\s;&|()]|$)/.exec(this.text.slice(this.at, this.at + 12))?.[0] ?? '';
  }

  private expect(word: string): void {
    this.blanks(true);
    if (this.keyword() !== word) this.fail();
    this.at += word.length;
  }

  protected override sequence(ends: () => boolean): Tree {
    const parts: Tree[] = [];
    for (;;) {
      this.blanks(true);
      if (this.at >= this.text.length || ends()) break;
      let part = this.andOr();
      this.blanks();
      if (this.peek() === '&' && this.peek(2) !== '&&') {
        this.at++;
        part = { kind: 'background', body: part };
      } else if (this.peek() === ';' && this.peek(2) !== ';;') this.at++;
      else if (this.peek() !== '\n') {
        parts.push(part);
        break;
      }
      parts.push(part);
    }
    this.blanks(true);
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'sequence', parts };
  }

  private until(...words: readonly string[]): Tree {
    return this.sequence(() => words.includes(this.keyword()));
  }

  private andOr(): Tree {
    let left = this.pipeline();
    for (;;) {
      this.blanks();
      const operator = this.peek(2);
      if (operator !== '&&' && operator !== '||') return left;
      this.at += 2;
      this.blanks(true);
      left = { kind: operator === '&&' ? 'and' : 'or', left, right: this.pipeline() };
    }
  }

  private pipeline(): Tree {
    this.blanks();
    if (this.keyword() === '!') {
      this.at++;
      return { kind: 'not', body: this.pipeline() };
    }
    const parts = [this.command()];
    for (;;) {
      this.blanks();
      if (this.peek() !== '|' || this.peek(2) === '||') break;
      this.at++;
      this.blanks(true);
      parts.push(this.command());
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'pipe', parts };
  }

  private command(): Tree {
    this.blanks();
    if (this.peek() === '(') {
      this.at++;
      const body = this.sequence(() => this.peek() === ')');
      if (this.peek() !== ')') this.fail();
      this.at++;
      return { kind: 'subshell', body, redirects: this.redirects() };
    }
    const word = this.keyword();
    if (reserved.has(word)) this.fail();
    if (word === '{') {
      this.at++;
      const body = this.until('}');
      this.expect('}');
      return { kind: 'group', body, redirects: this.redirects() };
    }
    if (word === 'if') return this.conditional();
    if (word === 'while' || word === 'until') {
      this.at += word.length;
      const condition = this.until('do');
      const body = this.loopBody();
      return { kind: 'loop', until: word === 'until', condition, body, redirects: this.redirects() };
    }
    if (word === 'for') return this.forLoop();
    if (word === 'case') return this.choice();
    const named = /^([A-Za-z_][A-Za-z0-9_]*)[ \t]*\([ \t]*\)/.exec(this.text.slice(this.at));
    if (named?.[1] !== undefined) {
      this.at += named[0].length;
      this.blanks(true);
      return { kind: 'function', name: named[1], body: this.command() };
    }
    return this.simple();
  }

  private conditional(): Tree {
    this.at += 2;
    const clauses: [Tree, Tree][] = [];
    let otherwise: Tree | undefined;
    for (;;) {
      const condition = this.until('then');
      this.expect('then');
      clauses.push([condition, this.until('elif', 'else', 'fi')]);
      const next = this.keyword();
      this.at += next.length;
      if (next === 'elif') continue;
      if (next === 'else') {
        otherwise = this.until('fi');
        this.expect('fi');
      } else if (next !== 'fi') this.fail();
      return { kind: 'if', clauses, otherwise, redirects: this.redirects() };
    }
  }

  private loopBody(): Tree {
    this.expect('do');
    const body = this.until('done');
    this.expect('done');
    return body;
  }

  private forLoop(): Tree {
    this.at += 3;
    this.blanks();
    const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(this.text.slice(this.at))?.[0] ?? this.fail();
    this.at += name.length;
    this.blanks(true);
    let words: Word[] | undefined;
    if (this.keyword() === 'in') {
      this.at += 2;
      words = [];
      for (;;) {
        this.blanks();
        if (/^$|[\n;&|()]/.test(this.peek())) break;
        words.push(this.word());
      }
    }
    this.blanks();
    if (this.peek() === ';') this.at++;
    const body = this.loopBody();
    return { kind: 'for', name, words, body, redirects: this.redirects() };
  }

  private choice(): Tree {
    this.at += 4;
    this.blanks();
    const word = this.word();
    this.expect('in');
    const arms: [Word[], Tree][] = [];
    for (;;) {
      this.blanks(true);
      if (this.keyword() === 'esac') break;
      if (this.at >= this.text.length) this.fail();
      if (this.peek() === '(') this.at++;
      const patterns: Word[] = [];
      for (;;) {
        this.blanks();
        patterns.push(this.word());
        this.blanks();
        if (this.peek() !== '|') break;
        this.at++;
      }
      if (this.peek() !== ')') this.fail();
      this.at++;
      const body = this.sequence(() => this.peek(2) === ';;' || this.keyword() === 'esac');
      arms.push([patterns, body]);
      if (this.peek(2) === ';;') this.at += 2;
    }
    this.expect('esac');
    return { kind: 'case', word, arms, redirects: this.redirects() };
  }

  private simple(): Tree {
    const assignments: [string, Word][] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      this.blanks();
      const redirect = this.redirect();
      if (redirect !== undefined) {
        redirects.push(redirect);
        continue;
      }
      if (/^$|[\n;&|()]/.test(this.peek())) break;
      const assignment = words.length === 0 ? /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(this.text.slice(this.at)) : null;
      if (assignment?.[1] !== undefined) {
        this.at += assignment[0].length;
        assignments.push([assignment[1], /^$|[\s;&|()]/.test(this.peek()) ? [] : this.word()]);
        continue;
      }
      words.push(this.word());
    }
    if (assignments.length + words.length + redirects.length === 0) this.fail();
    return { kind: 'simple', assignments, words, redirects };
  }

  private redirects(): Redirect[] {
    const found: Redirect[] = [];
    for (;;) {
      this.blanks();
      const redirect = this.redirect();
      if (redirect === undefined) return found;
      found.push(redirect);
    }
  }

  private redirect(): Redirect | undefined {
    const found = /^(\d*)(<<-|<<|>>|>\||>&|<&|>|<)/.exec(this.text.slice(this.at));
    if (found === null) return undefined;
    const [whole, number = '', operator = ''] = found;
    this.at += whole.length;
    const descriptor = number === '' ? (operator.startsWith('<') ? 0 : 1) : Number(number);
    this.blanks();
    if (!operator.startsWith('<<')) {
      return { descriptor, operator: operator as Redirect['operator'], word: this.word() };
    }
    const start = this.at;
    this.word();
    const written = this.text.slice(start, this.at);
    const body: Part[] = [];
    this.heredocs.push({
      end: written.replace(/['"\\]/g, ''),
      raw: /['"\\]/.test(written),
      strip: operator === '<<-',
      fill: (word) => body.push(...word),
    });
    return { descriptor, operator: '<<', word: body };
  }
}
