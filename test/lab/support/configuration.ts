import { k3sConfig } from './k3s-config';
import { type Machine, type Mode, virtualAddress } from './layout';

const named = (machines: readonly Machine[], kind: Machine['kind']) => machines.filter((each) => each.kind === kind);

const readyCheck = `    option httpchk GET /readyz
    http-check expect status 200
    default-server check check-ssl verify none inter 2s fall 3 rise 2
`;
const portCheck = '    default-server check inter 2s fall 3 rise 2\n';

/** The port under which the load balancers offer the API at the virtual address. */
export const apiPort = 6443;

/** What both load balancers run. k3s tells nobody how it is who does not say who he is, so there only the port is tried. */
export function haproxyConfig(machines: readonly Machine[], mode: Mode): string {
  const servers = named(machines, 'server').map((each) => `    server ${each.name} ${each.address}:6443\n`);
  return `global
    log /dev/log local0
    chroot /var/lib/haproxy
    stats socket /run/haproxy/admin.sock mode 660 level admin
    user haproxy
    group haproxy

defaults
    log global
    mode tcp
    option tcplog
    option dontlognull
    timeout connect 5s
    timeout client 4h
    timeout server 4h
    timeout check 5s
    option clitcpka
    option srvtcpka

frontend kubernetes-api
    bind *:${apiPort}
    default_backend control-plane

backend control-plane
    balance roundrobin
${mode === 'k3s' ? portCheck : readyCheck}${servers.join('')}`;
}

/** keepalived of one load balancer: a failing check takes away more than lies between two of them. */
export function keepalivedConfig(machine: Machine, machines: readonly Machine[]): string {
  const peers = named(machines, 'balancer').filter((each) => each.name !== machine.name);
  return `global_defs {
    router_id ${machine.name}
    script_user root
    enable_script_security
}

vrrp_script chk_haproxy {
    script "/usr/bin/pgrep -x haproxy"
    interval 2
    timeout 2
    fall 2
    rise 2
    weight -60
}

vrrp_instance API {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${160 - 25 * machine.number}
    advert_int 1
    unicast_src_ip ${machine.address}
    unicast_peer {
${peers.map((each) => `        ${each.address}\n`).join('')}    }
    authentication {
        auth_type PASS
        auth_pass lab4test
    }
    virtual_ipaddress {
        ${virtualAddress}/24 dev eth0
    }
    track_script {
        chk_haproxy
    }
}
`;
}

/** The environment of a member's etcd. */
export function etcdEnvironment(machine: Machine, machines: readonly Machine[]): string {
  const members = named(machines, 'server').map((each) => `${each.name}=https://${each.address}:2380`);
  const pki = '/etc/kubernetes/pki/etcd';
  return `ETCD_NAME=${machine.name}
ETCD_DATA_DIR=/var/lib/etcd
ETCD_LISTEN_CLIENT_URLS=https://127.0.0.1:2379,https://${machine.address}:2379
ETCD_ADVERTISE_CLIENT_URLS=https://${machine.address}:2379
ETCD_LISTEN_PEER_URLS=https://${machine.address}:2380
ETCD_INITIAL_ADVERTISE_PEER_URLS=https://${machine.address}:2380
ETCD_LISTEN_METRICS_URLS=http://127.0.0.1:2381
ETCD_INITIAL_CLUSTER=${members.join(',')}
ETCD_INITIAL_CLUSTER_TOKEN=lab
ETCD_INITIAL_CLUSTER_STATE=new
ETCD_CERT_FILE=${pki}/server.crt
ETCD_KEY_FILE=${pki}/server.key
ETCD_CLIENT_CERT_AUTH=true
ETCD_TRUSTED_CA_FILE=${pki}/ca.crt
ETCD_PEER_CERT_FILE=${pki}/peer.crt
ETCD_PEER_KEY_FILE=${pki}/peer.key
ETCD_PEER_CLIENT_CERT_AUTH=true
ETCD_PEER_TRUSTED_CA_FILE=${pki}/ca.crt
`;
}

export const etcdUnit = `[Unit]
Description=etcd
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
EnvironmentFile=/etc/etcd/etcd.env
ExecStart=/usr/bin/etcd
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`;

export const apiServerUnit = `[Unit]
Description=What plays kube-apiserver on 6443
After=network.target

[Service]
Type=notify
ExecStart=/usr/local/bin/kube-apiserver-standin -Ws -f /etc/kubernetes/apiserver-standin.cfg -p /run/apiserver-standin.pid
KillMode=mixed
SuccessExitStatus=143
Restart=always

[Install]
WantedBy=multi-user.target
`;

/** Answers the questions about health as an API server does, says whose answer it is, and refuses the rest. */
export const apiServerConfig = ({ name }: Machine): string => `global
    maxconn 200
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend api
    bind *:6443 ssl crt /etc/kubernetes/pki/apiserver.pem ca-file /etc/kubernetes/pki/ca.crt verify optional
    http-request return status 200 content-type text/plain hdr X-Node ${name} string ok if { path /healthz /livez /readyz }
    http-request return status 401 content-type application/json hdr X-Node ${name} string '{"kind":"Status","code":401}'
`;

/** The machines of a lab, and what runs on them. */
interface LabShape {
  readonly machines: readonly Machine[];
  readonly mode: Mode;
}

/** The inventory of the lab, as its operator would write it. */
export function inventoryOf({ machines, mode }: LabShape): string {
  const roles = { server: 'server', balancer: 'loadbalancer', agent: 'agent' } as const;
  const balancers = named(machines, 'balancer');
  const nodes = mode === 'k3s' ? machines.filter((each) => each.kind !== 'balancer') : [];
  return `clusters:
  - name: lab
    distribution: ${mode === 'k3s' ? 'k3s' : 'kubeadm'}
    endpoint: ${virtualAddress}:${apiPort}
    ssh: { user: ops }
    nodes:
${machines.map((each) => `      - { name: ${each.name}, address: ${each.address}, roles: [${roles[each.kind]}] }\n`).join('')}    configs:
      - { file: lb/haproxy.cfg, on: [${balancers.map((each) => each.name).join(', ')}] }
${[
  ...balancers.map((each) => ({ file: `lb/keepalived-${each.name}.conf`, on: each.name })),
  ...nodes.map((each) => ({ file: `k3s/${each.name}.yaml`, on: each.name })),
]
  .map(({ file, on }) => `      - { file: ${file}, on: [${on}] }\n`)
  .join('')}`;
}

/** The files that the inventory names, as the machines run them. */
export function configFiles({ machines, mode }: LabShape): Readonly<Record<string, string>> {
  const balancers = named(machines, 'balancer');
  const nodes = mode === 'k3s' ? machines.filter((each) => each.kind !== 'balancer') : [];
  return {
    'lb/haproxy.cfg': haproxyConfig(machines, mode),
    ...Object.fromEntries(nodes.map((each) => [`k3s/${each.name}.yaml`, k3sConfig(each, machines)])),
    ...Object.fromEntries(
      balancers.map((each) => [`lb/keepalived-${each.name}.conf`, keepalivedConfig(each, machines)]),
    ),
  };
}
