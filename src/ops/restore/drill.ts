import type { Command } from '../command';
import { snapshotFunctions } from '../commands/unpack-snapshot';
import type { SnapshotContent } from '../snapshot-file/etcd-snapshot';

/** What a scratch etcd made of a snapshot. */
export type DrillReport =
  | {
      readonly kind: 'started';
      /** Whether revision, keys, and the sample are those of the file. */
      readonly matches: boolean;
      readonly revision: string;
      readonly keys: string;
      /** Keys of the sample whose last write has the revision that the file says, and all of the sample. */
      readonly sample: readonly [number, number];
      readonly etcd: string;
      /** For restoring, and for starting until it had a leader. */
      readonly restoreSec: number;
      readonly startSec: number;
    }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Restores a snapshot into a folder of its own, starts an etcd on it that only speaks to whoever has the certificate made
 * for this run, compares, and takes everything away again, also when it is interrupted; what one left behind that was killed, the
 * next takes away: its folder has the number of its shell, which is no drill any more. It touches neither the cluster's
 * data nor its ports. The snapshot holds every secret of the cluster, so that a scratch etcd on loopback must not be open
 * to the other users of the machine.
 */
const script = `${snapshotFunctions}file=$1 revision=$2 keys=$3
shift 3
fail() { printf 'failed %s\\n' "$*"; exit 0; }
umask 077
need() { for p; do command -v "$p" >/dev/null || fail "$p is not installed"; done; }
need curl openssl
export ETCDCTL_API=3
etcd= restorer=
knows() { [ -x "$1" ] && "$1" snapshot restore --help 2>&1 | grep -q -- --initial-cluster-token; }
for c in '' $(for c in /proc/[0-9]*/comm; do [ "$(cat "$c" 2>/dev/null)" != etcd ] || echo "\${c%comm}root/usr/local/bin/"; done); do
  for p in "\${c:+\${c}etcd}" "$(command -v etcd)"; do [ -n "$etcd" ] || [ ! -x "$p" ] || etcd=$p; done
  for p in "\${c:+\${c}etcdutl}" "$(command -v etcdutl)" "$(command -v etcdctl)"; do [ -n "$restorer" ] || ! knows "$p" || restorer=$p; done
done
[ -n "$etcd" ] || fail 'there is no etcd on this machine'
[ -n "$restorer" ] || fail 'there is neither etcdutl nor an etcdctl that restores on this machine'
for old in "\${TMPDIR:-/var/tmp}"/haven-drill-*-* /var/tmp/haven-drill-*-*; do
  [ -d "$old" ] && [ ! -L "$old" ] && [ -O "$old" ] || continue
  of=\${old##*/haven-drill-} of=\${of%%-*}
  case $of in ''|*[!0-9]*) continue;; esac
  if kill -0 "$of" 2>/dev/null && { [ ! -r "/proc/$of/cmdline" ] || grep -q haven-drill- "/proc/$of/cmdline"; }; then continue; fi
  for c in /proc/[0-9]*; do
    ! tr '\\0' ' ' 2>/dev/null <"$c/cmdline" | grep -q -- "--data-dir [^ ]*/\${old##*/}/data " || kill -9 "\${c#/proc/}"
  done
  rm -rf -- "$old"
done
f=$(mktemp -d "\${TMPDIR:-/var/tmp}/haven-drill-$$-XXXXXX" 2>/dev/null || mktemp -d "/var/tmp/haven-drill-$$-XXXXXX" 2>&1) || fail "no folder can be made: $f"
pid=
tidy() { [ -z "$pid" ] || { kill -9 "$pid"; wait "$pid"; } 2>/dev/null; rm -rf -- "$f"; }
trap tidy EXIT
trap 'exit 1' HUP INT TERM
unpacked "$file" >"$f/snapshot"
case $(judged "$f/snapshot") in whole*) ;; *) fail "the snapshot is not whole, or there is no room for a copy";; esac
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=haven-drill \\
  -addext subjectAltName=IP:127.0.0.1 -keyout "$f/key" -out "$f/cert" 2>/dev/null || fail 'openssl makes no certificate'
begun=$(date +%s)
port=$((20000 + $$ % 20000))
peer=https://127.0.0.1:$((port + 1)) client=https://127.0.0.1:$port
"$restorer" snapshot restore "$f/snapshot" --data-dir "$f/data" --name drill --initial-cluster "drill=$peer" \\
  --initial-advertise-peer-urls "$peer" --initial-cluster-token "haven-drill-$$" >"$f/log" 2>&1 || fail "it cannot be restored: $(tail -n 1 "$f/log")"
restored=$(date +%s)
"$etcd" --data-dir "$f/data" --name drill --listen-client-urls "$client" --advertise-client-urls "$client" \\
  --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "drill=$peer" \\
  --cert-file "$f/cert" --key-file "$f/key" --client-cert-auth --trusted-ca-file "$f/cert" \\
  --peer-cert-file "$f/cert" --peer-key-file "$f/key" --peer-client-cert-auth --peer-trusted-ca-file "$f/cert" >"$f/log" 2>&1 &
pid=$!
post() { curl -s -m 8 --cacert "$f/cert" --cert "$f/cert" --key "$f/key" -d "$2" "$client/v3/$1"; }
field() { sed -n "s/.*\\"$1\\": *\\"\\([^\\"]*\\)\\".*/\\1/p"; }
i=0
until post maintenance/status '{}' | grep -q '"leader"'; do
  i=$((i + 1)); kill -0 "$pid" 2>/dev/null || fail "etcd has ended: $(tail -n 1 "$f/log" | cut -c 1-300)"
  [ $i -le 120 ] || fail 'etcd has no leader after two minutes'
  sleep 0.5 2>/dev/null || sleep 1
done
served=$(date +%s)
# An etcd or a sed that has ended meanwhile says nothing of the snapshot.
ask() { answer=$(post "$@") && [ -n "$answer" ] || fail "etcd has stopped answering: $(tail -n 1 "$f/log" | cut -c 1-300)"; }
take() { value=$(printf '%s\\n' "$answer" | field "$1") || fail 'its answer cannot be read'; }
ask maintenance/status '{}'
take revision; now=$value
take version; version=$value
ask kv/range '{"key":"AA==","range_end":"AA==","count_only":true,"revision":"'"$revision"'"}'
take count; found=$value
same=0 all=0
while [ $# -gt 1 ]; do
  all=$((all + 1))
  ask kv/range '{"key":"'"$1"'","keys_only":true,"revision":"'"$revision"'"}'
  take mod_revision
  [ "$value" != "$2" ] || same=$((same + 1))
  shift 2
done
printf 'started revision=%s keys=%s sample=%s/%s etcd=%s restore=%s start=%s\\n' "$now" "$found" "$same" "$all" "$version" $((restored - begun)) $((served - restored))`;

/** The one command of a drill. It changes nothing that outlives it. */
export function drillCommand(path: string, { revision, keys, sample }: SnapshotContent, root: boolean): Command {
  const pairs = sample.flatMap((each) => [btoa(each.key), String(each.revision)]);
  return {
    argv: ['sh', '-c', script, 'sh', path, String(revision), String(keys), ...pairs],
    root,
    timeoutSec: 1800,
  };
}

/** Reads what `drillCommand` printed; `complaints` is its stderr, which tells why where it could say nothing itself. */
export function parseDrill(
  output: string,
  expected: Pick<SnapshotContent, 'revision' | 'keys'>,
  complaints = '',
): DrillReport {
  const started = /^started revision=(\d*) keys=(\d*) sample=(\d+)\/(\d+) etcd=(\S*) restore=(\d+) start=(\d+)$/m.exec(
    output,
  );
  if (started === null) {
    const why = /^failed (.+)$/m.exec(output)?.[1];
    const last = (output.trim() || complaints.trim()).slice(-300);
    return { kind: 'failed', why: why ?? (last || 'the command ended without an answer') };
  }
  const [, revision = '', keys = '', same, all, etcd = '', restoreSec, startSec] = started;
  const sample = [Number(same), Number(all)] as const;
  // Leases that end meanwhile delete keys: the revision may have gone on, and keys are counted at that of the file.
  const matches = Number(revision) >= expected.revision && Number(keys) === expected.keys && sample[0] === sample[1];
  return {
    kind: 'started',
    matches,
    revision,
    keys,
    sample,
    etcd,
    restoreSec: Number(restoreSec),
    startSec: Number(startSec),
  };
}
