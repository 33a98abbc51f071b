import type { Part, Tree, Word } from './tree';

/** A script that a shell refuses to begin. */
export class ShellSyntaxError extends Error {
  override readonly name = 'ShellSyntaxError';
}

/** Reads the words of a script: quotes, and what a dollar or a backquote puts in their place (POSIX.1-2017, 2.2 and 2.6). */
export abstract class WordReader {
  protected at = 0;

  constructor(protected readonly text: string) {}

  /** Commands up to where `ends` says so. */
  protected abstract sequence(ends: () => boolean): Tree;

  /** The tree of a script that stands inside of this one as a text of its own. */
  protected abstract anotherScript(text: string): Tree;

  protected fail(): never {
    const rest = this.text.slice(this.at).split('\n')[0]?.slice(0, 20) ?? '';
    const line = this.text.slice(0, this.at).split('\n').length;
    throw new ShellSyntaxError(
      rest === '' ? `${line}: Syntax error: end of file unexpected` : `${line}: Syntax error: "${rest}" unexpected`,
    );
  }

  protected peek(length = 1): string {
    return this.text.slice(this.at, this.at + length);
  }

  /** One word, up to what parts words. */
  protected word(): Word {
    const start = this.at;
    const parts = this.parts(/[\s;&|()<>]/, /^[^\s;&|()<>'"\\$`]+/);
    if (this.at === start) this.fail();
    return parts;
  }

  /** The word behind the operator in `${name-word}`, where blanks and operators of the shell are text. */
  private bracedWord(): Word {
    return this.parts(/\}/, /^[^'"\\$`}]+/);
  }

  private parts(end: RegExp, plain: RegExp): Word {
    const parts: Part[] = [];
    while (this.at < this.text.length && !end.test(this.peek())) {
      const found = plain.exec(this.text.slice(this.at))?.[0];
      if (found === undefined) parts.push(...this.quotedOrDollar());
      else {
        parts.push({ kind: 'text', text: found, quoted: false });
        this.at += found.length;
      }
    }
    return parts;
  }

  private quotedOrDollar(): readonly Part[] {
    const char = this.peek();
    if (char === "'") {
      const end = this.text.indexOf("'", this.at + 1);
      if (end < 0) throw new ShellSyntaxError('1: Syntax error: Unterminated quoted string');
      const text = this.text.slice(this.at + 1, end);
      this.at = end + 1;
      return [{ kind: 'text', text, quoted: true }];
    }
    if (char === '"') {
      this.at++;
      const inside = this.insideQuotes(() => this.peek() === '"');
      if (this.peek() !== '"') throw new ShellSyntaxError('1: Syntax error: Unterminated quoted string');
      this.at++;
      // Also where nothing stands between them they make a word.
      return [{ kind: 'text', text: '', quoted: true }, ...inside];
    }
    if (char === '\\') {
      this.at += 2;
      const next = this.text[this.at - 1] ?? '\\';
      return next === '\n' ? [] : [{ kind: 'text', text: next, quoted: true }];
    }
    return [this.dollar(false)];
  }

  protected insideQuotes(ends: () => boolean, document = false): Word {
    const parts: Part[] = [];
    let text = '';
    const flush = () => {
      if (text !== '') parts.push({ kind: 'text', text, quoted: true });
      text = '';
    };
    while (this.at < this.text.length && !ends()) {
      const char = this.peek();
      if (char === '\\') {
        const next = this.text[this.at + 1] ?? '';
        if (next === '\n') text += '';
        else text += '$`\\'.includes(next) || (next === '"' && !document) ? next : `\\${next}`;
        this.at += 2;
      } else if (char === '$' || char === '`') {
        flush();
        parts.push(this.dollar(true));
      } else {
        text += char;
        this.at++;
      }
    }
    flush();
    return parts;
  }

  private dollar(quoted: boolean): Part {
    const rest = this.text.slice(this.at);
    if (rest.startsWith('`')) {
      const end = this.text.indexOf('`', this.at + 1);
      if (end < 0) throw new ShellSyntaxError('1: Syntax error: EOF in backquote substitution');
      const body = this.anotherScript(this.text.slice(this.at + 1, end).replace(/\\([\\`$])/g, '$1'));
      this.at = end + 1;
      return { kind: 'command', body, quoted };
    }
    if (rest.startsWith('$((')) {
      this.at += 3;
      let depth = 0;
      const word = this.insideQuotes(() => {
        const char = this.peek();
        if (char === '(') depth++;
        else if (char === ')') {
          if (depth === 0) return true;
          depth--;
        }
        return false;
      });
      if (this.peek(2) !== '))') this.fail();
      this.at += 2;
      return { kind: 'arithmetic', word, quoted };
    }
    if (rest.startsWith('$(')) {
      this.at += 2;
      const body = this.sequence(() => this.peek() === ')');
      if (this.peek() !== ')') this.fail();
      this.at++;
      return { kind: 'command', body, quoted };
    }
    const simple = /^\$([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/.exec(rest);
    if (simple?.[1] !== undefined) {
      this.at += simple[0].length;
      return { kind: 'variable', name: simple[1], quoted, operator: '', word: [] };
    }
    if (!rest.startsWith('${')) {
      this.at++;
      return { kind: 'text', text: '$', quoted: true };
    }
    const length = /^\$\{#([A-Za-z_][A-Za-z0-9_]*|[0-9]+)\}/.exec(rest);
    if (length?.[1] !== undefined) {
      this.at += length[0].length;
      return { kind: 'variable', name: length[1], quoted, operator: 'length', word: [] };
    }
    const head = /^\$\{([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])(:?[-=?+]|%%|%|##|#)?/.exec(rest);
    if (head?.[1] === undefined) throw new ShellSyntaxError('1: Bad substitution');
    this.at += head[0].length;
    const word = this.bracedWord();
    if (this.peek() !== '}') throw new ShellSyntaxError("1: Syntax error: Missing '}'");
    this.at++;
    return { kind: 'variable', name: head[1], quoted, operator: head[2] ?? '', word };
  }
}
