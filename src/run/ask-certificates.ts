import { certificatesCommand, type NodeCertificates, parseCertificates } from '../ops/commands/certificates';
import type { HostNode } from '../ops/host';
import type { ClusterState } from '../ops/status/cluster-state';
import { askEach } from './ask-cluster';
import type { Site } from './conduct';

/** Ports of a server that show a certificate to whoever connects. */
const servedPorts: Readonly<Record<'k3s' | 'kubeadm', readonly number[]>> = { k3s: [6443], kubeadm: [6443, 2379] };

/**
 * Asks servers and agents for their certificates: those on the disk, and those that ports show.
 * @throws the signal's reason when it is called off
 */
export function askCertificates(
  hosts: Site['hosts'],
  { cluster, vips }: ClusterState,
  signal: AbortSignal,
): Promise<Map<string, NodeCertificates>> {
  const nodes = cluster.nodes.filter((each) => each.roles.includes('server') || each.roles.includes('agent'));
  const first = nodes.find((each) => each.roles.includes('server'));
  const port = /:(\d+)$/.exec(cluster.endpoint ?? '')?.[1] ?? '6443';
  const question = {
    command: (node: HostNode) => {
      const own = node.roles.includes('server')
        ? servedPorts[cluster.distribution].map((each) => `127.0.0.1:${each}`)
        : [];
      // One server looks at the virtual addresses for all: they show the same certificate to everybody.
      const shared = node === first ? vips.map((each) => `${bracketed(each.address)}:${port}`) : [];
      return certificatesCommand([...own, ...shared]);
    },
    read: parseCertificates,
  };
  return askEach(hosts, nodes, question, signal);
}

const bracketed = (address: string) => (address.includes(':') ? `[${address}]` : address);
