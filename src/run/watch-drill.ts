import { holds } from '../ops/command';
import { askDoor, doorAnswers } from '../ops/commands/config-file';
import type { Measured } from '../ops/drill-report';
import { doorOf, watcherOf } from '../ops/failover-drill';
import type { ClusterState } from '../ops/status/cluster-state';
import type { Site } from './conduct';
import { reach } from './reach';
import { TransportError } from './transport';
import { longestOutage, type Outage, watchAnswers } from './watch';

/** What a failover drill moves. */
interface WatchedDrill {
  readonly state: ClusterState;
  readonly vip: string;
  readonly port: number;
  /** The node that carries the address before. */
  readonly holder: string | undefined;
}

/** What the places of a measurement are called, in the reader's language. */
interface WatchPlaces {
  readonly here: string;
  there(node: string): string;
}

/** Asks a virtual address from this machine and from a node until it is called off, and tells the longest silences. */
export async function watchDrill(
  hosts: Site['hosts'],
  { state, vip, port, holder }: WatchedDrill,
  places: WatchPlaces,
  signal: AbortSignal,
): Promise<readonly Measured[]> {
  const watcher = watcherOf(state, holder);
  const node = state.cluster.nodes.find((each) => each.name === watcher);
  const found = await Promise.all([
    watchFromHere(vip, port, signal),
    node === undefined ? undefined : watchFromNode(hosts, node, doorOf({ vip, port }), signal),
  ]);
  const names = [places.here, node === undefined ? '' : places.there(node.name)];
  return found.flatMap((outages, i) =>
    outages === undefined ? [] : [{ from: names[i] ?? '', gap: longestOutage(outages) }],
  );
}

const clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
    }),
  everyMs: 100,
};

/** By TCP; nothing when this machine does not reach the address at all. */
async function watchFromHere(vip: string, port: number, signal: AbortSignal): Promise<readonly Outage[] | undefined> {
  if (!(await reach(vip, port, 1000, signal))) return undefined;
  return watchAnswers((stop) => reach(vip, port, 500, stop), clock, signal);
}

/** By HTTPS. */
function watchFromNode(
  hosts: Site['hosts'],
  node: ClusterState['cluster']['nodes'][number],
  door: string,
  signal: AbortSignal,
): Promise<readonly Outage[]> {
  const { argv, root } = askDoor(door);
  const words = argv.map(String).map((each, i, all) => (all[i - 1] === '-m' ? '1' : each));
  const ask = async (stop: AbortSignal) => {
    try {
      const transport = await hosts.connect(node, stop);
      return holds(doorAnswers, await transport.exec({ argv: words, root, timeoutSec: 5 }, stop));
    } catch (error) {
      // Called off in the middle of a question, which the watch knows; or the watcher is lost, and the plan says so.
      if (error instanceof TransportError) return false;
      throw error;
    }
  };
  return watchAnswers(ask, clock, signal);
}
