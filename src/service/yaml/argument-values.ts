import { argumentWords } from '../../catalog/kubernetes/argument-words';
import { componentArguments, featureGates } from '../../catalog/kubernetes/arguments';
import type { Completion } from '../language';

/** The values that an argument of a component is known to take; a gate comes with what switches it on. */
export function argumentValues(component: string, name: string): readonly string[] {
  if (name === 'feature-gates' && component !== 'etcd') return featureGates.map((gate) => `${gate}=true`);
  if (componentArguments(component)?.get(name) === 'bool') return ['true', 'false'];
  return argumentWords(component, name)?.words ?? [];
}

/** Whether several values stand behind an argument with commas between them. */
function takesSeveral(component: string, name: string): boolean {
  return name === 'feature-gates' || argumentWords(component, name)?.isList === true;
}

/** Values behind the `=` of an item `name=value`; undefined where the cursor is not behind one. */
export function completeArgumentValue(
  component: string,
  text: string,
  offset: number,
  isFlow: boolean,
): readonly Completion[] | undefined {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  // A comma without quotes begins the next item inside brackets, and belongs to the value outside of them.
  const found =
    /(["'])-*([\w-]+)=([^\s"']*)$/.exec(before) ??
    (isFlow ? /([\s,[])-*([\w-]+)=([^\s,"']*)$/ : /(\s)-*([\w-]+)=([^\s"']*)$/).exec(before);
  if (found === null) return undefined;
  const [, , name = '', value = ''] = found;
  const given = takesSeveral(component, name) ? value.split(',') : [value];
  const typed = given.pop() ?? '';
  const gates = new Set(given.map((each) => each.replace(/=.*$/, '')));
  const tail = /^[\w=-]*/.exec(text.slice(offset))?.[0] ?? '';
  const span = { start: offset - typed.length, end: offset + tail.length };
  return argumentValues(component, name)
    .filter((label) => !gates.has(label.replace(/=.*$/, '')))
    .map((label) => ({ label, kind: 'value', span, newText: label }));
}
