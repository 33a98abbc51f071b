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
