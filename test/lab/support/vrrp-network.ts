import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { processEvents } from './process-events';
import { must, run } from './shell';

/** Begins the name of every namespace that is made here, before the number of the process that made it. */
const prefix = 'hv-';

/** The program that HAVEN_KEEPALIVED names, or the one on the path. */
const keepalivedCommand = process.env.HAVEN_KEEPALIVED ?? 'keepalived';

/** Its release as it says it, such as 2.2.7; undefined where it does not. */
export function keepalivedRelease(): string | undefined {
  const { stdout, stderr } = run([keepalivedCommand, '-v']);
  return /v(\d+\.\d+\.\d+)/.exec(`${stdout}${stderr}`)?.[1];
}

/** A machine that runs nothing but keepalived. */
interface Daemon {
  readonly name: string;
  readonly address: string;
  readonly text: string;
  readonly folder: string;
  main?: ChildProcess;
  monitor?: ChildProcess;
  /** What keepalived has said since it was started last. */
  said: string;
  /** The pipe in which it tells of the states and priorities of its instances. */
  pipe?: number;
  readonly told: Map<string, { readonly state: string; readonly priority: number }>;
  /** Its cables are gone, itself not yet. */
  hasNoPower?: boolean;
  /** The stand-in for the program that `track_process` looks for. */
  program?: ChildProcess;
}

/** Which nodes have an address from a moment on. */
export interface Passage {
  readonly atMs: number;
  readonly holders: readonly string[];
}

/**
 * Real keepalived daemons, each in a network namespace of its own, with `eth0` on one bridge and `eth1` on another.
 * Everything an event of the simulator can say is done to them.
 */
export class VrrpNetwork {
  private readonly outer: string;
  private readonly daemons: Daemon[];
  private readonly cuts = new Set<string>();
  /** The outer ends of the cables that are pulled. */
  private readonly pulled = new Set<string>();
  private readonly changes: {
    readonly atMs: number;
    readonly node: string;
    readonly vip: string;
    readonly has: boolean;
  }[] = [];

  /**
   * @param id short and unlike that of every other network at the same time
   * @param configs for each node the text of its keepalived.conf; `FLAGS` in it becomes the folder of its flags
   */
  constructor(
    readonly id: string,
    private readonly folder: string,
    configs: Readonly<Record<string, string>>,
  ) {
    this.outer = `${prefix}${process.pid}-${id}`;
    this.daemons = Object.entries(configs).map(([name, text], index) => ({
      name,
      address: `10.77.0.${index + 1}`,
      text,
      folder: join(folder, name),
      said: '',
      told: new Map(),
    }));
    must(['ip', 'netns', 'add', this.outer]);
    for (const bridge of ['br0', 'br1']) {
      must(['ip', '-n', this.outer, 'link', 'add', 'name', bridge, 'type', 'bridge', 'mcast_snooping', '0']);
      must(['ip', '-n', this.outer, 'link', 'set', bridge, 'up']);
    }
    for (const daemon of this.daemons) {
      mkdirSync(daemon.folder, { recursive: true });
      writeFileSync(join(daemon.folder, 'keepalived.conf'), this.textOf(daemon));
      writeFileSync(join(daemon.folder, 'check'), checkScript);
      chmodSync(join(daemon.folder, 'check'), 0o755);
    }
  }

  /** What the simulator is given: the texts as the daemons read them. */
  get nodes(): readonly {
    readonly name: string;
    readonly address: string;
    readonly files: readonly { readonly path: string; readonly text: string }[];
  }[] {
    return this.daemons.map((daemon) => ({
      name: daemon.name,
      address: daemon.address,
      files: [{ path: `${daemon.name}.conf`, text: this.textOf(daemon) }],
    }));
  }

  private textOf(daemon: Daemon): string {
    return `${reporting}${daemon.text}`
      .replaceAll('FLAGS', daemon.folder)
      .replaceAll('PROGRAM', this.programOf(daemon));
  }

  /** keepalived looks for processes by name on the whole host, so every node has a program of its own. */
  private programOf({ name }: Daemon): string {
    return `h${process.pid % 100_000}${this.id}${name}`.slice(0, 15);
  }

  /** Does the events of one moment, as `haven simulate` writes them joined by `+`; the moment at which they happened. */
  apply(moment: string): number {
    const events = moment.split('+');
    for (const [verb, name = ''] of events.map((each) => each.split(':')))
      if (verb === 'start') this.build(this.daemon(name));
    const atMs = Math.min(...events.map((each) => this.one(each)));
    for (const each of this.daemons) if (each.hasNoPower) this.takeAway(each);
    return atMs;
  }

  private one(event: string): number {
    const [verb = '', name = '', ...rest] = event.split(':');
    const check = rest.join(':');
    if (verb === 'cut' || verb === 'heal') return this.link(name, verb);
    const daemon = this.daemon(name);
    if (check !== '') return this.check(daemon, verb, check);
    if (verb === 'start') return this.start(daemon);
    if (verb === 'stop') return this.stop(daemon);
    return this.cutPower(daemon);
  }

  /** Who had an address when, from `sinceMs` on; the first passage is what was so at that moment. */
  passages(vip: string, sinceMs: number): readonly Passage[] {
    const holders = new Set<string>();
    const list: Passage[] = [{ atMs: sinceMs, holders: [] }];
    for (const { atMs, node, vip: changed, has } of [...this.changes].sort((a, b) => a.atMs - b.atMs)) {
      if (changed !== vip) continue;
      if (has) holders.add(node);
      else holders.delete(node);
      const now = {
        atMs: Math.max(atMs, sinceMs),
        holders: this.daemons.map((each) => each.name).filter((each) => holders.has(each)),
      };
      if (atMs < sinceMs) list.length = 0;
      if (now.holders.join() !== list.at(-1)?.holders.join()) list.push(now);
    }
    return list;
  }

  /** The state and priority that an instance of a node has told of last; `OFF` when its daemon does not run. */
  reportOf(name: string, instance: string): { readonly state: string; readonly priority: number | undefined } {
    const daemon = this.daemon(name);
    if (daemon.main === undefined) return { state: 'OFF', priority: undefined };
    this.listen(daemon);
    // An instance that waits for its first check has nothing to tell, and is in FAULT meanwhile.
    return daemon.told.get(instance) ?? { state: 'FAULT', priority: undefined };
  }

  /** Reads what the daemon has put into its pipe. */
  private listen(daemon: Daemon): void {
    if (daemon.pipe === undefined) return;
    const chunk = Buffer.alloc(1 << 16);
    let text = '';
    try {
      for (let length = 1; length > 0; ) {
        length = readSync(daemon.pipe, chunk);
        text += chunk.toString('utf8', 0, length);
      }
    } catch {
      // Nothing more is there.
    }
    const lines = text.matchAll(/^INSTANCE "(\S+)" (MASTER|BACKUP|FAULT)(_PRIORITY)? (\d+)/gm);
    for (const [, instance = '', state = '', isPriority, priority] of lines) {
      // A changed priority is told as that of a backup in FAULT too.
      const known = daemon.told.get(instance)?.state ?? 'FAULT';
      daemon.told.set(instance, { state: isPriority === undefined ? state : known, priority: Number(priority) });
    }
  }

  /** The last words of every daemon, for a failed comparison. */
  get words(): string {
    return this.daemons
      .map(
        ({ name, said }) =>
          `--- ${name}\n${said
            .split('\n')
            .filter((line) => / \(|Script|ntering|priority/.test(line))
            .slice(-15)
            .join('\n')}`,
      )
      .join('\n');
  }

  /** Ends all daemons and removes what was made. */
  async end(): Promise<void> {
    for (const each of this.daemons) {
      this.cutPower(each);
      this.takeAway(each);
      this.closePipe(each);
    }
    run(['ip', 'netns', 'del', this.outer]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private daemon(name: string): Daemon {
    const found = this.daemons.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  }

  private namespaceOf = ({ name }: Daemon): string => `${this.outer}-${name}`;
  private enter = (daemon: Daemon): string[] => [`--net=/run/netns/${this.namespaceOf(daemon)}`, '--'];

  /** The namespace and the cables of a node that has none. */
  private build(daemon: Daemon): void {
    const { name, address } = daemon;
    const own = this.namespaceOf(daemon);
    if (existsSync(`/run/netns/${own}`)) return;
    const states = [`v-${name}`, `w-${name}`].map((end) => (this.pulled.has(end) ? 'down' : 'up'));
    must(['sh', '-c', buildScript, 'sh', own, this.outer, name, address.split('.')[3] ?? '', ...states]);
    for (const pair of this.cuts) this.deafen(pair, 'add', daemon);
    this.watch(daemon);
  }

  private start(daemon: Daemon): number {
    const { folder } = daemon;
    daemon.said = '';
    this.openPipe(daemon);
    if (daemon.text.includes('PROGRAM') && !existsSync(join(daemon.folder, 'prc.fail'))) this.runProgram(daemon);
    const main = spawn(
      'nsenter',
      [
        ...this.enter(daemon),
        ...[keepalivedCommand, '-n', '-l', '-G', '-D', '-P', '-f', join(folder, 'keepalived.conf')],
        ...['-p', join(folder, 'main.pid'), '-r', join(folder, 'vrrp.pid')],
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
        env: {
          ...process.env,
          ...(daemon.text.includes('PROGRAM') && {
            LD_PRELOAD: processEvents(),
            HAVEN_LAB_OUTER: `/proc/${process.pid}/ns/net`,
          }),
        },
      },
    );
    const hear = (chunk: Buffer) => {
      daemon.said += chunk.toString();
    };
    main.stdout.on('data', hear);
    main.stderr.on('data', hear);
    main.on('close', () => {
      if (daemon.main === main) delete daemon.main;
    });
    daemon.main = main;
    return Date.now();
  }

  private openPipe(daemon: Daemon): void {
    this.closePipe(daemon);
    daemon.told.clear();
    const path = join(daemon.folder, 'told');
    must(['mkfifo', path]);
    daemon.pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  private closePipe(daemon: Daemon): void {
    if (daemon.pipe !== undefined) closeSync(daemon.pipe);
    delete daemon.pipe;
    rmSync(join(daemon.folder, 'told'), { force: true });
  }

  /** Notes every address that comes and goes, with the moment the kernel told of it. */
  private watch(daemon: Daemon): void {
    const monitor = spawn('ip', ['-n', this.namespaceOf(daemon), '-ts', '-o', 'monitor', 'address'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let rest = '';
    monitor.stdout.on('data', (chunk: Buffer) => {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const said = /^\[(\S+?)\] (Deleted )?.*\binet6? ([0-9a-f.:]+)\//.exec(line);
        const [, time, deleted, vip] = said ?? [];
        if (time === undefined || vip === undefined || vip === daemon.address || vip.startsWith('10.78.')) continue;
        this.changes.push({ atMs: new Date(time).getTime(), node: daemon.name, vip, has: deleted === undefined });
      }
    });
    daemon.monitor = monitor;
  }

  private stop(daemon: Daemon): number {
    const at = Date.now();
    daemon.main?.kill('SIGTERM');
    delete daemon.main;
    return at;
  }

  /** It must not say a word when its cables go one after the other. The rest can wait until the moment is over. */
  private cutPower(daemon: Daemon): number {
    const at = Date.now();
    killAtOnce(daemon.main?.pid);
    const stdin = ['v', 'w'].map((end) => `link del ${end}-${daemon.name}\n`).join('');
    run(['ip', '-n', this.outer, '-force', '-batch', '-'], { stdin });
    daemon.hasNoPower = true;
    const had = new Map(this.changes.filter((each) => each.node === daemon.name).map((each) => [each.vip, each.has]));
    for (const [vip, has] of had) if (has) this.changes.push({ atMs: at, node: daemon.name, vip, has: false });
    return at;
  }

  private takeAway(daemon: Daemon): void {
    const own = this.namespaceOf(daemon);
    daemon.hasNoPower = false;
    if (existsSync(`/run/netns/${own}`)) removeNamespace(own);
    daemon.monitor?.kill();
    delete daemon.monitor;
    delete daemon.main;
    daemon.program?.kill('SIGKILL');
    delete daemon.program;
  }

  private check(daemon: Daemon, verb: string, check: string): number {
    if (verb === 'set') {
      const [file = '', value = ''] = check.split('=');
      writeFileSync(join(daemon.folder, file), `${value}\n`);
      return Date.now();
    }
    if (/^eth\d$/.test(check)) {
      const end = `${check === 'eth0' ? 'v' : 'w'}-${daemon.name}`;
      const at = Date.now();
      if (verb === 'ok') this.pulled.delete(end);
      else this.pulled.add(end);
      // A machine without power has no cables; it gets them in this state when it starts.
      if (existsSync(`/run/netns/${this.namespaceOf(daemon)}`))
        must(['ip', '-n', this.outer, 'link', 'set', end, verb === 'ok' ? 'up' : 'down']);
      return at;
    }
    const flag = join(daemon.folder, check);
    if (check === 'prc') {
      const at = Date.now();
      if (verb !== 'ok') daemon.program?.kill('SIGKILL');
      else if (daemon.main !== undefined) this.runProgram(daemon);
      this.flag(flag, verb);
      return at;
    }
    this.flag(flag, verb);
    return Date.now();
  }

  private flag(flag: string, verb: string): void {
    for (const each of ['fail', 'hang']) rmSync(`${flag}.${each}`, { force: true });
    if (verb !== 'ok') writeFileSync(`${flag}.${verb}`, '');
  }

  private runProgram(daemon: Daemon): void {
    const path = join(daemon.folder, this.programOf(daemon));
    if (!existsSync(path)) copyFileSync('/bin/sleep', path);
    chmodSync(path, 0o755);
    daemon.program?.kill('SIGKILL');
    daemon.program = spawn(path, ['100000'], { stdio: 'ignore' });
  }

  /** Two nodes no longer hear each other; everybody else still hears both. */
  private link(pair: string, verb: 'cut' | 'heal'): number {
    const at = Date.now();
    for (const name of pair.split('-')) this.deafen(pair, verb === 'cut' ? 'add' : 'del', this.daemon(name));
    if (verb === 'cut') this.cuts.add(pair);
    else this.cuts.delete(pair);
    return at;
  }

  private deafen(pair: string, change: 'add' | 'del', daemon: Daemon): void {
    const own = this.namespaceOf(daemon);
    const names = pair.split('-');
    const other = this.daemon(names.find((each) => each !== daemon.name) ?? '');
    if (!names.includes(daemon.name) || !existsSync(`/run/netns/${own}`)) return;
    // What is sent to the node itself, and, by the check of where it comes from, what is sent to a group.
    const rules = [
      ['eth0', other.address],
      ['eth1', other.address.replace('10.77.', '10.78.')],
    ].flatMap(([cable, address]) => [
      `from ${address} iif ${cable}`,
      ...(daemon.text.includes('unicast_peer') ? [] : [`to ${address}`]),
    ]);
    const stdin = rules.map((each) => `rule ${change} pref 1 ${each} blackhole\n`).join('');
    must(['ip', '-n', own, '-batch', '-'], { stdin });
  }
}

/**
 * Makes the namespace of a node and its two cables: namespace, outer namespace, name, number, states of the outer ends.
 * A message of a node that it must not hear is dropped as if it came from nowhere; that needs rules before the local
 * table. A machine comes back with the hardware address that its neighbours know. Addresses of IPv6 are there at once: nobody else can have them here. The kernel tells of a carrier late when
 * many are made, and a daemon that starts before that finds its interface down.
 */
const buildScript = `set -e
own=$1 outer=$2 name=$3 number=$4
ip netns add $own
nsenter --net=/run/netns/$own -- sh -c 'for f in all default; do
  echo 1 >/proc/sys/net/ipv4/conf/$f/rp_filter; echo 0 >/proc/sys/net/ipv6/conf/$f/accept_dad; done'
ip -n $outer -batch - <<END
link add name v-$name type veth peer name eth0 address 02:00:0a:4d:00:0$number netns $own
link add name w-$name type veth peer name eth1 address 02:00:0a:4e:00:0$number netns $own
link set v-$name master br0 $5
link set w-$name master br1 $6
END
ip -n $own -batch - <<END
link set lo up
rule add pref 10 lookup local
rule del pref 0
link set eth0 up
link set eth1 up
addr add 10.77.0.$number/24 dev eth0
addr add 10.78.0.$number/24 dev eth1
END
for tries in $(seq 50); do
  { [ $5 = down ] || ip -n $own link show eth0 | grep -q 'state UP'; } &&
  { [ $6 = down ] || ip -n $own link show eth1 | grep -q 'state UP'; } && break
  sleep 0.1
done
`;

/** Lets a daemon tell of what its log leaves out, such as the state of a backup that follows its sync group. */
const reporting = `global_defs {
    vrrp_notify_fifo FLAGS/told
    vrrp_notify_priority_changes true
}
`;

/** Fails while `NAME.fail` is there, hangs while `NAME.hang` is there. */
const checkScript = `#!/bin/sh
[ ! -e "$1.hang" ] || exec sleep 1000
[ ! -e "$1.fail" ]
`;

/** Removes what a run that was killed has left behind. */
export function clearNetworks(): void {
  if (!existsSync('/run/netns')) return;
  for (const name of readdirSync('/run/netns'))
    if (name.startsWith(prefix) && !existsSync(`/proc/${name.split('-')[1]}`)) removeNamespace(name);
}

function removeNamespace(name: string): void {
  const inside = run(['ip', 'netns', 'pids', name]).stdout.split('\n').filter(Boolean).map(Number);
  for (const pid of inside) kill(pid);
  run(['ip', 'netns', 'del', name]);
}

/** Ends a daemon and its parts such that none of them notices that another one is gone. */
function killAtOnce(main: number | undefined): void {
  if (main === undefined) return;
  kill(main, 'SIGSTOP');
  const parts = readFileSync(`/proc/${main}/task/${main}/children`, 'utf8').split(' ').map(Number);
  for (const pid of parts.filter((each) => each > 0)) kill(pid);
  kill(main);
}

function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended on its own.
  }
}
