import type { Command } from '../command';
import { k3sSettings, noteFunction } from '../commands/k3s-token';
import { snapshotFunctions } from '../commands/unpack-snapshot';
import { outputParts } from '../output-parts';
import { type JudgedSnapshot, judgedSnapshot } from './judged-snapshot';

/** What one server says of itself before a restore. Nothing secret: tokens are told by the start of their hash. */
export interface K3sServerFacts {
  readonly host: string;
  readonly version: string;
  readonly dataDir: string;
  /** Keys in config.yaml and its drop-ins. */
  readonly keys: ReadonlySet<string>;
  /** Where it joins; empty when its files do not say so. */
  readonly server: string;
  /** `loaded` when there is a unit of the name `k3s`. */
  readonly unit: string;
  /** Words behind `k3s server` in the unit, with secrets masked. */
  readonly unitArguments: readonly string[];
  /** Names of settings in the environment of the unit. */
  readonly unitEnvironment: ReadonlySet<string>;
  /** First twelve hexadecimal digits of the SHA-256 of the token that a reset would use; empty when there is none. */
  readonly tokenHash: string;
  readonly hasDatabase: boolean;
  readonly hasResetFlag: boolean;
  /** Left by earlier restores: `etcd-old-1795217804`. */
  readonly oldDatabases: readonly string[];
  /** The folders of its database that are mounts of their own. */
  readonly mounts: readonly string[];
  readonly databaseKb: number;
  readonly freeKb: number;
  /** Name of the Node, from the name of the member; empty where there is none. */
  readonly nodeName: string;
  /** In small letters, as a Node is called that nobody named otherwise. */
  readonly hostName: string;
  /** Whether the machine still has the password that its Node is known by. */
  readonly hasNodePassword: boolean;
  /** Absent where no snapshot was asked about. */
  readonly snapshot?: JudgedSnapshot;
  /** The token hash that was noted beside the snapshot when it was taken; absent where nobody noted it. */
  readonly notedTokenHash?: string;
}

const script = `${snapshotFunctions}${noteFunction}${k3sSettings}file=$1
part() { printf '\\n=== %s\\n' "$1"; }
part data-dir; echo "$d"
part version; k3s --version
part keys; lines | sed -n "s/^[\\"']*\\([a-z0-9-]*\\)[\\"']*[[:space:]]*:.*/\\1/p"
part server; value server
part unit; systemctl show k3s --property=LoadState
part arguments; printf '%s\\n' "$words" | sed 's/\\(--[a-z0-9-]*\\(token\\|key\\|endpoint\\|auth\\)\\|^-t\\| -t\\)[= ][^ ]*/\\1=masked/g'
part environment; environment | sed -n "s/^[\\"' ]*\\([A-Z0-9_]*\\)=.*/\\1/p" | sort -u
part token; tokenHash
part database; [ ! -d "$d/server/db/etcd/member/wal" ] || echo yes
part flag; [ ! -e "$d/server/db/reset-flag" ] || echo yes
part old; for e in "$d"/server/db/etcd-old-*; do [ ! -d "$e" ] || basename -- "$e"; done
part mounts; cut -d ' ' -f 5 /proc/self/mountinfo 2>/dev/null | grep -xF -e "$d/server/db" -e "$d/server/db/etcd"
part size; du -sk -- "$d/server/db/etcd" 2>/dev/null | cut -f 1
p=$d/server/db; while [ ! -d "$p" ] && [ -n "$p" ]; do p=\${p%/*}; done
part free; df -Pk -- "\${p:-/}" | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4
part host; hostname
part password; [ ! -s /etc/rancher/node/password ] || echo yes
part name; cat -- "$d/server/db/etcd/name" 2>/dev/null
part snapshot
if [ -n "$file" ]; then
  judged "$file"
  unpacked "$file" | grep -ao '/bootstrap/[0-9a-f]\\{12\\}' | sort -u | cut -c 12-
fi
part note; [ -z "$file" ] || cat -- "$(noteOf "$file")" 2>/dev/null
part end
exit 0`;

/** Reads what a restore must know of a server, and judges the snapshot when it lies there. Changes nothing. */
export function k3sFactsCommand(snapshotPath: string | undefined): Command {
  return { argv: ['sh', '-c', script, 'sh', snapshotPath ?? ''], root: true, timeoutSec: 600 };
}

/** Reads what `k3sFactsCommand` printed; undefined when it is not whole. */
export function parseK3sFacts(host: string, output: string): K3sServerFacts | undefined {
  const parts = outputParts(output);
  if (!parts.has('end')) return undefined;
  const text = (name: string) => parts.get(name) ?? '';
  const lines = (name: string) => text(name).split('\n').filter(Boolean);
  const noted = /^[0-9a-f]{12}$/.exec(text('note'))?.[0];
  const snapshot = judgedSnapshot(lines('snapshot'));
  return {
    host,
    version: /^k3s version (\S+)/m.exec(text('version'))?.[1] ?? '',
    dataDir: text('data-dir'),
    keys: new Set(lines('keys')),
    server: text('server'),
    unit: /^LoadState=(.*)$/m.exec(text('unit'))?.[1] ?? '',
    unitArguments: text('arguments').split(/\s+/).filter(Boolean),
    unitEnvironment: new Set(lines('environment')),
    tokenHash: text('token'),
    hasDatabase: text('database') === 'yes',
    hasResetFlag: text('flag') === 'yes',
    oldDatabases: lines('old'),
    mounts: lines('mounts'),
    databaseKb: Number(text('size') || 0),
    freeKb: Number(text('free') || 0),
    nodeName: text('name').replace(/-[0-9a-f]{8}$/, ''),
    hostName: text('host').toLowerCase(),
    hasNodePassword: text('password') === 'yes',
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(noted === undefined ? {} : { notedTokenHash: noted }),
  };
}

/** Whether its settings send it to another server, so that it begins no cluster of its own. */
export function joinsAnother({ server, unitEnvironment, unitArguments }: K3sServerFacts): boolean {
  return server !== '' || unitEnvironment.has('K3S_URL') || unitArguments.some((word) => /^--server(=|$)/.test(word));
}
