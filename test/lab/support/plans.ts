import assert from 'node:assert/strict';
import { join } from 'node:path';
import { planJoin } from '../../../src/ops/join/join';
import type { LocalFile } from '../../../src/ops/local-file';
import type { Plan, Step } from '../../../src/ops/plan';
import { planRemove } from '../../../src/ops/remove-node';
import { planDeleteSnapshots, planDownloadSnapshot, planSendSnapshot } from '../../../src/ops/snapshot-files';
import { type LocalSnapshot, localFacts, type RunResult, readLocalSnapshot } from '../../../src/run';
import type { Operator, OperatorRun } from './operator';

/** Plans as the editor makes them, of which nothing may stand in the way. */

let count = 0;
/** Names what a run keeps on the nodes, once in a lab. */
export const stamp = (): string => `lab${Date.now()}-${++count}`;

/** Lets a machine join that has the programs already. */
export async function joinPlan(operator: Operator, host: string): Promise<Plan> {
  const { state, members, ...answers } = await operator.beforeJoin(host);
  const plan = planJoin(state, members, {
    ...answers,
    stamp: stamp(),
    host,
    programs: { from: 'machine' },
    config: undefined,
    differences: [],
    inBackends: [],
    concerns: { blockers: [], warnings: [] },
  });
  assert.deepEqual(plan.blockers, [], host);
  return plan;
}

export async function removePlan(operator: Operator, host: string, uninstall: boolean): Promise<Plan> {
  const plan = planRemove(await operator.gather(), await operator.members(), {
    stamp: stamp(),
    host,
    nodes: await operator.kubeNodes(),
    drain: true,
    uninstall,
    inBackends: [],
  });
  assert.deepEqual(plan.blockers, [], host);
  return plan;
}

/** Runs a plan to its end; where the editor dies in between, it is gone on with. */
export async function carryOut(operator: Operator, plan: Plan, options: OperatorRun = {}): Promise<RunResult> {
  if (options.dieAt !== undefined) assert.equal((await operator.run(plan, options)).broke, true, String(options.dieAt));
  const earlier =
    options.dieAt === undefined ? options : { earlier: { record: await operator.lastRun(), act: 'resume' as const } };
  const result = await operator.run(plan, earlier);
  assert.equal(result.outcome, 'done', JSON.stringify(result));
  return result;
}

/**
 * Runs a plan, or takes its last run back, while the editor dies at each of these steps once; it passes by those at which
 * nothing is left to do. Returns how it ended.
 */
export async function dyingAtEach(
  operator: Operator,
  plan: Plan,
  steps: readonly Step[],
  act: 'resume' | 'undo',
): Promise<RunResult['outcome']> {
  const left = new Set(steps.map((each) => each.id));
  let begun = act === 'undo';
  for (;;) {
    const earlier = begun ? { earlier: { record: await operator.lastRun(), act } } : {};
    const result = await operator.run(plan, { dieAt: left, ...earlier });
    if (result.broke !== true) {
      assert.ok(['done', 'undone'].includes(result.outcome), JSON.stringify(result));
      assert.ok(left.size <= steps.length / 2, `it died at few steps only, not at ${[...left].join()}`);
      return result.outcome;
    }
    begun = true;
    assert.ok(left.delete(result.diedAt ?? ''), result.diedAt);
  }
}

/** A file of this machine with its hash. */
export async function localFile(localPath: string): Promise<LocalFile> {
  const facts = await localFacts(localPath);
  if (facts === undefined) throw new Error(`no file ${localPath}`);
  return { localPath, sha256: facts.sha256, bytes: facts.bytes };
}

/**
 * A snapshot comes to this machine, goes to another server, and is deleted there, while the editor dies at each. Returns
 * what was read of it here.
 */
export async function snapshotTravels(
  operator: Operator,
  from: { readonly host: string; readonly path: string },
  to: string,
): Promise<LocalSnapshot> {
  const name = from.path.slice(from.path.lastIndexOf('/') + 1);
  const here = join(operator.folder, 'travels', name);
  await carryOut(operator, planDownloadSnapshot(await operator.gather(), from, here));
  const read = await readLocalSnapshot(here, from.host);
  const sending = planSendSnapshot(await operator.gather(), to, name, { ...read, localPath: here });
  assert.deepEqual(sending.blockers, []);
  await carryOut(operator, sending, { dieAt: `send@${to}` });
  const path = `/var/lib/haven/snapshots/${name}`;
  assert.equal((await operator.bring(to, path)).hash, read.hash);
  const deleting = planDeleteSnapshots(await operator.gather(), [{ host: to, path }]);
  assert.deepEqual(deleting.blockers, []);
  await carryOut(operator, deleting, { dieAt: `delete-${path}@${to}` });
  const left = (await operator.gather()).nodes.flatMap((each) =>
    each.report.kind === 'answered' ? each.report.status.snapshots.map((file) => `${each.node.name}:${file.path}`) : [],
  );
  assert.ok(!left.includes(`${to}:${path}`));
  assert.ok(left.includes(`${from.host}:${from.path}`), left.join());
  return read;
}
