import { parseScheduleFacts, scheduleFactsCommand } from '../ops/commands/schedule-facts';
import type { Plan } from '../ops/plan';
import { isSnapshotFolder, planSnapshotSchedule, type ScheduleParameters } from '../ops/snapshot-schedule';
import { planSnapshotTimer } from '../ops/snapshot-timer';
import type { ClusterState } from '../ops/status/cluster-state';
import { askEach } from './ask-cluster';
import type { Site } from './conduct';

/**
 * The plan of a schedule of snapshots: k3s takes them by itself, and its servers are asked for their settings first; kubeadm
 * gets a timer.
 * @throws the signal's reason when it is called off
 */
export async function planSchedule(
  hosts: Site['hosts'],
  state: ClusterState,
  parameters: ScheduleParameters,
  signal: AbortSignal,
): Promise<Plan> {
  if (state.cluster.distribution === 'kubeadm') return planSnapshotTimer(state, parameters);
  const servers = state.cluster.nodes.filter((each) => each.roles.includes('server'));
  const { folder } = parameters;
  // One that cannot be asked about is refused by its name.
  const asked = folder === undefined || !isSnapshotFolder(folder) ? '' : folder;
  const question = { command: () => scheduleFactsCommand(asked), read: parseScheduleFacts };
  return planSnapshotSchedule(state, await askEach(hosts, servers, question, signal), parameters);
}
