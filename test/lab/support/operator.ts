import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { InventoryCluster, InventoryNode } from '../../../src/model/inventory/inventory';
import type { Command } from '../../../src/ops/command';
import { certificatesCommand, type NodeCertificates, parseCertificates } from '../../../src/ops/commands/certificates';
import { type NodeConfig, parseConfig, readConfigCommand } from '../../../src/ops/commands/config-file';
import { type EtcdFacts, etcdFactsCommand, parseEtcdFacts } from '../../../src/ops/commands/etcd-gateway';
import { type KubeNode, listNodes, parseNodes } from '../../../src/ops/commands/kubectl';
import { configTargets, unitOf } from '../../../src/ops/config-target';
import type { Plan, Step } from '../../../src/ops/plan';
import type { PushFile } from '../../../src/ops/push-config';
import { type K3sServerFacts, k3sFactsCommand, parseK3sFacts } from '../../../src/ops/restore/k3s-facts';
import {
  type KubeadmServerFacts,
  kubeadmFactsCommand,
  parseKubeadmFacts,
} from '../../../src/ops/restore/kubeadm-facts';
import { type ClusterState, clusterState, type NodeReport } from '../../../src/ops/status/cluster-state';
import {
  downloadFile,
  execute,
  Hosts,
  type LocalSnapshot,
  membersOf,
  openJournal,
  type RunDeps,
  type RunRecord,
  type RunResult,
  reach,
  readLocalSnapshot,
  type Transport,
  TransportError,
  undo,
} from '../../../src/run';
import { listRuns } from '../../../src/run/journal';
import { kindOf, parseInventory } from '../../../src/service';
import { inventoryOf } from './configuration';
import type { Lab } from './lab';
import { stateFolder, virtualAddress } from './layout';

export interface OperatorRun {
  /** The answer to every question of the plan; yes when absent. */
  readonly confirm?: () => boolean | Promise<boolean>;
  /** Called when a step begins, before anything is sent for it. */
  readonly onStep?: (step: Step) => void;
  /**
   * The program that runs the plan dies when the command of this step was carried out, before it learns of it; at an
   * upload, before the file is sent.
   */
  readonly dieAt?: string;
  /** A run that broke off, and what becomes of it now. */
  readonly earlier?: { readonly record: RunRecord; readonly act: 'resume' | 'undo' };
}

class Died extends Error {}

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
  async gather(): Promise<ClusterState> {
    const reports = await Promise.all(
      this.cluster.nodes.map(async (node): Promise<readonly [string, NodeReport]> => {
        try {
          return [node.name, { kind: 'answered', status: await this.hosts.status(node) }];
        } catch (error) {
          return [node.name, { kind: 'silent', reason: String(error) }];
        }
      }),
    );
    return clusterState(this.cluster, new Map(reports), [virtualAddress]);
  }

  /** What each etcd member says of itself; one that does not answer is absent. */
  members(): Promise<Map<string, EtcdFacts>> {
    const servers = this.cluster.nodes.filter((each) => each.roles.includes('server'));
    return this.ask(servers, () => etcdFactsCommand(this.cluster.distribution), parseEtcdFacts);
  }

  /** The Nodes as the first server that answers lists them. */
  async kubeNodes(): Promise<readonly KubeNode[]> {
    for (const node of this.cluster.nodes.filter((each) => each.roles.includes('server'))) {
      const found = await this.ask([node], () => listNodes(this.cluster.distribution), parseNodes);
      const nodes = found.get(node.name) ?? [];
      if (nodes.length > 0) return nodes;
    }
    return [];
  }

  /** Every certificate of the servers and agents, those that servers show to whoever connects among them. */
  certificates(): Promise<Map<string, NodeCertificates>> {
    const nodes = this.cluster.nodes.filter((each) => !each.roles.includes('loadbalancer'));
    const ports = this.cluster.distribution === 'k3s' ? [6443] : [6443, 2379];
    const served = (node: InventoryNode) =>
      node.roles.includes('server') ? ports.map((port) => `127.0.0.1:${port}`) : [];
    return this.ask(nodes, (node) => certificatesCommand(served(node)), parseCertificates);
  }

  /** What a restore of k3s wants to know of each server; `snapshot` lies on `host`. */
  async restoreFacts(host: string, snapshot: string): Promise<readonly K3sServerFacts[]> {
    const servers = this.cluster.nodes.filter((each) => each.roles.includes('server'));
    const command = (node: InventoryNode) => k3sFactsCommand(node.name === host ? snapshot : undefined);
    return [...(await this.ask(servers, command, (stdout, node) => parseK3sFacts(node.name, stdout))).values()];
  }

  /** What a restore of a kubeadm cluster wants to know of each server; `snapshot` lies on `host`. */
  async kubeadmRestoreFacts(host: string, snapshot: string): Promise<readonly KubeadmServerFacts[]> {
    const servers = this.cluster.nodes.filter((each) => each.roles.includes('server'));
    const command = (node: InventoryNode) => kubeadmFactsCommand(node.name === host ? snapshot : undefined);
    return [...(await this.ask(servers, command, (stdout, node) => parseKubeadmFacts(node.name, stdout))).values()];
  }

  /** Brings a snapshot of a node into the user's folder and reads it. */
  async bring(host: string, path: string): Promise<LocalSnapshot> {
    const to = join(this.folder, path.slice(path.lastIndexOf('/') + 1));
    await downloadFile(await this.hosts.connect(this.node(host)), { path, root: true }, to, () => {});
    return readLocalSnapshot(to, host);
  }

  /** A file of the user's folder on each node the inventory puts it on, and what those nodes have in its place. */
  async pushFacts(name: string): Promise<{ files: readonly PushFile[]; facts: Map<string, NodeConfig> }> {
    const path = join(this.folder, name);
    const content = readFileSync(path);
    const targets = configTargets(this.cluster, (file) =>
      kindOf(file, readFileSync(join(this.folder, file), 'utf8')),
    ).filter((each) => each.file === name);
    const hash = createHash('sha256').update(content).digest('hex');
    const files = targets.map((each) => ({ ...each, localPath: path, sha256: hash, bytes: content.length }));
    const nodes = this.cluster.nodes.filter((each) => targets.some((target) => target.host === each.name));
    const port = this.cluster.endpoint?.split(':')[1] ?? '6443';
    const command = (node: InventoryNode) =>
      readConfigCommand({
        files: targets.filter((each) => each.host === node.name).map((each) => each.path),
        doors: [`127.0.0.1:${port}`, `${virtualAddress}:${port}`],
        units: targets.flatMap((each) => unitOf(each.kind, node)?.name ?? []),
      });
    return { files, facts: await this.ask(nodes, command, parseConfig) };
  }

  /** Runs a plan, or goes on with a run that broke off. `broke` is set when the program that ran it died. */
  async run(plan: Plan, options: OperatorRun = {}): Promise<RunResult & { readonly broke?: true }> {
    const folder = join(this.folder, 'runs');
    const journal = await openJournal(folder, options.earlier?.record.id ?? `${Date.now()}-${plan.operation}`);
    let current: Step | undefined;
    let dead = false;
    const mortal = (transport: Transport): Transport => ({
      host: transport.host,
      exec: async (request, signal) => {
        if (dead) throw new Died();
        const result = await transport.exec(request, signal);
        if (current !== undefined && current.id === options.dieAt) {
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
    };
    const { signal } = new AbortController();
    try {
      if (options.earlier?.act === 'undo') return await undo(options.earlier.record, deps, signal);
      return await execute(plan, deps, signal, options.earlier === undefined ? {} : { resume: options.earlier.record });
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      // Its connections went with it.
      this.hosts.close();
      this.hosts = this.connections();
      return { outcome: 'unknown', broke: true };
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

  private async ask<Answer>(
    nodes: readonly InventoryNode[],
    command: (node: InventoryNode) => Command,
    read: (stdout: string, node: InventoryNode) => Answer | undefined,
  ): Promise<Map<string, Answer>> {
    const answers = new Map<string, Answer>();
    for (const node of nodes) {
      try {
        const { argv, root, timeoutSec } = command(node);
        const transport = await this.hosts.connect(node);
        const answer = read((await transport.exec({ argv: argv.map(String), root, timeoutSec })).stdout, node);
        if (answer !== undefined) answers.set(node.name, answer);
      } catch (error) {
        // A node that cannot be asked is absent.
        if (!(error instanceof TransportError)) throw error;
      }
    }
    return answers;
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
