/** What one line of a list block holds. */
interface ListShape {
  /** As a person would write it down. */
  readonly usage: string;
  /** What the line begins with: an `interface`, a name of this kind of block, or a word of its own kind; empty for options only. */
  readonly first: string;
  /** All words of the line are what the first is. */
  readonly many?: boolean;
  /** Words that may follow, each with the kind of its value; empty for a flag. */
  readonly options: Readonly<Record<string, string>>;
}

const flag = '';
const weight = { weight: 'number', reverse: flag, noreverse: flag };
const tracked = (first: string, name: string): ListShape => ({
  usage: `<${name}> [weight <number>] [reverse]`,
  first,
  options: weight,
});

const address: ListShape = {
  usage: '<address/prefix> [dev <interface>] [scope <scope>] [label <label>] [brd <address>]',
  first: 'address',
  options: {
    dev: 'interface',
    scope: 'scope',
    label: 'label',
    brd: 'address',
    peer: 'address',
    preferred_lft: 'seconds',
    no_track: flag,
    noprefixroute: flag,
    home: flag,
    '-nodad': flag,
    mngtmpaddr: flag,
    autojoin: flag,
    use_vmac: flag,
  },
};

const route: ListShape = {
  usage: '<network/prefix> [via <gateway>] [dev <interface>] [src <address>] [table <number>] [metric <number>]',
  first: 'network',
  options: {
    via: 'address',
    dev: 'interface',
    src: 'address',
    table: 'number',
    metric: 'number',
    scope: 'scope',
    mtu: 'number',
    onlink: flag,
    no_track: flag,
  },
};

const rule: ListShape = {
  usage: '[from <network>] [to <network>] [iif <interface>] [fwmark <number>] [table <number>] preference <number>',
  first: '',
  options: {
    from: 'network',
    to: 'network',
    iif: 'interface',
    oif: 'interface',
    fwmark: 'number',
    table: 'number',
    preference: 'number',
    not: flag,
    no_track: flag,
  },
};

const ofStatic = (shape: ListShape): ListShape => ({
  ...shape,
  options: { ...shape.options, track_group: 'track_group' },
});

/** The lines of each list block (keepalived.conf(5); `*_handler` in keepalived/vrrp/vrrp_parser.c). */
export const listShapes: Readonly<Record<string, ListShape>> = {
  notification_email: { usage: '<address>...', first: 'mail', many: true, options: {} },
  virtual_ipaddress: address,
  virtual_ipaddress_excluded: address,
  static_ipaddress: ofStatic(address),
  virtual_routes: route,
  static_routes: ofStatic(route),
  virtual_rules: rule,
  static_rules: ofStatic(rule),
  unicast_peer: {
    usage: '<address> [min_ttl <number>] [max_ttl <number>]',
    first: 'address',
    options: { min_ttl: 'number', max_ttl: 'number' },
  },
  group: { usage: '<instance>...', first: 'vrrp_instance', many: true, options: {} },
  track_interface: tracked('interface', 'interface'),
  track_script: tracked('vrrp_script', 'script'),
  track_process: tracked('vrrp_track_process', 'process'),
  track_file: tracked('track_file', 'file'),
  track_bfd: tracked('bfd_instance', 'session'),
  virtual_server_group: {
    usage: '<address> <port>',
    first: 'address',
    options: { fwmark: 'number' },
  },
  interfaces: { usage: '<interface>...', first: 'interface', many: true, options: {} },
  linkbeat_interfaces: {
    usage: '<interface> [MII|ETHTOOL|IOCTL]',
    first: 'interface',
    options: { MII: flag, ETHTOOL: flag, IOCTL: flag },
  },
  interface_up_down_delays: {
    usage: '<interface> <down seconds> [<up seconds>]',
    first: 'interface',
    options: {},
  },
};
