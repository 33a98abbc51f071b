import type { EtcdStore } from './etcd/store';
import type { FileTree } from './file-tree';
import type { Input } from './shell/streams';

/** The practice cluster as its machines, its services and the programs on them see it. */
export interface Cluster {
  readonly distribution: 'k3s' | 'kubeadm';
  readonly nodes: readonly Machine[];
  /** First three numbers of the machines' addresses. */
  readonly network: string;
  readonly virtualAddress: string;
  readonly control: ControlPlane;
  readonly k3s: Pick<ControlPlane, 'isReady' | 'etcdOf'> & {
    /** Whether the server has lost its quorum so lately that it has not ended yet. */
    isLeaderless(machine: Machine): boolean;
  };
  readonly kubeadm: Pick<ControlPlane, 'isReady' | 'etcdOf'> & Kubelets;
  readonly kube: KubeApi;
  readonly etcd: Etcd;
  readonly timers: UnitTimers;
  /** What lies in S3, by `bucket/folder/name`, for whoever has the practice keys. */
  readonly objects: Map<string, Buffer>;
  /** Whether nobody answers where S3 is. */
  readonly isS3Away: boolean;
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Sets when programs that wait must give up; the answer takes the limit away again. */
  deadline(atMs: number): () => void;
  isOverdue(): boolean;
  /** Brings the world up to the present: what has become ready, has ended, or has spread since the last time. */
  settle(): Promise<void>;
  service(unit: string): Service | undefined;
  /** Ends the processes of a unit at once, as `systemctl kill` with SIGKILL does. */
  kill(machine: Machine, unit: Unit): number;
  /** A unit reads its files again; the exit code is not 0 when it finds them wrong. */
  reload(machine: Machine, unit: Unit): number;
  write(machine: Machine, unit: string, text: string): void;
  journalOf(machine: Machine, unit: string): readonly JournalLine[];
  /** The balancer that carries the virtual address. */
  holder(): Machine | undefined;
  /** The server that answers at the address of a URL: a machine's own, or behind the virtual one any that is ready. */
  serverAt(url: string, except: Machine | undefined): Machine | undefined;
  /** The store of some server that answers: what an agent writes its signs of life to. */
  anyStore(): EtcdStore | undefined;
  powerOff(machine: Machine): void;
  powerOn(machine: Machine): void;
  /** What an HTTP request from a machine is answered; nothing when nobody listens there. */
  request(from: Machine, request: PracticeRequest): Promise<PracticeResponse | undefined>;
}

/** A command that is to run later, as a unit of its own. */
export interface Timer {
  readonly machine: Machine;
  readonly unit: string;
  readonly atMs: number;
  readonly line: string;
}

/** What `systemd-run --on-active` has laid by on the machines. A power cut forgets it, as it does really. */
export interface UnitTimers {
  add(timer: Timer): void;
  has(machine: Machine, unit: string): boolean;
  /** What was laid by in memory is gone with the power. */
  forget(machine: Machine): void;
}

/** The static pods of a machine with kubeadm. */
interface Kubelets {
  containersOf(machine: Machine): readonly Container[];
  stopContainer(machine: Machine, component: Component): void;
  /** Whether an image is on the machine, or comes there now. */
  fetch(machine: Machine, image: string): boolean;
  /** How many API servers have gone in the last seconds, which a load balancer has not noticed yet. */
  lately(): number;
}

/** The Kubernetes API, as kubectl asks it. */
interface KubeApi {
  /** The API server that is asked at a URL, or on the machine itself; what kubectl says where none answers. */
  reach(machine: Machine, server: string | undefined): Api | string;
  /** Without a namespace, those of all. */
  list(api: Api, kind: string, namespace: string | undefined): KubeObject[];
  /** Without a namespace, in `default`; whether it was there. */
  delete(api: Api, kind: string, name: string, namespace?: string): boolean;
  /** Whether there is such a Node. */
  cordon(api: Api, name: string, cordoned: boolean): boolean;
  /** The Nodes as `kubectl get nodes` prints them. */
  table(items: readonly KubeObject[]): string;
}

/** Every etcd of the practice cluster: who finds whom, who has quorum, what each has on its disk. */
export interface Etcd {
  /** Those that run. */
  readonly processes: ReadonlySet<EtcdProcess>;
  hasData(machine: Machine, folder: string): boolean;
  /** Writes the data of a member that has not run yet. Its id comes from its address and the cluster's token alone. */
  create(
    machine: Machine,
    folder: string,
    options: {
      readonly name: string;
      readonly clusterId: bigint;
      readonly memberId: bigint;
      readonly store: EtcdStore;
    },
  ): void;
  /**
   * Starts a member on the data in `folder`; it speaks with its peers `silentMs` later.
   * @throws BoltError when the data is damaged
   */
  start(machine: Machine, folder: string, silentMs?: number): EtcdProcess;
  /** Ends a member; what it had is on its disk then, wherever the folder was moved to meanwhile. */
  stop(process: EtcdProcess): void;
  /** The members of one cluster that run and belong to it. */
  group(clusterId: bigint): EtcdProcess[];
  /** The one that leads, if enough voters run. */
  leader(clusterId: bigint): EtcdProcess | undefined;
  /** Lets members that can find each other agree: the newest data counts, and those left out learn of it. */
  settle(): void;
  /** The members that answer clients now. */
  isServing(process: EtcdProcess | undefined): process is EtcdProcess;
  /** The member that runs on a machine. */
  on(machine: Machine): EtcdProcess | undefined;
}

/** An etcd that runs on a machine, on the data of a folder. */
export interface EtcdProcess {
  readonly machine: Machine;
  readonly folder: string;
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly name: string;
  readonly isLearner: boolean;
  readonly startedMs: number;
  store: EtcdStore;
  /** From when it speaks with its peers: before, it compares its data with theirs. */
  speaksFromMs: number;
  /** Since when it has a leader; nothing while it has none. */
  servingSinceMs: number | undefined;
  /** It was told that it does not belong to the cluster any more. */
  isRemoved: boolean;
  /** Bytes in its file that deleted keys hold, until it is defragmented. */
  slackBytes: number;
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

/** A machine of the practice cluster as it is now: its disk, its units, whether it has power. */
export interface Machine {
  readonly cluster: Cluster;
  readonly name: string;
  readonly address: string;
  readonly role: PracticeRole;
  readonly files: FileTree;
  readonly units: Map<string, Unit>;
  /** Programs that are not on this machine although the practice cluster knows them. */
  readonly missing: Set<string>;
  /** Images that were removed from this machine; fetched anew when they are needed, if a registry is reached. */
  readonly lostImages: Set<string>;
  reachesRegistry: boolean;
  /** Programs that behave otherwise here than they should: that hang, refuse, or answer late. */
  readonly played: Map<string, Program>;
  readonly running: Set<Promise<unknown>>;
  /** What the machine calls itself; the name it has for us stays when that is changed. */
  hostName: string;
  hasPower: boolean;
  /** How often it was started: a script that began before the last start has nobody to answer to. */
  boots: number;
  /** When it was started last, in milliseconds since 1970; undefined for one that has always been on. */
  bootMs: number | undefined;
  /** By how much its clock is ahead of the true time. */
  aheadMs: number;
  /** What its clock says, in milliseconds since 1970. */
  now(): number;
  program(name: string): Program | undefined;
  /** Where a program stands on this machine, if it does. */
  programPath(name: string): string | undefined;
  /** Work that goes on after the command that began it has ended. */
  background(work: Promise<unknown>): void;
  /**
   * Runs a command line as sshd would give it to the login shell.
   * @throws MachineGone when the machine has no power, or loses it meanwhile
   */
  exec(line: string, stdin?: Buffer, listener?: OutputListener): Promise<PracticeAnswer>;
}

export type PracticeRole = 'server' | 'agent' | 'loadbalancer';

/** How a command on a practice machine ended. */
export interface PracticeAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Hears output as it comes. */
export interface OutputListener {
  stdout(bytes: Buffer): void;
  stderr(bytes: Buffer): void;
}

/** One start of a program on a practice machine: its words, its streams and where it runs. */
export interface Call {
  readonly name: string;
  readonly args: readonly string[];
  readonly stdin: Input;
  readonly machine: Machine;
  readonly folder: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly umask: number;
  /** @throws FileError when what is behind the stream is full */
  out(text: string | Buffer): void;
  err(text: string): void;
  /** A path as the system sees it from the folder the program runs in. */
  path(path: string): string;
  /** Starts another program with the same streams; 127 when there is none of this name. */
  start(argv: readonly string[], options?: { readonly environment?: ReadonlyMap<string, string> }): Promise<number>;
}

/** Plays a program; the number is its exit code. */
export type Program = (call: Call) => number | Promise<number>;

/** A systemd unit as `systemctl show` tells of it. */
export interface Unit {
  readonly name: string;
  active: 'active' | 'activating' | 'inactive' | 'failed' | 'deactivating';
  sub: string;
  result: string;
  exitStatus: number;
  restarts: number;
  enabled: boolean;
  masked: boolean;
  mainPid: number;
  sinceMs: number;
}

/** What starting and stopping a unit does to the world; a unit nobody plays is simply active or not. */
export interface Service {
  /** Starting it does not wait until it is ready (systemd's Type=simple). */
  readonly isSimple?: boolean;
  /** Called when the unit is told to start; it sets the unit to `active` or `activating`. */
  start(machine: Machine, unit: Unit): void;
  stop(machine: Machine, unit: Unit): void;
}

/** What makes a cluster of the machines: k3s, or the kubelets and static pods of kubeadm. */
export interface ControlPlane {
  /** Gives a machine the files and units that it has when the cluster begins. */
  furnish(machine: Machine): void;
  /** Makes the machines one cluster that has run for a while. */
  begin(): void;
  /** Whether the API of this server answers. */
  isReady(machine: Machine): boolean;
  /** Since when it does. */
  readySince(machine: Machine): number | undefined;
  /** The etcd of a machine, while it runs. */
  etcdOf(machine: Machine): EtcdProcess | undefined;
  /** Brings everything up to the present. */
  settle(): void;
  /** What runs beside the units ends with the power. */
  powerOff(machine: Machine): void;
}

/** An object of the API as kubectl prints it. */
export interface KubeObject {
  readonly kind: string;
  readonly metadata: { readonly name: string } & Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/** The API as one server gives it. */
export interface Api {
  readonly store: EtcdStore;
  readonly by: Machine;
}

export const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export type Component = (typeof components)[number];

/** A static pod that runs, or is on its way out. */
export interface Container {
  readonly component: Component;
  readonly manifest: string;
  readonly id: string;
  readonly pod: string;
  readonly attempt: number;
  readonly startedMs: number;
  readonly pid: number;
  /** When it is gone, once it was told to end. */
  endsMs?: number;
  etcd?: EtcdProcess;
  /** When an etcd that crashed is started anew. */
  againMs?: number;
}
