import { randomBytes } from 'node:crypto';
import type { Client, ClientChannel } from 'ssh2';
import { type Message, say } from '../../base/message';
import type { Secret } from '../../base/secret';
import type { ExecResult } from '../../ops/command';
import {
  type Content,
  type ExecRequest,
  HostError,
  type StreamResult,
  type Transport,
  TransportError,
} from '../transport';
import { Turns } from '../turns';
import { askingAfter, passwordTries } from './authentication';
import { Beginning, newMark, startLine } from './beginning';
import { OneEnd } from './one-end';
import { isExpired, SudoDialogue } from './sudo';
import type { SecretSource, SshTarget } from './target';

/** How much of a command's output is kept; what a host sends beyond is a fault of its own and ends the command. */
const maxOutputBytes = 64 * 1024 * 1024;
/** Of standard error only the end is kept: that is where a program says why it gave up. */
const maxErrorBytes = 1024 * 1024;
/** OpenSSH's default for MaxSessions; a host that bears fewer is asked for fewer. */
const mostChannels = 10;
/** A channel that was closed a moment ago may still count on the host. */
const channelTries = 20;
const channelTryMs = 100;

/** How sudo lets the user become root: without a word, with a password, or not needed at all. */
type RootWay =
  | { readonly kind: 'root' }
  | { readonly kind: 'quiet' }
  | { readonly kind: 'password'; readonly password: Secret };

/** One connection to one host, shared by all commands; each command has a channel of its own. */
export class SshTransport implements Transport {
  private failure: TransportError | undefined;
  private rootWay: Promise<RootWay> | undefined;
  private readonly running = new Set<(error: TransportError) => void>();
  private readonly channels = new Turns(mostChannels);

  constructor(
    private readonly target: SshTarget,
    private readonly client: Client,
    private readonly secrets: SecretSource,
    /** It needs the connection to its jump host no longer. */
    private readonly leaveJump: () => void,
  ) {
    const lost = (cause?: unknown) => {
      this.failure ??= this.gone(cause);
      for (const fail of [...this.running]) fail(this.failure);
      this.leaveJump();
    };
    client.on('error', lost);
    client.on('close', () => lost());
  }

  get host(): string {
    return this.target.name;
  }

  /** False once the connection broke or was closed: then it is of no use to anybody. */
  get isAlive(): boolean {
    return this.failure === undefined;
  }

  async exec(request: ExecRequest, signal?: AbortSignal): Promise<ExecResult> {
    const stdout: Buffer[] = [];
    let bytes = 0;
    const result = await this.run(request, signal, (chunk) => {
      bytes += chunk.length;
      if (bytes > maxOutputBytes) throw new RangeError(`more than ${maxOutputBytes} bytes of output`);
      stdout.push(chunk);
    });
    return { ...result, stdout: Buffer.concat(stdout).toString('utf8') };
  }

  stream(
    request: ExecRequest,
    onChunk: (chunk: Uint8Array) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<StreamResult> {
    return this.run(request, signal, onChunk);
  }

  /**
   * A stream to `address:port` as the host sees it.
   * @throws TransportError when it does not open within `withinSec` seconds, is refused, or is called off
   */
  openTunnel(address: string, port: number, withinSec: number, signal?: AbortSignal): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const fail = (error: TransportError) => wait.end(() => reject(error));
      const cancel = () => fail(new TransportError(this.host, 'cancelled', say('connecting was cancelled')));
      const over = () => {
        const words = say(
          'no way through to {0} port {1} within {2} s; can this jump host reach it, and does it allow forwarding?',
          address,
          port,
          withinSec,
        );
        fail(new TransportError(this.host, 'timeout', words));
      };
      const listeners = { onFailed: fail, onOver: over, onCancelled: cancel };
      const wait = new OneEnd({ told: this.running, limitSec: withinSec, signal, ...listeners });
      if (this.failure !== undefined) return fail(this.failure);
      if (signal?.aborted === true) return cancel();
      this.client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
        if (wait.isOver) return void channel?.close();
        if (error === undefined) return wait.end(() => resolve(channel));
        const words = say(
          'cannot reach {0} port {1} from there: {2}; look at the address, and at AllowTcpForwarding in its sshd_config',
          address,
          port,
          error.message,
        );
        fail(new TransportError(this.host, 'unreachable', words, { cause: error }));
      });
    });
  }

  close(): void {
    // Nobody may be given it any more, although its end takes a moment to come.
    this.failure ??= this.gone();
    this.client.end();
    this.leaveJump();
  }

  private gone(cause?: unknown): TransportError {
    const words = say('the connection is lost; Haven connects again with the next command');
    return new TransportError(this.host, 'lost', words, { cause });
  }

  /** Runs a request as the user, or as root by way of sudo. */
  private async run(
    request: ExecRequest,
    signal: AbortSignal | undefined,
    onStdout: (chunk: Buffer) => void | Promise<void>,
  ): Promise<StreamResult> {
    // What the command starts can be found by this, to end it when nobody waits for it any more.
    const call = randomBytes(12).toString('hex');
    const argv = ['env', 'LC_ALL=C', `${callVariable}=${call}`, ...request.argv];
    const words = { ...request, argv, call, name: nameOf(request) };
    for (;;) {
      if (request.root) this.rootWay ??= this.findRootWay(signal);
      const finding = request.root ? this.rootWay : undefined;
      const way = await finding?.catch((error: unknown) => {
        if (this.rootWay === finding) this.rootWay = undefined;
        throw error;
      });
      const sudo = way === undefined || way.kind === 'root' ? {} : { sudo: way };
      const { begun, ...result } = await this.inChannel({ ...words, ...sudo }, signal, onStdout);
      if (begun || result.code === null) return result;
      // sudo was quiet for another command, or let the user in until now. This command it has not run, and what it says is
      // no answer of the command's. Commands that were refused together ask once.
      if (this.rootWay === finding) {
        this.rootWay = this.askForPassword(signal, result.stderr, way?.kind === 'password' ? way.password : undefined);
      }
    }
  }

  private async findRootWay(signal: AbortSignal | undefined): Promise<RootWay> {
    if (this.target.user === 'root') return { kind: 'root' };
    const argv = ['env', 'LC_ALL=C', 'sudo', '-n', 'true'];
    const quiet = await this.exec({ argv, root: false, timeoutSec: 20 }, signal);
    if (quiet.code === 0) return { kind: 'quiet' };
    if (/not found|No such file/.test(quiet.stderr)) {
      const words = say('sudo is not installed, and {0} is not root; log in as root or install sudo', this.target.user);
      throw new HostError(this.host, words);
    }
    return this.askForPassword(signal, quiet.stderr);
  }

  /** `why` is what sudo said when it did not let the last command begin, `wrong` the password that it did not take then. */
  private async askForPassword(signal: AbortSignal | undefined, why: string, wrong?: Secret): Promise<RootWay> {
    const { user } = this.target;
    let said = why;
    let rejected = wrong;
    for (let i = 0; i < passwordTries; i++) {
      if (mayNot.test(said) || needsTerminal.test(said) || isExpired(said)) break;
      const password = await this.secrets.sudoPassword(this.host, user, askingAfter(rejected));
      if (password === undefined) {
        const words = say('sudo asks {0} for a password, and none was given; connect again to be asked', user);
        throw new TransportError(this.host, 'authentication', words);
      }
      const sudo: RootWay = { kind: 'password', password };
      const tried = await this.inChannel(
        { argv: ['true'], root: true, timeoutSec: 20, call: '', name: 'sudo', sudo },
        signal,
        () => {},
      );
      if (tried.begun) return sudo;
      said = tried.stderr;
      rejected = password;
      if (!/incorrect password|try again|no password was provided/i.test(said)) break;
    }
    const words = isExpired(said)
      ? expired(user)
      : needsTerminal.test(said)
        ? say('sudo lets {0} become root at a terminal only; remove requiretty for {0} in /etc/sudoers', user)
        : say(
            'sudo does not take the password of {0}, or does not allow {0} to become root; look at sudo -l on the host',
            user,
          );
    throw new TransportError(this.host, 'authentication', words, { cause: said });
  }

  private async inChannel(
    request: ChannelRequest,
    signal: AbortSignal | undefined,
    onStdout: (chunk: Buffer) => void | Promise<void>,
  ): Promise<ChannelResult> {
    const cancelled = () =>
      new TransportError(this.host, 'cancelled', say('cancelled while {0} was running', request.name));
    const giveBack = await this.channels.take(signal).catch(() => {
      throw cancelled();
    });
    try {
      return await this.converse(request, signal, onStdout, cancelled);
    } finally {
      giveBack();
    }
  }

  private converse(
    request: ChannelRequest,
    signal: AbortSignal | undefined,
    onStdout: (chunk: Buffer) => void | Promise<void>,
    cancelled: () => TransportError,
  ): Promise<ChannelResult> {
    return new Promise((resolve, reject) => {
      let channel: ClientChannel | undefined;
      let code: number | null = null;
      let handling: Promise<void> = Promise.resolve();
      const errors = new Tail(maxErrorBytes);
      const fail = (error: Error) =>
        wait.end(() => {
          reject(error);
          if (channel !== undefined) abandon(channel);
        });
      const giveUp = (error: TransportError) => {
        fail(error);
        this.end(request);
      };
      const over = () => {
        if (sudo?.hasBegun === false) return giveUp(this.unanswered(request, sudo.rest().toString('utf8')));
        const words = say(
          '{0} did not end within {1} s; nobody knows whether it took effect',
          request.name,
          request.timeoutSec,
        );
        giveUp(new TransportError(this.host, 'timeout', words));
      };
      const listeners = { onFailed: fail, onOver: over, onCancelled: () => giveUp(cancelled()) };
      const wait = new OneEnd({ told: this.running, limitSec: request.timeoutSec, signal, ...listeners });
      if (this.failure !== undefined) return fail(this.failure);
      if (signal?.aborted === true) return fail(cancelled());

      const refuse = (cause: unknown) => {
        const words = say('the output of {0} cannot be taken: {1}', request.name, String(cause));
        giveUp(new TransportError(this.host, 'refused', words, { cause }));
      };
      const sudo =
        request.sudo === undefined
          ? undefined
          : new SudoDialogue({
              ...(request.sudo.kind === 'password' && { password: request.sudo.password }),
              write: (text) => void channel?.write(text),
              onRefused: () => void channel?.end(),
              onBegan: () => {
                if (channel !== undefined) void send(channel, request.stdin).catch(refuse);
              },
            });
      // What a profile of the login shell prints comes before the command, and is no answer of it.
      const mark = newMark();
      const out = new Beginning(mark);
      const err = new Beginning(mark);
      const begin = (opened: ClientChannel) => {
        channel = opened;
        opened.on('data', (chunk: Buffer) => {
          const own = out.hear(chunk);
          if (own.length === 0) return;
          const taken = attempt(() => onStdout(own));
          if (taken === undefined) return;
          // The host waits while this chunk is still being written somewhere.
          opened.pause();
          handling = handling.then(() => taken).then(() => void opened.resume(), refuse);
        });
        opened.stderr.on('data', (chunk: Buffer) => {
          const own = err.hear(chunk);
          errors.add(sudo === undefined ? own : sudo.hear(own));
        });
        opened.on('exit', (status: number | null) => {
          code = status;
        });
        opened.on('close', () => {
          if (code !== null && !out.isPast) return fail(this.withoutShell(out, err));
          if (sudo !== undefined) errors.add(sudo.rest());
          const begun = sudo?.hasBegun ?? true;
          void handling.then(() => wait.end(() => resolve({ code, stderr: errors.text(), begun })));
        });
        opened.on('error', (cause: Error) => {
          const words = say('the channel of {0} broke; nobody knows whether it took effect', request.name);
          fail(new TransportError(this.host, 'lost', words, { cause }));
        });
        if (sudo === undefined) void send(opened, request.stdin).catch(refuse);
      };
      const attempt = (work: () => void | Promise<void>): Promise<void> | undefined => {
        try {
          return work() ?? undefined;
        } catch (cause) {
          refuse(cause);
          return undefined;
        }
      };
      const line = startLine(sudo === undefined ? request.argv : sudo.argvFor(request.argv), mark);
      const attend = (opened: ClientChannel) => (wait.isOver ? abandon(opened) : begin(opened));
      this.open(line, channelTries, () => wait.isOver, attend).catch((error: Error) =>
        fail(error instanceof TransportError ? error : this.refusal(request, error)),
      );
    });
  }

  /**
   * Opens a channel; a host that bears fewer than we thought (MaxSessions) is given time and less to do. `attend` is called
   * before anything else is read from the connection: how a short command ended may stand in the same packet.
   */
  private async open(
    line: string,
    tries: number,
    isGivenUp: () => boolean,
    attend: (opened: ClientChannel) => void,
  ): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        // Where the connection is gone, ssh2 throws instead of calling back.
        if (this.failure !== undefined) return reject(this.failure);
        this.client.exec(line, (error, opened) => {
          if (error !== undefined) return reject(error);
          attend(opened);
          resolve();
        });
      });
    } catch (error) {
      if (this.failure !== undefined) throw this.failure;
      const isFull = typeof (error as { reason?: unknown }).reason === 'number';
      if (!isFull || tries <= 1 || isGivenUp()) throw error;
      if (this.channels.atWork > 1) this.channels.lower(this.channels.atWork - 1);
      await new Promise((resolve) => setTimeout(resolve, channelTryMs));
      await this.open(line, tries - (this.channels.atWork > 1 ? 0 : 1), isGivenUp, attend);
    }
  }

  private unanswered({ timeoutSec }: ChannelRequest, said: string): TransportError {
    const words = say(
      'sudo did not let the command begin within {0} s, it says: {1}; it asks for more than a password, or waits: look at its PAM rules on the host',
      timeoutSec,
      said.trim().slice(-300) || '-',
    );
    return new TransportError(this.host, 'timeout', words);
  }

  private withoutShell(out: Beginning, err: Beginning): HostError {
    const said = `${out.rest()}\n${err.rest()}`.trim().split('\n').slice(-3).join('\n').slice(-300);
    if (isExpired(said)) return new HostError(this.host, expired(this.target.user));
    const words = say(
      'the login shell of {0} runs no command, it says: {1}; log in as a user with a shell, and look at ForceCommand in its sshd_config',
      this.target.user,
      said === '' ? '-' : said,
    );
    return new HostError(this.host, words);
  }

  private refusal(request: ChannelRequest, cause: Error): TransportError {
    const words = say(
      'the host refuses to run {0}: {1}; look at MaxSessions and ForceCommand in its sshd_config',
      request.name,
      cause.message,
    );
    return new TransportError(this.host, 'refused', words, { cause });
  }

  /**
   * Ends what a command has started, since nobody waits for it any more: closing the channel alone leaves it running, and
   * sshd may not signal what runs as root. Whether it worked is seen by the next look at the host.
   */
  private end({ call, root }: ChannelRequest): void {
    if (call === '' || this.failure !== undefined) return;
    const request = { argv: ['sh', '-c', endScript, 'sh', call], root, timeoutSec: 20 };
    // The one who gave up has been told already, and this attempt changes nothing about what is known.
    this.run(request, undefined, () => {}).catch(() => {});
  }
}

interface ChannelRequest extends ExecRequest {
  readonly call: string;
  /** The program, for messages. */
  readonly name: string;
  /** Absent: the command runs as the user. */
  readonly sudo?: RootWay;
}

/** `begun` is false where sudo did not run the command. */
type ChannelResult = StreamResult & { readonly begun: boolean };

/** What sudo says to those whom no password helps. */
const mayNot = /not in the sudoers file|may not run sudo|not allowed to (?:run|execute)/;
const needsTerminal = /you must have a tty/;

function expired(user: string): Message {
  return say('the password of {0} has expired; log in to the host as {0}, change it, then try again', user);
}

const callVariable = 'HAVEN_CALL';
// The command line is looked at too: sudo, still at work to become root, carries the mark there and not yet around it.
// What was asked for a moment ago may not have begun, so a while is given to it. All are stopped first: a shell whose
// child is ended alone would go on with its next line. The brackets keep grep from finding itself.
const endScript = `seen=
for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  l=$(grep -ls "HAVEN[_]CALL=$1" /proc/[0-9]*/environ /proc/[0-9]*/cmdline | sed 's|/proc/\\([0-9]*\\)/.*|\\1|' | sort -u)
  if [ -n "$l" ]; then
    seen=1
    kill -STOP $l
    if [ "$round" -lt 12 ]; then kill -TERM $l; else kill -KILL $l; fi
    kill -CONT $l
  elif [ -n "$seen" ]; then break
  fi
  sleep 0.2
done 2>/dev/null
true`;

/** The last bytes of a stream, so that a host which floods it fills no memory. */
class Tail {
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly limit: number) {}

  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    while (this.bytes > this.limit && this.chunks.length > 1) this.bytes -= this.chunks.shift()?.length ?? 0;
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}

/** Closes a channel that nobody listens to any more. */
function abandon(channel: ClientChannel): void {
  channel.removeAllListeners();
  channel.on('error', () => {});
  channel.resume();
  channel.stderr.resume();
  channel.signal('TERM');
  channel.close();
}

/** Writes the standard input of a command, no faster than the host takes it. */
async function send(channel: ClientChannel, stdin: Content | undefined): Promise<void> {
  if (stdin === undefined || typeof stdin === 'string' || stdin instanceof Uint8Array) {
    channel.end(stdin);
    return;
  }
  for await (const chunk of stdin) {
    if (channel.destroyed || channel.writableEnded) return;
    if (!channel.write(chunk)) await drained(channel);
  }
  channel.end();
}

/** Until the host takes more, or nothing any more. Both listeners go: a long file would gather thousands. */
function drained(channel: ClientChannel): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      channel.off('drain', end).off('close', end);
      resolve();
    };
    channel.once('drain', end).once('close', end);
  });
}

/** The program of a request, for messages; its arguments may be long. */
function nameOf(request: ExecRequest): string {
  return request.argv.slice(0, 2).join(' ');
}
