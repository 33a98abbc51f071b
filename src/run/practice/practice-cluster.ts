import { Balancers, firstFiles } from './balancer';
import { EtcdEngine } from './etcd/engine';
import { gatewayAnswer } from './etcd/gateway';
import { type EtcdStore, idOf } from './etcd/store';
import { makeCertificates } from './k3s/certificates';
import { etcdFolder, K3sService, k3sData, memberName } from './k3s/service';
import { Kube } from './kube';
import { Machine, type PracticeRole } from './machine';
import { Timers } from './timers';
import { mayStart, newUnit, type Service, setActive, type Unit } from './units';
import { holderOf } from './virtual-address';

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
  /** When it began, in milliseconds since 1970. */
  readonly bornMs: number;
  readonly timers = new Timers();
  private readonly balancers = new Balancers();
  readonly etcd: EtcdEngine;
  readonly k3s: K3sService;
  readonly kube: Kube;
  private readonly services = new Map<string, Service>();
  private readonly journals = new Map<string, JournalLine[]>();
  private deadlineMs = Number.POSITIVE_INFINITY;

  /** `clock` gives milliseconds since 1970. */
  constructor(
    private readonly clock: () => number,
    private readonly options: PracticeOptions = {},
  ) {
    this.network = options.network ?? '127.77.1';
    this.etcd = new EtcdEngine(() => this.now());
    this.k3s = new K3sService(this, this.etcd);
    this.kube = new Kube(this);
    this.services.set('k3s', this.k3s).set('k3s-agent', this.k3s);
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
    this.beginServers();
    // Last: nothing in it is younger than the cluster itself, by a clock that goes on meanwhile.
    this.bornMs = clock();
  }

  /** Three servers that have been one cluster for a while, and their agent. */
  private beginServers(): void {
    const servers = this.nodes.filter((each) => each.role === 'server');
    const [first] = servers;
    if (first === undefined) return;
    this.k3s.beginCluster(first, practiceToken);
    const begun = this.etcd.start(first, etcdFolder);
    const { store, clusterId } = begun;
    for (const machine of servers.slice(1)) {
      const peerUrl = `https://${machine.address}:2380`;
      const member = {
        id: idOf(`${peerUrl}${this.now()}`),
        name: memberName(machine, String(this.now())),
        peerUrl,
        learner: false,
      };
      store.members = [...store.members, member];
    }
    for (let i = 1; i <= 40; i++) store.put(`/registry/configmaps/default/c${i}`, `value ${i}`);
    const agents = this.nodes.filter((each) => each.role === 'agent');
    for (const { name, address, role } of [...servers, ...agents]) {
      const node = { heartbeatMs: this.now(), address, server: role === 'server' };
      store.put(`/registry/minions/${name}`, JSON.stringify(node));
    }
    this.etcd.stop(begun);
    for (const machine of servers.slice(1)) {
      const member = store.members.find((each) => each.peerUrl === `https://${machine.address}:2380`);
      if (member === undefined) continue;
      this.etcd.create(machine, etcdFolder, { name: member.name, clusterId, memberId: member.id, store });
      machine.files.write(`${etcdFolder}/name`, member.name, 0o600);
      machine.files.write(`${etcdFolder}/config`, `name: ${member.name}\n`, 0o600);
    }
    for (const machine of [...servers, ...agents]) this.k3s.adopt(machine);
    this.etcd.settle();
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
    this.etcd.settle();
    this.k3s.settle();
    // What has just started may complete a quorum.
    this.etcd.settle();
    this.k3s.settle();
    this.kube.settle();
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

  /** The balancer that carries the virtual address. */
  holder(): Machine | undefined {
    const balancers = this.nodes.filter((each) => each.role === 'loadbalancer');
    return holderOf(balancers, this.bornMs, this.now());
  }

  /** Whether a server's API answers. */
  isServerUp(machine: Machine): boolean {
    return this.k3s.isReady(machine);
  }

  /** The server that answers at the address of a URL: a machine's own, or behind the virtual one any that is ready. */
  serverAt(url: string, except: Machine | undefined): Machine | undefined {
    const host = /^(?:https?:\/\/)?\[?([^/\]:]+)/.exec(url)?.[1] ?? '';
    if (host === this.virtualAddress || host === practiceName) {
      if (this.holder() === undefined) return undefined;
      return this.nodes.find((each) => each !== except && each.role === 'server' && this.k3s.isReady(each));
    }
    return this.nodes.find((each) => (each.address === host || each.name === host) && each.hasPower);
  }

  /** The store of some server that answers: what an agent writes its signs of life to. */
  anyStore(): EtcdStore | undefined {
    const server = this.nodes.find((each) => each.role === 'server' && this.k3s.isReady(each));
    return server === undefined ? undefined : this.k3s.etcdOf(server)?.store;
  }

  /** Takes the power from a machine; what runs on it ends without a word. */
  powerOff(machine: Machine): void {
    machine.hasPower = false;
    machine.boots++;
    this.timers.forget(machine);
    for (const unit of machine.units.values()) {
      this.services.get(unit.name)?.stop(machine, unit);
      Object.assign(unit, { active: 'inactive', sub: 'dead', mainPid: 0, sinceMs: this.now() });
    }
  }

  /** Gives it back: enabled units start by themselves, what was held back in memory only is gone. */
  powerOn(machine: Machine): void {
    machine.hasPower = true;
    machine.boots++;
    if (machine.files.has('/run')) machine.files.remove('/run');
    machine.files.makeFolders('/run');
    for (const unit of machine.units.values()) {
      if (!machine.files.has(`/etc/systemd/system/${unit.name}.service`)) unit.masked = false;
      if (unit.enabled && mayStart(machine, unit)) {
        const service = this.services.get(unit.name);
        if (service === undefined) setActive(unit, this.now());
        else service.start(machine, unit);
      }
    }
  }

  /** What an HTTP request from a machine is answered; nothing when nobody listens there. */
  async request(from: Machine, { url, body, hasCertificate }: PracticeRequest): Promise<PracticeResponse | undefined> {
    const [, host = '', port = '', path = '/'] = /^https?:\/\/\[?([^/\]]+?)\]?(?::(\d+))?(\/.*)?$/.exec(url) ?? [];
    const isLocal = host === '127.0.0.1' || host === 'localhost';
    const machine = isLocal
      ? from
      : host === this.virtualAddress || host === practiceName
        ? this.holder()
        : this.nodes.find((each) => each.address === host);
    if (machine?.role === 'loadbalancer') {
      const isOpen = this.balancers.leadsToServers(machine, port) && this.nodes.some((each) => this.isServerUp(each));
      return isOpen ? this.apiAnswer(path) : undefined;
    }
    if (machine === undefined || !machine.hasPower) return undefined;
    if (port === '6443') return this.isServerUp(machine) ? this.apiAnswer(path) : undefined;
    const etcd = this.k3s.etcdOf(machine);
    if (etcd === undefined) return undefined;
    // Somebody listens there; what a client without a certificate hears is of no use to anybody.
    if ((port === '2379' || port === '2380') && !hasCertificate) return { status: 404, body: '' };
    const leader = this.etcd.leader(etcd.clusterId);
    if (port === '2381' && path === '/health') {
      const healthy = etcd.servingSinceMs !== undefined && leader !== undefined;
      const answer = JSON.stringify({ health: String(healthy), reason: healthy ? '' : 'RAFT NO LEADER' });
      return { status: healthy ? 200 : 503, body: answer };
    }
    if (port === '2381' && path === '/metrics') {
      const lines = [
        `etcd_mvcc_db_total_size_in_bytes ${etcd.store.toBytes().length}`,
        `etcd_server_has_leader ${leader === undefined ? 0 : 1}`,
        `etcd_server_is_leader ${leader === etcd ? 1 : 0}`,
        `etcd_server_is_learner ${etcd.isLearner ? 1 : 0}`,
      ];
      return { status: 200, body: `${lines.join('\n')}\n` };
    }
    return port === '2382' && hasCertificate ? gatewayAnswer(etcd, leader, path, body) : undefined;
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

/** The name of the virtual address in the example's files. */
const practiceName = 'lb.example.com';

/** The token of the practice cluster: everybody may know it. */
const practiceToken = 'practice-token-0123456789';

/** The files and units a machine has when the cluster begins. */
function furnish(machine: Machine, nowMs: number): void {
  const units =
    machine.role === 'loadbalancer' ? ['haproxy', 'keepalived'] : [machine.role === 'server' ? 'k3s' : 'k3s-agent'];
  for (const name of units) {
    machine.units.set(name, newUnit(name, nowMs));
    const program = name.startsWith('k3s')
      ? `/usr/local/bin/k3s ${name === 'k3s' ? 'server' : 'agent'}`
      : `/usr/sbin/${name}`;
    machine.files.place(`/etc/systemd/system/${name}.service`, `[Service]\nExecStart=${program}\nRestart=always\n`);
  }
  if (machine.role === 'loadbalancer') machine.missing.add('k3s');
  const data = `${k3sData}/server`;
  if (machine.role === 'server') machine.files.makeFolders(`${data}/tls/etcd`, 0o700);
  makeCertificates(machine, nowMs, 300);
  if (machine.role !== 'server') return;
  machine.files.place(`${data}/tls/etcd/client.key`, 'practice\n', 0o600);
  for (const name of ['server-ca.crt', 'client.crt']) machine.files.place(`${data}/tls/etcd/${name}`, 'practice\n');
  machine.files.makeFolders(`${data}/db/snapshots`, 0o700);
  machine.files.place(`${data}/cred/passwd`, `${practiceToken},server,server,k3s:server\n`, 0o600);
  machine.files.place(`${data}/token`, `K10${'0'.repeat(64)}::server:${practiceToken}\n`, 0o600);
  machine.files.place('/etc/rancher/k3s/token', `${practiceToken}\n`, 0o600);
  machine.files.link(`${data}/token`, `${data}/node-token`);
  const { virtualAddress } = machine.cluster;
  const join = machine.name === 'cp1' ? 'cluster-init: true' : `server: https://${virtualAddress}:6443`;
  machine.files.place(
    '/etc/rancher/k3s/config.yaml',
    `${join}\ntoken: ${practiceToken}\ntls-san: [${virtualAddress}]\n`,
    0o600,
  );
}
