import type { Span } from '../../base/span';
import { type Context, rootContext } from '../../catalog/keepalived';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { FileSpan, Sibling } from '../language';
import { listShapes } from './list-shapes';
import { itemsAround, plainSpan } from './locate';

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

/** The names that a top-level statement and all lines in it give or speak of. */
function* namesInStatement(text: string, statement: Statement, context: Context | undefined): Iterable<NameAt> {
  const entry = context?.entries.get(statement.keyword);
  const [head, first, second] = statement.words;
  if (head === undefined) return;
  const at = (kind: NameKind, word: Word | undefined, isDefinition = false): NameAt[] => {
    if (word === undefined || word.text === '') return [];
    const plain = plainSpan(text, word);
    return [{ kind, name: word.text, span: plain ?? word.span, isDefinition, isPlain: plain !== undefined }];
  };
  if (context?.block.lines === true) {
    yield* namesInEntry(context.block.name, statement, at);
    return;
  }
  const defined = context?.block.name === '(root)' ? blocksOfKind.get(head.text) : undefined;
  if (defined !== undefined) yield* at(defined, first, true);
  else if (head.text === 'virtual_server' && first?.text === 'group') yield* at('virtual_server_group', second);
  else if (head.text === 'lvs_sync_daemon') {
    yield* at('interface', first);
    yield* at('vrrp_instance', second);
  }
  for (const [index, { type, parameters }] of (entry?.arguments ?? []).entries()) {
    const word = statement.words[index + 1];
    if (type === 'interface') yield* at('interface', word);
    else if (type === 'name') yield* at((parameters[0] ?? '') as NameKind, word);
  }
  for (const each of statement.block?.statements ?? []) yield* namesInStatement(text, each, entry?.opens);
}

function* namesInEntry(
  block: string,
  { words }: Statement,
  at: (kind: NameKind, word: Word | undefined) => NameAt[],
): Iterable<NameAt> {
  const shape = listShapes[block];
  if (shape === undefined) return;
  const { first, many } = shape;
  if (first === 'interface' || blocksOfKind.has(first))
    for (const word of many === true ? words : words.slice(0, 1)) yield* at(first as NameKind, word);
  for (const [index, word] of words.entries()) {
    if (index === 0 && first !== '') continue;
    const value = shape.options[word.text];
    if (value === 'interface' || value === 'track_group') yield* at(value, words[index + 1]);
  }
}

/** Every name of one file, each place once; kept for as long as the analysis is. */
export function namesOf(analysis: KeepalivedAnalysis): readonly NameAt[] {
  let names = known.get(analysis);
  if (names === undefined) {
    const all = analysis.views.flatMap(({ tree }) => tree.items.map((item) => item.statement));
    names = once([
      ...all.flatMap((each) => [...namesInStatement(analysis.text, each, rootContext())]),
      ...definitions(analysis),
    ]);
    known.set(analysis, names);
  }
  return names;
}

const known = new WeakMap<KeepalivedAnalysis, readonly NameAt[]>();

/** The name that the cursor touches; only what stands around it is read. */
export function nameAt(analysis: KeepalivedAnalysis, offset: number): NameAt | undefined {
  const touching = ({ span }: NameAt) => span.start <= offset && offset <= span.end;
  const definition = definitions(analysis).find(touching);
  if (definition !== undefined) return definition;
  for (const { tree } of analysis.views)
    for (const { statement } of itemsAround(tree, offset))
      for (const each of namesInStatement(analysis.text, statement, rootContext())) if (touching(each)) return each;
  return undefined;
}

/** `$NAME=…` and its uses; the span is the name alone. */
function definitions(analysis: KeepalivedAnalysis): NameAt[] {
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

function once(names: readonly NameAt[]): NameAt[] {
  const seen = new Set<string>();
  return names.filter(({ kind, span }) => {
    const key = `${kind} ${span.start} ${span.end}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

export interface FileName extends NameAt {
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
    namesOf(each).flatMap((found) => (found.kind === kind && found.name === name ? [{ ...found, path }] : [])),
  );
}

export const toFileSpan = ({ path, span }: FileName): FileSpan => (path === undefined ? { span } : { path, span });
