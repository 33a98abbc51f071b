import type { Client, ClientChannel, ConnectConfig } from 'ssh2';
import { type Message, say } from '../../base/message';
import { TransportError, type TransportFailure } from '../transport';
import { authentication } from './authentication';
import { matchesHost } from './config';
import { decideKey, type HostKeyPolicy } from './host-key-policy';
import type { LendJump } from './jumps';
import { knownKeyTypes } from './known-hosts';
import { loadSsh2 } from './load-ssh2';
import { Patience } from './patience';
import { SshTransport } from './ssh-transport';
import type { SecretSource, SshTarget } from './target';

/** Where the user's configuration does not say: a host that hangs, or a firewall that drops, is found out within 40 s. */
const aliveIntervalSec = 10;
const aliveCountMax = 3;
/** A host gives up on a login after a while of its own (LoginGraceTime); a person may have needed longer than that. */
const longQuestionMs = 5000;

/**
 * Connects to a host, verifying its key before anything else is said. `ssh2` is loaded here, on the first connection. `lend`
 * gives connections to jump hosts that others use too; without it each host has its own.
 * @throws TransportError when the host cannot be reached, its key is not trusted, or no way of authentication works.
 */
export async function connectSsh(
  target: SshTarget,
  policy: HostKeyPolicy,
  secrets: SecretSource,
  signal?: AbortSignal,
  lend: LendJump = async (jump) => {
    const line = await connectSsh(jump, policy, secrets, signal);
    return { line, giveBack: () => line.close() };
  },
): Promise<SshTransport> {
  const jump = target.jump === undefined ? undefined : await lend(target.jump, signal);
  try {
    for (let isRepeated = false; ; isRepeated = true) {
      const sock = await jump?.line.openTunnel(target.address, target.port, target.connectTimeoutSec, signal);
      const attempt = await dial(target, policy, secrets, sock, signal);
      if ('client' in attempt) return new SshTransport(target, attempt.client, secrets, () => jump?.giveBack());
      // The answer came after the host had hung up: now that it is known, the second try needs no question.
      if (!isRepeated && attempt.askedMs > longQuestionMs && attempt.error.failure === 'unreachable') continue;
      throw attempt.error;
    }
  } catch (error) {
    jump?.giveBack();
    throw error;
  }
}

type Attempt = { readonly client: Client } | { readonly error: TransportError; readonly askedMs: number };

interface Refusal {
  readonly failure: TransportFailure;
  readonly message: Message;
}

async function dial(
  target: SshTarget,
  policy: HostKeyPolicy,
  secrets: SecretSource,
  sock: ClientChannel | undefined,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const { Client } = await loadSsh2();
  const call = new Call(target, new Client());
  const login = await authentication(target, secrets, call.patience, (cause) => {
    call.refusal = { failure: 'authentication', message: say('logging in failed: {0}', String(cause)) };
  });
  const known = () => [...(target.knownHosts ?? []), ...policy.known()];
  const asking: HostKeyPolicy = { known, accept: (shown) => call.patience.during(() => policy.accept(shown)) };
  const config: ConnectConfig = {
    host: target.address,
    port: target.port,
    username: target.user,
    // Ours stands still while a person is asked.
    readyTimeout: 0,
    keepaliveInterval: (target.aliveIntervalSec ?? aliveIntervalSec) * 1000,
    keepaliveCountMax: target.aliveCountMax ?? aliveCountMax,
    hostVerifier: keyCheck(call, asking),
    authHandler: login.handler,
    ...(sock !== undefined && { sock }),
    ...preferredKeyTypes(target, knownKeyTypes(known(), target)),
  };
  return call.make(config, login.tried, signal);
}

/**
 * Judges the key that is shown before anybody logs in. Where keys are exchanged anew later (RFC 4253 §9) it has to be the same
 * key, and that is said at once: what is sent while ssh2 waits for an answer there breaks the connection.
 */
function keyCheck(call: Call, policy: HostKeyPolicy) {
  let trusted: Buffer | undefined;
  return (key: Buffer, verify: (isTrusted: boolean) => void): void => {
    if (trusted !== undefined) {
      verify(key.equals(trusted));
      return;
    }
    const answer = (refusal: Refusal | undefined) => {
      call.refusal = refusal ?? call.refusal;
      if (refusal === undefined) trusted = Buffer.from(key);
      if (!call.isOver) verify(refusal === undefined);
    };
    decideKey(call.target, policy, key).then(
      (decision) => answer(decision.trusted ? undefined : decision),
      (error: unknown) => {
        const message = say('the host key could not be judged: {0}', String(error));
        answer({ failure: 'host-key-unknown', message });
      },
    );
  };
}

/** One try to connect and log in, which ends once. */
class Call {
  readonly patience: Patience;
  /** Why this side or the person does not go on: it counts more than what the connection says of its end. */
  refusal: Refusal | undefined;
  private end: ((attempt: Attempt) => void) | undefined;
  private over = false;

  constructor(
    readonly target: SshTarget,
    private readonly client: Client,
  ) {
    const { address, port, connectTimeoutSec } = target;
    const words = say(
      'no SSH login at {0} port {1} within {2} s; is it an SSH server, and does a firewall let you through?',
      address,
      port,
      connectTimeoutSec,
    );
    this.patience = new Patience(connectTimeoutSec * 1000, () => this.fail('timeout', words));
  }

  get isOver(): boolean {
    return this.over;
  }

  make(config: ConnectConfig, tried: readonly string[], signal: AbortSignal | undefined): Promise<Attempt> {
    const { client, target } = this;
    return new Promise((resolve) => {
      const cancel = () => this.fail('cancelled', say('connecting was cancelled'));
      this.end = (attempt) => {
        this.patience.end();
        signal?.removeEventListener('abort', cancel);
        resolve(attempt);
      };
      if (signal?.aborted === true) return cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      client.once('ready', () => {
        client.removeAllListeners('error');
        client.removeAllListeners('close');
        this.end?.({ client });
      });
      client.on('error', (error: Error & { level?: string }) => {
        // An agent that fails is passed over; the next way of logging in follows.
        if (error.level === 'agent') return;
        const { failure, message } = this.refusal ?? refusalOf(error, target, tried);
        this.fail(failure, message, error);
      });
      client.once('close', () => {
        const words = say(
          '{0} port {1} closed the connection before it was ready; look into the log of its sshd',
          target.address,
          target.port,
        );
        const { failure, message } = this.refusal ?? { failure: 'unreachable', message: words };
        this.fail(failure, message);
      });
      client.connect(config);
    });
  }

  private fail(failure: TransportFailure, message: Message, cause?: unknown): void {
    const { client, target, patience } = this;
    this.over = true;
    client.removeAllListeners();
    // A late error of a connection that is given up has nobody left to tell.
    client.on('error', () => {});
    client.destroy();
    const error = new TransportError(target.name, failure, message, { cause });
    const end = () => this.end?.({ error, askedMs: patience.askedMs });
    // The host hung up while a person was still thinking: the answer is waited for, since the next try can use it.
    if (failure === 'cancelled') end();
    else void patience.answered().then(end);
  }
}

/** What an error of the connection means before it is ready. */
function refusalOf(error: Error & { level?: string }, target: SshTarget, tried: readonly string[]): Refusal {
  if (error.level === 'client-authentication')
    return { failure: 'authentication', message: authenticationMessage(target, tried) };
  if (/too many authentication failures/i.test(error.message)) {
    const message = say(
      '{0} offered more keys than the host lets anybody try ({1}); name the right one with IdentityFile and IdentitiesOnly in ~/.ssh/config',
      target.user,
      tried.join(', '),
    );
    return { failure: 'authentication', message };
  }
  const message = say('cannot connect to {0} port {1}: {2}', target.address, target.port, error.message);
  return { failure: 'unreachable', message };
}

function authenticationMessage(target: SshTarget, tried: readonly string[]): Message {
  if (target.certificates !== undefined) {
    return say(
      '{0} could not log in (tried: {1}); Haven does not offer certificates ({2}): add the plain public key to authorized_keys on the host',
      target.user,
      tried.join(', ') || '-',
      target.certificates.join(', '),
    );
  }
  if (tried.length === 0) {
    return say(
      '{0} could not log in (no key was found); check the user name, or add a public key to authorized_keys on the host',
      target.user,
    );
  }
  return say(
    '{0} could not log in (tried: {1}); check the user name, or add the public key to authorized_keys on the host',
    target.user,
    tried.join(', '),
  );
}

const hostKeyAlgorithms: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/**
 * The kinds that HostKeyAlgorithms asks for. Else the known ones come first: a host with several would show one that
 * nobody has seen.
 */
function preferredKeyTypes(
  { hostKeyAlgorithms: wanted }: SshTarget,
  known: readonly string[],
): Pick<ConnectConfig, 'algorithms'> {
  const all = Object.values(hostKeyAlgorithms).flat();
  const isList = wanted !== undefined && !/^[+^-]/.test(wanted);
  const first = isList ? [] : known.flatMap((type) => hostKeyAlgorithms[type] ?? []);
  const named = wanted === undefined ? [] : wanted.replace(/^[+^-]/, '').split(',');
  const meant = named.flatMap((pattern) => all.filter((each) => matchesHost(each, [pattern], true)));
  const usual = wanted?.startsWith('-') === true ? all.filter((each) => !meant.includes(each)) : all;
  // Where Haven knows none of the list, as with certificates alone, all are taken: the key itself is verified anyway.
  const asked = isList && meant.length > 0 ? meant : wanted?.startsWith('^') === true ? [...meant, ...usual] : usual;
  const serverHostKey = [...new Set([...first.filter((each) => asked.includes(each)), ...asked])];
  return { algorithms: { serverHostKey: serverHostKey as never } };
}
