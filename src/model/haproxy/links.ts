import { type Message, say } from '../../base/message';
import { nearestName } from '../../base/nearest';
import type { Release } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import type { HaproxyAnalysis, Section } from './analysis';
import { type Names, namesOf } from './instance-names';
import { compareNeighbours } from './neighbours';
import { Note } from './note';
import type { Outline } from './outline';
import type { NameKind, Problem, Reference } from './problem';
import { alwaysResolved, faultsOfDefaultRules, hasDefaultRules } from './section-checks/defaults-rules';
import { isParameterReplaced, isReplaced } from './section-checks/replaced';
import { tableFault } from './section-checks/table-use';
import { mayBeMade, type OnLine } from './section-facts';
import type { Statement } from './statement';
import { trackedInCircle, trackedInVain } from './tracked-servers';

interface Links {
  readonly outline: Outline;
  /** Given where a server is referred to. */
  readonly serverNames: object | undefined;
  readonly problems: readonly OnLine<Problem>[];
}

/** What linking found in a section, for as long as the outline of the file stays; lines count from its header. */
const linksOf = new Note<Links>();

/** Problems that only show when the sections of all files of an instance are seen together; lines are those of `analysis`. */
export function linkHaproxy(
  analysis: HaproxyAnalysis,
  siblings: readonly HaproxyAnalysis[],
  inheritanceKnown: boolean,
  before: readonly HaproxyAnalysis[] = [],
): OnLine<Problem>[] {
  const { outline, serverNames } = analysis;
  const alone = siblings.length === 0;
  const problems: OnLine<Problem>[] = [];
  if (before.length === 0) outline.neighbours ??= compareNeighbours(analysis, []);
  const neighbours = before.length === 0 ? outline.neighbours : compareNeighbours(analysis, before);
  for (const { section, line, problem } of neighbours ?? [])
    problems.push({ line: (analysis.sections[section]?.header ?? 0) + line, value: problem });
  let names: Names | undefined;
  let someOpen: boolean | undefined;
  const uncertain = (): boolean => {
    someOpen ??= [analysis, ...siblings].some((each) => each.sections.some((section) => section.name?.open === true));
    return someOpen;
  };
  for (const section of analysis.sections) {
    const { facts } = section;
    if (facts.references.length === 0 && !inheritsBackend(section) && !hasDefaultRules(section)) continue;
    let links = alone ? linksOf.get(facts) : undefined;
    if (links?.outline !== outline || (links.serverNames !== undefined && links.serverNames !== serverNames)) {
      names ??= namesOf([analysis, ...siblings]);
      links = {
        outline,
        serverNames: facts.references.some(({ value }) => value.kind === 'server') ? serverNames : undefined,
        problems: linkSection(analysis, section, names, uncertain, inheritanceKnown),
      };
      // What a server of another section is given may change without its name, and so may the groups of a list.
      const staysSo = !facts.references.some(
        ({ value }) => value.kind === 'userlist' || (value.kind === 'server' && value.name.includes('/')),
      );
      if (alone && staysSo) linksOf.set(facts, links);
    }
    for (const { line, value } of links.problems) problems.push({ line: section.header + line, value });
  }
  return problems;
}

/** Whether the program starts all the same when what a reference names is missing. */
function isDoneWithout(
  { kind, start }: Reference,
  line: number,
  section: Section,
  { sections, statements }: HaproxyAnalysis,
  release: Release,
): boolean {
  // Logs take their usual form, or go nowhere (2.6.12, 3.0.11, 3.2.26, 3.4.7).
  if (kind === 'ring') return true;
  // What an application is told and what a check says when it fails are not looked up, and a proxy that is off is not either.
  if (section.type === 'fcgi-app' || (section.facts.disabled && kind !== 'fcgi-app')) return true;
  // Peers are neither resolved nor checked.
  if (section.type === 'ring' && kind === 'resolvers') return true;
  if (section.type === 'peers' && (kind === 'resolvers' || kind === 'server' || kind === 'healthcheck')) return true;
  const at = section.header + line;
  const directive = statements[at]?.directive?.name ?? '';
  // It is read in backends, and only where an address stands in front of a port.
  if (directive === 'option forwarded' && section.type === 'defaults') return true;
  if (directive === 'httpclient.resolvers.id' && givesUpResolving(section, statements)) return true;
  // Rules that write a log of their own need their profile.
  if (kind === 'log-profile') return !/^(?:http|tcp)-/.test(directive);
  // The servers of peers are not spoken to as others are, and checks of a defaults section may have nobody to run them.
  if (kind === 'table' && section.type === 'peers') return true;
  // The caches of rules are looked up in the section of the rule alone, and those of a defaults section never.
  if (kind === 'cache' && section.type === 'defaults') return true;
  if (kind === 'table' && section.type === 'defaults' && /^(?:tcp|http)-check /.test(directive)) return true;
  if (/^(?:tcp|http)-check expect$/.test(directive)) return true;
  if (isReplaced(statements, at)) return true;
  if (section.type !== 'defaults' || directive !== 'default-server')
    if (isParameterReplaced(statements, at, start)) return true;
  if (kind === 'backend' && directive.startsWith('log')) return true;
  const { settings } = section.facts;
  if (kind === 'mailers' && !(settings.has('email-alert from') && settings.has('email-alert to'))) return true;
  // Nothing is looked up for a `defaults` section that nothing takes over.
  if (section.type !== 'defaults' || kind === 'defaults') return false;
  if (release >= alwaysResolved && section.name !== undefined && /^(?:http-re|tcp-re|errorfiles$)/.test(directive))
    return false;
  const ofFrontends = directive === 'default_backend';
  return !sections.some(
    (each) =>
      each.defaults === section &&
      !(directive === 'default-server' && each.facts.servers.size === 0 && !each.facts.hasTemplates) &&
      !each.facts.disabled &&
      !(ofFrontends && (each.type === 'backend' || each.facts.settings.own.has('default_backend'))),
  );
}

/** Whether the client of the program resolves no names. */
const givesUpResolving = ({ header, end }: Section, statements: readonly Statement[]): boolean =>
  statements
    .slice(header, end)
    .some((each) => each.directive?.name === 'httpclient.resolvers.disabled' && each.arg(0)?.text === 'on');

function linkSection(
  analysis: HaproxyAnalysis,
  section: Section,
  names: Names,
  uncertain: () => boolean,
  inheritanceKnown: boolean,
): OnLine<Problem>[] {
  const { release } = analysis;
  const problems: OnLine<Problem>[] = hasDefaultRules(section)
    ? faultsOfDefaultRules(
        section,
        analysis.statements,
        analysis.sections.filter((each) => each.defaults === section),
        release,
      )
    : [];
  const inherited = inheritsBackend(section) ? linkInheritedBackend(section, analysis, names) : undefined;
  const passed = section.facts.disabled ? { severity: 'warning' as const } : {};
  if (inherited !== undefined) problems.push({ line: 0, value: { ...inherited, ...passed } });
  for (const { line, value } of section.facts.references) {
    const add = (message: Message, suggestion?: string, suggestedKind?: NameKind): void => {
      const { start, end } = value;
      const more = {
        ...(suggestion !== undefined && { suggestion, ...(suggestedKind && { suggestedKind }) }),
        ...(isDoneWithout(value, line, section, analysis, release)
          ? { severity: 'warning' as const }
          : release >= alwaysResolved &&
            isDoneWithout(value, line, section, analysis, alwaysResolved - 1) && { refusedFrom: alwaysResolved }),
      };
      problems.push({ line, value: { mistake: 'unknown-reference', start, end, message, ...more } });
    };
    const conflict = (message: Message, more: Partial<Problem> = {}): void => {
      const { start, end } = value;
      problems.push({ line, value: { mistake: 'conflicting-settings', start, end, message, ...more, ...passed } });
    };
    if (value.name === '') {
      const fault = ownFault(value.kind, section);
      if (fault !== undefined) add(fault);
      continue;
    }
    if (value.kind === 'server') {
      const isOwn = analysis.statements[section.header + line]?.directive?.name === 'use-server';
      linkServer(section, value.name, isOwn, names, add);
      const untracked =
        trackedInVain(analysis, section, line, value, names) ?? trackedInCircle(analysis, section, line, value, names);
      if (untracked !== undefined) conflict(untracked);
      continue;
    }
    const target = names.find(value.kind, value.name);
    if (target === undefined) {
      const elsewhere = value.kind === 'ring' && section.type === 'log-forward';
      if (elsewhere || (value.kind === 'resolvers' && value.name === 'default') || uncertain()) continue;
      const suggestion = names.near(value.kind, value.name);
      add(
        suggestion === undefined
          ? say('there is no {0} "{1}"', value.kind, value.name)
          : say('there is no {0} "{1}"; "{2}" exists', value.kind, value.name, suggestion),
        suggestion,
        value.kind,
      );
    } else if (value.kind === 'table' && target.type !== 'peers' && !target.facts.hasTable) {
      add(say('"{0}" has no stick-table', value.name));
    } else if (value.kind === 'userlist') {
      const statement = analysis.statements[section.header + line];
      const fault = statement === undefined ? undefined : groupFault(analysis, statement, value, target);
      if (fault !== undefined && section.type !== 'fcgi-app')
        problems.push({ line, value: { mistake: 'bad-condition', ...fault, ...passed } });
    } else if (value.kind === 'table') {
      const statement = analysis.statements[section.header + line];
      const { table } = target.facts;
      const fault =
        statement === undefined || table === undefined ? undefined : tableFault(statement, table, analysis.release);
      if (fault !== undefined) {
        const { at, message, ...more } = fault;
        conflict(message, { start: at.start, end: at.end, ...more });
      }
    } else if (value.kind === 'backend' && section.type !== 'defaults') {
      const from = section.facts.mode;
      const to = target.facts.mode;
      const directive = analysis.statements[section.header + line]?.directive?.name;
      if (directive !== 'default_backend' && directive !== 'use_backend') continue;
      if (target.name?.text === section.name?.text && target.type === section.type)
        conflict(say('"{0}" is this section itself', value.name));
      if (from === to || (from === 'tcp' && to === 'http')) continue;
      // The mode may come from the defaults of a file that is loaded before.
      if (!inheritanceKnown && (section.defaults === undefined || target.defaults === undefined)) continue;
      conflict(say('"{0}" is in mode {1}, but this section is in mode {2}', value.name, to, from));
    }
  }
  return problems;
}

/** Whether the `defaults` of a section say where its connections go. */
function inheritsBackend({ type, defaults, facts }: Section): boolean {
  if ((type !== 'frontend' && type !== 'listen') || defaults === undefined) return false;
  return defaults.facts.settings.own.has('default_backend') && !facts.settings.own.has('default_backend');
}

/** The mode of a backend that a section takes over from its `defaults`; the program speaks of the section. */
function linkInheritedBackend(section: Section, analysis: HaproxyAnalysis, names: Names): Problem | undefined {
  const { defaults, name, facts } = section;
  if (defaults === undefined || name === undefined) return undefined;
  const place = defaults.facts.references.find(
    ({ line }) => analysis.statements[defaults.header + line]?.directive?.name === 'default_backend',
  );
  const target = place === undefined ? undefined : names.find('backend', place.value.name);
  if (target === section) {
    const message = say('"{0}" is this section itself, which the defaults section names', name.text);
    return { mistake: 'conflicting-settings', start: name.start, end: name.end, message };
  }
  if (target === undefined || target.facts.mode === facts.mode) return undefined;
  if (facts.mode === 'tcp' && target.facts.mode === 'http') return undefined;
  const message = say(
    '"{0}", which the defaults section names, is in mode {1}, but this section is in mode {2}',
    target.name?.text ?? '',
    target.facts.mode,
    facts.mode,
  );
  return { mistake: 'conflicting-settings', start: name.start, end: name.end, message };
}

/** Why a section is not what an expression without a name would have it be. */
function ownFault(kind: NameKind, { type, facts }: Section): Message | undefined {
  if (kind === 'server') return say('which server is meant has to be said here');
  if (kind === 'table' && !facts.hasTable)
    return say('which table is meant has to be said here, because this section has no stick-table');
  if (kind === 'backend' && type === 'frontend')
    return say('which backend is meant has to be said here, because this section is none');
  if (kind === 'frontend' && type === 'backend')
    return say('which frontend is meant has to be said here, because this section is none');
  return undefined;
}

function linkServer(
  section: Section,
  name: string,
  isOwn: boolean,
  names: Names,
  add: (message: Message, suggestion?: string) => void,
): void {
  // Of another section no server can be taken, and no name of one holds a slash.
  const slash = isOwn ? -1 : name.indexOf('/');
  const backend = name.slice(0, Math.max(0, slash));
  const owner = slash < 0 ? section : names.find('backend', backend);
  const server = name.slice(slash + 1);
  if (owner === undefined) add(say('there is no backend "{0}"', backend), names.near('backend', backend));
  else if (!owner.facts.servers.has(server) && !mayBeMade(owner.facts, server) && owner.type !== 'defaults')
    add(
      say('there is no server "{0}" in "{1}"', server, owner.name?.text ?? ''),
      nearestName(server, owner.facts.servers),
    );
}

/** The groups of a list of users. */
const groupsOf = new Note<Set<string>>();

/**
 * Ways to compare that keep no list of words (pattern.c: they go into trees, or are numbers and expressions). The program looks
 * for groups in that list: it finds none behind the first three, and takes the others for what they are not, or crashes
 * (2.6.12, 3.0.11, 3.2.26, 3.4.7).
 */
const inTrees: ReadonlySet<string> = new Set(['str', 'beg', 'ip']);
const noWords: ReadonlySet<string> = new Set(['reg', 'int', 'len', 'bool', 'found']);

/** What is wrong with the groups behind `http_auth_group(userlist)` in an ACL: there have to be some, and of that list. */
function groupFault(
  { statements, sections }: HaproxyAnalysis,
  { args, directive }: Statement,
  { start, end }: Reference,
  userlist: Section,
): Pick<Problem, 'start' | 'end' | 'message'> | undefined {
  const at = args.findIndex((each) => each.start <= start && each.end >= end);
  const expression = args[at];
  if (expression === undefined || !/^http_auth_group\([^()]*\)(?:,|$)/.test(expression.text)) return undefined;
  const groups: Word[] = [];
  let method = '';
  let anyCase = false;
  for (let next = at + 1; next < args.length; next++) {
    const word = args[next];
    if (word === undefined || word.open || word.text === '-f' || word.text === '-M') return undefined;
    if (directive?.name !== 'acl' && word.text === '}') break;
    if (word.text === '-m') method = args[++next]?.text ?? '';
    else if (word.text === '-u') next++;
    else if (word.text === '-i' && groups.length === 0) anyCase = true;
    else if (!/^-(?:[in]|-)$/.test(word.text)) groups.push(word);
  }
  if (directive?.name !== 'acl' && args[at - 1]?.text !== '{') return undefined;
  if (groups.length === 0) {
    const message = say('the names of groups are missing behind "{0}"', expression.text);
    return { start: expression.start, end: expression.end, message };
  }
  if (noWords.has(method) || (inTrees.has(method) && !(anyCase && method !== 'ip'))) {
    const message = say('"{0}" and "{1}" cannot be used together', expression.text, `-m ${method}`);
    return { start: expression.start, end: expression.end, message };
  }
  // What the octets of a pattern are read as, and what a converter's result is compared as, is not known.
  if (method === 'bin' || (method === '' && expression.text.includes(','))) return undefined;
  // Of another file the lines are not at hand.
  if (!userlist.facts.certain || !sections.includes(userlist)) return undefined;
  let known = groupsOf.get(userlist.facts);
  if (known === undefined) {
    known = new Set();
    for (let at = userlist.header; at < userlist.end; at++) {
      const each = statements[at];
      if (each?.directive?.name === 'group') known.add(each.arg(0)?.text ?? '');
    }
    groupsOf.set(userlist.facts, known);
  }
  const missing = groups.find((each) => known?.has(each.text) !== true);
  if (missing === undefined) return undefined;
  const message = say('there is no group "{0}" in userlist "{1}"', missing.text, userlist.name?.text ?? '');
  return { start: missing.start, end: missing.end, message };
}
