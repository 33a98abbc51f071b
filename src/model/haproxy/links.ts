import { type Message, say } from '../../base/message';
import { nearest, nearestName } from '../../base/nearest';
import { type Release, releaseText } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import type { HaproxyAnalysis, Section } from './analysis';
import { Inheritance } from './inheritance';
import { Note } from './note';
import type { InSection, NameIndex, Outline } from './outline';
import type { NameKind, Problem, Reference } from './problem';
import { alwaysResolved, faultsOfDefaultRules, hasDefaultRules } from './section-checks/defaults-rules';
import { isParameterReplaced, isReplaced } from './section-checks/replaced';
import { cannotBeTracked, numbersOf, watchedLines } from './section-checks/servers';
import { tableFault } from './section-checks/table-use';
import { makerOf, mayBeMade, type NumberRange, type OnLine } from './section-facts';
import type { Statement } from './statement';

/** Sections of one instance by what other sections call them. */
interface Names {
  find(kind: NameKind, name: string): Section | undefined;
  /** The name that `name` was most likely meant to be. */
  near(kind: NameKind, name: string): string | undefined;
}

/** What sections of a type can be spoken of as. */
export const kindsOfSection: Readonly<Record<string, readonly NameKind[]>> = {
  frontend: ['frontend', 'proxy', 'table'],
  backend: ['backend', 'proxy', 'table'],
  listen: ['frontend', 'backend', 'proxy', 'table'],
  userlist: ['userlist'],
  peers: ['peers'],
  resolvers: ['resolvers'],
  cache: ['cache'],
  mailers: ['mailers'],
  'http-errors': ['http-errors'],
  'fcgi-app': ['fcgi-app'],
  ring: ['ring'],
  'log-profile': ['log-profile'],
  acme: ['acme'],
  healthcheck: ['healthcheck'],
  defaults: ['defaults'],
};

/** The names that `analyses`, the files of one instance in load order, define. */
function namesOf(analyses: readonly HaproxyAnalysis[]): Names {
  return {
    find(kind, name) {
      for (const each of analyses) {
        const found = indexOf(each).get(kind)?.get(name);
        if (found !== undefined) return each.sections[found];
      }
      return undefined;
    },
    near(kind, name) {
      return nearest(name, [...nearIn(analyses, kind, name)]);
    },
  };
}

/** The nearest name of each file. */
function* nearIn(analyses: readonly HaproxyAnalysis[], kind: NameKind, name: string): Iterable<string> {
  for (const each of analyses) {
    const names = indexOf(each).get(kind);
    const near = names === undefined ? undefined : nearestName(name, names);
    if (near !== undefined) yield near;
  }
}

/** The section of a file that has a name. */
export function sectionNamed(analysis: HaproxyAnalysis, kind: NameKind, name: string): Section | undefined {
  const place = indexOf(analysis).get(kind)?.get(name);
  return place === undefined ? undefined : analysis.sections[place];
}

function indexOf(analysis: HaproxyAnalysis): NameIndex {
  const { outline, sections } = analysis;
  if (outline.names !== undefined) return outline.names;
  const index = new Map<NameKind, Map<string, number>>();
  const define = (kind: NameKind, name: string, place: number): void => {
    let names = index.get(kind);
    if (names === undefined) {
      names = new Map();
      index.set(kind, names);
    }
    if (!names.has(name)) names.set(name, place);
  };
  sections.forEach((section, place) => {
    if (section.name === undefined) return;
    const name = section.name.text;
    for (const kind of kindsOfSection[section.type] ?? []) define(kind, name, place);
    if (section.type !== 'peers') return;
    for (let line = section.header; line < section.end; line++) {
      const statement = analysis.statements[line];
      if (statement?.directive?.name === 'table' && statement.args[0] !== undefined)
        define('table', `${name}/${statement.args[0].text}`, place);
    }
  });
  outline.names = index;
  return index;
}

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

/** What a section and its servers are known by in the whole process: names that it gives them, then its number. */
function* idsOf({
  facts,
}: Section): Iterable<OnLine<{ readonly start: number; readonly end: number }> & { id: number | string }> {
  for (const { line, value } of facts.guids) yield { id: value.text, line, value };
  for (const { line, value } of facts.numbers) yield { id: value.number, line, value };
}

/** What sections are to those above them, and to those of the files that are loaded before. */
function compareNeighbours({ sections, release }: HaproxyAnalysis, before: readonly HaproxyAnalysis[]): InSection[] {
  const found: InSection[] = [];
  const seen = new Taken();
  const ids = new Map<number | string, Section>();
  for (const file of before)
    for (const each of file.sections) {
      duplicateOf(each, seen, release);
      for (const { id } of idsOf(each)) if (!ids.has(id)) ids.set(id, each);
    }
  const inheritance = new Inheritance(release);
  const defaults = new Map<string, { count: number; used: boolean }>();
  sections.forEach((each, section) => {
    const duplicate = duplicateOf(each, seen, release);
    if (duplicate !== undefined) found.push({ section, line: 0, problem: duplicate });
    const { name } = each;
    const mixed = inheritance.mixed(each);
    // A `defaults` section without a name is spoken of by the one that it starts from.
    const at = name ?? each.facts.references.find(({ line, value }) => line === 0 && value.kind === 'defaults')?.value;
    if (mixed !== undefined && at !== undefined)
      found.push({
        section,
        line: 0,
        problem: {
          mistake: 'conflicting-settings',
          start: at.start,
          end: at.end,
          message: mixed,
          severity: 'warning',
        },
      });
    const fault = inheritance.fault(each);
    if (fault !== undefined && at !== undefined)
      found.push({
        section,
        line: 0,
        problem: { mistake: 'conflicting-settings', start: at.start, end: at.end, message: fault },
      });
    for (const { line, value } of each.facts.references) {
      if (value.kind !== 'defaults' || line !== 0) continue;
      const sameNames = defaults.get(value.name);
      if (sameNames === undefined) continue;
      sameNames.used = true;
      if (sameNames.count > 1)
        found.push({
          section,
          line,
          problem: {
            mistake: 'unknown-reference',
            start: value.start,
            end: value.end,
            message: say('there are several defaults sections "{0}" above', value.name),
            ...(release >= latestDefaultsTaken && { severity: 'warning' as const }),
          },
        });
    }
    if (each.type === 'defaults' && name !== undefined) {
      const sameNames = defaults.get(name.text) ?? { count: 0, used: false };
      sameNames.count++;
      defaults.set(name.text, sameNames);
      if (sameNames.used && release >= usedDefaultsUnique)
        found.push({ section, line: 0, problem: takenFrom(name, usedDefaultsUnique, 'error') });
    }
    for (const { id, line, value } of idsOf(each)) {
      const other = ids.get(id);
      if (other === undefined) ids.set(id, each);
      else
        found.push({
          section,
          line,
          problem: {
            mistake: 'duplicate-name',
            start: value.start,
            end: value.end,
            message: say('the id {0} is taken by {1} "{2}"', id, other.type, other.name?.text ?? ''),
          },
        });
    }
  });
  return found;
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

/** The lines of servers that something checks. */
const watchedOf = new Note<ReadonlySet<number>>();

/** Whether a server takes over the state of one of another section that nothing checks. */
function trackedInVain(
  { statements, sections }: HaproxyAnalysis,
  section: Section,
  line: number,
  { name, start }: Reference,
  names: Names,
): Message | undefined {
  const slash = name.indexOf('/');
  const { directive, args = [] } = statements[section.header + line] ?? {};
  if (slash < 0 || directive?.name !== 'server') return undefined;
  const at = args.findIndex((each) => each.start === start);
  const owner = names.find('backend', name.slice(0, slash));
  if (args[at - 1]?.text !== 'track' || owner === undefined || owner === section) return undefined;
  // Of another file the lines are not at hand.
  if (!owner.facts.certain || !sections.includes(owner)) return undefined;
  const server = name.slice(slash + 1);
  const tracked = owner.facts.servers.get(server);
  if (tracked === undefined) return undefined;
  let watched = watchedOf.get(owner.facts);
  if (watched === undefined) {
    watched = watchedLines(statements.slice(owner.header, owner.end), owner.defaults?.facts);
    watchedOf.set(owner.facts, watched);
  }
  return watched.has(tracked) ? undefined : cannotBeTracked(server);
}

interface Tracker {
  readonly line: number;
  readonly target: string;
}

/** The servers of a section that take over the state of another one, by their names, and the templates by their prefixes. */
interface Trackers {
  readonly servers: Map<string, Tracker>;
  readonly templates: Map<string, (Tracker & NumberRange)[]>;
}

const trackersOf = new Note<Trackers>();

const trackerOf = ({ servers, templates }: Trackers, name: string): Tracker | undefined =>
  servers.get(name) ?? (templates.size === 0 ? undefined : makerOf(templates, name));

function trackersIn({ statements }: HaproxyAnalysis, section: Section): Trackers {
  const known = trackersOf.get(section.facts);
  if (known !== undefined) return known;
  const found: Trackers = { servers: new Map(), templates: new Map() };
  for (const { line, value } of section.facts.references) {
    if (value.kind !== 'server') continue;
    const { directive, args = [], uncertain } = statements[section.header + line] ?? {};
    const [name] = args;
    const at = args.findIndex((each) => each.start === value.start);
    if (name === undefined || args[at - 1]?.text !== 'track' || uncertain !== false) continue;
    const tracker = { line, target: value.name };
    const numbers = directive?.name === 'server-template' ? numbersOf(args[1]) : undefined;
    if (directive?.name === 'server') found.servers.set(name.text, tracker);
    else if (numbers !== undefined)
      found.templates.set(name.text, [...(found.templates.get(name.text) ?? []), { ...tracker, ...numbers }]);
  }
  trackersOf.set(section.facts, found);
  return found;
}

/** No chain of servers that anybody writes is longer. */
const longestChain = 100;

/**
 * Whether a server or a template is the last of a circle, each of which takes over the state of the next: the program follows
 * them in the order of the file. Circles of servers inside one section are found while it is read.
 */
function trackedInCircle(
  analysis: HaproxyAnalysis,
  section: Section,
  line: number,
  value: Reference,
  names: Names,
): Message | undefined {
  const { directive, args = [] } = analysis.statements[section.header + line] ?? {};
  if (directive?.name !== 'server' && directive?.name !== 'server-template') return undefined;
  // All servers of a template track the same one: where the chain comes back to one of them, that one is in a circle.
  const number = directive.name === 'server-template' ? numbersOf(args[1])?.first : '';
  if (args[0] === undefined || number === undefined) return undefined;
  const name = `${args[0].text}${number}`;
  if (trackerOf(trackersIn(analysis, section), name)?.line !== line) return undefined;
  let owner = section;
  let target = value.name;
  let isNew = false;
  for (let steps = 0; steps < longestChain; steps++) {
    const slash = target.indexOf('/');
    const next = slash < 0 ? owner : names.find('backend', target.slice(0, slash));
    // Of another file the lines are not at hand.
    if (next === undefined || !analysis.sections.includes(next)) return undefined;
    const server = target.slice(slash + 1);
    const trackers = trackersIn(analysis, next);
    const tracker = trackerOf(trackers, server);
    // Servers of one section, and a template that tracks itself, were compared while it was read.
    isNew ||= next !== section || (steps > 0 && trackers.templates.size > 0);
    if (next === section && tracker?.line === line)
      return isNew ? say('server "{0}" tracks this one in turn', value.name) : undefined;
    if (tracker === undefined || next.header + tracker.line > section.header + line) return undefined;
    owner = next;
    target = tracker.target;
  }
  return undefined;
}

const uniqueTypes: ReadonlySet<string> = new Set([
  'peers',
  'mailers',
  'resolvers',
  'cache',
  'ring',
  'http-errors',
  'fcgi-app',
  'log-profile',
  'acme',
  'healthcheck',
  'log-forward',
  'program',
]);

/** A `listen` and a `backend` of one name are refused from here on. */
const sameNameRefused: Release = 302;
/** A `defaults` that something starts from cannot be followed by another of its name from here on. */
const usedDefaultsUnique: Release = 302;
/** Of several `defaults` of one name the latest is taken from here on; before, the name said nothing for certain. */
const latestDefaultsTaken: Release = 303;
/** A `frontend` and a `backend` of one name are warned about before, and refused from here on. */
const sidesRefused: Release = 303;

/** What the names of these sections are compared as. */
const sidesOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['listen', ['frontend', 'backend']],
  ['frontend', ['frontend']],
  ['log-forward', ['frontend']],
  ['backend', ['backend']],
]);

/** The first section of each name, on each side. */
class Taken {
  private readonly sides = new Map<string, Map<string, Section>>();

  get(side: string, name: string): Section | undefined {
    return this.sides.get(side)?.get(name);
  }

  set(side: string, name: string, section: Section): void {
    const names = this.sides.get(side) ?? new Map<string, Section>();
    this.sides.set(side, names.set(name, section));
  }
}

/** What is wrong with the name of a section, when those above it have the names in `seen`. */
function duplicateOf(section: Section, seen: Taken, release: Release): Problem | undefined {
  const { name, type } = section;
  if (name === undefined || name.open) return undefined;
  const sides = sidesOf.get(type) ?? (uniqueTypes.has(type) || type === 'userlist' ? [type] : []);
  let worst: 'error' | 'warning' | undefined;
  let younger: Release = 0;
  for (const side of sides) {
    const other = seen.get(side, name.text);
    if (other === undefined) seen.set(side, name.text, section);
    else if (type === 'userlist') worst ??= 'warning';
    else if (side === 'backend' && other.type !== type) younger = Math.max(younger, sameNameRefused);
    else worst = 'error';
  }
  const opposite = type === 'frontend' ? 'backend' : type === 'backend' ? 'frontend' : undefined;
  if (opposite !== undefined && seen.get(opposite, name.text)?.type === opposite)
    younger = Math.max(younger, sidesRefused);
  if (worst !== undefined)
    return {
      mistake: 'duplicate-name',
      start: name.start,
      end: name.end,
      message: say('the name "{0}" is taken by another section', name.text),
      severity: worst,
    };
  if (younger === 0 || release < sameNameRefused) return undefined;
  return takenFrom(name, younger, release >= younger ? 'error' : 'warning');
}

/** A name that younger releases do not allow a second time. */
function takenFrom(name: Word, refusedFrom: Release, severity: 'error' | 'warning'): Problem {
  const release = releaseText(refusedFrom);
  return {
    mistake: 'duplicate-name',
    start: name.start,
    end: name.end,
    message: say('the name "{0}" is taken by another section, which releases from {1} on refuse', name.text, release),
    severity,
    refusedFrom,
  };
}
