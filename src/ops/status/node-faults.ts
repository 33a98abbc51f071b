import { type Message, say } from '../../base/message';
import type { EtcdAlarm } from '../commands/etcd-gateway';
import { type ClusterState, type NodeState, statusOf, stoppedUnits } from './cluster-state';

/** The kinds of alarms that are raised, each once: every member has its own. */
export function alarmKinds(alarms: readonly EtcdAlarm[]): readonly string[] {
  return [...new Set(alarms.map(({ alarm }) => alarm))];
}

/**
 * Why a node that answered is not up, a few words for each reason. An etcd is called not healthy and nothing more: without
 * a leader, with damaged data and where nothing answers beside its data, its `/health` is no yes alike.
 */
export function nodeFaults(state: NodeState, cluster: ClusterState['cluster']): readonly Message[] {
  const etcd = statusOf(state)?.etcd;
  const stopped = stoppedUnits(state, cluster);
  // Of what was stopped nobody need hear that it is not healthy; a unit that is being started may wait for just that.
  const isOff = stopped.some(({ name, active }) => ['k3s', 'etcd'].includes(name) && active !== 'activating');
  return [
    // A narrow view cuts the end off.
    ...stopped.map((unit) => say('{0}: {1}', unit.name, unit.active)),
    ...(etcd?.healthy === false && !isOff ? [say('etcd is not healthy')] : []),
    ...alarmKinds(etcd?.alarms ?? []).map((alarm) => say('etcd alarm {0}', alarm)),
  ];
}
