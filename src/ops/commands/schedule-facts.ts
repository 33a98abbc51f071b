import type { Command } from '../command';
import { k3sSettings } from './k3s-token';

/** Prints every setting of snapshots and of S3 with the file it stands in; keys only by their names. $1 is a folder to look at. */
const script = `${k3sSettings}for f in "$c" "$c".d/*.yaml; do
  [ -f "$f" ] || continue
  grep -E "^[\\"']?etcd-(snapshot|s3|disable-snapshots)" "$f" | while IFS= read -r line; do
    case $line in *-key*|*-token*|*-proxy*) line="\${line%%:*}: set";; esac
    printf '=== %s %s\\n' "$f" "$line"
  done
done
systemctl show k3s --property=ExecStart | grep -oE -- '--etcd-(snapshot|s3|disable-snapshots)[a-z0-9-]*' | while IFS= read -r flag; do printf '=== unit %s\\n' "$flag"; done
printf '=== saves %s\\n' "$(snapshotFolder)"
if [ -n "$1" ]; then
  if [ ! -e "$1" ]; then is=absent; elif [ ! -d "$1" ]; then is=file; elif [ ! -w "$1" ]; then is=readonly; else is=folder; fi
  printf '=== folder %s\\n=== place %s\\n=== database %s\\n' $is "$(readlink -f -- "$1")" "$(readlink -f -- "$d/server/db")"
fi
echo '=== end'`;

/**
 * Asks a server of k3s for its settings of snapshots, and what a folder is there into which they might go. Reads only, and no
 * secret leaves the host.
 */
export function scheduleFactsCommand(folder = ''): Command {
  return { argv: ['sh', '-c', `{ ${script}\n} 2>/dev/null`, 'sh', folder], root: true, timeoutSec: 30 };
}

/** A setting as it stands in a file of a server; that of a key is only said to be set. */
interface SnapshotSetting {
  readonly path: string;
  readonly key: string;
  readonly value: string;
}

export interface ScheduleFacts {
  readonly settings: readonly SnapshotSetting[];
  /** Those that stand on the command line of the unit, which goes before files. */
  readonly inUnit: readonly string[];
  /** Where snapshots are saved now. */
  readonly saves?: string;
  /** The folder that was asked about; absent when none was. */
  readonly folder?: FolderFacts;
}

interface FolderFacts {
  readonly is: 'folder' | 'absent' | 'file' | 'readonly';
  /** Whether it lies in the folder of the database, by symbolic links too. */
  readonly inDatabase: boolean;
}

/** Reads the answer; undefined when it did not come to its end. */
export function parseScheduleFacts(output: string): ScheduleFacts | undefined {
  if (!/^=== end$/m.test(output)) return undefined;
  const settings = [...output.matchAll(/^=== (\/\S+) ["']?([a-z0-9-]+)["']?\s*:\s*(.*?)\s*$/gm)].map(
    ([, path = '', key = '', value = '']) => ({
      path,
      key,
      value: value.replace(/\s+#.*$/, '').replace(/^(["'])(.*)\1$/, '$2'),
    }),
  );
  const inUnit = [...output.matchAll(/^=== unit --(\S+)$/gm)].map(([, key = '']) => key);
  const saves = /^=== saves (\/.*)$/m.exec(output)?.[1];
  const is = /^=== folder (folder|absent|file|readonly)$/m.exec(output)?.[1] as FolderFacts['is'] | undefined;
  const place = /^=== place (\/.*)$/m.exec(output)?.[1] ?? '';
  const database = /^=== database (\/.*)$/m.exec(output)?.[1];
  const inDatabase = database !== undefined && `${place}/`.startsWith(`${database}/`);
  return {
    settings,
    inUnit,
    ...(saves !== undefined && { saves }),
    ...(is !== undefined && { folder: { is, inDatabase } }),
  };
}
