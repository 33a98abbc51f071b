/**
 * Valid clusters that nobody wrote: an architecture, names, folders, networks, ports and programs drawn from a seed. Whoever reads
 * the files of such a cluster has nothing to say of it above a hint.
 */
export function madeClusters(seed: number, count: number): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const found = new Map<string, ReadonlyMap<string, string>>();
  for (let number = 0; number < count; number++) {
    const draw = new Draw(seed * 1_000 + number);
    const kind = kinds[number % kinds.length] ?? 'k3s-etcd';
    found.set(`${seed}-${number}-${kind}`, new Map(Object.entries(make(kind, draw))));
  }
  return found;
}

const kinds = [
  'k3s-etcd',
  'k3s-database',
  'k3s-outer-etcd',
  'kubeadm',
  'kubeadm-outer-etcd',
  'kube-vip',
  'cloud-init',
] as const;
type Kind = (typeof kinds)[number];

/** Numbers that are the same for the same seed (mulberry32). */
export class Draw {
  constructor(private state: number) {}

  number(from: number, to: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return from + (((mixed ^ (mixed >>> 14)) >>> 0) % (to - from + 1));
  }

  of<Value>(...all: readonly [Value, ...Value[]]): Value {
    return all[this.number(0, all.length - 1)] ?? all[0];
  }

  word(length: number, letters = '0123456789abcdef'): string {
    return Array.from({ length }, () => letters[this.number(0, letters.length - 1)]).join('');
  }
}

interface Machine {
  readonly name: string;
  readonly ip: string;
  readonly roles: readonly string[];
}

function make(kind: Kind, draw: Draw): Record<string, string> {
  const isK3s = !kind.startsWith('kube');
  const net = draw.of(
    `10.${draw.number(1, 90)}.${draw.number(0, 99)}`,
    `192.168.${draw.number(1, 200)}`,
    `172.${draw.number(16, 30)}.${draw.number(0, 99)}`,
  );
  const name = draw.of('api.prod.example', 'k8s.corp.example', 'kube.home.arpa', 'control.example.org');
  const vip = `${net}.${draw.number(200, 250)}`;
  const [plane, worker] = draw.of(['cp', 'w'], ['server-', 'agent-'], ['master0', 'worker0'], ['k3s-cp-0', 'k3s-w-0']);
  const list = (prefix: string, count: number, from: number, ...roles: string[]): Machine[] =>
    Array.from({ length: count }, (_, at) => ({ name: `${prefix}${at + 1}`, ip: `${net}.${from + at}`, roles }));
  const withOwn = kind !== 'kube-vip' && (kind === 'cloud-init' || draw.number(0, 1) === 1);
  const servers = list(
    plane,
    kind === 'k3s-database' ? 2 : 3,
    11,
    'server',
    ...(withOwn || kind === 'kube-vip' ? [] : ['loadbalancer']),
  );
  const agents = list(worker, draw.number(1, 2), 31, 'agent');
  const balancers = withOwn ? list('lb', 2, 5, 'loadbalancer') : kind === 'kube-vip' ? [] : servers;
  const etcd = kind.endsWith('outer-etcd') ? list('etcd-', 3, 61, 'etcd') : [];
  const port = balancers === servers ? draw.of(7443, 8443) : kind === 'kube-vip' ? 6443 : draw.of(6443, 6443, 8443);
  const host = draw.of(name, vip);
  const files: Record<string, string> = {};
  const layout = draw.number(0, 2);
  const at = (machine: string, folder: string, file: string): string =>
    layout === 0
      ? `${machine}/${file}`
      : layout === 1
        ? `hosts/${machine}/etc/${folder}/${file}`
        : `${folder.split('/').at(-1)}/${machine}${/\.[a-z]+$/.exec(file)?.[0] ?? ''}`;
  const where = new Map<string, string[]>();
  const put = (path: string, text: string, ...on: readonly string[]): void => {
    files[path] = text;
    where.set(path, [...on]);
  };
  const cidrs = isK3s
    ? ([`10.${draw.number(100, 140)}.0.0/16`, `10.${draw.number(150, 190)}.0.0/16`] as const)
    : (['10.244.0.0/16', '10.96.0.0/16'] as const);
  const setup = { draw, servers, agents, etcd, host, name, vip, port, cidrs };
  const node = (machine: Machine, index: number) =>
    isK3s ? k3s(kind, setup, machine, index) : kubeadm(kind, setup, machine, index);
  const secrets = isK3s ? k3sSecrets(kind, setup) : kubeadmSecrets(setup);
  for (const [index, machine] of [...servers, ...agents].entries()) {
    const text = secrets(node(machine, index));
    if (kind === 'cloud-init')
      put(
        `cloud-init/${machine.name}.yaml`,
        cloudInit(machine.name, { '/etc/rancher/k3s/config.yaml': text }, true),
        machine.name,
      );
    else
      put(
        isK3s ? at(machine.name, 'rancher/k3s', 'config.yaml') : at(machine.name, 'kubeadm', 'kubeadm.yaml'),
        text,
        machine.name,
      );
  }
  const vrid = draw.number(10, 250);
  const iface = draw.of('eth0', 'ens18', 'enp3s0', 'bond0');
  const unicast = draw.number(0, 1) === 1;
  const password = draw.word(8);
  const withNginx = kind !== 'cloud-init' && draw.number(0, 3) === 0;
  const router = (index: number) =>
    keepalived({
      vrid,
      iface,
      vip,
      unicast,
      password,
      machines: balancers,
      index,
      program: withNginx ? 'nginx' : 'haproxy',
    });
  const balancer = withNginx ? nginx(port, servers) : haproxy(isK3s ? '/ping' : '/readyz', port, servers);
  if (kind === 'kube-vip')
    for (const machine of servers)
      put(at(machine.name, 'manifests', 'kube-vip.yaml'), kubeVip(vip, iface, port), machine.name);
  const balancerFile = withNginx ? 'nginx.conf' : 'haproxy.cfg';
  const isShared = draw.number(0, 1) === 1 || layout === 2;
  for (const [index, { name: own }] of balancers.entries())
    if (kind === 'cloud-init')
      put(
        `cloud-init/${own}.yaml`,
        cloudInit(
          own,
          { '/etc/haproxy/haproxy.cfg': balancer, '/etc/keepalived/keepalived.conf': router(index) },
          false,
        ),
        own,
      );
    else {
      put(layout === 2 ? `lb/keepalived-${own}.conf` : at(own, 'keepalived', 'keepalived.conf'), router(index), own);
      if (!isShared) put(at(own, withNginx ? 'nginx' : 'haproxy', balancerFile), balancer, own);
    }
  if (isShared && balancers.length > 0 && kind !== 'cloud-init')
    put(`lb/${balancerFile}`, balancer, ...balancers.map((each) => each.name));
  files.kubeconfig = kubeconfig(`https://${host}:${port}`);
  files['haven.yaml'] = inventory(
    isK3s ? 'k3s' : 'kubeadm',
    `${host}:${port}`,
    [...new Set([...servers, ...agents, ...balancers, ...etcd])],
    where,
  );
  return files;
}

type Setup = {
  readonly draw: Draw;
  readonly servers: readonly Machine[];
  readonly agents: readonly Machine[];
  readonly etcd: readonly Machine[];
  readonly host: string;
  readonly name: string;
  readonly vip: string;
  readonly port: number;
  readonly cidrs: readonly [string, string];
};

function k3s(
  kind: Kind,
  { servers, etcd, host, name, vip, port, cidrs }: Setup,
  { name: own, ip }: Machine,
  index: number,
): string {
  const join = `server: https://${host}:${port}\n`;
  const node = `token: TOKEN\nnode-name: ${own}\nnode-ip: ${ip}\n`;
  if (index >= servers.length) return join + node;
  const store =
    kind === 'k3s-database'
      ? 'datastore-endpoint: "postgres://kine:PASSWORD@db.example:5432/kine"\n'
      : kind === 'k3s-outer-etcd'
        ? `datastore-endpoint: ${etcd.map((each) => `https://${each.ip}:2379`).join(',')}\ndatastore-cafile: /etc/etcd/ca.crt\ndatastore-certfile: /etc/etcd/client.crt\ndatastore-keyfile: /etc/etcd/client.key\n`
        : index === 0
          ? 'cluster-init: true\n'
          : join;
  const snapshots = /k3s-etcd|cloud-init/.test(kind)
    ? 'etcd-snapshot-schedule-cron: "0 */6 * * *"\netcd-snapshot-retention: 28\n'
    : '';
  return `${store}${node}tls-san:\n  - ${name}\n  - ${vip}\ncluster-cidr: ${cidrs[0]}\nservice-cidr: ${cidrs[1]}\nsecrets-encryption: true\nwrite-kubeconfig-mode: "0600"\n${snapshots}`;
}

function k3sSecrets(_kind: Kind, { draw }: Setup): (text: string) => string {
  const [token, password] = [draw.word(20), draw.word(12)];
  return (text) => text.replaceAll('TOKEN', token).replaceAll('PASSWORD', password);
}

function kubeadm(
  _kind: Kind,
  { servers, etcd, host, name, vip, port, cidrs, draw }: Setup,
  { name: own, ip }: Machine,
  index: number,
): string {
  const head = (kind: string) => `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ${kind}\n`;
  const registration = `nodeRegistration:\n  name: ${own}\n  kubeletExtraArgs:\n    - name: node-ip\n      value: ${ip}\n`;
  const local = `localAPIEndpoint:\n  advertiseAddress: ${ip}\n  bindPort: 6443\n`;
  if (index === 0) {
    const outer =
      etcd.length === 0
        ? ''
        : `etcd:\n  external:\n    endpoints:\n${etcd.map((each) => `      - https://${each.ip}:2379\n`).join('')}    caFile: /etc/etcd/ca.crt\n    certFile: /etc/etcd/client.crt\n    keyFile: /etc/etcd/client.key\n`;
    const components =
      draw.number(0, 1) === 1
        ? `---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncgroupDriver: systemd\nclusterDomain: cluster.local\nclusterDNS:\n  - 10.96.0.10\n---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: ${cidrs[0]}\n`
        : '';
    return `${head('InitConfiguration')}bootstrapTokens:\n  - token: TOKEN\ncertificateKey: KEY\n${local}${registration}---\n${head('ClusterConfiguration')}kubernetesVersion: v1.34.1\ncontrolPlaneEndpoint: ${host}:${port}\nnetworking:\n  dnsDomain: cluster.local\n  podSubnet: ${cidrs[0]}\n  serviceSubnet: ${cidrs[1]}\napiServer:\n  certSANs:\n    - ${name}\n    - ${vip}\n${outer}${components}`;
  }
  const plane = `controlPlane:\n  certificateKey: KEY\n${local.replace(/^/gm, '  ').trimEnd()}\n`;
  return `${head('JoinConfiguration')}discovery:\n  bootstrapToken:\n    apiServerEndpoint: ${host}:${port}\n    token: TOKEN\n    caCertHashes:\n      - sha256:HASH\n${index < servers.length ? plane : ''}${registration}`;
}

function kubeadmSecrets({ draw }: Setup): (text: string) => string {
  const [token, key, hash] = [`${draw.word(6)}.${draw.word(16)}`, draw.word(64), draw.word(64)];
  return (text) => text.replaceAll('TOKEN', token).replaceAll('KEY', key).replaceAll('HASH', hash);
}

function haproxy(path: string, port: number, servers: readonly Machine[]): string {
  const timeouts = ['connect 5s', 'client 4h', 'server 4h', 'check 5s'].map((each) => `    timeout ${each}\n`).join('');
  return `global\n    log /dev/log local0\n    user haproxy\n    group haproxy\n    maxconn 4000\n\ndefaults\n    log global\n    mode tcp\n    option tcplog\n    option dontlognull\n${timeouts}\nfrontend api\n    bind *:${port}\n    default_backend servers\n\nbackend servers\n    balance roundrobin\n    option httpchk GET ${path}\n    http-check expect status 200\n    default-server check check-ssl verify none inter 2s fall 3 rise 2\n${servers.map((each) => `    server ${each.name} ${each.ip}:6443\n`).join('')}`;
}

function nginx(port: number, servers: readonly Machine[]): string {
  return `events {\n    worker_connections 4096;\n}\nstream {\n    upstream servers {\n${servers.map((each) => `        server ${each.ip}:6443 max_fails=2 fail_timeout=10s;\n`).join('')}    }\n    server {\n        listen ${port};\n        proxy_pass servers;\n        proxy_connect_timeout 2s;\n        proxy_timeout 4h;\n    }\n}\n`;
}

interface RouterSetup {
  readonly vrid: number;
  readonly iface: string;
  readonly vip: string;
  readonly unicast: boolean;
  readonly password: string;
  readonly machines: readonly Machine[];
  readonly index: number;
  readonly program: string;
}

function keepalived({ vrid, iface, vip, unicast, password, machines, index, program }: RouterSetup): string {
  const own = machines[index];
  const peers = machines.filter((each) => each !== own).map((each) => `        ${each.ip}\n`);
  const addresses = unicast ? `    unicast_src_ip ${own?.ip}\n    unicast_peer {\n${peers.join('')}    }\n` : '';
  return `global_defs {\n    router_id ${own?.name}\n}\n\nvrrp_track_process balancer {\n    process ${program}\n    weight -60\n}\n\nvrrp_instance API {\n    state BACKUP\n    interface ${iface}\n    virtual_router_id ${vrid}\n    priority ${150 - index * 10}\n    advert_int 1\n    authentication {\n        auth_type PASS\n        auth_pass ${password}\n    }\n${addresses}    virtual_ipaddress {\n        ${vip}/24\n    }\n    track_process {\n        balancer\n    }\n}\n`;
}

function kubeVip(vip: string, iface: string, port: number): string {
  const settings = {
    vip_arp: 'true',
    vip_interface: iface,
    address: vip,
    port,
    cp_enable: 'true',
    vip_leaderelection: 'true',
  };
  const environment = Object.entries(settings).map(
    ([key, value]) => `        - name: ${key}\n          value: "${value}"\n`,
  );
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-vip\n  namespace: kube-system\nspec:\n  hostNetwork: true\n  containers:\n    - name: kube-vip\n      image: ghcr.io/kube-vip/kube-vip:v0.8.9\n      args:\n        - manager\n      securityContext:\n        capabilities:\n          add: [NET_ADMIN, NET_RAW]\n      env:\n${environment.join('')}`;
}

function cloudInit(name: string, written: Readonly<Record<string, string>>, installs: boolean): string {
  const files = Object.entries(written).map(
    ([path, text]) =>
      `  - path: ${path}\n    permissions: "0600"\n    content: |\n${text.trimEnd().replace(/^(?=.)/gm, '      ')}\n`,
  );
  const steps = installs
    ? 'runcmd:\n  - curl -sfL https://get.k3s.io -o /root/install.sh\n  - INSTALL_K3S_VERSION=v1.34.1+k3s1 sh /root/install.sh\n'
    : '';
  return `#cloud-config\nhostname: ${name}\nwrite_files:\n${files.join('')}${steps}`;
}

function kubeconfig(server: string): string {
  return `apiVersion: v1\nkind: Config\ncurrent-context: main\nclusters:\n  - name: main\n    cluster:\n      server: ${server}\n      certificate-authority: ca.crt\ncontexts:\n  - name: main\n    context:\n      cluster: main\n      user: admin\nusers:\n  - name: admin\n    user:\n      client-certificate: admin.crt\n      client-key: admin.key\n`;
}

function inventory(
  distribution: string,
  endpoint: string,
  machines: readonly Machine[],
  where: ReadonlyMap<string, readonly string[]>,
): string {
  const nodes = machines.map(
    ({ name, ip, roles }) => `      - name: ${name}\n        address: ${ip}\n        roles: [${roles.join(', ')}]\n`,
  );
  const configs = [...where].map(([file, on]) => `      - file: ${file}\n        on: [${on.join(', ')}]\n`);
  return `clusters:\n  - name: main\n    distribution: ${distribution}\n    endpoint: ${endpoint}\n    nodes:\n${nodes.join('')}    configs:\n${configs.join('')}`;
}
