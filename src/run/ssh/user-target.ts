import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { say } from '../../base/message';
import type { HostNode } from '../../ops/host';
import { TransportError } from '../transport';
import { type HostSettings, settingsFor, wildcard } from './config';
import { type KnownHost, parseKnownHosts } from './known-hosts';
import type { PrivateKeyFile, SshTarget } from './target';

/** What is read of the person at the keyboard: OpenSSH's own places, or others in a test. */
export interface UserFiles {
  /** The `.ssh` folder. */
  readonly folder: string;
  /** Where the machine's own `ssh_config` and `ssh_known_hosts` are; absent means that there are none. */
  readonly systemFolder?: string;
  readonly agentSocket?: string;
}

export function userFiles(): UserFiles {
  const agentSocket = process.env.SSH_AUTH_SOCK;
  return {
    folder: join(homedir(), '.ssh'),
    systemFolder: '/etc/ssh',
    ...(agentSocket === undefined ? {} : { agentSocket }),
  };
}

/** OpenSSH's order. */
const defaultKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const defaultTimeoutSec = 10;
const mostJumps = 4;

/**
 * How to reach a node: the inventory decides about user, port and jump host, everything else comes from the user's
 * `~/.ssh/config` and then the machine's, where the node is known by its address or by its name.
 * @throws TransportError where the configuration asks for a program to connect through, which Haven never runs
 */
export async function userTarget(
  node: Pick<HostNode, 'name' | 'address' | 'ssh'>,
  files: UserFiles,
): Promise<SshTarget> {
  const system = (name: string) => (files.systemFolder === undefined ? [] : [join(files.systemFolder, name)]);
  const configs: { readonly text: string; readonly included: Map<string, readonly string[]> }[] = [];
  for (const path of [join(files.folder, 'config'), ...system('ssh_config')]) {
    const text = await textOf(path);
    configs.push({ text, included: await includedFiles(text, dirname(path)) });
  }
  return resolve(node.name, node.address, node.ssh, 0);

  /** The user's file before the machine's: what the first one says counts. */
  function settingsOf(names: readonly string[]): HostSettings {
    const [own = { identityFiles: [] }, machine = { identityFiles: [] }] = configs.map(({ text, included }) =>
      settingsFor(names, text, (pattern) => included.get(pattern) ?? []),
    );
    const identityFiles = [...new Set([...own.identityFiles, ...machine.identityFiles])];
    return { ...machine, ...own, identityFiles };
  }

  async function resolve(name: string, address: string, given: HostNode['ssh'], depth: number): Promise<SshTarget> {
    const settings = settingsOf([...new Set([address, name])]);
    if (settings.proxyCommand !== undefined && given.jump === undefined) {
      throw new TransportError(
        name,
        'refused',
        say(
          'the SSH configuration asks for a ProxyCommand, and Haven runs no program to connect; use ProxyJump instead',
        ),
      );
    }
    const knownHosts: KnownHost[] = [];
    const own = settings.userKnownHostsFiles ?? [join(files.folder, 'known_hosts'), join(files.folder, 'known_hosts2')];
    const global = settings.globalKnownHostsFiles ?? [...system('ssh_known_hosts'), ...system('ssh_known_hosts2')];
    for (const path of [...own, ...global]) knownHosts.push(...parseKnownHosts(await textOf(path), path));
    const jumpName = given.jump ?? settings.proxyJump;
    if (jumpName !== undefined && depth >= mostJumps) {
      throw new TransportError(name, 'refused', say('more than {0} jump hosts; does one name itself?', mostJumps));
    }
    const agentSocket = settings.identityAgent ?? files.agentSocket;
    const privateKeys = await keysOf(
      settings.identityFiles.length > 0 ? settings.identityFiles : defaultKeys.map((each) => join(files.folder, each)),
    );
    return {
      name,
      address: settings.hostName ?? address,
      port: given.port ?? settings.port ?? 22,
      user: given.user ?? settings.user ?? userInfo().username,
      ...(settings.hostKeyAlias === undefined ? {} : { hostKeyName: settings.hostKeyAlias }),
      knownHosts,
      // `no`, `off` and `accept-new` would trust a key without a word; Haven asks.
      ...(settings.strictHostKeyChecking === 'yes' && { refuseUnknownKeys: true }),
      ...(agentSocket !== undefined && agentSocket !== 'none' && { agentSocket }),
      ...(settings.identitiesOnly === true && { onlyNamedKeys: true }),
      privateKeys,
      connectTimeoutSec: settings.connectTimeoutSec ?? defaultTimeoutSec,
      ...(settings.serverAliveIntervalSec !== undefined && { aliveIntervalSec: settings.serverAliveIntervalSec }),
      ...(settings.serverAliveCountMax !== undefined && { aliveCountMax: settings.serverAliveCountMax }),
      ...(jumpName === undefined ? {} : { jump: await jump(jumpName, depth) }),
    };
  }

  /** `[user@]host[:port]`, the last of a list being the nearest to the target, as in ssh_config(5). */
  async function jump(text: string, depth: number): Promise<SshTarget> {
    const hops = text.split(',').map((each) => each.trim());
    const last = /^(?:([^@]+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(hops.at(-1) ?? '');
    const host = last?.[2]?.replace(/^\[|\]$/g, '');
    if (host === undefined) throw new TransportError(text, 'refused', say('"{0}" does not name a jump host', text));
    const before = hops.slice(0, -1).join(',');
    return resolve(
      host,
      host,
      {
        ...(last?.[1] === undefined ? {} : { user: last[1] }),
        ...(last?.[3] === undefined ? {} : { port: Number(last[3]) }),
        ...(before === '' ? {} : { jump: before }),
      },
      depth + 1,
    );
  }
}

/** A private key is some kilobytes; anything larger is none. */
const maxKeyBytes = 64 * 1024;

async function keysOf(paths: readonly string[]): Promise<PrivateKeyFile[]> {
  const found: PrivateKeyFile[] = [];
  for (const path of paths) {
    const info = await statOf(path);
    const publicLine = await textOf(`${path}.pub`);
    const named = publicLine === '' ? {} : { publicLine };
    // The private half may lie in the agent alone, or be readable by somebody else only.
    const content = info?.isFile() === true && info.size <= maxKeyBytes ? await bytesOf(path) : undefined;
    if (content !== undefined) found.push({ path, content, ...named });
    else if (publicLine !== '') found.push({ path, content: Buffer.from(publicLine), ...named });
  }
  return found;
}

async function bytesOf(path: string): Promise<Buffer | undefined> {
  // OpenSSH too goes on without a key that it may not read.
  return readFile(path).catch(() => undefined);
}

async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

/** A file that is not there says nothing. */
async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Reads what `Include` lines name, ahead of time, because the configuration is read without waiting. */
async function includedFiles(config: string, folder: string): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  const pending = [config];
  for (let text = pending.pop(); text !== undefined; text = pending.pop()) {
    for (const line of text.matchAll(/^[ \t]*include(?:[ \t]*=[ \t]*|[ \t]+)(.*)$/gim)) {
      for (const word of (line[1] ?? '').matchAll(/"([^"]*)"|(\S+)/g)) {
        const written = word[1] ?? word[2] ?? '';
        const path = written.replace(/^~(?=\/)/, homedir());
        const pattern = isAbsolute(path) ? path : join(folder, path);
        if (found.has(pattern)) continue;
        const texts = await Promise.all((await filesFor(pattern)).map(textOf));
        found.set(pattern, texts);
        pending.push(...texts);
      }
    }
  }
  return found;
}

async function filesFor(pattern: string): Promise<string[]> {
  const name = basename(pattern);
  if (!/[*?]/.test(name)) return [pattern];
  const names = await readdir(dirname(pattern)).catch(() => []);
  return names
    .filter((each) => wildcard(name, true).test(each))
    .sort()
    .map((each) => join(dirname(pattern), each));
}
