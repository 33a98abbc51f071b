import { sameIp } from '../base/address';
import { say } from '../base/message';
import type { Distribution } from '../model/inventory/inventory';
import type { Probe } from './command';
import { type EtcdFacts, etcdPost, hexId } from './commands/etcd-gateway';
import type { Concern } from './plan';
import { type ClusterState, isMemberOf } from './status/cluster-state';

/** What the members of a cluster said, each of itself. */
export type MemberFacts = ReadonlyMap<string, EtcdFacts>;

/** A member with the node it lives on, if any is known, and what it said. */
export interface MemberRow {
  readonly id: string;
  readonly name: string;
  /** Name of the node in the inventory. */
  readonly host: string | undefined;
  readonly peerUrls: readonly string[];
  readonly facts: EtcdFacts | undefined;
  readonly learner: boolean;
  readonly leads: boolean;
  readonly alarms: readonly string[];
}

/** The members as the list of one that has a leader names them; the member of a node is found by its address or by what it said. */
export function memberRows(state: ClusterState, facts: MemberFacts): MemberRow[] {
  const told = [...facts.values()]
    .filter((each) => each.leaderId !== '0')
    .sort((a, b) => b.members.length - a.members.length)[0];
  if (told === undefined) return [];
  return told.members.map((member) => {
    const spoke = [...facts].find(([, each]) => each.memberId === member.id && each.clusterId === told.clusterId);
    const addresses = member.peerUrls.map((url) => /^https?:\/\/\[?([^\]/]+?)\]?:\d+/.exec(url)?.[1] ?? '');
    const node = state.cluster.nodes.find(
      (each) => addresses.some((own) => sameIp(own, each.address)) || isMemberOf(member.name, each.name),
    );
    return {
      id: member.id,
      name: member.name,
      host: spoke?.[0] ?? node?.name,
      peerUrls: member.peerUrls,
      facts: spoke?.[1],
      learner: member.learner,
      leads: member.id === told.leaderId,
      alarms: told.alarms.filter((each) => each.memberId === member.id).map((each) => each.alarm),
    };
  });
}

/** Why no plan about members can be made where nobody said who they are. */
export const unlisted: Concern = {
  message: say('no member with a leader told who the members are'),
  remedy: say('when the quorum is lost, bring members back or restore from a snapshot'),
};

/** Why nothing is done to the members while one of them does not vote yet: etcd takes one learner at a time. */
export const stillLearning: Concern = {
  message: say('a member is still learning: another server is joining'),
  remedy: say('wait until it votes'),
};

/** How a member is called: by its name, or by its number before it has one. */
export function nameOfMember(row: MemberRow | undefined): string {
  return row === undefined ? '' : row.name === '' ? hexId(row.id) : row.name;
}

/** The list, asked of the quorum, no longer has the member; an answer that is no list says nothing. */
export function memberGone(host: string, distribution: Distribution, id: string, withinSec = 15): Probe {
  return {
    host,
    command: etcdPost(distribution, 'cluster/member/list'),
    yesWhen: { all: [{ stdoutHas: '"members"' }, { stdoutLacks: `"ID":"${id}"` }] },
    withinSec,
  };
}
