import type { Distribution } from '../../model/inventory/inventory';
import type { Command } from '../command';
import { havenSnapshotFolder, k3sSnapshotFolder } from './snapshot';
import { snapshotFunctions } from './unpack-snapshot';

const script = `${snapshotFunctions}for f in "$1/$2" "$1/$2"-*-[0-9]*; do
  [ -f "$f" ] || continue
  case $f in *.part) continue;; esac
  unpacked "$f"
  exit
done
echo "there is no snapshot $2 in $1" >&2
exit 1`;

/** Writes the snapshot that was taken under a name, unpacked; k3s adds the node and the time to its name. */
export function readSnapshot(distribution: Distribution, name: string): Command {
  const folder = distribution === 'k3s' ? k3sSnapshotFolder : havenSnapshotFolder;
  return { argv: ['sh', '-c', script, 'sh', folder, name], root: true, timeoutSec: 600 };
}
