import type { FileFacts, KeepalivedFacts, RouterFacts, VirtualAddress } from './facts/file-facts';
import { isPlaceholder, parseHostPort } from './located';

/** Every address and name of the cluster that a file mentions. */
export function mentions(file: FileFacts): ReadonlySet<string> {
  const found: string[] = [];
  switch (file.kind) {
    case 'loadbalancer':
      for (const backend of file.backends) found.push(...backend.servers.map((server) => server.host));
      found.push(...file.listeners.flatMap((each) => (each.host === undefined ? [] : [each.host])));
      break;
    case 'keepalived':
      for (const router of routersOf(file)) {
        found.push(...allAddresses(router).map((each) => each.value));
        found.push(...router.unicastPeers.map((each) => each.value));
        if (router.unicastSource !== undefined) found.push(router.unicastSource.value);
      }
      break;
    case 'k3s':
      for (const key of ['tls-san', 'node-ip', 'node-external-ip', 'advertise-address'])
        for (const { value } of file.settings.get(key)?.values ?? [])
          found.push(...value.split(',').map((each) => each.trim()));
      found.push(parseHostPort(file.settings.get('server')?.values[0]?.value ?? '')?.host ?? '');
      break;
    case 'kubeadm':
      found.push(file.controlPlaneEndpoint?.value.host ?? '', file.joins?.value.host ?? '');
      for (const each of [...file.externalEtcd, ...file.initialCluster])
        found.push(parseHostPort(each.value.slice(each.value.indexOf('=') + 1))?.host ?? '');
      found.push(file.advertiseAddress?.value ?? '', ...(file.certSans?.values ?? []).map((each) => each.value));
      break;
    case 'kubeconfig':
      found.push(...file.servers.map((each) => each.value.host));
      break;
    case 'kube-vip':
      found.push(file.address?.value ?? '');
      break;
  }
  return new Set(found.filter((each) => !isPlaceholder(each) && !/^(127\.|0\.0\.0\.0$|::1?$|localhost$)/.test(each)));
}

/** The routers of every host that a file is for. */
function routersOf({ routers, hosts }: KeepalivedFacts): readonly RouterFacts[] {
  return hosts.length === 0 ? routers : hosts.flatMap((host) => host.routers);
}

/** The addresses that a router holds, those that stand in no advert among them. */
export function allAddresses(router: RouterFacts): readonly VirtualAddress[] {
  return [...router.virtualAddresses, ...router.excludedAddresses];
}
