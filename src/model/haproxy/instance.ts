import type { HaproxyAnalysis, Section } from './analysis';
import { Note } from './note';
import { readSection } from './section';
import type { SectionFacts } from './section-facts';

/** The files of one instance: the one that is judged, and the others in load order. */
interface InstanceFiles {
  readonly analysis: HaproxyAnalysis;
  readonly siblings: readonly HaproxyAnalysis[];
  /** Those of the others that are loaded before; none where the order is not known. */
  readonly before: readonly HaproxyAnalysis[];
  /** What sections take over from the files before theirs is known. */
  readonly inheritanceKnown: boolean;
}

/** Facts of a section that starts from the `defaults` of a file loaded before its own. */
interface Inherited {
  readonly from: SectionFacts;
  readonly facts: SectionFacts;
}

const inherited = new Note<Inherited>();

const isPart = ({ path }: HaproxyAnalysis): boolean => /(?:^|\/)[^/]+\.d\/[^/]+$/.test(path);

/** `haproxy.cfg` loads before the files of `conf.d`, and those load in the order of their names. */
function loadsBefore(a: HaproxyAnalysis, b: HaproxyAnalysis): number {
  const parts = Number(isPart(a)) - Number(isPart(b));
  return parts !== 0 ? parts : a.path < b.path ? -1 : 1;
}

/**
 * Lets the sections of each file start from the `defaults` of the files before it, as the program does. `position` tells
 * how many of the siblings, which are in load order then, come before the file; without it the names tell.
 */
export function asInstance(
  analysis: HaproxyAnalysis,
  siblings: readonly HaproxyAnalysis[],
  position?: number,
): InstanceFiles {
  if (siblings.length === 0) return { analysis, siblings, before: [], inheritanceKnown: true };
  const files =
    position === undefined
      ? [analysis, ...siblings].sort(loadsBefore)
      : [...siblings.slice(0, position), analysis, ...siblings.slice(position)];
  // With two files that a folder may belong to, each part is loaded behind one or the other.
  if (position === undefined && files.filter((each) => !isPart(each)).length > 1)
    return { analysis, siblings, before: [], inheritanceKnown: false };
  const before = files.slice(0, files.indexOf(analysis));
  let latest: SectionFacts | undefined;
  const named = new Map<string, SectionFacts>();
  const placed = new Map<HaproxyAnalysis, HaproxyAnalysis>();
  for (const file of files) {
    const result = latest === undefined ? file : startingFrom(file, latest, named);
    placed.set(file, result);
    for (const { type, name, facts } of result.sections) {
      if (type !== 'defaults') continue;
      latest = facts;
      if (name !== undefined) named.set(name.text, facts);
    }
  }
  const resultOf = (file: HaproxyAnalysis): HaproxyAnalysis => placed.get(file) ?? file;
  return {
    analysis: resultOf(analysis),
    siblings: siblings.map(resultOf),
    before: before.map(resultOf),
    inheritanceKnown: true,
  };
}

const proxies: ReadonlySet<string> = new Set(['frontend', 'backend', 'listen']);

function startingFrom(
  file: HaproxyAnalysis,
  latest: SectionFacts,
  named: ReadonlyMap<string, SectionFacts>,
): HaproxyAnalysis {
  let changed = false;
  const sections = file.sections.map((section): Section => {
    if (section.defaults !== undefined) return section;
    const from = file.statements[section.header]?.references.find((each) => each.kind === 'defaults');
    const start = from !== undefined ? named.get(from.name) : proxies.has(section.type) ? latest : undefined;
    if (start === undefined) return section;
    changed = true;
    let known = inherited.get(section.facts);
    if (known?.from !== start) {
      const statements = file.statements.slice(section.header, section.end);
      known = { from: start, facts: readSection(statements, file.release, start) };
      inherited.set(section.facts, known);
    }
    return { ...section, facts: known.facts };
  });
  return changed ? { ...file, sections, outline: {}, serverNames: {}, uses: {} } : file;
}
