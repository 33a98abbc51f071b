/** The containers of a control plane, as a runtime names them. */
export const controlPlane = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/**
 * The shell function `left`: how many containers of these names run. A runtime that does not answer counts as one, because
 * data are moved when nothing is left: what nobody can see has not stopped. crictl says itself why it does not answer.
 */
export function containersLeft(names: readonly string[] = controlPlane): string {
  return `left() { ids=$(crictl ps -q --name '^(${names.join('|')})$') || ids='no answer'; printf '%s' "$ids" | grep -c .; }`;
}
