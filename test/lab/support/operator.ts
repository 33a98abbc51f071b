import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InventoryCluster } from '../../../src/model/inventory/inventory';
import type { Plan } from '../../../src/ops/plan';
import { type ClusterState, clusterState, type NodeReport } from '../../../src/ops/status/cluster-state';
import { execute, Hosts, openJournal, type RunResult } from '../../../src/run';
import { parseInventory } from '../../../src/service';
import { inventoryOf } from './configuration';
import type { Lab } from './lab';
import { stateFolder, virtualAddress } from './layout';
import { sleep } from './shell';

/** Haven at work on the lab without an editor: its own connections, status and executor. */
export class Operator {
  readonly cluster: InventoryCluster;
  private readonly hosts = new Hosts({
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

  constructor(lab: Lab) {
    const [cluster] = parseInventory(inventoryOf(lab.machines)).clusters;
    if (cluster === undefined) throw new Error('the inventory of the lab has no cluster');
    this.cluster = cluster;
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

  async run(plan: Plan): Promise<RunResult> {
    const journal = await openJournal(mkdtempSync(join(tmpdir(), 'haven-lab-run-')), plan.operation);
    const connect = (name: string, signal?: AbortSignal) => {
      const node = this.cluster.nodes.find((each) => each.name === name);
      if (node === undefined) throw new Error(`${name} is not a node of the lab`);
      return this.hosts.connect(node, signal);
    };
    return execute(plan, { connect, journal, now: Date.now, sleep, onEvent: () => {} }, new AbortController().signal);
  }

  close(): void {
    this.hosts.close();
  }
}
