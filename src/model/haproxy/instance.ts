import type { HaproxyAnalysis, Section } from './analysis';
import { Note } from './note';
import { readSection } from './section';
import type { SectionFacts } from './section-facts';

/** The files of one instance: the one that is judged, and the others in load order. */
export interface InstanceFiles {
  readonly analysis: HaproxyAnalysis;
  readonly siblings: readonly HaproxyAnalysis[];
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

/** Lets the sections of each file start from the `defaults` of the files before it, as the program does. */
export function asInstance(analysis: HaproxyAnalysis, siblings: readonly HaproxyAnalysis[]): InstanceFiles {
  if (siblings.length === 0) return { analysis, siblings, inheritanceKnown: true };
  const files = [analysis, ...siblings].sort(loadsBefore);
  // With two files that a folder may belong to, each part is loaded behind one or the other.
  if (files.filter((each) => !isPart(each)).length > 1) return { analysis, siblings, inheritanceKnown: false };
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
  return { analysis: resultOf(analysis), siblings: siblings.map(resultOf), inheritanceKnown: true };
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
