import type { Constants } from './read-words';
import type { Line } from './runbook-lines';

const assignment =
  /^\s*(?:[$>#]\s+)?(?:(?:export|local|readonly|declare)\s+(?:-\w+\s+)*)?([A-Za-z_]\w*)=(?:"([^"$`\\]*)"|'([^']*)'|([^\s"'$`\\();&|<>]*))\s*(?:[;#].*)?$/;
const otherWays = /\b(?:read|for|select|getopts)\s+(?:-\w+\s+)*([A-Za-z_]\w*)\b|\b([A-Za-z_]\w*)\+?=/g;

/** The variables that a script gives one literal value and no other anywhere. */
export function constantsOf(lines: readonly Line[]): Constants {
  const known = new Map<string, string>();
  const several = new Set<string>();
  for (const { text } of lines) {
    const found = assignment.exec(text);
    const name = found?.[1];
    if (name !== undefined) {
      const value = found?.[2] ?? found?.[3] ?? found?.[4] ?? '';
      if (known.has(name) && known.get(name) !== value) several.add(name);
      known.set(name, value);
    } else if (text.includes('=') || /\b(?:read|for|select|getopts)\b/.test(text))
      for (const [, read, set] of text.matchAll(otherWays)) several.add(read ?? set ?? '');
  }
  for (const name of several) known.delete(name);
  return known;
}
