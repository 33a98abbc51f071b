import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** What `~/.ssh/config` says about one host, in the words of ssh_config(5). Absent means that the file does not say. */
export interface HostSettings {
  readonly hostName?: string;
  readonly user?: string;
  readonly port?: number;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly?: boolean;
  readonly identityAgent?: string;
  readonly proxyJump?: string;
  readonly userKnownHostsFiles?: readonly string[];
  readonly globalKnownHostsFiles?: readonly string[];
  readonly strictHostKeyChecking?: string;
  readonly hostKeyAlias?: string;
  readonly connectTimeoutSec?: number;
  readonly serverAliveIntervalSec?: number;
  readonly serverAliveCountMax?: number;
  /** Set when the file asks for a program to connect through: Haven never runs one. */
  readonly proxyCommand?: string;
}

/** Gives the texts of the files that an `Include` pattern names, in order; the adapter that reads files passes it. */
export type ReadIncluded = (pattern: string) => readonly string[];

const maxIncludeDepth = 16;

interface Line {
  readonly keyword: string;
  readonly values: readonly string[];
}

/**
 * The settings for a host by ssh_config(5): the first value obtained for each keyword counts, IdentityFile adds up. A
 * host may go by several names, the first being the one that `%h` stands for: a block applies when it fits any of them
 * and excludes none. `Match` blocks apply only as `Match all` and `Match host`; other criteria could run programs, so
 * they are passed over.
 */
export function settingsFor(
  names: string | readonly string[],
  text: string,
  readIncluded: ReadIncluded = () => [],
): HostSettings {
  const hosts = typeof names === 'string' ? [names] : names;
  const host = hosts[0] ?? '';
  const first = new Map<string, readonly string[]>();
  const identityFiles: string[] = [];
  const single = (keyword: string) => first.get(keyword)?.[0];
  const hostNameNow = () => single('hostname')?.replaceAll('%h', host).replaceAll('%%', '%');
  read(text, true, 0);
  const hostName = hostNameNow();
  const number = (keyword: string) => {
    const value = Number(single(keyword));
    return Number.isInteger(value) && value > 0 && value < 65_536 ? value : undefined;
  };
  const onlyText = single('identitiesonly');
  const proxyJump = single('proxyjump');
  return {
    ...(hostName !== undefined && { hostName }),
    ...optional('user', single('user')),
    ...optional('port', number('port')),
    identityFiles: identityFiles.map((path) => expandPath(path, hostName ?? host, single('user'))),
    ...(onlyText !== undefined && { identitiesOnly: onlyText.toLowerCase() === 'yes' }),
    ...optional('identityAgent', single('identityagent')),
    ...(proxyJump !== undefined && proxyJump.toLowerCase() !== 'none' && { proxyJump }),
    ...optional(
      'userKnownHostsFiles',
      first.get('userknownhostsfile')?.map((path) => expandPath(path, hostName ?? host, single('user'))),
    ),
    ...optional('globalKnownHostsFiles', first.get('globalknownhostsfile')),
    ...optional('strictHostKeyChecking', single('stricthostkeychecking')?.toLowerCase()),
    ...optional('hostKeyAlias', single('hostkeyalias')),
    ...optional('connectTimeoutSec', number('connecttimeout')),
    ...optional('serverAliveIntervalSec', number('serveraliveinterval')),
    ...optional('serverAliveCountMax', number('serveralivecountmax')),
    ...optional('proxyCommand', proxyCommandOf(first)),
  };

  function read(content: string, startsActive: boolean, depth: number): void {
    let active = startsActive;
    for (const { keyword, values } of linesOf(content)) {
      if (keyword === 'host') active = startsActive && matchesAny(hosts, values, true);
      else if (keyword === 'match') active = startsActive && matchesCriteria(hosts, hostNameNow(), values);
      else if (!active) continue;
      else if (keyword === 'include') {
        if (depth < maxIncludeDepth) {
          for (const pattern of values)
            for (const each of readIncluded(includePath(pattern))) read(each, true, depth + 1);
        }
      } else if (keyword === 'identityfile') identityFiles.push(...values);
      else if (!first.has(keyword)) first.set(keyword, values);
    }
  }
}

/**
 * Whether `host` fits a pattern list: one positive pattern at least and no negated one. Letters of either case are the same,
 * as in known_hosts, unless `isExact`, as in `Host` lines.
 */
export function matchesHost(host: string, patterns: readonly string[], isExact = false): boolean {
  let found = false;
  for (const each of patterns) {
    const negated = each.startsWith('!');
    if (!wildcard(negated ? each.slice(1) : each, isExact).test(host)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/** Whether the patterns fit one of the names of a host and exclude none of them. */
function matchesAny(hosts: readonly string[], patterns: readonly string[], isExact: boolean): boolean {
  const excluded = patterns.filter((each) => each.startsWith('!')).map((each) => each.slice(1));
  return (
    hosts.some((host) => matchesHost(host, patterns, isExact)) &&
    !hosts.some((host) => matchesHost(host, excluded, isExact))
  );
}

/** `*` stands for any characters and `?` for one, as in ssh_config(5). */
export function wildcard(pattern: string, isExact = false): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, isExact ? '' : 'i');
}

/** `Match host` looks at the name after HostName, `originalhost` at the one that was given (ssh_config(5)). */
function matchesCriteria(hosts: readonly string[], hostName: string | undefined, values: readonly string[]): boolean {
  for (let i = 0; i < values.length; i++) {
    const criterion = values[i]?.toLowerCase();
    if (criterion === 'all') continue;
    const argument = values[++i];
    if (criterion !== 'host' && criterion !== 'originalhost') return false;
    const names = criterion === 'host' && hostName !== undefined ? [hostName] : hosts;
    if (argument === undefined || !matchesAny(names, argument.split(','), false)) return false;
  }
  return values.length > 0;
}

function* linesOf(text: string): Iterable<Line> {
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const found = /^([A-Za-z]+)(?:\s*=\s*|\s+)(.*)$/.exec(line);
    if (found?.[1] === undefined || found[2] === undefined) continue;
    const values = [...found[2].matchAll(/"([^"]*)"|([^\s"]+)/g)].map((each) => each[1] ?? each[2] ?? '');
    const comment = values.findIndex((each) => each.startsWith('#'));
    yield { keyword: found[1].toLowerCase(), values: comment < 0 ? values : values.slice(0, comment) };
  }
}

function proxyCommandOf(first: ReadonlyMap<string, readonly string[]>): string | undefined {
  const text = first.get('proxycommand')?.join(' ');
  return text === undefined || text.toLowerCase() === 'none' ? undefined : text;
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [k in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [k in Key]: Value });
}

function expandPath(path: string, host: string, user: string | undefined): string {
  const expanded = path
    .replace(/^~(?=\/|$)/, homedir())
    .replaceAll('%d', homedir())
    .replaceAll('%h', host)
    .replaceAll('%r', user ?? '')
    .replaceAll('%%', '%');
  return isAbsolute(expanded) ? expanded : join(homedir(), '.ssh', expanded);
}

function includePath(pattern: string): string {
  const expanded = pattern.replace(/^~(?=\/|$)/, homedir());
  return isAbsolute(expanded) ? expanded : join(homedir(), '.ssh', expanded);
}
