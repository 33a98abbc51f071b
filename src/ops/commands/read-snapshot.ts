import type { Command } from '../command';
import { snapshotFunctions } from './unpack-snapshot';

const script = `${snapshotFunctions}for f in "$1/$2" "$1/$2"-*-[0-9]*; do
  [ -f "$f" ] || continue
  case $f in *.part) continue;; esac
  unpacked "$f"
  exit
done
echo "there is no snapshot $2 in $1" >&2
exit 1`;

/** Writes the snapshot that was taken into `folder` under a name, unpacked; k3s adds the node and the time to its name. */
export function readSnapshot(folder: string, name: string): Command {
  return { argv: ['sh', '-c', script, 'sh', folder, name], root: true, timeoutSec: 600 };
}
