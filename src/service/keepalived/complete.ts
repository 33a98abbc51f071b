import { type Message, render, type Speak, say } from '../../base/message';
import { compareVersions, parseVersion, type Version } from '../../base/version';
import type { Context, Entry } from '../../catalog/keepalived';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Completion, CompletionKind, Sibling } from '../language';
import { describe } from './describe';
import { describeInclude, includeKeywords } from './includes';
import { listShapes } from './list-shapes';
import { type Place, placeAt } from './locate';
import { type NameKind, namesGiven } from './names';
import { unfinishedWords } from './unfinished';

interface Offer {
  readonly label: string;
  readonly kind: CompletionKind;
  readonly newText?: string;
  readonly detail?: string;
  readonly documentation?: string;
  readonly deprecated?: boolean;
  readonly order?: number;
}

/** What is asked for the names of all files. */
interface Question {
  readonly analysis: KeepalivedAnalysis;
  readonly siblings: readonly Sibling<KeepalivedAnalysis>[];
  readonly place: Place;
  readonly speak: Speak;
}

/** Keywords of the block, names and values where they may stand, options of list entries, `$DEFINITIONS`. */
export function complete(
  analysis: KeepalivedAnalysis,
  offset: number,
  siblings: readonly Sibling<KeepalivedAnalysis>[],
  speak: Speak = render,
): readonly Completion[] {
  const variable = /\$\{?[A-Za-z_]*\w*$/.exec(analysis.text.slice(Math.max(0, offset - 64), offset));
  const words = unfinishedWords(analysis.text, offset);
  const question: Question = { analysis, siblings, place: placeAt(analysis, offset), speak };
  const { word } = question.place;
  if (variable !== null) {
    const span = { start: offset - variable[0].length, end: offset };
    return [...definitionOffers(question)].map((each) => finished(each, span));
  }
  const { context } = question.place;
  if (words === undefined || context === undefined) return [];
  const span = word !== undefined && words.at(-1) !== '' ? word.span : { start: offset, end: offset };
  const seen = new Set<string>();
  return [...offersAt(context, words, question)].flatMap((offer) => {
    if (offer.label === '' || seen.has(offer.label)) return [];
    seen.add(offer.label);
    return [finished(offer, span)];
  });
}

function finished({ newText, ...offer }: Offer, span: Completion['span']): Completion {
  const isSnippet = newText !== undefined && /\$\{?\d/.test(newText);
  return { ...offer, span, newText: newText ?? offer.label, ...(isSnippet && { isSnippet }) };
}

function* offersAt(context: Context, words: readonly string[], question: Question): Iterable<Offer> {
  const current = words.length - 1;
  if (context.block.lines === true) {
    yield* entryOffers(context.block.name, words, question);
    return;
  }
  if (current === 0) {
    yield* keywordOffers(context, question);
    return;
  }
  const head = words[0] ?? '';
  const entry = context.entries.get(head);
  if (head === 'virtual_server' && current === 1)
    for (const label of ['group', 'fwmark']) yield { label, kind: 'keyword' };
  if (head === 'virtual_server' && words[1] === 'group' && current === 2)
    yield* nameOffers('virtual_server_group', question);
  if (head === 'lvs_sync_daemon') yield* nameOffers(current === 1 ? 'interface' : 'vrrp_instance', question);
  if (entry !== undefined) yield* argumentOffers(entry, current - 1, question);
}

function* keywordOffers(context: Context, { analysis: { version }, place, speak }: Question): Iterable<Offer> {
  const present = new Set(place.around.at(-1)?.block?.statements.map((each) => each.keyword));
  for (const { keyword, arguments: args, opens } of context.entries.values()) {
    if (!exists(keyword.since, keyword.removed, version)) continue;
    const deprecated = isPast(keyword.deprecated ?? keyword.removed, version);
    const isThere = present.has(keyword.name) && keyword.once === true;
    yield {
      label: keyword.name,
      kind: opens === undefined ? 'keyword' : 'section',
      ...(opens !== undefined && { newText: blockText(keyword.name, opens) }),
      documentation: describe(keyword, args, speak),
      ...(deprecated && { deprecated }),
      ...((deprecated || isThere) && { order: 7 }),
    };
  }
  for (const each of includeKeywords)
    if (exists(each.since, undefined, version))
      yield { label: each.keyword, kind: 'keyword', documentation: describeInclude(each, speak), order: 8 };
}

function blockText(keyword: string, { block }: Context): string {
  const name =
    keyword === 'virtual_server' || keyword === 'real_server'
      ? ' ${1:address} ${2:port}'
      : block.named === true
        ? ' ${1:name}'
        : '';
  return `${keyword}${name} {\n\t$0\n}`;
}

const exists = (since: string | undefined, removed: string | undefined, version: Version | undefined): boolean => {
  if (version === undefined) return since !== '2.5.0';
  const first = parseVersion(since ?? '');
  const last = parseVersion(removed ?? '');
  return (
    (first === undefined || compareVersions(first, version) <= 0) &&
    (last === undefined || compareVersions(version, last) < 0)
  );
};

function isPast(release: string | undefined, version: Version | undefined): boolean {
  const since = parseVersion(release ?? '');
  return since !== undefined && (version === undefined || compareVersions(since, version) <= 0);
}

function* argumentOffers(entry: Entry, index: number, question: Question): Iterable<Offer> {
  const argument = entry.arguments[index];
  const [values = ''] = argument?.parameters ?? [];
  switch (argument?.type) {
    case 'enum':
    case 'ienum':
      for (const label of values.split('|')) yield { label, kind: 'value' };
      return;
    case 'bool':
      for (const label of ['on', 'off']) yield { label, kind: 'value' };
      return;
    case 'interface':
      yield* nameOffers('interface', question);
      return;
    case 'name':
      yield* nameOffers(values as NameKind, question);
      return;
    default:
  }
  const value = entry.keyword.default;
  if (argument !== undefined && index === 0 && value !== undefined && /^[\w.+-]+$/.test(value))
    yield { label: value, kind: 'value', detail: question.speak(say('default')) };
}

const scopes = ['global', 'site', 'link', 'host', 'nowhere'];

function* entryOffers(block: string, words: readonly string[], question: Question): Iterable<Offer> {
  const shape = listShapes[block];
  if (shape === undefined) return;
  const current = words.length - 1;
  const before = words[current - 1] ?? '';
  const value = current === 0 ? undefined : shape.options[before];
  if ((current === 0 || shape.many === true) && shape.first !== '')
    yield* nameOffers(shape.first as NameKind, question);
  if (value === 'interface' || value === 'track_group') yield* nameOffers(value, question);
  else if (value === 'scope') for (const label of scopes) yield { label, kind: 'value' };
  else if ((value ?? '') === '' && (current > 0 || shape.first === ''))
    for (const [label, kind] of Object.entries(shape.options))
      if (!words.slice(0, -1).includes(label))
        yield { label, kind: 'keyword', ...(kind !== '' && { detail: `${label} <${kind}>` }) };
}

function* nameOffers(kind: NameKind, { analysis, siblings, place }: Question): Iterable<Offer> {
  const listed = new Set(place.around.at(-1)?.block?.statements.map((each) => each.words[0]?.text));
  const own = place.statement?.words[0]?.text;
  for (const each of [analysis, ...siblings.map((sibling) => sibling.analysis)])
    for (const name of namesGiven(each, kind))
      yield { label: name, kind: 'reference', detail: kind, ...(listed.has(name) && name !== own && { order: 7 }) };
}

const given: readonly (readonly [string, Message])[] = [
  ['_INSTANCE', say('The id of the host: `-i`, or its name.')],
  ['_PWD', say('The folder of the file.')],
  ['_RANDOM', say('A random number; `${_RANDOM 1 6}` sets its limits.')],
  ['_HASH', say('The sign "#".')],
  ['_BANG', say('The sign "!".')],
];

function* definitionOffers({ analysis, speak }: Question): Iterable<Offer> {
  const seen = new Set<string>();
  for (const { tree } of analysis.views)
    for (const { name, value } of tree.definitions) {
      if (seen.has(name)) continue;
      seen.add(name);
      yield { label: `\${${name}}`, kind: 'reference', newText: `\${${name}}`, detail: value };
    }
  for (const [name, text] of given)
    yield { label: `\${${name}}`, kind: 'value', newText: `\${${name}}`, documentation: speak(text), order: 7 };
}
