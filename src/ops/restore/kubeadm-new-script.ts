import { commandLine } from '../../base/shell';
import { containersLeft, controlPlane } from '../commands/containers-left';
import { snapshotFunctions } from '../commands/unpack-snapshot';
import { copyActs } from './copy-acts';
import { scriptMarks } from './script-marks';
import { bumpWords, kubeadmToolActs, restoreWords } from './tool-acts';

interface NewKubeadmPlace {
  readonly stamp: string;
  /** The folder of etcd's data as the cluster's configuration names it. */
  readonly dataDir: string;
}

/**
 * The script of a restore on the first of new machines, beside those of machines that have a cluster: see there for marks and
 * questions.
 *
 * The data of etcd are made before kubeadm starts, for a cluster of one under a token of its own, and kubeadm is told to bear
 * them. It runs in a session of its own: killed with its connection, it would leave half a control plane. A try that broke off
 * has left files and processes of this run alone, because the machine was empty before, so the next one passes over the
 * checks that would find them: kubeadm uses the certificates and kubeconfigs that are there and writes the manifests again.
 */
export function newKubeadmScript({ stamp, dataDir }: NewKubeadmPlace): string {
  return `#!/bin/sh
# Restore of a kubeadm cluster onto this new machine, run ${stamp}. Run as root: sh restore.sh ACT. Every act may be repeated.
#   forth: copy FILE HASH, tool, prepare NAME URL [bump], init SECONDS, compare REVISION KEYS
#   back:  back-reset: the machine is empty again; what etcd had stays in this folder
#   done:  discard, when nobody wants to go back any more
S=${commandLine([stamp])} D=${commandLine([dataDir])}
${acts}`;
}

const acts = `F=/var/lib/haven/restore-$S
R=/run/haven-restore-$S
M=/etc/kubernetes/manifests
${scriptMarks}forth() { ! marked back-reset && ! marked back-begun || fail 'the way back of this run has begun: plan a new restore'; }

back() { ! marked discard || fail 'what was put aside has been removed: there is no way back any more'; }
${containersLeft()}
post() {
  p=/etc/kubernetes/pki/etcd
  curl -s -m 8 --cacert $p/ca.crt --cert $p/healthcheck-client.crt --key $p/healthcheck-client.key -d "$2" "https://127.0.0.1:2379/v3/$1"
}
count() { printf '%s' "$(post cluster/member/list '{}')" | grep -o '"ID"' | wc -l; }
running() { [ -e "$R/begun" ] && [ ! -e "$R/exit" ] && [ -d "/proc/$(cat "$R/pid" 2>/dev/null || echo none)" ]; }
begin_init() {
  ignored=DirAvailable-$(printf %s "$D" | tr / -)
  if marked init-begun; then
    for n in ${controlPlane.join(' ')}; do ignored=$ignored,FileAvailable--etc-kubernetes-manifests-$n.yaml; done
    for n in 6443 10250 10257 10259 2379 2380; do ignored=$ignored,Port-$n; done
  fi
  mark init-begun
  mkdir -p "$R" && rm -f -- "$R"/* && : >"$R/begun" || fail 'cannot prepare kubeadm'
  # Objects of the cluster come from the snapshot: neither its add-ons nor its tokens are made anew.
  setsid sh -c 'r=$1; shift; echo $$ >"$r/pid"; "$@" >"$r/log" 2>&1; echo $? >"$r/code"; mv -f "$r/code" "$r/exit"' sh "$R" \\
    kubeadm init --config "$F/kubeadm.yaml" --skip-phases=addon,bootstrap-token,show-join-command "--ignore-preflight-errors=$ignored" </dev/null >/dev/null 2>&1 &
}
${snapshotFunctions}
case $act in
${copyActs('prepare')}
${kubeadmToolActs}

prepare)
  forth
  ! marked prepare || exit 0
  name=$1; url=$2; bump=$3
${bumpWords}  [ ! -e "$D/member" ] || fail "there are data of etcd in $D"
  mkdir -p -m 700 -- "$D" && rm -rf -- "$D/haven-new-$S" || exit 1
${restoreWords('$name', '$name=$url', '$url')}  mark made
  mv -T -- "$D/haven-new-$S/member" "$D/member" && rmdir -- "$D/haven-new-$S" || exit 1
  mark prepare;;
is-prepare)
  forth
  # A power cut between the move and its mark.
  if ! marked prepare && marked made && [ -s "$D/member/snap/db" ]; then rm -rf -- "$D/haven-new-$S"; mark prepare; fi
  if marked prepare; then echo yes; fi;;

init)
  forth
  ! marked init || exit 0
  marked prepare || fail 'nothing is prepared'
  limit=$1
  running || [ -e "$R/exit" ] || begin_init
  i=0
  while [ ! -e "$R/exit" ]; do
    i=$((i + 1)); [ $i -le "$limit" ] || fail "kubeadm has not ended after $limit s; it goes on by itself, resume to wait for it"
    # It died with its session: nothing will ever say how it ended.
    running || [ $i -lt 5 ] || [ -e "$R/exit" ] || { rm -rf -- "$R"; fail 'kubeadm was killed; resume to start it again'; }
    sleep 1
  done
  code=$(cat "$R/exit")
  if [ "$code" = 0 ]; then
    cp -- "$R/log" "$F/init.log"; rm -rf -- "$R"
    mark init
  else
    grep -v '^W[0-9]* ' "$R/log" | tail -n 6 >&2
    rm -rf -- "$R"
    fail 'kubeadm init has failed; mend what it complains of and resume, or go back'
  fi;;
is-init)
  forth
  if marked init; then echo yes; fi;;

compare)
  # compare REVISION KEYS: leases may end meanwhile, so keys are counted at the revision of the snapshot.
  forth
  ! marked compare || exit 0
  [ $(count) -ge 1 ] || fail 'etcd lists no member'
  now=$(post maintenance/status '{}' | sed -n 's/.*"revision": *"\\([0-9]*\\)".*/\\1/p')
  [ -n "$now" ] && [ "$now" -ge "$1" ] || fail "etcd is at revision $now"
  found=$(post kv/range '{"key":"AA==","range_end":"AA==","count_only":true,"revision":"'"$1"'"}')
  case $found in
  # Only a store that has been at that revision can say so.
  *'has been compacted'*) ;;
  *) keys=$(printf '%s' "$found" | sed -n 's/.*"count": *"\\([0-9]*\\)".*/\\1/p'); [ "$keys" = "$2" ] || fail "etcd has $keys keys";;
  esac
  mark compare;;
is-compare)
  forth
  if marked compare; then echo yes; fi;;
is-members)
  forth
  list=$(post cluster/member/list '{}')
  case $list in *'"isLearner":true'*) exit 0;; esac
  [ $(printf '%s' "$list" | grep -o '"ID"' | wc -l) -eq "$1" ] && echo yes
  exit 0;;

back-reset)
  back
  ! marked back-reset || exit 0
  mark back-begun
  if marked init-begun; then
    # A kubeadm that still runs would write them again; it has a session of its own.
    ! running || kill -- "-$(cat "$R/pid")" 2>/dev/null
    mkdir -p "$F/manifests"
    for n in ${controlPlane.join(' ')}; do [ ! -e "$M/$n.yaml" ] || mv -f -- "$M/$n.yaml" "$F/manifests/" || exit 1; done
    # Data are not moved under an etcd that runs, as where kubelet is stopped.
    i=0; until [ "$(left)" -eq 0 ]; do i=$((i + 1)); [ $i -le 120 ] || fail "$(left) containers of the control plane still run after $i s; start kubelet and go on"; sleep 1; done
  fi
  # What was written since stays here until the operator discards it.
  [ ! -e "$D/member" ] || [ -e "$F/restored-member" ] || ! { marked made || marked prepare; } || mv -T -- "$D/member" "$F/restored-member" || exit 1
  rm -rf -- "$D/haven-new-$S"
  kubeadm reset -f || exit 1
  [ "$(left)" -eq 0 ] || fail 'containers of the control plane still run'
  rm -rf -- /etc/kubernetes/pki/* "$R"
  mark back-reset;;
is-back-reset)
  if marked back-reset; then echo yes; fi;;

discard)
  # Only what this run has put aside, and only when it is over.
  marked init || marked back-reset || fail 'the restore is not over'
  rm -rf -- "$F/restored-member" "$F/manifests" "$F/snapshot" "$F/restorer" "$F/kubeadm.yaml"
  mark discard;;
is-discard)
  if marked discard; then echo yes; fi;;
*) fail "no such act: $act";;
esac
`;
