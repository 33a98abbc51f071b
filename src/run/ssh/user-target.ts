import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { dirname, isAbsolute, join, parse, sep } from 'node:path';
import { fitsGlob } from '../../base/glob';
import { say } from '../../base/message';
import type { HostNode } from '../../ops/host';
import { TransportError } from '../transport';
import { type HostSettings, settingsFor } from './config';
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
  function settingsOf(names: readonly string[], user: string | undefined): HostSettings {
    const [own = { identityFiles: [] }, machine = { identityFiles: [] }] = configs.map(({ text, included }) =>
      settingsFor(names, text, (pattern) => included.get(pattern) ?? [], user),
    );
    const identityFiles = [...new Set([...own.identityFiles, ...machine.identityFiles])];
    const { proxyCommand, proxyJump, ...others } = machine;
    // The machine's way through another host is no way where the user names one.
    const isOwnWay = own.isDirect === true || own.proxyCommand !== undefined || own.proxyJump !== undefined;
    return { ...(isOwnWay ? others : machine), ...own, identityFiles };
  }

  async function resolve(name: string, address: string, given: HostNode['ssh'], depth: number): Promise<SshTarget> {
    const settings = settingsOf([...new Set([address, name])], given.user);
    if (settings.proxyCommand !== undefined && given.jump === undefined) {
      const through = jumpOfCommand(settings.proxyCommand);
      throw new TransportError(
        name,
        'refused',
        through === undefined
          ? say(
              'the SSH configuration asks for a ProxyCommand, and Haven runs no program to connect; use ProxyJump instead',
            )
          : say(
              'the SSH configuration asks for a ProxyCommand, and Haven runs no program to connect; write "ProxyJump {0}" instead, which does the same',
              through,
            ),
      );
    }
    const knownHosts: KnownHost[] = [];
    const own = settings.userKnownHostsFiles ?? [join(files.folder, 'known_hosts'), join(files.folder, 'known_hosts2')];
    const global = settings.globalKnownHostsFiles ?? [...system('ssh_known_hosts'), ...system('ssh_known_hosts2')];
    for (const path of [...own, ...global]) knownHosts.push(...parseKnownHosts(await textOf(path), path));
    if (settings.revokedHostKeys !== undefined) knownHosts.push(...(await revokedKeys(name, settings.revokedHostKeys)));
    const jumpName = given.jump ?? settings.proxyJump;
    if (jumpName !== undefined && depth >= mostJumps) {
      throw new TransportError(name, 'refused', say('more than {0} jump hosts; does one name itself?', mostJumps));
    }
    const { identityAgent = 'SSH_AUTH_SOCK' } = settings;
    const agentSocket = identityAgent === 'SSH_AUTH_SOCK' ? files.agentSocket : identityAgent;
    const keyPaths =
      settings.identityFiles.length > 0 ? settings.identityFiles : defaultKeys.map((each) => join(files.folder, each));
    const privateKeys = await keysOf(keyPaths);
    const certificates = await readable(
      settings.certificateFiles ?? keyPaths.map((each) => `${each.replace(/\.pub$/, '')}-cert.pub`),
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
      ...(settings.hostKeyAlgorithms !== undefined && { hostKeyAlgorithms: settings.hostKeyAlgorithms }),
      ...(certificates.length > 0 && { certificates }),
      privateKeys,
      connectTimeoutSec: settings.connectTimeoutSec ?? defaultTimeoutSec,
      ...(settings.serverAliveIntervalSec !== undefined && { aliveIntervalSec: settings.serverAliveIntervalSec }),
      ...(settings.serverAliveCountMax !== undefined && { aliveCountMax: settings.serverAliveCountMax }),
      ...(jumpName === undefined ? {} : { jump: await jump(jumpName, depth) }),
    };
  }

  /** `[user@]host[:port]` or `ssh://` before it, the last of a list being the nearest to the target, as in ssh_config(5). */
  async function jump(text: string, depth: number): Promise<SshTarget> {
    const hops = text.split(',').map((each) => each.trim());
    const last = /^(?:ssh:\/\/)?(?:([^@]+)@)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(hops.at(-1) ?? '');
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

/** The host in `ssh … -W %h:%p HOST`, the ProxyCommand that ProxyJump has replaced. */
function jumpOfCommand(command: string): string | undefined {
  return /^(?:\S*\/)?ssh(?: -[qxTAa]+)* (?:-W \[?%h\]?:%p ([\w.@-]+)|([\w.@-]+) -W \[?%h\]?:%p)$/
    .exec(command)
    ?.slice(1)
    .find((each) => each !== undefined);
}

/**
 * The keys of a RevokedHostKeys file, one on each line.
 * @throws TransportError where it cannot be read: no host is trusted then (ssh_config(5))
 */
async function revokedKeys(name: string, path: string): Promise<KnownHost[]> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  // PROTOCOL.krl of OpenSSH.
  if (text === undefined || text.startsWith('SSHKRL\n'))
    throw new TransportError(
      name,
      'refused',
      say(
        'RevokedHostKeys names {0}, which cannot be read as a list of public keys; no host is trusted without it',
        path,
      ),
    );
  const lines = text.split('\n').map((line) => (/^\s*[a-z]/.test(line) ? `@revoked * ${line}` : ''));
  return parseKnownHosts(lines.join('\n'), path);
}

async function readable(paths: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(paths.map(textOf));
  return paths.filter((_, i) => texts[i] !== '');
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

/**
 * Reads what `Include` lines name, ahead of time, because the configuration is read without waiting. A pattern that is not
 * absolute begins in the folder of the configuration, also in files that are included themselves.
 */
async function includedFiles(config: string, folder: string): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  const pending = [config];
  for (let text = pending.pop(); text !== undefined; text = pending.pop()) {
    for (const line of text.matchAll(/^[ \t]*include(?:[ \t]*=[ \t]*|[ \t]+)(.*)$/gim)) {
      for (const word of (line[1] ?? '').matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)) {
        const written = word.slice(1).join('');
        if (found.has(written)) continue;
        const path = written.replace(/^~(?=\/)/, homedir());
        const paths = await filesFor(isAbsolute(path) ? path : join(folder, path));
        const texts = await Promise.all(paths.map(textOf));
        found.set(written, texts);
        pending.push(...texts);
      }
    }
  }
  return found;
}

/** The files that a pattern of glob(7) names, in the order of glob(3). */
async function filesFor(pattern: string): Promise<string[]> {
  let found = [parse(pattern).root];
  for (const part of pattern.split(sep === '/' ? '/' : /[\\/]/).slice(1)) {
    if (!/[*?[]/.test(part)) {
      found = found.map((each) => join(each, part));
      continue;
    }
    const next: string[] = [];
    for (const folder of found) {
      const names = await readdir(folder).catch(() => []);
      next.push(...names.filter((each) => globbed(part, each)).map((each) => join(folder, each)));
    }
    found = next;
  }
  return found.sort();
}

/** A name that begins with a dot is meant only by a pattern that does. */
const globbed = (pattern: string, name: string): boolean =>
  (pattern.startsWith('.') || !name.startsWith('.')) && fitsGlob(pattern, name);
