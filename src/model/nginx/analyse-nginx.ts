import { directivesNamed, type NginxDirective, type NginxTree, parseNginx } from '../../syntax/nginx/parse-nginx';
import { parseHostPort } from '../cluster/located';

/** One `server` of `stream`, with the directives that hold for it: its own before those of `stream`. */
interface StreamServer {
  readonly directive: NginxDirective;
  readonly listens: readonly NginxDirective[];
  readonly pass: NginxDirective | undefined;
  readonly setting: (name: string) => NginxDirective | undefined;
  /** Whether it leads to the Kubernetes API: by its own port or by the ports of its upstream. */
  readonly isApi: boolean;
}

export interface NginxAnalysis {
  readonly path: string;
  readonly text: string;
  readonly tree: NginxTree;
  /** What stands in each `stream`. */
  readonly streams: readonly (readonly NginxDirective[])[];
  readonly upstreams: readonly NginxDirective[];
  /** The first of them by its name in small letters, as nginx finds them. */
  readonly upstreamsByName: ReadonlyMap<string, NginxDirective>;
  readonly servers: readonly StreamServer[];
  /** What `proxy_pass` of the servers names, in small letters, that lead to the Kubernetes API. */
  readonly apiTargets: ReadonlySet<string>;
}

/** The ports a Kubernetes API usually has; others are nobody's business here. */
const apiPorts = [6443, 9345, 16443];

export function analyseNginx(text: string, path = ''): NginxAnalysis {
  const tree = parseNginx(text);
  const streams = streamBlocks(tree);
  const upstreams = streams.flatMap((stream) => directivesNamed(stream, 'upstream'));
  const upstreamsByName = new Map<string, NginxDirective>();
  for (const each of upstreams) {
    const name = each.args[0]?.text.toLowerCase();
    if (name !== undefined && !upstreamsByName.has(name)) upstreamsByName.set(name, each);
  }
  const servers = streams.flatMap((stream) => {
    const common = new Map(stream.map((each) => [each.name.text, each]));
    return directivesNamed(stream, 'server').map((directive): StreamServer => {
      const own = directive.block ?? [];
      const listens = directivesNamed(own, 'listen');
      const pass = directivesNamed(own, 'proxy_pass').at(-1);
      const target = pass?.args[0]?.text ?? '';
      const upstream = upstreamsByName.get(target.toLowerCase());
      const addresses = [
        target,
        ...listens.map((listen) => listen.args[0]?.text ?? ''),
        ...directivesNamed(upstream?.block ?? [], 'server').map((each) => each.args[0]?.text ?? ''),
      ];
      return {
        directive,
        listens,
        pass,
        setting: (name) => directivesNamed(own, name).at(-1) ?? common.get(name),
        isApi: addresses.some((address) => apiPorts.includes(portOf(address) ?? 0)),
      };
    });
  });
  const apiTargets = new Set(
    servers.flatMap(({ isApi, pass }) => (isApi ? (pass?.args[0]?.text.toLowerCase() ?? []) : [])),
  );
  return { path, text, tree, streams, upstreams, upstreamsByName, servers, apiTargets };
}

/** What stands in `stream`; of a file that is included there all of it, as its servers pass connections on as they come. */
function streamBlocks(tree: NginxTree): readonly (readonly NginxDirective[])[] {
  const blocks = directivesNamed(tree.directives, 'stream').map((stream) => stream.block ?? []);
  const isMain = ['http', 'events', 'mail'].some((name) => directivesNamed(tree.directives, name).length > 0);
  const isPart = directivesNamed(tree.directives, 'server').some(
    ({ block = [] }) =>
      directivesNamed(block, 'proxy_pass').length > 0 && directivesNamed(block, 'location').length === 0,
  );
  return blocks.length === 0 && !isMain && isPart ? [tree.directives] : blocks;
}

/** The port of `listen` or of a server: a bare number is one. */
export function portOf(address: string): number | undefined {
  return /^\d+$/.test(address) ? Number(address) : parseHostPort(address)?.port;
}

/** A time of nginx in seconds (`10s`, `1h 30m` as one word, a bare number); undefined for anything else. */
export function secondsOf(text: string): number | undefined {
  const units: Readonly<Record<string, number>> = {
    ms: 0.001,
    s: 1,
    m: 60,
    h: 3600,
    d: 86400,
    w: 604800,
    M: 2592000,
    y: 31536000,
  };
  // Only the last number may lack its unit: if each might, there would be ever more ways to read a row of digits.
  if (!/^(?=\d)(?:\d+(?:ms|[smhdwMy]))*\d*$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhdwMy])?/g))
    seconds += Number(amount) * (units[unit ?? 's'] ?? 1);
  return seconds;
}
