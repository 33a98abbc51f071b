import type { InventoryNode } from '../../model/inventory/inventory';
import { criticalDifferences, nodeArguments } from '../../model/k3s/critical-values';
import type { Command } from '../command';
import { certificatesCommand, parseCertificates } from '../commands/certificates';
import { peerUrl } from '../commands/etcd-peer';
import type { JoinFacts } from '../commands/join-facts';
import type { KubeNode } from '../commands/kubectl';
import { kubectl, nodeOfMachine } from '../commands/kubectl';
import type { ClusterState } from '../status/cluster-state';
import type { JoinParameters } from './join-work';

/** What the machine must reach before it can join; `servers` are those of the cluster, `settings` its own of k3s. */
export function urlsBeforeJoin(
  { cluster }: ClusterState,
  machine: InventoryNode,
  servers: readonly InventoryNode[],
  settings: ReadonlyMap<string, string> | undefined,
): readonly string[] {
  const bracketed = (address: string) => (address.includes(':') ? `[${address}]` : address);
  const first = servers[0];
  const named = settings?.get('server');
  const api =
    cluster.distribution === 'kubeadm' && cluster.endpoint !== undefined
      ? [`https://${cluster.endpoint}`]
      : named !== undefined && /^https:\/\/[^\s/]+$/.test(named)
        ? [named]
        : first === undefined
          ? []
          : [`https://${bracketed(first.address)}:6443`];
  const needsEtcd = machine.roles.includes('server') && settings?.has('datastore-endpoint') !== true;
  return [...api, ...(needsEtcd ? servers.map((each) => peerUrl(each.address)) : [])];
}

/** The settings with which k3s runs on a Node, asked of a server. */
export function runningSettings(node: string) {
  const template = 'jsonpath={.metadata.annotations.k3s\\.io/node-args}';
  return {
    command: (): Command => kubectl('k3s', ['get', 'node', node, '--request-timeout=10s', '-o', template], 20),
    read: nodeArguments,
  };
}

const api = '127.0.0.1:6443';

/** The names that the certificate of a server's API is good for. */
export const servedNamesOfApi = {
  command: (): Command => certificatesCommand([api]),
  read: (stdout: string) => parseCertificates(stdout).served.find((each) => each.endpoint === api)?.names,
};

/** As kubeadm wants it: SHA-256 over the public key of the authority in DER, in hexadecimal. */
export const authorityHash = {
  command: (): Command => ({
    argv: [
      'sh',
      '-c',
      'openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform DER | sha256sum',
    ],
    root: true,
    timeoutSec: 20,
  }),
  read: (stdout: string) => /^[0-9a-f]{64}\b/.exec(stdout)?.[0],
};

/**
 * The settings with which k3s will run on the machine, as far as servers compare them. `given` are those of the file that
 * takes the place of its config.yaml; drop-ins and arguments of the unit stay on it and win, in this order.
 */
function settingsThere(
  given: ReadonlyMap<string, string> | undefined,
  facts: Pick<JoinFacts, 'settings'> | undefined,
): ReadonlyMap<string, string> {
  const found = new Map(given);
  for (const { file, key, adds, value } of facts?.settings ?? []) {
    if (given !== undefined && file === 'config.yaml') continue;
    const before = adds ? found.get(key) : undefined;
    found.set(key, before === undefined ? value : `${before},${value}`);
  }
  return found;
}

/**
 * What follows from the answers: the release of the servers, and critical settings in which the machine differs from them.
 * `settings` are those of the file that it is given, `facts` what lies on it.
 */
export function comparedBeforeJoin(
  { cluster }: ClusterState,
  nodes: readonly KubeNode[],
  running: ReadonlyMap<string, string> | undefined,
  settings: ReadonlyMap<string, string> | undefined,
  facts: Pick<JoinFacts, 'settings'> | undefined,
): Pick<JoinParameters, 'release' | 'differences'> {
  const servers = cluster.nodes.filter((each) => each.roles.includes('server'));
  return {
    release: nodes.find((each) => servers.some((one) => nodeOfMachine([each], one) !== undefined))?.version,
    differences: running === undefined ? [] : criticalDifferences(settingsThere(settings, facts), running),
  };
}
