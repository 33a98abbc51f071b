import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import { planK3sRestore } from '../../../src/ops/restore/plan-k3s';
import { planSnapshot } from '../../../src/ops/snapshot';
import type { LocalSnapshot } from '../../../src/run';
import type { Lab } from '../support/lab';
import { memberHosts, nodeNames } from '../support/leave-and-join';
import { notesOf } from '../support/notes';
import type { Operator } from '../support/operator';
import { stamp } from '../support/plans';
import { labMissing } from '../support/suite';
import { workOn } from '../support/work-on';

const servers = ['cp1', 'cp2', 'cp3'];

describe('a real k3s whose servers are gone', { skip: labMissing('k3s') }, () => {
  let lab: Lab;
  let operator: Operator;
  let snapshot: LocalSnapshot;
  workOn((found, atWork) => {
    lab = found;
    operator = atWork;
  }, 240);

  const { write: note, has } = notesOf(() => lab);

  test('what is kept of it: a snapshot on this machine, and the token in the files of the servers', async () => {
    note('kept');
    const plan = planSnapshot(await operator.gather(), `new-${Date.now()}`);
    assert.equal((await operator.run(plan)).outcome, 'done');
    const host = plan.steps[0]?.host ?? '';
    snapshot = await operator.bring(
      host,
      lab.tell(host, 'ls -t /var/lib/rancher/k3s/server/db/snapshots/* | head -n 1'),
    );
    note('lost');
    for (const each of servers) await lab.off(each);
    for (const each of servers) await lab.replace(each);
    for (const each of servers) {
      assert.equal(lab.shell(each, 'ls /var/lib/rancher/k3s/server/db').code, 2, 'no server has ever run there');
      assert.notEqual(lab.tell(each, 'systemctl is-enabled k3s || true'), 'enabled');
    }
  });

  test('it is restored onto new machines; the editor dies while k3s is reset; the agent is back by itself', async () => {
    const { path, bytes, hash, content, sha256 } = snapshot;
    const plan = planK3sRestore(await operator.gather(), await operator.restoreFacts('', ''), {
      stamp: stamp(),
      absent: [],
      snapshot: { host: undefined, path, bytes, hash, content, local: { path, sha256 } },
    });
    assert.deepEqual(
      plan.blockers.map((each) => `${each.host} ${render(each.message)}`),
      [],
    );
    assert.equal(plan.undo, undefined, 'there is nothing to go back to');
    const reset = plan.steps.find((each) => each.id.startsWith('reset@'))?.id ?? '';
    const broken = await operator.run(plan, { dieAt: reset });
    assert.equal(broken.broke, true, JSON.stringify(broken));
    const result = await operator.run(plan, { earlier: { record: await operator.lastRun(), act: 'resume' } });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await lab.healthy(240);
    assert.deepEqual(await memberHosts(operator), servers);
    assert.deepEqual(nodeNames(lab), [...servers, 'w1']);
    assert.ok(has('kept') && !has('lost'));
    for (const each of servers) assert.equal(lab.tell(each, 'systemctl is-enabled k3s'), 'enabled', each);
  });
});
