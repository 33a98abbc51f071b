import { say } from '../../base/message';
import type { Command, Probe } from '../command';
import type { Step } from '../plan';
import { k3sSnapshotFolder } from './snapshot';
import { snapshotFunctions } from './unpack-snapshot';

/**
 * Shell that sets `d` to the data directory of k3s, and has functions for what its files and its unit say. `snapshotFolder`
 * prints where k3s saves. `tokenHash`
 * prints the first twelve hexadecimal digits of the SHA-256 of the server token's secret part, as k3s names its sealed
 * certificates in etcd (pkg/cluster/encrypt.go), or nothing; k3s reads the environment of its unit last. The token itself stays within the shell: it is never an
 * argument of a program.
 */
export const k3sSettings = `c=/etc/rancher/k3s/config.yaml
lines() { cat "$c" "$c".d/*.yaml 2>/dev/null; }
value() { lines | sed -n "s/^[\\"']*$1[\\"']*[[:space:]]*:[[:space:]]*//p" | tail -n 1 | sed "s/[[:space:]]#.*//; s/[[:space:]]*$//; s/^[\\"']//; s/[\\"']$//"; }
words=$(systemctl show k3s --property=ExecStart | sed -n 's/.*argv\\[\\]=[^ ]* *server *\\(.*\\);* *ignore_errors=.*/\\1/p' | sed 's/ *;* *$//')
inunit() { printf '%s\\n' "$words" | tr ' ' '\\n' | sed -n "/^--$1=/s/^--$1=//p; /^--$1$/{n;p;}" | tail -n 1; }
d=$(inunit data-dir); [ -n "$d" ] || d=$(value data-dir); [ -n "$d" ] || d=/var/lib/rancher/k3s
environment() {
  systemctl show k3s --property=Environment | sed 's/^Environment=//' | tr ' ' '\\n'
  set -- $(systemctl show k3s --property=EnvironmentFiles | sed -n 's/^EnvironmentFiles=\\([^ ]*\\) .*/\\1/p')
  [ $# -gt 0 ] || set -- /etc/default/k3s /etc/sysconfig/k3s /etc/systemd/system/k3s.service.env
  cat -- "$@" 2>/dev/null
}
inenv() { environment | sed -n "s/^[\\"' ]*$1=//p" | tail -n 1 | sed "s/^[\\"']//; s/[\\"' ]*$//"; }
snapshotFolder() {
  s=$(inunit etcd-snapshot-dir); [ -n "$s" ] || s=$(value etcd-snapshot-dir)
  case $s in /*) printf '%s\\n' "\${s%/}";; *) printf '%s\\n' "$d/server/db/snapshots";; esac
}
secret() { sed 's/^K10[0-9a-f]*::[^:]*://' | tr -d ' \\r\\n'; }
tokenHash() {
  t=$(inunit token); [ -n "$t" ] || t=$(value token)
  f=$(value token-file); [ -n "$t" ] || [ -z "$f" ] || t=$(cat -- "$f")
  [ -n "$t" ] || t=$(inenv K3S_TOKEN)
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

/**
 * A token that does not open the snapshot is not noted: the file would say what is not so. With `any` as the third word, the
 * hash that the snapshot itself is sealed with is noted then.
 */
const noteScript = `${snapshotFunctions}${noteFunction}${k3sSettings}umask 077
now=$(tokenHash)
[ -n "$now" ] || [ "$3" = any ] || { echo 'no server token was found' >&2; exit 1; }
${eachSnapshot}
  sealed=$(unpacked "$f" | grep -ao '/bootstrap/[0-9a-f]*' | sort -u)
  case "$sealed" in
    *"/bootstrap/\${now:-none}"*) hash=$now;;
    *) [ "$3" = any ] || { echo "the server token of now does not open $f" >&2; exit 1; }
      hash=$(printf '%s\\n' "$sealed" | sed -n '1s/.*\\///p');;
  esac
  # A snapshot that cannot be unpacked shows no seal either.
  [ -n "$hash" ] || case $(judged "$f") in whole*) continue;; *) echo "$f cannot be read" >&2; exit 1;; esac
  mkdir -p -- "\${n%/*}" || exit 1
  printf '%s\\n' "$hash" >"$n.part" && mv -f -- "$n.part" "$n" || exit 1
done
# Those that k3s has taken by itself are noted by the one seal that is in them, each of them read once.
for f in "$1"/*; do
  [ -f "$f" ] || continue
  case $f in *.part) continue;; esac
  n=$(noteOf "$f")
  [ ! -e "$n" ] || continue
  sealed=$(unpacked "$f" | grep -ao '/bootstrap/[0-9a-f]\\{12\\}' | sort -u | cut -c 12-)
  [ "\${#sealed}" -eq 12 ] && mkdir -p -- "\${n%/*}" && printf '%s\\n' "$sealed" >"$n.part" && mv -f -- "$n.part" "$n"
done
exit 0`;

const notedScript = `${snapshotFunctions}${noteFunction}found=
${eachSnapshot}
  if [ "$3" = any ] && ! unpacked "$f" | grep -aq '/bootstrap/[0-9a-f]'; then
    case $(judged "$f") in whole*) found="noted 000000000000 $n"; continue;; *) echo "unread $f"; exit 1;; esac
  fi
  hash=$(cat -- "$n" 2>/dev/null)
  [ "\${#hash}" -eq 12 ] && [ "$(stat -c %a -- "$n")" = 600 ] && unpacked "$f" | grep -aq "/bootstrap/$hash" || { echo "missing $n"; exit 1; }
  found="noted $hash $n"
done
echo "$found"`;

/** Which snapshots are noted, and whether one that the token of now does not open is noted by its own seal. */
export interface TokenNote {
  readonly name: string;
  readonly folder?: string;
  readonly any?: boolean;
}

/**
 * Notes beside the snapshots of this name, in k3s's own folder unless told otherwise, which server token opens them; and beside
 * others that have no note yet.
 */
export function noteTokenHash(note: TokenNote): Command {
  return { argv: ['sh', '-c', noteScript, 'sh', ...words(note)], root: true, timeoutSec: 600 };
}

/** Every snapshot of this name has a note that only root can read, and the snapshot itself bears it out. */
export function tokenHashIsNoted(host: string, note: TokenNote): Probe {
  return {
    host,
    command: { argv: ['sh', '-c', notedScript, 'sh', ...words(note)], root: true, timeoutSec: 60 },
    yesWhen: { stdoutMatches: '^noted [0-9a-f]{12} /' },
    withinSec: 20,
  };
}

const opensScript = `${k3sSettings}now=$(tokenHash)
for h; do [ "$h" != "$now" ] || exit 0; done
echo "the server token does not open the snapshot: its hash begins with \${now:-nothing}, and that of the snapshot with $*" >&2
exit 1`;

/** Fails on a server whose token is none of those that a snapshot is sealed with. */
export function tokenOpens(seals: readonly string[]): Command {
  return { argv: ['sh', '-c', opensScript, 'sh', ...seals], root: true, timeoutSec: 30 };
}

/** Without a count there is no such key; an etcd that does not answer says neither. */
const ownOpensScript = `${k3sSettings}now=$(tokenHash) t=$d/server/tls/etcd
[ -n "$now" ] && [ -r "$t/client.key" ] || exit 0
key=$(printf '/bootstrap/%s' "$now" | base64)
case $(curl -s -m 8 --cacert "$t/server-ca.crt" --cert "$t/client.crt" --key "$t/client.key" -d '{"key":"'"$key"'","count_only":true,"serializable":true}' https://127.0.0.1:2382/v3/kv/range) in
*'"count"'*) exit 0;;
*'"revision"'*) echo 'the token of its settings is not the one of the cluster, as after "k3s token rotate": k3s would not start again' >&2; exit 1;;
esac
exit 0`;

/**
 * Before a server is stopped: since its start somebody may have rotated the token, or changed it in the settings. k3s would end
 * in "bootstrap data already found and encrypted with different token", again and again (recorded: status/token-rotate-then).
 */
export function ownTokenStep(host: string): Step {
  return {
    id: `own-token@${host}`,
    host,
    title: say('See that the token with which {0} would start is that of the cluster', host),
    risk: 'read',
    run: { argv: ['sh', '-c', ownOpensScript], root: true, timeoutSec: 30 },
    remedies: [{ said: 'token rotate', remedy: say('write the token of now into its settings, then resume') }],
  };
}

const words = ({ name, folder = k3sSnapshotFolder, any }: TokenNote) => [folder, name, any === true ? 'any' : 'now'];
