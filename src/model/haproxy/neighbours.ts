import { say } from '../../base/message';
import { type Release, releaseText } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import type { HaproxyAnalysis, Section } from './analysis';
import { Inheritance } from './inheritance';
import type { InSection } from './outline';
import type { Problem } from './problem';
import type { OnLine } from './section-facts';

/** What a section and its servers are known by in the whole process: names that it gives them, then its number. */
function* idsOf({
  facts,
}: Section): Iterable<OnLine<{ readonly start: number; readonly end: number }> & { id: number | string }> {
  for (const { line, value } of facts.guids) yield { id: value.text, line, value };
  for (const { line, value } of facts.numbers) yield { id: value.number, line, value };
}

/** What sections are to those above them, and to those of the files that are loaded before. */
export function compareNeighbours(
  { sections, release }: HaproxyAnalysis,
  before: readonly HaproxyAnalysis[],
): InSection[] {
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
