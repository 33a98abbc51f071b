/** A name that people give to a machine of a cluster: its part and a number. */
const machine =
  /^(?:k8s|k3s|kube)?[-_.]?(?:cp|lb|ha|node|server|master|worker|agent|proxy|host|haproxy|keepalived|control-?plane|controller|machine|etcd|srv|m|w|s)[-_.]?\d+[a-z]?$/i;

/** Whether a file or folder has the name of a machine: `cp1`, `k3s-server-2`, `m3`. */
export function isMachineName(name: string): boolean {
  return machine.test(name);
}

/** What may stand before the machine in the name of a file. */
const program =
  /^(?:user-?data|cloud-(?:init|config)|keepalived|haproxy|nginx|k3s|kubeadm|kubeadm-config|config|init|join)[-_.]/i;

/**
 * The machine that a file is for, by its name or that of a folder above it: `keepalived-lb1.conf`, `cp1.yaml`,
 * `lb2/etc/haproxy/haproxy.cfg`. Nothing when neither looks like a machine.
 */
export function machineNamedIn(path: string): string | undefined {
  const folders = path.split('/');
  const file = folders.pop() ?? '';
  const stem = file.replace(/\.[^.]+$/, '');
  const bare = stem.replace(program, '').replace(/[-_.](?:user-?data|cloud-(?:init|config)|config)$/i, '');
  const named = [stem, bare].find((each) => machine.test(each));
  return named ?? folders.reverse().find((folder) => machine.test(folder));
}

/** The nearest folder above a file that is called after a machine: what lies in it is all for that one. */
export function machineFolderOf(path: string): string | undefined {
  const folders = path.split('/').slice(0, -1);
  const last = folders.findLastIndex((folder) => machine.test(folder));
  return last < 0 ? undefined : folders.slice(0, last + 1).join('/');
}

/** How a file without a known machine is called in a message: its own name and the folder it lies in. */
export function shortPath(path: string): string {
  return path.split('/').slice(-2).join('/');
}
