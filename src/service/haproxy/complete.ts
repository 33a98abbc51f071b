import {
  actionsOf,
  allAclNames,
  allConverters,
  allFetches,
  allPredefinedAcls,
  bindParams,
  directivesOf,
  existsIn,
  logAliases,
  placementOf,
  type SampleFunction,
  sectionTypes,
  serverParams,
  valuesOf,
} from '../../catalog/haproxy/catalog';
import type { HaproxyAnalysis, Section } from '../../model/haproxy/analysis';
import type { Node } from '../../model/haproxy/grammar';
import type { NameKind } from '../../model/haproxy/problem';
import type { Expected } from '../../model/haproxy/visit';
import type { Completion, CompletionKind, Sibling } from '../language';
import { namesGiven } from './names';
import { lineUpTo, missingWord, type UnfinishedLine } from './place';

interface Offer {
  readonly label: string;
  readonly kind: CompletionKind;
  readonly detail?: string;
  readonly documentation?: string;
  readonly newText?: string;
  readonly isSnippet?: boolean;
  readonly deprecated?: boolean;
  readonly order?: number;
}

/** What is asked for names of other sections. */
interface Question {
  readonly analysis: HaproxyAnalysis;
  readonly siblings: readonly Sibling<HaproxyAnalysis>[];
  readonly section: Section | undefined;
  readonly release: number;
}

/**
 * Sections and directives at the start of a line; behind it what the reader of the line looks for at the cursor:
 * arguments, names, parameters, actions, conditions, fetches, converters, log variables.
 */
export function completeHaproxy(
  analysis: HaproxyAnalysis,
  offset: number,
  siblings: readonly Sibling<HaproxyAnalysis>[],
): readonly Completion[] {
  const place = lineUpTo(analysis, offset);
  if (place === undefined) return [];
  const { release } = analysis;
  const question: Question = { analysis, siblings, section: place.section, release };
  const found = new Map<string, Completion>();
  const add = (offer: Offer, span: Completion['span']): void => {
    if (offer.label === '' || found.has(offer.label)) return;
    // Offers are made for this one question, so they need no copy; a file may have thousands of names.
    found.set(offer.label, Object.assign(offer, { span, newText: offer.newText ?? offer.label }));
  };
  const whole = spanOfWord(place);
  for (const each of directiveOffers(place, release)) add(each, whole);
  // The closest reader speaks first.
  for (const visit of [...place.visits].reverse()) {
    if (visit.start > place.column || visit.end < place.column) continue;
    const span = partial(visit.expected)
      ? { start: place.start + visit.start, end: endOfName(analysis, offset) }
      : whole;
    for (const each of offersFor(visit.expected, question)) add(each, span);
  }
  return [...found.values()];
}

/** Whether a part of a word is looked for, not all of it. */
const partial = ({ kind }: Expected): boolean =>
  kind === 'fetch' || kind === 'converter' || kind === 'function-argument' || kind === 'log-variable';

function spanOfWord({ start, column, word }: UnfinishedLine): Completion['span'] {
  const offset = start + column;
  if (word === undefined) return { start: offset, end: offset };
  return { start: start + word.start, end: start + word.end };
}

function endOfName(analysis: HaproxyAnalysis, offset: number): number {
  const { text } = analysis.document;
  let end = offset;
  while (/[\w.-]/.test(text[end] ?? '')) end++;
  return end;
}

function* directiveOffers({ statement, section }: UnfinishedLine, release: number): Iterable<Offer> {
  const all = statement.line.words.map((each) => each.text);
  const typed = (all[0] === 'no' || all[0] === 'default') && all.length > 1 ? all.slice(1) : all;
  const words = typed.slice(0, -1);
  const type = section?.type ?? statement.section;
  const heads = new Set<string>();
  for (const directive of directivesOf(type).values()) {
    const names = directive.name.split(' ');
    if (!existsIn(directive, release)) continue;
    const placement = placementOf(directive, type, release);
    if (placement !== 'yes' && (placement !== 'named-only' || section?.name === undefined)) continue;
    if (!words.every((each, i) => names[i] === each)) continue;
    const next = names[words.length];
    if (next === undefined) continue;
    const isWhole = names.length === words.length + 1;
    if (!isWhole && heads.has(next)) continue;
    heads.add(next);
    const deprecated = directive.deprecated > 0 && directive.deprecated <= release;
    yield isWhole
      ? {
          label: next,
          kind: 'keyword',
          detail: directive.usage,
          documentation: directive.summary,
          ...(deprecated && { deprecated, order: 7 }),
        }
      : { label: next, kind: 'keyword' };
  }
  if (typed.length > 1) return;
  for (const each of sectionTypes)
    if (existsIn(each, release)) yield { label: each.name, kind: 'section', documentation: each.summary, order: 8 };
}

function* offersFor(expected: Expected, question: Question): Iterable<Offer> {
  const { release } = question;
  switch (expected.kind) {
    case 'node':
      yield* offersOfNode(expected.node, question);
      return;
    case 'words':
      for (const label of expected.words) yield { label, kind: 'value' };
      return;
    case 'action':
      for (const each of actionsOf(expected.ruleSet, release))
        yield {
          label: each.name,
          kind: 'function',
          detail: each.usage,
          documentation: each.summary,
          ...(each.glued && { newText: `${each.name}(\${1})`, isSnippet: true }),
        };
      return;
    case 'parameter': {
      const ofServer = expected.of !== 'bind';
      for (const each of (ofServer ? serverParams : bindParams).values()) {
        if (!existsIn(each, release) || (expected.of === 'default-server' && !each.inDefaultServer)) continue;
        yield { label: each.name, kind: 'keyword', detail: each.usage, documentation: each.summary };
      }
      return;
    }
    case 'condition':
      yield* acls(question);
      yield {
        label: '{',
        kind: 'value',
        newText: '{ $1 }',
        isSnippet: true,
        detail: '{ <fetch> <pattern>... }',
        order: 6,
      };
      return;
    case 'fetch':
      for (const each of allFetches()) yield* functionOffer(each, release);
      if (expected.purpose === 'acl')
        for (const each of allAclNames())
          yield { label: each.name, kind: 'function', detail: `${each.fetch} -m ${each.match}` };
      return;
    case 'converter':
      for (const each of allConverters()) yield* functionOffer(each, release);
      return;
    case 'function-argument': {
      const kind = kindsOfArguments[expected.of.args[expected.index]?.[0] ?? ''];
      if (kind !== undefined) yield* names(kind, question);
      return;
    }
    case 'log-variable':
      for (const each of logAliases.values())
        if (existsIn(each, release)) yield { label: each.name, kind: 'value', documentation: each.summary };
      return;
    case 'flag':
      for (const [label, documentation] of flags) yield { label, kind: 'value', documentation, order: 6 };
      return;
    default:
  }
}

const flags: readonly (readonly [string, string])[] = [
  ['-i', 'Case does not matter.'],
  ['-m', 'Chooses the match method: str, beg, end, sub, reg, ip, int, found …'],
  ['-f', 'Patterns come from a file, one a line.'],
  ['-M', 'The file is a map; its first column holds the patterns.'],
  ['-n', 'No names are resolved.'],
  ['-u', 'Gives the pattern list a number of its own.'],
  ['--', 'Patterns begin behind it, even with a dash.'],
];

const kindsOfArguments: Readonly<Record<string, NameKind>> = {
  T: 'table',
  B: 'backend',
  F: 'frontend',
  S: 'server',
  U: 'userlist',
};

function* functionOffer(each: SampleFunction, release: number): Iterable<Offer> {
  if (!existsIn(each, release)) return;
  const needsArgument = each.leastArguments > 0;
  yield {
    label: each.name,
    kind: 'function',
    detail: each.usage,
    documentation: each.summary,
    ...(needsArgument && { newText: `${each.name}(\${1})`, isSnippet: true }),
    ...(each.replacement !== '' && { deprecated: true, order: 7 }),
  };
}

const groups: Readonly<Record<string, string>> = {
  balancealg: 'balance',
  logfacility: 'log.facility',
  loglevel: 'log.level',
  logfmtname: 'log.format',
};

function* offersOfNode(node: Node, question: Question): Iterable<Offer> {
  if (node.kind === 'literal') {
    yield { label: node.text, kind: 'value' };
    return;
  }
  if (node.kind === 'choice') {
    for (const each of node.alternatives) if (each[0] !== undefined) yield* offersOfNode(each[0], question);
    return;
  }
  const group = groups[node.type];
  if (group !== undefined) {
    for (const each of valuesOf(group).values())
      if (existsIn(each, question.release))
        yield { label: each.name, kind: 'value', ...(each.summary !== '' && { documentation: each.summary }) };
  } else if (node.type === 'enum' || node.type === 'list') {
    for (const label of node.parameter.split('|')) yield { label, kind: 'value' };
  } else if (node.type === 'ref') yield* names(node.parameter as NameKind, question);
  else if (node.type === 'serverref') yield* names('server', question);
  else if (node.type === 'aclname') yield* acls(question);
}

function* names(kind: NameKind, question: Question): Iterable<Offer> {
  const { analysis, siblings, section } = question;
  if (kind === 'server') {
    for (const label of section?.facts.servers.keys() ?? []) yield { label, kind: 'reference' };
    for (const each of [analysis, ...siblings.map((sibling) => sibling.analysis)])
      for (const other of each.sections)
        if (other.name !== undefined && (other.type === 'backend' || other.type === 'listen'))
          for (const server of other.facts.servers.keys())
            yield { label: `${other.name.text}/${server}`, kind: 'reference', order: 6 };
    return;
  }
  for (const each of [analysis, ...siblings.map((sibling) => sibling.analysis)])
    for (const label of namesGiven(each, kind)) yield { label, kind: 'reference', detail: kind };
}

function* acls({ analysis, section, release }: Question): Iterable<Offer> {
  for (let owner = section; owner !== undefined; owner = owner.defaults) {
    for (let line = owner.header + 1; line < owner.end; line++) {
      const statement = analysis.statements[line];
      if (statement?.directive?.name !== 'acl') continue;
      const [name, ...expression] = statement.args;
      if (name !== undefined && !name.open && name.text !== missingWord)
        yield { label: name.text, kind: 'reference', detail: expression.map((each) => each.text).join(' '), order: 4 };
    }
  }
  for (const each of allPredefinedAcls())
    if (existsIn(each, release)) yield { label: each.name, kind: 'reference', detail: each.expression, order: 6 };
}
