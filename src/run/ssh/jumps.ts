import { orCancelled } from '../or-cancelled';
import type { SshTransport } from './ssh-transport';
import type { SshTarget } from './target';

/** A connection to a jump host, lent to a host behind it. */
export interface LentJump {
  readonly line: SshTransport;
  /** Only the first time counts. */
  giveBack(): void;
}

/** @throws TransportError as `connectSsh` does */
export type LendJump = (jump: SshTarget, signal: AbortSignal | undefined) => Promise<LentJump>;

interface Shared {
  readonly line: Promise<SshTransport>;
  readonly abort: AbortController;
  opened?: SshTransport;
  users: number;
}

/**
 * One connection to each jump host for all hosts behind it: sshd drops logins at random where ten are under way (MaxStartups in
 * sshd_config(5)), and a person would be asked once for each. Tunnels are no sessions of MaxSessions.
 */
export class Jumps {
  private readonly shared = new Map<string, Shared>();

  constructor(private readonly connect: (jump: SshTarget, signal: AbortSignal) => Promise<SshTransport>) {}

  readonly lend: LendJump = async (jump, signal) => {
    const key = keyOf(jump);
    const known = this.shared.get(key);
    const entry = known === undefined || known.opened?.isAlive === false ? this.open(key, jump) : known;
    entry.users++;
    let isGiven = false;
    const giveBack = () => {
      if (isGiven) return;
      isGiven = true;
      if (--entry.users > 0) return;
      this.forget(key, entry);
      entry.abort.abort();
      entry.opened?.close();
    };
    try {
      return { line: await orCancelled(entry.line, jump.name, signal), giveBack };
    } catch (error) {
      giveBack();
      throw error;
    }
  };

  private open(key: string, jump: SshTarget): Shared {
    const abort = new AbortController();
    const line = this.connect(jump, abort.signal);
    const entry: Shared = { line, abort, users: 0 };
    this.shared.set(key, entry);
    line.then(
      (opened) => {
        entry.opened = opened;
        // All have left in the moment in which it came.
        if (entry.users === 0) opened.close();
      },
      // The next one tries anew; those who wait hear of it themselves.
      () => this.forget(key, entry),
    );
    return entry;
  }

  private forget(key: string, entry: Shared): void {
    if (this.shared.get(key) === entry) this.shared.delete(key);
  }
}

function keyOf({ name, address, port, user, jump }: SshTarget): string {
  return JSON.stringify([name, address, port, user, jump === undefined ? '' : keyOf(jump)]);
}
