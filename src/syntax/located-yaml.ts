import type { YamlFault } from './go-yaml/fault';
import { readGoYaml } from './go-yaml/parse';
import { parsePatiently, placeOf } from './patient-yaml';
import type { YamlDocument, YamlEntry, YamlProblem, YamlProblemCode, YamlScalar, YamlValue } from './yaml-value';

export type {
  YamlDocument,
  YamlEntry,
  YamlMap,
  YamlProblem,
  YamlScalar,
  YamlValue,
} from './yaml-value';

/**
 * Reads every document of `text` as Go's programs do. Damage becomes problems; what could be read around it stays in
 * the tree, with the help of a more patient reader. `offset` is where the text begins in the file that the spans are of.
 */
export function parseLocatedYaml(source: string, offset = 0): readonly YamlDocument[] {
  const { roots, fault: own } = readGoYaml(source, offset);
  const control = controlFault(source);
  const fault = control ?? own;
  const good = roots.map((root): YamlDocument => ({ root, problems: [] }));
  if (fault === undefined) return good;
  const damaged = control === undefined ? good.length : 0;
  const [guess = { root: undefined, problems: [] }, ...rest] = parsePatiently(source, offset).slice(damaged);
  // What the patient reader finds further up is no damage to Go's, which has read past it.
  const from = offset + source.lastIndexOf('\n', Math.min(fault.at, fault.from ?? fault.at) - 1) + 1;
  const problems = control === undefined ? guess.problems.filter(({ span }) => span.start >= from) : [];
  return [
    ...good.slice(0, damaged),
    { root: guess.root, problems: problems.length > 0 ? problems : [problemOf(fault, source, offset)] },
    ...rest,
  ];
}

/** What the faults of Go's reader are called here; the first that fits. */
const faultCodes: readonly (readonly [RegExp, YamlProblemCode])[] = [
  [/\btab\b/, 'tab'],
  [/anchor/, 'anchor'],
  [/start any token|escape|hexdecimal|Unicode/, 'character'],
  [/',' or/, 'bracket'],
  [/directive|incompatible/, 'directive'],
  [/'-' indicator|sequence entries/, 'dash'],
  [/expected key|':'|mapping (?:values|keys)/, 'colon'],
  [/end of stream|document indicator/, 'quote'],
];

/** A fault of Go's reader, marked where the thing begins that has no end. */
function problemOf({ message, at, from = at }: YamlFault, text: string, offset: number): YamlProblem {
  const isTab = /start any token/.test(message) && text[at] === '\t';
  const code = isTab ? 'tab' : (faultCodes.find(([pattern]) => pattern.test(message))?.[1] ?? 'other');
  const place = code === 'bracket' || code === 'quote' || /could not find expected ':'/.test(message) ? from : at;
  return { code, message, span: placeOf([place, place + 1], text, offset) };
}

/** Characters that the reader refuses before it looks at anything else. */
function controlFault(text: string): YamlFault | undefined {
  const found = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/.exec(text);
  return found === null ? undefined : { message: 'control characters cannot start any token', at: found.index };
}

/** The last entry named `key`: YAML readers of these products let the later one win. */
export function entryOf(value: YamlValue | undefined, key: string): YamlEntry | undefined {
  return value?.kind === 'map' ? value.entries.findLast((entry) => entry.key === key) : undefined;
}

/** The value found by following `path` through mappings. */
export function valueAt(value: YamlValue | undefined, ...path: readonly string[]): YamlValue | undefined {
  return path.reduce<YamlValue | undefined>((at, key) => entryOf(at, key)?.value, value);
}

/** The scalar found by following `path`; undefined where there is none or it is empty. */
export function scalarAt(value: YamlValue | undefined, ...path: readonly string[]): YamlScalar | undefined {
  const found = valueAt(value, ...path);
  return found?.kind === 'scalar' && found.text !== '' ? found : undefined;
}

/** The items of a list, or a single value as a list of one. */
export function itemsOf(value: YamlValue | undefined): readonly YamlValue[] {
  if (value === undefined || (value.kind === 'scalar' && value.text === '' && !value.quoted)) return [];
  return value.kind === 'list' ? value.items : [value];
}

/** The scalars among `itemsOf`. */
export function scalarsOf(value: YamlValue | undefined): readonly YamlScalar[] {
  return itemsOf(value).filter((item): item is YamlScalar => item.kind === 'scalar');
}
