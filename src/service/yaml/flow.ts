/** An open bracket in front of the cursor, with what stands in it. */
interface Frame {
  readonly isList: boolean;
  /** The key whose value is being written; undefined in front of the colon. */
  key: string | undefined;
  readonly keys: Set<string>;
  /** What was read of the current item. */
  word: string;
}

/** The brackets around a place, from the outside in, and where the outermost one opens. */
export interface Flow {
  readonly start: number;
  readonly frames: readonly Frame[];
}

/**
 * The brackets of `{ a: 1, b: [x, | ] }` that are open at `offset`; undefined outside of brackets. Told from the
 * characters from `from` on, so that it holds while somebody is typing.
 */
export function flowAt(text: string, from: number, offset: number): Flow | undefined {
  let at = from;
  let block: number | undefined;
  while (at < offset) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(at, end);
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    if (line.trim() === '' || (block !== undefined && indent > block)) {
      at = end + 1;
      continue;
    }
    block = /(?:^|[:-] +)[|>][-+0-9]*\s*(?:#.*)?$/.test(line) ? indent : undefined;
    const opens = openingOf(line);
    if (opens === undefined) {
      at = end + 1;
      continue;
    }
    const read = readFlow(text, at + opens, offset);
    if (read.frames.length > 0) return { start: at + opens, frames: read.frames };
    const next = text.indexOf('\n', read.end);
    at = next < 0 ? offset : next + 1;
  }
  return undefined;
}

/** Where a line that ends a key, or is an item, begins its value with a bracket. */
function openingOf(line: string): number | undefined {
  const start = /^ *(?:- +)*/.exec(line)?.[0].length ?? 0;
  const found = /^(?:(?:"[^"]*"|'[^']*'|[^\s#"'[\]{},&*!|>%@`][^#]*?) *: +)?(?:[&!][^\s[\]{},]* +)*(?=[[{])/.exec(
    line.slice(start),
  );
  return found === null ? undefined : start + found[0].length;
}

function readFlow(text: string, start: number, offset: number): { readonly frames: Frame[]; readonly end: number } {
  const frames: Frame[] = [];
  let at = start;
  for (; at < offset; at++) {
    const char = text[at] ?? '';
    const frame = frames.at(-1);
    if (char === '[' || char === '{') {
      frames.push({ isList: char === '[', key: undefined, keys: new Set(), word: '' });
    } else if (char === ']' || char === '}') {
      frames.pop();
      if (frames.length === 0) return { frames, end: at + 1 };
    } else if (frame === undefined) {
      break;
    } else if (char === ',') {
      frame.key = undefined;
      frame.word = '';
    } else if ((char === '"' || char === "'") && frame.word.trim() === '') {
      const close = closingQuote(text, at, offset);
      frame.word += text.slice(at + 1, close);
      at = close;
    } else if (char === '#' && /\s/.test(text[at - 1] ?? '')) {
      const newline = text.indexOf('\n', at);
      at = newline < 0 || newline > offset ? offset : newline;
    } else if (char === ':' && /[\s,[\]{}]|^$/.test(text[at + 1] ?? '') && frame.key === undefined && !frame.isList) {
      frame.key = frame.word.trim();
      frame.keys.add(frame.key);
      frame.word = '';
    } else frame.word += char;
  }
  return { frames, end: at };
}

function closingQuote(text: string, at: number, offset: number): number {
  const quote = text[at];
  for (let i = at + 1; i < offset; i++) {
    if (quote === '"' && text[i] === '\\') i++;
    else if (text[i] === quote) return i;
  }
  return offset;
}

/** The keys behind the cursor, up to where its brace closes. */
export function keysBehind(text: string, offset: number, limit: number): readonly string[] {
  const end = /[\]}\n]/.exec(text.slice(offset, limit));
  const rest = text.slice(offset, end === null ? limit : offset + end.index);
  return [...rest.matchAll(/,\s*["']?([\w./-]+)["']?\s*:(?=[\s,]|$)/g)].map((each) => each[1] ?? '');
}
