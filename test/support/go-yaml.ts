import { goScalar } from '../../src/syntax/go-scalar';
import { parseLocatedYaml, type YamlValue } from '../../src/syntax/located-yaml';

/** What a reader made of a text: a fault, or a value in the form of test/accuracy/go-yaml. */
export interface GoYamlVerdict {
  readonly fault?: string;
  readonly value?: unknown;
}

/** Keys that are no plain text come out in several forms that nobody uses; they are not compared. */
const oddKey = '?';

function plain(value: YamlValue): unknown {
  if (value.kind === 'scalar') {
    const { type, text } = goScalar(value);
    return [type, text];
  }
  if (value.kind === 'list') return { list: value.items.map(plain) };
  const keyOf = (text: string) => (text !== '?' && goScalar({ text, quoted: false }).type === 'text' ? text : oddKey);
  const entries = value.entries.filter((entry) => entry.key !== '<<');
  return { map: entries.map((entry) => [keyOf(entry.key), plain(entry.value)]) };
}

function withoutOddKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value;
  const { list, map } = value as { list?: unknown[]; map?: [readonly [string, string] | object, unknown][] };
  if (list !== undefined) return { list: list.map(withoutOddKeys) };
  if (map === undefined) return value;
  return {
    map: map.map(([key, each]) => [
      Array.isArray(key) && key[0] === 'text' && key[1] !== '' ? key[1] : oddKey,
      withoutOddKeys(each),
    ]),
  };
}

/** How our reader and Go's disagree about the first document of a text; undefined where they agree. */
export function disagreement(text: string, { fault, value }: GoYamlVerdict): string | undefined {
  const [first] = parseLocatedYaml(text);
  const root = first?.root;
  const problem = first?.problems[0];
  // A list of mappings passes for the ordered mapping that is asked for, and k3s ends with it all the same.
  if (root?.kind === 'list') return undefined;
  const isRefused = problem !== undefined || (root?.kind === 'scalar' && goScalar(root).type !== 'null');
  if (fault !== undefined) return isRefused ? undefined : `Go's reader says: ${fault}`;
  if (isRefused) return `only ours says: ${problem?.message ?? 'no mapping'}`;
  const ours = JSON.stringify(root?.kind === 'map' ? plain(root) : { map: [] });
  const theirs = JSON.stringify(withoutOddKeys(value));
  return ours === theirs ? undefined : `${ours} is ${theirs} to Go`;
}
