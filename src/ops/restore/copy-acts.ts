/**
 * Acts of a script of a restore: `copy FILE HASH` brings the snapshot into the folder of the run, unpacked, if it is still the
 * one that was looked at, and `is-copy HASH` says whether it is there. Nobody needs the copy once `usedMark` is set.
 */
export const copyActs = (usedMark: 'reset' | 'prepare') => `copy)
  forth
  umask 077
  # Whether all of it has come is said by the hash.
  unpacked "$1" >"$F/snapshot.part"
  sync
  verdict=$(judged "$F/snapshot.part")
  case $verdict in
  "whole "*" $2") mv -f -- "$F/snapshot.part" "$F/snapshot";;
  *) rm -f -- "$F/snapshot.part"; fail "the copy is not the snapshot that was looked at: $verdict";;
  esac;;
is-copy)
  forth
  marked ${usedMark} && echo yes && exit
  case $(judged "$F/snapshot") in "whole "*" $1") echo yes;; esac;;
`;
