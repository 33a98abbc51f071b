import type { Span } from '../base/span';

/** A YAML value and where it stands. Tags are dropped and aliases are followed; a missing value is an empty scalar. */
export type YamlValue = YamlScalar | YamlList | YamlMap;

export interface YamlScalar {
  readonly kind: 'scalar';
  /** The value as text; of a plain scalar the source itself, so that `0644` and `1e10` keep their form. */
  readonly text: string;
  readonly quoted: boolean;
  readonly span: Span;
}

export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly YamlValue[];
  readonly flow: boolean;
  readonly span: Span;
}

export interface YamlMap {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
  readonly flow: boolean;
  readonly span: Span;
}

export interface YamlEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: YamlValue;
}

/** What keeps a text from being YAML, in the terms a reader of the file knows. */
export type YamlProblemCode =
  | 'tab'
  | 'quote'
  | 'bracket'
  | 'colon'
  | 'dash'
  | 'anchor'
  | 'character'
  | 'directive'
  | 'json'
  | 'number'
  | 'other';

export interface YamlProblem {
  readonly code: YamlProblemCode;
  /** The words of the parser; shown only where the code says nothing better. */
  readonly message: string;
  readonly span: Span;
}

export interface YamlDocument {
  readonly root: YamlValue | undefined;
  readonly problems: readonly YamlProblem[];
}
