import type { Command, Condition, Probe } from '../command';
import { snapshotFunctions } from './unpack-snapshot';

/** Where k3s keeps its own snapshots unless it is told otherwise (k3s etcd-snapshot, --dir). */
export const k3sSnapshotFolder = '/var/lib/rancher/k3s/server/db/snapshots';
/** Where Haven puts snapshots of clusters whose etcd has no folder for them. */
export const havenSnapshotFolder = '/var/lib/haven/snapshots';

/**
 * Whether `name` can be given to every program and folder as it is. k3s writes and deletes outside its folder when a
 * name says `../`, so names are checked here and not left to it.
 */
export function isSnapshotName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?$/.test(name);
}

/**
 * Takes one snapshot on this server. k3s adds `-<node>-<seconds>` to the name, and exits 0 even when it saved nothing. Where
 * its settings name S3 and it cannot begin there, it saves nothing here either (pkg/etcd/snapshot_handler.go, handleSave); once
 * it has been there since its start, it saves here first. `here` leaves S3 out. With `S3` it is given the time of k3s's own
 * client, 2 minutes and the 5 of etcd-s3-timeout: a command that is killed before takes its upload with it.
 */
export function saveK3sSnapshot(name: string, where?: 'here' | 'S3'): Command {
  const alone = where === 'here' ? ['--etcd-s3=false'] : [];
  const timeoutSec = where === 'S3' ? 450 : 150;
  return { argv: ['k3s', 'etcd-snapshot', 'save', '--name', name, ...alone], root: true, timeoutSec };
}

/**
 * Saves with the etcdctl of the host; else with the one in the container of etcd, which needs no libraries and so runs
 * here too; else over the JSON gateway of etcd, piece by piece (`/v3/maintenance/snapshot`), proved by its own trailer.
 * An etcd that does not answer is asked in vain until the time limit, which a large database needs: so a short question
 * comes first.
 */
const kubeadmSave = `umask 077
mkdir -p -- "$1" || exit 1
part="$1/$2.part" p=/etc/kubernetes/pki/etcd tool=$(command -v etcdctl)
if [ -z "$tool" ]; then
  for c in /proc/[0-9]*/comm; do
    [ "$(cat "$c" 2>/dev/null)" = etcd ] || continue
    for t in bin sbin; do t="\${c%comm}root/usr/local/$t/etcdctl"; [ -x "$t" ] && tool=$t; done
  done
fi
ask() { limit=$1; shift; ETCDCTL_API=3 "$tool" --command-timeout=$limit --endpoints=https://127.0.0.1:2379 --cacert=$p/ca.crt --cert=$p/healthcheck-client.crt --key=$p/healthcheck-client.key "$@"; }
call() { limit=$1 path=$2; shift 2; curl -sfN -m "$limit" --cacert $p/ca.crt --cert $p/healthcheck-client.crt --key $p/healthcheck-client.key "$@" "https://127.0.0.1:2379$path"; }
if [ -n "$tool" ]; then
  ask 5s endpoint status || exit 1
  ask 120s snapshot save "$part" || { rm -f -- "$part"; exit 1; }
elif command -v curl >/dev/null; then
  call 5 /health || exit 1
  # Each piece ends in padding of its own, after which base64 of coreutils reads on. Taking them one by one, or apart with sed,
  # was 68 and 24 times slower: minutes for what etcdctl saves in seconds.
  call 120 /v3/maintenance/snapshot -d '{}' | grep -o '"blob":"[^"]*' | cut -c 9- | base64 -d >"$part"
  case $(judged "$part") in "whole "*) ;; *) rm -f -- "$part"; echo 'the stream of etcd broke off' >&2; exit 1;; esac
else
  echo 'neither etcdctl nor curl is on this host, and no container of etcd has one' >&2
  exit 1
fi
mv -f -- "$part" "$1/$2"`;

/**
 * The text of a program that a timer runs on a control plane of kubeadm: saves under a name with the time, judges what it
 * saved, and keeps the newest `keep` of its own.
 */
export function scheduledSave(keep: number): string {
  return `#!/bin/sh
# Written by Haven: saves this member of etcd to ${havenSnapshotFolder} and keeps the newest ${keep}.
${snapshotFunctions}
folder=${havenSnapshotFolder} keep=${keep}
name=scheduled-$(date -u +%Y%m%d-%H%M%S)
(
set -- "$folder" "$name"
${kubeadmSave}
) || exit 1
said=$(judged "$folder/$name")
case $said in "whole "*) ;; *) rm -f -- "$folder/$name"; echo "the snapshot is $said" >&2; exit 1;; esac
# Those of a clock that was ahead go first: by their names they would stay newer than all that come after them.
all=$(ls -1 "$folder" | grep -E '^scheduled-[0-9]+-[0-9]+$' | sort -r)
{ printf '%s\\n' "$all" | sed -n "/^$name$/,\\$p"; printf '%s\\n' "$all" | sed "/^$name$/,\\$d"; } | tail -n +$((keep + 1)) | while IFS= read -r old; do
  [ "$old" = "$name" ] || [ -z "$old" ] || rm -f -- "$folder/$old"
done
echo "$folder/$name $said"
`;
}

/** Takes one snapshot of a kubeadm member with the certificates kubeadm made; the file shows up whole or not at all. */
export function saveKubeadmSnapshot(name: string): Command {
  return {
    argv: ['sh', '-c', `${snapshotFunctions}${kubeadmSave}`, 'sh', havenSnapshotFolder, name],
    root: true,
    timeoutSec: 150,
  };
}

/**
 * Looks for the file of this name, or of this name with k3s's `-<node>-<seconds>`, and recomputes its trailer: etcd puts the SHA-256 of everything
 * before it into the last 32 bytes, and a database is a whole number of 512-byte pieces (etcdutl/snapshot/v3_snapshot.go). A compressed one carries checksums of its own, which
 * unzip looks at; without unzip its content is judged.
 */
const wholeScript = `for f in "$1/$2" "$1/$2"-*-[0-9]*; do
  [ -f "$f" ] || continue
  case $f in *.part) continue;; esac
  if [ "\${f%.zip}" != "$f" ]; then
    if command -v unzip >/dev/null; then unzip -tqq "$f" >/dev/null; else judged "$f" | grep -q '^whole '; fi || { echo "damaged zip $f"; continue; }
    echo "whole $(wc -c <"$f") $(sha256sum <"$f" | cut -d ' ' -f 1) $f"
    continue
  fi
  s=$(wc -c <"$f")
  [ $((s % 512)) -eq 32 ] || { echo "damaged size $s $f"; continue; }
  want=$(tail -c 32 "$f" | od -An -v -tx1 | tr -d ' \\n')
  have=$(head -c -32 "$f" | sha256sum | cut -d ' ' -f 1)
  if [ -n "$have" ] && [ "$want" = "$have" ]; then echo "whole $s $have $f"; else echo "damaged hash $f"; fi
done`;

/** Prints `whole SIZE HASH FILE` for each undamaged snapshot of this name, `damaged …` for the others. */
export function checkSnapshotFile(folder: string, name: string): Command {
  return judging('', folder, name);
}

/** Judges the files of this name; then comes the script `more`. */
function judging(more: string, folder: string, name: string): Command {
  const script = `${snapshotFunctions}${wholeScript}${more}`;
  return { argv: ['sh', '-c', script, 'sh', folder, name], root: true, timeoutSec: 120 };
}

const isWhole: Condition = { stdoutMatches: '^whole \\d+ [0-9a-f]{64} /' };

/** Why k3s has not done all of it stands in its journal alone: the command itself exits with 0 and says no word. */
const lastWords = (pattern: string): string =>
  `journalctl -u k3s --no-pager -o cat --since "@$(($(date +%s) - 300))" 2>/dev/null | grep -E '${pattern}' | tail -n 1 | cut -c 1-500`;

const whyNotSaved = `for f in "$1/$2" "$1/$2"-*-[0-9]*; do [ ! -f "$f" ] || exit 0; done
${lastWords('Failed to take etcd snapshot|Unable to take snapshot|etcd-snapshot error ID')}`;

/** The post-condition of a snapshot: the file is there and its trailer fits. What it says otherwise tells why. */
export function snapshotIsWhole(host: string, folder: string, name: string): Probe {
  return { host, command: judging(`\n${whyNotSaved}`, folder, name), yesWhen: isWhole, withinSec: 20 };
}

const inS3Script = `timeout 40 k3s etcd-snapshot ls -o json 2>/dev/null | grep -E '"location": *"s3://[^"]*/?'"$1-" >/dev/null && { echo 'in S3'; exit 0; }
${lastWords('level=(error|warning) .*(snapshot upload to S3|S3 client)')}`;

/** Whether a snapshot that this server took has come to S3: a failed upload exits with 0 as well. */
export function savedInS3(host: string, name: string): Probe {
  return {
    host,
    command: { argv: ['sh', '-c', inS3Script, 'sh', name], root: true, timeoutSec: 60 },
    yesWhen: { stdoutMatches: '^in S3$' },
    withinSec: 60,
  };
}
