import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { planDefragment } from '../../../src/ops/defragment';
import { memberRows } from '../../../src/ops/etcd-members';
import { planRemoveMember } from '../../../src/ops/remove-member';
import { Lab } from '../support/lab';
import { Operator } from '../support/operator';
import { until } from '../support/shell';
import { labMissing } from '../support/suite';

describe('members of a real etcd', { skip: labMissing('machines') }, () => {
  let lab: Lab;
  let operator: Operator;
  before(() => {
    lab = Lab.running();
    operator = new Operator(lab);
  });
  after(() => operator?.close());

  const etcdctl = (host: string, words: string) =>
    lab.tell(
      host,
      `ETCDCTL_API=3 etcdctl --command-timeout=10s --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key ${words}`,
    );
  const names = (host: string) =>
    etcdctl(host, 'member list')
      .split('\n')
      .map((line) => line.split(', ')[2])
      .sort();
  const bytes = (host: string) => Number(lab.tell(host, 'stat -c %s /var/lib/etcd/member/snap/db'));

  /** Writes and deletes until every database file holds more air than keys. */
  const fill = () => {
    lab.tell('cp1', 'head -c 500000 /dev/zero | tr "\\0" x >/tmp/value');
    for (let round = 0; round < 12; round++) etcdctl('cp1', 'put air </tmp/value >/dev/null');
    etcdctl('cp1', 'del air');
    const revision = /"revision":(\d+)/.exec(etcdctl('cp1', 'get air -w json'))?.[1];
    // Without `--physical` it answers before the pages are free.
    etcdctl('cp1', `compact --physical ${revision}`);
  };

  test('defragmenting gives the disk back on every member, the leader last', async () => {
    fill();
    const before = lab.servers.map((each) => bytes(each.name));
    const order: string[] = [];
    const plan = planDefragment(await operator.gather(), await operator.members(), {
      stamp: `lab${Date.now()}`,
      disarm: false,
    });
    assert.deepEqual(plan.blockers, []);
    const leader = lab.leader();
    const result = await operator.run(plan, { onStep: (step) => order.push(step.id) });
    assert.equal(result.outcome, 'done', JSON.stringify(result.reason));
    assert.equal(order.filter((each) => each.startsWith('defragment@')).at(-1), `defragment@${leader}`);
    for (const [index, each] of lab.servers.entries())
      assert.ok(bytes(each.name) < (before[index] ?? 0) / 2, `${each.name}: ${before[index]} → ${bytes(each.name)}`);
    assert.equal(lab.healthyMembers().length, 3);
  });

  test('the editor dies while the first member is defragmented: the run is gone on with, on each member once', async () => {
    fill();
    const done = (host: string) =>
      Number(lab.tell(host, "journalctl -u etcd -o cat | grep -c '^finished defragmenting' || true"));
    const before = new Map(lab.servers.map((each) => [each.name, done(each.name)]));
    const plan = planDefragment(await operator.gather(), await operator.members(), {
      stamp: `lab${Date.now()}`,
      disarm: false,
    });
    const first = plan.steps.find((each) => each.id.startsWith('defragment@'));
    assert.equal((await operator.run(plan, { dieAt: first?.id ?? '' })).broke, true);
    const result = await operator.run(plan, {
      earlier: { record: await operator.lastRun(), act: 'resume' },
    });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    const counted = lab.servers.map((each) => done(each.name) - (before.get(each.name) ?? 0));
    assert.deepEqual(counted, [1, 1, 1]);
    assert.equal(lab.healthyMembers().length, 3);
  });

  test('a member that is gone for good is taken out; one that answers is not', async () => {
    const state = await operator.gather();
    const all = memberRows(state, await operator.members());
    const third = all.find((each) => each.host === 'cp3');
    assert.ok(third !== undefined);
    const alive = planRemoveMember(state, await operator.members(), { id: third.id, nodes: [] });
    assert.equal(alive.blockers.length, 1);

    await lab.off('cp3');
    try {
      const facts = await until(
        'the others have a leader',
        async () => {
          const found = await operator.members();
          return memberRows(state, found).some((each) => each.leads && each.facts !== undefined) && found;
        },
        30,
      );
      const plan = planRemoveMember(await operator.gather(), facts, { id: third.id, nodes: [] });
      assert.deepEqual(plan.blockers, []);
      assert.equal(plan.destructive, true);
      const removal = plan.steps.find((each) => each.id.startsWith('remove-member-'));
      // Dies when etcd has done it and nobody knows; the run that goes on finds it done.
      assert.equal((await operator.run(plan, { dieAt: removal?.id ?? '' })).broke, true);
      const result = await operator.run(plan, { earlier: { record: await operator.lastRun(), act: 'resume' } });
      assert.equal(result.outcome, 'done', JSON.stringify(result));
      assert.deepEqual(names('cp1'), ['cp1', 'cp2']);
      const { quorum } = await operator.gather();
      assert.equal(quorum?.voters, 2);
      assert.equal(quorum?.failuresLeft, 0);
    } finally {
      await putBack();
    }
    assert.deepEqual(names('cp1'), ['cp1', 'cp2', 'cp3']);
  });

  test('with the quorum lost nothing is taken out', async () => {
    const state = await operator.gather();
    const third = memberRows(state, await operator.members()).find((each) => each.host === 'cp3');
    lab.tell('cp3', 'systemctl stop etcd');
    lab.tell('cp2', 'systemctl stop etcd');
    try {
      const plan = planRemoveMember(await operator.gather(), await operator.members(), {
        id: third?.id ?? '',
        nodes: [],
      });
      assert.notDeepEqual(plan.blockers, []);
      assert.deepEqual(plan.steps, []);
    } finally {
      lab.tell('cp2', 'systemctl start --no-block etcd');
      lab.tell('cp3', 'systemctl start --no-block etcd');
      await lab.healthy();
    }
  });

  /** The third server comes back with an empty disk and joins again. */
  async function putBack(): Promise<void> {
    lab.on('cp3');
    await until('cp3 has booted', () => lab.ssh('cp3', 'true').code === 0, 60);
    lab.shell('cp3', 'systemctl stop etcd; rm -rf /var/lib/etcd/*');
    if (!names('cp1').includes('cp3'))
      etcdctl('cp1', `member add cp3 --peer-urls=https://${lab.machine('cp3').address}:2380`);
    lab.tell(
      'cp3',
      "sed -i 's/^ETCD_INITIAL_CLUSTER_STATE=.*/ETCD_INITIAL_CLUSTER_STATE=existing/' /etc/etcd/etcd.env",
    );
    lab.tell('cp3', 'systemctl reset-failed etcd; systemctl start etcd');
    await lab.healthy();
  }
});
