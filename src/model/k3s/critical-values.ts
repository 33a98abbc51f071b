import { criticalSettings } from '../../catalog/k3s-fleet';

export interface CriticalDifference {
  readonly key: string;
  readonly own: string;
  readonly running: string;
}

/** The keys of the settings that servers compare when one joins. */
export const criticalKeys: readonly string[] = [...criticalSettings.keys()];

/**
 * Settings by key, several values joined by commas. A server that joins with another critical value than the running ones
 * ends within a second, and names inner fields instead of keys for networks.
 */
export function criticalDifferences(
  own: ReadonlyMap<string, string>,
  running: ReadonlyMap<string, string>,
): CriticalDifference[] {
  return [...criticalSettings].flatMap(([key, usual]) => {
    const [mine, theirs] = [own.get(key) ?? usual, running.get(key) ?? usual];
    return mine === theirs ? [] : [{ key, own: mine, running: theirs }];
  });
}

/** The settings a running k3s was started with, from the annotation `k3s.io/node-args`. Secrets are stars there already. */
export function nodeArguments(annotation: string): ReadonlyMap<string, string> | undefined {
  let words: unknown;
  try {
    words = JSON.parse(annotation);
  } catch {
    // Not there, or cut short: then nothing is known of the settings.
    return undefined;
  }
  if (!Array.isArray(words)) return undefined;
  const found = new Map<string, string>();
  for (let i = 1; i < words.length; i++) {
    const [, key, joined] = /^--([a-z0-9-]+)(?:=(.*))?$/s.exec(String(words[i])) ?? [];
    if (key === undefined) continue;
    const next = String(words[i + 1] ?? '');
    const value = joined ?? (next === '' || /^--[a-z]/.test(next) ? 'true' : String(words[++i]));
    const before = found.get(key);
    found.set(key, before === undefined ? value : `${before},${value}`);
  }
  return found;
}
