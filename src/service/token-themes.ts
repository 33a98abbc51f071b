import type { SemanticToken, TokenType } from './language';

/** What themes know a token as: `reference` and `definition` are names that a file gives, in colour variables and classes. */
export const tokenThemes: Readonly<Record<TokenType, string>> = {
  keyword: 'keyword',
  property: 'property',
  reference: 'variable',
  definition: 'class',
  function: 'function',
  number: 'number',
  string: 'string',
  variable: 'variable',
  type: 'type',
};

/** The names above, each once, in the order in which clients are told of them. */
export const themedTypes: readonly string[] = [...new Set(Object.values(tokenThemes))];

export const tokenModifiers = ['definition', 'deprecated', 'unused'] as const satisfies NonNullable<
  SemanticToken['modifiers']
>;
