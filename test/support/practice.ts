import { say } from '../../src/base/message';
import { commandLine } from '../../src/base/shell';
import type { Distribution, InventoryCluster } from '../../src/model/inventory/inventory';
import { clusterState, type NodeReport } from '../../src/ops/status/cluster-state';
import { parseStatus, statusCommand } from '../../src/ops/status/node-status';
import { PracticeCluster } from '../../src/run/practice/practice-cluster';
import type { Machine, OutputListener } from '../../src/run/practice/world';
import { type ExecRequest, type Transport, TransportError } from '../../src/run/transport';

/** Whoever started the program has given up on it: the connection ends it in the middle. */
export class Abandoned extends Error {}

/** A practice cluster with a clock of its own, in which waiting takes no time. */
export class PracticeWorld {
  readonly time = { ms: Date.UTC(2026, 10, 21, 3, 15, 0) };
  readonly practice: PracticeCluster;
  readonly cluster: InventoryCluster;
  /** How many milliseconds a machine takes for every answer, where it is slow. */
  readonly slow = new Map<string, () => number>();
  private readonly limits = new Set<{ readonly atMs: number }>();

  constructor(readonly distribution: Distribution = 'k3s') {
    this.practice = new PracticeCluster(() => this.time.ms, {
      distribution,
      sleep: async (ms) => {
        this.time.ms += ms;
      },
    });
    this.cluster = {
      name: 'practice',
      distribution,
      endpoint: 'lb.example.com:6443',
      versions: {},
      configs: [],
      nodes: this.practice.nodes.map(({ name, address, role }) => ({ name, address, roles: [role], ssh: {} })),
    };
  }

  /** Whether the one on the other end of the connection has given up on the command that runs. */
  isAbandoned(): boolean {
    return [...this.limits].some(({ atMs }) => this.time.ms > atMs);
  }

  machine(name: string): Machine {
    const found = this.practice.nodes.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  }

  /** A connection to a machine, without SSH in between. */
  connect(name: string): Transport {
    const machine = this.machine(name);
    const exec = async ({ argv, stdin, timeoutSec }: ExecRequest, listener?: OutputListener) => {
      const limitMs = this.time.ms + timeoutSec * 1000;
      const over = () => {
        const words = say(
          '{0} did not end within {1} s; nobody knows whether it took effect',
          argv[0] ?? '',
          timeoutSec,
        );
        return new TransportError(name, 'timeout', words);
      };
      this.time.ms += this.slow.get(name)?.() ?? 0;
      if (this.time.ms > limitMs) throw over();
      const limit = { atMs: limitMs };
      this.limits.add(limit);
      const restore = this.practice.deadline(limitMs);
      const chunks: Buffer[] = [];
      if (typeof stdin === 'string' || stdin instanceof Uint8Array) chunks.push(Buffer.from(stdin));
      else if (stdin !== undefined) for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
      try {
        const answer = await machine.exec(commandLine(argv), Buffer.concat(chunks), listener);
        if (this.time.ms > limitMs) throw new Abandoned();
        return answer;
      } catch (error) {
        if (error instanceof Abandoned) throw over();
        throw new TransportError(name, 'lost', say('the connection was lost'), { cause: error });
      } finally {
        this.limits.delete(limit);
        restore();
      }
    };
    return {
      host: name,
      exec: (request) => exec(request),
      stream: async (request, onChunk) => {
        // As bytes: what is no text would not survive being one.
        const bytes: Buffer[] = [];
        const { code, stderr } = await exec(request, { stdout: (each) => void bytes.push(each), stderr: () => {} });
        await onChunk(Buffer.concat(bytes));
        return { code, stderr };
      },
      close: () => {},
    };
  }

  async run(name: string, argv: readonly string[]): Promise<string> {
    const { stdout } = await this.connect(name).exec({ argv, root: true, timeoutSec: 3600 });
    return stdout;
  }

  /** The cluster as its machines describe it now; each is asked about the files at `configs` too. */
  async state(configs: readonly string[] = []) {
    const reports = new Map<string, NodeReport>();
    for (const { name, hasPower } of this.practice.nodes) {
      if (!hasPower) reports.set(name, { kind: 'silent', reason: 'no power' });
      else
        reports.set(name, {
          kind: 'answered',
          status: parseStatus(
            await this.run(name, statusCommand(configs).argv.map(String)),
            Math.round(this.practice.now() / 1000),
          ),
        });
    }
    return clusterState(this.cluster, reports, [this.practice.virtualAddress]);
  }
}
