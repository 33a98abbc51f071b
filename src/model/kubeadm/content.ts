import { componentSchema, elementOf, type Schema, type SchemaField } from '../../catalog/kubeadm/fields';
import { type GoScalar, goScalar } from '../../syntax/go-scalar';
import type { YamlEntry, YamlMap, YamlScalar, YamlValue } from '../../syntax/located-yaml';

/** A structure: a mapping whose keys the schema knows. */
export interface ContentObject {
  readonly type: string;
  readonly map: YamlMap;
  /** Its keys, those of a merge (`<<`) included. */
  readonly entries: readonly YamlEntry[];
  /** The fields to it, with list positions: `apiServer.extraArgs[0]`. */
  readonly path: string;
}

/** A scalar where the schema wants one. */
export interface ContentScalar {
  readonly field: SchemaField;
  readonly scalar: YamlScalar;
  readonly read: GoScalar;
  /** The structure that holds the field. */
  readonly object: ContentObject;
  readonly entry: YamlEntry;
  /** Its place in a list or its name in a map of values. */
  readonly key: string | number | undefined;
  readonly path: string;
}

/** A value of another form than the schema wants. */
export interface Mismatch {
  readonly field: SchemaField;
  readonly value: YamlValue;
  /** The form that is wanted: a scalar type, `object`, `list` or `map`. */
  readonly wanted: string;
  readonly object: ContentObject;
  readonly entry: YamlEntry;
  readonly path: string;
}

export interface Content {
  readonly objects: readonly ContentObject[];
  readonly scalars: readonly ContentScalar[];
  readonly mismatches: readonly Mismatch[];
}

const nothing: Content = { objects: [], scalars: [], mismatches: [] };

/** The fields that every document has beside those of its kind. */
const typeMeta: readonly SchemaField[] = ['apiVersion', 'kind'].map((field) => ({ in: '', field, type: 'string' }));

/** Tells the values of a document apart by the schema of its kind. */
export function readContent(root: YamlValue | undefined, kind: string, schema: Schema | undefined): Content {
  if (schema === undefined || root?.kind !== 'map') return nothing;
  const objects: ContentObject[] = [];
  const scalars: ContentScalar[] = [];
  const mismatches: Mismatch[] = [];

  const readObject = (type: string, map: YamlMap, path: string) => {
    const object: ContentObject = { type, map, entries: mergedEntries(map), path };
    objects.push(object);
    const fields = fieldsOf(schema, type, path);
    for (const entry of object.entries) {
      const field = fields.find((each) => each.field === entry.key);
      if (field === undefined) continue;
      const here = path === '' ? entry.key : `${path}.${entry.key}`;
      readValue(field, entry, object, entry.value, here);
    }
  };

  const readValue = (field: SchemaField, entry: YamlEntry, object: ContentObject, value: YamlValue, path: string) => {
    if (field.type === 'any' || (isNull(value) && !refusesNull(schema, field))) return;
    const { shape, base } = elementOf(field.type);
    const wrong = (at: YamlValue, wanted: string, where: string) =>
      mismatches.push({ field, value: at, wanted, object, entry, path: where });
    const one = (item: YamlValue, key: string | number | undefined, where: string) => {
      if (base === 'any') return;
      if (schema.fieldsOf(base) !== undefined) {
        if (item.kind === 'map') readObject(base, item, where);
        // An argument that is nothing is one without a name.
        else if (!isNull(item) || base === 'Arg') wrong(item, 'object', where);
        return;
      }
      if (item.kind !== 'scalar') {
        wrong(item, base, where);
        return;
      }
      const read = goScalar(item);
      if (read.type === 'null' ? refusesNull(schema, field) : !fits(base, read, field.field)) wrong(item, base, where);
      else scalars.push({ field, scalar: item, read, object, entry, key, path: where });
    };
    if (shape === 'one') one(value, undefined, path);
    else if (shape === 'list') {
      if (value.kind !== 'list') wrong(value, 'list', path);
      else for (const [index, item] of value.items.entries()) one(item, index, `${path}[${index}]`);
    } else if (value.kind !== 'map') wrong(value, 'map', path);
    else for (const each of mergedEntries(value)) one(each.value, each.key, `${path}.${each.key}`);
  };

  readObject(kind, root, '');
  return { objects, scalars, mismatches };
}

/** The fields that may stand in a structure; the outermost one also says what it is. */
export function fieldsOf(schema: Schema, type: string, path: string): readonly SchemaField[] {
  const own = schema.fieldsOf(type) ?? [];
  return path === '' ? [...typeMeta, ...own] : own;
}

export function isNull(value: YamlValue): boolean {
  return value.kind === 'scalar' && goScalar(value).type === 'null';
}

/** The entries of a mapping and, where it does not have the key itself, those that `<<` merges in. */
export function mergedEntries(map: YamlMap): readonly YamlEntry[] {
  const merged = map.entries.filter((entry) => entry.key === '<<');
  if (merged.length === 0) return map.entries;
  const own = map.entries.filter((entry) => entry.key !== '<<');
  const names = new Set(own.map((entry) => entry.key));
  const more = merged
    .flatMap(({ value }) => (value.kind === 'list' ? value.items : [value]))
    .flatMap((value) => (value.kind === 'map' ? mergedEntries(value) : []))
    .filter((entry) => !names.has(entry.key));
  return [...own, ...more];
}

/** Durations of components that may be null; all others are values, and no empty text is one (k8s.io/apimachinery meta/v1 Duration). */
const nullable: ReadonlySet<string> = new Set([
  'containerLogMonitorInterval',
  'cpuCFSQuotaPeriod',
  'maxContainerRestartPeriod',
  'tcpCloseWaitTimeout',
  'tcpEstablishedTimeout',
]);

function refusesNull(schema: Schema, { field, type }: SchemaField): boolean {
  return schema === componentSchema && type === 'duration' && !nullable.has(field);
}

const long: readonly [bigint, bigint] = [-(2n ** 63n), 2n ** 63n - 1n];
/** Where a whole number has not 32 bits with a sign. */
const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  idsPerPod: long,
  maxOpenFiles: long,
  podPidsLimit: long,
  shutdownGracePeriodSeconds: long,
  verbosity: [0n, 2n ** 32n - 1n],
};

/** The smallest and the largest number that a field takes. */
export function rangeOf(field: string): readonly [bigint, bigint] {
  return ranges[field] ?? [-(2n ** 31n), 2n ** 31n - 1n];
}

function fits(base: string, { type, text }: GoScalar, field: string): boolean {
  switch (base) {
    case 'string':
    case 'duration':
      return type === 'text';
    case 'bool':
      return type === 'bool';
    case 'int': {
      if (type !== 'int' && (type !== 'float' || !Number.isInteger(Number(text)))) return false;
      const [smallest, largest] = rangeOf(field);
      const value = BigInt(type === 'int' ? text : Number(text));
      return value >= smallest && value <= largest;
    }
    case 'delay':
      return type === 'text' || type === 'int';
    case 'float':
      return type === 'int' || type === 'float';
    case 'quantity':
      return type !== 'bool';
    default:
      return true;
  }
}
