/** The containers of a control plane, as a runtime names them. */
export const controlPlane = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/**
 * The shell function `left`: how many containers of these names run. A runtime that does not answer counts as one, because
 * data are moved when nothing is left: what nobody can see has not stopped. crictl says itself why it does not answer. It
 * counts those of kube-system alone, where crictl can tell: an etcd that somebody runs as an application does not stop with the
 * control plane, and a run that waited for it could go neither forth nor back. It prints a number whatever is missing, so that
 * no comparison fails and passes for a no.
 */
export function containersLeft(names: readonly string[] = controlPlane): string {
  const ask = `crictl ps -q --name '^(${names.join('|')})$'`;
  return `left() {
  ids=$(${ask} --label io.kubernetes.pod.namespace=kube-system 2>/dev/null) || ids=$(${ask}) || ids=unknown
  n=0; for id in $ids; do n=$((n + 1)); done; echo $n
}`;
}

/**
 * The shell function `used FOLDER`: whether an etcd has this folder open as the one of its data. It asks the kernel, because
 * crictl without a configuration asks the first runtime that it finds, which need not be kubelet's. Another etcd of the
 * machine, like that of a cluster inside the cluster, has another folder, whatever it is called there.
 */
export const dataUsed = `used() {
  for c in /proc/[0-9]*/comm; do
    read -r comm 2>/dev/null <"$c" && [ "$comm" = etcd ] || continue
    for fd in "\${c%comm}"fd/*; do [ ! "$fd" -ef "$1/member/snap/db" ] || return 0; done
  done
  return 1
}`;
