import { parseIp, sameIp } from '../../base/address';
import type { FileFacts } from '../../model/cluster/facts/file-facts';
import { kubeconfigFacts } from '../../model/cluster/facts/yaml-facts';
import { isPlaceholder, parseHostPort } from '../../model/cluster/located';
import type { Role } from '../../model/inventory/inventory';
import { type AnsibleSource, readAnsible } from './ansible-inventory';
import { type FoundHost, sshHosts } from './found-hosts';

/** What a first inventory can be written from; every part may be absent. */
export interface InventorySources {
  /** The name of the cluster; `cluster` if nobody gives one. */
  readonly name?: string;
  /** The folder the inventory is written to, with its closing slash; files are named relative to it. */
  readonly folder: string;
  /** What the open files say (`WorkspaceFile.facts`). */
  readonly facts: readonly FileFacts[];
  /** The text of `~/.ssh/config`. */
  readonly sshConfig?: string;
  /** The text of a kubeconfig. */
  readonly kubeconfig?: string;
  /** Ansible inventories, each with the variables beside it. */
  readonly ansible?: readonly AnsibleSource[];
}

interface DraftNode {
  name: string;
  address: string;
  readonly roles: Set<Role>;
  ssh: string;
}

/** Writes a first `haven.yaml`. Nothing is invented: what no source says is left as a comment to fill in. */
export function createInventory(sources: InventorySources): string {
  const { folder } = sources;
  // An editor finds files in any order; the same files give the same inventory.
  const facts = [...sources.facts].sort((a, b) => byName(a.path, b.path));
  const nodes: DraftNode[] = [];
  const add = (name: string | undefined, address: string, roles: readonly Role[], ssh = ''): DraftNode | undefined => {
    if (isPlaceholder(address) || /^(127\.|::1$|localhost$)/.test(address)) return undefined;
    const known = nodes.find((each) => sameIp(each.address, address) || (name !== undefined && each.name === name));
    const node = known ?? { name: name ?? '', address, roles: new Set<Role>(), ssh: '' };
    if (known === undefined) nodes.push(node);
    if (node.name === '' && name !== undefined) node.name = name;
    if (parseIp(node.address) === undefined && parseIp(address) !== undefined) node.address = address;
    for (const role of roles) node.roles.add(role);
    if (ssh !== '') node.ssh = ssh;
    return node;
  };

  const ansible = (sources.ansible ?? []).map(readAnsible);
  const endpoint = ansible.map((each) => each.endpoint).find((each) => each !== undefined);
  const virtual = facts.flatMap((file) =>
    file.kind === 'keepalived'
      ? file.routers.flatMap((router) => router.virtualAddresses.map((each) => each.value))
      : [],
  );
  const isVirtual = (address: string) =>
    [...virtual, parseHostPort(endpoint ?? '')?.host ?? ''].some((each) => sameIp(each, address));
  const configs = new Map<string, DraftNode[]>();
  for (const file of facts) {
    const own = addressesOf(file).map(({ address, role }) => add(nameIn(file.path), address, [role]));
    configs.set(
      file.path,
      own.filter((each) => each !== undefined),
    );
  }
  for (const file of facts) {
    if (file.kind !== 'loadbalancer') continue;
    for (const server of file.backends.flatMap((backend) => backend.servers)) {
      // Backends of other ports are workers or services of no cluster.
      if (server.port !== 6443 || isVirtual(server.host)) continue;
      add(/[:/]/.test(server.name) ? undefined : server.name, server.host, ['server']);
    }
  }
  const hosts = [
    ...ansible.flatMap((each) => each.hosts),
    ...(sources.sshConfig === undefined ? [] : sshHosts(sources.sshConfig)),
  ];
  for (const host of hosts) {
    if (isVirtual(host.address)) continue;
    const fits =
      host.roles.length > 0 || nodes.some((each) => each.name === host.name || sameIp(each.address, host.address));
    // Hosts of ~/.ssh/config that nothing else speaks of belong to the rest of a person's life.
    if (fits) add(host.name, host.address, host.roles, sshText(host));
  }
  for (const [index, node] of nodes.entries()) if (node.name === '') node.name = `node${index + 1}`;

  nodes.sort((a, b) => byName(a.name, b.name));
  const balancers = nodes.filter((node) => node.roles.has('loadbalancer'));
  for (const file of facts) {
    if (file.kind === 'loadbalancer' && (configs.get(file.path) ?? []).length === 0) configs.set(file.path, balancers);
  }
  return render(
    sources.name ?? 'cluster',
    distributionOf(facts) ?? ansible.map((each) => each.distribution).find((each) => each !== undefined) ?? 'k3s',
    endpointOf(sources, virtual) ?? endpoint,
    nodes,
    [...configs],
    folder,
  );
}

/** cp2 before cp10. */
function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function render(
  name: string,
  distribution: string,
  endpoint: string | undefined,
  nodes: readonly DraftNode[],
  configs: readonly (readonly [string, readonly DraftNode[]])[],
  folder: string,
): string {
  const lines = ['clusters:', `  - name: ${quoted(name)}`, `    distribution: ${distribution}`];
  lines.push(
    endpoint === undefined ? '    # endpoint: the host:port that clients use' : `    endpoint: ${quoted(endpoint)}`,
  );
  // Whoever begins with nothing sees how a node is written.
  if (nodes.length === 0)
    lines.push(
      '    # in the place of [] below, a line for each node; roles are server, agent, loadbalancer and etcd:',
      '    #   - { name: cp1, address: 192.0.2.11, roles: [server], ssh: { user: root } }',
    );
  lines.push(nodes.length === 0 ? '    nodes: []' : '    nodes:');
  for (const node of nodes) {
    const roles = [...node.roles].join(', ');
    const ssh = node.ssh === '' ? '' : `, ssh: { ${node.ssh} }`;
    lines.push(`      - { name: ${quoted(node.name)}, address: ${quoted(node.address)}, roles: [${roles}]${ssh} }`);
  }
  const placed = configs.filter(([, on]) => on.length > 0);
  if (placed.length > 0) lines.push('    configs:');
  for (const [path, on] of placed) {
    const file = path.startsWith(folder) ? path.slice(folder.length) : path;
    lines.push(`      - { file: ${quoted(file)}, on: [${on.map((node) => quoted(node.name)).join(', ')}] }`);
  }
  return `${lines.join('\n')}\n`;
}

/** The addresses by which a file says which node it is for. */
function addressesOf(file: FileFacts): readonly { readonly address: string; readonly role: Role }[] {
  if (file.kind === 'k3s') {
    const isAgent = !['tls-san', 'cluster-init', 'datastore-endpoint', 'write-kubeconfig-mode'].some((key) =>
      file.settings.has(key),
    );
    const address = file.settings.get('node-ip')?.values[0]?.value;
    return address === undefined ? [] : [{ address, role: isAgent ? 'agent' : 'server' }];
  }
  if (file.kind === 'kubeadm')
    return file.advertiseAddress === undefined ? [] : [{ address: file.advertiseAddress.value, role: 'server' }];
  if (file.kind === 'keepalived')
    return file.routers
      .slice(0, 1)
      .flatMap((router) =>
        router.unicastSource === undefined
          ? []
          : [{ address: router.unicastSource.value, role: 'loadbalancer' as const }],
      );
  return [];
}

/** A node's name in a path: `k3s/cp1.yaml`, `keepalived-lb1.conf`, `cp1/config.yaml`. */
function nameIn(path: string): string | undefined {
  const words = path
    .replace(/\.[a-z]+$/, '')
    .split(/[/_]/)
    .reverse();
  for (const word of words) {
    const found =
      /(?:^|keepalived-|k3s-|kubeadm-|config-)((?!keepalived|haproxy|config$|kubeadm|k3s$)[a-z][a-z0-9-]*\d)$/i.exec(
        word,
      )?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

function distributionOf(facts: readonly FileFacts[]): string | undefined {
  if (facts.some((file) => file.kind === 'k3s')) return 'k3s';
  return facts.some((file) => file.kind === 'kubeadm') ? 'kubeadm' : undefined;
}

/** A kubeconfig knows best; then what the nodes join through; then the virtual address with the load balancer's port. */
function endpointOf({ kubeconfig, facts }: InventorySources, virtual: readonly string[]): string | undefined {
  const servers = kubeconfig === undefined ? [] : kubeconfigFacts('', kubeconfig).servers;
  const joins = facts.flatMap((file) => {
    if (file.kind === 'kubeconfig') return file.servers.map((each) => each.value);
    if (file.kind === 'kubeadm')
      return file.controlPlaneEndpoint === undefined ? [] : [file.controlPlaneEndpoint.value];
    if (file.kind === 'k3s') return parseHostPort(file.settings.get('server')?.values[0]?.value ?? '') ?? [];
    return [];
  });
  const found = [...servers.map((each) => each.value), ...joins].find(
    ({ host }) => !isPlaceholder(host) && !/^(127\.|localhost$|::1$)/.test(host),
  );
  const text = (host: string, port: number) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
  if (found !== undefined) return text(found.host, found.port ?? 6443);
  const [address] = virtual;
  if (address === undefined) return undefined;
  const listener = facts
    .flatMap((file) => (file.kind === 'loadbalancer' ? file.listeners : []))
    .find((each) => each.port === 6443 || each.port === 8443);
  return text(address, listener?.port ?? 6443);
}

function sshText({ user, port, jump }: FoundHost): string {
  const parts: string[] = [];
  if (user !== undefined) parts.push(`user: ${quoted(user)}`);
  if (port !== undefined) parts.push(`port: ${port}`);
  if (jump !== undefined) parts.push(`jump: ${quoted(jump)}`);
  return parts.join(', ');
}

/** Plain where YAML reads a plain word as the same text, quoted otherwise. */
function quoted(text: string): string {
  const isPlain =
    /^[A-Za-z][\w./@-]*(?::\d+)?$|^\d+\.\d+\.\d+\.\d+(?::\d+)?$/.test(text) &&
    !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
