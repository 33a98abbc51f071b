import type { HostNode } from '../ops/host';
import { type NodeStatus, parseStatus, statusCommand } from '../ops/status/node-status';
import type { HostKeyPolicy, UnknownKey } from './ssh/host-key-policy';
import type { KnownHost } from './ssh/known-hosts';
import { connectSsh, type SecretSource, type SshTransport } from './ssh/ssh-transport';
import { type UserFiles, userTarget } from './ssh/user-target';
import { TransportError } from './transport';

/** How a person is asked about keys and secrets, and what was agreed to before. */
export interface HostsOptions {
  readonly files: UserFiles;
  readonly secrets: SecretSource;
  /** The keys a person accepted in Haven; read again for each connection. */
  ownKeys(): readonly KnownHost[];
  accept(key: UnknownKey): Promise<boolean>;
}

/** How many hosts are connected to at the same time. */
const mostAtOnce = 16;

/** The connections of one editor or command: one for each host, made when first needed and shared after. */
export class Hosts {
  private readonly open = new Map<string, Promise<SshTransport>>();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;

  constructor(private readonly options: HostsOptions) {}

  /** @throws TransportError as `connectSsh` does; the next call tries anew. */
  async connect(node: HostNode, signal?: AbortSignal): Promise<SshTransport> {
    const key = JSON.stringify([node.name, node.address, node.ssh]);
    const known = this.open.get(key);
    if (known !== undefined) return known;
    const made = this.dial(node, signal);
    this.open.set(key, made);
    made.catch(() => this.open.delete(key));
    return made;
  }

  /**
   * Asks one node for everything the explorer shows. A connection that was lost since the last time is made again once.
   * @throws TransportError when the node cannot be asked
   */
  async status(node: HostNode, signal?: AbortSignal): Promise<NodeStatus> {
    return this.turn(async () => {
      try {
        return await this.ask(node, signal);
      } catch (error) {
        if (!(error instanceof TransportError) || error.failure !== 'lost') throw error;
        this.forget(node);
        return this.ask(node, signal);
      }
    });
  }

  close(): void {
    for (const each of this.open.values()) {
      each.then(
        (transport) => transport.close(),
        // It never was open.
        () => {},
      );
    }
    this.open.clear();
  }

  private async ask(node: HostNode, signal: AbortSignal | undefined): Promise<NodeStatus> {
    const transport = await this.connect(node, signal);
    const { argv, root, timeoutSec } = statusCommand();
    const { stdout } = await transport.exec({ argv: argv.map(String), root, timeoutSec }, signal);
    return parseStatus(stdout);
  }

  private forget(node: HostNode): void {
    this.open.delete(JSON.stringify([node.name, node.address, node.ssh]));
  }

  private async dial(node: HostNode, signal: AbortSignal | undefined): Promise<SshTransport> {
    const { target, knownHosts } = await userTarget(node, this.options.files);
    const policy: HostKeyPolicy = {
      known: () => [...knownHosts, ...this.options.ownKeys()],
      accept: (key) => this.options.accept(key),
    };
    return connectSsh(target, policy, this.options.secrets, signal);
  }

  private async turn<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.busy >= mostAtOnce) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy++;
    try {
      return await work();
    } finally {
      this.busy--;
      this.waiting.shift()?.();
    }
  }
}
