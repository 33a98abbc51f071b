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
  return [
    ...(etcd?.healthy === false ? [say('etcd is not healthy')] : []),
    ...alarmKinds(etcd?.alarms ?? []).map((alarm) => say('etcd alarm {0}', alarm)),
    ...stoppedUnits(state, cluster).map((unit) => say('{0}: {1}', unit.name, unit.active)),
  ];
}
