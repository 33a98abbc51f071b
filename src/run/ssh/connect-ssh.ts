import type { Client, ClientChannel, ConnectConfig } from 'ssh2';
import { type Message, say } from '../../base/message';
import { TransportError, type TransportFailure } from '../transport';
import { authentication } from './authentication';
import { matchesHost } from './config';
import { decideKey, type HostKeyPolicy } from './host-key-policy';
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
 * Connects to a host, verifying its key before anything else is said. `ssh2` is loaded here, on the first connection.
 * @throws TransportError when the host cannot be reached, its key is not trusted, or no way of authentication works.
 */
export async function connectSsh(
  target: SshTarget,
  policy: HostKeyPolicy,
  secrets: SecretSource,
  signal?: AbortSignal,
): Promise<SshTransport> {
  const throughJump = target.jump === undefined ? undefined : await connectSsh(target.jump, policy, secrets, signal);
  try {
    for (let isRepeated = false; ; isRepeated = true) {
      const sock = await throughJump?.openTunnel(target.address, target.port, target.connectTimeoutSec, signal);
      const attempt = await dial(target, policy, secrets, sock, signal);
      if ('client' in attempt) return new SshTransport(target, attempt.client, secrets, throughJump);
      // The answer came after the host had hung up: now that it is known, the second try needs no question.
      if (!isRepeated && attempt.askedMs > longQuestionMs && attempt.error.failure === 'unreachable') continue;
      throw attempt.error;
    }
  } catch (error) {
    throughJump?.close();
    throw error;
  }
}

type Attempt = { readonly client: Client } | { readonly error: TransportError; readonly askedMs: number };

async function dial(
  target: SshTarget,
  policy: HostKeyPolicy,
  secrets: SecretSource,
  sock: ClientChannel | undefined,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const { Client } = await loadSsh2();
  const client = new Client();
  const { address, port } = target;
  let refusal: { readonly failure: TransportFailure; readonly message: Message } | undefined;
  let over = () => {};
  let isOver = false;
  const patience = new Patience(target.connectTimeoutSec * 1000, () => over());
  const known = () => [...(target.knownHosts ?? []), ...policy.known()];

  const login = await authentication(target, secrets, patience, (cause) => {
    refusal = { failure: 'authentication', message: say('logging in failed: {0}', String(cause)) };
  });
  const config: ConnectConfig = {
    host: address,
    port,
    username: target.user,
    // Ours stands still while a person is asked.
    readyTimeout: 0,
    keepaliveInterval: (target.aliveIntervalSec ?? aliveIntervalSec) * 1000,
    keepaliveCountMax: target.aliveCountMax ?? aliveCountMax,
    hostVerifier: (key: Buffer, verify: (trusted: boolean) => void) => {
      const asking: HostKeyPolicy = { known, accept: (shown) => patience.during(() => policy.accept(shown)) };
      decideKey(target, asking, key).then(
        (decision) => {
          if (!decision.trusted) refusal = decision;
          if (!isOver) verify(decision.trusted);
        },
        (error: unknown) => {
          const message = say('the host key could not be judged: {0}', String(error));
          refusal = { failure: 'host-key-unknown', message };
          if (!isOver) verify(false);
        },
      );
    },
    authHandler: login.handler,
    ...(sock !== undefined && { sock }),
    ...preferredKeyTypes(target, knownKeyTypes(known(), target)),
  };

  return new Promise((resolve) => {
    const settle = (attempt: Attempt) => {
      patience.end();
      signal?.removeEventListener('abort', cancel);
      resolve(attempt);
    };
    const give = (failure: TransportFailure, message: Message, cause?: unknown) => {
      isOver = true;
      client.removeAllListeners();
      // A late error of a connection that is given up has nobody left to tell.
      client.on('error', () => {});
      client.destroy();
      const error = new TransportError(target.name, failure, message, { cause });
      if (failure === 'cancelled') return settle({ error, askedMs: patience.askedMs });
      // The host hung up while a person was still thinking: the answer is waited for, since the next try can use it.
      void patience.answered().then(() => settle({ error, askedMs: patience.askedMs }));
    };
    const cancel = () => give('cancelled', say('connecting was cancelled'));
    over = () =>
      give(
        'timeout',
        say(
          'no SSH login at {0} port {1} within {2} s; is it an SSH server, and does a firewall let you through?',
          address,
          port,
          target.connectTimeoutSec,
        ),
      );
    if (signal?.aborted === true) return cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    client.once('ready', () => {
      client.removeAllListeners('error');
      client.removeAllListeners('close');
      settle({ client });
    });
    client.on('error', (error: Error & { level?: string }) => {
      // An agent that fails is passed over; the next way of logging in follows.
      if (error.level === 'agent') return;
      if (refusal !== undefined) give(refusal.failure, refusal.message, error);
      else if (error.level === 'client-authentication')
        give('authentication', authenticationMessage(target, login.tried), error);
      else if (/too many authentication failures/i.test(error.message)) {
        const words = say(
          '{0} offered more keys than the host lets anybody try ({1}); name the right one with IdentityFile and IdentitiesOnly in ~/.ssh/config',
          target.user,
          login.tried.join(', '),
        );
        give('authentication', words, error);
      } else give('unreachable', say('cannot connect to {0} port {1}: {2}', address, port, error.message), error);
    });
    client.once('close', () => {
      if (refusal !== undefined) give(refusal.failure, refusal.message);
      else {
        const words = say(
          '{0} port {1} closed the connection before it was ready; look into the log of its sshd',
          address,
          port,
        );
        give('unreachable', words);
      }
    });
    client.connect(config);
  });
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
