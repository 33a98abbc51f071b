import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import type { ClusterModel } from '../model/cluster/cluster-model';
import type { Located } from '../model/cluster/located';
import {
  certificateNames,
  clusterNetworks,
  controlPlanes,
  datastores,
  etcdMembers,
  frontDoors,
  knownNodes,
  type Workspace,
} from '../service';
import { load } from './load';
import { out } from './terminal';

/** `haven model`: what the files of each cluster say together, each fact with its place. */
export async function model(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { format: { type: 'string', default: 'text' } },
  });
  const { workspace } = await load(positionals.length === 0 ? ['.'] : positionals);
  const clusters = workspace.clusterModels().map((each) => describe(each, workspace));
  if (values.format === 'json') out(`${JSON.stringify({ version: 1, clusters }, null, 1)}\n`);
  else out(clusters.length === 0 ? 'no cluster found\n' : clusters.map(textOf).join('\n'));
  return 0;
}

interface Fact {
  readonly value: string;
  readonly at: string;
}

/** The facts of one cluster; nothing secret is among them. */
function describe(cluster: ClusterModel, workspace: Workspace) {
  const at = ({ path, span }: Pick<Located<unknown>, 'path' | 'span'>) =>
    `${relative('.', path)}:${(workspace.file(path)?.lines.positionAt(span.start).line ?? 0) + 1}`;
  const fact = (value: string, place: Pick<Located<unknown>, 'path' | 'span'>): Fact => ({ value, at: at(place) });
  const { endpoint } = cluster;
  return {
    name: cluster.name ?? null,
    distribution: cluster.distribution ?? null,
    inventory: cluster.inventory === undefined ? null : relative('.', cluster.inventory),
    endpoint: endpoint === undefined ? null : fact(`${endpoint.value.host}:${endpoint.value.port ?? 6443}`, endpoint),
    frontDoors: frontDoors(cluster).map((each) => fact(each.value, each)),
    virtualAddresses: cluster.virtualAddresses.map((each) => fact(each.value, each)),
    nodes: knownNodes(cluster).map((each) => ({
      name: each.name,
      roles: each.roles,
      addresses: each.addresses.map((address) => fact(address.value, address)),
      files: each.files.map((path) => relative('.', path)),
    })),
    controlPlanes: controlPlanes(cluster).map((each) => ({
      name: each.label,
      port: each.port,
      addresses: each.addresses.map((address) => fact(address.value, address)),
    })),
    listeners: cluster.loadBalancers.flatMap(({ facts }) =>
      facts.listeners.map((each) => fact(`${each.host ?? '*'}:${each.port}`, each)),
    ),
    backends: cluster.loadBalancers.flatMap(({ facts }) =>
      facts.backends.flatMap((backend) =>
        backend.servers.map((each) => fact(`${backend.name}/${each.name} ${each.host}:${each.port ?? ''}`, each)),
      ),
    ),
    sans: once(certificateNames(cluster).map((each) => fact(each.value, each))),
    datastores: once(datastores(cluster).map((each) => fact(each.value, each))),
    networks: once(clusterNetworks(cluster).map((each) => fact(`${each.of} ${each.value}`, each))),
    etcdMembers: etcdMembers(cluster).map(({ name, at: place }) =>
      fact(name === place.value ? name : `${name} ${place.value}`, place),
    ),
    kubeVips: cluster.kubeVips.flatMap(({ facts }) => {
      const { address } = facts;
      return address === undefined ? [] : [fact(`${address.value}:${facts.port?.value ?? 6443}`, address)];
    }),
    kubeconfigs: cluster.kubeconfigs.flatMap(({ servers }) =>
      servers.map((each) => fact(`${each.value.host}:${each.value.port ?? 443}`, each)),
    ),
    addressPools: cluster.pools.flatMap((pool) => pool.ranges.map((each) => fact(`${pool.name} ${each.value}`, each))),
    routers: cluster.keepalived.flatMap(({ facts }) =>
      facts.routers.map((each) =>
        fact(
          `${each.name.value} id ${each.virtualRouterId?.value ?? '?'} priority ${each.priority?.value ?? 100}`,
          each.name,
        ),
      ),
    ),
    files: [...cluster.paths].map((path) => relative('.', path)).sort(),
  };
}

/** A value that stands in several files, once: with the places of all of them in the order they were read. */
function once(facts: readonly Fact[]): readonly (Fact & { readonly also: readonly string[] })[] {
  const byValue = new Map<string, Fact & { also: string[] }>();
  for (const each of facts) {
    const known = byValue.get(each.value);
    if (known === undefined) byValue.set(each.value, { ...each, also: [] });
    else known.also.push(each.at);
  }
  return [...byValue.values()];
}

function textOf(cluster: ReturnType<typeof describe>): string {
  const lines = [`cluster ${cluster.name ?? '(no inventory)'} ${cluster.distribution ?? ''}`.trimEnd()];
  const list = (title: string, facts: readonly (Fact & { readonly also?: readonly string[] })[]) => {
    for (const each of facts)
      lines.push(`  ${title.padEnd(16)} ${each.value}  (${[each.at, ...(each.also ?? [])].join(', ')})`);
  };
  if (cluster.endpoint !== null) list('endpoint', [cluster.endpoint]);
  list('virtual address', cluster.virtualAddresses);
  for (const each of cluster.nodes) {
    const said = each.addresses.map((address) => `${address.value}  (${address.at})`);
    lines.push(`  ${'node'.padEnd(16)} ${each.name}  ${each.roles.join(', ')}  ${said.join(', ')}`.trimEnd());
  }
  list('datastore', cluster.datastores);
  list('etcd member', cluster.etcdMembers);
  list('certificate name', cluster.sans);
  list('network', cluster.networks);
  list('listens on', cluster.listeners);
  list('backend', cluster.backends);
  list('router', cluster.routers);
  list('kube-vip', cluster.kubeVips);
  list('kubeconfig', cluster.kubeconfigs);
  list('address pool', cluster.addressPools);
  return `${lines.join('\n')}\n`;
}
