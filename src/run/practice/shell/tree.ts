/** A piece of a word: text, or what is put in its place. Pieces inside quotes are neither split nor taken for patterns. */
export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly quoted: boolean;
      /** `:-`, `-`, `:=`, `=`, `:?`, `?`, `:+`, `+`, `%`, `%%`, `#`, `##`, `length`, or empty. */
      readonly operator: string;
      readonly word: Word;
    }
  | { readonly kind: 'command'; readonly body: Tree; readonly quoted: boolean }
  | { readonly kind: 'arithmetic'; readonly word: Word; readonly quoted: boolean };

export type Word = readonly Part[];

export interface Redirect {
  readonly descriptor: number;
  readonly operator: '<' | '>' | '>>' | '>|' | '>&' | '<&' | '<<';
  readonly word: Word;
}

/** A shell script as a tree, for the part of the language in POSIX.1-2017, Shell Command Language, that Haven writes. */
export type Tree =
  | { readonly kind: 'sequence'; readonly parts: readonly Tree[] }
  | { readonly kind: 'and' | 'or'; readonly left: Tree; readonly right: Tree }
  | { readonly kind: 'not' | 'background'; readonly body: Tree }
  | { readonly kind: 'pipe'; readonly parts: readonly Tree[] }
  | {
      readonly kind: 'simple';
      readonly assignments: readonly (readonly [string, Word])[];
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
    }
  | { readonly kind: 'group' | 'subshell'; readonly body: Tree; readonly redirects: readonly Redirect[] }
  | {
      readonly kind: 'if';
      readonly clauses: readonly (readonly [Tree, Tree])[];
      readonly otherwise: Tree | undefined;
      readonly redirects: readonly Redirect[];
    }
  | {
      readonly kind: 'loop';
      readonly until: boolean;
      readonly condition: Tree;
      readonly body: Tree;
      readonly redirects: readonly Redirect[];
    }
  | {
      readonly kind: 'for';
      readonly name: string;
      readonly words: readonly Word[] | undefined;
      readonly body: Tree;
      readonly redirects: readonly Redirect[];
    }
  | {
      readonly kind: 'case';
      readonly word: Word;
      readonly arms: readonly (readonly [readonly Word[], Tree])[];
      readonly redirects: readonly Redirect[];
    }
  | { readonly kind: 'function'; readonly name: string; readonly body: Tree };
