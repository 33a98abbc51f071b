import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { say } from '../../base/message';
import type { HostNode } from '../../ops/host';
import { TransportError } from '../transport';
import { settingsFor, wildcard } from './config';
import { type KnownHost, parseKnownHosts } from './known-hosts';
import type { PrivateKeyFile, SshTarget } from './ssh-transport';

/** What is read of the person at the keyboard: OpenSSH's own places, or others in a test. */
export interface UserFiles {
  /** The `.ssh` folder. */
  readonly folder: string;
  readonly agentSocket?: string;
}

export function userFiles(): UserFiles {
  const agentSocket = process.env.SSH_AUTH_SOCK;
  return { folder: join(homedir(), '.ssh'), ...(agentSocket === undefined ? {} : { agentSocket }) };
}

/** OpenSSH's order. */
const defaultKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const defaultTimeoutSec = 10;
const mostJumps = 4;

/** A target and the keys that are known for it. */
export interface UserTarget {
  readonly target: SshTarget;
  readonly knownHosts: readonly KnownHost[];
}

/**
 * How to reach a node: the inventory decides about user, port and jump host, everything else comes from the user's
 * `~/.ssh/config`, found under the node's address or else under its name.
 * @throws TransportError where the configuration asks for a program to connect through, which Haven never runs
 */
export async function userTarget(
  node: Pick<HostNode, 'name' | 'address' | 'ssh'>,
  files: UserFiles,
): Promise<UserTarget> {
  const config = await textOf(join(files.folder, 'config'));
  const included = await includedFiles(config, files.folder);
  const knownHosts: KnownHost[] = [];
  const target = await resolve(node.name, node.address, node.ssh, 0);
  return { target, knownHosts };

  async function resolve(name: string, address: string, given: HostNode['ssh'], depth: number): Promise<SshTarget> {
    const readIncluded = (pattern: string) => included.get(pattern) ?? [];
    const byAddress = settingsFor(address, config, readIncluded);
    const byName = settingsFor(name, config, readIncluded);
    const identityFiles = [...new Set([...byAddress.identityFiles, ...byName.identityFiles])];
    const settings = { ...byName, ...byAddress, identityFiles };
    if (settings.proxyCommand !== undefined && given.jump === undefined) {
      throw new TransportError(
        name,
        'refused',
        say(
          'the SSH configuration asks for a ProxyCommand, and Haven runs no program to connect; use ProxyJump instead',
        ),
      );
    }
    for (const path of settings.userKnownHostsFiles ?? [join(files.folder, 'known_hosts')]) {
      knownHosts.push(...parseKnownHosts(await textOf(path), path));
    }
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
      ...(agentSocket === undefined || agentSocket === 'none' || settings.identitiesOnly === true
        ? {}
        : { agentSocket }),
      privateKeys,
      connectTimeoutSec: settings.connectTimeoutSec ?? defaultTimeoutSec,
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

async function keysOf(paths: readonly string[]): Promise<PrivateKeyFile[]> {
  const found: PrivateKeyFile[] = [];
  for (const path of paths) {
    const info = await statOf(path);
    if (info?.isFile() === true) found.push({ path, content: await readFile(path) });
  }
  return found;
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
    .filter((each) => wildcard(name).test(each))
    .sort()
    .map((each) => join(dirname(pattern), each));
}
