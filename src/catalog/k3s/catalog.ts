import keyRows from './keys.json';
import removedRows from './removed-keys.json';
import slipRows from './usual-slips.json';

/** A key of config.yaml, which is a flag of `k3s server` or `k3s agent` without its dashes. */
export interface K3sKey {
  readonly key: string;
  readonly aliases: readonly string[];
  readonly type: 'string' | 'bool' | 'int' | 'duration' | 'string-slice';
  readonly role: 'server' | 'agent' | 'both';
  readonly text: string;
  readonly default?: string;
  readonly format?: string;
  readonly values?: readonly string[];
  readonly range?: readonly [number, number];
  /** The minor line on the main branch. */
  readonly since?: string;
  readonly env?: string;
  readonly secret?: boolean;
  /** Commas inside an item separate values; elsewhere they are a part of the item. */
  readonly commaSplit?: boolean;
  /** The key that takes its place. */
  readonly deprecated?: string;
}

export interface RemovedKey {
  readonly key: string;
  readonly removed: string;
  readonly replacement?: string;
}

export const k3sKeys = keyRows as unknown as readonly K3sKey[];
const byName = new Map(k3sKeys.flatMap((each) => [each.key, ...each.aliases].map((name) => [name, each] as const)));
const removed = new Map((removedRows as readonly RemovedKey[]).map((each) => [each.key, each]));

export const k3sKey = (name: string): K3sKey | undefined => byName.get(name);
export const removedK3sKey = (name: string): RemovedKey | undefined => removed.get(name);
/** What people write for a key that they remember by another name. */
export const usualSlip = (name: string): string | undefined => (slipRows as Readonly<Record<string, string>>)[name];
