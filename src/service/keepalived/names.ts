import type { Span } from '../../base/span';
import { type Context, type Entry, rootContext } from '../../catalog/keepalived';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { FileSpan, Sibling } from '../language';
import { listShapes } from './list-shapes';
import { deepestBlock, itemsAround, plainSpan } from './locate';

/** What a name can stand for: a block, a `$DEFINITION`, or a network interface, which no file defines. */
export type NameKind =
  | 'vrrp_script'
  | 'vrrp_track_process'
  | 'track_file'
  | 'bfd_instance'
  | 'vrrp_instance'
  | 'vrrp_sync_group'
  | 'virtual_server_group'
  | 'track_group'
  | 'definition'
  | 'interface';

/** A name in a file: where it stands there and what it stands for. */
export interface NameAt {
  readonly kind: NameKind;
  readonly name: string;
  readonly span: Span;
  /** Whether it is given here, not only spoken of. */
  readonly isDefinition: boolean;
  /** The file shows the name itself at `span`, so that it can be changed there. */
  readonly isPlain: boolean;
}

/** Told of a word that is a name; most are passed over, so nothing is made of them before somebody wants it. */
type Found = (kind: NameKind, word: Word, isDefinition: boolean) => void;

const blocksOfKind: ReadonlyMap<string, NameKind> = new Map([
  ['vrrp_script', 'vrrp_script'],
  ['vrrp_track_process', 'vrrp_track_process'],
  ['track_file', 'track_file'],
  ['vrrp_track_file', 'track_file'],
  ['bfd_instance', 'bfd_instance'],
  ['vrrp_instance', 'vrrp_instance'],
  ['vrrp_sync_group', 'vrrp_sync_group'],
  ['virtual_server_group', 'virtual_server_group'],
  ['track_group', 'track_group'],
]);

/** The names that a statement and all lines in it give or speak of. */
export function findNames(statement: Statement, context: Context | undefined, found: Found, depth = 0): void {
  // A large file has a hundred thousand lines that come by here, so nothing is made of those that name nothing.
  const { words, block } = statement;
  const head = words[0];
  if (head === undefined) return;
  if (context?.block.lines === true) {
    findInEntry(context.block.name, words, found);
    return;
  }
  const entry = context?.entries.get(head.text);
  const defined = context?.block.name === '(root)' ? blocksOfKind.get(head.text) : undefined;
  const first = words[1];
  if (first !== undefined) {
    const second = words[2];
    if (defined !== undefined) found(defined, first, true);
    else if (head.text === 'virtual_server' && first.text === 'group' && second !== undefined)
      found('virtual_server_group', second, false);
    else if (head.text === 'lvs_sync_daemon') {
      found('interface', first, false);
      if (second !== undefined) found('vrrp_instance', second, false);
    }
    if (entry !== undefined) findInArguments(entry, words, found);
  }
  if (block !== undefined && depth < deepestBlock)
    for (const each of block.statements) findNames(each, entry?.opens, found, depth + 1);
}

function findInArguments({ arguments: args }: Entry, words: readonly Word[], found: Found): void {
  for (let i = 0; i < args.length; i++) {
    const word = words[i + 1];
    if (word === undefined) break;
    const type = args[i]?.type;
    if (type === 'interface') found('interface', word, false);
    else if (type === 'name') found((args[i]?.parameters[0] ?? '') as NameKind, word, false);
  }
}

function findInEntry(block: string, words: readonly Word[], found: Found): void {
  const shape = listShapes[block];
  const [head] = words;
  if (shape === undefined || head === undefined) return;
  const { first, many, options } = shape;
  if (first === 'interface' || blocksOfKind.has(first)) {
    if (many !== true) found(first as NameKind, head, false);
    else for (const word of words) found(first as NameKind, word, false);
  }
  for (let i = first === '' ? 0 : 1; i + 1 < words.length; i++) {
    const value = options[words[i]?.text ?? ''];
    const word = words[i + 1];
    if ((value === 'interface' || value === 'track_group') && word !== undefined) found(value, word, false);
  }
}

export function nameOf(text: string, kind: NameKind, word: Word, isDefinition: boolean): NameAt {
  const plain = plainSpan(text, word);
  return { kind, name: word.text, span: plain ?? word.span, isDefinition, isPlain: plain !== undefined };
}

/** The name that the cursor touches; only what stands around it is read. */
export function nameAt(analysis: KeepalivedAnalysis, offset: number): NameAt | undefined {
  const touching = ({ start, end }: Span) => start <= offset && offset <= end;
  const definition = definitionsIn(analysis).find(({ span }) => touching(span));
  if (definition !== undefined) return definition;
  let touched: NameAt | undefined;
  for (const { tree } of analysis.views)
    for (const { statement } of itemsAround(tree, offset))
      findNames(statement, rootContext(), (kind, word, isDefinition) => {
        if (touching(word.span) && word.text !== '') touched ??= nameOf(analysis.text, kind, word, isDefinition);
      });
  return touched;
}

/** `$NAME=…` and its uses; the span is the name alone. */
export function definitionsIn(analysis: KeepalivedAnalysis): readonly NameAt[] {
  const found: NameAt[] = [];
  const add = (name: string, from: Span, isDefinition: boolean): void => {
    const sign = /^\$\{?/.exec(analysis.text.slice(from.start, from.start + 2))?.[0].length ?? 0;
    const span = { start: from.start + sign, end: from.start + sign + name.length };
    // Inside the value of another definition the place is that where the other one is used.
    const isPlain = sign > 0 && analysis.text.slice(span.start, span.end + 1).replace(/[^A-Za-z0-9_]$/, '') === name;
    found.push({ kind: 'definition', name, span: isPlain ? span : from, isDefinition, isPlain });
  };
  for (const { tree } of analysis.views) {
    for (const { name, nameSpan } of tree.definitions) add(name, nameSpan, true);
    for (const { name, span, replaced } of tree.uses) if (replaced) add(name, span, false);
  }
  return once(found);
}

function once(names: readonly NameAt[]): readonly NameAt[] {
  const seen = new Set<string>();
  return names.filter(({ span }) => {
    const key = `${span.start} ${span.end}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The names of a kind that a file gives; for interfaces, those that its instances run on. */
export function namesGiven(analysis: KeepalivedAnalysis, kind: NameKind): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { tree } of analysis.views) {
    for (const { statement } of tree.items) {
      if (kind !== 'interface') {
        const name = blocksOfKind.get(statement.keyword) === kind ? statement.words[1]?.text : undefined;
        if (name !== undefined) names.add(name);
      } else if (statement.keyword === 'vrrp_instance')
        for (const { keyword, words } of statement.block?.statements ?? [])
          if (keyword === 'interface' && words[1] !== undefined) names.add(words[1].text);
    }
  }
  return names;
}

/** Where the file gives `name`, as a block of that kind. */
export function blockNamed(analysis: KeepalivedAnalysis, kind: NameKind, name: string): Word | undefined {
  for (const { tree } of analysis.views)
    for (const { statement } of tree.items)
      if (blocksOfKind.get(statement.keyword) === kind && statement.words[1]?.text === name) return statement.words[1];
  return undefined;
}

interface FileName extends NameAt {
  readonly path: string | undefined;
}

/** Every place in the file and the others of its daemon that names the same thing. */
export function placesOf(
  analysis: KeepalivedAnalysis,
  siblings: readonly Sibling<KeepalivedAnalysis>[],
  { kind, name }: NameAt,
): readonly FileName[] {
  const here = { path: undefined, analysis };
  return [here, ...siblings].flatMap(({ path, analysis: each }) =>
    placesIn(each, kind, name).map((found) => ({ ...found, path })),
  );
}

function placesIn(analysis: KeepalivedAnalysis, kind: NameKind, name: string): readonly NameAt[] {
  if (kind === 'definition') return definitionsIn(analysis).filter((each) => each.name === name);
  const found: NameAt[] = [];
  for (const { tree } of analysis.views)
    for (const { statement } of tree.items)
      findNames(statement, rootContext(), (each, word, isDefinition) => {
        if (each === kind && word.text === name) found.push(nameOf(analysis.text, kind, word, isDefinition));
      });
  return analysis.views.length === 1 ? found : once(found);
}

export const toFileSpan = ({ path, span }: FileName): FileSpan => (path === undefined ? { span } : { path, span });
