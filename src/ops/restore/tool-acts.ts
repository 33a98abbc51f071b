/**
 * What `--bump-revision` adds to the revision of a snapshot, so that nothing that watched the cluster sees a revision twice.
 */
export const bumpedBy = 1_000_000_000;

/** The words for it, where the program that restores knows them, as the arguments of the shell. */
export const bumpWords = `  set --
  [ "$bump" != bump ] || set -- --bump-revision ${bumpedBy} --mark-compacted
`;

/** Restores the snapshot beside the data of a node, as the member `name` with the addresses that are given, all in words of the shell. */
export const restoreWords = (name: string, members: string, peerUrl: string) =>
  `  ETCDCTL_API=3 "$F/restorer" snapshot restore "$F/snapshot" --data-dir "$D/haven-new-$S" --name "${name}" \\
    --initial-cluster "${members}" --initial-advertise-peer-urls "${peerUrl}" \\
    --initial-cluster-token "haven-$S" "$@" || { rm -rf -- "$D/haven-new-$S"; exit 1; }
  [ -s "$D/haven-new-$S/member/snap/db" ] || fail 'the restored data are not there'
`;

/**
 * Acts of a script of a restore under kubeadm: `tool` brings a program that restores into the folder of the run, and `is-tool`
 * says whether it is there.
 */
export const kubeadmToolActs = `tool)
  # etcdutl of this node, else the one in the running container, else an etcdctl that still restores (up to 3.5). After a
  # boot that container is not there for a minute.
  forth
  i=0
  while :; do
    for t in "$(command -v etcdutl)" $(for c in /proc/[0-9]*/comm; do [ "$(cat "$c" 2>/dev/null)" != etcd ] || echo "\${c%comm}root/usr/local/bin/etcdutl"; done) "$(command -v etcdctl)"; do
      [ -n "$t" ] && [ -x "$t" ] || continue
      ETCDCTL_API=3 "$t" snapshot restore --help 2>&1 | grep -q -- --initial-cluster-token || continue
      cp -- "$t" "$F/restorer.part" && chmod 700 "$F/restorer.part" && mv -f -- "$F/restorer.part" "$F/restorer" && exit 0
    done
    [ -e "$M/etcd.yaml" ] && [ -n "$(command -v crictl)" ] && [ -z "$(crictl ps -q --name '^etcd$')" ] && [ $i -lt 90 ] || break
    i=$((i + 1)); sleep 1
  done
  # Where no etcd runs, its image may be there: containerd shows what is in it without starting it.
  image=$(ctr -n k8s.io images ls -q 2>/dev/null | grep '/etcd:' | sort -V | tail -n 1)
  if [ -n "$image" ]; then
    mkdir -p "$F/image" && ctr -n k8s.io images mount "$image" "$F/image" >/dev/null && cp -- "$F/image/usr/local/bin/etcdutl" "$F/restorer.part"
    ctr -n k8s.io images unmount --rm "$F/image" >/dev/null
    chmod 700 "$F/restorer.part" && "$F/restorer.part" snapshot restore --help 2>&1 | grep -q -- --initial-cluster-token &&
      mv -f -- "$F/restorer.part" "$F/restorer" && exit 0
  fi
  fail 'no etcdutl, and no etcdctl that restores, on this node or in its etcd container';;
is-tool)
  forth
  if [ -x "$F/restorer" ]; then echo yes; fi;;`;
