import { type Message, say } from '../../base/message';
import { predefinedAcl } from '../../catalog/haproxy/catalog';
import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import { variableFault } from '../../model/haproxy/variables';
import { lineAt } from '../../syntax/haproxy/document';
import type { FileSpan, Sibling } from '../language';
import { filesOf, nameAt, placesOf, type Target } from './names';

type Siblings = readonly Sibling<HaproxyAnalysis>[];
type SectionTarget = Extract<Target, { kind: 'section' }>;

function here(analysis: HaproxyAnalysis, offset: number, siblings: Siblings) {
  const files = filesOf(analysis, siblings);
  return { files, name: nameAt(files, analysis, lineAt(analysis.document.starts, offset), offset) };
}

/** Where what the cursor names is given its name: a section, a server, each line of an ACL, where a variable is set. */
export function definitionsAt(analysis: HaproxyAnalysis, offset: number, siblings: Siblings): readonly FileSpan[] {
  const { files, name } = here(analysis, offset, siblings);
  return name === undefined
    ? []
    : placesOf(files, name.target).flatMap(({ isDefinition, ...place }) => (isDefinition ? [place] : []));
}

export function referencesAt(analysis: HaproxyAnalysis, offset: number, siblings: Siblings): readonly FileSpan[] {
  const { files, name } = here(analysis, offset, siblings);
  return name === undefined ? [] : placesOf(files, name.target).map(({ isDefinition, ...place }) => place);
}

/** The name under the cursor, where all places that name it can be found and changed. */
export function renameableAt(analysis: HaproxyAnalysis, offset: number, siblings: Siblings = []) {
  const { name } = here(analysis, offset, siblings);
  if (name === undefined) return undefined;
  // In quotes or escapes the span is not the name itself.
  const text = analysis.document.text.slice(name.span.start, name.span.end);
  return text === name.target.name ? { span: name.span, name: name.target.name } : undefined;
}

/** Why the program, or another line of the file, would not have `newName` here. */
export function checkNameAt(
  analysis: HaproxyAnalysis,
  offset: number,
  newName: string,
  siblings: Siblings = [],
): Message | undefined {
  const { name } = here(analysis, offset, siblings);
  if (name === undefined || name.target.name === newName) return undefined;
  if (name.target.kind === 'variable') return variableFault(newName);
  if (!/^[\w.:-]+$/.test(newName)) return say('a name may hold only letters, digits, ".", ":", "_" and "-"');
  if (name.target.kind === 'acl' && (newName === 'or' || predefinedAcl(newName) !== undefined))
    return say('"{0}" means something else in a condition', newName);
  const taken = takenLine(analysis, name.target, newName);
  if (taken !== undefined) return say('"{0}" is taken by line {1}', newName, taken + 1);
  const { target } = name;
  const other = siblings.find(
    (each) => target.kind === 'section' && sectionNamed(each.analysis, target, newName) !== undefined,
  );
  return other && say('"{0}" is taken in {1}', newName, other.path);
}

const proxies: ReadonlySet<string> = new Set(['frontend', 'backend', 'listen']);

const sectionNamed = ({ sections }: HaproxyAnalysis, { section }: SectionTarget, newName: string) => {
  const family = (type: string) => (proxies.has(type) ? 'proxy' : type);
  return sections.find(
    (each) => each.name?.text === newName && family(each.type) === family(section.type) && each !== section,
  );
};

/** The line that has the name already, where the two could be taken for each other. */
function takenLine(analysis: HaproxyAnalysis, target: Target, newName: string): number | undefined {
  if (target.kind === 'variable') return undefined;
  const { section } = target;
  if (target.kind === 'section') return sectionNamed(analysis, target, newName)?.header;
  const line = (target.kind === 'acl' ? section.facts.acls : section.facts.servers).get(newName);
  return line === undefined ? undefined : section.header + line;
}
