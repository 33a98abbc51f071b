import type { Span } from '../../../base/span';
import type { FileFacts } from './file-facts';
import { mergedK3sFacts } from './yaml-facts';

/** The place in the outer file of a span in the inner file of a path. */
type OuterSpan = (path: string, span: Span) => Span;

/**
 * What the configurations inside one file say, as facts of that file with its places. Of a kind of which a node has one
 * there has to be one, drop-ins joined: a file with several is for several nodes, and nobody knows which.
 */
export function innerFacts(outer: string, facts: readonly FileFacts[], outerSpan: OuterSpan): readonly FileFacts[] {
  const k3s = facts.filter((each) => each.kind === 'k3s');
  const mains = new Set(k3s.map((each) => each.path.replace(/\.d\/[^/]+$/, '')));
  const merged = mains.size === 1 ? mergedK3sFacts(k3s) : undefined;
  const others = facts.filter(
    (each) => each.kind !== 'k3s' && facts.filter((other) => other.kind === each.kind).length === 1,
  );
  return [...(merged === undefined ? [] : [merged]), ...others].map((each) =>
    moved(each, each.path, { outer, outerSpan }),
  );
}

interface Move {
  readonly outer: string;
  readonly outerSpan: OuterSpan;
}

/** The value with every place in it moved; `path` is that of the places that do not name one themselves. */
function moved<Value>(value: Value, path: string, move: Move): Value {
  return movedValue(value, path, move) as Value;
}

function movedValue(value: unknown, path: string, move: Move): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => movedValue(each, path, move));
  if (value instanceof Map)
    return new Map(
      [...(value as ReadonlyMap<unknown, unknown>)].map(([key, each]) => [key, movedValue(each, path, move)]),
    );
  if (typeof value !== 'object' || value === null) return value;
  if (isSpan(value)) return move.outerSpan(path, value);
  const entries = Object.entries(value) as [string, unknown][];
  const own = entries.find(([key]) => key === 'path')?.[1];
  const inside = typeof own === 'string' ? own : path;
  return Object.fromEntries(
    entries.map(([key, each]) => {
      if (key === 'path') return [key, move.outer];
      if (key === 'paths') return [key, [move.outer]];
      if (/^(?:clusterI|i)nsertAt$/.test(key) && typeof each === 'number')
        return [key, move.outerSpan(inside, { start: each, end: each }).start];
      return [key, movedValue(each, inside, move)];
    }),
  );
}

function isSpan(value: object): value is Span {
  return 'start' in value && 'end' in value && Object.keys(value).length === 2;
}
