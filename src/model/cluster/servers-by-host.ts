import { parseIp } from '../../base/address';
import type { Backend, BackendServer, LoadBalancerFacts } from './facts/file-facts';

/** A server line and the backend it stands in. */
interface BalancedServer {
  readonly backend: Backend;
  readonly server: BackendServer;
  /** The place of the backend in its file, from zero. */
  readonly order: number;
  /** Of the host that the line names. */
  readonly key: string;
}

/** Names and addresses with the same key mean the same machine: in any case of letters and any spelling of IPv6. */
export function nameKey(name: string): string {
  const ip = name.includes(':') ? parseIp(name) : undefined;
  return ip === undefined ? name.toLowerCase() : `${ip.family} ${ip.value}`;
}

/** The answers for each load balancer, by the keys that were asked for. */
const known = new WeakMap<LoadBalancerFacts, Map<string, readonly BalancedServer[]>>();

/**
 * The server lines of a load balancer that name a host with one of the keys (`nameKey`), in the order of the file. All
 * lines are read for it, as an index of them all takes many times longer; while neither the file nor what is asked
 * changes, an edit elsewhere costs nothing however long the file is.
 */
export function serversWithKeys(facts: LoadBalancerFacts, keys: ReadonlySet<string>): readonly BalancedServer[] {
  const asked = [...keys].join('\n');
  const answers = known.get(facts) ?? new Map<string, readonly BalancedServer[]>();
  known.set(facts, answers);
  let found = answers.get(asked);
  if (found === undefined) {
    found = readServers(facts, keys);
    // What was asked before belongs to an inventory as it was before its edit.
    if (answers.size > 8) answers.clear();
    answers.set(asked, found);
  }
  return found;
}

function readServers({ backends }: LoadBalancerFacts, keys: ReadonlySet<string>): readonly BalancedServer[] {
  const found: BalancedServer[] = [];
  if (keys.size === 0) return found;
  for (let order = 0; order < backends.length; order++) {
    const backend = backends[order];
    if (backend === undefined) continue;
    for (const server of backend.servers) {
      const key = nameKey(server.host);
      if (keys.has(key)) found.push({ backend, server, order, key });
    }
  }
  return found;
}
