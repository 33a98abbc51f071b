import { homedir, hostname, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fitsWildcard } from '../../base/glob';

/** What `~/.ssh/config` says about one host, in the words of ssh_config(5). Absent means that the file does not say. */
export interface HostSettings {
  readonly hostName?: string;
  readonly user?: string;
  readonly port?: number;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly?: boolean;
  /** The path of a socket, `none`, or `SSH_AUTH_SOCK` for the one that the environment names. */
  readonly identityAgent?: string;
  readonly certificateFiles?: readonly string[];
  /** As it stands there, with `+`, `-` or `^` before it or without. */
  readonly hostKeyAlgorithms?: string;
  readonly proxyJump?: string;
  readonly userKnownHostsFiles?: readonly string[];
  readonly globalKnownHostsFiles?: readonly string[];
  readonly strictHostKeyChecking?: string;
  /** A file with keys that no host may have. */
  readonly revokedHostKeys?: string;
  readonly hostKeyAlias?: string;
  readonly connectTimeoutSec?: number;
  readonly serverAliveIntervalSec?: number;
  readonly serverAliveCountMax?: number;
  /** Set when the file says `none`: whatever else names a jump host or a program, nothing is gone through. */
  readonly isDirect?: true;
  /** Set when the file asks for a program to connect through: Haven never runs one. */
  readonly proxyCommand?: string;
}

/** Gives the texts of the files that an `Include` pattern, as it is written, names, in order. */
type ReadIncluded = (pattern: string) => readonly string[];

const maxIncludeDepth = 16;

interface Line {
  readonly keyword: string;
  readonly values: readonly string[];
}

/** Keywords of which every line counts, and not the first alone. */
const adding = ['identityfile', 'certificatefile'];

/**
 * The settings for a host by ssh_config(5): the first value obtained for each keyword counts, IdentityFile adds up. A
 * host may go by several names, the first being the one that `%h` stands for: a block applies when it fits any of them
 * and excludes none. `Match` knows `all`, `final`, `host`, `originalhost`, `user` and `localuser`, each also with `!`; a block that
 * asks for anything else is passed over, since `exec` runs programs. `givenUser` is who is logged in as whatever the file
 * says.
 */
export function settingsFor(
  names: string | readonly string[],
  text: string,
  readIncluded: ReadIncluded = () => [],
  givenUser?: string,
): HostSettings {
  const hosts = typeof names === 'string' ? [names] : names;
  const host = hosts[0] ?? '';
  const first = new Map<string, readonly string[]>();
  const added = new Map<string, string[]>();
  const single = (keyword: string) => first.get(keyword)?.[0];
  const hostNameNow = () => single('hostname')?.replaceAll('%h', host).replaceAll('%%', '%');
  let isFinal = false;
  let wantsFinal = false;
  read(text, true, 0);
  // Where a Match asks for it the file is read once more at the end, for what nothing was said about until then.
  isFinal = wantsFinal;
  if (isFinal) read(text, true, 0);
  const hostName = hostNameNow();
  const number = (keyword: string) => {
    const value = Number(single(keyword));
    return Number.isInteger(value) && value > 0 && value < 65_536 ? value : undefined;
  };
  const seconds = (keyword: string) => {
    const value = secondsOf(single(keyword) ?? '');
    return value !== undefined && value > 0 && value < 65_536 ? value : undefined;
  };
  const onlyText = single('identitiesonly');
  const strict = single('stricthostkeychecking');
  const revoked = single('revokedhostkeys');
  const proxyJump = single('proxyjump');
  const user = givenUser ?? single('user') ?? localUser();
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    d: homedir(),
    h: hostName ?? host,
    i: String(userInfo().uid),
    k: single('hostkeyalias') ?? host,
    L: hostname().split('.')[0] ?? '',
    l: hostname(),
    n: host,
    p: single('port') ?? '22',
    r: user,
    u: localUser(),
  };
  const pathOf = (path: string) => expandPath(path, tokens);
  const agent = single('identityagent');
  return {
    ...(hostName !== undefined && { hostName }),
    ...optional('user', single('user')),
    ...optional('port', number('port')),
    identityFiles: [...new Set((added.get('identityfile') ?? []).map(pathOf))],
    ...optional('certificateFiles', added.get('certificatefile')?.map(pathOf)),
    ...optional('hostKeyAlgorithms', single('hostkeyalgorithms')),
    ...(onlyText !== undefined && { identitiesOnly: isYes(onlyText) }),
    ...optional(
      'identityAgent',
      agent === undefined || agent === 'none' || agent === 'SSH_AUTH_SOCK' ? agent : pathOf(agent),
    ),
    ...(proxyJump !== undefined && !isNone(proxyJump) && { proxyJump }),
    ...(isNone(single('proxycommand') ?? proxyJump) && { isDirect: true }),
    ...optional('userKnownHostsFiles', first.get('userknownhostsfile')?.map(pathOf)),
    ...optional('globalKnownHostsFiles', first.get('globalknownhostsfile')),
    ...optional('strictHostKeyChecking', strict !== undefined && isYes(strict) ? 'yes' : strict?.toLowerCase()),
    ...(revoked !== undefined && !isNone(revoked) && { revokedHostKeys: pathOf(revoked) }),
    ...optional('hostKeyAlias', single('hostkeyalias')),
    ...optional('connectTimeoutSec', seconds('connecttimeout')),
    ...optional('serverAliveIntervalSec', seconds('serveraliveinterval')),
    ...optional('serverAliveCountMax', number('serveralivecountmax')),
    ...optional('proxyCommand', proxyCommandOf(first)),
  };

  function read(content: string, startsActive: boolean, depth: number): void {
    let active = startsActive;
    for (const { keyword, values } of linesOf(content)) {
      if (keyword === 'host')
        active = startsActive && matchesAny(isFinal ? hosts.map((each) => each.toLowerCase()) : hosts, values, true);
      else if (keyword === 'match') {
        const user = givenUser ?? single('user') ?? localUser();
        wantsFinal ||= values.some((each) => /^!?final$/i.test(each));
        active = startsActive && matchesCriteria({ hosts, hostName: hostNameNow(), user, isFinal }, values);
      } else if (!active) continue;
      else if (keyword === 'include') {
        if (depth < maxIncludeDepth) {
          for (const pattern of values) for (const each of readIncluded(pattern)) read(each, true, depth + 1);
        }
      } else if (adding.includes(keyword)) added.set(keyword, [...(added.get(keyword) ?? []), ...values]);
      // The second time the name is settled.
      else if (keyword === 'hostname' && isFinal) continue;
      // Of ProxyJump and ProxyCommand the one that comes first keeps the other out; but `ProxyJump none` no ProxyCommand.
      else if (keyword === 'proxyjump' && first.has('proxycommand')) continue;
      else if (keyword === 'proxycommand' && !isNone(single('proxyjump') ?? 'none')) continue;
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
    const pattern = negated ? each.slice(1) : each;
    if (!(isExact ? fitsWildcard(pattern, host) : fitsWildcard(pattern.toLowerCase(), host.toLowerCase()))) continue;
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

interface Matched {
  readonly hosts: readonly string[];
  readonly hostName: string | undefined;
  readonly user: string;
  readonly isFinal: boolean;
}

/** `Match host` looks at the name after HostName, `originalhost` at the one that was given (ssh_config(5)). */
function matchesCriteria({ hosts, hostName, user, isFinal }: Matched, values: readonly string[]): boolean {
  for (let i = 0; i < values.length; i++) {
    // `host=cp1` is the same as `host cp1`.
    const [, negation, name = '', given] = /^(!?)([^=]*)(?:=(.*))?$/s.exec(values[i] ?? '') ?? [];
    const negated = negation === '!';
    const criterion = name.toLowerCase();
    if (criterion === 'all' || criterion === 'final' || criterion === 'canonical') {
      if ((criterion === 'all' || isFinal) === negated) return false;
      continue;
    }
    const argument = given ?? values[++i];
    if (argument === undefined) return false;
    const patterns = argument.split(',');
    const known = new Map([
      ['host', () => matchesAny(hostName === undefined ? hosts : [hostName], patterns, false)],
      ['originalhost', () => matchesAny(hosts, patterns, false)],
      ['user', () => matchesHost(user, patterns, true)],
      ['localuser', () => matchesHost(localUser(), patterns, true)],
    ]).get(criterion);
    if (known === undefined || known() === negated) return false;
  }
  return values.length > 0;
}

function localUser(): string {
  return userInfo().username;
}

/** A time of ssh_config(5): `90`, `90s`, `1m30s`, `2h` (TIME FORMATS in sshd_config(5)). */
function secondsOf(text: string): number | undefined {
  if (!/^(?:\d+[smhdw]?)+$/i.test(text)) return undefined;
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  return [...text.matchAll(/(\d+)([smhdw]?)/gi)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (units[unit.toLowerCase()] ?? 1),
    0,
  );
}

function* linesOf(text: string): Iterable<Line> {
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const found = /^([A-Za-z]+)(?:\s*=\s*|\s+)(.*)$/.exec(line);
    if (found?.[1] === undefined || found[2] === undefined) continue;
    const values = [...found[2].matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)].map((each) => each.slice(1).join(''));
    const comment = values.findIndex((each) => each.startsWith('#'));
    yield { keyword: found[1].toLowerCase(), values: comment < 0 ? values : values.slice(0, comment) };
  }
}

function proxyCommandOf(first: ReadonlyMap<string, readonly string[]>): string | undefined {
  const text = first.get('proxycommand')?.join(' ');
  return isNone(text) ? undefined : text;
}

/** OpenSSH takes `true` for `yes` as well (readconf.c). */
function isYes(text: string): boolean {
  return /^(?:yes|true)$/i.test(text);
}

function isNone(text: string | undefined): boolean {
  return text?.toLowerCase() === 'none';
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [k in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [k in Key]: Value });
}

/** A path with its `~`, tokens and `${VARIABLES}`; one that is not absolute lies in `~/.ssh`. */
function expandPath(path: string, tokens: Readonly<Record<string, string>>): string {
  const expanded = path
    .replace(/^~(?=\/|$)/, homedir())
    .replace(/%(.)/g, (whole, token: string) => tokens[token] ?? whole)
    .replace(/^\$(\w+)$|\$\{(\w+)\}/g, (whole, plain: string | undefined, braced: string | undefined) => {
      return process.env[plain ?? braced ?? ''] ?? whole;
    });
  return isAbsolute(expanded) ? expanded : join(homedir(), '.ssh', expanded);
}
