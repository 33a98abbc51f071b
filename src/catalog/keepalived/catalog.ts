import blockRows from './blocks.json';
import keywordRows from './keywords.json';

/** One argument of a keyword. What a type means is written down where it is checked. */
export interface ArgumentSpec {
  readonly type: string;
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  readonly values?: readonly string[];
  readonly optional?: boolean;
  readonly repeat?: boolean;
  readonly caseSensitive?: boolean;
  readonly maxLength?: number;
  readonly family?: string | number;
  readonly references?: string;
  readonly orInt?: { readonly min: number; readonly max: number };
  readonly wildcard?: string;
}

/** A keyword in the blocks that know it. Releases are the first that have it, or that refuse it. */
export interface KeywordSpec {
  readonly name: string;
  readonly parents: readonly string[];
  readonly kind: string;
  readonly args: readonly ArgumentSpec[];
  readonly since: string;
  readonly sinceIn?: Readonly<Record<string, string>>;
  readonly removed?: string;
  readonly deprecated?: string;
  readonly deprecationReported?: boolean | string;
  readonly replacement?: string;
  readonly default?: string;
  readonly unit?: string;
  /** keepalived reports the keyword without its argument. */
  readonly needsArgument?: boolean;
  /** A second one in the same block is reported and ignored. */
  readonly once?: boolean;
  readonly text: string;
}

export interface BlockSpec {
  readonly name: string;
  readonly parents: readonly string[];
  readonly body: string;
  readonly named: boolean;
  readonly since: string;
  readonly text: string;
}

/** The name that stands for the file itself where a block's name is wanted. */
export const root = '(root)';

export const keywords = keywordRows as unknown as readonly KeywordSpec[];
export const blocks = blockRows as unknown as readonly BlockSpec[];

const byBlock = new Map<string, Map<string, KeywordSpec>>();
for (const spec of keywords) {
  for (const parent of spec.parents) {
    const known = byBlock.get(parent) ?? new Map<string, KeywordSpec>();
    known.set(spec.name, spec);
    byBlock.set(parent, known);
  }
}
const blocksByPlace = new Map(
  blocks.flatMap((each) => each.parents.map((parent) => [`${parent} ${each.name}`, each] as const)),
);
const parentsOfName = new Map<string, string[]>();
for (const each of [...keywords, ...blocks]) {
  parentsOfName.set(each.name, [...new Set([...(parentsOfName.get(each.name) ?? []), ...each.parents])]);
}

/** The keyword `name` inside `block`. */
export function keywordIn(block: string, name: string): KeywordSpec | undefined {
  return byBlock.get(block)?.get(name);
}

/** The block `name` inside `block`. */
export function blockIn(block: string, name: string): BlockSpec | undefined {
  return blocksByPlace.get(`${block} ${name}`);
}

/** Everything that may begin a line inside `block`. */
export function namesIn(block: string): readonly string[] {
  const inner = blocks.filter((each) => each.parents.includes(block)).map((each) => each.name);
  return [...new Set([...(byBlock.get(block)?.keys() ?? []), ...inner])];
}

/** The blocks that know `name`. */
export function parentsOf(name: string): readonly string[] {
  return parentsOfName.get(name) ?? [];
}
