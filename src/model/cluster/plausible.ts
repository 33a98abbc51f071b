import type { FileFacts, KeepalivedFacts } from './facts/file-facts';
import { machineNamedIn } from './node-name';

/** More routers or servers than anybody puts behind one address; a folder with more is a collection. */
const mostOfAKind = 9;

/**
 * Whether files that mention each other can be one cluster. Without an inventory a folder may as well be a collection
 * of examples or test data: two files that claim to be the same node, two clusters, or routers that have nothing but an
 * address in common tell, and then nothing is said of any of them.
 */
export function isPlausible(files: readonly FileFacts[]): boolean {
  if (!files.some(speaksOfKubernetes)) return false;
  if (files.some((file, index) => files.slice(index + 1).some((other) => areOneNode(file, other)))) return false;
  const endpoints = files.flatMap((file) =>
    file.kind === 'kubeadm' && file.hasClusterConfiguration
      ? [`${file.controlPlaneEndpoint?.value.host}:${file.controlPlaneEndpoint?.value.port}`]
      : [],
  );
  if (new Set(endpoints).size > 1) return false;
  for (const kind of ['keepalived', 'k3s', 'kubeadm', 'loadbalancer'])
    if (files.filter((file) => file.kind === kind).length > mostOfAKind) return false;
  const routers = files.filter((file) => file.kind === 'keepalived');
  return routers.every((file, index) => routers.slice(index + 1).every((other) => arePeers(file, other)));
}

/** Load balancers and virtual addresses serve many things; only those of a Kubernetes API are looked at. */
function speaksOfKubernetes(file: FileFacts): boolean {
  if (file.kind === 'keepalived' || file.kind === 'balancer-pod' || file.kind === 'address-pool') return false;
  if (file.kind !== 'loadbalancer') return true;
  return file.backends.some((backend) => backend.servers.some((server) => server.port === 6443));
}

/** The same instances on two nodes: same names, and something that tells the two apart. */
function arePeers(a: KeepalivedFacts, b: KeepalivedFacts): boolean {
  const names = (file: KeepalivedFacts) => file.routers.map((router) => router.name.value).sort();
  if (names(a).join('\n') !== names(b).join('\n')) return false;
  const [mine, theirs] = [machineNamedIn(a.path), machineNamedIn(b.path)];
  if (mine !== undefined && theirs !== undefined && mine !== theirs) return true;
  return a.routers.every((router) => {
    const other = b.routers.find((each) => each.name.value === router.name.value);
    return (
      other !== undefined &&
      (router.priority?.value !== other.priority?.value ||
        router.state?.value !== other.state?.value ||
        router.unicastSource?.value !== other.unicastSource?.value)
    );
  });
}

/** Two files for the same node. Where both are called after machines, another name makes it a mistake in one of them. */
function areOneNode(a: FileFacts, b: FileFacts): boolean {
  const theirs = identitiesOf(b);
  if (!identitiesOf(a).some((each) => theirs.includes(each))) return false;
  const [mine, other] = [machineNamedIn(a.path), machineNamedIn(b.path)];
  return mine === undefined || other === undefined || mine === other;
}

function identitiesOf(file: FileFacts): readonly string[] {
  if (file.kind === 'k3s')
    return [
      ...new Set(
        ['node-ip', 'node-name'].flatMap((key) => (file.settings.get(key)?.values ?? []).map((each) => each.value)),
      ),
    ];
  if (file.kind === 'kubeadm')
    return [...new Set([file.advertiseAddress?.value, file.nodeName?.value].filter((each) => each !== undefined))];
  return [];
}
