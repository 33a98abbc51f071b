import type { K3sAnalysis } from './analysis';

/** The values that count by key, joined by commas: a key with `+` adds to those before it. */
export function settingsByKey(settings: K3sAnalysis['settings']): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { key, entry, values } of settings) {
    const text = values.map((each) => each.text).join(',');
    const before = entry.key.endsWith('+') ? found.get(key.key) : undefined;
    found.set(key.key, before === undefined ? text : `${before},${text}`);
  }
  return found;
}
