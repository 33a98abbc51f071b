import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { InventoryCluster, InventoryNode } from '../../../src/model/inventory/inventory';
import type { Survey } from '../../../src/ops/backup';
import { certificatesCommand, type NodeCertificates, parseCertificates } from '../../../src/ops/commands/certificates';
import type { NodeConfig } from '../../../src/ops/commands/config-file';
import { parseSurvey, surveyCommand } from '../../../src/ops/commands/config-survey';
import type { EtcdFacts } from '../../../src/ops/commands/etcd-gateway';
import type { KubeNode } from '../../../src/ops/commands/kubectl';
import { parseScheduleFacts, scheduleFactsCommand } from '../../../src/ops/commands/schedule-facts';
import { type ConfigTarget, configTargets } from '../../../src/ops/config-target';
import { type Drift, driftOf } from '../../../src/ops/drift';
import type { DrillPrediction, DrillWay } from '../../../src/ops/failover-drill';
import type { Plan, Step } from '../../../src/ops/plan';
import type { PushFile } from '../../../src/ops/push-config';
import { type K3sServerFacts, k3sFactsCommand, parseK3sFacts } from '../../../src/ops/restore/k3s-facts';
import {
  type KubeadmServerFacts,
  kubeadmFactsCommand,
  parseKubeadmFacts,
} from '../../../src/ops/restore/kubeadm-facts';
import { planSnapshotSchedule, type S3Settings } from '../../../src/ops/snapshot-schedule';
import type { ClusterState } from '../../../src/ops/status/cluster-state';
import {
  askBeforeJoin,
  askCluster,
  askConfigs,
  askEach,
  askMembers,
  askNodes,
  askRestore,
  downloadFile,
  execute,
  Hosts,
  type LocalSnapshot,
  longestOutage,
  membersOf,
  openJournal,
  type Question,
  type RunDeps,
  type RunRecord,
  type RunResult,
  reach,
  readClusterFiles,
  readLocalSnapshot,
  readPki,
  type Transport,
  undo,
  watchAnswers,
} from '../../../src/run';
import { listRuns } from '../../../src/run/journal';
import { forecastDrill, kindOf, parseInventory } from '../../../src/service';
import { inventoryOf } from './configuration';
import type { Lab } from './lab';
import { stateFolder, virtualAddress } from './layout';

export interface OperatorRun {
  /** The answer to every question of the plan; yes when absent. */
  readonly confirm?: () => boolean | Promise<boolean>;
  /** Called when a step begins, before anything is sent for it. */
  readonly onStep?: (step: Step) => void;
  /**
   * The program that runs the plan dies when the command of this step, or of the first of these, was carried out, before it
   * learns of it; at an upload, before the file is sent.
   */
  readonly dieAt?: string | ReadonlySet<string>;
  /** Called with each command before it is sent. */
  readonly onCommand?: (words: string) => void;
  /** What the operator types for a plan that asks for secrets. */
  readonly secrets?: RunDeps['secrets'];
  /** A run that broke off, and what becomes of it now. */
  readonly earlier?: { readonly record: RunRecord; readonly act: 'resume' | 'undo' };
}

class Died extends Error {}

/** Nobody calls these questions off. */
const never = new AbortController().signal;

/** Haven at work on the lab without an editor: its own connections, status, plans and executor. */
export class Operator {
  readonly cluster: InventoryCluster;
  /** A folder as a user has it: the inventory and the files it names, as the machines run them. */
  readonly folder = mkdtempSync(join(tmpdir(), 'haven-lab-'));
  private hosts: Hosts;

  constructor(lab: Lab, files: Readonly<Record<string, string>> = {}) {
    const inventory = inventoryOf(lab);
    const [cluster] = parseInventory(inventory).clusters;
    if (cluster === undefined) throw new Error('the inventory of the lab has no cluster');
    this.cluster = cluster;
    this.hosts = this.connections();
    for (const [name, text] of Object.entries({ 'haven.yaml': inventory, ...files })) this.write(name, text);
  }

  /** Writes a file of the user's folder. */
  write(name: string, text: string): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  node(name: string): InventoryNode {
    const node = this.cluster.nodes.find((each) => each.name === name);
    if (node === undefined) throw new Error(`${name} is not a node of the lab`);
    return node;
  }

  /** Asks every node, as a refresh of the explorer does. */
  gather(): Promise<ClusterState> {
    return askCluster(this.hosts, this.cluster, [virtualAddress], never);
  }

  /** What each etcd member says of itself; one that does not answer is absent. */
  async members(): Promise<Map<string, EtcdFacts>> {
    return askMembers(this.hosts, await this.gather(), never);
  }

  /** The Nodes as the first server that answers lists them. */
  async kubeNodes(): Promise<readonly KubeNode[]> {
    return askNodes(this.hosts, await this.gather(), never);
  }

  /** Every certificate of the servers and agents, those that servers show to whoever connects among them. */
  certificates(): Promise<Map<string, NodeCertificates>> {
    const nodes = this.cluster.nodes.filter((each) => !each.roles.includes('loadbalancer'));
    const ports = this.cluster.distribution === 'k3s' ? [6443] : [6443, 2379];
    const served = (node: InventoryNode) =>
      node.roles.includes('server') ? ports.map((port) => `127.0.0.1:${port}`) : [];
    return this.ask(nodes, { command: (node) => certificatesCommand(served(node)), read: parseCertificates });
  }

  /** The settings of every node, for a backup; `secrets` takes tokens and keys in. */
  survey(secrets: boolean): Promise<Survey> {
    return this.ask(this.cluster.nodes, { command: () => surveyCommand(secrets), read: parseSurvey });
  }

  /** What the simulator says of the files in the user's folder. */
  forecast(way: DrillWay, holder: string): DrillPrediction | undefined {
    const nodes = this.cluster.nodes.flatMap(({ name, address }) => {
      const own = this.targets().filter((each) => each.host === name && each.kind === 'keepalived');
      const files = own.map(({ file }) => ({ path: file, text: readFileSync(join(this.folder, file), 'utf8') }));
      return files.length === 0 ? [] : [{ name, address, files }];
    });
    return forecastDrill(nodes, { vip: virtualAddress, way, holder });
  }

  /** Knocks at a port while `work` goes on. The longest time without an answer, as the least and the most it can have been. */
  async watch<Result>(
    port: number,
    work: () => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly gap: readonly [number, number] | undefined }> {
    const over = new AbortController();
    const sleep = (ms: number, signal: AbortSignal) => wait(ms, undefined, { signal }).catch(() => {});
    const knock = (signal: AbortSignal) => reach(virtualAddress, port, 500, signal);
    const watching = watchAnswers(knock, { now: () => performance.now(), sleep, everyMs: 50 }, over.signal);
    try {
      const result = await work();
      over.abort();
      return { result, gap: longestOutage(await watching) };
    } finally {
      over.abort();
    }
  }

  /** Everything a join wants to know. */
  async beforeJoin(host: string) {
    const state = await this.gather();
    return { state, ...(await askBeforeJoin(this.hosts, state, this.node(host), undefined, never)) };
  }

  /** The plan that lets every server of k3s keep its snapshots in S3 too. */
  async s3Plan(stamp: string, s3: S3Settings): Promise<Plan> {
    const question = { command: () => scheduleFactsCommand(), read: parseScheduleFacts };
    const answers = await askEach(this.hosts, this.servers, question, never);
    const known = new Map(
      [...answers].flatMap(([host, facts]) => (facts === undefined ? [] : [[host, facts] as const])),
    );
    return planSnapshotSchedule(await this.gather(), known, { stamp, s3 });
  }

  /** What a restore of k3s wants to know of each server; `snapshot` lies on `host`. */
  async restoreFacts(host: string, snapshot: string): Promise<readonly K3sServerFacts[]> {
    const facts = await this.ask(this.servers, {
      command: (node) => k3sFactsCommand(node.name === host ? snapshot : undefined),
      read: (stdout, node) => parseK3sFacts(node.name, stdout),
    });
    return this.servers.flatMap(({ name }) => facts.get(name) ?? []);
  }

  /** What a restore of a kubeadm cluster wants to know of each server; `snapshot` lies on `host`. */
  async kubeadmRestoreFacts(host: string, snapshot: string): Promise<readonly KubeadmServerFacts[]> {
    const facts = await this.ask(this.servers, {
      command: (node) => kubeadmFactsCommand(node.name === host ? snapshot : undefined),
      read: (stdout, node) => parseKubeadmFacts(node.name, stdout),
    });
    return this.servers.flatMap(({ name }) => facts.get(name) ?? []);
  }

  /** The plan of a kubeadm cluster made again on machines that have none, from files of this machine. */
  async onNewMachines(snapshot: LocalSnapshot, keys: string, stamp: string): Promise<Plan> {
    const state = await this.gather();
    const asked = await askRestore(this.hosts, state, {}, never);
    if (asked.onNewMachines === undefined) throw new Error('some server has a cluster');
    const { path, bytes, hash, content, sha256 } = snapshot;
    const from = { host: undefined, path, bytes, hash, content, local: { path, sha256 } };
    return asked.onNewMachines(state, { stamp, absent: [], snapshot: from, pki: await readPki(keys) }, never);
  }

  /** Brings a snapshot of a node into the user's folder and reads it. */
  async bring(host: string, path: string): Promise<LocalSnapshot> {
    const to = join(this.folder, path.slice(path.lastIndexOf('/') + 1));
    await downloadFile(await this.hosts.connect(this.node(host)), { path, root: true }, to, () => {});
    return readLocalSnapshot(to, host);
  }

  /** The files of the user's folder and the nodes they belong on. */
  targets(): readonly ConfigTarget[] {
    return configTargets(this.cluster, (file) => kindOf(file, readFileSync(join(this.folder, file), 'utf8')));
  }

  /** A file of the user's folder on each node the inventory puts it on, and what those nodes have in its place. */
  async pushFacts(name: string): Promise<{ files: readonly PushFile[]; facts: Map<string, NodeConfig> }> {
    const targets = this.targets().filter((each) => each.file === name);
    const { files } = await readClusterFiles(this.folder, this.cluster);
    const pushed = targets.flatMap((each) => {
      const file = files.get(each.file);
      return file === undefined ? [] : [{ ...each, ...file }];
    });
    return { files: pushed, facts: await askConfigs(this.hosts, await this.gather(), targets, never) };
  }

  /** How the files of the user's folder stand to those of the nodes. */
  async drift(): Promise<readonly Drift[]> {
    const targets = this.targets();
    const facts = await askConfigs(this.hosts, await this.gather(), targets, never);
    const { files } = await readClusterFiles(this.folder, this.cluster);
    return driftOf(targets, facts, (file) => files.get(file)?.text);
  }

  /** Runs a plan, or goes on with a run that broke off. Where the program that ran it died, `broke` is set, and at which step. */
  async run(
    plan: Plan,
    options: OperatorRun = {},
  ): Promise<RunResult & { readonly broke?: true; readonly diedAt?: string }> {
    const folder = join(this.folder, 'runs');
    const journal = await openJournal(folder, options.earlier?.record.id ?? `${Date.now()}-${plan.operation}`);
    let current: Step | undefined;
    let dead = false;
    const { dieAt } = options;
    const dies = (id: string) => (typeof dieAt === 'string' ? dieAt === id : dieAt?.has(id) === true);
    const mortal = (transport: Transport): Transport => ({
      host: transport.host,
      exec: async (request, signal) => {
        if (dead) throw new Died();
        options.onCommand?.(request.argv.join(' '));
        const result = await transport.exec(request, signal);
        if (current !== undefined && dies(current.id)) {
          dead = !('run' in current) || current.run.argv.map(String).join('\0') === request.argv.join('\0');
        }
        if (dead) throw new Died();
        return result;
      },
      stream: (request, onChunk, signal) => {
        if (dead) throw new Died();
        return transport.stream(request, onChunk, signal);
      },
      close: () => transport.close(),
    });
    const deps: RunDeps = {
      connect: async (name, signal) => mortal(await this.hosts.connect(this.node(name), signal)),
      journal: { id: journal.id, write: async (entry) => (dead ? undefined : journal.write(entry)) },
      now: Date.now,
      sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => {}),
      onEvent: (event) => {
        if (event.kind !== 'step-began') return;
        current = event.step;
        options.onStep?.(event.step);
      },
      confirm: async () => (await options.confirm?.()) ?? true,
      members: async () => membersOf(await this.gather()),
      reach,
      ...(options.secrets !== undefined && { secrets: options.secrets }),
    };
    try {
      if (options.earlier?.act === 'undo') return await undo(options.earlier.record, deps, never);
      return await execute(plan, deps, never, options.earlier === undefined ? {} : { resume: options.earlier.record });
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      // Its connections went with it.
      this.hosts.close();
      this.hosts = this.connections();
      return { outcome: 'unknown', broke: true, ...(current !== undefined && { diedAt: current.id }) };
    }
  }

  /** The record of the run that was begun last, as an editor that is started again finds it. */
  async lastRun(): Promise<RunRecord> {
    const [last] = (await listRuns(join(this.folder, 'runs'))).toSorted((a, b) => b.startedMs - a.startedMs);
    if (last === undefined) throw new Error('no run was begun');
    return last;
  }

  close(): void {
    this.hosts.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get servers(): readonly InventoryNode[] {
    return this.cluster.nodes.filter((each) => each.roles.includes('server'));
  }

  /** Answers of the nodes that could be asked. */
  private ask<Answer>(nodes: readonly InventoryNode[], question: Question<Answer>): Promise<Map<string, Answer>> {
    return askEach(this.hosts, nodes, question, never);
  }

  private connections(): Hosts {
    return new Hosts({
      files: { folder: join(stateFolder, 'ssh') },
      secrets: {
        password: async () => undefined,
        passphrase: async () => undefined,
        answer: async () => undefined,
        sudoPassword: async () => undefined,
      },
      ownKeys: () => [],
      accept: async () => false,
    });
  }
}
