import { Balancers, firstFiles } from './balancer';
import { Machine, type PracticeRole } from './machine';
import { Timers } from './timers';
import { newUnit, type Service, setActive, type Unit } from './units';

export { Machine, type PracticeAnswer } from './machine';

/** How a practice cluster gets its time, and where it stands. */
export interface PracticeOptions {
  /** First three numbers of the machines' addresses. */
  readonly network?: string;
  /** Waits by the practice clock; without it the wait is real. */
  sleep?(ms: number): Promise<void>;
}

/** What was asked over HTTP, by a machine. */
export interface PracticeRequest {
  readonly url: string;
  readonly body: string;
  readonly hasCertificate: boolean;
}

export interface PracticeResponse {
  readonly status: number;
  readonly body: string;
}

/** A line in the journal of a unit. */
export interface JournalLine {
  readonly atMs: number;
  readonly text: string;
}

/**
 * A cluster that only exists in memory: three k3s servers, an agent and two load balancers with a virtual address. Its
 * machines have disks, units and a shell; the programs on them answer as recorded from real machines, and change the
 * state as those would.
 */
export class PracticeCluster {
  readonly nodes: readonly Machine[];
  readonly network: string;
  readonly timers = new Timers();
  private readonly balancers = new Balancers();
  private readonly services = new Map<string, Service>();
  private readonly journals = new Map<string, JournalLine[]>();
  private deadlineMs = Number.POSITIVE_INFINITY;

  /** `clock` gives milliseconds since 1970. */
  constructor(
    private readonly clock: () => number,
    private readonly options: PracticeOptions = {},
  ) {
    this.network = options.network ?? '127.77.1';
    const node = (name: string, last: number, role: PracticeRole): Machine => {
      const machine = new Machine(this, name, `${this.network}.${last}`, role);
      furnish(machine, clock());
      return machine;
    };
    this.nodes = [
      node('cp1', 10, 'server'),
      node('cp2', 11, 'server'),
      node('cp3', 12, 'server'),
      node('w1', 20, 'agent'),
      node('lb1', 8, 'loadbalancer'),
      node('lb2', 9, 'loadbalancer'),
    ];
    const servers = this.nodes.filter((each) => each.role === 'server');
    for (const program of ['haproxy', 'keepalived']) {
      this.services.set(
        program,
        this.balancers.service(program, () => this.now()),
      );
    }
    for (const machine of this.nodes.filter((each) => each.role === 'loadbalancer')) {
      for (const [path, text] of Object.entries(firstFiles(this.network, servers))) machine.files.place(path, text);
      for (const program of ['haproxy', 'keepalived']) this.balancers.reload(machine, program);
    }
  }

  get virtualAddress(): string {
    return `${this.network}.100`;
  }

  now(): number {
    return this.clock();
  }

  async sleep(ms: number): Promise<void> {
    if (this.options.sleep !== undefined) return this.options.sleep(ms);
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** Sets when programs that wait must give up; the answer puts the former limit back. */
  deadline(atMs: number): () => void {
    const before = this.deadlineMs;
    this.deadlineMs = Math.min(before, atMs);
    return () => {
      this.deadlineMs = before;
    };
  }

  isOverdue(): boolean {
    return this.now() > this.deadlineMs;
  }

  /** Brings the world up to the present: what has become ready, has ended, or has spread since the last time. */
  async settle(): Promise<void> {
    await this.timers.settle(this.now());
  }

  service(unit: string): Service | undefined {
    return this.services.get(unit);
  }

  /** Ends the processes of a unit at once, as `systemctl kill` with SIGKILL does. */
  kill(machine: Machine, unit: Unit): number {
    this.services.get(unit.name)?.stop(machine, unit);
    setActive(unit, this.now());
    return 0;
  }

  /** A unit reads its files again; the exit code is not 0 when it finds them wrong. */
  reload(machine: Machine, unit: Unit): number {
    return this.balancers.reload(machine, unit.name);
  }

  /** Puts a file onto a machine as if it had always been there, and lets the unit that reads it read it. */
  install(machine: Machine, path: string, text: string): void {
    machine.files.place(path, text);
    for (const unit of machine.units.keys()) this.balancers.reload(machine, unit);
  }

  write(machine: Machine, unit: string, text: string): void {
    const key = `${machine.name}/${unit}`;
    const lines = this.journals.get(key) ?? [];
    lines.push({ atMs: this.now(), text });
    this.journals.set(key, lines);
  }

  journalOf(machine: Machine, unit: string): readonly JournalLine[] {
    return this.journals.get(`${machine.name}/${unit}`) ?? [];
  }

  /** The balancer that carries the virtual address: the first one whose haproxy and keepalived run. */
  holder(): Machine | undefined {
    const runs = (machine: Machine, unit: string) => machine.hasPower && machine.units.get(unit)?.active === 'active';
    return this.nodes.find((each) => each.role === 'loadbalancer' && runs(each, 'keepalived') && runs(each, 'haproxy'));
  }

  isServerUp(machine: Machine): boolean {
    return machine.role === 'server' && machine.hasPower && machine.units.get('k3s')?.active === 'active';
  }

  hasQuorum(): boolean {
    const servers = this.nodes.filter((each) => each.role === 'server');
    return servers.filter((each) => this.isServerUp(each)).length > servers.length / 2;
  }

  /** What an HTTP request from a machine is answered; nothing when nobody listens there. */
  async request(from: Machine, { url, hasCertificate }: PracticeRequest): Promise<PracticeResponse | undefined> {
    const [, host = '', port = '', path = '/'] = /^https?:\/\/\[?([^/\]]+?)\]?(?::(\d+))?(\/.*)?$/.exec(url) ?? [];
    const isLocal = host === '127.0.0.1' || host === 'localhost';
    const machine = isLocal
      ? from
      : host === this.virtualAddress
        ? this.holder()
        : this.nodes.find((each) => each.address === host);
    if (machine?.role === 'loadbalancer') {
      const isOpen = this.balancers.leadsToServers(machine, port) && this.nodes.some((each) => this.isServerUp(each));
      return isOpen ? this.apiAnswer(path) : undefined;
    }
    if (machine === undefined || !this.isServerUp(machine)) return undefined;
    const healthy = this.hasQuorum();
    if (port === '2381' && path === '/health') {
      const body = JSON.stringify({ health: String(healthy), reason: healthy ? '' : 'RAFT NO LEADER' });
      return { status: healthy ? 200 : 503, body };
    }
    if (port === '2381' && path === '/metrics') {
      const leads = healthy && this.nodes.find((each) => this.isServerUp(each)) === machine;
      const body = `etcd_server_is_leader ${leads ? 1 : 0}\netcd_server_is_learner 0\netcd_mvcc_db_total_size_in_bytes 3.500032e+06\n`;
      return { status: 200, body };
    }
    if (port === '2382' && path === '/v3/cluster/member/list' && hasCertificate && healthy) {
      const members = this.nodes
        .filter((each) => each.role === 'server')
        .map((each, i) => ({ ID: String(1000 + i), name: `${each.name}-practice` }));
      return { status: 200, body: JSON.stringify({ members }) };
    }
    if (port === '6443') return this.apiAnswer(path);
    return undefined;
  }

  /** What the API says to somebody without a certificate (recorded: status/anonymous-*.txt). */
  private apiAnswer(path: string): PracticeResponse {
    if (path === '/ping') return { status: 200, body: 'pong' };
    return {
      status: 401,
      body: '{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Unauthorized","code":401}\n',
    };
  }
}

/** The files and units a machine has when the cluster begins. */
function furnish(machine: Machine, nowMs: number): void {
  const units =
    machine.role === 'loadbalancer' ? ['haproxy', 'keepalived'] : [machine.role === 'server' ? 'k3s' : 'k3s-agent'];
  for (const name of units) machine.units.set(name, newUnit(name, nowMs));
  if (machine.role === 'loadbalancer') machine.missing.add('k3s');
  if (machine.role !== 'server') return;
  const data = '/var/lib/rancher/k3s/server';
  const end = new Date(nowMs + 300 * 86_400_000).toUTCString();
  const notAfter = end.slice(5).replace(/^(\d+) (\w+) (\d+) (\S+) GMT$/, '$2 $1 $4 $3 GMT');
  machine.files.place(`${data}/tls/serving-kube-apiserver.crt`, `notAfter=${notAfter}\n`);
  machine.files.place(`${data}/tls/etcd/client.key`, 'practice\n', 0o600);
  machine.files.makeFolders(`${data}/db/etcd/member/wal`, 0o700);
}
