import { type Message, say } from '../../base/message';
import type { HaproxyAnalysis, Section } from './analysis';
import type { Names } from './instance-names';
import { Note } from './note';
import type { Reference } from './problem';
import { cannotBeTracked, numbersOf, watchedLines } from './section-checks/servers';
import { makerOf, type NumberRange } from './section-facts';

/** The lines of servers that something checks. */
const watchedOf = new Note<ReadonlySet<number>>();

/** Whether a server takes over the state of one of another section that nothing checks. */
export function trackedInVain(
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
export function trackedInCircle(
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
