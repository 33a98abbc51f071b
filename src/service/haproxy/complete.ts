import {
  actionsOf,
  allAclNames,
  allFetches,
  allPredefinedAcls,
  bindParams,
  directivesOf,
  existsIn,
  type Lifetime,
  placementOf,
  sectionTypes,
  serverParams,
} from '../../catalog/haproxy/catalog';
import { type HaproxyAnalysis, namesOf } from '../../model/haproxy/analysis';
import type { NameKind } from '../../model/haproxy/problem';
import type { Completion, CompletionKind, Sibling } from '../language';
import { placeAt } from './place';

interface Offer {
  readonly label: string;
  readonly detail?: string;
  readonly documentation?: string;
}

/** Directives whose first argument names something of the instance. */
const referring: Readonly<Record<string, NameKind>> = {
  default_backend: 'backend',
  use_backend: 'backend',
  from: 'defaults',
  'use-fcgi-app': 'fcgi-app',
};

const serverLines: ReadonlySet<string> = new Set(['server', 'default-server', 'server-template']);

/** Sections and directives at the start of a line; names, parameters, values, actions and conditions behind it. */
export function completeHaproxy(
  analysis: HaproxyAnalysis,
  offset: number,
  siblings: readonly Sibling<HaproxyAnalysis>[],
): readonly Completion[] {
  const { section, word, before, start } = placeAt(analysis, offset);
  const span =
    word === undefined ? { start: offset, end: offset } : { start: start + word.start, end: start + word.end };
  const { release } = analysis;
  const made = (offers: Iterable<Offer>, kind: CompletionKind): Completion[] =>
    [...offers].map((each) => ({ ...each, kind, span, newText: each.label }));
  const here = (each: Lifetime) => existsIn(each, release);
  const words = before[0] === 'no' || before[0] === 'default' ? before.slice(1) : before;
  const type = section?.type ?? '';

  const heads = new Map<string, Offer>();
  for (const directive of directivesOf(type).values()) {
    const names = directive.name.split(' ');
    if (!here(directive) || placementOf(directive, type, release) === 'refused') continue;
    if (!words.every((each, i) => names[i] === each)) continue;
    const next = names[words.length];
    if (next === undefined || heads.has(next)) continue;
    const whole = names.length === words.length + 1;
    heads.set(
      next,
      whole ? { label: next, detail: directive.usage, documentation: directive.summary } : { label: next },
    );
  }
  const directives = made(heads.values(), 'keyword');
  if (words.length === 0) {
    const sections = sectionTypes.filter(here).map((each) => ({ label: each.name, documentation: each.summary }));
    return [...directives, ...made(sections, 'section').map((each) => ({ ...each, order: 8 }))];
  }

  const [first = ''] = words;
  const names = () => namesOf([analysis, ...siblings.map((each) => each.analysis)]);
  if (words.includes('if') || words.includes('unless'))
    return [...made(aclsOf(analysis, section), 'reference'), ...made(fetches(release), 'function')];
  const kind = referring[words.at(-1) ?? ''];
  if (kind !== undefined) return made(named(names().all(kind)), 'reference');
  if (first === 'acl' && words.length === 2)
    return made([...fetches(release), ...allAclNames().map((each) => ({ label: each.name }))], 'function');
  if (serverLines.has(first)) return made(parameters(serverParams.values(), release), 'keyword');
  if (first === 'bind') return made(parameters(bindParams.values(), release), 'keyword');
  if (directives.length > 0) return directives;
  const actions = actionsOf(words.join(' '), release);
  if (actions.length > 0)
    return made(
      actions.map((each) => ({ label: each.name })),
      'function',
    );
  const directive = directivesOf(type).get(words.join(' '));
  return made(named(choicesOf(directive?.grammar ?? '')), 'value');
}

function* aclsOf(analysis: HaproxyAnalysis, section: ReturnType<typeof placeAt>['section']): Iterable<Offer> {
  const seen = new Set<string>();
  for (let line = section?.header ?? 0; line < (section?.end ?? 0); line++) {
    const statement = analysis.statements[line];
    const name = statement?.directive?.name === 'acl' ? statement.args[0]?.text : undefined;
    if (name === undefined || seen.has(name)) continue;
    seen.add(name);
    yield { label: name };
  }
  for (const each of allPredefinedAcls())
    if (existsIn(each, analysis.release)) yield { label: each.name, detail: each.expression };
}

function fetches(release: number): Offer[] {
  return allFetches().flatMap((each) => (existsIn(each, release) ? [{ label: each.name }] : []));
}

function parameters(
  all: Iterable<{ readonly name: string; readonly summary: string; readonly usage: string } & Lifetime>,
  release: number,
): Offer[] {
  return [...all].flatMap((each) =>
    existsIn(each, release) ? [{ label: each.name, detail: each.usage, documentation: each.summary }] : [],
  );
}

function* named(names: Iterable<string>): Iterable<Offer> {
  for (const label of names) yield { label };
}

/** The words that the first argument of a directive may be, by its grammar: `{ tcp | http }` or `<x:enum:on|off>`. */
function choicesOf(grammar: string): string[] {
  const words = /^\{ ([^<>{}[\]]+) \}/.exec(grammar)?.[1]?.split(' | ');
  const values = /^<[^:>]*:enum:([^:>]+)/.exec(grammar)?.[1]?.split('|');
  return words ?? values ?? [];
}
