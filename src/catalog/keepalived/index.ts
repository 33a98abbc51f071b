import blockRows from './blocks.json';
import keywordRows from './keywords.json';

/** One keyword of keepalived.conf, in every block where it means the same. */
export interface Keyword {
  readonly name: string;
  /** Names of the blocks; `(root)` is outside of all. */
  readonly in: readonly string[];
  /** Types of the words behind it, see `parseArguments`. Absent for flags and blocks. */
  readonly args?: string;
  readonly block?: boolean;
  readonly default?: string;
  readonly unit?: string;
  /** First release that has it; absent for what was always there. 2.5.0 stands for what no release has yet. */
  readonly since?: string;
  readonly deprecated?: string;
  readonly removed?: string;
  readonly replacement?: string;
  /** keepalived itself says nothing of the deprecation in its configuration test. */
  readonly quiet?: boolean;
  /** A second line is refused. */
  readonly once?: boolean;
  readonly text: string;
}

/** One block. `lines`: its lines are entries of a list, not keywords. */
export interface BlockInfo {
  readonly name: string;
  readonly in: readonly string[];
  readonly lines?: boolean;
  readonly named?: boolean;
  readonly since?: string;
  readonly deprecated?: string;
  readonly replacement?: string;
  readonly text: string;
}

/** What a word may be: a type, and what it is limited to. */
export interface Argument {
  readonly type: string;
  readonly parameters: readonly string[];
  readonly optional: boolean;
  /** Any number of further words are of this kind. */
  readonly repeated?: boolean;
}

/** What a keyword means in one block. */
export interface Entry {
  readonly keyword: Keyword;
  readonly arguments: readonly Argument[];
  /** Set where a block follows. */
  readonly opens: Context | undefined;
}

/** The inside of one kind of block. */
export interface Context {
  readonly block: BlockInfo;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** Every row of the tables. */
export const keywords = keywordRows as readonly Keyword[];
export const blocks = blockRows as readonly BlockInfo[];
const rootBlock: BlockInfo = { name: '(root)', in: [], text: '' };

/** `int:1:255` is a whole number from 1 to 255, `float:0.01:255:6` has up to six places, `enum:A|B` one of these; `?` may be left out, `?*` stand there any number of times. */
export function parseArguments(text: string | undefined): readonly Argument[] {
  if (text === undefined) return [];
  return text.split(' ').map((each) => {
    const optional = each.endsWith('?') || each.endsWith('?*');
    const [type = '', ...parameters] = each.replace(/\?\*?$/, '').split(':');
    const repeated = each.endsWith('*');
    return { type, parameters, optional: optional || type === 'bool', ...(repeated && { repeated }) };
  });
}

function buildContext(block: BlockInfo): Context {
  const entries = new Map<string, Entry>();
  const context = { block, entries };
  if (block.lines) return context;
  for (const each of blocks) {
    if (!each.in.includes(block.name)) continue;
    const row = keywords.find(
      (keyword) => keyword.block && keyword.name === each.name && keyword.in.includes(block.name),
    );
    entries.set(each.name, {
      keyword: row ?? { ...each, in: each.in, block: true },
      arguments: [],
      opens: buildContext(each),
    });
  }
  for (const keyword of keywords) {
    if (!keyword.in.includes(block.name) || entries.has(keyword.name)) continue;
    entries.set(keyword.name, { keyword, arguments: parseArguments(keyword.args), opens: undefined });
  }
  return context;
}

let root: Context | undefined;

/** What may stand outside of all blocks. Built when it is first needed. */
export function rootContext(): Context {
  root ??= buildContext(rootBlock);
  return root;
}

/** The names of the blocks that know `keyword`. */
export function blocksWith(keyword: string): readonly string[] {
  if (blocksByKeyword.size === 0)
    for (const { name, in: names } of [...keywords, ...blocks])
      blocksByKeyword.set(name, [...new Set([...(blocksByKeyword.get(name) ?? []), ...names])]);
  return blocksByKeyword.get(keyword) ?? [];
}

/** Filled when first asked for: many files have no unknown word. */
const blocksByKeyword = new Map<string, readonly string[]>();

/** Where the manual page of keepalived.conf can be read. */
export const manualUrl = 'https://www.keepalived.org/manpage.html';
