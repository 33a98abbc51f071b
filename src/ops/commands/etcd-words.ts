/**
 * The shell function `etcd_words AGE…`: why etcd of a kubeadm server is not there, on standard error, in the last words of its
 * own log if that fulfils the words of `find` (an older one is of another start), else in those of kubelet, which says why
 * no container of it runs. kubelet keeps the log of a static pod below /var/log/pods, each line behind its time, stream and
 * a letter; etcd's lines are JSON with a level. Warnings count only where nothing worse was said.
 */
export const etcdWords = `etcd_words() {
  said= log=$(ls -t /var/log/pods/kube-system_etcd-*/etcd/*.log 2>/dev/null | head -n 1)
  if [ -n "$log" ] && [ -n "$(find "$log" "$@" 2>/dev/null)" ]; then
    lines=$(tail -n 200 "$log" | sed 's/^[^ ]* std[a-z]* [FP] //')
    said=$(printf '%s\\n' "$lines" | grep -E '"level":"(error|panic|fatal)"|^panic:' | tail -n 2)
    [ -n "$said" ] || said=$(printf '%s\\n' "$lines" | grep '"level":"warn"' | tail -n 2)
  fi
  [ -n "$said" ] || said=$(journalctl -u kubelet -n 200 --no-pager -o cat 2>/dev/null | grep '^E[0-9]' | grep etcd | tail -n 2)
  [ -z "$said" ] || printf '%s\\n' "$said" >&2
}`;
