import { type Message, say } from '../../base/message';
import { predefinedAcl } from '../../catalog/haproxy/catalog';
import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import { variableFault } from '../../model/haproxy/variables';
import { lineAt } from '../../syntax/haproxy/document';
import type { FileSpan, Sibling } from '../language';
import { filesOf, type NameAt, nameAt, placesOf } from './names';
import type { Target } from './targets';

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
  const { files, name } = here(analysis, offset, siblings);
  if (name === undefined || fixedBy(files, analysis, name) !== undefined) return undefined;
  return { span: name.span, name: name.target.name };
}

/** Why the name under the cursor cannot be changed from here, where one is. */
export function whyFixedAt(analysis: HaproxyAnalysis, offset: number, siblings: Siblings = []): Message | undefined {
  const { files, name } = here(analysis, offset, siblings);
  return name && fixedBy(files, analysis, name);
}

function fixedBy(
  files: ReturnType<typeof filesOf>,
  analysis: HaproxyAnalysis,
  { span, target }: NameAt,
): Message | undefined {
  // In quotes or escapes the span is not the name itself.
  if (analysis.document.text.slice(span.start, span.end) !== target.name)
    return say('"{0}" stands in quotes or escapes here: change its places by hand', target.name);
  if (target.kind === 'engine')
    return say('the file of the engine "{0}" has a part of that name, too: change both by hand', target.name);
  if (target.kind === 'environment' && !placesOf(files, target).some((each) => each.isDefinition))
    return say('"{0}" comes from the environment that haproxy is started in: no file here sets it', target.name);
  return undefined;
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
  if (name.target.kind === 'environment' && !/^[A-Za-z_]\w*$/.test(newName))
    return say('a variable of the environment has letters, digits and "_" in its name');
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
  if (target.kind === 'section') return sectionNamed(analysis, target, newName)?.header;
  if (target.kind !== 'acl' && target.kind !== 'server') {
    const given = placesOf([{ path: undefined, analysis }], { ...target, name: newName }).find(
      (each) => each.isDefinition,
    );
    return given && lineAt(analysis.document.starts, given.span.start);
  }
  const { section } = target;
  const line = (target.kind === 'acl' ? section.facts.acls : section.facts.servers).get(newName);
  return line === undefined ? undefined : section.header + line;
}
