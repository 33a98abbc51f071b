import type { Command, Probe } from '../command';
import { k3sSnapshotFolder } from './snapshot';
import { snapshotFunctions } from './unpack-snapshot';

/**
 * Shell that sets `d` to the data directory of k3s, and has functions for what its files and its unit say. `tokenHash`
 * prints the first twelve hexadecimal digits of the SHA-256 of the server token's secret part, as k3s names its sealed
 * certificates in etcd (pkg/cluster/encrypt.go), or nothing. The token itself stays within the shell: it is never an
 * argument of a program.
 */
export const k3sSettings = `c=/etc/rancher/k3s/config.yaml
lines() { cat "$c" "$c".d/*.yaml 2>/dev/null; }
value() { lines | sed -n "s/^[\\"']*$1[\\"']*[[:space:]]*:[[:space:]]*//p" | tail -n 1 | sed "s/[[:space:]]#.*//; s/[[:space:]]*$//; s/^[\\"']//; s/[\\"']$//"; }
words=$(systemctl show k3s --property=ExecStart | sed -n 's/.*argv\\[\\]=[^ ]* *server *\\(.*\\);* *ignore_errors=.*/\\1/p' | sed 's/ *;* *$//')
inunit() { printf '%s\\n' "$words" | tr ' ' '\\n' | sed -n "/^--$1=/s/^--$1=//p; /^--$1$/{n;p;}" | tail -n 1; }
d=$(inunit data-dir); [ -n "$d" ] || d=$(value data-dir); [ -n "$d" ] || d=/var/lib/rancher/k3s
secret() { sed 's/^K10[0-9a-f]*::[^:]*://' | tr -d ' \\r\\n'; }
tokenHash() {
  t=$(inunit token); [ -n "$t" ] || t=$(value token)
  f=$(value token-file); [ -n "$t" ] || [ -z "$f" ] || t=$(cat -- "$f")
  [ -n "$t" ] || t=$(cat -- "$d/server/token" 2>/dev/null)
  [ -z "$t" ] || printf %s "$t" | secret | sha256sum | cut -c 1-12
}
`;

/**
 * A shell function that prints where the token's hash of a snapshot is noted: beside the folder, under the file's own
 * name. k3s lists and counts every file inside the folder as a snapshot, so it cannot lie there.
 */
export const noteFunction = `noteOf() { above=\${1%/*}; printf '%s\\n' "\${above%/*}/.haven-token-hashes/\${1##*/}"; }
`;

const eachSnapshot = `for f in "$1/$2"-*-[0-9]*; do
  [ -f "$f" ] || continue
  case $f in *.part) continue;; esac
  n=$(noteOf "$f")`;

/** A token that does not open the snapshot is not noted: the file would say what is not so. */
const noteScript = `${snapshotFunctions}${noteFunction}${k3sSettings}umask 077
hash=$(tokenHash)
[ -n "$hash" ] || { echo 'no server token was found' >&2; exit 1; }
${eachSnapshot}
  unpacked "$f" | grep -aq "/bootstrap/$hash" || { echo "the server token of now does not open $f" >&2; exit 1; }
  mkdir -p -- "\${n%/*}" || exit 1
  printf '%s\\n' "$hash" >"$n.part" && mv -f -- "$n.part" "$n" || exit 1
done`;

const notedScript = `${snapshotFunctions}${noteFunction}found=
${eachSnapshot}
  hash=$(cat -- "$n" 2>/dev/null)
  [ "\${#hash}" -eq 12 ] && [ "$(stat -c %a -- "$n")" = 600 ] && unpacked "$f" | grep -aq "/bootstrap/$hash" || { echo "missing $n"; exit 1; }
  found="noted $hash $n"
done
echo "$found"`;

/** Notes beside the snapshots of this name, in k3s's own folder, which server token opens them. */
export function noteTokenHash(name: string): Command {
  return { argv: ['sh', '-c', noteScript, 'sh', k3sSnapshotFolder, name], root: true, timeoutSec: 60 };
}

/** Every snapshot of this name has a note that only root can read, and the snapshot itself bears it out. */
export function tokenHashIsNoted(host: string, name: string): Probe {
  return {
    host,
    command: { argv: ['sh', '-c', notedScript, 'sh', k3sSnapshotFolder, name], root: true, timeoutSec: 60 },
    yesWhen: { stdoutMatches: '^noted [0-9a-f]{12} /' },
    withinSec: 20,
  };
}
