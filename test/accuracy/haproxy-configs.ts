import {
  type Action,
  actionsOf,
  allAclNames,
  allConverters,
  allFetches,
  bindParams,
  type Directive,
  directivesOf,
  existsIn,
  logAliases,
  type Parameter,
  placementOf,
  type Release,
  type SampleFunction,
  sectionTypes,
  serverParams,
} from '../../src/catalog/haproxy/catalog';
import { grammarOf, type Node } from '../../src/model/haproxy/grammar';
import { type Argument, badOf, emptyFile, goodOf } from './haproxy-cases';

/** The sections of a configuration before their lines are written. */
interface Planned {
  readonly type: string;
  readonly name: string;
  readonly from?: string;
}

/** Whatever stands here makes the program do something on this machine, or says nothing of the language. */
const leftOut: ReadonlySet<string> = new Set([
  ...['backing-file', 'chroot', 'command', 'daemon', 'default-path', 'external-check', 'gid', 'group', 'localpeer'],
  ...['lua-load', 'lua-load-per-thread', 'module-load', 'module-path', 'namespace', 'nbthread', 'cpu-map', 'nbproc'],
  ...['presetenv', 'resetenv', 'setenv', 'unsetenv', 'uid', 'user', 'ulimit-n', 'wurfl-data-file', 'cpu-set', 'use'],
  ...[
    'set-dumpable',
    'ssl-engine',
    'ssl-provider',
    'ssl-provider-path',
    'thread-groups',
    'thread-group',
    'zero-warning',
  ],
  ...[
    'numa-cpu-mapping',
    'profiling.memory',
    'bind-process',
    'external-check command',
    'external-check path',
    'option external-check',
    'load',
    'acme',
  ],
]);

/** Lines that are written by code of their own, so that they refer to what is there. */
const own: ReadonlySet<string> = new Set([
  'acl',
  'bind',
  'server',
  'peer',
  'table',
  'user',
  'group',
  'filter',
  'dispatch',
]);

const proxyTypes = ['frontend', 'backend', 'listen'];

/** A whole configuration that nobody wrote: random sections and lines out of the catalog, here and there with a slip. */
export function wholeConfig(random: () => number, release: Release): string {
  return new Maker(random, release).file();
}

class Maker {
  private readonly sections: Planned[] = [];
  /** The section whose lines are being written. */
  private current: Planned = { type: 'global', name: '' };
  private acls: string[] = [];
  private servers: string[] = [];
  private port = 20_000;
  private count = 0;
  /** How often an argument is a wrong one. */
  private readonly slips: number;

  constructor(
    private readonly random: () => number,
    private readonly release: Release,
  ) {
    // Half of the files are meant to be right as a whole.
    this.slips = random() < 0.5 ? 0 : 0.004 + random() * 0.02;
  }

  file(): string {
    this.plan();
    const parts = this.sections.map((each) => this.section(each));
    return parts.join(this.chance(0.8) ? '\n' : '');
  }

  private chance(share: number): boolean {
    return this.random() < share;
  }

  private upTo(most: number): number {
    return Math.floor(this.random() * (most + 1));
  }

  private pick<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.random() * list.length)];
    if (found === undefined) throw new Error('nothing to choose from');
    return found;
  }

  private slip(): boolean {
    return this.chance(this.slips);
  }

  private newName(): string {
    return `${this.pick(['web', 'api', 'k8s', 'lb-', 'a.b', 'x_', 'Node', '1st'])}${++this.count}`;
  }

  /** Which sections there are, and what they are called: whatever refers to one can stand above it. */
  private plan(): void {
    if (this.chance(0.8)) this.sections.push({ type: 'global', name: '' });
    const defaults: string[] = [];
    const addDefaults = (): void => {
      const name = this.chance(0.6) ? this.newName() : '';
      const from = defaults.length > 0 && this.chance(0.3) ? { from: this.pick(defaults) } : {};
      this.sections.push({ type: 'defaults', name, ...from });
      if (name !== '') defaults.push(name);
    };
    if (this.chance(0.9)) addDefaults();
    const others = sectionTypes.filter(
      (each) =>
        !['global', 'defaults', 'program', 'namespace_list', 'acme', 'crt-store', ...proxyTypes].includes(each.name) &&
        existsIn(each, this.release),
    );
    for (let left = 3 + this.upTo(9); left > 0; left--) {
      if (this.chance(0.12)) addDefaults();
      const type = this.chance(0.65) ? this.pick(proxyTypes) : this.pick(others).name;
      const from = proxyTypes.includes(type) && defaults.length > 0 && this.chance(0.4);
      const again = this.sections.filter((each) => each.type === type);
      const name = this.slip() && again.length > 0 ? this.pick(again).name : this.newName();
      this.sections.push({ type, name, ...(from && { from: this.pick(defaults) }) });
    }
    if (this.chance(0.1)) this.sections.push({ type: 'global', name: '' });
  }

  private section(planned: Planned): string {
    this.current = planned;
    this.acls = [];
    this.servers = [];
    const naming = sectionTypes.find((each) => each.name === planned.type)?.naming;
    const header = [
      planned.type,
      ...(naming === 'none' || (planned.name === '' && naming !== 'required') ? [] : [planned.name]),
      ...(planned.from === undefined ? [] : ['from', this.slip() ? 'nowhere' : planned.from]),
    ].join(' ');
    const lines = [...this.usualLines()];
    const directives = this.directives();
    for (let left = this.upTo(12); left > 0 && directives.length > 0; left--) lines.push(this.line(directives));
    const indent = this.pick(['    ', '\t', '  ', '']);
    const written = this.inBlocks(lines.map((each) => this.spoilt(each))).map((each) => indent + each);
    if (this.chance(0.1)) written.splice(this.upTo(written.length), 0, '', '# a comment');
    return `${[header, ...written].join('\n')}\n`;
  }

  /** Some lines between `.if` and `.endif`. */
  private inBlocks(lines: readonly string[]): string[] {
    if (lines.length < 2 || !this.chance(0.08)) return [...lines];
    const from = this.upTo(lines.length - 1);
    const to = from + 1 + this.upTo(lines.length - from - 1);
    const condition = this.pick([
      'version_atleast(2.4)',
      'version_before(2.0)',
      'feature(THREAD)',
      '!feature(THREAD)',
      'defined(NOBODY_SETS_THIS)',
      'streq("a","a")',
      'version_atleast(2.2) && !version_before(2.1)',
      '1',
      '0 || streq(a,b)',
      ...(this.slip() ? ['nosuch(1)', 'feature('] : []),
    ]);
    const middle = this.chance(0.4) ? [`.${this.chance(0.5) ? 'else' : `elif ${this.pick(['1', '0'])}`}`] : [];
    const half = from + Math.ceil((to - from) / 2);
    const end = this.slip() ? [] : ['.endif'];
    return [
      ...lines.slice(0, from),
      `.if ${condition}`,
      ...lines.slice(from, half),
      ...middle,
      ...lines.slice(half, to),
      ...end,
      ...lines.slice(to),
    ];
  }

  /** The slips of the hand that are none of an argument: a letter, a word, quotes. */
  private spoilt(line: string): string {
    if (this.chance(0.05)) return this.quoted(line);
    if (!this.slip()) return line;
    const words = line.split(' ');
    const at = this.upTo(words.length - 1);
    const word = words[at] ?? '';
    switch (this.upTo(4)) {
      case 0:
        return words.with(at, word.slice(0, -1)).join(' ');
      case 1:
        return words.toSpliced(at, 1).join(' ');
      case 2:
        return `${line} surplus`;
      case 3:
        return words.toSpliced(at, 0, word).join(' ');
      default:
        return words.with(at, `"${word}`).join(' ');
    }
  }

  /** One word of the line in other signs for the same text. */
  private quoted(line: string): string {
    const words = line.split(' ');
    const at = this.upTo(words.length - 1);
    const word = words[at] ?? '';
    if (!/^[\w./:-]{2,}$/.test(word)) return line;
    const forms = [
      `"${word}"`,
      `'${word}'`,
      `${word[0]}"${word.slice(1)}"`,
      `\\x${word.charCodeAt(0).toString(16)}${word.slice(1)}`,
    ];
    if (at > 0) forms.push(`"\${NOBODY_SETS_THIS-${word}}"`);
    return words.with(at, this.pick(forms)).join(' ');
  }

  /** What a section of its type has in real files. */
  private *usualLines(): Iterable<string> {
    const { type } = this.current;
    if (type === 'defaults' || (proxyTypes.includes(type) && this.chance(0.3)))
      yield `mode ${this.pick(['http', 'http', 'tcp'])}`;
    if (type === 'defaults' || (proxyTypes.includes(type) && this.chance(0.2)))
      for (const each of ['connect', 'client', 'server'])
        if (this.chance(0.9)) yield `timeout ${each} ${this.pick(['5s', '30000', '1m', '4h'])}`;
    if (type === 'frontend' || type === 'listen')
      for (let left = this.chance(0.9) ? 1 + this.upTo(1) : 0; left > 0; left--) yield this.bindLine();
    if (type === 'backend' || type === 'listen')
      for (let left = this.upTo(4); left > 0; left--) {
        const name = this.slip() && this.servers.length > 0 ? this.pick(this.servers) : `s${this.servers.length + 1}`;
        this.servers.push(name);
        yield `server ${name} ${this.pick(['10.0.0.1:6443', '10.0.0.2:80', '127.0.0.1:8080', '[::1]:443', '/tmp/x.sock', '10.0.0.1'])}${this.parameters(serverParams.values(), 3)}`;
      }
    if (proxyTypes.includes(type))
      for (let left = this.upTo(3); left > 0; left--) {
        const name = this.chance(0.3) && this.acls.length > 0 ? this.pick(this.acls) : `acl${this.acls.length + 1}`;
        this.acls.push(name);
        yield `acl ${name} ${this.criterion()}`;
      }
    if (type === 'backend' && this.chance(0.3))
      yield `stick-table type ${this.pick(['ip', 'integer', 'string', 'ipv6', 'binary'])} size ${this.pick(['1k', '100', '1m'])}${this.pick(['', ' expire 10s'])} store ${this.pick(['gpc0', 'http_req_rate(10s)', 'conn_cur,gpt0', 'bytes_out_rate(1s)'])}`;
    if (type === 'peers') {
      for (let left = this.upTo(2); left > 0; left--) yield `peer p${left} 10.0.0.${left}:10000`;
      if (this.chance(0.4)) yield `table t1 type ip size 1k store gpc0`;
    }
    if (type === 'userlist') {
      yield 'group g1';
      if (this.chance(0.5)) yield `group g2 users ${this.slip() ? 'nobody' : 'u1'}`;
      yield `user u1 insecure-password x${this.pick(['', ' groups g1', this.slip() ? ' groups nosuch' : ' groups g1'])}`;
    }
    if (type === 'resolvers') yield 'nameserver n1 127.0.0.1:53';
    if (type === 'mailers') yield 'mailer m1 127.0.0.1:25';
    if (type === 'cache') yield 'total-max-size 4';
    if (type === 'ring') yield 'size 32768';
    if (type === 'fcgi-app') yield 'docroot /tmp';
    if (type === 'log-forward') yield `${this.pick(['bind', 'dgram-bind'])} 127.0.0.1:${++this.port}`;
    if (type === 'healthcheck') yield 'type httpchk';
    if (type === 'log-profile') yield `on any format ${this.logFormat()}`;
  }

  private bindLine(): string {
    const address = this.chance(0.97)
      ? this.pick([
          `:${++this.port}`,
          `*:${++this.port}`,
          `127.0.0.1:${++this.port}`,
          `[::]:${++this.port}`,
          `:${++this.port}-${++this.port}`,
          `/tmp/${++this.port}.sock`,
          `ipv4@:${++this.port}`,
        ])
      : this.pick(
          badOf({
            kind: 'argument',
            name: 'address',
            type: 'bindaddr',
            parameter: '',
            checks: undefined,
            repeated: false,
          }),
        );
    return `bind ${address}${this.parameters(bindParams.values(), 2)}`;
  }

  private parameters(all: Iterable<Parameter>, most: number): string {
    const possible = [...all].filter(
      (each) =>
        existsIn(each, this.release) &&
        !/namespace|thread|process|crt|ca-|crl|engine|shards|51d|npn|guid|ech|ticket-keys|quic/.test(each.name),
    );
    let text = '';
    for (let left = this.upTo(most); left > 0; left--) {
      const each = this.pick(possible);
      text += ` ${[each.name, ...this.words(grammarOf(each.grammar))].join(' ')}`;
    }
    return text;
  }

  private directives(): readonly Directive[] {
    const { type } = this.current;
    return [...directivesOf(type).values()].filter(
      (each) =>
        !own.has(each.name) &&
        !leftOut.has(each.name) &&
        !each.name.startsWith('51degrees') &&
        !/^(?:deviceatlas|wurfl|ssl-.*file|.*-base$|tune\.(?:lua|quic|zlib)|httpclient\.ssl|quic-initial)/.test(
          each.name,
        ) &&
        existsIn(each, this.release) &&
        (placementOf(each, type, this.release) === 'yes' ||
          (placementOf(each, type, this.release) === 'named-only' && this.current.name !== '')),
    );
  }

  private line(directives: readonly Directive[]): string {
    if (this.slip()) {
      const [other] = [...directivesOf(this.pick(sectionTypes).name).values()].filter(() => this.chance(0.05));
      if (other !== undefined && !leftOut.has(other.name))
        return [other.name, ...this.words(grammarOf(other.grammar))].join(' ');
    }
    const rules = directives.filter((each) => each.grammar.includes(':action:'));
    const directive = rules.length > 0 && this.chance(0.4) ? this.pick(rules) : this.pick(directives);
    const prefix = directive.negatable && this.chance(0.1) ? 'no ' : '';
    return `${prefix}${[directive.name, ...(prefix === '' ? this.words(grammarOf(directive.grammar)) : [])].join(' ')}`;
  }

  /** A way through a grammar. */
  private words(nodes: readonly Node[]): string[] {
    return nodes.flatMap((node) => {
      if (node.kind === 'literal') return [node.text];
      if (node.kind === 'argument') return this.chance(0.002) && this.slips > 0 ? [] : [this.value(node)];
      if (node.optional && this.chance(0.5)) return [];
      const once = (): string[] => this.words(this.pick(node.alternatives));
      return node.repeated && this.chance(0.3) ? [...once(), ...once()] : once();
    });
  }

  private value(node: Argument): string {
    if (this.slip()) {
      const bad = badOf(node);
      if (bad.length > 0) return this.pick(bad);
    }
    switch (node.type) {
      case 'condition':
        return this.condition();
      case 'action':
        return this.action(node.parameter.replace('+', ' '));
      case 'sample':
        return this.sample();
      case 'logformat':
        return this.logFormat();
      case 'ref':
        return this.nameOf(node.parameter);
      case 'serverref':
        return this.servers.length > 0 ? this.pick(this.servers) : this.serverElsewhere();
      case 'bindaddr':
        return `:${++this.port}`;
      case 'bindparam':
        return this.parameters(bindParams.values(), 1).trim() || 'name x';
      case 'serverparam':
        return this.parameters(serverParams.values(), 1).trim() || 'check';
      case 'aclcriterion':
        return this.criterion();
      case 'logtarget':
        return this.pick(['127.0.0.1:514', 'stdout', '/dev/log']);
      default:
        return this.pick(goodOf(node));
    }
  }

  private nameOf(kind: string): string {
    const types = kind === 'backend' ? ['backend', 'listen'] : kind === 'table' ? ['backend'] : [kind];
    const fitting = this.sections.filter((each) => types.includes(each.type) && each.name !== '');
    return fitting.length === 0 ? 'nosuch' : this.pick(fitting).name;
  }

  private serverElsewhere(): string {
    return `${this.nameOf('backend')}/s1`;
  }

  private condition(): string {
    const one = (): string => {
      const not = this.chance(0.2) ? this.pick(['!', '! ']) : '';
      if (this.acls.length > 0 && this.chance(0.6)) return not + (this.slip() ? 'nosuch' : this.pick(this.acls));
      return (
        not +
        (this.chance(0.3) ? this.pick(['TRUE', 'FALSE', 'LOCALHOST', 'METH_GET', 'HTTP']) : `{ ${this.criterion()} }`)
      );
    };
    return Array.from({ length: 1 + this.upTo(2) }, one).join(this.pick([' ', ' or ', ' || ']));
  }

  private action(ruleSet: string): string {
    const all = actionsOf(ruleSet, this.release).filter(
      (each) => !/lua|spoe|ot-group|wait-for-handshake|use-service/.test(each.name) && !each.experimental,
    );
    if (all.length === 0) return 'accept';
    const action = this.pick(all);
    return [action.name + this.insideOf(action), ...this.words(grammarOf(action.grammar))].join(' ');
  }

  private insideOf({ name, glued }: Action): string {
    if (!glued) return '';
    if (this.slip()) return this.pick(['', '()', '(x', '(nosuch.a)']);
    if (/var/.test(name)) return `(${this.pick(['txn', 'sess', 'req', 'proc'])}.v${this.upTo(3)})`;
    if (/-(?:acl|map)$/.test(name)) return `(${emptyFile})`;
    if (name === 'do-resolve') return `(txn.ip,${this.nameOf('resolvers')}${this.pick(['', ',ipv4'])})`;
    return /gpc$|gpt$/.test(name) ? `(${this.upTo(2)},${this.upTo(2)})` : `(${this.upTo(2)})`;
  }

  private call(each: SampleFunction): string {
    const count = this.slip()
      ? this.upTo(each.args.length + 1)
      : each.leastArguments + this.upTo(each.args.length - each.leastArguments);
    if (count === 0) return each.name;
    const args = Array.from({ length: count }, (_, index) => {
      const type = each.args[index]?.[0] ?? 's';
      if (this.slip()) return this.pick(['', 'word', '-1', '10.0.0.1']);
      if (type === 'i') return String(this.upTo(3));
      if (type === 'T') return this.nameOf('table');
      if (type === 'B') return this.nameOf('backend');
      if (type === 'F') return this.nameOf('frontend');
      if (type === 'S') return this.serverElsewhere();
      if (type === 'U') return this.nameOf('userlist');
      if (each.name === 'var' || /set-var$/.test(each.name)) return `txn.v${this.upTo(3)}`;
      return this.pick(['host', 'x-id', 'a']);
    });
    return `${each.name}(${args.join(',')})`;
  }

  private sample(purpose: 'acl' | 'sample' = 'sample'): string {
    const usual = [
      'src',
      'path',
      'req.hdr(host)',
      'dst_port',
      'str(a)',
      'int(5)',
      'var(txn.v1)',
      'method',
      'ssl_fc_sni',
      'rand(10)',
    ];
    const functions = allFetches().filter(
      (each) => existsIn(each, this.release) && !/^(?:51d|da-csv|wurfl)/.test(each.name),
    );
    const named = allAclNames().filter(({ fetch }) => functions.some((each) => each.name === fetch));
    const head =
      purpose === 'acl' && this.chance(0.3)
        ? `${this.pick(named).name.replace(/^(hdr\w*|cook\w*|urlp\w*)$/, '$1(a)')}`
        : this.chance(0.6)
          ? this.pick(usual)
          : this.call(this.pick(functions));
    const converters = allConverters().filter(
      (each) => existsIn(each, this.release) && !/^(?:51d|da-csv|wurfl|map|debug)/.test(each.name),
    );
    let text = head;
    while (this.chance(0.2))
      text += `,${this.chance(0.5) ? this.pick(['lower', 'length', 'hex', 'base64']) : this.call(this.pick(converters))}`;
    return text;
  }

  private criterion(): string {
    if (this.chance(0.5))
      return this.pick([
        'src 10.0.0.0/8 192.168.0.0/16',
        'path_beg /api /healthz',
        'path -i -m end .css .js',
        'hdr(host) -i example.org',
        'dst_port 443',
        'nbsrv(nosuch) lt 1',
        'req.hdr_cnt(cookie) gt 3',
        'method GET HEAD',
        'url_reg ^/[a-z]+$',
        'ssl_fc',
        `src -f ${emptyFile}`,
        'req.ssl_sni -i a.example.org',
        'path,lower -m str /x',
        'src_port 1024:65535',
      ]).replace('nosuch', this.nameOf('backend'));
    const flags = this.pick([
      '',
      '',
      ' -i',
      ' -m str',
      ' -m beg',
      ' -m int',
      ' -m found',
      ' -m reg',
      ' -m ip',
      ' -m len',
      ' -n',
      ' --',
    ]);
    const patterns = this.pick(['', ' a', ' 1', ' 10.0.0.1', ' gt 5', ' /x /y', ' 1:5', ' ^a', ' 2001:db8::/32']);
    return `${this.sample('acl')}${flags}${patterns}`;
  }

  private logFormat(): string {
    const aliases = [...logAliases.values()].filter((each) => existsIn(each, this.release));
    const part = (): string => {
      if (this.chance(0.4)) return `%[${this.sample()}]`;
      if (this.chance(0.5))
        return `%${this.pick(['', '{+Q}', '{-X}', '{+E}'])}${this.pick(aliases).name.replace('%', '')}`;
      return this.pick(['text', '/x', '%%', 'a=1']);
    };
    const text = Array.from({ length: 1 + this.upTo(2) }, part).join(this.pick(['', '-', ' ']));
    return text.includes(' ') ? `"${text}"` : text;
  }
}
