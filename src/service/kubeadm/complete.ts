import { catalogText, render, type Speak } from '../../base/message';
import { componentKinds, elementOf, kubeadmKinds, type Schema, type SchemaField } from '../../catalog/kubeadm/fields';
import { phasesOf, wordsOf } from '../../catalog/kubeadm/words';
import { componentArguments, describedBy, featureGates } from '../../catalog/kubernetes/arguments';
import type { KubeadmAnalysis, KubeadmDocument } from '../../model/kubeadm/analysis';
import { fieldsOf } from '../../model/kubeadm/content';
import { isManaged } from '../../rules/kubeadm/arguments';
import { knownGates } from '../../rules/kubeadm/formats';
import type { Completion, Sibling } from '../language';
import { argumentValues } from '../yaml/argument-values';
import { asItems, inComment, keyText, spaced, type YamlCursor, yamlCursor } from '../yaml/cursor';
import { defaultText } from '../yaml/describe-value';
import { componentAt } from './component';
import { describeField, formOf } from './hover';

/** The fields of the structure around the cursor, or the values of its field. */
export function complete(
  { text, documents }: KubeadmAnalysis,
  offset: number,
  _siblings: readonly Sibling<KubeadmAnalysis>[] = [],
  speak: Speak = render,
): readonly Completion[] {
  if (inComment(text, offset)) return [];
  const document = documents.findLast((each) => each.span.start <= offset && offset <= each.span.end);
  const cursor = yamlCursor(text, offset, document?.span ?? { start: offset, end: offset });
  if (cursor.isOff) return [];
  if (cursor.path.length === 0 && cursor.key === 'kind') return values(cursor, kindsOf(document));
  if (cursor.path.length === 0 && cursor.key === 'apiVersion') return values(cursor, apiVersionsOf(document));
  const { schema, kind } = document ?? {};
  if (schema === undefined || kind === undefined)
    return cursor.path.length === 0 && cursor.key === undefined
      ? ['apiVersion', 'kind']
          .filter((name) => !cursor.siblings.has(name))
          .map((name) => keyed(cursor, { in: '', field: name, type: 'string' }, schema, speak))
      : [];
  const type = typeAt(schema, kind.text, cursor.path);
  if (type === undefined) return [];
  const isUnbegun = elementOf(type).shape === 'list' && cursor.key === undefined && !cursor.isFlow;
  const place = { document, schema, kind: kind.text, text, offset, speak };
  if (!isUnbegun) return completeIn(place, cursor, type);
  const item = { ...cursor, path: [...cursor.path, '[]'], shift: cursor.shift + 2 };
  return asItems(completeIn(place, item, elementOf(type).base));
}

interface Place {
  readonly document: KubeadmDocument | undefined;
  readonly schema: Schema;
  readonly kind: string;
  readonly text: string;
  readonly offset: number;
  readonly speak: Speak;
}

/** The same in a structure of a known type. */
function completeIn(
  { document, schema, kind, text, offset, speak }: Place,
  cursor: YamlCursor,
  type: string,
): readonly Completion[] {
  const { shape, base } = elementOf(type);
  const component = componentAt(kind, cursor.path);

  if (cursor.key !== undefined) {
    const field = fieldsOf(schema, base, cursor.path.length === 0 ? '' : '.').find((each) => each.field === cursor.key);
    if (component !== undefined && field?.in === 'Arg' && field.field === 'name')
      return argumentNames(component).map((name, order) => ({
        ...keyless(cursor, name, component, speak),
        kind: 'value',
        newText: name,
        order,
      }));
    const argument = component === undefined ? undefined : argumentOf(field, cursor, text, offset);
    if (component !== undefined && argument !== undefined)
      return values(cursor, argumentTexts(component, argument, cursor));
    // What switches a gate.
    if (shape === 'map' && base === 'bool') return values(cursor, ['true', 'false']);
    return field === undefined || elementOf(field.type).shape === 'map' ? [] : values(cursor, valuesOf(field));
  }
  if (shape === 'map') {
    const gates = document?.api === undefined ? featureGates : knownGates;
    const names = base === 'bool' ? gates : component === undefined ? [] : argumentNames(component);
    return names
      .filter((name) => !cursor.siblings.has(name))
      .map((name) => ({
        ...keyless(cursor, name, base === 'bool' ? undefined : component, speak),
        kind: 'keyword',
        newText: keyText(cursor, name, ': '),
      }));
  }
  if (shape === 'list') return [];
  if (cursor.path.at(-2) === 'skipPhases') return values(cursor, phasesOf(kind, cursor.path));
  const fields = schema.fieldsOf(base);
  if (fields === undefined) {
    const list = fieldAt(schema, kind, cursor.path);
    return list === undefined ? [] : values(cursor, valuesOf(list));
  }
  return fieldsOf(schema, base, cursor.path.length === 0 ? '' : '.')
    .filter((field) => !cursor.siblings.has(field.field) || field.field === cursor.word)
    .map((field, order) => ({ ...keyed(cursor, field, schema, speak), order }));
}

/** The arguments of a component that are not kubeadm's own to give. */
const argumentNames = (component: string): readonly string[] =>
  [...(componentArguments(component)?.keys() ?? [])].filter((name) => !isManaged(component, name));

/** The name of an argument or a gate, with what is known of it. */
function keyless({ span }: YamlCursor, label: string, component: string | undefined, speak: Speak) {
  const about = component === undefined ? undefined : describedBy(component, label);
  return { label, span, ...(about === undefined ? {} : { documentation: speak(catalogText(about.text)) }) };
}

function apiVersionsOf(document: KubeadmDocument | undefined): readonly string[] {
  const kind = document?.kind?.text ?? '';
  const component = componentKinds.get(kind);
  if (component !== undefined) return [component];
  if (kind === '') return ['kubeadm.k8s.io/v1beta4', 'kubeadm.k8s.io/v1beta3', ...new Set(componentKinds.values())];
  return [...(kubeadmKinds.get(kind) ?? ['v1beta3', 'v1beta4'])].reverse().map((each) => `kubeadm.k8s.io/${each}`);
}

/** The kinds of the API version that the document names, and all where it names none. */
function kindsOf(document: KubeadmDocument | undefined): readonly string[] {
  const version = document?.apiVersion?.text ?? '';
  const own = [...componentKinds].filter(([, each]) => each === version).map(([kind]) => kind);
  if (own.length > 0) return own;
  return version.startsWith('kubeadm.k8s.io/')
    ? [...kubeadmKinds.keys()]
    : [...kubeadmKinds.keys(), ...componentKinds.keys()];
}

/** The declared type at a path of fields, `[]` standing for an item of a list. */
function typeAt(schema: Schema, kind: string, path: readonly string[]): string | undefined {
  let type: string | undefined = kind;
  for (const part of path) {
    if (type === undefined) return undefined;
    const { shape, base } = elementOf(type);
    if (part === '[]') type = shape === 'list' ? base : undefined;
    else if (shape === 'map') type = base;
    else type = schema.fieldsOf(base)?.find((each) => each.field === part)?.type;
  }
  return type;
}

/** The field that a list of plain values belongs to. */
function fieldAt(schema: Schema, kind: string, path: readonly string[]): SchemaField | undefined {
  const names = path.filter((part) => part !== '[]');
  const owner = typeAt(schema, kind, names.slice(0, -1));
  return owner === undefined
    ? undefined
    : schema.fieldsOf(elementOf(owner).base)?.find((each) => each.field === names.at(-1));
}

/** The argument whose value stands at the cursor: a key of v1beta3's map, or `name` above or below `value`. */
function argumentOf(
  field: SchemaField | undefined,
  { key, path, isFlow }: YamlCursor,
  text: string,
  offset: number,
): string | undefined {
  if (path.at(-1) !== '[]') return key;
  if (field?.in !== 'Arg' || field.field !== 'value') return undefined;
  if (isFlow) {
    // `{ name: a, value: | }`
    const inBraces = `${text.slice(text.lastIndexOf('{', offset - 1) + 1, offset)},${text.slice(offset).split(/[}\n]/)[0] ?? ''}`;
    return /(?:^|,)\s*name:\s*["']?([\w-]+)/.exec(inBraces)?.[1];
  }
  const before =
    text
      .slice(0, offset)
      .split(/^[ \t]*-[ \t]/m)
      .at(-1) ?? '';
  const behind = text.slice(offset).split(/^[ \t]*-[ \t]|^\S/m)[0] ?? '';
  return /(?:^|\n)[ \t]*name:[ \t]*["']?([\w-]+)/.exec(`${before}\n${behind}`)?.[1];
}

/** What an argument takes, as text: kubeadm refuses truth values and numbers without quotes. */
function argumentTexts(component: string, name: string, { quote }: YamlCursor): readonly string[] {
  return argumentValues(component, name).map((each) =>
    quote === undefined && /^(?:true|false)$/.test(each) ? `"${each}"` : each,
  );
}

function valuesOf({ in: owner, field, type, values: words, default: usual, secret }: SchemaField): readonly string[] {
  if (elementOf(type).base === 'bool') return ['true', 'false'];
  if (words !== undefined) return words;
  const known = wordsOf(owner, field);
  if (known.length > 0) return known;
  if (field === 'podSubnet') return ['10.244.0.0/16'];
  return usual === undefined || secret === true || /[[{ ]|absent|host name/.test(usual) ? [] : [usual];
}

function values(cursor: YamlCursor, labels: readonly string[]): readonly Completion[] {
  return spaced(
    cursor,
    labels.map((label, order) => ({ label, kind: 'value', span: cursor.span, newText: label, order })),
  );
}

/** A field with what stands behind it: a space, or a line of its own for what it holds. */
function keyed(cursor: YamlCursor, field: SchemaField, schema: Schema | undefined, speak: Speak): Completion {
  const { span, isFlow, shift } = cursor;
  const { shape, base } = elementOf(field.type);
  const isObject = shape === 'map' || schema?.fieldsOf(base) !== undefined;
  const own = (inside: string, around: string) =>
    keyText(cursor, field.field, isFlow ? `: ${around}` : `:\n${' '.repeat(shift + 2)}${inside}`);
  const newText =
    shape === 'list' ? own('- $0', '[$0]') : isObject ? own('$0', '{ $0 }') : keyText(cursor, field.field, ': ');
  return {
    label: field.field,
    kind: 'keyword',
    span,
    newText,
    ...(newText.includes('$0') ? { isSnippet: true } : {}),
    detail: [formOf(field, speak), ...(field.default === undefined ? [] : [defaultText(field.default, speak)])].join(
      ', ',
    ),
    documentation: describeField(field, speak),
  };
}
