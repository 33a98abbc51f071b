import type { Release, SampleFunction, SampleType } from '../../catalog/haproxy/catalog';

const any: readonly SampleType[] = ['any', 'int', 'string', 'binary', 'bool', 'addr', 'ipv4', 'ipv6', 'method'];

/** What each type can be turned into where a converter takes another one (`sample_casts` in the program's sample.c). */
const casts: Readonly<Record<SampleType, ReadonlySet<SampleType>>> = {
  any: new Set(any),
  same: new Set(any),
  bool: new Set(['any', 'bool', 'int', 'string', 'binary']),
  int: new Set(['any', 'bool', 'int', 'addr', 'ipv4', 'ipv6', 'string', 'binary']),
  addr: new Set(['any', 'addr', 'ipv4', 'ipv6', 'string', 'binary']),
  ipv4: new Set(['any', 'int', 'addr', 'ipv4', 'ipv6', 'string', 'binary']),
  ipv6: new Set(['any', 'addr', 'ipv4', 'ipv6', 'string', 'binary']),
  string: new Set(any),
  binary: new Set(['any', 'string', 'binary', 'method']),
  method: new Set(['any', 'string', 'binary', 'method']),
};

/** Whether a converter that takes `input` can stand behind a value of type `from`. */
export const canBecome = (from: SampleType, input: SampleType, release: Release): boolean =>
  from === 'addr' && release < addressesTyped ? input === 'any' || input === 'addr' : casts[from].has(input);

/** From here on addresses have a type of their own that others can be made of; before, that of fetches was IPv4. */
export const addressesTyped: Release = 209;
/** From here on a variable can hold any type. */
const variablesTyped: Release = 205;

/** What a fetch or converter yields in a release; `before` is what stands in front of a converter. */
export function outputOf(each: SampleFunction, before: SampleType | undefined, release: Release): SampleType {
  const { name, output } = each;
  if (output === 'addr' && before === undefined && release < addressesTyped)
    return name === 'bc_src' || name === 'bc_dst' ? 'int' : 'ipv4';
  if (name === 'ipmask' && release < addressesTyped) return 'ipv4';
  if (name === 'var' && before === undefined && release < variablesTyped) return 'string';
  if (name === 'debug' && release < addressesTyped) return 'any';
  return output === 'same' ? (before ?? 'any') : output;
}
