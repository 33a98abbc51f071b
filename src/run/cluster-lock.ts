import { say } from '../base/message';
import type { HostCluster, HostNode } from '../ops/host';
import type { Concern } from '../ops/plan';
import { freeLock, type LockInfo, lockPath, takeLock } from './lock';
import { concernOf, HostError, isPassing, type Transport, TransportError } from './transport';

/** How the lock reaches its hosts: a new connection where the old one is gone. */
interface LockDeps {
  connect(node: HostNode, signal?: AbortSignal): Promise<Transport>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Asks whether the lock of a run that is surely dead is taken over. */
  takeOver?(by: LockInfo | undefined, host: string): Promise<boolean>;
}

export type ClusterLock =
  | {
      readonly kind: 'held';
      /** Frees it everywhere; never throws, and says where it could not. */
      free(): Promise<readonly Concern[]>;
      /**
       * To be called with the connection that the run is about to use: a host that was connected to anew may have started
       * anew, which frees its lock, and one that was down has none yet.
       * @throws TransportError when another run has begun there meanwhile
       */
      keep(node: HostNode, transport: Transport, signal?: AbortSignal): Promise<void>;
    }
  | { readonly kind: 'taken'; readonly by: LockInfo | undefined; readonly host: string };

const freeTries = 3;
const freeEveryMs = 2000;

/**
 * Takes the lock of a cluster: on every server that answers, in their order, so that two operators meet on one of them also
 * while others are down.
 * @throws TransportError when no server can be reached, or one is not to be trusted; HostError when one cannot keep a lock
 */
export async function lockCluster(
  { nodes }: HostCluster,
  info: LockInfo,
  deps: LockDeps,
  signal: AbortSignal,
): Promise<ClusterLock> {
  const servers = nodes.filter((each) => each.roles.includes('server'));
  const keepers = servers.length > 0 ? servers : nodes;
  const guards = await reachable(keepers, deps, signal);
  const held = new Map<HostNode, Transport>();
  const free = () => freeAll([...held.keys()], info, deps);
  const keep = async (node: HostNode, transport: Transport, given?: AbortSignal) => {
    if (!keepers.includes(node) || held.get(node) === transport) return;
    const taken = await takeLock(transport, info, given).catch((error: unknown) => {
      // A host that cannot keep a lock any more is no reason to take back what was done there.
      if (error instanceof HostError) return undefined;
      throw error;
    });
    if (taken?.kind === 'taken') throw overtaken(node.name, taken.by);
    held.set(node, transport);
  };
  try {
    for (const { node, transport } of guards) {
      // Before the answer: it may be there although the answer was lost.
      held.set(node, transport);
      let taken = await takeLock(transport, info, signal);
      if (taken.kind === 'taken' && (await deps.takeOver?.(taken.by, node.name)) === true && taken.by !== undefined) {
        await freeLock(transport, taken.by);
        taken = await takeLock(transport, info, signal);
      }
      if (taken.kind === 'taken') {
        held.delete(node);
        await free();
        return { ...taken, host: node.name };
      }
    }
  } catch (error) {
    await free();
    throw error;
  }
  return { kind: 'held', free, keep };
}

function overtaken(host: string, by: LockInfo | undefined): TransportError {
  const words = say(
    '{0} has begun another run on this cluster meanwhile ({1}); wait until it is over, look at the cluster, then resume',
    by?.who ?? '?',
    by?.what ?? '?',
  );
  return new TransportError(host, 'refused', words);
}

async function reachable(
  nodes: readonly HostNode[],
  { connect }: LockDeps,
  signal: AbortSignal,
): Promise<{ readonly node: HostNode; readonly transport: Transport }[]> {
  const lines = await Promise.allSettled(nodes.map((node) => connect(node, signal)));
  const found: { readonly node: HostNode; readonly transport: Transport }[] = [];
  let silent: unknown;
  for (const [index, line] of lines.entries()) {
    const node = nodes[index];
    if (node === undefined) continue;
    if (line.status === 'fulfilled') found.push({ node, transport: line.value });
    else if (isPassing(line.reason)) silent ??= line.reason;
    else throw line.reason;
  }
  if (found.length === 0) throw silent ?? new Error('the cluster has no node to keep its lock');
  return found;
}

/** What the run came to is more than what became of its lock, so trouble here is told and not thrown. */
async function freeAll(
  nodes: readonly HostNode[],
  info: LockInfo,
  { connect, sleep }: LockDeps,
): Promise<readonly Concern[]> {
  const never = new AbortController().signal;
  const left = await Promise.all(
    nodes.map(async (node): Promise<Concern[]> => {
      for (let i = 1; ; i++) {
        try {
          // The connection of the beginning may be dead by now: a plan can restart the very host.
          await freeLock(await connect(node), info);
          return [];
        } catch (error) {
          if (!(error instanceof TransportError || error instanceof HostError)) throw error;
          if (i < freeTries) await sleep(freeEveryMs, never);
          else {
            const remedy = say(
              'a reboot frees the lock, and so does a resume of this run; or remove {0} there',
              lockPath,
            );
            return [{ ...concernOf(error), host: node.name, remedy }];
          }
        }
      }
    }),
  );
  return left.flat();
}
