/** One key of `haven.yaml`. `in` names the mapping it belongs to. */
export interface InventoryKey {
  readonly in: 'root' | 'cluster' | 'ssh' | 'versions' | 'node' | 'config';
  readonly key: string;
  readonly required?: true;
  /** What it holds where that is not one text: words, mappings, or keys of its own. */
  readonly holds?: 'words' | 'mappings' | 'keys';
  readonly values?: readonly string[];
  readonly example: string;
  readonly text: string;
}

export const inventoryKeys: readonly InventoryKey[] = [
  {
    in: 'root',
    key: 'clusters',
    required: true,
    holds: 'mappings',
    example: '',
    text: 'The clusters of this repository.',
  },
  {
    in: 'cluster',
    key: 'name',
    required: true,
    example: 'prod',
    text: 'What the explorer calls the cluster; a destructive operation asks for it.',
  },
  {
    in: 'cluster',
    key: 'distribution',
    values: ['k3s', 'kubeadm'],
    example: 'k3s',
    text: 'How the control plane is set up. k3s if absent.',
  },
  {
    in: 'cluster',
    key: 'endpoint',
    example: 'lb.example.com:6443',
    text: 'The `host:port` that clients and joining nodes use: the virtual address or its name.',
  },
  {
    in: 'cluster',
    key: 'ssh',
    holds: 'keys',
    example: '{ user: ops }',
    text: 'How the nodes are reached. Everything absent comes from `~/.ssh/config` and the agent.',
  },
  {
    in: 'cluster',
    key: 'versions',
    holds: 'keys',
    example: '{ k3s: v1.34.1+k3s1 }',
    text: 'The releases the nodes run; the files are read for these.',
  },
  { in: 'cluster', key: 'nodes', holds: 'mappings', required: true, example: '', text: 'The machines of the cluster.' },
  {
    in: 'cluster',
    key: 'configs',
    holds: 'mappings',
    example: '',
    text: 'Files of this repository and the nodes they live on.',
  },
  { in: 'ssh', key: 'user', example: 'ops', text: 'The user to log in as.' },
  { in: 'ssh', key: 'port', example: '22', text: 'The port of the SSH server.' },
  { in: 'ssh', key: 'jump', example: 'bastion', text: 'A jump host, as in `ssh -J`.' },
  { in: 'versions', key: 'k3s', example: 'v1.34.1+k3s1', text: 'The k3s release.' },
  { in: 'versions', key: 'kubernetes', example: 'v1.34.1', text: 'The Kubernetes release that kubeadm deploys.' },
  { in: 'versions', key: 'haproxy', example: '2.6', text: 'The haproxy release of the load balancers.' },
  { in: 'versions', key: 'keepalived', example: '2.2.7', text: 'The keepalived release of the load balancers.' },
  {
    in: 'node',
    key: 'name',
    required: true,
    example: 'cp1',
    text: 'The name of the node, in Kubernetes as well where it is a part of it.',
  },
  {
    in: 'node',
    key: 'address',
    required: true,
    example: '192.168.1.10',
    text: 'The address or host name under which SSH reaches the node.',
  },
  {
    in: 'node',
    key: 'roles',
    holds: 'words',
    required: true,
    values: ['server', 'agent', 'loadbalancer', 'etcd'],
    example: '[server]',
    text: '`server`: control plane. `agent`: worker. `loadbalancer`: haproxy, nginx, keepalived. `etcd`: a host for etcd alone.',
  },
  {
    in: 'node',
    key: 'ssh',
    holds: 'keys',
    example: '{ port: 2222 }',
    text: 'SSH settings of this node, over those of the cluster.',
  },
  {
    in: 'config',
    key: 'file',
    required: true,
    example: 'lb/haproxy.cfg',
    text: 'The file, relative to the folder of this inventory.',
  },
  {
    in: 'config',
    key: 'on',
    holds: 'words',
    required: true,
    example: '[lb1, lb2]',
    text: 'The nodes the file lives on.',
  },
  {
    in: 'config',
    key: 'path',
    example: '/etc/haproxy/haproxy.cfg',
    text: 'Where it lives there. The usual path of its kind if absent.',
  },
];

/** Keys of ssh_config(5) and other tools that would start a program; refused wherever they stand. */
export const programKeys =
  /^(proxy_?command|local_?command|remote_?command|permit_?local_?command|known_?hosts_?command|match_?exec|hooks?|(pre|post)[-_]?\w*(hook|command|script)|command|exec|run|script|shell)$/i;
