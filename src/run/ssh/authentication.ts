import { createPrivateKey } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { AnyAuthMethod, BaseAgent, ConnectConfig, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2';
import type { Secret } from '../../base/secret';
import { loadSsh2 } from './load-ssh2';
import type { Patience } from './patience';
import type { Asking, PrivateKeyFile, SecretSource, SshTarget } from './target';

/** An agent that does not answer is a stale socket, not a reason to wait. */
const agentTimeoutMs = 2000;
/** As often as OpenSSH asks (NumberOfPasswordPrompts). */
export const passwordTries = 3;
/** A host may ask for more in a row, but not for ever. */
const mostPrompts = 20;

interface Way {
  /** The word of RFC 4252 that the host must allow for it. */
  readonly needs: 'none' | 'publickey' | 'password' | 'keyboard-interactive';
  make(): Promise<AnyAuthMethod | undefined>;
}

interface Authentication {
  readonly handler: ConnectConfig['authHandler'];
  /** What was offered to the host, for the message when it takes none. */
  readonly tried: readonly string[];
}

/**
 * Agent, key files, password, questions of the host: in this order, as far as the host allows them. A person is asked
 * only for what the host allows.
 */
export async function authentication(
  target: SshTarget,
  secrets: SecretSource,
  patience: Patience,
  onError: (cause: unknown) => void,
): Promise<Authentication> {
  const username = target.user;
  const tried: string[] = [];
  // The first request asks what the host allows, as OpenSSH does; a host may also let everybody in.
  const ways: Way[] = [{ needs: 'none', make: async () => ({ type: 'none', username }) }];
  const { agentSocket } = target;
  /** What the agent has signed with or could have: the host need not be shown the same key twice. */
  const offered: Buffer[] = [];
  if (agentSocket !== undefined) {
    const make = async (): Promise<AnyAuthMethod | undefined> => {
      const agent = await agentWith(agentSocket, target, patience, offered);
      if (agent === undefined) return undefined;
      tried.push('ssh-agent');
      return { type: 'agent', username, agent };
    };
    ways.push({ needs: 'publickey', make });
  }
  for (const key of target.privateKeys) {
    const make = async () => {
      const [known] = await publicKeysOf([key]);
      if (known !== undefined && offered.some((each) => each.equals(known))) return undefined;
      const method = await keyMethod(username, key, secrets, patience);
      if (method !== undefined) tried.push(key.path);
      return method;
    };
    ways.push({ needs: 'publickey', make });
  }
  let wantsPassword = true;
  let last: Secret | undefined;
  for (let i = 0; i < passwordTries; i++) {
    const make = async (): Promise<AnyAuthMethod | undefined> => {
      if (!wantsPassword) return undefined;
      const password = await patience.during(() => secrets.password(target.name, username, askingAfter(last)));
      last = password;
      wantsPassword = password !== undefined;
      if (wantsPassword && i === 0) tried.push('password');
      return password === undefined ? undefined : { type: 'password', username, password: password.reveal() };
    };
    ways.push({ needs: 'password', make });
  }
  let wantsAnswers = true;
  let prompted = 0;
  const answers: AnyAuthMethod = {
    type: 'keyboard-interactive',
    username,
    prompt: (name, instructions, _language, prompts, finish) => {
      const ask = async () => {
        const given: string[] = [];
        // One after another: the second often depends on what the first was.
        for (const [index, { prompt }] of prompts.entries()) {
          const words = index === 0 ? [name, instructions, prompt] : [prompt];
          wantsAnswers &&= ++prompted <= mostPrompts;
          const answer = wantsAnswers
            ? await patience.during(() => secrets.answer(target.name, words.map(printable).filter(Boolean).join(' ')))
            : undefined;
          wantsAnswers &&= answer !== undefined;
          given.push(answer?.reveal() ?? '');
        }
        return given;
      };
      ask().then(finish, (cause: unknown) => {
        onError(cause);
        finish([]);
      });
    },
  };
  const addAnswers = () => {
    for (let i = 0; i < passwordTries; i++)
      ways.push({ needs: 'keyboard-interactive', make: async () => (wantsAnswers ? answers : undefined) });
  };
  addAnswers();

  const handler: ConnectConfig['authHandler'] = (allowed, partial, callback) => {
    // What was answered was right, and more is asked.
    if (partial === true) addAnswers();
    const step = async (): Promise<AnyAuthMethod | false> => {
      for (;;) {
        // What a host does not allow yet it may want later: one that asks for a key after a password (AuthenticationMethods).
        // Before the first answer it has not said what it allows.
        const next = ways.findIndex(
          (way) => !Array.isArray(allowed) || (allowed as readonly string[]).includes(way.needs),
        );
        const [way] = next < 0 ? [] : ways.splice(next, 1);
        if (way === undefined) return false;
        const made = await way.make();
        if (made !== undefined) return made;
      }
    };
    // The types of ssh2 leave out `false`, which its documentation gives as the word for "nothing left to try".
    const give = callback as (method: AnyAuthMethod | false) => void;
    step().then(give, (cause: unknown) => {
      onError(cause);
      give(false);
    });
  };
  return { handler, tried };
}

/** How a question is put after the answer `last`, which was wrong. */
export function askingAfter(last: Secret | undefined): Asking {
  return last === undefined ? { again: false } : { again: true, rejected: last };
}

/** What a host asks is shown to a person, in a terminal too: nothing in it may move the cursor or hide words. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/**
 * The agent with the keys that may be offered, which are written to `offered`; undefined where nobody answers on its socket
 * or it has none of them.
 */
async function agentWith(
  socket: string,
  target: SshTarget,
  patience: Patience,
  offered: Buffer[],
): Promise<BaseAgent | undefined> {
  const { BaseAgent, createAgent } = await loadSsh2();
  const agent = createAgent(socket);
  const all = await identitiesOf(agent);
  const files = await publicKeysOf(target.privateKeys);
  const isNamed = (key: ParsedKey) => files.some((each) => each.equals(key.getPublicSSH()));
  // Those that files name come first, as with OpenSSH: a host takes few tries, and an agent may hold many keys.
  const others = target.onlyNamedKeys === true ? [] : all.filter((key) => !isNamed(key));
  const keys = [...all.filter(isNamed), ...others];
  if (keys.length === 0) return undefined;
  offered.push(...keys.map((key) => key.getPublicSSH()));

  class OfferedKeys extends BaseAgent<ParsedKey> {
    override getIdentities(give: (error?: Error | null, keys?: ParsedKey[]) => void): void {
      give(null, keys);
    }

    override sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, done?: SignCallback) {
      const [settings, give] = typeof options === 'function' ? [{}, options] : [options, done];
      const sign = () =>
        new Promise<void>((resolve) => {
          agent.sign(key, data, settings, (error, signature) => {
            resolve();
            // An agent that does not sign with it leaves the key to its file.
            const at = error ? offered.findIndex((each) => each.equals(key.getPublicSSH())) : -1;
            if (at >= 0) offered.splice(at, 1);
            give?.(error, signature);
          });
        });
      // The agent may ask the person itself, or wait for a touch of a hardware key.
      void patience.during(sign);
    }
  }
  return new OfferedKeys() as BaseAgent;
}

/** What the agent holds; nothing where it does not answer, which is not the host's fault. */
async function identitiesOf(agent: BaseAgent): Promise<ParsedKey[]> {
  const { AgentProtocol } = await loadSsh2();
  let stream: Duplex | undefined;
  const keys = await new Promise<ParsedKey[]>((resolve) => {
    const timer = setTimeout(() => resolve([]), agentTimeoutMs);
    const give = (error?: Error | null, found?: readonly unknown[]) => {
      clearTimeout(timer);
      // OpenSSH's agent gives parsed keys; ssh2's type allows for agents of one's own that do not.
      resolve(error ? [] : ((found ?? []) as ParsedKey[]));
    };
    // Pageant on Windows is no stream.
    if (agent.getStream === undefined) return agent.getIdentities(give);
    agent.getStream((error, opened) => {
      if (error || opened === undefined) return give(error ?? new Error('no stream'));
      stream = opened;
      const protocol = new AgentProtocol(true);
      protocol.on('error', give);
      stream.on('error', give).on('close', () => give(new Error('closed')));
      protocol.pipe(stream).pipe(protocol);
      protocol.getIdentities(give);
    });
  });
  // A mute agent would keep its connection, and a command line its process, for ever.
  stream?.destroy();
  return keys;
}

async function publicKeysOf(files: readonly PrivateKeyFile[]): Promise<Buffer[]> {
  const { utils } = await loadSsh2();
  return files.flatMap(({ content, publicLine }) => {
    const parsed = utils.parseKey(publicLine ?? readable(content) ?? content);
    return parsed instanceof Error ? [] : [parsed.getPublicSSH()];
  });
}

async function keyMethod(
  username: string,
  key: PrivateKeyFile,
  secrets: SecretSource,
  patience: Patience,
): Promise<AnyAuthMethod | undefined> {
  const { utils } = await loadSsh2();
  // A parsed key is handed on as it is: to unlock one twice would take seconds twice (bcrypt in JavaScript).
  const method = (parsed: ParsedKey): AnyAuthMethod => ({ type: 'publickey', username, key: parsed });
  const open = utils.parseKey(readable(key.content) ?? key.content);
  // A public key names one of the agent's; by itself it opens nothing.
  if (!(open instanceof Error)) return open.isPrivateKey() ? method(open) : undefined;
  if (!/encrypted|passphrase/i.test(open.message) && !isLocked(key.content)) return undefined;
  let last: Secret | undefined;
  for (let i = 0; i < passwordTries; i++) {
    const passphrase = await patience.during(() => secrets.passphrase(key.path, askingAfter(last)));
    if (passphrase === undefined) return undefined;
    last = passphrase;
    const words = passphrase.reveal();
    const unlocked = utils.parseKey(readable(key.content, words) ?? key.content, words);
    if (!(unlocked instanceof Error)) return method(unlocked);
  }
  return undefined;
}

/** PKCS#8 (RFC 5958), as `ssh-keygen -m PKCS8` and openssl write: ssh2 does not read it. */
const pkcs8 = /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/;

function isLocked(content: Buffer): boolean {
  return pkcs8.exec(content.toString('latin1'))?.[1] !== undefined;
}

/** A key of PKCS#8 in an older form that ssh2 reads; undefined for all others, and for one that stays locked. */
function readable(content: Buffer, passphrase?: string): string | Buffer | undefined {
  if (!pkcs8.test(content.toString('latin1')) || (isLocked(content) && passphrase === undefined)) return undefined;
  try {
    const key = createPrivateKey({ key: content, ...(passphrase !== undefined && { passphrase }) });
    if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' });
    return key.asymmetricKeyType === 'ec' ? key.export({ type: 'sec1', format: 'pem' }) : undefined;
  } catch {
    return undefined;
  }
}
