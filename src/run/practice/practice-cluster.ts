import { createHash } from 'node:crypto';
import { havenSnapshotFolder, k3sSnapshotFolder } from '../../ops/commands/snapshot';
import { statusCommand } from '../../ops/status/node-status';

/** A node of the practice cluster as it is now. */
export interface PracticeNode {
  readonly name: string;
  readonly address: string;
  readonly role: 'server' | 'agent' | 'loadbalancer';
  readonly stoppedUnits: Set<string>;
  readonly files: Map<string, Buffer>;
}

export interface PracticeAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const ok = (stdout = '', stderr = ''): PracticeAnswer => ({ code: 0, stdout, stderr });
const failed = (code: number, stderr: string): PracticeAnswer => ({ code, stdout: '', stderr });

/**
 * A cluster that only exists in memory: three k3s servers, an agent and two load balancers with a virtual address. It
 * answers the commands that Haven sends as recorded from real machines, and changes its state as those would.
 */
export class PracticeCluster {
  readonly nodes: readonly PracticeNode[];

  /** `now` gives milliseconds since 1970; `network` is the first three numbers of the nodes' addresses. */
  constructor(
    private readonly now: () => number,
    readonly network = '127.77.1',
  ) {
    const node = (name: string, last: number, role: PracticeNode['role']): PracticeNode => {
      return { name, address: `${network}.${last}`, role, stoppedUnits: new Set(), files: new Map() };
    };
    this.nodes = [
      node('cp1', 10, 'server'),
      node('cp2', 11, 'server'),
      node('cp3', 12, 'server'),
      node('w1', 20, 'agent'),
      node('lb1', 8, 'loadbalancer'),
      node('lb2', 9, 'loadbalancer'),
    ];
  }

  get virtualAddress(): string {
    return `${this.network}.100`;
  }

  /** Runs one command on a node, given as its words. */
  run(node: PracticeNode, words: readonly string[], stdin: Buffer): PracticeAnswer {
    let argv = [...words];
    while (argv[0] === 'sudo' || argv[0] === 'env') argv = withoutPrefix(argv);
    const [program = '', ...args] = argv;
    if (program === 'true') return ok();
    if (program === 'sh' && args[0] === '-c') return this.script(node, args[1] ?? '', args.slice(3), stdin);
    if (program === 'k3s') return this.k3s(node, args);
    if (program === 'systemctl') return systemctl(node, args);
    if (program === 'hostname') return ok(`${node.name}\n`);
    if (program === 'cat') return this.cat(node, args.at(-1) ?? '');
    return failed(127, `sh: 1: ${program}: not found\n`);
  }

  private script(node: PracticeNode, text: string, args: readonly string[], stdin: Buffer): PracticeAnswer {
    const status = statusCommand().argv[2];
    if (text === status) return ok(this.status(node));
    if (text.includes('sha256sum')) return this.wholeSnapshots(node, args);
    if (text.includes('set -C')) return takeLock(node, args);
    if (text.startsWith('[ "$(cat')) return freeLock(node, args);
    if (text.startsWith('umask 077 && cat >"$1"')) {
      node.files.set(args[2] ?? '', stdin);
      return ok();
    }
    return failed(127, 'sh: the practice cluster does not know this script\n');
  }

  private k3s(node: PracticeNode, args: readonly string[]): PracticeAnswer {
    if (args[0] === '--version') return ok('k3s version v1.34.1+k3s1 (00000000)\ngo version go1.24.6\n');
    if (args[0] !== 'etcd-snapshot') return failed(3, `No help topic for '${args[0] ?? ''}'\n`);
    if (node.role === 'agent') {
      return failed(
        1,
        'time="…" level=fatal msg="Error: open /var/lib/rancher/k3s/server/token: no such file or directory"\n',
      );
    }
    if (!isServerUp(node)) {
      return failed(
        1,
        'time="…" level=fatal msg="Error: Post \\"https://127.0.0.1:6443/db/snapshot\\": dial tcp 127.0.0.1:6443: connect: connection refused"\n',
      );
    }
    if (args[1] === 'save') return this.save(node, args);
    if (args[1] === 'ls' || args[1] === 'list' || args[1] === 'l') return ok(table(node));
    return failed(3, `No help topic for '${args[1] ?? ''}'\n`);
  }

  /** As k3s does: the file gets `-<node>-<seconds>`, and without quorum nothing is saved and the exit code is 0. */
  private save(node: PracticeNode, args: readonly string[]): PracticeAnswer {
    const name = args[args.indexOf('--name') + 1] ?? 'on-demand';
    if (!this.hasQuorum()) return ok();
    const full = `${name}-${node.name}-${Math.floor(this.now() / 1000)}`;
    const content = Buffer.alloc(512 * 40, `practice ${full} `);
    const hash = createHash('sha256').update(content).digest();
    node.files.set(`${k3sSnapshotFolder}/${full}`, Buffer.concat([content, hash]));
    return ok('', `time="${new Date(this.now()).toISOString()}" level=info msg="Snapshot ${full} saved."\n`);
  }

  private wholeSnapshots(node: PracticeNode, [folder = '', name = '']: readonly string[]): PracticeAnswer {
    const lines = [...node.files].flatMap(([path, content]) => {
      if (path !== `${folder}/${name}` && !path.startsWith(`${folder}/${name}-`)) return [];
      if (content.length % 512 !== 32) return [`damaged size ${content.length} ${path}`];
      const hash = createHash('sha256').update(content.subarray(0, -32)).digest();
      return [
        hash.equals(content.subarray(-32))
          ? `whole ${content.length} ${hash.toString('hex')} ${path}`
          : `damaged hash ${path}`,
      ];
    });
    return ok(lines.map((line) => `${line}\n`).join(''));
  }

  private cat(node: PracticeNode, path: string): PracticeAnswer {
    const content = node.files.get(path);
    return content === undefined
      ? failed(1, `cat: ${path}: No such file or directory\n`)
      : ok(content.toString('utf8'));
  }

  private hasQuorum(): boolean {
    const servers = this.nodes.filter((each) => each.role === 'server');
    return servers.filter(isServerUp).length > servers.length / 2;
  }

  /** The balancer that carries the virtual address: the first one whose haproxy and keepalived run. */
  private holder(): PracticeNode | undefined {
    return this.nodes.find(
      (each) =>
        each.role === 'loadbalancer' && !each.stoppedUnits.has('keepalived') && !each.stoppedUnits.has('haproxy'),
    );
  }

  private status(node: PracticeNode): string {
    const parts: [string, string][] = [['host', node.name]];
    const addresses = [
      `1: lo    inet 127.0.0.1/8 scope host lo`,
      `2: eth0    inet ${node.address}/24 brd ${this.network}.255 scope global eth0`,
    ];
    if (this.holder() === node) addresses.push(`2: eth0    inet ${this.virtualAddress}/24 scope global secondary eth0`);
    parts.push(
      ['addresses', addresses.join('\n')],
      [
        'units',
        unitsOf(node)
          .map((unit) => unitText(node, unit))
          .join('\n\n'),
      ],
    );
    if (node.role === 'server' && isServerUp(node)) {
      const healthy = this.hasQuorum();
      const leads = healthy && this.nodes.find((each) => each.role === 'server' && isServerUp(each)) === node;
      parts.push(['health', JSON.stringify({ health: String(healthy), reason: healthy ? '' : 'RAFT NO LEADER' })]);
      parts.push([
        'metrics',
        `etcd_server_is_leader ${leads ? 1 : 0}\netcd_server_is_learner 0\netcd_mvcc_db_total_size_in_bytes 3.500032e+06`,
      ]);
      const members = this.nodes
        .filter((each) => each.role === 'server')
        .map((each, i) => ({ ID: String(1000 + i), name: `${each.name}-practice` }));
      parts.push(['members', healthy ? JSON.stringify({ members }) : '']);
    }
    const snapshots = [...node.files].filter(
      ([path]) => path.startsWith(k3sSnapshotFolder) || path.startsWith(havenSnapshotFolder),
    );
    parts.push([
      'snapshots',
      snapshots.map(([path, content]) => `${secondsIn(path)} ${content.length} ${path}`).join('\n'),
    ]);
    if (node.role === 'server') {
      const end = new Date(this.now() + 300 * 86_400_000)
        .toUTCString()
        .slice(5)
        .replace(/^(\d+) (\w+) (\d+) (\S+) GMT$/, '$2 $1 $4 $3 GMT');
      parts.push(['certificates', `/var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt notAfter=${end}`]);
    }
    if (node.role !== 'loadbalancer') parts.push(['version', 'k3s version v1.34.1+k3s1 (00000000)']);
    parts.push(['end', '']);
    return parts.map(([name, text]) => `\n=== ${name}\n${text}\n`).join('');
  }
}

function withoutPrefix(argv: readonly string[]): string[] {
  if (argv[0] === 'sudo') {
    const end = argv.indexOf('--');
    return end >= 0 ? argv.slice(end + 1) : argv.slice(1).filter((each) => !each.startsWith('-'));
  }
  return argv
    .slice(1)
    .filter((each, i, all) => !(each.includes('=') && all.slice(0, i).every((one) => one.includes('='))));
}

function unitsOf(node: PracticeNode): readonly string[] {
  if (node.role === 'loadbalancer') return ['haproxy', 'keepalived'];
  return [node.role === 'server' ? 'k3s' : 'k3s-agent'];
}

function unitText(node: PracticeNode, unit: string): string {
  const stopped = node.stoppedUnits.has(unit);
  return `NRestarts=0\nId=${unit}.service\nLoadState=loaded\nActiveState=${stopped ? 'inactive' : 'active'}\nSubState=${stopped ? 'dead' : 'running'}`;
}

function isServerUp(node: PracticeNode): boolean {
  return !node.stoppedUnits.has('k3s');
}

function systemctl(node: PracticeNode, args: readonly string[]): PracticeAnswer {
  const [verb, unit = ''] = args;
  const name = unit.replace(/\.service$/, '');
  if (!unitsOf(node).includes(name))
    return failed(5, `Failed to ${verb ?? ''} ${unit}.service: Unit ${unit}.service not found.\n`);
  if (verb === 'stop') node.stoppedUnits.add(name);
  else if (verb === 'start' || verb === 'restart') node.stoppedUnits.delete(name);
  else if (verb === 'is-active') {
    return node.stoppedUnits.has(name) ? { code: 3, stdout: 'inactive\n', stderr: '' } : ok('active\n');
  } else return failed(1, `Unknown command verb ${verb ?? ''}.\n`);
  return ok();
}

function takeLock(node: PracticeNode, [, path = '', text = '']: readonly string[]): PracticeAnswer {
  if (node.files.has(path)) return failed(2, `sh: 1: cannot create ${path}: File exists\n`);
  node.files.set(path, Buffer.from(`${text}\n`));
  return ok();
}

function freeLock(node: PracticeNode, [path = '', text = '']: readonly string[]): PracticeAnswer {
  if (node.files.get(path)?.toString().trimEnd() === text) node.files.delete(path);
  return ok();
}

/** The table of `k3s etcd-snapshot ls`: the header alone stands with single blanks. */
function table(node: PracticeNode): string {
  const rows = [...node.files].filter(([path]) => path.startsWith(k3sSnapshotFolder));
  if (rows.length === 0) return 'Name Location Size Created\n';
  const lines = rows.map(([path, content]) => {
    const created = new Date(secondsIn(path) * 1000).toISOString().replace('.000Z', 'Z');
    return [path.slice(k3sSnapshotFolder.length + 1), `file://${path}`, String(content.length), created];
  });
  const widths = [0, 1, 2].map((i) =>
    Math.max(...[['Name', 'Location', 'Size'], ...lines].map((line) => line[i]?.length ?? 0)),
  );
  return [['Name', 'Location', 'Size', 'Created'], ...lines]
    .map((line) => `${line.map((word, i) => (i < 3 ? word.padEnd(widths[i] ?? 0) : word)).join(' ')}\n`)
    .join('');
}

function secondsIn(path: string): number {
  return Number(/-(\d+)$/.exec(path)?.[1] ?? 0);
}
