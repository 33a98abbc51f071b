import type { Release } from '../../catalog/haproxy/catalog';

/** One place of a grammar. The notation is that of the catalog: words, `<name:type:parameter:checks>`, `[ … ]`, `{ a | b }`, `...`. */
export type Node =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'argument';
      readonly name: string;
      readonly type: string;
      readonly parameter: string;
      /**
       * Which wrong values the program refuses: `b` text that is none, `n` below zero, `z` zero, `t` signs behind the
       * number, `h` too much; `d` a unit behind a size, `e` the same before 3.1. `w` says that of a number without `h` the
       * low 32 bits are taken, as a signed one; `l` that a time is kept in seconds and may be longer; `i` that an
       * address is taken besides the words of a list; `p` that something in parentheses may follow a word. A number behind a letter is the release from which it does. Undefined where nobody has tried.
       */
      readonly checks: string | undefined;
      readonly repeated: boolean;
    }
  | {
      readonly kind: 'choice';
      readonly optional: boolean;
      readonly repeated: boolean;
      /** The program takes any other word as well. */
      readonly lenient: boolean;
      readonly alternatives: readonly (readonly Node[])[];
    };

export type ArgumentNode = Extract<Node, { kind: 'argument' }>;
export type ChoiceNode = Extract<Node, { kind: 'choice' }>;

/** A place for one word, as the readers of single lines make it. */
export function argumentNode(name: string, type: string, parameter = ''): Node {
  return { kind: 'argument', name, type, parameter, checks: undefined, repeated: false };
}

const checksIn = new Map<string, ReadonlyMap<Release, string>>();

/** The letters of `checks` that hold in a release. */
export function checksOf(checks: string | undefined, release: Release): string | undefined {
  if (checks === undefined || !/\d/.test(checks)) return checks;
  const known = checksIn.get(checks);
  const before = known?.get(release);
  if (before !== undefined) return before;
  let letters = '';
  for (const [, letter = '', since = '0'] of checks.matchAll(/([a-z])(\d*)/g))
    if (Number(since) <= release) letters += letter;
  checksIn.set(checks, new Map([...(known ?? []), [release, letters]]));
  return letters;
}

const compiled = new Map<string, readonly Node[]>();

/** The nodes of a grammar, made when first asked for: a file uses few of the several hundred. */
export function grammarOf(text: string): readonly Node[] {
  let nodes = compiled.get(text);
  if (nodes === undefined) {
    nodes = compile(text === '' ? [] : text.split(' '));
    compiled.set(text, nodes);
  }
  return nodes;
}

function compile(tokens: readonly string[]): readonly Node[] {
  let next = 0;
  return sequence();

  function sequence(): Node[] {
    const nodes: Node[] = [];
    for (; next < tokens.length; next++) {
      const token = tokens[next] ?? '';
      if (token === '|' || token.startsWith(']') || token.startsWith('}')) return nodes;
      if (token === '[' || token === '{') nodes.push(group(token === '['));
      else if (token.startsWith('<')) nodes.push(argument(token));
      else nodes.push({ kind: 'literal', text: token });
    }
    return nodes;
  }

  function group(optional: boolean): Node {
    const alternatives: Node[][] = [];
    do {
      next++;
      alternatives.push(sequence());
    } while (tokens[next] === '|');
    const end = tokens[next] ?? '';
    return { kind: 'choice', optional, repeated: end.endsWith('...'), lenient: end.includes('?'), alternatives };
  }
}

function argument(token: string): Node {
  const close = token.lastIndexOf('>');
  const [name = '', type = 'string', parameter = '', checks] = token.slice(1, close).split(':');
  return { kind: 'argument', name, type, parameter, checks, repeated: token.endsWith('...') };
}
