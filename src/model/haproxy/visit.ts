import type { SampleFunction } from '../../catalog/haproxy/catalog';
import type { Node } from './grammar';

/** What the reader looks for at a stretch of a line before it judges what stands there. */
export type Expected =
  /** A place of a directive's, action's or parameter's grammar. */
  | { readonly kind: 'node'; readonly node: Node }
  /** One of these words; of a list several, with commas between them. */
  | { readonly kind: 'words'; readonly words: Iterable<string>; readonly list?: true }
  | { readonly kind: 'action'; readonly ruleSet: string }
  | { readonly kind: 'parameter'; readonly of: 'server' | 'default-server' | 'bind' }
  /** The name that the line gives. */
  | { readonly kind: 'name' }
  | { readonly kind: 'address' }
  | { readonly kind: 'number' }
  /** The name of an ACL, `!`, `{` or `or`. */
  | { readonly kind: 'condition' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'pattern' }
  /** The name of a sample fetch; in an ACL one that brings its match method along, too. */
  | { readonly kind: 'fetch'; readonly purpose: 'acl' | 'sample' }
  | { readonly kind: 'converter' }
  | { readonly kind: 'function-argument'; readonly of: SampleFunction; readonly index: number }
  /** A `%name` of a log format, its sign included. */
  | { readonly kind: 'log-variable' };

/**
 * Told of every place the reader comes to, in its order; a later call for the same words is the closer one.
 * That way completion, signatures and colours follow the very code that judges a line.
 */
export type Visit = (at: { readonly start: number; readonly end: number }, expected: Expected) => void;

/** Values of `Expected` that carry nothing of their line, so that reading a line for its mistakes alone makes none. */
export const expected = {
  name: { kind: 'name' },
  address: { kind: 'address' },
  number: { kind: 'number' },
  condition: { kind: 'condition' },
  conditionWord: { kind: 'words', words: ['if', 'unless'] },
  closingBrace: { kind: 'words', words: ['}'] },
  flag: { kind: 'flag' },
  pattern: { kind: 'pattern' },
  aclFetch: { kind: 'fetch', purpose: 'acl' },
  sampleFetch: { kind: 'fetch', purpose: 'sample' },
  converter: { kind: 'converter' },
  logVariable: { kind: 'log-variable' },
  serverParameter: { kind: 'parameter', of: 'server' },
  defaultServerParameter: { kind: 'parameter', of: 'default-server' },
  bindParameter: { kind: 'parameter', of: 'bind' },
} as const satisfies Record<string, Expected>;
