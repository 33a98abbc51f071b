import { say } from '../base/message';
import type { Concern } from './plan';
import { type ClusterState, statusOf } from './status/cluster-state';
import { alarmKinds } from './status/node-faults';

/**
 * Why an operation that writes through the API, or waits until a server is healthy, cannot come to its end now: with an
 * alarm etcd goes on voting, answering and being saved, and refuses every write (etcd, api/v3rpc/rpctypes: "mvcc: database
 * space exceeded", "corrupt cluster"). A server that is restarted meanwhile never becomes healthy again.
 */
export function refusedWrites(state: ClusterState): Concern[] {
  const raised = alarmKinds(state.nodes.flatMap((each) => statusOf(each)?.etcd?.alarms ?? []));
  const concerns: Concern[] = [];
  if (raised.includes('NOSPACE')) {
    concerns.push({
      message: say('etcd refuses every write until its alarm NOSPACE is disarmed'),
      remedy: say('use "Defragment etcd" first, and let it disarm the alarm'),
    });
  }
  if (raised.includes('CORRUPT')) {
    concerns.push({
      message: say('etcd refuses every write: it found the data of a member to be damaged (alarm CORRUPT)'),
      remedy: say('take a snapshot of a sound member, then take the damaged one out and let it join again'),
    });
  }
  return concerns;
}
