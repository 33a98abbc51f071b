import type { KeepalivedCase } from './keepalived-cases';

/** A block with a line in it, and what the program calls it where it names no line. */
interface Fragment {
  readonly text: string;
  readonly names: RegExp;
}

/** What a block needs around the line that is tried. `NAME`, `VRID` and `ADDRESS` are its own. */
const settings: Readonly<Record<string, readonly string[]>> = {
  vrrp_instance: [
    'interface eth0',
    'virtual_router_id VRID',
    'virtual_ipaddress {\n10.ADDRESS.1\n}',
    'track_process {\nproc0\n}',
  ],
  vrrp_script: ['script "/bin/true"'],
  vrrp_track_process: ['process sshd'],
  track_file: ['file /tmp/haven-sweep-file'],
  vrrp_track_file: ['file /tmp/haven-sweep-file'],
  bfd_instance: ['neighbor_ip 10.ADDRESS.3'],
  garp_group: ['garp_interval 1', 'interface eth1'],
  vrrp_sync_group: ['group {\nNAMEa\nNAMEb\n}'],
  track_group: ['group {\nNAMEa\n}'],
  virtual_server: ['lb_algo rr', 'lb_kind NAT', 'protocol TCP', 'real_server 10.ADDRESS.2 80 {\nTCP_CHECK {\n}\n}'],
  real_server: [],
  MISC_CHECK: ['misc_path "/bin/true"'],
  BFD_CHECK: ['name bfd0'],
  FILE_CHECK: ['track_file file0'],
  HTTP_GET: ['url {\npath /\n}'],
  SSL_GET: ['url {\npath /\n}'],
  url: ['path /'],
};

const server = (inner: string): string =>
  `virtual_server 10.ADDRESS.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.ADDRESS.2 80 {\n${inner}\n}\n}\n`;
const instance = (name: string, inner: string, last = 1, vrid = 'VRID'): string =>
  `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${vrid}\nvirtual_ipaddress {\n10.ADDRESS.${last}\n}\ntrack_process {\nproc0\n}\n${inner}\n}\n`;

const inInstance = new Set([
  'authentication',
  'auth_hmac',
  'virtual_ipaddress_excluded',
  'virtual_routes',
  'virtual_rules',
  'unicast_peer',
  'track_interface',
  'track_script',
  'track_process',
  'track_bfd',
]);
const checks =
  /^(?:HTTP_GET|SSL_GET|TCP_CHECK|SMTP_CHECK|DNS_CHECK|MISC_CHECK|BFD_CHECK|UDP_CHECK|PING_CHECK|FILE_CHECK)$/;

/** The text around `inner` in a block of this name. */
function around(block: string, inner: string): string {
  switch (block) {
    case '(root)':
      return `${inner}\n`;
    case 'vrrp_instance':
      return `vrrp_instance NAME {\n${inner}\n}\n`;
    case 'vrrp_sync_group':
      return `vrrp_sync_group NAME {\n${inner}\n}\n${instance('NAMEa', '', 1)}${instance('NAMEb', '', 2, 'OTHER')}`;
    case 'track_group':
      return `track_group NAME {\n${inner}\n}\n${instance('NAMEa', '')}`;
    case 'vrrp_script':
    case 'vrrp_track_process':
    case 'track_file':
    case 'vrrp_track_file':
    case 'bfd_instance':
    case 'virtual_server_group':
      return `${block} NAME {\n${inner}\n}\n`;
    case 'track_file list':
      return instance('NAME', `track_file {\n${inner}\n}`);
    case 'virtual_ipaddress':
      return `vrrp_instance NAME {\ninterface eth0\nvirtual_router_id VRID\ntrack_process {\nproc0\n}\nvirtual_ipaddress {\n${inner}\n}\n}\n`;
    case 'interfaces':
      return `garp_group {\ngarp_interval 1\ninterfaces {\n${inner}\n}\n}\n`;
    case 'notification_email':
      return `global_defs {\nnotification_email {\n${inner}\n}\n}\n`;
    case 'virtual_server':
      return `virtual_server 10.ADDRESS.1 80 {\n${inner}\n}\n`;
    case 'real_server':
      return server(inner);
    case 'url':
      return server(`HTTP_GET {\nurl {\n${inner}\n}\n}`);
    case 'host':
      return server(`SMTP_CHECK {\nhost {\n${inner}\n}\n}`);
    default:
      if (checks.test(block)) return server(`${block} {\n${inner}\n}`);
      if (inInstance.has(block)) return instance('NAME', `${block} {\n${inner}\n}`);
      return `${block} {\n${inner}\n}\n`;
  }
}

export function fragmentOf({ block, keyword, line }: KeepalivedCase, index: number): Fragment {
  const name = `case${index}`;
  const own = (settings[block] ?? []).filter((each) => each.split(' ')[0] !== keyword);
  const address = `${100 + (index >> 8)}.${index & 255}`;
  const text = around(block, [...own, line].join('\n'))
    .replaceAll('NAME', name)
    .replaceAll('ADDRESS', address)
    .replaceAll('VRID', String((index % 120) * 2 + 1))
    .replaceAll('OTHER', String((index % 120) * 2 + 2));
  return { text, names: new RegExp(`\\b${name}[ab]?\\b|\\b10\\.${address.replace('.', '\\.')}\\.\\d`) };
}
