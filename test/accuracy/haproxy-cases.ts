import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Action,
  actionOf,
  actionsOf,
  allAclNames,
  allConverters,
  allFetches,
  bindParams,
  type Directive,
  directivesOf,
  logAliases,
  type Parameter,
  placementOf,
  type Release,
  type SampleFunction,
  sectionTypes,
  serverParams,
  valuesOf,
} from '../../src/catalog/haproxy/catalog';
import { grammarOf, type Node } from '../../src/model/haproxy/grammar';

/** One line in a section of its own, made of what the catalog says of a word. */
export interface Case {
  /** What is varied; a row of the table. */
  readonly group: string;
  readonly section: string;
  readonly line: string;
}

/**
 * A file that may be put in the place of any file. Never a device: `haproxy -c` moves the `backing-file` of a ring aside, and
 * with the rights of root that works for /dev/null too.
 */
export const emptyFile = join(tmpdir(), 'haven-sweep-empty');

export type Argument = Extract<Node, { kind: 'argument' }>;

/** A word of a generated line, with the place of the grammar that it fills. */
interface Piece {
  readonly text: string;
  readonly node: Argument | undefined;
}

const goodOfType: Readonly<Record<string, readonly string[]>> = {
  int: ['10'],
  time: ['5s', '200', '10000us', '1h'],
  time_s: ['5s', '20'],
  size: ['16k', '20000', '1m'],
  string: ['word', '/etc/x'],
  name: ['word'],
  header: ['x-name'],
  file: [emptyFile],
  dir: ['/tmp'],
  condition: ['TRUE', '{ src 10.0.0.0/8 }', '{ path_beg /a } !FALSE', 'TRUE or FALSE'],
  logformat: ['text', '%[src]', '"%ci:%cp"', '%{+Q}o'],
  sample: ['src', 'req.hdr(host),lower', 'str(a)'],
  regex: ['^a(b|c)$', '[a-z]+'],
  mime: ['text/html'],
  status: ['404'],
  url: ['http://10.0.0.1/', '/x'],
  bindaddr: [':8080', '127.0.0.1:8081', '*:8000-8010', '[::1]:80', '/tmp/x.sock', 'ipv4@:90'],
  srvaddr: ['10.0.0.1:80'],
  addr: ['10.0.0.1', '::1'],
  ip: ['10.0.0.1'],
  port: ['80'],
  hostport: ['10.0.0.1:25', '10.0.0.1:53'],
  checkaddr: ['10.0.0.1', '10.0.0.1:81', '10.0.0.1:', '10.0.0.1:0', '*', '[::1]', '/tmp/x.sock'],
  proxyaddr: ['10.0.0.1:81', '[::1]:81', '*:81', '/tmp/x.sock'],
  host: ['10.0.0.1', '::1', '[::1]', '*'],
  cidr: ['10.0.0.0/8', '10.0.0.1', '2001:db8::/32'],
  logtarget: ['127.0.0.1:514', 'stdout', '/dev/log', 'ring@ring1', '127.0.0.1'],
  logfacility: ['local0', 'daemon'],
  loglevel: ['info', 'emerg'],
  logfmtname: ['raw', 'rfc5424', 'local', 'iso'],
  rangelist: ['1:2', '1-2:3'],
  commalist: ['h2,http/1.1'],
  colonlist: ['P-256'],
  ciphers: ['HIGH'],
  ciphersuites: ['TLS_AES_128_GCM_SHA256'],
  email: ['a@b.org'],
  user: ['root'],
  group: ['root'],
  octal: ['660'],
  varname: ['txn.a', 'proc.b'],
  envname: ['NAME'],
  hex: ['1f'],
  char: ['x'],
  cpuset: ['0-3'],
  intrange: ['1', '1-2', 'all'],
  threadset: ['1', 'all', '1-2', '1/1-2'],
  threadrange: ['1-2'],
  credentials: ['a:b'],
  codespec: ['404', '400-403'],
  service: ['prometheus-exporter'],
  redirectrule: ['location /x', 'prefix /y code 302', 'scheme https drop-query'],
  sslbindconf: ['ssl-min-ver TLSv1.2', 'no-sslv3'],
  bindssloption: ['ssl-min-ver TLSv1.2', 'no-tls-tickets'],
  serverssloption: ['ssl-min-ver TLSv1.2', 'force-tlsv12'],
  serverparam: ['check', 'weight 10'],
  bindparam: ['name x', 'maxconn 10'],
  stktdata: ['conn_cnt', 'http_req_rate(10s)', 'gpc(2)'],
  serverref: ['be1/srv1'],
  aclname: ['name1'],
  aclcriterion: ['src 10.0.0.1', 'path_beg /a', 'hdr(host) -i a'],
};

const badOfType: Readonly<Record<string, readonly string[]>> = {
  int: ['many', '-1', '0', '99999999999', '1.5', '10x', '+5'],
  time: ['many', '-5', '5x', '10sec', '99999999999', '1.5s', '0', '99999999999s', '60d'],
  time_s: ['many', '-5', '5x', '99999999999'],
  size: ['many', '-1', '10x', '99999999999', '1.5k', '0', '10kb', '9g'],
  condition: ['nosuch', '{ nosuch }', '{ src', '{ src 10.0.0.0/99 }', 'TRUE or', '{src 10.0.0.1}'],
  logformat: ['%zq', '%[nosuch]', '%[src', '%{+Q', '100%'],
  sample: ['nosuch', 'src,nosuch', 'req.hdr(', 'src,ipmask(99)'],
  regex: ['(', '[a', '*a', 'a)', 'a{2,1}', '(?<n>a)', '\\\\'],
  status: ['many', '999', '-1', '199', '600', '404x'],
  bindaddr: ['10.0.0.1', '300.1.1.1:80', ':70000', ':http', ':0', ':80-70', '*', 'nosuch@:80', ':'],
  srvaddr: ['300.1.1.1:80', '10.0.0.1:70000', '10.0.0.1:x', '10.0.0.1:80-90'],
  addr: ['300.1.1.1', '10.0.0.1:80', '10.0.0'],
  ip: ['300.1.1.1', '10.0.0.1:80'],
  port: ['many', '70000', '-1', '0', '80x'],
  checkaddr: [
    '300.1.1.1',
    '::1',
    '10.0.0',
    '10.0.0.1:x',
    '10.0.0.1:8x',
    '10.0.0.1:1-2',
    '10.0.0.1:70000',
    '10.0.0.1/24',
  ],
  proxyaddr: ['10.0.0.1', '10.0.0.1:', '10.0.0.1:0', '10.0.0.1:x', '10.0.0.1:1-2', '10.0.0.1:70000', '::1'],
  host: ['300.1.1.1', '10.0.0.1:80', '10.0.0.1:', '[::1]:80', '/tmp/x.sock', 'ipv4@10.0.0.1', ':', '10.0.0'],
  hostport: ['10.0.0.1', '10.0.0.1:70000', '10.0.0.1:x', '300.0.0.1:53', '10.0.0.1:0', '10.0.0.1:1-2'],
  cidr: ['300.0.0.1', '10.0.0.0/99', 'word/8', '10.0.0.0/x'],
  logtarget: ['300.1.1.1:514', 'ring@nosuch', '127.0.0.1:70000', '127.0.0.1:x', 'backend@nosuch', '127.0.0.1:1-2'],
  logfacility: ['nonsense'],
  loglevel: ['nonsense'],
  logfmtname: ['nonsense'],
  rangelist: ['word', '2:1', '1', '0:2', '1,1:2'],
  user: ['nosuchuser'],
  octal: ['999', 'rw'],
  varname: ['a', 'nosuch.a', 'txn.', 'txn.a-b'],
  envname: ['A-B', ''],
  hex: ['xyz'],
  intrange: ['0', 'x', '70', '2-1'],
  threadset: ['0', 'x', '2-1', '70'],
  codespec: ['word', '999'],
  service: ['nosuch'],
  redirectrule: ['nosuch', 'location /x code 200', 'location', 'code 301'],
  sslbindconf: ['nonsense'],
  bindssloption: ['nonsense', 'ssl-min-ver', 'ssl-min-ver TLSv9'],
  serverssloption: ['nonsense', 'ssl-min-ver TLSv9'],
  serverparam: ['nonsense', 'weight many', 'weight'],
  bindparam: ['nonsense', 'maxconn'],
  stktdata: ['nonsense', 'http_req_rate', 'conn_cnt(1)', 'gpc', 'http_req_rate(x)'],
  serverref: ['be1/nosuch', 'nosuch/srv1', 'nosuch'],
  aclname: ['a/b', '2+2'],
  aclcriterion: ['nosuch', 'src 300.1.1.1', 'path -m nosuch a', 'dst_port x', 'src,nosuch a', 'path -x a'],
  mime: [],
};

const references: Readonly<Record<string, string>> = {
  backend: 'be1',
  table: 'be1',
  peers: 'peers1',
  mailers: 'mailers1',
  resolvers: 'res1',
  cache: 'cache1',
  'http-errors': 'errors1',
  'fcgi-app': 'app1',
  'log-profile': 'profile1',
  healthcheck: 'hc1',
  userlist: 'users1',
};

/** Values that the program takes at a place of a grammar. */
export function goodOf(node: Argument): readonly string[] {
  const { type, parameter } = node;
  if (type === 'enum' || (type === 'list' && parameter.includes('|'))) return parameter.split('|');
  if (type === 'list') return ['10.0.0.0/8'];
  if (type === 'ref') return [references[parameter] ?? 'word'];
  if (type === 'balancealg') return [...valuesOf('balance').keys()].map(balanceExample);
  if (type === 'int' || type === 'time' || type === 'size') {
    const [low = '', high = ''] = (parameter.split('|')[0] ?? '').split('..');
    const also = parameter.split('|').slice(1);
    const ends = [low, high].filter((each) => each !== '');
    return [...(ends.length > 0 ? ends : (goodOfType[type] ?? [])), ...also];
  }
  return goodOfType[type] ?? ['word'];
}

const balanceExample = (name: string): string =>
  ({ url_param: 'url_param id', hash: 'hash src', hdr: 'hdr(host)', 'log-hash': 'log-hash lower' })[name] ?? name;

/** Values that it refuses there, or may refuse. */
export function badOf(node: Argument): readonly string[] {
  const { type, parameter } = node;
  if (type === 'enum' || type === 'list' || type === 'balancealg') return ['nonsense', '10'];
  if (type === 'ref') return ['nosuch'];
  const bad = badOfType[type] ?? [];
  if (type !== 'int') return bad;
  const [low, high] = (parameter.split('|')[0] ?? '')
    .split('..')
    .map((each) => (each === '' ? undefined : Number(each)));
  return [...bad, ...(low === undefined ? [] : [String(low - 1)]), ...(high === undefined ? [] : [String(high + 1)])];
}

/** Every way through a grammar that differs from the shortest one in one place, the shortest one first. */
function waysThrough(nodes: readonly Node[]): Piece[][] {
  const shortest = nodes.map((each) => shortestOf(each));
  const ways: Piece[][] = [shortest.flat()];
  nodes.forEach((node, place) => {
    for (const other of waysOf(node))
      ways.push([...shortest.slice(0, place), other, ...shortest.slice(place + 1)].flat());
  });
  return ways;
}

function shortestOf(node: Node): Piece[] {
  if (node.kind === 'literal') return [{ text: node.text, node: undefined }];
  if (node.kind === 'argument') return [{ text: goodOf(node)[0] ?? 'word', node }];
  return node.optional ? [] : (node.alternatives[0] ?? []).flatMap(shortestOf);
}

function waysOf(node: Node): Piece[][] {
  if (node.kind === 'literal') return [];
  if (node.kind === 'argument')
    return goodOf(node)
      .slice(1)
      .map((text) => [{ text, node }]);
  return node.alternatives.flatMap((each) => waysThrough(each));
}

/** Right and wrong forms of what `head` begins and `grammar` goes on with. */
function* forms(group: string, section: string, head: string, grammar: string): Generator<Case> {
  const line = (pieces: readonly { readonly text: string }[]): string =>
    [head, ...pieces.map((each) => each.text)].join(' ');
  const spoiled = new Set<Argument>();
  const ways = waysThrough(grammarOf(grammar));
  for (const way of ways) {
    yield { group: `${group}, right`, section, line: line(way) };
    for (const { node } of way) if (node !== undefined) spoiled.add(node);
    if (way.length > 0) yield { group: `${group}, a word less`, section, line: line(way.slice(0, -1)) };
  }
  for (const node of spoiled) {
    const way = ways.find((each) => each.some((piece) => piece.node === node)) ?? [];
    const place = way.findIndex((piece) => piece.node === node);
    for (const text of badOf(node))
      yield { group: `${group}, wrong ${node.type}`, section, line: line(way.with(place, { text, node })) };
  }
  if (spoiled.size > 0 || ways.some((each) => each.length > 0))
    yield { group: `${group}, nothing behind`, section, line: head };
  const [first = []] = ways;
  yield { group: `${group}, a word too many`, section, line: `${line(first)} surplus` };
  yield {
    group: `${group}, another word first`,
    section,
    line: `${head} nonsense ${first.map((each) => each.text).join(' ')}`,
  };
}

function* directiveCases(section: string, release: Release): Generator<Case> {
  for (const each of directivesOf(section).values()) {
    const placement = placementOf(each, section, release);
    if (placement === 'refused') {
      yield { group: 'directive, wrong section', section, line: shortestLine(each) };
      continue;
    }
    if (each.name === 'acl' || each.grammar.includes(':action:')) continue;
    yield* forms('directive', section, each.name, each.grammar);
    yield { group: 'directive, behind no', section, line: `no ${shortestLine(each)}` };
    yield { group: 'directive, behind default', section, line: `default ${each.name}` };
  }
}

const shortestLine = (each: Directive): string =>
  [each.name, ...(waysThrough(grammarOf(each.grammar))[0] ?? []).map((piece) => piece.text)].join(' ');

function* foreignCases(): Generator<Case> {
  for (const { name: section } of sectionTypes) {
    const own = directivesOf(section);
    for (const { name: other } of sectionTypes)
      for (const each of directivesOf(other).values())
        if (
          !own.has(each.name) &&
          sectionTypes.find((type) => directivesOf(type.name).get(each.name) === each)?.name === other
        )
          yield { group: 'directive, wrong section', section, line: shortestLine(each) };
  }
}

function* parameterCases(): Generator<Case> {
  const lines: [string, string, string, Iterable<Parameter>][] = [
    ['server parameter', 'backend', 'server srv1 10.0.0.1:80', serverParams.values()],
    ['default-server parameter', 'backend', 'default-server', serverParams.values()],
    ['peer server parameter', 'peers', 'server peer9 10.0.0.1:80', serverParams.values()],
    ['bind parameter', 'frontend', 'bind :8080', bindParams.values()],
    ['log bind parameter', 'log-forward', 'bind :8080', bindParams.values()],
    ['socket parameter', 'global', 'stats socket /tmp/x.sock', bindParams.values()],
  ];
  for (const [group, section, head, parameters] of lines)
    for (const each of parameters) yield* forms(group, section, `${head} ${each.name}`, each.grammar);
}

const ruleSets: readonly [string, string][] = [
  ['http-request', 'frontend'],
  ['http-request', 'backend'],
  ['http-response', 'backend'],
  ['http-after-response', 'backend'],
  ['tcp-request connection', 'frontend'],
  ['tcp-request session', 'frontend'],
  ['tcp-request content', 'frontend'],
  ['tcp-request content', 'backend'],
  ['tcp-response content', 'backend'],
  ['quic-initial', 'frontend'],
];

const glued: Readonly<Record<string, readonly string[]>> = {
  'set-var': ['(txn.a)', '(txn.a,ifexists)', '(a)', '(txn.a,nosuch)', '(txn.a', '()'],
  'set-var-fmt': ['(txn.a)', '(nosuch.a)'],
  'unset-var': ['(txn.a)', '(a)', '()'],
  'add-acl': [`(${emptyFile})`, '()'],
  'del-acl': [`(${emptyFile})`],
  'set-map': [`(${emptyFile})`, '()'],
  'del-map': [`(${emptyFile})`],
  'sc-inc-gpc': ['(0,1)', '(0)', '(x,1)', '(0,x)', '(0,9)', '()'],
  'sc-add-gpc': ['(0,1)', '(0)', '(x,1)', '(0,x)', '(101,0)'],
  'sc-set-gpt': ['(0,1)', '(0)', '(x,1)'],
  'sc-inc-gpc0': ['(0)', '(x)', '(9)', '()'],
  'sc-inc-gpc1': ['(0)', '(x)', '(9)'],
  'sc-set-gpt0': ['(0)', '(x)', '(9)'],
  'do-resolve': ['(txn.a,res1)', '(txn.a,res1,ipv4)', '(txn.a)', '(txn.a,nosuch)', '(a,res1)', '(txn.a,res1,ipv9)'],
};

function* actionCases(release: Release): Generator<Case> {
  const all = new Map<string, Action>();
  for (const [set] of ruleSets) for (const each of actionsOf(set, release)) all.set(each.name, each);
  for (const name of Object.keys(glued)) {
    const each = actionOf(name);
    if (each !== undefined) all.set(name, each);
  }
  for (const [set, section] of ruleSets)
    for (const each of all.values()) {
      if (each.name === 'lua.*') continue;
      const heads = each.glued ? (glued[each.name] ?? ['(x)']) : [''];
      for (const [index, tail] of heads.entries())
        yield* index === 0
          ? forms('action', section, `${set} ${each.name}${tail}`, each.grammar)
          : [
              {
                group: 'action, parentheses',
                section,
                line: [
                  set,
                  `${each.name}${tail}`,
                  ...(waysThrough(grammarOf(each.grammar))[0] ?? []).map((piece) => piece.text),
                ].join(' '),
              },
            ];
      const [first = []] = waysThrough(grammarOf(each.grammar));
      const whole = [set, `${each.name}${heads[0] ?? ''}`, ...first.map((piece) => piece.text)].join(' ');
      yield { group: 'action, condition', section, line: `${whole} if TRUE` };
      yield { group: 'action, wrong condition', section, line: `${whole} if nosuch` };
      yield { group: 'action, wrong condition', section, line: `${whole} if` };
      if (each.glued)
        yield {
          group: 'action, parentheses',
          section,
          line: [set, each.name, ...first.map((piece) => piece.text)].join(' '),
        };
    }
}

const goodArgument = (type: string): string =>
  ({ i: '1', T: 'be1', B: 'be1', F: 'fe1', S: 'be1/srv1', U: 'users1' })[type[0] ?? ''] ?? 'word';

const wrongArguments: Readonly<Record<string, readonly string[]>> = {
  i: ['word', '-1', '1.5', '99999999999', '0x10', ''],
  T: ['nosuch', 'users1'],
  B: ['nosuch'],
  F: ['nosuch'],
  S: ['nosuch', 'be1/nosuch'],
  U: ['nosuch'],
};

/** Calls of a function: as few arguments as possible, all, one too many, one too few, and each one wrong. */
function* calls(each: SampleFunction): Generator<[kind: string, text: string]> {
  const call = (list: readonly string[]): string => (list.length === 0 ? each.name : `${each.name}(${list.join(',')})`);
  const least = each.args.slice(0, each.leastArguments).map(goodArgument);
  const most = each.args.map(goodArgument);
  yield ['right', call(least)];
  if (most.length > least.length) yield ['right', call(most)];
  yield ['an argument too many', call([...most, 'word'])];
  yield ['empty parentheses', `${each.name}()`];
  if (least.length > 0) yield ['an argument less', call(least.slice(0, -1))];
  for (const [place, type] of each.args.entries())
    for (const wrong of wrongArguments[type[0] ?? ''] ?? [])
      if (place >= least.length - 1) yield ['wrong argument', call(most.slice(0, place + 1).with(place, wrong))];
}

const places: readonly [string, string][] = [
  ['frontend', 'http-request set-var(txn.a) '],
  ['backend', 'http-response set-var(txn.a) '],
];

function* sampleCases(): Generator<Case> {
  for (const each of allFetches()) {
    for (const [kind, text] of calls(each)) {
      yield { group: `fetch, ${kind}`, section: 'frontend', line: `http-request set-var(txn.a) ${text}` };
      if (kind === 'right')
        for (const pattern of [
          '',
          ' 1',
          ' word',
          ' 10.0.0.0/8',
          ' -m str a',
          ' -m int 1',
          ' -m ip 10.0.0.1',
          ' -m bool',
          ' -m found',
          ' -m reg ^a',
          ' -m bin 0a',
          ' -m len 3',
          ' -m beg a',
        ])
          yield { group: 'fetch, match', section: 'frontend', line: `acl name1 ${text}${pattern}` };
    }
    for (const [section, head] of [
      ...places,
      ['frontend', 'tcp-request connection set-var(txn.a) '],
      ['backend', 'stick on '],
      ['frontend', 'http-request set-header x %['],
      ['backend', 'http-check set-var(check.a) '],
    ] as const) {
      const call =
        each.leastArguments === 0
          ? each.name
          : `${each.name}(${each.args.slice(0, each.leastArguments).map(goodArgument).join(',')})`;
      yield { group: 'fetch, place', section, line: `${head}${call}${head.endsWith('[') ? ']' : ''}` };
    }
  }
  for (const each of allAclNames())
    for (const pattern of ['', ' a', ' 1', ' 10.0.0.1', ' -i a', ` -f ${emptyFile}`])
      yield { group: 'ACL name', section: 'frontend', line: `acl name1 ${each.name}${pattern}` };
}

const inputs: Readonly<Record<string, string>> = {
  int: 'int(1)',
  bool: 'bool(1)',
  string: 'str(a)',
  binary: 'bin(00)',
  addr: 'src',
  ipv4: 'ipv4(10.0.0.1)',
  ipv6: 'ipv6(::1)',
  method: 'method',
  any: 'var(txn.b)',
  ip: 'hdr_ip(a)',
};

function* converterCases(): Generator<Case> {
  const head = 'http-request set-var(txn.a) ';
  for (const each of allConverters()) {
    const fitting = inputs[each.input ?? 'string'] ?? 'str(a)';
    for (const [kind, text] of calls(each))
      yield { group: `converter, ${kind}`, section: 'frontend', line: `${head}${fitting},${text}` };
    const call = `${each.name}${each.leastArguments === 0 ? '' : `(${each.args.slice(0, each.leastArguments).map(goodArgument).join(',')})`}`;
    for (const input of Object.values(inputs))
      yield { group: 'converter, input', section: 'frontend', line: `${head}${input},${call}` };
    for (const other of allConverters())
      if (
        other.leastArguments === 0 &&
        ['upper', 'b64dec', 'length', 'bool', 'hex', 'ipmask(8)', 'mod(2)', 'url_dec', 'debug'].includes(other.name)
      )
        yield { group: 'converter, chain', section: 'frontend', line: `${head}${fitting},${call},${other.name}` };
    for (const pattern of [' a', ' 1', ' 10.0.0.1', ' -m str a', ''])
      yield { group: 'converter, match', section: 'frontend', line: `acl name1 ${fitting},${call}${pattern}` };
  }
  const special: Readonly<Record<string, readonly string[]>> = {
    ipmask: ['8', '255.0.0.0', '33', 'word', '8,64', '8,129', '8,word', '', '-1', '24,'],
    regsub: ['a,b', 'a,b,g', 'a,b,x', '(,b', 'a', '"(a)",b,gi'],
    bytes: ['0,1', '-1', '0,-1', 'txn.a,1', 'a,b', '1,0'],
    field: ['1,a', '0,a', '-1,a', '1,a,2', 'x,a', '1'],
    word: ['1,a', '0,a', 'x,a'],
    concat: ['a', 'a,txn.b', 'a,b', ',txn.b,c'],
    add: ['1', 'txn.a', 'word', '', '-1', '1.5', '99999999999'],
    sub: ['1', 'txn.a', 'word'],
    mul: ['1', 'word'],
    div: ['1', '0', 'word'],
    mod: ['1', '0', 'word'],
    and: ['1', 'word'],
    xor: ['1', 'word'],
    strcmp: ['txn.a', 'word', ''],
    secure_memcmp: ['txn.a', 'word'],
    'set-var': ['txn.a', 'word', 'txn.a,ifexists', 'txn.a,nosuch'],
    'unset-var': ['txn.a', 'word'],
    http_date: ['1', '1,ms', '1,x', 'word'],
    ltime: ['%Y', '%Y,1', '%Y,word'],
    json: ['utf8', 'ascii', 'nosuch', ''],
    jwt_verify: ['HS256,key', 'nosuch,key', '"HS256"', 'txn.alg,txn.key'],
    jwt_header_query: ["'$.a'", "'$.a',int", "'$.a',nosuch", 'a', ''],
    json_query: ["'$.a'", "'$.a',int", "'$.a',nosuch", 'a'],
    crc32: ['0', '1', '2', 'word'],
    sha2: ['256', '1', 'word', '512'],
    digest: ['sha256', 'nosuch'],
    hmac: ['sha256,a2V5', 'nosuch,a2V5', 'sha256'],
    aes_gcm_dec: ['128,txn.n,txn.k,txn.t', '1,a,b,c', '128,Zm9v,Zm9v,txn.t', '128,txn.n,txn.k,Zm9v'],
    param: ['&,a', '&', 'a'],
    url_dec: ['1', 'word'],
    url_enc: ['query', 'nosuch'],
    iif: ['a,b', 'a', ''],
    map: [emptyFile, `${emptyFile},a`, '/nosuch'],
    map_int: [`${emptyFile},1`, `${emptyFile},a`],
    map_ip: [`${emptyFile},10.0.0.1`, `${emptyFile},x`],
    in_table: ['be1', 'nosuch'],
    htonl: ['', '1'],
    be2dec: [':,2', ',1', ':,0', ':,9', ':,2,1', ':,2,2'],
    be2hex: [':,2', ':,0', ':,2,1', ':,x'],
    fix_tag_value: ['55', 'MsgType', 'nosuch'],
    mqtt_field_value: ['connect,protocol_name', 'nosuch,x', 'connect,nosuch'],
    protobuf: ['1', '1.2', 'x', '1,int32', '1,nosuch'],
    ungrpc: ['1', '1.2', 'x', '1,int32', '1,nosuch'],
    rfc7239_field: ['for', 'nosuch'],
    table_server_id: ['be1', 'nosuch'],
    sdbm: ['1', '2', 'x'],
    when: ['error', 'nosuch', 'toapplet'],
  };
  for (const [name, list] of Object.entries(special)) {
    const input = allConverters().find((each) => each.name === name)?.input ?? 'string';
    for (const argument of list)
      yield {
        group: 'converter, special argument',
        section: 'frontend',
        line: `${head}${inputs[input]},${name}(${argument})`,
      };
  }
}

function* logCases(): Generator<Case> {
  for (const name of logAliases.keys())
    for (const text of [
      `%${name}`,
      `%{+Q}${name}`,
      `%{+nosuch}${name}`,
      `%(a)${name}`,
      `%(a:int)${name}`,
      `%(a:nosuch)${name}`,
    ])
      for (const directive of ['log-format', 'http-request set-header x'])
        yield { group: 'log alias', section: 'frontend', line: `${directive} ${text}` };
  for (const flags of ['+Q', '-Q', '+X', '+E', '+Q,+X', '+bin', '+json', '+cbor', 'Q', '+', '', '+Q +X', '+q'])
    yield { group: 'log flags', section: 'frontend', line: `log-format "%{${flags}}o %{${flags}}[src]"` };
}

function* aclCases(): Generator<Case> {
  for (const method of [
    'found',
    'bool',
    'int',
    'ip',
    'bin',
    'len',
    'str',
    'beg',
    'sub',
    'reg',
    'dir',
    'dom',
    'end',
    'nosuch',
  ])
    for (const criterion of [
      'src',
      'path',
      'dst_port',
      'hdr(host)',
      'var(txn.a)',
      'method',
      'ssl_fc',
      'req.payload(0,1)',
      'str(a),length',
      'path_beg',
    ])
      for (const pattern of ['', ' 1', ' word', ' 10.0.0.0/8', ' 1:5', ' gt 5', ' 0a0b', ' (', ' 5:1', ' ge', ' xx 5'])
        yield { group: 'ACL method', section: 'frontend', line: `acl name1 ${criterion} -m ${method}${pattern}` };
  for (const flags of [
    '-i',
    '-n',
    '-M',
    '-u 5',
    '-u x',
    '-u',
    `-f ${emptyFile}`,
    '-f',
    '--',
    '-i -n',
    '-x',
    '-i -i',
    '-u 1.5',
  ])
    for (const criterion of ['src', 'path', 'dst_port', 'hdr(host)'])
      yield { group: 'ACL flag', section: 'frontend', line: `acl name1 ${criterion} ${flags} 10` };
}

/** Everything that is asked about for a release. */
export function* haproxyCases(release: Release): Generator<Case> {
  for (const { name: section } of sectionTypes) yield* directiveCases(section, release);
  yield* foreignCases();
  yield* parameterCases();
  yield* actionCases(release);
  yield* sampleCases();
  yield* converterCases();
  yield* logCases();
  yield* aclCases();
}
