/**
 * Settings that the servers of one k3s cluster compare when one joins (k3s-io/k3s pkg/daemons/config/types.go), with
 * what each has when it is not set. A server with another value is refused.
 */
export const criticalSettings: ReadonlyMap<string, string> = new Map([
  ['flannel-backend', 'vxlan'],
  ['flannel-ipv6-masq', 'false'],
  ['flannel-external-ip', 'false'],
  ['egress-selector-mode', 'agent'],
  ['disable-cloud-controller', 'false'],
  ['disable-network-policy', 'false'],
  ['disable-helm-controller', 'false'],
  ['embedded-registry', 'false'],
  ['supervisor-metrics', 'false'],
  ['secrets-encryption', 'false'],
  ['cluster-cidr', '10.42.0.0/16'],
  ['service-cidr', '10.43.0.0/16'],
  ['cluster-dns', ''],
  ['cluster-domain', 'cluster.local'],
]);

/** Settings that the documentation wants alike on all servers, though nothing compares them (docs datastore/ha-embedded). */
export const alikeSettings: readonly string[] = ['disable', 'disable-kube-proxy', 'agent-token'];

/** Settings that are a node's own, or that other rules compare. */
export const ownSettings: ReadonlySet<string> = new Set([
  'advertise-address',
  'agent-token',
  'bind-address',
  'cluster-init',
  'datastore-endpoint',
  'etcd-snapshot-schedule-cron',
  'flannel-iface',
  'https-listen-port',
  'node-external-ip',
  'node-ip',
  'node-label',
  'node-name',
  'node-taint',
  'resolv-conf',
  'server',
  'tls-san',
  'token',
  'token-file',
  'with-node-id',
]);
