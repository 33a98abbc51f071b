/** One mistake in a valid cluster, the rule that names it, and the files in which it does. */
interface Mistake {
  readonly rule: string;
  readonly cluster: string;
  /** The file, what stands there, and what stands there by mistake; an empty text means the end of the file. */
  readonly changes: readonly (readonly [path: string, from: string, to: string])[];
  readonly told: readonly string[];
}

/** kube-vip of one node that tells routers of the address. */
const bgpPod = (routerId: string) => `apiVersion: v1
kind: Pod
metadata:
  name: kube-vip
spec:
  hostNetwork: true
  containers:
    - name: kube-vip
      image: ghcr.io/kube-vip/kube-vip:v0.8.9
      args: [manager]
      securityContext:
        capabilities:
          add: [NET_ADMIN, NET_RAW]
      env:
        - { name: bgp_enable, value: "true" }
        - { name: bgp_routerid, value: ${routerId} }
        - { name: bgp_as, value: "65010" }
        - { name: bgp_peers, value: "10.0.1.1:65000::false" }
        - { name: address, value: 10.0.1.100 }
`;
const sans = (list: string) => `tls-san:\n${list}`;
const listed = sans('  - api.example.com\n  - 10.0.0.100\n');

const kubeVip = `apiVersion: v1
kind: Pod
metadata:
  name: kube-vip
spec:
  hostNetwork: true
  containers:
    - name: kube-vip
      image: ghcr.io/kube-vip/kube-vip:v0.8.9
      env:
        - { name: address, value: 10.0.1.100 }
`;
const pool = `apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata:
  name: default
spec:
  addresses:
    - 10.0.1.100-10.0.1.150
`;
const script = `vrrp_script api {
    script "/usr/bin/curl -fsk --max-time 2 https://127.0.0.1:8443/livez"
    interval 3
    timeout 3
    fall 2
    weight -40
}

`;

/** Servers beyond the three of the cluster. */
const further = [4, 5, 6, 7, 8, 9];
const unicast = (own: string, peer: string) =>
  `    unicast_src_ip ${own}\n    unicast_peer {\n        ${peer}\n    }\n`;
const bucket = 'etcd-s3: true\netcd-s3-bucket: backups\netcd-s3-folder: k3s\n';
/** A second cluster in the network of the first, with load balancers of its own. */
const otherCluster = `clusters:
  - name: test
    distribution: k3s
    endpoint: 10.0.0.200:6443
    nodes:
      - { name: s1, address: 10.0.0.51, roles: [server] }
      - { name: a, address: 10.0.0.52, roles: [loadbalancer] }
      - { name: b, address: 10.0.0.53, roles: [loadbalancer] }
    configs:
      - { file: keepalived-a.conf, on: [a] }
      - { file: keepalived-b.conf, on: [b] }
`;
const otherRouter = (name: string, priority: number) => `global_defs {
    router_id ${name}
}

vrrp_track_process haproxy {
    process haproxy
    weight -40
}

vrrp_instance TEST {
    state BACKUP
    interface eth0
    virtual_router_id 61
    priority ${priority}
    advert_int 1
    virtual_ipaddress {
        10.0.0.200/24
    }
    track_process {
        haproxy
    }
}
`;

export const mistakes: readonly Mistake[] = [
  {
    rule: 'cluster/vip-not-in-tls-san',
    cluster: 'k3s-embedded',
    changes: ['cp1', 'cp2', 'cp3'].map((name) => [`k3s/${name}.yaml`, listed, sans('  - 10.0.0.100\n')] as const),
    told: ['haven.yaml', 'k3s/cp1.yaml', 'k3s/cp2.yaml', 'k3s/cp3.yaml'],
  },
  {
    rule: 'cluster/api-address-unknown',
    cluster: 'k3s-embedded',
    changes: [['k3s/w1.yaml', 'api.example.com', '10.0.0.77']],
    told: ['haven.yaml', 'k3s/w1.yaml'],
  },
  {
    rule: 'cluster/api-port',
    cluster: 'k3s-embedded',
    changes: [['k3s/w1.yaml', ':6443', ':6444']],
    told: ['k3s/w1.yaml', 'lb/haproxy.cfg'],
  },
  {
    rule: 'cluster/joins-itself',
    cluster: 'k3s-embedded',
    changes: [['k3s/cp2.yaml', 'api.example.com', 'cp2']],
    told: ['haven.yaml', 'k3s/cp2.yaml'],
  },
  {
    rule: 'cluster/endpoint-is-one-server',
    cluster: 'k3s-embedded',
    changes: [
      ['haven.yaml', 'api.example.com:6443', '10.0.0.11:6443'],
      ...['cp2', 'cp3'].map(
        (name) => [`k3s/${name}.yaml`, '  - 10.0.0.100\n', '  - 10.0.0.100\n  - 10.0.0.11\n'] as const,
      ),
    ],
    told: ['haven.yaml', 'k3s/cp1.yaml'],
  },
  {
    rule: 'cluster/kube-vip-port',
    cluster: 'kubeadm-kube-vip',
    changes: [
      ['manifests/kube-vip.yaml', 'value: "6443"', 'value: "7443"'],
      ['haven.yaml', '10.0.1.100:6443', '10.0.1.100:7443'],
      ['kubeadm/m1.yaml', '10.0.1.100:6443', '10.0.1.100:7443'],
      ['kubeconfig.yaml', '10.0.1.100:6443', '10.0.1.100:7443'],
    ],
    told: ['kubeadm/m1.yaml', 'kubeadm/m2.yaml', 'kubeadm/m3.yaml', 'manifests/kube-vip.yaml'],
  },
  {
    rule: 'cluster/kube-vip-bgp',
    cluster: 'kubeadm-kube-vip',
    changes: [
      ['m1/kube-vip.yaml', '', bgpPod('10.0.1.11')],
      ['m2/kube-vip.yaml', '', bgpPod('10.0.1.11')],
    ],
    told: ['m1/kube-vip.yaml', 'm2/kube-vip.yaml'],
  },
  {
    rule: 'cluster/backend-is-vip',
    cluster: 'k3s-embedded',
    changes: [
      [
        'lb/haproxy.cfg',
        '    server cp3 10.0.0.13:6443\n',
        '    server cp3 10.0.0.13:6443\n    server vip 10.0.0.100:6443\n',
      ],
    ],
    told: ['lb/haproxy.cfg', 'lb/keepalived-lb1.conf'],
  },
  {
    rule: 'cluster/backend-not-a-server',
    cluster: 'k3s-embedded',
    changes: [
      [
        'lb/haproxy.cfg',
        '    server cp3 10.0.0.13:6443\n',
        '    server cp3 10.0.0.13:6443\n    server w1 10.0.0.21:6443\n',
      ],
    ],
    told: ['haven.yaml', 'lb/haproxy.cfg'],
  },
  {
    rule: 'cluster/server-without-backend',
    cluster: 'k3s-embedded',
    changes: [['lb/haproxy.cfg', '    server cp3 10.0.0.13:6443\n', '']],
    told: ['k3s/cp3.yaml', 'lb/haproxy.cfg'],
  },
  {
    rule: 'cluster/backend-port',
    cluster: 'k3s-embedded',
    changes: [['lb/haproxy.cfg', '10.0.0.13:6443', '10.0.0.13:6444']],
    told: ['k3s/cp3.yaml', 'lb/haproxy.cfg'],
  },
  {
    rule: 'cluster/api-port-taken',
    cluster: 'kubeadm-stacked',
    changes: [
      ['haproxy.cfg', '*:8443', '*:6443'],
      ['haven.yaml', '10.0.1.100:8443', '10.0.1.100:6443'],
      ['kubeadm/m1.yaml', '10.0.1.100:8443', '10.0.1.100:6443'],
      ['kubeconfig.yaml', '10.0.1.100:8443', '10.0.1.100:6443'],
    ],
    told: ['haproxy.cfg', 'haven.yaml'],
  },
  {
    rule: 'cluster/endpoint-port',
    cluster: 'k3s-embedded',
    changes: [['haven.yaml', 'api.example.com:6443', 'api.example.com:6444']],
    told: ['haven.yaml', 'lb/haproxy.cfg'],
  },
  {
    rule: 'cluster/bind-unknown-address',
    cluster: 'k3s-embedded',
    changes: [['lb/haproxy.cfg', 'bind *:6443', 'bind 10.0.0.200:6443']],
    told: ['lb/haproxy.cfg', 'lb/keepalived-lb1.conf'],
  },
  {
    rule: 'cluster/k3s-refuses-check',
    cluster: 'k3s-embedded',
    changes: [['lb/haproxy.cfg', 'GET /ping', 'GET /readyz']],
    told: ['k3s/cp1.yaml', 'lb/haproxy.cfg'],
  },
  {
    rule: 'cluster/bind-needs-nonlocal',
    cluster: 'k3s-embedded',
    changes: [['lb/haproxy.cfg', 'bind *:6443', 'bind 10.0.0.100:6443']],
    told: ['lb/haproxy.cfg'],
  },
  {
    rule: 'cluster/vip-is-node-address',
    cluster: 'k3s-embedded',
    changes: [
      ...['lb1', 'lb2'].map((name) => [`lb/keepalived-${name}.conf`, '10.0.0.100/24', '10.0.0.21/24'] as const),
      ...['cp1', 'cp2', 'cp3'].map((name) => [`k3s/${name}.yaml`, '10.0.0.100', '10.0.0.21'] as const),
    ],
    told: ['haven.yaml', 'lb/keepalived-lb1.conf', 'lb/keepalived-lb2.conf'],
  },
  {
    rule: 'cluster/duplicate-address',
    cluster: 'k3s-embedded',
    changes: [
      ['k3s/cp1.yaml', '', 'node-external-ip: 203.0.113.7\n'],
      ['k3s/cp2.yaml', '', 'node-external-ip: 203.0.113.7\n'],
    ],
    told: ['k3s/cp1.yaml', 'k3s/cp2.yaml'],
  },
  {
    rule: 'cluster/node-address-differs',
    cluster: 'k3s-embedded',
    changes: [['k3s/w1.yaml', '10.0.0.21', '10.0.0.22']],
    told: ['haven.yaml', 'k3s/w1.yaml'],
  },
  {
    rule: 'cluster/network-overlap',
    cluster: 'k3s-embedded',
    changes: ['cp1', 'cp2', 'cp3'].map((name) => [`k3s/${name}.yaml`, '10.43.0.0/16', '10.0.0.96/27'] as const),
    told: ['k3s/cp1.yaml', 'k3s/cp2.yaml', 'k3s/cp3.yaml', 'lb/keepalived-lb1.conf'],
  },
  {
    rule: 'cluster/vip-outside-network',
    cluster: 'k3s-embedded',
    changes: [
      ...['lb1', 'lb2'].map((name) => [`lb/keepalived-${name}.conf`, '10.0.0.100/24', '10.0.9.100/24'] as const),
      ...['cp1', 'cp2', 'cp3'].map((name) => [`k3s/${name}.yaml`, '10.0.0.100', '10.0.9.100'] as const),
    ],
    told: ['lb/keepalived-lb1.conf', 'lb/keepalived-lb2.conf'],
  },
  {
    rule: 'cluster/critical-value-differs',
    cluster: 'k3s-embedded',
    changes: [['k3s/cp3.yaml', '10.43.0.0/16', '10.44.0.0/16']],
    told: ['k3s/cp1.yaml', 'k3s/cp3.yaml'],
  },
  {
    rule: 'cluster/server-flag-differs',
    cluster: 'k3s-embedded',
    changes: [['k3s/cp3.yaml', '', 'disable: [servicelb]\n']],
    told: ['k3s/cp1.yaml', 'k3s/cp3.yaml'],
  },
  {
    rule: 'cluster/servers-differ',
    cluster: 'k3s-embedded',
    changes: [['k3s/cp3.yaml', 'etcd-snapshot-retention: 12', 'etcd-snapshot-retention: 11']],
    told: ['k3s/cp3.yaml'],
  },
  {
    rule: 'cluster/two-cluster-inits',
    cluster: 'k3s-embedded',
    changes: [['k3s/cp2.yaml', 'server: https://api.example.com:6443', 'cluster-init: true']],
    told: ['k3s/cp1.yaml', 'k3s/cp2.yaml'],
  },
  {
    rule: 'cluster/separate-server',
    cluster: 'k3s-embedded',
    changes: [['k3s/cp2.yaml', 'server: https://api.example.com:6443\n', '']],
    told: ['k3s/cp1.yaml', 'k3s/cp2.yaml'],
  },
  {
    rule: 'cluster/token-differs',
    cluster: 'k3s-embedded',
    changes: [['k3s/w1.yaml', '5f1c6b2a9d0e47c3b8a1', '0d9a1b2c3e4f5a6b7c8d']],
    told: ['k3s/cp1.yaml', 'k3s/w1.yaml'],
  },
  {
    rule: 'cluster/datastore-differs',
    cluster: 'k3s-mysql',
    changes: [['k3s/cp2.yaml', '/k3s', '/other']],
    told: ['k3s/cp1.yaml', 'k3s/cp2.yaml'],
  },
  {
    rule: 'cluster/listen-port-differs',
    cluster: 'k3s-embedded',
    changes: [
      ['k3s/cp3.yaml', '', 'https-listen-port: 7443\n'],
      ['lb/haproxy.cfg', '10.0.0.13:6443', '10.0.0.13:7443'],
    ],
    told: ['k3s/cp1.yaml', 'k3s/cp3.yaml'],
  },
  {
    rule: 'cluster/tls-san-differs',
    cluster: 'k3s-embedded',
    changes: [['k3s/cp1.yaml', listed, sans('  - api.example.com\n  - 10.0.0.100\n  - k8s.example.org\n')]],
    told: ['k3s/cp1.yaml', 'k3s/cp2.yaml', 'k3s/cp3.yaml'],
  },
  {
    rule: 'cluster/single-join-server',
    cluster: 'k3s-embedded',
    changes: ['cp2', 'cp3', 'w1'].map(
      (name) => [`k3s/${name}.yaml`, 'https://api.example.com', 'https://10.0.0.11'] as const,
    ),
    told: ['k3s/cp2.yaml', 'k3s/cp3.yaml', 'k3s/w1.yaml'],
  },
  {
    rule: 'cluster/vip-not-in-cert-sans',
    cluster: 'kubeadm-stacked',
    changes: [
      ['kubeadm/m1.yaml', 'controlPlaneEndpoint: 10.0.1.100:8443', 'controlPlaneEndpoint: api.example.com:8443'],
      ['haven.yaml', '10.0.1.100:8443', 'api.example.com:8443'],
      ['kubeadm/m1.yaml', '    - 10.0.1.100\n', '    - api.example.com\n'],
    ],
    told: ['keepalived-m1.conf', 'kubeadm/m1.yaml'],
  },
  {
    rule: 'cluster/no-control-plane-endpoint',
    cluster: 'kubeadm-stacked',
    changes: [['kubeadm/m1.yaml', 'controlPlaneEndpoint: 10.0.1.100:8443\n', '']],
    told: ['haven.yaml', 'kubeadm/m1.yaml'],
  },
  {
    rule: 'cluster/control-plane-endpoint-differs',
    cluster: 'kubeadm-stacked',
    changes: [
      ['kubeadm/m1.yaml', 'controlPlaneEndpoint: 10.0.1.100:8443', 'controlPlaneEndpoint: api.example.com:8443'],
    ],
    told: ['haven.yaml', 'kubeadm/m1.yaml'],
  },
  {
    rule: 'inventory/many-servers',
    cluster: 'k3s-embedded',
    changes: [
      [
        'haven.yaml',
        '      - { name: w1,',
        `${further.map((n) => `      - { name: cp${n}, address: 10.0.0.1${n}, roles: [server] }\n`).join('')}      - { name: w1,`,
      ],
      [
        'lb/haproxy.cfg',
        '    server cp3',
        `${further.map((n) => `    server cp${n} 10.0.0.1${n}:6443\n`).join('')}    server cp3`,
      ],
    ],
    told: ['haven.yaml'],
  },
  {
    rule: 'inventory/even-servers',
    cluster: 'k3s-embedded',
    changes: [
      [
        'haven.yaml',
        '      - { name: w1,',
        '      - { name: cp4, address: 10.0.0.14, roles: [server] }\n      - { name: w1,',
      ],
      ['lb/haproxy.cfg', '    server cp3', '    server cp4 10.0.0.14:6443\n    server cp3'],
    ],
    told: ['haven.yaml'],
  },
  {
    rule: 'cluster/unknown-san',
    cluster: 'k3s-embedded',
    changes: ['cp1', 'cp2', 'cp3'].map(
      (name) => [`k3s/${name}.yaml`, '  - 10.0.0.100\n', '  - 10.0.0.100\n  - 10.0.0.177\n'] as const,
    ),
    told: ['k3s/cp1.yaml', 'k3s/cp2.yaml', 'k3s/cp3.yaml'],
  },
  {
    rule: 'cluster/virtual-router-id-differs',
    cluster: 'k3s-embedded',
    changes: [['lb/keepalived-lb2.conf', 'virtual_router_id 61', 'virtual_router_id 62']],
    told: ['lb/keepalived-lb1.conf', 'lb/keepalived-lb2.conf'],
  },
  {
    rule: 'cluster/interface-differs',
    cluster: 'kubeadm-stacked',
    changes: [['keepalived-m2.conf', 'interface eth0', 'interface eth1']],
    told: ['keepalived-m2.conf'],
  },
  {
    rule: 'cluster/check-never-passes',
    cluster: 'kubeadm-stacked',
    changes: [['haproxy.cfg', 'expect status 200', 'expect status 201']],
    told: ['haproxy.cfg', 'kubeadm/m1.yaml'],
  },
  {
    rule: 'cluster/etcd-members-differ',
    cluster: 'kubeadm-etcd-hosts',
    changes: [['etcd/e2.yaml', 'e3=https://10.0.8.33:2380', 'e3=https://10.0.8.33:2381']],
    told: ['etcd/e1.yaml', 'etcd/e2.yaml'],
  },
  {
    rule: 'cluster/priority-equal',
    cluster: 'k3s-embedded',
    changes: [['lb/keepalived-lb2.conf', 'priority 140', 'priority 150']],
    told: ['lb/keepalived-lb1.conf', 'lb/keepalived-lb2.conf'],
  },
  {
    rule: 'cluster/virtual-addresses-differ',
    cluster: 'k3s-embedded',
    changes: [
      ['lb/keepalived-lb2.conf', '        10.0.0.100/24\n', '        10.0.0.100/24\n        10.0.0.101/24\n'],
      ...['cp1', 'cp2', 'cp3'].map(
        (name) => [`k3s/${name}.yaml`, '  - 10.0.0.100\n', '  - 10.0.0.100\n  - 10.0.0.101\n'] as const,
      ),
    ],
    told: ['lb/keepalived-lb1.conf', 'lb/keepalived-lb2.conf'],
  },
  {
    rule: 'cluster/virtual-address-prefix-differs',
    cluster: 'k3s-embedded',
    changes: [['lb/keepalived-lb2.conf', '10.0.0.100/24', '10.0.0.100/25']],
    told: ['lb/keepalived-lb1.conf', 'lb/keepalived-lb2.conf'],
  },
  {
    rule: 'cluster/peers-one-sided',
    cluster: 'k3s-embedded',
    changes: [['lb/keepalived-lb2.conf', '        10.0.0.8\n', '        10.0.0.7\n']],
    told: ['lb/keepalived-lb1.conf', 'lb/keepalived-lb2.conf'],
  },
  {
    rule: 'cluster/two-address-managers',
    cluster: 'kubeadm-stacked',
    changes: [['kube-vip.yaml', '', kubeVip]],
    told: ['keepalived-m1.conf', 'kube-vip.yaml'],
  },
  {
    rule: 'cluster/vip-in-pool',
    cluster: 'kubeadm-stacked',
    changes: [['metallb.yaml', '', pool]],
    told: ['keepalived-m1.conf', 'metallb.yaml'],
  },
  {
    rule: 'cluster/keepalived-pod-rights',
    cluster: 'kubeadm-static-pods',
    changes: [['manifests/keepalived-m1.yaml', '  hostNetwork: true\n', '']],
    told: ['manifests/keepalived-m1.yaml'],
  },
  {
    rule: 'cluster/pod-network',
    cluster: 'kubeadm-kube-vip',
    changes: [['manifests/kube-vip.yaml', '  hostNetwork: true\n', '']],
    told: ['manifests/kube-vip.yaml'],
  },
  {
    rule: 'cluster/kube-vip-unannounced',
    cluster: 'kubeadm-kube-vip',
    changes: [['manifests/kube-vip.yaml', 'vip_arp, value: "true"', 'vip_arp, value: "false"']],
    told: ['manifests/kube-vip.yaml'],
  },
  {
    rule: 'cluster/kubeconfig-names-server',
    cluster: 'kubeadm-kube-vip',
    changes: [['kubeconfig.yaml', '10.0.1.100:6443', '10.0.1.12:6443']],
    told: ['kubeconfig.yaml'],
  },
  {
    rule: 'cluster/check-port',
    cluster: 'k3s-embedded',
    changes: ['lb1', 'lb2'].flatMap((name) => [
      [
        `lb/keepalived-${name}.conf`,
        `router_id ${name}\n`,
        `router_id ${name}\n    script_user root\n    enable_script_security\n`,
      ] as const,
      [`lb/keepalived-${name}.conf`, 'vrrp_track_process', `${script}vrrp_track_process`] as const,
      [
        `lb/keepalived-${name}.conf`,
        '    track_process {',
        '    track_script {\n        api\n    }\n    track_process {',
      ] as const,
    ]),
    told: ['lb/haproxy.cfg', 'lb/keepalived-lb1.conf', 'lb/keepalived-lb2.conf'],
  },
  {
    rule: 'cluster/check-path-differs',
    cluster: 'k3s-embedded',
    changes: [
      ['lb1', 'check_server'],
      ['lb2', 'chekc_server'],
    ].flatMap(([name, file]) => [
      [
        `lb/keepalived-${name}.conf`,
        `router_id ${name}\n`,
        `router_id ${name}\n    script_user root\n    enable_script_security\n`,
      ] as const,
      [
        `lb/keepalived-${name}.conf`,
        'vrrp_track_process',
        `vrrp_script api {\n    script "/etc/keepalived/${file}.sh"\n    interval 2\n    weight -40\n}\n\nvrrp_track_process`,
      ] as const,
      [
        `lb/keepalived-${name}.conf`,
        '    track_process {',
        '    track_script {\n        api\n    }\n    track_process {',
      ] as const,
    ]),
    told: ['lb/keepalived-lb1.conf', 'lb/keepalived-lb2.conf'],
  },
  {
    rule: 'cluster/unknown-peer',
    cluster: 'k3s-embedded',
    changes: [['lb/keepalived-lb2.conf', '        10.0.0.8\n', '        10.0.0.8\n        10.0.0.77\n']],
    told: ['lb/keepalived-lb1.conf', 'lb/keepalived-lb2.conf'],
  },
  {
    rule: 'cluster/role-differs',
    cluster: 'kubeadm-nginx',
    changes: [['haven.yaml', 'distribution: kubeadm', 'distribution: k3s']],
    told: ['haven.yaml', 'kubeadm/m1.yaml'],
  },
  {
    rule: 'cluster/plain-http',
    cluster: 'kubeadm-nginx',
    changes: [['kubeconfig.yaml', 'https://', 'http://']],
    told: ['haven.yaml', 'kubeconfig.yaml'],
  },
  {
    rule: 'cluster/no-founder',
    cluster: 'k3s-embedded',
    changes: [['k3s/cp1.yaml', 'cluster-init: true\n', '']],
    told: ['k3s/cp1.yaml'],
  },
  {
    rule: 'cluster/node-name-differs',
    cluster: 'kubeadm-stacked',
    changes: [['kubeadm/m3.yaml', 'name: m3', 'name: m33']],
    told: ['kubeadm/m3.yaml'],
  },
  {
    rule: 'cluster/virtual-router-id-shared',
    cluster: 'k3s-embedded',
    changes: [
      ['lb/keepalived-lb1.conf', unicast('10.0.0.8', '10.0.0.9'), ''],
      ['lb/keepalived-lb2.conf', unicast('10.0.0.9', '10.0.0.8'), ''],
      ['other/haven.yaml', '', otherCluster],
      ['other/keepalived-a.conf', '', otherRouter('a', 150)],
      ['other/keepalived-b.conf', '', otherRouter('b', 140)],
    ],
    told: ['lb/keepalived-lb1.conf', 'lb/keepalived-lb2.conf', 'other/keepalived-a.conf', 'other/keepalived-b.conf'],
  },
  {
    rule: 'cluster/etcd-endpoint-unknown',
    cluster: 'kubeadm-external-etcd',
    changes: [['kubeadm/m1.yaml', '10.0.2.33', '10.0.2.63']],
    told: ['haven.yaml', 'kubeadm/m1.yaml'],
  },
  {
    rule: 'cluster/snapshot-store-shared',
    cluster: 'k3s-embedded',
    changes: [
      ...['cp1', 'cp2', 'cp3'].map((name) => [`k3s/${name}.yaml`, '', bucket] as const),
      ['other/haven.yaml', '', `${otherCluster}      - { file: s1.yaml, on: [s1] }\n`],
      ['other/keepalived-a.conf', '', otherRouter('a', 150).replace('id 61', 'id 71')],
      ['other/keepalived-b.conf', '', otherRouter('b', 140).replace('id 61', 'id 71')],
      [
        'other/s1.yaml',
        '',
        `cluster-init: true\ntoken: 7c2e9f4b1a6d8c3e\nnode-ip: 10.0.0.51\ntls-san: [10.0.0.200]\nsecrets-encryption: true\n${bucket}`,
      ],
    ],
    told: ['k3s/cp1.yaml', 'k3s/cp2.yaml', 'k3s/cp3.yaml', 'other/s1.yaml'],
  },
];
