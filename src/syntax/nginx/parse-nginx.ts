import type { Span } from '../../base/span';

export interface NginxWord {
  readonly text: string;
  readonly span: Span;
}

/** One directive: its words up to `;`, and what stands in its braces if it has them. */
export interface NginxDirective {
  readonly name: NginxWord;
  readonly args: readonly NginxWord[];
  readonly span: Span;
  readonly block: readonly NginxDirective[] | undefined;
}

export interface NginxProblem {
  readonly kind: 'unexpected' | 'unterminated' | 'unclosed';
  readonly text: string;
  readonly span: Span;
}

export interface NginxTree {
  readonly directives: readonly NginxDirective[];
  readonly problems: readonly NginxProblem[];
}

const space = /[ \t\r\n]/;

interface OpenBlock {
  readonly name: NginxWord;
  readonly args: readonly NginxWord[];
  readonly children: NginxDirective[];
}

/**
 * Accepts any text. As nginx reads it: words end at space, `;`, `{` and `}`; quotes begin a word and protect
 * everything; `#` begins a comment only where a word would begin; `${name}` does not open a block.
 */
export function parseNginx(text: string): NginxTree {
  const problems: NginxProblem[] = [];
  const root: NginxDirective[] = [];
  const open: OpenBlock[] = [];
  let words: NginxWord[] = [];
  const here = () => open.at(-1)?.children ?? root;
  const finish = (end: number, block: readonly NginxDirective[] | undefined, from: readonly NginxWord[]) => {
    const [name, ...args] = from;
    if (name !== undefined) here().push({ name, args, span: { start: name.span.start, end }, block });
  };

  for (let at = 0; at < text.length; ) {
    const unit = text[at] ?? '';
    // Only these four divide words; a no-break space is a letter. A mark of the byte order is one too, and editors hide it.
    if (space.test(unit) || (at === 0 && unit === '\ufeff')) at++;
    else if (unit === '#') {
      const newline = text.indexOf('\n', at);
      at = newline < 0 ? text.length : newline + 1;
    } else if (unit === ';') {
      if (words.length === 0) problems.push({ kind: 'unexpected', text: ';', span: { start: at, end: at + 1 } });
      finish(at + 1, undefined, words);
      words = [];
      at++;
    } else if (unit === '{') {
      const [name, ...args] = words;
      if (name === undefined) problems.push({ kind: 'unexpected', text: '{', span: { start: at, end: at + 1 } });
      open.push({ name: name ?? { text: '', span: { start: at, end: at + 1 } }, args, children: [] });
      words = [];
      at++;
      // Lua blocks are another language; only their closing brace matters here.
      if (name !== undefined && /_by_lua_block$/.test(name.text)) at = endOfBraces(text, at);
    } else if (unit === '}') {
      const [last] = words;
      if (last !== undefined) problems.push({ kind: 'unterminated', text: last.text, span: last.span });
      finish(at, undefined, words);
      words = [];
      const closed = open.pop();
      if (closed === undefined) problems.push({ kind: 'unexpected', text: '}', span: { start: at, end: at + 1 } });
      else finish(at + 1, closed.children, [closed.name, ...closed.args]);
      at++;
    } else {
      const word = readWord(text, at);
      words.push(word);
      at = word.span.end;
      // Behind a closing quote nginx wants the word to end.
      const next = text[at] ?? '';
      if (/["']/.test(unit) && at > word.span.start + 1 && /[^ \t\r\n;{})]/.test(next))
        problems.push({ kind: 'unexpected', text: next, span: { start: at, end: at + 1 } });
    }
  }
  const [last] = words;
  if (last !== undefined) problems.push({ kind: 'unterminated', text: last.text, span: last.span });
  finish(text.length, undefined, words);
  for (let block = open.pop(); block !== undefined; block = open.pop()) {
    problems.push({ kind: 'unclosed', text: block.name.text, span: block.name.span });
    finish(text.length, block.children, [block.name, ...block.args]);
  }
  return { directives: root, problems };
}

function readWord(text: string, start: number): NginxWord {
  const quote = text[start];
  if (quote === '"' || quote === "'") {
    let at = start + 1;
    while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1;
    const end = Math.min(at + 1, text.length);
    return { text: text.slice(start + 1, Math.min(at, text.length)), span: { start, end } };
  }
  let at = start;
  while (at < text.length) {
    const unit = text[at] ?? '';
    if (unit === '\\') at += 2;
    else if (unit === '$' && text[at + 1] === '{') {
      const close = text.indexOf('}', at);
      at = close < 0 ? text.length : close + 1;
    } else if (/[ \t\r\n;{}]/.test(unit)) break;
    else at++;
  }
  const end = Math.min(Math.max(at, start + 1), text.length);
  return { text: text.slice(start, end), span: { start, end } };
}

function endOfBraces(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return text.length;
}

/** Every directive named `name` in `directives`, not in their blocks. */
export function directivesNamed(directives: readonly NginxDirective[], name: string): readonly NginxDirective[] {
  return directives.filter((each) => each.name.text === name);
}
