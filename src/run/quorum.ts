import { majorityOf } from '../base/majority';
import { say } from '../base/message';
import type { Concern, Step } from '../ops/plan';
import { type ClusterState, isMember, statusOf } from '../ops/status/cluster-state';

/** The voters of etcd at one moment. */
export interface LiveMembers {
  readonly voters: number;
  /** Names of the nodes whose member votes and is healthy. */
  readonly healthy: readonly string[];
  /** Set when no server could be asked: then nobody knows how many there are. */
  readonly isBlind?: true;
}

/** The members of a cluster that was asked a moment ago. */
export function membersOf({ nodes, quorum }: ClusterState): LiveMembers {
  const healthy = nodes.flatMap((state) => {
    const etcd = statusOf(state)?.etcd;
    return etcd?.healthy === true && !etcd.learner ? [state.node.name] : [];
  });
  const carrying = nodes.filter((each) => isMember(each.node));
  const isBlind = carrying.length > 0 && carrying.every((each) => statusOf(each) === undefined);
  return {
    voters: quorum?.voters ?? 0,
    healthy: quorum === undefined ? [] : healthy,
    ...(isBlind && { isBlind: true as const }),
  };
}

/** Why a step must not run now: fewer healthy voters than the quorum would remain. Undefined when it may. */
export async function quorumRefusal(
  { quorum, host }: Step,
  deps: { members?(signal: AbortSignal): Promise<LiveMembers> },
  signal: AbortSignal,
): Promise<Concern | undefined> {
  if (quorum === undefined) return undefined;
  if (deps.members === undefined) throw new Error('the plan watches the quorum, and the run cannot ask for it');
  const { voters, healthy, isBlind } = await deps.members(signal);
  if (isBlind === true) {
    return {
      host,
      message: say('no server can be asked how many etcd members are healthy'),
      remedy: say('bring back the members that are down, then resume'),
    };
  }
  const { stops = [], removes = [] } = quorum;
  if (voters === 0) return undefined;
  const remaining = healthy.filter((name) => !stops.includes(name) && !removes.includes(name)).length;
  const needed = majorityOf(voters - removes.length);
  if (remaining >= needed) return undefined;
  return {
    host,
    message: say(
      'only {0} of {1} etcd members would stay healthy, and {2} are needed',
      remaining,
      voters - removes.length,
      needed,
    ),
    remedy: say('bring back the members that are down, then resume'),
  };
}
