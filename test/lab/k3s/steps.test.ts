import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { planK3sRestore } from '../../../src/ops/restore/plan-k3s';
import { planSnapshot } from '../../../src/ops/snapshot';
import { wayBackOf } from '../../../src/run/executor';
import { packK3s } from '../support/k3s';
import type { Lab } from '../support/lab';
import { memberHosts, nodeNames } from '../support/leave-and-join';
import { notesOf } from '../support/notes';
import type { Operator } from '../support/operator';
import { dyingAtEach, joinPlan, localFile, removePlan, stamp } from '../support/plans';
import { labMissing } from '../support/suite';
import { upgradePlan, versions } from '../support/upgrades';
import { workOn } from '../support/work-on';

const next = process.env.HAVEN_K3S_NEXT;
const noNext = next !== undefined && existsSync(next) ? false : 'HAVEN_K3S_NEXT names no k3s of a later patch release';

/** The editor dies at one step after another of the same run, and each time another one goes on with it. */
describe('runs on a real k3s whose editor dies at step after step', { skip: labMissing('k3s') }, () => {
  let lab: Lab;
  let operator: Operator;
  workOn((found, atWork) => {
    lab = found;
    operator = atWork;
  }, 240);

  const { write: note, has } = notesOf(() => lab);

  test('a restore, at every step from the reset on, and its way back at every step', async () => {
    note('steps-kept');
    const saving = planSnapshot(await operator.gather(), `steps-${Date.now()}`);
    assert.equal((await operator.run(saving)).outcome, 'done');
    const host = saving.steps[0]?.host ?? '';
    const path = lab.tell(host, 'ls -t /var/lib/rancher/k3s/server/db/snapshots/steps-* | head -n 1');
    note('steps-lost');
    const local = await operator.bring(host, path);
    const plan = planK3sRestore(await operator.gather(), await operator.restoreFacts(host, path), {
      stamp: stamp(),
      absent: [],
      snapshot: { host, path, bytes: local.bytes, hash: local.hash, content: local.content, local },
    });
    assert.deepEqual(plan.blockers, []);
    const reset = plan.steps.findIndex((each) => each.id.startsWith('reset@'));
    assert.equal(await dyingAtEach(operator, plan, plan.steps.slice(reset), 'resume'), 'done');
    await lab.healthy(240);
    assert.ok(has('steps-kept') && !has('steps-lost'));

    assert.equal(await dyingAtEach(operator, plan, plan.undo ?? [], 'undo'), 'undone');
    await lab.healthy(240);
    assert.ok(has('steps-kept') && has('steps-lost'));
    assert.deepEqual(await memberHosts(operator), ['cp1', 'cp2', 'cp3']);
    for (const each of lab.servers) assert.equal(lab.tell(each.name, 'systemctl is-enabled k3s'), 'enabled');
  });

  test('a server leaves and joins, at every step; the join is taken back at every step, and the server joins again', async () => {
    const leaving = await removePlan(operator, 'cp3', false);
    assert.equal(await dyingAtEach(operator, leaving, leaving.steps, 'resume'), 'done');
    await lab.healthy(240, undefined, ['cp3']);
    assert.deepEqual(await memberHosts(operator), ['cp1', 'cp2']);

    const vain = await joinPlan(operator, 'cp3');
    assert.equal((await operator.run(vain, { dieAt: 'votes@cp3' })).broke, true);
    assert.equal(await dyingAtEach(operator, vain, wayBackOf(await operator.lastRun()), 'undo'), 'undone');
    await lab.healthy(240, undefined, ['cp3']);
    assert.deepEqual(await memberHosts(operator), ['cp1', 'cp2']);
    assert.deepEqual(nodeNames(lab), ['cp1', 'cp2', 'w1']);

    const joining = await joinPlan(operator, 'cp3');
    assert.equal(await dyingAtEach(operator, joining, joining.steps, 'resume'), 'done');
    await lab.healthy(240);
    assert.deepEqual(await memberHosts(operator), ['cp1', 'cp2', 'cp3']);
    assert.deepEqual(nodeNames(lab), ['cp1', 'cp2', 'cp3', 'w1']);
  });

  test('an upgrade of a server at every step, and its way back at every step', { skip: noNext }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'haven-lab-'));
    try {
      const packed = join(folder, 'k3s');
      const release = packK3s(next ?? '', packed);
      const files = new Map([['/usr/local/bin/k3s', await localFile(packed)]]);
      const before = versions(lab);
      const plan = await upgradePlan(operator, release, { release, files }, ['cp3']);
      assert.deepEqual(plan.blockers, []);
      assert.equal(await dyingAtEach(operator, plan, plan.steps, 'resume'), 'done');
      await lab.healthy(240);
      assert.equal(versions(lab)[2], release);

      assert.equal(await dyingAtEach(operator, plan, wayBackOf(await operator.lastRun()), 'undo'), 'undone');
      await lab.healthy(240);
      assert.deepEqual(versions(lab), before);
      assert.ok(!lab.kubectl('get nodes').stdout.includes('SchedulingDisabled'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
