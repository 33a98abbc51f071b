import { firstRelease } from './kubeadm/layout';
import { clusterConfiguration } from './kubeadm/objects';
import { practiceName } from './names';
import type { PracticeCluster } from './practice-cluster';
import type { Machine } from './world';

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
    .replace(
      /^# A (k3s|kubeadm) cluster/,
      '# PRACTICE: simulated on this machine, nothing here is real.\n# A $1 cluster',
    )
    .replace(/^( *- name: )prod$/m, text.includes('distribution: kubeadm') ? '$1practice-kubeadm' : '$1practice');
  // Below what a file says of itself: that is what its reader begins with.
  return own.replace(/^(?:#.*\n)*/, (opening) => opening + ofLoopback);
}

/**
 * The example's files for a practice cluster of kubeadm, by name: its inventory and its load balancers, and the settings that
 * kubeadm was given instead of those of k3s.
 */
export function kubeadmFiles(examples: ReadonlyMap<string, string>, cluster: PracticeCluster): Map<string, string> {
  const files = new Map([...examples].filter(([name]) => !name.replaceAll('\\', '/').startsWith('k3s/')));
  const inventory = files.get('haven.yaml') ?? '';
  const worker = `      - { name: w1, address: ${exampleNetwork}20, roles: [agent] }\n`;
  files.set(
    'haven.yaml',
    inventory
      .replace(/^# A k3s cluster/, '# A kubeadm cluster')
      .replace('distribution: k3s', 'distribution: kubeadm')
      .replace(/^.*file: k3s\/.*\n?/gm, '')
      .replace(/^( *- \{ name: lb1,)/m, `${worker}$1`)
      .replace(/(\n?)$/, `\n      - { file: ${settingsFile}, on: [cp1, cp2, cp3] }\n`),
  );
  const names = [cluster.virtualAddress, practiceName];
  files.set(settingsFile, clusterConfiguration(`${practiceName}:6443`, firstRelease, names));
  return files;
}

const settingsFile = 'kubeadm/kubeadm-config.yaml';

/**
 * Puts a file of the example cluster onto the practice nodes it belongs to, as if it had been there all the time: so the
 * nodes have what the folder has, until somebody changes one of them.
 */
export function installPracticeFile(cluster: PracticeCluster, name: string, text: string): void {
  const [, folder = '', base = ''] = /^(lb|k3s|kubeadm)\/(.+)\.\w+$/.exec(name.replaceAll('\\', '/')) ?? [];
  const install = (path: string, isFor: (machine: Machine) => boolean) => {
    for (const machine of cluster.nodes.filter(isFor)) cluster.install(machine, path, text);
  };
  if (folder === 'lb' && base === 'haproxy')
    install('/etc/haproxy/haproxy.cfg', (each) => each.role === 'loadbalancer');
  else if (folder === 'lb') install('/etc/keepalived/keepalived.conf', (each) => base === `keepalived-${each.name}`);
  else if (folder === 'kubeadm') install('/etc/kubernetes/kubeadm-config.yaml', (each) => each.role === 'server');
  else if (folder === 'k3s') install('/etc/rancher/k3s/config.yaml', (each) => each.name === base);
}
