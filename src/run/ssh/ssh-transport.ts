import type { AnyAuthMethod, Client, ClientChannel, ConnectConfig } from 'ssh2';
import { type Message, say } from '../../base/message';
import type { Secret } from '../../base/secret';
import { commandLine } from '../../base/shell';
import type { ExecResult } from '../../ops/command';
import {
  type Content,
  type ExecRequest,
  HostError,
  type StreamResult,
  type Transport,
  TransportError,
  type TransportFailure,
} from '../transport';
import { decideKey, type HostKeyPolicy } from './host-key-policy';
import { knownKeyTypes } from './known-hosts';
import { loadSsh2 } from './load-ssh2';

/** A private key as it lies in a file. */
export interface PrivateKeyFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Where and as whom to connect. Everything is decided: configuration files are read before. */
export interface SshTarget {
  /** The name the user knows the host by. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The name under which its key is looked up (HostKeyAlias), when it is not the address. */
  readonly hostKeyName?: string;
  readonly agentSocket?: string;
  readonly privateKeys: readonly PrivateKeyFile[];
  readonly connectTimeoutSec: number;
  /** The host to go through, as `ssh -J` does. Its key is verified under its own name. */
  readonly jump?: SshTarget;
}

/** Asks a person. Undefined means that there is nobody to ask, or no answer. */
export interface SecretSource {
  password(host: string, user: string): Promise<Secret | undefined>;
  passphrase(keyPath: string): Promise<Secret | undefined>;
  /** A question that the host itself asks (keyboard-interactive). */
  answer(host: string, prompt: string): Promise<Secret | undefined>;
  sudoPassword(host: string, user: string): Promise<Secret | undefined>;
}

/** How much of a command's output is kept; what a host sends beyond is a fault of its own and ends the command. */
const maxOutputBytes = 64 * 1024 * 1024;
const keepaliveMs = 10_000;

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
    const sock = await throughJump?.openTunnel(target.address, target.port);
    const client = await connectClient(target, policy, secrets, sock, signal);
    return new SshTransport(target, client, secrets, throughJump);
  } catch (error) {
    throughJump?.close();
    throw error;
  }
}

async function connectClient(
  target: SshTarget,
  policy: HostKeyPolicy,
  secrets: SecretSource,
  sock: ClientChannel | undefined,
  signal: AbortSignal | undefined,
): Promise<Client> {
  const { Client } = await loadSsh2();
  const client = new Client();
  const keyName = target.hostKeyName ?? target.address;
  let refusal: { readonly failure: TransportFailure; readonly message: Message } | undefined;

  const config: ConnectConfig = {
    host: target.address,
    port: target.port,
    username: target.user,
    readyTimeout: target.connectTimeoutSec * 1000,
    keepaliveInterval: keepaliveMs,
    keepaliveCountMax: 3,
    hostVerifier: (key: Buffer, verify: (trusted: boolean) => void) => {
      decideKey(policy, keyName, target.port, key).then(
        (decision) => {
          if (!decision.trusted) refusal = decision;
          verify(decision.trusted);
        },
        (error: unknown) => {
          refusal = {
            failure: 'host-key-unknown',
            message: say('the host key could not be judged: {0}', String(error)),
          };
          verify(false);
        },
      );
    },
    authHandler: authentication(target, secrets, (cause) => {
      refusal = { failure: 'authentication', message: say('logging in failed: {0}', String(cause)) };
    }),
    ...(sock !== undefined && { sock }),
    ...preferredKeyTypes(knownKeyTypes(policy.known(), keyName, target.port)),
  };

  return new Promise((resolve, reject) => {
    const give = (failure: TransportFailure, message: Message, cause?: unknown) => {
      signal?.removeEventListener('abort', cancel);
      client.removeAllListeners();
      // A late error of a connection that is given up has nobody left to tell.
      client.on('error', () => {});
      client.end();
      reject(new TransportError(target.name, failure, message, { cause }));
    };
    const cancel = () => give('cancelled', say('connecting was cancelled'));
    if (signal?.aborted === true) return cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    client.once('ready', () => {
      signal?.removeEventListener('abort', cancel);
      resolve(client);
    });
    client.once('error', (error: Error & { level?: string }) => {
      if (refusal !== undefined) give(refusal.failure, refusal.message, error);
      else if (error.level === 'client-authentication') give('authentication', authenticationMessage(target), error);
      else if (error.level === 'client-timeout') {
        give(
          'timeout',
          say(
            'no SSH greeting from {0} port {1} within {2} s; is it an SSH server, and does a firewall let you through?',
            target.address,
            target.port,
            target.connectTimeoutSec,
          ),
          error,
        );
      } else
        give(
          'unreachable',
          say('cannot connect to {0} port {1}: {2}', target.address, target.port, error.message),
          error,
        );
    });
    client.once('close', () =>
      give(
        'unreachable',
        say(
          '{0} port {1} closed the connection before it was ready; look into the log of its sshd',
          target.address,
          target.port,
        ),
      ),
    );
    client.connect(config);
  });
}

function authenticationMessage(target: SshTarget): Message {
  const tried = [
    ...(target.agentSocket === undefined ? [] : ['the SSH agent']),
    ...target.privateKeys.map((each) => each.path),
  ];
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

/** Agent, key files, password, questions of the host: each once, in this order, as far as the host allows them. */
function authentication(
  target: SshTarget,
  secrets: SecretSource,
  onError: (cause: unknown) => void,
): ConnectConfig['authHandler'] {
  const username = target.user;
  const methods: (() => Promise<AnyAuthMethod | undefined>)[] = [];
  // The first request asks what the host allows, as OpenSSH does; a host may also let everybody in.
  methods.push(async () => ({ type: 'none', username }));
  const { agentSocket } = target;
  if (agentSocket !== undefined) methods.push(async () => ({ type: 'agent', username, agent: agentSocket }));
  for (const key of target.privateKeys) methods.push(() => keyMethod(username, key, secrets));
  methods.push(async () => {
    const password = await secrets.password(target.name, username);
    return password === undefined ? undefined : { type: 'password', username, password: password.reveal() };
  });
  methods.push(async () => ({
    type: 'keyboard-interactive',
    username,
    prompt: (_name, _instructions, _language, prompts, finish) => {
      Promise.all(prompts.map((each) => secrets.answer(target.name, each.prompt))).then(
        (answers) => finish(answers.map((each) => each?.reveal() ?? '')),
        () => finish([]),
      );
    },
  }));

  let next = 0;
  return (allowed, _partial, callback) => {
    const step = async (): Promise<AnyAuthMethod | false> => {
      for (let method = methods[next++]; method !== undefined; method = methods[next++]) {
        const made = await method();
        if (made === undefined) continue;
        const needs = made.type === 'agent' ? 'publickey' : made.type;
        // Before the first answer the host has not said what it allows.
        if (!Array.isArray(allowed) || allowed.includes(needs)) return made;
      }
      return false;
    };
    // The types of ssh2 leave out `false`, which its documentation gives as the word for "nothing left to try".
    const give = callback as (method: AnyAuthMethod | false) => void;
    step().then(give, (cause: unknown) => {
      onError(cause);
      give(false);
    });
  };
}

async function keyMethod(
  username: string,
  key: PrivateKeyFile,
  secrets: SecretSource,
): Promise<AnyAuthMethod | undefined> {
  const { utils } = await loadSsh2();
  const parsed = utils.parseKey(key.content);
  if (!(parsed instanceof Error)) return { type: 'publickey', username, key: key.content };
  if (!/encrypted|passphrase/i.test(parsed.message)) return undefined;
  const passphrase = await secrets.passphrase(key.path);
  if (passphrase === undefined) return undefined;
  if (utils.parseKey(key.content, passphrase.reveal()) instanceof Error) return undefined;
  return { type: 'publickey', username, key: key.content, passphrase: passphrase.reveal() };
}

const hostKeyAlgorithms: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/** Asks for the keys that are known first: else a host with several would show one that nobody has seen. */
function preferredKeyTypes(known: readonly string[]): Pick<ConnectConfig, 'algorithms'> {
  const all = Object.values(hostKeyAlgorithms).flat();
  const first = known.flatMap((type) => hostKeyAlgorithms[type] ?? []);
  const serverHostKey = [...new Set([...first, ...all])];
  return { algorithms: { serverHostKey: serverHostKey as never } };
}

/** One connection to one host, shared by all commands; each command has a channel of its own. */
export class SshTransport implements Transport {
  private failure: TransportError | undefined;
  private sudo: Promise<Secret | undefined> | undefined;
  private readonly running = new Set<(error: TransportError) => void>();

  constructor(
    private readonly target: SshTarget,
    private readonly client: Client,
    private readonly secrets: SecretSource,
    private readonly jump: SshTransport | undefined,
  ) {
    const lost = (cause?: unknown) => {
      this.failure ??= new TransportError(this.host, 'lost', say('the connection is lost'), { cause });
      for (const fail of [...this.running]) fail(this.failure);
    };
    client.on('error', lost);
    client.on('close', () => lost());
  }

  get host(): string {
    return this.target.name;
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

  /** A stream to `address:port` as the host sees it. */
  openTunnel(address: string, port: number): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      this.client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
        if (error === undefined) resolve(channel);
        else {
          const words = say('cannot reach {0} port {1} from there: {2}', address, port, error.message);
          reject(new TransportError(this.host, 'unreachable', words, { cause: error }));
        }
      });
    });
  }

  close(): void {
    this.client.end();
    this.jump?.close();
  }

  private async run(
    request: ExecRequest,
    signal: AbortSignal | undefined,
    onStdout: (chunk: Buffer) => void | Promise<void>,
  ): Promise<StreamResult> {
    const { argv, password } = await this.asUser(request, signal);
    if (this.failure !== undefined) throw this.failure;
    return new Promise((resolve, reject) => {
      let channel: ClientChannel | undefined;
      let code: number | null = null;
      let handling: Promise<void> = Promise.resolve();
      const stderr: Buffer[] = [];
      const finish = (act: () => void) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
        this.running.delete(fail);
        act();
      };
      const fail = (error: Error) => {
        finish(() => reject(error));
        channel?.removeAllListeners();
        channel?.on('error', () => {});
        channel?.close();
      };
      const cancel = () =>
        fail(new TransportError(this.host, 'cancelled', say('cancelled while {0} was running', nameOf(request))));
      const timer = setTimeout(() => {
        const words = say(
          '{0} did not end within {1} s; nobody knows whether it took effect',
          nameOf(request),
          request.timeoutSec,
        );
        fail(new TransportError(this.host, 'timeout', words));
      }, request.timeoutSec * 1000);
      this.running.add(fail);
      if (signal?.aborted === true) return cancel();
      signal?.addEventListener('abort', cancel, { once: true });

      this.client.exec(commandLine(argv), (error, opened) => {
        if (error !== undefined) {
          const words = say('the host refuses to run {0}: {1}', nameOf(request), error.message);
          return fail(new TransportError(this.host, 'refused', words, { cause: error }));
        }
        channel = opened;
        const refuse = (cause: unknown) => {
          const words = say('the output of {0} cannot be taken: {1}', nameOf(request), String(cause));
          fail(new TransportError(this.host, 'refused', words, { cause }));
        };
        opened.on('data', (chunk: Buffer) => {
          opened.pause();
          handling = handling.then(() => onStdout(chunk)).then(() => void opened.resume(), refuse);
        });
        opened.stderr.on('data', (chunk: Buffer) => {
          if (stderr.length < 1000) stderr.push(chunk);
        });
        opened.on('exit', (status: number | null) => {
          code = status;
        });
        opened.on('close', () => {
          void handling.then(() => finish(() => resolve({ code, stderr: Buffer.concat(stderr).toString('utf8') })));
        });
        opened.on('error', (cause: Error) =>
          fail(new TransportError(this.host, 'lost', say('the channel broke'), { cause })),
        );
        void send(opened, password, request.stdin).catch(refuse);
      });
    });
  }

  /** The words that run the request as root when it asks for it: through sudo unless the user is root. */
  private async asUser(
    request: ExecRequest,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly argv: string[]; readonly password?: Secret }> {
    const argv = ['env', 'LC_ALL=C', ...request.argv];
    if (!request.root || this.target.user === 'root') return { argv };
    this.sudo ??= this.findSudoPassword(signal);
    const password = await this.sudo.catch((error: unknown) => {
      this.sudo = undefined;
      throw error;
    });
    if (password === undefined) return { argv: ['sudo', '-n', '--', ...argv] };
    return { argv: ['sudo', '-S', '-k', '-p', '', '--', ...argv], password };
  }

  /** Undefined where sudo asks for none. */
  private async findSudoPassword(signal: AbortSignal | undefined): Promise<Secret | undefined> {
    const quiet = await this.exec({ argv: ['sudo', '-n', 'true'], root: false, timeoutSec: 20 }, signal);
    if (quiet.code === 0) return undefined;
    if (/not found/.test(quiet.stderr))
      throw new HostError(this.host, say('sudo is not installed, and {0} is not root', this.target.user));
    const password = await this.secrets.sudoPassword(this.host, this.target.user);
    if (password === undefined) {
      const words = say('sudo asks {0} for a password, and none was given', this.target.user);
      throw new TransportError(this.host, 'authentication', words);
    }
    const tried = await this.exec(
      { argv: ['sudo', '-S', '-k', '-p', '', 'true'], root: false, timeoutSec: 20, stdin: `${password.reveal()}\n` },
      signal,
    );
    if (tried.code === 0) return password;
    const words = say('sudo does not take the password of {0}, or does not allow {0} to become root', this.target.user);
    throw new TransportError(this.host, 'authentication', words);
  }
}

/** Writes the standard input of a command, no faster than the host takes it. */
async function send(channel: ClientChannel, password: Secret | undefined, stdin: Content | undefined): Promise<void> {
  if (password !== undefined) channel.write(`${password.reveal()}\n`);
  if (stdin === undefined || typeof stdin === 'string' || stdin instanceof Uint8Array) {
    channel.end(stdin);
    return;
  }
  for await (const chunk of stdin) {
    if (channel.destroyed || channel.writableEnded) return;
    if (!channel.write(chunk))
      await new Promise<void>((resolve) => channel.once('drain', resolve).once('close', resolve));
  }
  channel.end();
}

/** The program of a request, for messages; its arguments may be long. */
function nameOf(request: ExecRequest): string {
  return request.argv.slice(0, 2).join(' ');
}
