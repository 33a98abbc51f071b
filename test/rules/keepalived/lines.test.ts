import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { analyseKeepalived } from '../../../src/model/keepalived/analysis';
import { diagnoseKeepalived } from '../../../src/rules/keepalived/diagnose';

const check = 'track_script {\nchk\n}\n';
const script = 'vrrp_script chk {\nscript /bin/true\nuser root\n}\n';

/** What stands around the lines of a block, `LINE` in its place. */
const around: Readonly<Record<string, string>> = {
  virtual_routes: `${script}vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\n${check}virtual_routes {\nLINE\n}\n}\n`,
  virtual_ipaddress: `${script}vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\n${check}virtual_ipaddress {\nLINE\n}\n}\n`,
  vrrp_instance: `${script}vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\n${check}virtual_ipaddress {\n10.0.0.1/24\n}\nLINE\n}\n`,
  track_script: `${script}vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1/24\n}\ntrack_script {\nLINE\n}\n}\n`,
  virtual_server:
    'virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\nLINE\n}\n',
  TCP_CHECK:
    'virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\nLINE\n}\n}\n}\n',
  SMTP_CHECK:
    'virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\nSMTP_CHECK {\nLINE\n}\n}\n}\n',
  '(root)': 'LINE\n',
  url: 'virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\nHTTP_GET {\nurl {\npath /\nLINE\n}\n}\n}\n}\n',
};

function findings(
  block: string,
  line: string,
  version: readonly number[] = [2, 2, 7],
): { readonly errors: readonly string[]; readonly count: number } {
  const wrap = around[block] ?? `${block} {\nLINE\n}\n`;
  const read = (text: string) =>
    diagnoseKeepalived(analyseKeepalived({ path: 'keepalived.conf', text, version }), []).filter(
      (each) => each.severity === 'error' || each.severity === 'warning',
    );
  const usual = new Set(read(wrap.replace('LINE\n', '')).map((each) => each.message.template));
  const fresh = read(wrap.replace('LINE', line)).filter((each) => !usual.has(each.message.template));
  return {
    errors: fresh.filter((each) => each.severity === 'error').map((each) => render(each.message)),
    count: fresh.length,
  };
}

/** Lines of which keepalived 2.2.7 says nothing, and lines that it refuses. */
const table: readonly (readonly [block: string, taken: readonly string[], refused: readonly string[]])[] = [
  [
    'static_routes',
    [
      '198.51.100.0/24 dev eth0 metric 4294967295 mtu lock 1400 rtt 1.5s',
      'src 192.0.2.5 to 198.51.100.0/24 via 192.0.2.1 dev eth0',
      'blackhole 198.51.100.0/24 no_track',
      '198.51.100.0/24 dev eth0 scope link table main tos 0x10 quickack 1 features ecn',
      '198.51.100.0/24 dev eth0 nexthop via 192.0.2.1 dev eth0 weight 2 nexthop via 192.0.2.2',
      'fd00:1::/64 dev eth0 pref low',
    ],
    [
      '198.51.100.0/24',
      'blackhole 198.51.100.0/24',
      '198.51.100.0/24 via 2001:db8::1 dev eth0',
      '198.51.100.0/24 dev eth0 metric 4294967296',
      '198.51.100.0/24 dev eth0 rtt many',
      '198.51.100.0/24 dev eth0 rtt 1.0001s',
      '198.51.100.0/24 dev eth0 features nonsense',
      '198.51.100.0/24 dev eth0 pref high',
      '198.51.100.0/24 nexthop via 192.0.2.1 weight 257',
      '198.51.100.0/24 dev eth0 track_group nobody',
      '198.51.100.0/24 dev',
    ],
  ],
  ['virtual_routes', ['198.51.100.0/24 dev eth0'], ['198.51.100.0/24 dev eth0 track_group x']],
  [
    'static_rules',
    [
      'from 192.0.2.0/24 table 100 preference 1000',
      'not from all lookup main order 5 fwmark 0x1/0xff iif eth0',
      'to default blackhole priority 7 sport 80-90 uidrange 0-5 suppress_prefixlength 24',
    ],
    [
      'from 192.0.2.0/24 table 100',
      'from 192.0.2.0/24 preference 5',
      'from host table 100 preference 5',
      'from 192.0.2.0/24 table 100 blackhole preference 5',
      'from 192.0.2.0/24 table 0 preference 5',
      'from 192.0.2.0/24 to fd00::/64 table 100 preference 5',
      'from 192.0.2.0/24 table 100 preference 5 sport 80',
      'from 192.0.2.0/24 table 100 preference 5 protocol 17',
      'from 192.0.2.0/24 table 100 preference 5 surplus',
      'from 192.0.2.0/24 table 100 preference',
    ],
  ],
  ['virtual_server_group g', ['192.0.2.11-20 80', '192.0.2.0/28 80'], ['192.0.2.11/-1 80', '192.0.2.11-10 80']],
  ['linkbeat_interfaces', ['eth1', 'eth1 MII'], ['eth1 mii', 'eth1 MII ETHTOOL', 'eth1 eth2']],
  ['interface_up_down_delays', ['eth0 1.5', 'eth0 255 0'], ['eth0 255.5', 'eth0 many', 'eth0 -1']],
  [
    'virtual_ipaddress',
    ['10.0.0.1/24 dev eth0 scope 255', '10.0.0.1/24 use_vmac', 'fd00::1/64 scope global', '10.0.0.1/24 peer 10.0.0.2'],
    [
      '10.0.0.1/24 scope 256',
      'fe80::1/64 scope link',
      '10.0.0.1/24 track_group x',
      '10.0.0.1/24 peer 10.0.0.2/32',
      '10.0.0.1/24 peer fe80::1',
    ],
  ],
  ['static_ipaddress', ['10.0.0.1/24 dev eth0 no_track'], ['10.0.0.1/24 dev eth0 use_vmac']],
  [
    'track_script',
    ['chk weight 10', 'chk weight -253 reverse', 'chk weight 0 noreverse'],
    ['chk reverse', 'chk reverse weight 10', 'chk weight 10 weight 20', 'chk weight', 'chk 10', 'chk weight 254'],
  ],
  [
    'global_defs',
    [
      'umask 022',
      'umask 8',
      'umask IRUSR | IWUSR',
      'vrrp_cpu_affinity 0 1 2',
      'vrrp_cpu_affinity -0 1',
      'lvs_timeouts udp 5 tcpfin 6',
      'lvs_sync_daemon eth0 A id 5 maxlen 1400 port 8848 ttl 5 group 224.0.0.81',
      'lvs_sync_daemon eth0 inst A',
      'vrrp_mcast_group4 224.0.0.18/',
      'vrrp_version 003',
    ],
    [
      'umask 777',
      'umask 08',
      'umask IRUSR |',
      'umask 022 022',
      'vrrp_cpu_affinity 0 many',
      'vrrp_cpu_affinity -1 0',
      'lvs_timeouts tcp',
      'lvs_timeouts tcp 5 udp',
      'lvs_sync_daemon eth0 A B',
      'lvs_sync_daemon eth0 A id 256',
      'snmp_socket a b',
      'vrrp_garp_extra_if all',
    ],
  ],
  [
    'vrrp_instance',
    ['use_ipvlan ipv.1 10.0.0.9', 'garp_extra_if 0'],
    ['use_ipvlan', 'mcast_dst_ip ff02::12', 'vrf eth1', 'interface ""', 'old_unicast_checksum'],
  ],
  [
    'virtual_server',
    [
      'sorry_server 10.0.0.9 80\nsorry_server_inhibit',
      'lb_kind TUN type gue port 5555',
      'lb_kind TUN type gre csum',
      'persistence_granularity 0xffffff00',
    ],
    [
      'sorry_server_inhibit\nsorry_server 10.0.0.9 80',
      'hashed',
      'ip_family inet6',
      'lb_kind TUN type gue',
      'lb_kind TUN type ipip csum',
      'lb_kind NAT surplus',
      'persistence_granularity many',
      'persistence_granularity +24',
    ],
  ],
  [
    'TCP_CHECK',
    ['connect_ip fd00::1\nbindto fd00::2', 'connect_ip fe80::1\nbind_if eth0', 'bindto 10.0.0.9/'],
    ['bindto fd00::1', 'connect_ip fe80::1'],
  ],
  ['url', ['status_code 200-299 301'], ['status_code 200 many', 'status_code 299-200', 'status_code 600']],
];

for (const [block, taken, refused] of table)
  test(`lines of ${block} are judged as keepalived judges them`, () => {
    for (const line of taken) assert.deepEqual(findings(block, line).errors, [], line);
    for (const line of refused) assert.notEqual(findings(block, line).count, 0, `${line} is let pass`);
  });

test('what keepalived takes although it means little is no error', () => {
  for (const [block, line] of [
    ['vrrp_instance', 'garp_master_delay ""'],
    ['vrrp_instance', 'notify ""'],
    ['virtual_ipaddress', '10.0.0.1/'],
    ['virtual_server', 'lb_kind NAT type ipip'],
    ['url', 'status_code'],
    ['url', 'regex_max_offset many'],
    ['static_routes', '198.51.100.0/24 198.51.101.0/24 dev eth0'],
  ] as const) {
    const { errors, count } = findings(block, line);
    assert.deepEqual(errors, [], line);
    assert.notEqual(count, 0, `${line} is let pass`);
  }
});

test('a condition without a name is that of no host', () => {
  assert.equal(findings('vrrp_instance', '@ nonsense 5').count, 0);
  assert.notEqual(findings('vrrp_instance', '@^ nonsense 5').count, 0);
});

/** The largest values that these releases take, and the smallest that they refuse. */
const limits: readonly (readonly [
  block: string,
  keyword: string,
  version: number[],
  taken: string,
  refused: string,
])[] = [
  ['garp_group', 'garp_interval', [2, 1, 5], '2147', '2147.4'],
  ['garp_group', 'garp_interval', [2, 2, 7], '2147.483647', '2147.483648'],
  ['garp_group', 'gna_interval', [2, 3, 3], '4294.967295', '4294.967296'],
  ['garp_group', 'gna_interval', [2, 3, 4], '4294.967295', '4294.967296'],
  ['global_defs', 'vrrp_garp_interval', [2, 1, 5], '4294', '4294.9'],
  ['global_defs', 'vrrp_garp_interval', [2, 2, 7], '4294.9', '4295'],
];

test('the longest pause between gratuitous ARPs is that of the release', () => {
  for (const [block, keyword, version, taken, refused] of limits) {
    assert.deepEqual(findings(block, `${keyword} ${taken}`, version).errors, [], `${keyword} ${version.join('.')}`);
    assert.equal(findings(block, `${keyword} ${refused}`, version).errors.length, 1, `${keyword} ${version.join('.')}`);
  }
});

test('a host of an SMTP check is compared with the real server by older releases alone', () => {
  const own = 'host {\nbindto fd00::1\n}';
  assert.equal(findings('SMTP_CHECK', own).errors.length, 1);
  const { errors, count } = findings('SMTP_CHECK', own, [2, 3, 4]);
  assert.deepEqual([errors, count], [[], 1]);
  for (const said of [
    'connect_ip 10.0.0.3\nhost {\nbindto fd00::1\n}',
    'host {\nconnect_ip 10.0.0.3\nbindto fd00::1\n}',
  ])
    assert.equal(findings('SMTP_CHECK', said, [2, 3, 4]).errors.length, 1);
});

test('a prefix length of IPv6 may have a plus sign', () => {
  const server = (length: string) =>
    `virtual_server fd00::1 80 {\npersistence_granularity ${length}\nreal_server fd00::2 80 {\nTCP_CHECK {\n}\n}\n}`;
  assert.deepEqual(findings('(root)', server('+110')).errors, []);
  assert.equal(findings('(root)', server('+many')).errors.length, 1);
});
