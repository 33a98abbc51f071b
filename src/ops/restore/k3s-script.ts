import { commandLine } from '../../base/shell';
import { snapshotFunctions } from '../commands/unpack-snapshot';
import { copyActs } from './copy-acts';
import { scriptMarks } from './script-marks';

/** Which run, on what data. */
interface RestorePlace {
  /** Names everything that the run leaves on a server: `20261121-031500`. */
  readonly stamp: string;
  /** k3s's data directory on this server. */
  readonly dataDir: string;
  /** An object in S3 that k3s fetches itself; absent where the snapshot is copied to the server. */
  readonly object?: string;
}

/**
 * The script of a restore on one server. It lies on the server, so that a person can go on or back with it when nobody
 * else can reach the server any more. Each act leaves a mark when it is done and may be repeated; `is-ACT` says `yes` when
 * it is done. Marks are on the disk, and what tells of a running process is in memory, which a reboot empties.
 *
 * The former database carries a file of the run's name inside, so that it is known again wherever k3s moves it.
 *
 * Facts of k3s that it relies on were recorded from v1.34.1: the closing words of a reset are an error line; a reset writes
 * the token before it tries it and moves the database before it reads the snapshot; a normal start on what a refused one
 * leaves behind begins an empty cluster; Nodes call themselves ready for 50 s after a restore whether they run or not.
 */
export function k3sRestoreScript({ stamp, dataDir, object = '' }: RestorePlace): string {
  return `#!/bin/sh
# Restore of etcd under k3s on this server, run ${stamp}. Run as root: sh restore.sh ACT. Every act may be repeated.
#   forth: copy FILE HASH, hold, keep, aside (all servers but one), reset SECONDS (that one), start
#   back:  back-hold, back-data, back-start; each on all servers before the next one
#   done:  discard, when nobody wants to go back any more
S=${commandLine([stamp])} D=${commandLine([dataDir])} O=${commandLine([object])}
${acts}`;
}

const acts = `F=/var/lib/haven/restore-$S
R=/run/haven-restore-$S
B=$D/server/db
dropin=/etc/systemd/system/k3s.service.d/90-haven-restore.conf
${scriptMarks}# A run whose way back has begun goes no further: its marks speak of data that is not there any more.
forth() { ! marked back-hold && ! marked back-data || fail 'the way back of this run has begun: plan a new restore'; }

back() { ! marked discard || fail 'the former data have been removed: there is no way back any more'; }

held() { marked hold-on && [ -e "$dropin" ]; }
quiet() {
  case $(systemctl is-active k3s) in inactive|failed) ;; *) return 1;; esac
  for c in /proc/[0-9]*/comm; do ! { read -r comm <"$c"; } 2>/dev/null || [ "$comm" != k3s-server ] || return 1; done
}
hold() {
  mkdir -p "\${dropin%/*}" || return 1
  printf '%s\\n' "# A restore is under way: k3s must not start on half of it. $F/restore.sh takes this away." \\
    '[Unit]' "AssertPathExists=!$F/hold-on" >"$dropin" || return 1
  mark hold-on
  # A systemd that has not read it would start k3s for anybody who asks.
  systemctl daemon-reload || fail 'systemd does not read the file that keeps k3s from starting'
  systemctl stop k3s
  i=0; while ! quiet; do i=$((i + 1)); [ $i -le 90 ] || fail 'k3s does not stop'; sleep 1; done
}
release() { rm -f -- "$dropin" "$F/hold-on"; sync; systemctl daemon-reload; systemctl start --no-block k3s; }

keep() { [ ! -e "$1" ] || [ -e "$F/$2" ] || { cp -p -- "$1" "$F/$2.part" && mv -f -- "$F/$2.part" "$F/$2"; }; }
bring() { [ ! -e "$F/$2" ] || { cp -p -- "$F/$2" "$1.haven" && mv -f -- "$1.haven" "$1"; }; }
secrets_back() { bring "$D/server/token" token; bring "$D/server/cred/passwd" passwd; }

# The folder in which k3s has put the former database aside.
former() { for e in "$B"/etcd-old-*; do [ ! -e "$e/haven-$S" ] || { echo "$e"; return; }; done; }
# Whether this server has its former data: nothing was moved, or it was put back.
untouched() {
  ! marked back-data || return 0
  ! marked aside || [ ! -e "$D/server/db-before-$S" ] || return 1
  [ -z "$(former)" ] && ! marked reset
}

running() { [ -e "$R/begun" ] && [ ! -e "$R/exit" ] && [ -d "/proc/$(cat "$R/pid" 2>/dev/null || echo none)" ]; }
put_back() {
  old=$(former)
  if [ -n "$old" ]; then
    [ ! -e "$B/etcd" ] || mv -T -- "$B/etcd" "$B/etcd-failed-$S-$(date +%s)" || fail 'cannot move away what the reset has left'
    mv -T -- "$old" "$B/etcd" || fail "cannot put $old back: nothing may start k3s before that is done"
  elif ! marked had-data && [ -e "$B/etcd" ]; then
    # There was none before: what a refused reset has made is no database to start on.
    mv -T -- "$B/etcd" "$B/etcd-failed-$S-$(date +%s)" || fail 'cannot move away what the reset has left'
  fi
  rm -f -- "$B/reset-flag"
  secrets_back
  sync
}
# Without the keys that would join, download or reset again; with those of S3 where the snapshot lies there.
own_config() {
  mkdir -p "$F/config.yaml.d" || return 1
  : >"$F/config.yaml"
  fetches=etcd-s3
  if [ -n "$O" ]; then
    # Settings that were given stand for all of the server's own; else these are used.
    [ -e "$F/s3.yaml" ] || fetches=etcd-s3-none
    { echo 'etcd-s3: true'; [ ! -e "$F/s3.yaml" ] || grep -v '^etcd-s3 *:' "$F/s3.yaml"; } >"$F/config.yaml.d/99-haven-s3.yaml" || return 1
  fi
  for f in /etc/rancher/k3s/config.yaml /etc/rancher/k3s/config.yaml.d/*.yaml; do
    [ ! -e "$f" ] || sed "/^[\\"']*\\(server\\|$fetches[a-z0-9-]*\\|cluster-reset[a-z-]*\\)[\\"']*[[:space:]]*:/d" "$f" >"$F/\${f#/etc/rancher/k3s/}" || return 1
  done
}
# In a session of its own and into files, so that a connection that breaks does not break it.
begin_reset() {
  quiet || fail 'k3s runs'
  put_back
  ! marked had-data || : >"$B/etcd/haven-$S" || exit 1
  from=$F/snapshot
  [ -z "$O" ] || from=$O
  mkdir -p "$R" && rm -f -- "$R"/* && own_config && : >"$R/begun" || fail 'cannot prepare the reset'
  setsid sh -c 'r=$1; shift; echo $$ >"$r/pid"; "$@" >"$r/log" 2>&1; echo $? >"$r/code"; mv -f "$r/code" "$r/exit"' sh "$R" \\
    k3s server --config "$F/config.yaml" --cluster-reset --cluster-reset-restore-path="$from" "$@" </dev/null >/dev/null 2>&1 &
}

post() {
  t=$D/server/tls/etcd
  curl -s -m 8 --cacert $t/server-ca.crt --cert $t/client.crt --key $t/client.key -d "$2" "https://127.0.0.1:2382/v3/$1"
}
of_node() { k3s kubectl get node "$node" --request-timeout=8s -o "jsonpath={.status.conditions[?(@.type==\\"Ready\\")].$1}" 2>/dev/null; }
earlier() { [ "$(printf '%s\\n%s\\n' "$1" "$2" | sort | head -n 1)" = "$1" ]; }
beats() {
  ! cat /etc/rancher/k3s/config.yaml /etc/rancher/k3s/config.yaml.d/*.yaml 2>/dev/null | grep -q '^disable-agent *: *true' || return 0
  node=$(sed 's/-[0-9a-f]\\{8\\}$//' "$B/etcd/name" 2>/dev/null)
  start=$(cat "$F/started"); now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  # A clock that was ahead when it started is right again: what comes from now on comes after the start too.
  earlier "$start" "$now" || { start=$now; printf '%s\\n' "$now" >"$F/started"; }
  beat=$(of_node lastHeartbeatTime)
  [ "$(of_node status)" = True ] && [ -n "$beat" ] && [ -n "$start" ] && earlier "$start" "$beat"
}
${snapshotFunctions}
case $act in
${copyActs('reset')}
hold)
  forth
  marked start || { hold && mark hold; };;
is-hold)
  # Held and stopped now, or let go by a later act.
  forth
  if marked start || { marked hold && held && quiet; }; then echo yes; fi;;

keep)
  forth
  umask 077
  keep "$D/server/token" token && keep "$D/server/cred/passwd" passwd || fail 'cannot keep the token'
  marked keep || [ ! -e "$B/etcd/member" ] || mark had-data
  mark keep;;

aside)
  forth
  held && quiet || fail 'k3s runs, or nothing keeps it from starting'
  if [ -d "$B" ] && [ ! -e "$D/server/db-before-$S" ]; then mv -T -- "$B" "$D/server/db-before-$S" || exit 1; fi
  mark aside;;

reset)
  forth
  ! marked reset || exit 0
  held || fail 'nothing keeps k3s from starting'
  marked keep || fail 'the token is not kept'
  limit=$1; shift
  umask 077
  running || [ -e "$R/exit" ] || begin_reset "$@"
  i=0
  while [ ! -e "$R/exit" ]; do
    i=$((i + 1)); [ $i -le "$limit" ] || fail "the reset has not ended after $limit s; it goes on by itself, resume to wait for it"
    sleep 1
  done
  if [ "$(cat "$R/exit")" = 0 ] && grep -q 'Managed etcd cluster membership has been reset' "$R/log" &&
    [ -e "$B/reset-flag" ] && [ -s "$B/etcd/member/snap/db" ] && [ ! -e "$B/etcd/haven-$S" ]; then
    cp -- "$R/log" "$F/reset.log"
    rm -rf -- "$F/config.yaml" "$F/config.yaml.d" "$F/s3.yaml"
    mark reset
    rm -rf -- "$R"
  else
    tail -n 3 "$R/log" >&2
    rm -rf -- "$R"
    put_back
    marked had-data || fail 'k3s has refused the reset; what it had made is moved aside'
    fail 'k3s has refused the reset; the former database is back in its place'
  fi;;

start)
  forth
  marked started || { date -u +%Y-%m-%dT%H:%M:%SZ >"$F/started.part" && mv -f -- "$F/started.part" "$F/started"; } || exit 1
  mark start
  release;;
is-start)
  # The unit runs, the reset's flag is gone, its own member votes, and its Node has given a sign of life since the start.
  forth
  marked start && [ "$(systemctl is-active k3s)" = active ] && [ ! -e "$B/reset-flag" ] || exit 0
  [ "$(k3s kubectl get --raw /readyz --request-timeout=8s 2>/dev/null)" = ok ] || exit 0
  case $(curl -s -m 5 http://127.0.0.1:2381/health) in *'"health":"true"'*) ;; *) exit 0;; esac
  curl -s -m 5 http://127.0.0.1:2381/metrics | grep -q '^etcd_server_is_learner 0$' || exit 0
  beats && echo yes;;
is-store)
  # is-store REVISION KEYS LEAST MOST: the members are that many, and the store has the revision and that many keys at it,
  # or has compacted it since, which only a store that has been there can say.
  forth
  list=$(post cluster/member/list '{}')
  count=$(printf '%s' "$list" | grep -o '"ID"' | wc -l)
  [ $((count)) -ge "$3" ] && [ $((count)) -le "$4" ] || { echo "members $((count))"; exit 0; }
  if [ "$3" = "$4" ]; then case $list in *'"isLearner":true'*) echo 'a member does not vote yet'; exit 0;; esac; fi
  now=$(post maintenance/status '{}' | sed -n 's/.*"revision": *"\\([0-9]*\\)".*/\\1/p')
  [ -n "$now" ] && [ "$now" -ge "$1" ] || { echo "revision $now"; exit 0; }
  # Nobody has counted what k3s fetched itself.
  [ "$2" != any ] || { echo yes; exit; }
  found=$(post kv/range '{"key":"AA==","range_end":"AA==","count_only":true,"revision":"'"$1"'"}')
  case $found in *'has been compacted'*) echo yes; exit 0;; esac
  keys=$(printf '%s' "$found" | sed -n 's/.*"count": *"\\([0-9]*\\)".*/\\1/p')
  if [ "$keys" = "$2" ]; then echo yes; else echo "keys $keys"; fi;;

back-hold)
  back
  # A server that runs on its former data is left alone: the restore has not come to it.
  untouched || { hold && mark back-hold; };;
is-back-hold)
  back
  if untouched || { marked back-hold && held && quiet; }; then echo yes; fi;;

back-data)
  back
  ! marked back-data || exit 0
  if ! untouched; then
    held && quiet || fail 'k3s runs, or nothing keeps it from starting'
    old=$(former)
    if [ -e "$D/server/db-before-$S" ]; then
      [ ! -e "$B" ] || mv -T -- "$B" "$D/server/db-restored-$S" || exit 1
      mv -T -- "$D/server/db-before-$S" "$B" || exit 1
    elif [ -n "$old" ]; then
      [ ! -e "$B/etcd" ] || mv -T -- "$B/etcd" "$B/etcd-restored-$S" || exit 1
      mv -T -- "$old" "$B/etcd" || exit 1
    fi
    rm -f -- "$B/reset-flag"
  fi
  secrets_back
  rm -f -- "$B/etcd/haven-$S"
  # A copy of the settings has the keys of S3 and the token in it.
  rm -rf -- "$F/config.yaml" "$F/config.yaml.d" "$F/s3.yaml"
  mark back-data;;

back-start)
  marked back-data || fail 'the former database is not back'
  mark back-start
  release;;
is-back-start)
  marked back-start && [ ! -e "$dropin" ] && case $(systemctl is-active k3s) in active|activating) echo yes;; esac
  exit 0;;

discard)
  # Only what this run has put aside, and only when it is over.
  marked back-start || { marked start && ! marked back-hold && ! marked back-data; } || fail 'the restore is not over'
  old=$(former)
  [ -z "$old" ] || rm -rf -- "$old"
  rm -rf -- "$D/server/db-before-$S" "$D/server/db-restored-$S" "$B/etcd-restored-$S" "$B/etcd-failed-$S"-* "$F/snapshot" "$F/token" "$F/passwd"
  mark discard;;
is-discard)
  marked discard && echo yes
  exit 0;;

is-keep|is-aside|is-reset)
  forth
  marked "\${act#is-}" && echo yes
  exit 0;;
is-back-data)
  marked back-data && echo yes
  exit 0;;
*) fail "no such act: $act";;
esac
`;
