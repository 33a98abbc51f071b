import { MappedText } from './mapped-text';
import type { DefinitionUse } from './tree';

/** Stands for text that only the machine knows: a folder, a random number, a variable of the environment. */
export const unknownText = '\uE000';

/** keepalived's line buffer; a replacement that would not fit is not made (lib/parser.c, MAXBUF). */
const maxLine = 1023;

/** A cycle of definitions would be replaced for ever; no real file nests this deep. */
const maxReplacements = 200;

interface Value {
  readonly lines: readonly string[];
  readonly multiline: boolean;
}

const single = (text: string): Value => ({ lines: [text], multiline: false });

/** The definitions that hold at one point of the file, and the replacing of their names. */
export class Definitions {
  private readonly values = new Map<string, Value>([
    ['_PWD', single(unknownText)],
    ['_RANDOM', single(unknownText)],
    ['_HASH', single('#')],
    ['_BANG', single('!')],
  ]);

  constructor(id: string | undefined) {
    this.values.set('_INSTANCE', single(id ?? unknownText));
  }

  set(name: string, lines: readonly string[], multiline: boolean): void {
    this.values.set(name, { lines, multiline });
  }

  /**
   * Puts the values in. `$NAME` counts only before a blank, `,`, `)` or the end of the line, `${NAME}` everywhere. A
   * definition of several lines counts only where it ends the line: its first line is put there, the others follow.
   */
  replace(line: MappedText, onUse: (use: DefinitionUse) => void): { line: MappedText; following: readonly string[] } {
    let result = line;
    let following: readonly string[] = [];
    let at = 0;
    for (let count = 0; count < maxReplacements; count++) {
      at = result.text.indexOf('$', at);
      if (at < 0 || at + 1 >= result.text.length) break;
      const reference = referenceAt(result.text, at);
      const value = reference === undefined ? undefined : this.valueOf(reference, result.text);
      if (reference === undefined || value === undefined) {
        const looksLike = /^\$\{?([A-Za-z_][A-Za-z0-9_]*)/.exec(result.text.slice(at))?.[1];
        if (looksLike !== undefined)
          onUse({
            name: looksLike,
            span: { start: result.startOf(at), end: result.endBefore(at + 1 + looksLike.length) },
            replaced: false,
          });
        at++;
        continue;
      }
      const start = result.startOf(at);
      const end = result.endBefore(reference.end);
      onUse({ name: reference.name, span: { start, end }, replaced: true });
      const first = value.lines[0] ?? '';
      if (result.text.length + first.length > maxLine) break;
      if (value.multiline) following = [...value.lines.slice(1), ...following];
      result = result
        .slice(0, at)
        .concat(MappedText.instead(first, start, end))
        .concat(result.slice(reference.end));
      if (/^[ \t]*~/.test(first)) break;
    }
    return { line: result, following };
  }

  private valueOf(reference: Reference, text: string): Value | undefined {
    if (reference.name === '_ENV' && reference.parameters) return single(unknownText);
    const value = this.values.get(reference.name);
    if (value === undefined || (reference.parameters && reference.name !== '_RANDOM')) return undefined;
    return value.multiline && reference.end !== text.length ? undefined : value;
  }
}

interface Reference {
  readonly name: string;
  /** Index behind the reference. */
  readonly end: number;
  /** `${_RANDOM 1 6}`: words behind the name. */
  readonly parameters: boolean;
}

function referenceAt(text: string, at: number): Reference | undefined {
  const braced = /^\$\{([A-Za-z_][A-Za-z0-9_]*)((?: +[\w.-]+)*)\}/.exec(text.slice(at));
  if (braced?.[1] !== undefined)
    return { name: braced[1], end: at + braced[0].length, parameters: (braced[2] ?? '') !== '' };
  const plain = /^\$([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$)/.exec(text.slice(at));
  return plain?.[1] === undefined ? undefined : { name: plain[1], end: at + plain[0].length, parameters: false };
}
