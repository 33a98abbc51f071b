import type { HostNode } from '../ops/host';
import { type NodeStatus, parseStatus, statusCommand } from '../ops/status/node-status';
import { cancelled, orCancelled } from './or-cancelled';
import { connectSsh } from './ssh/connect-ssh';
import type { HostKeyPolicy, UnknownKey } from './ssh/host-key-policy';
import { Jumps } from './ssh/jumps';
import type { KnownHost } from './ssh/known-hosts';
import type { SshTransport } from './ssh/ssh-transport';
import type { SecretSource, SshTarget } from './ssh/target';
import { type UserFiles, userTarget } from './ssh/user-target';
import { TransportError } from './transport';
import { Turns } from './turns';

/** How a person is asked about keys and secrets, and what was agreed to before. */
export interface HostsOptions {
  readonly files: UserFiles;
  readonly secrets: SecretSource;
  /** The keys a person accepted in Haven; read again for each connection. */
  ownKeys(): readonly KnownHost[];
  accept(key: UnknownKey): Promise<boolean>;
}

/** How many hosts are connected to, or asked, at the same time. */
const mostAtOnce = 64;

interface Dialling {
  readonly line: Promise<SshTransport>;
  readonly abort: AbortController;
  /** Those who wait for it; when the last one leaves, it is called off. */
  waiters: number;
}

/** The connections of one editor or command: one for each host, made when first needed and shared after. */
export class Hosts {
  private readonly dialling = new Map<string, Dialling>();
  private readonly open = new Map<string, SshTransport>();
  private readonly turns = new Turns(mostAtOnce);
  private readonly jumps = new Jumps((jump, signal) => this.connectTo(jump, signal));

  constructor(private readonly options: HostsOptions) {}

  /**
   * A connection that is alive as far as anybody knows: one that broke is made again.
   * @throws TransportError as `connectSsh` does; the next call tries anew
   */
  async connect(node: HostNode, signal?: AbortSignal): Promise<SshTransport> {
    const key = JSON.stringify([node.name, node.address, node.ssh]);
    const known = this.open.get(key);
    if (known?.isAlive === true) return known;
    this.open.delete(key);
    const dialling = this.dialling.get(key) ?? this.dial(key, node);
    dialling.waiters++;
    try {
      return await orCancelled(dialling.line, node.name, signal);
    } finally {
      if (--dialling.waiters === 0) {
        dialling.abort.abort();
        // It takes a moment to end: who comes meanwhile must not join what was given up.
        this.forget(key, dialling);
      }
    }
  }

  /**
   * Asks one node for everything the explorer shows. A connection that was lost since the last time is made again once.
   * @throws TransportError when the node cannot be asked
   */
  async status(node: HostNode, signal?: AbortSignal, configs: readonly string[] = []): Promise<NodeStatus> {
    const giveBack = await this.turns.take(signal).catch(() => {
      throw cancelled(node.name);
    });
    try {
      return await this.ask(node, signal, configs);
    } catch (error) {
      if (!(error instanceof TransportError) || error.failure !== 'lost') throw error;
      return this.ask(node, signal, configs);
    } finally {
      giveBack();
    }
  }

  close(): void {
    for (const each of this.dialling.values()) each.abort.abort();
    for (const each of this.open.values()) each.close();
    this.dialling.clear();
    this.open.clear();
  }

  private async ask(node: HostNode, signal: AbortSignal | undefined, configs: readonly string[]): Promise<NodeStatus> {
    const transport = await this.connect(node, signal);
    const { argv, root, timeoutSec } = statusCommand(configs);
    const { stdout } = await transport.exec({ argv: argv.map(String), root, timeoutSec }, signal);
    return parseStatus(stdout, Math.round(Date.now() / 1000));
  }

  private connectTo(target: SshTarget, signal: AbortSignal): Promise<SshTransport> {
    const policy: HostKeyPolicy = {
      known: () => this.options.ownKeys(),
      accept: (shown) => this.options.accept(shown),
    };
    return connectSsh(target, policy, this.options.secrets, signal, this.jumps.lend);
  }

  private dial(key: string, node: HostNode): Dialling {
    const abort = new AbortController();
    const make = async () => {
      try {
        const target = await userTarget(node, this.options.files);
        const line = await this.connectTo(target, abort.signal);
        this.open.set(key, line);
        return line;
      } finally {
        this.forget(key, dialling);
      }
    };
    const dialling: Dialling = { line: make(), abort, waiters: 0 };
    // Those who wait hear of a failure; when all have left, nobody needs to.
    dialling.line.catch(() => {});
    this.dialling.set(key, dialling);
    return dialling;
  }

  private forget(key: string, dialling: Dialling): void {
    if (this.dialling.get(key) === dialling) this.dialling.delete(key);
  }
}
