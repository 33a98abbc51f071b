import { majorityOf } from '../base/majority';
import { type Message, say } from '../base/message';
import type { Step } from './plan';
import { type ClusterState, statusOf } from './status/cluster-state';

/**
 * What the steps mean for etcd, in numbers: how many members are healthy now and how many of them may fail, the same in
 * the worst moment, and afterwards. `joins` is how many members the plan adds, `leaves` whose member goes without a step
 * that says so. Nothing where no member is concerned.
 */
export function membersOutlook(
  state: ClusterState,
  steps: readonly Step[],
  { joins = 0, leaves = [] }: { readonly joins?: number; readonly leaves?: readonly string[] } = {},
): readonly Message[] {
  const { quorum } = state;
  const effects = steps.flatMap((step) => (step.quorum === undefined ? [] : [step.quorum]));
  const stopped = [...new Set(effects.flatMap((each) => each.stops ?? []))];
  const removed = [...new Set([...effects.flatMap((each) => each.removes ?? []), ...leaves])];
  if (quorum === undefined || stopped.length + removed.length + joins === 0) return [];
  const healthy = state.nodes
    .filter((each) => {
      const etcd = statusOf(each)?.etcd;
      return etcd?.healthy === true && !etcd.learner;
    })
    .map((each) => each.node.name);
  const lines = [
    say(
      'etcd now: {0} of {1} members are healthy, and {2} may fail',
      quorum.healthyVoters,
      quorum.voters,
      quorum.failuresLeft,
    ),
  ];
  const [first] = stopped;
  if (first !== undefined) {
    const left = Math.min(...stopped.map((host) => healthy.filter((each) => each !== host).length));
    const spare = Math.max(0, left - quorum.needed);
    lines.push(
      stopped.length === 1
        ? say('while {0} is stopped: {1} of {2}, and {3} may fail', first, left, quorum.voters, spare)
        : say(
            'while one of {0} is stopped, each in its turn: {1} of {2}, and {3} may fail',
            stopped.join(', '),
            left,
            quorum.voters,
            spare,
          ),
    );
  }
  if (removed.length + joins > 0) {
    const voters = quorum.voters - removed.length + joins;
    const well = healthy.filter((each) => !removed.includes(each)).length + joins;
    lines.push(
      say(
        'afterwards: {0} of {1} members are healthy, and {2} may fail',
        well,
        voters,
        Math.max(0, well - majorityOf(voters)),
      ),
    );
  }
  return lines;
}

/**
 * From which step to which nobody answers for the cluster, and for how long that was where it was measured: three servers
 * with a database of some megabytes.
 */
export function outageOutlook(
  steps: readonly Step[],
  { from, to, measured }: { readonly from: string; readonly to: string; readonly measured: Message },
): readonly Message[] {
  const at = (act: string) => steps.findIndex((step) => step.id.startsWith(`${act}@`)) + 1;
  const [begins, ends] = [at(from), at(to)];
  if (begins === 0 || ends === 0) return [];
  return [say('from step {0} to step {1} the API answers nobody; pods that run go on', begins, ends), measured];
}
