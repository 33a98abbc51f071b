import type { Machine, PracticeCluster } from './practice-cluster';

/** The network of the example cluster, which the practice cluster takes its files from. */
const exampleNetwork = '192.168.1.';

/** On a real machine these would be mistakes; here the nodes do live on the loopback network. */
const ofLoopback = '# haven-ignore-file: haproxy/loops-to-itself, k3s/unusable-address, keepalived/unusable-address\n';

/**
 * A file of the example cluster, made to describe the practice cluster: its addresses are on this machine's loopback
 * network, and SSH goes to the port on which the practice nodes listen.
 */
export function practiceFile(text: string, options: { readonly network: string; readonly port: number }): string {
  const own = text
    .replaceAll(exampleNetwork, `${options.network}.`)
    .replace(/^( *)ssh: \{.*\}$/m, `$1ssh: { user: practice, port: ${options.port} }`)
    .replace(/^# A k3s cluster/, '# PRACTICE: simulated on this machine, nothing here is real. A k3s cluster')
    .replace(/^( *- name: )prod$/m, '$1practice');
  return ofLoopback + own;
}

/**
 * Puts a file of the example cluster onto the practice nodes it belongs to, as if it had been there all the time: so the
 * nodes have what the folder has, until somebody changes one of them.
 */
export function installPracticeFile(cluster: PracticeCluster, name: string, text: string): void {
  const [, folder = '', base = ''] = /^(lb|k3s)\/(.+)\.\w+$/.exec(name.replaceAll('\\', '/')) ?? [];
  const install = (path: string, isFor: (machine: Machine) => boolean) => {
    for (const machine of cluster.nodes.filter(isFor)) cluster.install(machine, path, text);
  };
  if (folder === 'lb' && base === 'haproxy')
    install('/etc/haproxy/haproxy.cfg', (each) => each.role === 'loadbalancer');
  else if (folder === 'lb') install('/etc/keepalived/keepalived.conf', (each) => base === `keepalived-${each.name}`);
  else if (folder === 'k3s') install('/etc/rancher/k3s/config.yaml', (each) => each.name === base);
}
