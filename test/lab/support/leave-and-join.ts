import assert from 'node:assert/strict';
import { memberRows } from '../../../src/ops/etcd-members';
import type { Lab } from './lab';
import type { Operator } from './operator';
import { carryOut, joinPlan, removePlan } from './plans';
import { until } from './shell';

/** The machines whose etcd is in the list of members, sorted. */
export async function memberHosts(operator: Operator): Promise<readonly (string | undefined)[]> {
  const rows = memberRows(await operator.gather(), await operator.members());
  return rows.map((each) => each.host).sort();
}

/** The names of the Nodes, sorted. */
export const nodeNames = (lab: Lab): readonly string[] =>
  lab
    .kubectl('get nodes -o name')
    .stdout.trim()
    .split('\n')
    .map((each) => each.slice('node/'.length))
    .sort();

/**
 * cp3 leaves and loses its power in the middle of joining again, as soon as `cp3` or its address stands in the list of
 * members: it is taken back, no member and no Node of it stays, and the next join works.
 */
export async function losePowerInJoin(
  lab: Lab,
  operator: Operator,
  options: { readonly uninstall: boolean; readonly listed: string; readonly healthySec: number },
): Promise<void> {
  await carryOut(operator, await removePlan(operator, 'cp3', options.uninstall));
  const plan = await joinPlan(operator, 'cp3');
  let dark: Promise<unknown> | undefined;
  const result = await operator.run(plan, {
    onStep: (step) => {
      if (step.id !== 'join@cp3' || dark !== undefined) return;
      const isListed = () => lab.etcdctl('cp1', 'member list').stdout.includes(options.listed);
      dark = until('it is in the list of members', isListed, 60)
        .catch(() => {})
        .then(() => lab.off('cp3'));
    },
  });
  await dark;
  assert.notEqual(result.outcome, 'done');
  lab.on('cp3');
  await lab.answers(90);
  if (result.outcome !== 'undone') {
    const back = await operator.run(plan, { earlier: { record: await operator.lastRun(), act: 'undo' } });
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
  }
  assert.deepEqual(await memberHosts(operator), ['cp1', 'cp2']);
  assert.deepEqual(nodeNames(lab), ['cp1', 'cp2', 'w1']);
  await carryOut(operator, await joinPlan(operator, 'cp3'));
  await lab.healthy(options.healthySec);
}
