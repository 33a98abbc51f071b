import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { type Release, releaseText } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import type { HaproxyAnalysis, Section } from './analysis';
import { Inheritance } from './inheritance';
import { Note } from './note';
import type { NameKind, Problem, Reference } from './problem';
import { isTakenOver } from './section-checks/servers';
import type { OnLine } from './section-facts';

/** Sections of one instance by what other sections call them. */
export interface Names {
  find(kind: NameKind, name: string): Section | undefined;
  all(kind: NameKind): Iterable<string>;
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
export function namesOf(analyses: readonly HaproxyAnalysis[]): Names {
  return {
    find(kind, name) {
      for (const each of analyses) {
        const found = indexOf(each).get(kind)?.get(name);
        if (found !== undefined) return each.sections[found];
      }
      return undefined;
    },
    *all(kind) {
      for (const each of analyses) yield* indexOf(each).get(kind)?.keys() ?? [];
    },
  };
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

/** What is known of the names of a file for as long as its outline stays. */
export interface Outline {
  names?: NameIndex;
  /** What sections of one file are to each other, whatever they refer to. */
  neighbours?: readonly InSection[];
}

/** For each kind the names that a file defines, each with the place of its section among the sections. */
type NameIndex = ReadonlyMap<NameKind, ReadonlyMap<string, number>>;

interface InSection {
  /** The place of the section among the sections of the file. */
  readonly section: number;
  /** Counted from its header. */
  readonly line: number;
  readonly problem: Problem;
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
  const uncertain = (): boolean =>
    [analysis, ...siblings].some((each) => each.sections.some((section) => section.name?.open === true));
  for (const section of analysis.sections) {
    const { facts } = section;
    if (facts.references.length === 0) continue;
    let links = alone ? linksOf.get(facts) : undefined;
    if (links?.outline !== outline || (links.serverNames !== undefined && links.serverNames !== serverNames)) {
      names ??= namesOf([analysis, ...siblings]);
      links = {
        outline,
        serverNames: facts.references.some(({ value }) => value.kind === 'server') ? serverNames : undefined,
        problems: linkSection(analysis, section, names, uncertain, inheritanceKnown),
      };
      if (alone) linksOf.set(facts, links);
    }
    for (const { line, value } of links.problems) problems.push({ line: section.header + line, value });
  }
  return problems;
}

/** What sections are to those above them, and to those of the files that are loaded before. */
function compareNeighbours({ sections, release }: HaproxyAnalysis, before: readonly HaproxyAnalysis[]): InSection[] {
  const found: InSection[] = [];
  const seen = new Taken();
  const numbers = new Map<number, Section>();
  for (const file of before)
    for (const each of file.sections) {
      duplicateOf(each, seen, release);
      for (const { value } of each.facts.numbers) if (!numbers.has(value.number)) numbers.set(value.number, each);
    }
  const inheritance = new Inheritance(release);
  const defaults = new Map<string, { count: number; used: boolean }>();
  sections.forEach((each, section) => {
    const duplicate = duplicateOf(each, seen, release);
    if (duplicate !== undefined) found.push({ section, line: 0, problem: duplicate });
    const fault = inheritance.fault(each);
    const { name } = each;
    if (fault !== undefined && name !== undefined)
      found.push({
        section,
        line: 0,
        problem: { mistake: 'conflicting-settings', start: name.start, end: name.end, message: fault },
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
    for (const { line, value } of each.facts.numbers) {
      const other = numbers.get(value.number);
      if (other === undefined) numbers.set(value.number, each);
      else
        found.push({
          section,
          line,
          problem: {
            mistake: 'duplicate-name',
            start: value.start,
            end: value.end,
            message: say('the id {0} is taken by {1} "{2}"', value.number, other.type, other.name?.text ?? ''),
          },
        });
    }
  });
  return found;
}

/** Kinds that a `defaults` section may name in vain for as long as nothing takes them over. */
const takenOver: ReadonlySet<NameKind> = new Set(['backend', 'http-errors', 'mailers']);

/** Whether the program starts all the same when what a reference names is missing. */
function isDoneWithout(
  { kind }: Reference,
  line: number,
  section: Section,
  { sections, statements }: HaproxyAnalysis,
): boolean {
  // Logs take their usual form, or go nowhere (2.6.12, 3.0.11, 3.2.26, 3.4.7).
  if (kind === 'log-profile' || kind === 'ring') return true;
  // Peers are neither resolved nor checked.
  if (section.type === 'peers' && (kind === 'resolvers' || kind === 'server')) return true;
  const at = section.header + line;
  if (section.type !== 'defaults' && statements[at]?.directive?.name === 'default-server')
    return !isTakenOver(statements, at);
  const { settings } = section.facts;
  if (kind === 'mailers' && !(settings.has('email-alert from') && settings.has('email-alert to'))) return true;
  if (section.type !== 'defaults' || !takenOver.has(kind)) return false;
  return !sections.some((each) => each.defaults === section);
}

function linkSection(
  analysis: HaproxyAnalysis,
  section: Section,
  names: Names,
  uncertain: () => boolean,
  inheritanceKnown: boolean,
): OnLine<Problem>[] {
  const problems: OnLine<Problem>[] = [];
  for (const { line, value } of section.facts.references) {
    const add = (message: Message, suggestion?: string): void => {
      const { start, end } = value;
      const more = {
        ...(suggestion !== undefined && { suggestion }),
        ...(isDoneWithout(value, line, section, analysis) && { severity: 'warning' as const }),
      };
      problems.push({ line, value: { mistake: 'unknown-reference', start, end, message, ...more } });
    };
    if (value.kind === 'server') {
      linkServer(section, value.name, names, add);
      continue;
    }
    const target = names.find(value.kind, value.name);
    if (target === undefined) {
      const elsewhere = value.kind === 'ring' && section.type === 'log-forward';
      if (elsewhere || (value.kind === 'resolvers' && value.name === 'default') || uncertain()) continue;
      const suggestion = nearest(value.name, names.all(value.kind));
      add(
        suggestion === undefined
          ? say('there is no {0} "{1}"', value.kind, value.name)
          : say('there is no {0} "{1}"; "{2}" exists', value.kind, value.name, suggestion),
        suggestion,
      );
    } else if (value.kind === 'table' && target.type !== 'peers' && !target.facts.hasTable) {
      add(say('"{0}" has no stick-table', value.name));
    } else if (value.kind === 'backend' && section.type !== 'defaults') {
      const from = section.facts.mode;
      const to = target.facts.mode;
      const directive = analysis.statements[section.header + line]?.directive?.name;
      if (target.name?.text === section.name?.text && target.type === section.type)
        problems.push({
          line,
          value: {
            mistake: 'conflicting-settings',
            start: value.start,
            end: value.end,
            message: say('"{0}" is this section itself', value.name),
          },
        });
      if (from === to || (from === 'tcp' && to === 'http')) continue;
      // The mode may come from the defaults of a file that is loaded before.
      if (!inheritanceKnown && (section.defaults === undefined || target.defaults === undefined)) continue;
      if (directive !== 'default_backend' && directive !== 'use_backend') continue;
      const message = say('"{0}" is in mode {1}, but this section is in mode {2}', value.name, to, from);
      problems.push({ line, value: { mistake: 'conflicting-settings', start: value.start, end: value.end, message } });
    }
  }
  return problems;
}

function linkServer(
  section: Section,
  name: string,
  names: Names,
  add: (message: Message, suggestion?: string) => void,
): void {
  const slash = name.indexOf('/');
  const backend = name.slice(0, Math.max(0, slash));
  const owner = slash < 0 ? section : names.find('backend', backend);
  const server = name.slice(slash + 1);
  if (owner === undefined) add(say('there is no backend "{0}"', backend), nearest(backend, names.all('backend')));
  else if (!owner.facts.hasTemplates && !owner.facts.servers.has(server) && owner.type !== 'defaults')
    add(
      say('there is no server "{0}" in "{1}"', server, owner.name?.text ?? ''),
      nearest(server, owner.facts.servers.keys()),
    );
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
