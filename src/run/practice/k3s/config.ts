import { createHash } from 'node:crypto';
import type { Machine } from '../world';

const folder = '/etc/rancher/k3s';

/**
 * The settings of k3s on a machine: `config.yaml`, then its drop-ins in order, a later one over an earlier. The items of a
 * list are joined by commas.
 */
export function readConfig({ files }: Machine, main = `${folder}/config.yaml`): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const parts = files.isFolder(`${main}.d`)
    ? files
        .list(`${main}.d`)
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => `${main}.d/${name}`)
    : [];
  for (const path of [main, ...parts]) {
    let open: string | undefined;
    for (const line of files.textOr(path, '').split('\n')) {
      const [, key, value = ''] = /^([a-z0-9-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      const item = /^\s*-\s+(["']?)(.*?)\1\s*$/.exec(line)?.[2];
      if (key !== undefined) {
        found.set(key, value.replace(/^(["'])(.*)\1$/, '$2'));
        open = value === '' ? key : undefined;
      } else if (item !== undefined && open !== undefined)
        found.set(open, [found.get(open), item].filter(Boolean).join(','));
    }
  }
  return found;
}

/** The release of the program on the disk: a practice program is a text that names one. */
export function k3sVersion({ files }: Machine): string {
  return /\bv\d+\.\d+\.\d+\+k3s\d+/.exec(files.textOr('/usr/local/bin/k3s', ''))?.[0] ?? 'v1.34.1+k3s1';
}

/** The token that k3s starts with: of its settings, of the file they name, or the one it wrote down itself. */
export function tokenOf(machine: Machine): string {
  const config = readConfig(machine);
  const file = config.get('token-file') ?? '/var/lib/rancher/k3s/server/token';
  return config.get('token') ?? machine.files.textOr(file, '').trim();
}

/** The secret part of a token: the text behind the last colon of the long form. */
export function secretOf(token: string): string {
  return /^K10[0-9a-f]+::[^:]+:(.+)$/.exec(token.trim())?.[1] ?? token.trim();
}

/** The name under which k3s finds the certificates that it sealed with a token. */
export function bootstrapKey(token: string): string {
  return `/bootstrap/${createHash('sha256').update(secretOf(token)).digest('hex').slice(0, 12)}`;
}
