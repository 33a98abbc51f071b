import { say } from '../../base/message';
import type { HaproxyAnalysis, Section } from '../../model/haproxy/analysis';
import type { NameKind } from '../../model/haproxy/problem';
import { type FileRule, fileRule, type Instance } from './advice';

/** Whether some line may name any section of the instance, so that nothing is certainly unused. */
function namesAnything(section: Section): boolean {
  return section.facts.dynamic || section.name?.open === true;
}

/** `peers/table` and `backend/server` name the section in front. */
function beforeSlash(name: string): string {
  const slash = name.indexOf('/');
  return slash < 0 ? name : name.slice(0, slash);
}

function namedIn(analyses: readonly HaproxyAnalysis[], kinds: ReadonlySet<NameKind>): Set<string> | undefined {
  const named = new Set<string>();
  for (const analysis of analyses) {
    if (analysis.hasConditionals) return undefined;
    for (const section of analysis.sections) {
      if (namesAnything(section)) return undefined;
      for (const { value } of section.facts.references) {
        if (kinds.has(value.kind)) named.add(beforeSlash(value.name));
        else if (value.kind === 'server' && value.name.includes('/')) named.add(beforeSlash(value.name));
      }
    }
  }
  return named;
}

/** Whether the instance has a section of one of these types. */
function hasAny({ ofType, siblings }: Instance, types: readonly string[]): boolean {
  if (types.some((each) => ofType(each).length > 0)) return true;
  return siblings.some((sibling) => sibling.sections.some((each) => types.includes(each.type)));
}

/** Whether a filter asks agents: the file of its engine names their backend. */
const asksAgents = ({ analysis, siblings }: Instance): boolean =>
  [analysis, ...siblings].some(({ sections, statements }) =>
    sections.some(
      ({ facts, header, end }) =>
        facts.settings.own.has('filter') &&
        statements
          .slice(header + 1, end)
          .some(({ directive, args }) => directive?.name === 'filter' && args[0]?.text === 'spoe'),
    ),
  );

/** The places of unused sections, for as long as no section refers to something else. */
interface Known {
  readonly outline: object;
  readonly places: readonly number[];
}

function unusedRule(
  info: Pick<FileRule, 'id' | 'severity' | 'summary' | 'absence'>,
  type: string,
  kinds: ReadonlySet<NameKind>,
  applies: (instance: Instance) => boolean,
  message: (name: string) => ReturnType<typeof say>,
): FileRule {
  const known = new WeakMap<object, Known>();
  return fileRule({
    ...info,
    checkFile(instance, reportIn) {
      const { analysis, siblings } = instance;
      if (instance.ofType(type).length === 0 || !applies(instance)) return;
      let found = siblings.length === 0 ? known.get(analysis.uses) : undefined;
      if (found?.outline !== analysis.outline) {
        found = { outline: analysis.outline, places: unusedAmong(analysis, siblings) };
        if (siblings.length === 0) known.set(analysis.uses, found);
      }
      for (const place of found.places) {
        const section = analysis.sections[place];
        if (section?.name === undefined) continue;
        reportIn(section)(0, section.name, message(section.name.text), { tag: 'unnecessary' });
      }
    },
  });

  function unusedAmong(analysis: HaproxyAnalysis, siblings: readonly HaproxyAnalysis[]): readonly number[] {
    const named = namedIn([analysis, ...siblings], kinds);
    const places: number[] = [];
    if (named === undefined) return places;
    analysis.sections.forEach((section, place) => {
      if (section.type === type && section.name !== undefined && !named.has(section.name.text)) places.push(place);
    });
    return places;
  }
}

export const unusedBackend = unusedRule(
  {
    id: 'haproxy/unused-backend',
    severity: 'hint',
    summary: 'No frontend sends anything to this backend.',
    absence: true,
  },
  'backend',
  new Set<NameKind>(['backend', 'table', 'proxy']),
  // A file of backends alone belongs to others that are not seen here.
  (instance) => hasAny(instance, ['frontend', 'listen']) && !asksAgents(instance),
  (name) => say('nothing sends to backend "{0}": name it in a "use_backend" or "default_backend"', name),
);

export const unusedUserlist = unusedRule(
  {
    id: 'haproxy/unused-userlist',
    severity: 'hint',
    summary: 'No condition asks for the users of this list.',
    absence: true,
  },
  'userlist',
  new Set<NameKind>(['userlist']),
  (instance) => hasAny(instance, ['frontend', 'listen', 'backend']),
  (name) => say('no condition asks for the users of "{0}", as "http_auth({0})" does', name),
);
