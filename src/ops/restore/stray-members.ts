import { say } from '../../base/message';
import { type Concerns, noConcerns } from '../plan';
import { type ClusterState, isMember, isMemberOf, type NodeState, statusOf } from '../status/cluster-state';
import type { EtcdMember } from '../status/node-status';

/**
 * Members of etcd that live on no machine of the inventory. A restore stops none of them: where they are a majority by
 * themselves, they go on as a second cluster behind the same address, and nobody would have seen it. One that died is in the
 * list as well, so it is certain only where the quorum that holds cannot come from the machines that we see.
 */
export function strayMembers(state: ClusterState): Concerns {
  const { quorum, nodes } = state;
  if (quorum === undefined) return noConcerns;
  const isOn = (member: EtcdMember, each: NodeState) => {
    const status = statusOf(each);
    const names = [each.node.name, status?.hostName ?? ''].map((name) => name.toLowerCase());
    return status?.etcd?.memberId === member.id || names.some((name) => isMemberOf(member.name, name));
  };
  const known = quorum.members.filter(({ id, name }) => id !== '' && name !== '');
  const strays = known.filter((member) => !nodes.some((each) => isOn(member, each)));
  // A server that does not tell of its member may have one under a name of its own.
  const quiet = nodes.filter((each) => isMember(each.node) && !known.some((member) => isOn(member, each))).length;
  if (strays.length <= quiet) return noConcerns;
  const voting = strays.filter((each) => !each.learner).length - quiet;
  const lives = quorum.verdict === 'holds' && quorum.healthyVoters < quorum.needed;
  const concern = {
    message: say(
      'etcd has members on no machine of the inventory, which the restore does not stop: {0}',
      strays.map((each) => each.name).join(', '),
    ),
    remedy: say('put them into the inventory; see that those that are gone for good are switched off'),
  };
  return lives && voting >= quorum.needed
    ? { blockers: [concern], warnings: [] }
    : { blockers: [], warnings: [concern] };
}
