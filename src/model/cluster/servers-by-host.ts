import { parseIp } from '../../base/address';
import type { Backend, BackendServer, LoadBalancerFacts } from './facts/file-facts';

/** A server line and the backend it stands in. */
export interface BalancedServer {
  readonly backend: Backend;
  readonly server: BackendServer;
  /** The place of the backend in its file, from zero. */
  readonly order: number;
}

/** Names and addresses with the same key mean the same machine: in any case of letters and any spelling of IPv6. */
export function nameKey(name: string): string {
  const ip = name.includes(':') ? parseIp(name) : undefined;
  return ip === undefined ? name.toLowerCase() : `${ip.family} ${ip.value}`;
}

const known = new WeakMap<LoadBalancerFacts, ReadonlyMap<string, readonly BalancedServer[]>>();

/**
 * The server lines of a load balancer that name the host with a key (`nameKey`), in the order of the file. The first
 * question reads all lines; while the file stays as it is, an edit elsewhere costs nothing however long it is.
 */
export function serversWithKey(facts: LoadBalancerFacts, key: string): readonly BalancedServer[] {
  let index = known.get(facts);
  if (index === undefined) {
    index = indexOf(facts);
    known.set(facts, index);
  }
  return index.get(key) ?? [];
}

function indexOf({ backends }: LoadBalancerFacts): ReadonlyMap<string, readonly BalancedServer[]> {
  const index = new Map<string, BalancedServer[]>();
  for (const [order, backend] of backends.entries()) {
    for (const server of backend.servers) {
      const key = nameKey(server.host);
      const list = index.get(key);
      if (list === undefined) index.set(key, [{ backend, server, order }]);
      else list.push({ backend, server, order });
    }
  }
  return index;
}
