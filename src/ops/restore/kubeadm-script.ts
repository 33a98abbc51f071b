import { commandLine } from '../../base/shell';
import { containersLeft, controlPlane, dataUsed } from '../commands/containers-left';
import { etcdWords } from '../commands/etcd-words';
import { bringImages, lackingImages } from '../commands/pod-images';
import { snapshotFunctions } from '../commands/unpack-snapshot';
import { copyActs } from './copy-acts';
import { scriptMarks } from './script-marks';
import { bumpWords, kubeadmToolActs, restoreWords } from './tool-acts';

interface KubeadmRestorePlace {
  readonly stamp: string;
  /** The folder of etcd's data on this host, as the static pod mounts it. */
  readonly dataDir: string;
}

/**
 * The script of a restore on one control-plane node of kubeadm, beside that of k3s: see there for marks and questions.
 *
 * The new data are made before anything is stopped, in the data directory itself, so that a move is a rename even where it
 * is a disk of its own; etcd warns of folders that it does not know and leaves them alone. The manifests go out of
 * kubelet's folder, so that a reboot starts nothing either. etcd starts first and alone: without an API server nobody
 * writes, and what it holds can be compared to the key.
 *
 * Facts that it relies on were recorded from kubeadm v1.34.1 with etcd 3.6.5: member and cluster ids come from names,
 * addresses and the cluster token alone, so the token is new; `etcdutl` is in etcd's image, whose files a running
 * container shows below /proc.
 */
export function kubeadmRestoreScript({ stamp, dataDir }: KubeadmRestorePlace): string {
  return `#!/bin/sh
# Restore of etcd under kubeadm on this node, run ${stamp}. Run as root: sh restore.sh ACT. Every act may be repeated.
#   forth: copy FILE HASH, images, tool, prepare MEMBERS [bump], out, stop, swap, etcd, compare REVISION KEYS MEMBERS, start
#   back:  back-out, back-stop, back-data, back-start; each on all nodes before the next one
#   done:  discard, when nobody wants to go back any more
S=${commandLine([stamp])} D=${commandLine([dataDir])}
${acts}`;
}

const acts = `F=/var/lib/haven/restore-$S
M=/etc/kubernetes/manifests
out=/etc/kubernetes/haven-stopped-$S
parts='${controlPlane.join(' ')}'
${scriptMarks}forth() { ! marked back-out && ! marked back-stop && ! marked back-data || fail 'the way back of this run has begun: plan a new restore'; }

back() { ! marked discard || fail 'the former data have been removed: there is no way back any more'; }

# A flag of etcd, from its manifest wherever that lies.
flag() { cat "$M/etcd.yaml" "$out/etcd.yaml" 2>/dev/null | sed -n "s/^ *- *--$1=//p" | head -n 1; }
${containersLeft()}
${dataUsed}
move_out() {
  mkdir -p "$out" || return 1
  for n in $parts; do [ ! -e "$M/$n.yaml" ] || mv -f -- "$M/$n.yaml" "$out/" || return 1; done
  sync
}
take_out() {
  move_out || return 1
  # An API server uses up its 30 s of grace.
  i=0; until [ "$(left)" -eq 0 ] && ! used "$D"; do i=$((i + 1)); [ $i -le 180 ] || fail "$(left) containers still run after $i s, or another etcd has its data in $D"; sleep 1; done
}
stopped() { for n in $parts; do [ ! -e "$M/$n.yaml" ] || return 1; done; [ "$(left)" -eq 0 ] && ! used "$D"; }
put_in() {
  for n in "$@"; do [ ! -e "$out/$n.yaml" ] || mv -f -- "$out/$n.yaml" "$M/" || return 1; done
  # Only an empty one goes: what somebody else has put there stays.
  rmdir -- "$out" 2>/dev/null
  sync
}

post() {
  p=/etc/kubernetes/pki/etcd
  url=$(flag listen-client-urls); url=\${url%%,*}
  curl -s -m 8 --cacert $p/ca.crt --cert $p/healthcheck-client.crt --key $p/healthcheck-client.key -d "$2" "$url/v3/$1"
}
healthy() {
  url=$(flag listen-metrics-urls); url=\${url%%,*}
  case $(curl -s -m 5 "$url/health") in *'"health":"true"'*) ;; *) return 1;; esac
}
${etcdWords}
# Former data are where the run has put them, or never left.
untouched() { { ! marked out && ! marked stop; } || marked back-data; }
${snapshotFunctions}${lackingImages}${bringImages}
case $act in
${copyActs('prepare')}
${kubeadmToolActs}

prepare)
  forth
  ! marked prepare || exit 0
  members=$1; bump=$2
${bumpWords}  rm -rf -- "$D/haven-new-$S"
${restoreWords('$(flag name)', '$members', '$(flag initial-advertise-peer-urls)')}  mark prepare;;

images)
  forth
  bring $(lacking "$M"/*.yaml "$out"/*.yaml);;
is-images)
  forth
  if marked start || [ -z "$(lacking "$M"/*.yaml "$out"/*.yaml)" ]; then echo yes; fi;;

out)
  # On all nodes before the first one is waited for, or each would use up its 30 s after the other.
  forth
  marked start || { move_out && mark out; };;
is-out)
  forth
  if marked out || marked etcd; then echo yes; fi;;

stop)
  forth
  marked start || { take_out && mark stop; };;
is-stop)
  # Stopped now, or let go by a later act.
  forth
  if marked etcd || { marked stop && stopped; }; then echo yes; fi;;

swap)
  forth
  ! marked swap || exit 0
  marked prepare || fail 'nothing is prepared'
  stopped || fail 'the control plane runs'
  [ ! -d "$D/member" ] || [ -e "$D/haven-before-$S" ] || mv -T -- "$D/member" "$D/haven-before-$S" || exit 1
  [ ! -d "$D/haven-new-$S/member" ] || mv -T -- "$D/haven-new-$S/member" "$D/member" || exit 1
  [ -s "$D/member/snap/db" ] || fail 'the restored data are not there'
  rmdir -- "$D/haven-new-$S"
  mark swap;;

etcd)
  forth
  marked swap || fail 'the data are not the restored ones'
  put_in etcd && mark etcd;;
is-healthy)
  forth
  marked etcd || exit 0
  # Said each time, as nobody knows which question is the last one.
  if healthy; then echo yes; else etcd_words -newer "$F/swap"; fi
  exit 0;;

compare)
  # compare REVISION KEYS MEMBERS: leases may end meanwhile, so keys are counted at the revision of the snapshot.
  forth
  ! marked compare || exit 0
  list=$(post cluster/member/list '{}')
  count=$(printf '%s' "$list" | grep -o '"ID"' | wc -l)
  [ $((count)) -eq "$3" ] || fail "etcd lists $((count)) members"
  now=$(post maintenance/status '{}' | sed -n 's/.*"revision": *"\\([0-9]*\\)".*/\\1/p')
  [ -n "$now" ] && [ "$now" -ge "$1" ] || fail "etcd is at revision $now"
  body='{"key":"AA==","range_end":"AA==","count_only":true,"revision":"'"$1"'"}'
  keys=$(post kv/range "$body" | sed -n 's/.*"count": *"\\([0-9]*\\)".*/\\1/p')
  [ "$keys" = "$2" ] || fail "etcd has $keys keys"
  mark compare;;

start)
  forth
  marked swap || fail 'the data are not the restored ones'
  put_in $parts && mark start;;
is-start|is-works)
  forth
  marked start || exit 0
  for f in "$out"/*; do [ ! -e "$f" ] || exit 0; done
  [ "$act" = is-start ] && echo yes && exit
  own=$(sed -n 's/^ *server: *//p' /etc/kubernetes/kubelet.conf | head -n 1)
  [ "$(kubectl --kubeconfig /etc/kubernetes/admin.conf --server "$own" get --raw /readyz --request-timeout=8s 2>/dev/null)" = ok ] && healthy && echo yes
  exit 0;;

back-out)
  back
  untouched || { move_out && mark back-out; };;
is-back-out)
  back
  if untouched || marked back-out; then echo yes; fi;;

back-stop)
  back
  # A node that was never stopped runs on its former data.
  untouched || { take_out && mark back-stop; };;
is-back-stop)
  back
  if untouched || { marked back-stop && stopped; }; then echo yes; fi;;

back-data)
  back
  ! marked back-data || exit 0
  if ! untouched; then
    stopped || fail 'the control plane runs'
    if [ -e "$D/haven-before-$S" ]; then
      [ ! -e "$D/member" ] || mv -T -- "$D/member" "$D/haven-restored-$S" || exit 1
      mv -T -- "$D/haven-before-$S" "$D/member" || exit 1
    fi
  fi
  rm -rf -- "$D/haven-new-$S"
  mark back-data;;

back-start)
  marked back-data || fail 'the former data are not back'
  put_in $parts
  # The revision has gone down: kubelet holds on to a view of its Node that is younger than the Node.
  ! marked stop || systemctl restart kubelet || fail 'kubelet does not start again'
  mark back-start;;

discard)
  # Only what this run has put aside, and only when it is over.
  marked start || marked back-start || fail 'the restore is not over'
  rm -rf -- "$D/haven-before-$S" "$D/haven-restored-$S" "$D/haven-new-$S" "$F/snapshot" "$F/restorer"
  mark discard;;
is-discard)
  marked discard && echo yes
  exit 0;;

is-prepare|is-swap|is-etcd|is-compare)
  forth
  marked "\${act#is-}" && echo yes
  exit 0;;
is-back-data|is-back-start)
  marked "\${act#is-}" && echo yes
  exit 0;;
*) fail "no such act: $act";;
esac
`;
