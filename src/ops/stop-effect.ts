import { type Message, say } from '../base/message';
import type { Concern, QuorumEffect } from './plan';
import type { ClusterState, NodeState } from './status/cluster-state';
import { isMember, statusOf } from './status/cluster-state';

/** What stopping one node for a while means for etcd. */
export interface StopEffect {
  /** Given to the step that stops, so that the live cluster is asked again right before it. */
  readonly quorum?: QuorumEffect;
  /** How many members stay up, of how many; absent where the stop concerns no member. */
  readonly stays?: { readonly left: number; readonly voters: number; readonly pauses: boolean };
  readonly blocker?: Concern;
  readonly warning?: Concern;
}

/**
 * Judges a stop of one node that comes back, from what the members said. One or two voters cannot be restarted without
 * etcd pausing: that is said and allowed, because there is no other way. Where a voter is missing already, the stop that
 * would take the quorum is refused.
 */
export function stopEffect(state: ClusterState, host: string): StopEffect {
  const node = state.nodes.find((each) => each.node.name === host);
  if (node === undefined || !carriesEtcd(node)) return {};
  const { quorum } = state;
  if (quorum === undefined) {
    return {
      blocker: {
        host,
        message: say('nobody has told of etcd, so it is not known whether it can bear the stop of {0}', host),
        remedy: say('refresh the cluster first'),
      },
    };
  }
  const { voters, healthyVoters, needed } = quorum;
  const etcd = statusOf(node)?.etcd;
  const counts = etcd?.healthy === true && !etcd.learner;
  const left = healthyVoters - (counts ? 1 : 0);
  if (left >= needed) {
    return { quorum: { stops: [host] }, stays: { left, voters, pauses: false } };
  }
  if (voters <= 2 && healthyVoters === voters) {
    return {
      stays: { left, voters, pauses: true },
      warning: {
        host,
        message: say('with {0} members, etcd and the API stop while {1} restarts', voters, host),
        remedy: say('announce it'),
      },
    };
  }
  return {
    quorum: { stops: [host] },
    blocker: {
      host,
      message: say('{0} of {1} members would stay up without {2}, and {3} are needed', left, voters, host, needed),
      remedy: say('bring the members back that do not answer'),
    },
  };
}

/** The title of a restart, with the quorum that it keeps. */
export function restartTitle(unit: string, host: string, { stays }: StopEffect): Message {
  if (stays === undefined) return say('Restart {0} on {1}', unit, host);
  if (stays.pauses) return say('Restart {0} on {1} (etcd pauses meanwhile)', unit, host);
  return say('Restart {0} on {1} ({2} of {3} members stay up)', unit, host, stays.left, stays.voters);
}

/** The title of a stop, with the quorum that it keeps. */
export function stopTitle(unit: string, host: string, { stays }: StopEffect): Message {
  if (stays === undefined) return say('Stop {0} on {1}', unit, host);
  if (stays.pauses) return say('Stop {0} on {1} (etcd pauses until it is back)', unit, host);
  return say('Stop {0} on {1} ({2} of {3} members stay up)', unit, host, stays.left, stays.voters);
}

/** Whether a node's etcd was seen, or should be there by its role and did not answer. */
export function carriesEtcd(node: NodeState): boolean {
  if (statusOf(node)?.etcd !== undefined) return true;
  return isMember(node.node) && node.report.kind !== 'answered';
}

/** Servers and etcd hosts in the order in which they are best stopped: whoever leads comes last. */
export function leaderLast(state: ClusterState, hosts: readonly string[]): readonly string[] {
  const leader = state.quorum?.leader;
  return [...hosts.filter((host) => host !== leader), ...hosts.filter((host) => host === leader)];
}

/** Load balancers in the order in which they are best touched: whoever carries the virtual address comes last. */
export function holderLast(state: ClusterState, hosts: readonly string[]): readonly string[] {
  const holds = (host: string) => state.vips.some((vip) => vip.holders.includes(host));
  return [...hosts.filter((host) => !holds(host)), ...hosts.filter(holds)];
}
