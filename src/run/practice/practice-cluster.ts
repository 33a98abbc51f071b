import { Balancers, firstFiles } from './balancer';
import { EtcdEngine } from './etcd/engine';
import { gatewayAnswer } from './etcd/gateway';
import { fileBytes } from './etcd/maintenance';
import type { EtcdStore } from './etcd/store';
import { K3sService } from './k3s/service';
import { Kube } from './kube';
import { KubeadmService } from './kubeadm/service';
import { PracticeMachine } from './machine';
import { practiceName } from './names';
import { Timers } from './timers';
import { mayStart, newUnit, setActive } from './units';
import { holderOf } from './virtual-address';
import type {
  Cluster,
  ControlPlane,
  JournalLine,
  Machine,
  PracticeRequest,
  PracticeResponse,
  PracticeRole,
  Service,
  Unit,
} from './world';

/** How a practice cluster gets its time, and where it stands. */
export interface PracticeOptions {
  /** What the servers run; k3s when it is left out. */
  readonly distribution?: 'k3s' | 'kubeadm';
  /** First three numbers of the machines' addresses. */
  readonly network?: string;
  /** Waits by the practice clock; without it the wait is real. */
  sleep?(ms: number): Promise<void>;
}

/**
 * A cluster that only exists in memory: three servers of k3s or three control planes of kubeadm, an agent and two load
 * balancers with a virtual address. Its machines have disks, units and a shell; the programs on them answer as recorded
 * from real machines, and change the state as those would.
 */
export class PracticeCluster implements Cluster {
  readonly nodes: readonly Machine[];
  readonly network: string;
  /** When it began, in milliseconds since 1970. */
  readonly bornMs: number;
  readonly timers = new Timers();
  /** What lies in S3, by `bucket/folder/name`, for whoever has the practice keys. */
  readonly objects = new Map<string, Buffer>();
  /** Whether nobody answers where S3 is. */
  isS3Away = false;
  private readonly balancers = new Balancers();
  readonly etcd: EtcdEngine;
  readonly distribution: 'k3s' | 'kubeadm';
  readonly k3s: K3sService;
  readonly kubeadm: KubeadmService;
  readonly kube: Kube;
  private readonly services = new Map<string, Service>();
  private readonly journals = new Map<string, JournalLine[]>();
  private readonly deadlines = new Set<{ readonly atMs: number }>();

  /** `clock` gives milliseconds since 1970. */
  constructor(
    private readonly clock: () => number,
    private readonly options: PracticeOptions = {},
  ) {
    this.network = options.network ?? '127.77.1';
    this.etcd = new EtcdEngine(() => this.now());
    this.distribution = options.distribution ?? 'k3s';
    this.k3s = new K3sService(this, this.etcd);
    this.kubeadm = new KubeadmService(this, this.etcd);
    this.kube = new Kube(this);
    if (this.distribution === 'k3s') this.services.set('k3s', this.k3s).set('k3s-agent', this.k3s);
    else this.services.set('kubelet', this.kubeadm);
    const node = (name: string, last: number, role: PracticeRole): Machine => {
      const machine = new PracticeMachine(this, name, `${this.network}.${last}`, role);
      furnish(machine, clock());
      if (role === 'loadbalancer') for (const program of onlyOnNodes) machine.missing.add(program);
      else {
        for (const program of this.distribution === 'k3s' ? ofKubeadm : ['k3s', ...ofContainers])
          machine.missing.add(program);
        this.control.furnish(machine);
      }
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
    this.control.begin();
    this.etcd.settle();
    // Last: nothing in it is younger than the cluster itself, by a clock that goes on meanwhile.
    this.bornMs = clock();
  }

  get control(): ControlPlane {
    return this.distribution === 'k3s' ? this.k3s : this.kubeadm;
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

  /** Sets when programs that wait must give up; the answer takes the limit away again. */
  deadline(atMs: number): () => void {
    const own = { atMs };
    this.deadlines.add(own);
    return () => void this.deadlines.delete(own);
  }

  isOverdue(): boolean {
    return [...this.deadlines].some(({ atMs }) => this.now() > atMs);
  }

  /** Brings the world up to the present: what has become ready, has ended, or has spread since the last time. */
  async settle(): Promise<void> {
    this.etcd.settle();
    this.control.settle();
    // What has just started may complete a quorum.
    this.etcd.settle();
    this.control.settle();
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

  /** The machine that carries the virtual address. */
  holder(): Machine | undefined {
    // Usually load balancers; servers that run both programs themselves are as good.
    const balancers = this.nodes.filter((each) => each.units.has('keepalived'));
    return holderOf(balancers, this.bornMs, this.now());
  }

  /** Whether a server's API answers. */
  isServerUp(machine: Machine): boolean {
    return this.control.isReady(machine);
  }

  /** The server that answers at the address of a URL: a machine's own, or behind the virtual one any that is ready. */
  serverAt(url: string, except: Machine | undefined): Machine | undefined {
    const host = /^(?:https?:\/\/)?\[?([^/\]:]+)/.exec(url)?.[1] ?? '';
    if (host === this.virtualAddress || host === practiceName) {
      if (this.holder() === undefined) return undefined;
      return this.nodes.find((each) => each !== except && each.role === 'server' && this.control.isReady(each));
    }
    return this.nodes.find((each) => (each.address === host || each.name === host) && each.hasPower);
  }

  /** The store of some server that answers: what an agent writes its signs of life to. */
  anyStore(): EtcdStore | undefined {
    const server = this.nodes.find((each) => each.role === 'server' && this.control.isReady(each));
    return server === undefined ? undefined : this.control.etcdOf(server)?.store;
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
    this.control.powerOff(machine);
  }

  /** Gives it back: enabled units start by themselves, what was held back in memory only is gone. */
  powerOn(machine: Machine): void {
    machine.hasPower = true;
    machine.boots++;
    machine.bootMs = this.now();
    machine.files.readOnly = false;
    if (machine.files.has('/run')) machine.files.remove('/run');
    machine.files.makeFolders('/run');
    if (machine.units.has('containerd')) machine.files.place('/run/containerd/containerd.sock', '');
    for (const unit of machine.units.values()) {
      if (!hasUnitFile(machine, unit.name)) unit.masked = false;
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
    const etcd = this.control.etcdOf(machine);
    if (etcd === undefined) return undefined;
    // Somebody listens there; what a client without a certificate hears is of no use to anybody.
    if ((port === '2379' || port === '2380') && !hasCertificate) return { status: 404, body: '' };
    const leader = this.etcd.leader(etcd.clusterId);
    if (port === '2381' && path === '/health') {
      const alarm = etcd.store.alarms.find((each) => each.alarm === 'NOSPACE');
      const hasLeader = etcd.servingSinceMs !== undefined && leader !== undefined;
      const healthy = hasLeader && alarm === undefined;
      const reason = healthy ? '' : hasLeader ? 'ALARM NOSPACE' : 'RAFT NO LEADER';
      const answer = JSON.stringify({ health: String(healthy), reason });
      return { status: healthy ? 200 : 503, body: answer };
    }
    if (port === '2381' && path === '/metrics') {
      const connected = new Set(this.etcd.group(etcd.clusterId).map((each) => each.memberId));
      const peers = etcd.store.members.filter(({ id }) => id !== etcd.memberId);
      const link = (id: bigint) => `Local="${etcd.memberId.toString(16)}",Remote="${id.toString(16)}"`;
      const lines = [
        ...peers.map(({ id }) => `etcd_network_active_peers{${link(id)}} ${connected.has(id) ? 1 : 0}`),
        `etcd_mvcc_db_total_size_in_bytes ${fileBytes(etcd)}`,
        `etcd_server_has_leader ${leader === undefined ? 0 : 1}`,
        `etcd_server_is_leader ${leader === etcd ? 1 : 0}`,
        `etcd_server_is_learner ${etcd.isLearner ? 1 : 0}`,
      ];
      return { status: 200, body: `${lines.join('\n')}\n` };
    }
    // k3s reserves the client port for gRPC and opens another one beside it.
    const door = this.distribution === 'k3s' ? '2382' : '2379';
    return port === door && hasCertificate
      ? gatewayAnswer(path, { process: etcd, leader, body, engine: this.etcd, nowMs: this.now() })
      : undefined;
  }

  /** What the API says to somebody without a certificate (recorded: status/anonymous-*.txt). */
  private apiAnswer(path: string): PracticeResponse {
    if (this.distribution === 'kubeadm') {
      // Recorded: kubeadm/status/readyz-anonymous-vip.txt.
      if (['/readyz', '/livez', '/healthz'].includes(path)) return { status: 200, body: 'ok' };
      return {
        status: 403,
        body: '{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403}\n',
      };
    }
    if (path === '/ping') return { status: 200, body: 'pong' };
    return {
      status: 401,
      body: '{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Unauthorized","code":401}\n',
    };
  }
}

/** Programs of the container runtime and of kubeadm; those of etcd are in its container alone. */
const ofContainers = ['etcdctl', 'etcdutl'];
const ofKubeadm = ['kubeadm', 'kubelet', 'crictl', ...ofContainers];
const onlyOnNodes = ['k3s', 'kubectl', ...ofKubeadm];

/** The files and units that a machine has besides those of k3s or kubeadm when the cluster begins. */
function furnish(machine: Machine, nowMs: number): void {
  if (machine.role !== 'loadbalancer') return;
  for (const name of ['haproxy', 'keepalived']) {
    machine.units.set(name, newUnit(name, nowMs));
    machine.files.place(
      `/etc/systemd/system/${name}.service`,
      `[Service]\nExecStart=/usr/sbin/${name}\nRestart=always\n`,
    );
  }
}

const hasUnitFile = ({ files }: Machine, unit: string) =>
  ['/etc', '/lib'].some((folder) => files.has(`${folder}/systemd/system/${unit}.service`));
