import type { Command } from '../command';

/** Prints every setting of snapshots and of S3 with the file it stands in; keys only by their names. */
const script = `c=/etc/rancher/k3s/config.yaml
for f in "$c" "$c".d/*.yaml; do
  [ -f "$f" ] || continue
  grep -E "^[\\"']?etcd-(snapshot|s3|disable-snapshots)" "$f" | while IFS= read -r line; do
    case $line in *-key*|*-token*|*-proxy*) line="\${line%%:*}: set";; esac
    printf '=== %s %s\\n' "$f" "$line"
  done
done
systemctl show k3s --property=ExecStart | grep -oE -- '--etcd-(snapshot|s3|disable-snapshots)[a-z0-9-]*' | while IFS= read -r flag; do printf '=== unit %s\\n' "$flag"; done
echo '=== end'`;

/** Asks a server of k3s for its settings of snapshots. Reads only, and no secret leaves the host. */
export const scheduleFactsCommand: Command = {
  argv: ['sh', '-c', `{ ${script}\n} 2>/dev/null`],
  root: true,
  timeoutSec: 30,
};

/** A setting as it stands in a file of a server; that of a key is only said to be set. */
export interface SnapshotSetting {
  readonly path: string;
  readonly key: string;
  readonly value: string;
}

export interface ScheduleFacts {
  readonly settings: readonly SnapshotSetting[];
  /** Those that stand on the command line of the unit, which goes before files. */
  readonly inUnit: readonly string[];
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
  return { settings, inUnit };
}
