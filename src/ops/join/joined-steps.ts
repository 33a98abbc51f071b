import { say } from '../../base/message';
import { peerVotes } from '../commands/etcd-peer';
import { serverHealthy } from '../commands/server-health';
import type { Step } from '../plan';
import type { JoinWork } from './join-work';

/** What must be seen of a machine that has joined, before its Node is looked at; `first` is where a way back ends. */
export function joinedSteps(
  { state, machine, asked, isServer, withEtcd }: Omit<JoinWork, 'parameters'>,
  first: string,
): Step[] {
  const host = machine.name;
  const { distribution } = state.cluster;
  const onFailure = { undoTo: first };
  const steps: Step[] = [];
  if (withEtcd) {
    steps.push({
      id: `votes@${host}`,
      host: asked.name,
      title: say('Wait until the member of {0} votes', host),
      risk: 'read',
      waitFor: peerVotes(asked.name, distribution, machine.address, 120),
      onFailure,
    });
  }
  if (isServer) {
    steps.push({
      id: `healthy@${host}`,
      host,
      title: say('Wait until {0} does its work', host),
      risk: 'read',
      waitFor: serverHealthy(host, distribution, withEtcd),
      onFailure,
    });
  }
  return steps;
}
