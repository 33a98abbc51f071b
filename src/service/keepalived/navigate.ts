import { LineIndex } from '../../base/line-index';
import { type Message, say } from '../../base/message';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { FileSpan, Sibling } from '../language';
import { blockNamed, nameAt, placesOf, toFileSpan } from './names';

type Siblings = readonly Sibling<KeepalivedAnalysis>[];

/** Where what the cursor names is given its name: a block, or each line that sets a `$DEFINITION`. */
export function definitionsAt(analysis: KeepalivedAnalysis, offset: number, siblings: Siblings): readonly FileSpan[] {
  const name = nameAt(analysis, offset);
  return name === undefined
    ? []
    : placesOf(analysis, siblings, name)
        .filter((each) => each.isDefinition)
        .map(toFileSpan);
}

export function referencesAt(analysis: KeepalivedAnalysis, offset: number, siblings: Siblings): readonly FileSpan[] {
  const name = nameAt(analysis, offset);
  return name === undefined ? [] : placesOf(analysis, siblings, name).map(toFileSpan);
}

/** The name under the cursor, where all places that name it can be found and changed. */
export function renameableAt(analysis: KeepalivedAnalysis, offset: number, siblings: Siblings = []) {
  const name = nameAt(analysis, offset);
  if (name === undefined || name.kind === 'interface') return undefined;
  const places = placesOf(analysis, siblings, name);
  if (!places.every((each) => each.isPlain) || !places.some((each) => each.isDefinition)) return undefined;
  const isOfMoreFiles = siblings.length > 0 || analysis.tree.includes.length > 0;
  // What another file does with a `$DEFINITION` cannot be told from it alone.
  if (name.kind === 'definition' && (isOfMoreFiles || isHidden(analysis, name.name))) return undefined;
  return { span: name.span, name: name.name };
}

/** A sequence sets the name too, or it stands where nobody uses it yet: in a definition of several lines. */
function isHidden({ text, views }: KeepalivedAnalysis, name: string): boolean {
  const known = new Set(
    views.flatMap(({ tree }) => [
      ...tree.definitions.map(({ nameSpan }) => nameSpan.start),
      ...tree.uses.map(({ span }) => span.start),
    ]),
  );
  const spelled = text.matchAll(new RegExp(`(\\$\\{?)${name}(?![A-Za-z0-9_])`, 'g'));
  const sequences = text.matchAll(/~(?:SEQx?|LST)[ \t]*\([^)]*\)/g);
  const isSequenceName = new RegExp(`[({,\\s]${name}[\\s,}]`);
  return (
    [...sequences].some(([each]) => isSequenceName.test(each)) || [...spelled].some(({ index }) => !known.has(index))
  );
}

/** Why keepalived, or another line of the file, would not have `newName` here. */
export function checkNameAt(
  analysis: KeepalivedAnalysis,
  offset: number,
  newName: string,
  siblings: Siblings = [],
): Message | undefined {
  const name = nameAt(analysis, offset);
  if (name === undefined || name.name === newName) return undefined;
  if (name.kind === 'definition') {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(newName))
      return say('the name of a definition holds letters, digits and "_", no digit first');
    if (newName.startsWith('_')) return say('names that begin with "_" are those that keepalived gives');
    if (new RegExp(`(?<![A-Za-z0-9_])${newName}(?![A-Za-z0-9_])`).test(analysis.text))
      return say('"{0}" stands in this file already', newName);
    return undefined;
  }
  if (!/^[^\s"'{}#!$@~\\][^\s"'{}#!$\\]*$/.test(newName))
    return say('a name holds no blanks, quotes, braces, "#", "!", "$" or backslashes');
  if (name.kind === 'bfd_instance' && newName.length > 31)
    return say('"{0}" is longer than 31 characters; keepalived ignores the block', newName);
  const taken = blockNamed(analysis, name.kind, newName);
  if (taken !== undefined)
    return say('"{0}" is taken by line {1}', newName, new LineIndex(analysis.text).positionAt(taken.start).line + 1);
  const other = siblings.find((each) => blockNamed(each.analysis, name.kind, newName) !== undefined);
  return other && say('"{0}" is taken in {1}', newName, other.path);
}
