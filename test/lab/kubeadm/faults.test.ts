import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import { planRenewCertificates } from '../../../src/ops/certificates';
import type { Plan } from '../../../src/ops/plan';
import { planReaddMember } from '../../../src/ops/readd-member';
import { planKubeadmRestore } from '../../../src/ops/restore/plan-kubeadm';
import { planSnapshot } from '../../../src/ops/snapshot';
import { planSnapshotTimer } from '../../../src/ops/snapshot-timer';
import { noCrictl } from '../support/kubeadm';
import { Lab } from '../support/lab';
import { memberHosts, nodeNames } from '../support/leave-and-join';
import { Operator, type OperatorRun } from '../support/operator';
import { carryOut, joinPlan, removePlan, stamp } from '../support/plans';
import { until } from '../support/shell';
import { labMissing } from '../support/suite';

const servers = ['cp1', 'cp2', 'cp3'];

describe('what breaks in the second half of a run on a real kubeadm cluster', { skip: labMissing('kubeadm') }, () => {
  let lab: Lab;
  let operator: Operator;
  before(async () => {
    lab = Lab.running();
    operator = new Operator(lab);
    await lab.healthy(240);
  });
  after(() => operator?.close());

  const resume = async () => ({ record: await operator.lastRun(), act: 'resume' as const });
  const undo = async () => ({ record: await operator.lastRun(), act: 'undo' as const });

  /** The program that runs the plan dies at this step. */
  async function dies(plan: Plan, dieAt: string, earlier?: OperatorRun['earlier']): Promise<void> {
    const result = await operator.run(plan, { dieAt, ...(earlier && { earlier }) });
    assert.equal(result.broke, true, `${dieAt}: ${JSON.stringify(result)}`);
  }

  /** All of them lose their power, and have it again. */
  async function again(hosts: readonly string[]): Promise<void> {
    await Promise.all(hosts.map((host) => lab.off(host)));
    for (const host of hosts) lab.on(host);
  }

  /** These machines lose their power when this step begins, and have it again; the run goes on by itself, or is gone on with. */
  async function darkens(
    plan: Plan,
    at: string,
    hosts: readonly string[],
    act: () => ReturnType<typeof resume | typeof undo>,
    dieAt?: string,
  ) {
    let dark: Promise<unknown> | undefined;
    const earlier = await act();
    const result = await operator.run(plan, {
      earlier,
      ...(dieAt !== undefined && { dieAt }),
      onStep: (step) => {
        if (step.id === at) dark ??= again(hosts);
      },
    });
    assert.ok(dark !== undefined, `${at} did not begin: ${JSON.stringify(result)}`);
    await dark;
    await lab.answers(120);
    return result;
  }

  const clusterId = (host: string) =>
    /"cluster_id":(\d+)/.exec(lab.etcdctl(host, 'endpoint status -w json').stdout)?.[1];
  const revision = (host: string) =>
    Number(/"revision":(\d+)/.exec(lab.etcdctl(host, 'endpoint status -w json').stdout)?.[1]);
  const note = (name: string) => {
    const { code, stderr } = lab.kubectl(`create configmap ${name} --from-literal=x=1`);
    assert.equal(code, 0, stderr);
  };
  const has = (name: string) => lab.kubectl('get configmaps -o name').stdout.includes(`/${name}\n`);

  /** A restore of a snapshot that is taken now, which lies on `host` at `path`. */
  async function restorePlan(name: string): Promise<{ plan: Plan; host: string; path: string; at: string }> {
    const saved = planSnapshot(await operator.gather(), name);
    assert.equal((await operator.run(saved)).outcome, 'done');
    const host = saved.steps[0]?.host ?? '';
    const path = `/var/lib/haven/snapshots/${name}`;
    const local = await operator.bring(host, path);
    const at = stamp();
    const plan = planKubeadmRestore(await operator.gather(), await operator.kubeadmRestoreFacts(host, path), {
      stamp: at,
      absent: [],
      snapshot: { host, path, bytes: local.bytes, hash: local.hash, content: local.content, local },
    });
    assert.deepEqual(plan.blockers, []);
    return { plan, host, path, at };
  }

  test('a snapshot that is damaged after it was looked at stops a restore before anything is stopped', {
    skip: noCrictl,
  }, async () => {
    const { plan, host, path } = await restorePlan(`flipped-${Date.now()}`);
    lab.tell(host, `printf X | dd of=${path} bs=1 seek=20000 conv=notrunc status=none`);
    const result = await operator.run(plan);
    assert.equal(result.outcome, 'failed', JSON.stringify(result));
    assert.equal(result.stoppedAt?.id, `copy@${host}`);
    assert.match(
      result.reason === undefined ? '' : render(result.reason.message),
      /is not the snapshot that was looked at/,
    );
    for (const { name } of lab.servers) assert.equal(lab.tell(name, 'ls /etc/kubernetes/manifests | wc -l'), '4', name);
    assert.equal(lab.healthyMembers().length, 3);
  });

  test('a restore: the power goes everywhere at once, then on one server, the editor dies three times; taken back through a power cut', {
    skip: noCrictl,
  }, async () => {
    const name = `dark-${Date.now()}`;
    note(`${name}-before`);
    const { plan, at } = await restorePlan(name);
    note(`${name}-after`);
    const former = clusterId('cp1');
    await dies(plan, 'stopped@cp3');
    await again(servers);
    await lab.answers(120);
    // kubelet of each is up again, and has nothing to start.
    for (const each of servers) {
      await until(`kubelet of ${each} is up`, () => lab.shell(each, 'systemctl is-active -q kubelet').code === 0, 60);
      assert.equal(lab.shell(each, 'pgrep -x etcd').code, 1, each);
    }
    const dark = await darkens(plan, 'etcd@cp3', ['cp2'], resume, 'compare@cp1');
    assert.equal(dark.broke, true, JSON.stringify(dark));
    await dies(plan, 'start@cp2', await resume());
    const result = await operator.run(plan, { earlier: await resume() });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await lab.healthy(300);
    assert.ok(has(`${name}-before`) && !has(`${name}-after`));
    const restored = clusterId('cp1');
    assert.notEqual(restored, former);
    for (const each of servers) {
      assert.equal(clusterId(each), restored, each);
      assert.ok(revision(each) > 1_000_000_000, `${each}: ${revision(each)}`);
      lab.tell(each, `test -s /var/lib/etcd/haven-before-${at}/snap/db`);
    }

    await dies(plan, 'back-data@cp2', await undo());
    const back = await darkens(plan, 'back-start@cp1', ['cp3'], undo);
    if (back.outcome !== 'undone') {
      const again = await operator.run(plan, { earlier: await undo() });
      assert.equal(again.outcome, 'undone', JSON.stringify(again));
    }
    await lab.healthy(300);
    assert.ok(has(`${name}-after`));
    for (const each of servers) assert.equal(clusterId(each), former, each);
  });

  test('certificates: a server loses its power while its control plane is stopped for them; and they are taken back', async () => {
    const serial = () => lab.tell('cp2', 'openssl x509 -noout -serial -in /etc/kubernetes/pki/apiserver.crt');
    const old = serial();
    const plan = planRenewCertificates(await operator.gather(), await operator.certificates(), {
      stamp: stamp(),
      hosts: ['cp2'],
    });
    assert.deepEqual(plan.blockers, []);
    await dies(plan, 'stop-pods@cp2');
    await darkens(plan, 'start-pods@cp2', ['cp2'], resume);
    const record = await operator.lastRun();
    if (record.outcome !== 'done') {
      const result = await operator.run(plan, { earlier: await resume() });
      assert.equal(result.outcome, 'done', JSON.stringify(result));
    }
    await lab.healthy(240);
    assert.notEqual(serial(), old);
    assert.equal(lab.tell('cp2', 'ls /etc/kubernetes/manifests | wc -l'), '4');

    const next = planRenewCertificates(await operator.gather(), await operator.certificates(), {
      stamp: stamp(),
      hosts: ['cp2'],
    });
    const kept = serial();
    await dies(next, 'stop-pods@cp2');
    await dies(next, 'pods-back@cp2', await undo());
    const back = await operator.run(next, { earlier: await undo() });
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    assert.equal(serial(), kept);
    await lab.healthy(240);
  });

  test('a member that was taken out is one again: the editor dies, the power goes, and it is taken back first', async () => {
    const id = /^([0-9a-f]+), [a-z]+, cp3,/m.exec(lab.etcdctl('cp1', 'member list').stdout)?.[1] ?? '';
    assert.equal(lab.etcdctl('cp1', `member remove ${id}`).code, 0);
    await until('etcd of cp3 is out', () => lab.healthyMembers().join() === 'cp1,cp2', 60);
    const planned = async () => {
      const facts = await until(
        'both others tell of themselves',
        async () => {
          const found = await operator.members();
          return [...found.values()].length >= 2 && found;
        },
        60,
      );
      const plan = planReaddMember(await operator.gather(), facts, { stamp: stamp(), host: 'cp3' });
      assert.deepEqual(
        plan.blockers.map((each) => render(each.message)),
        [],
      );
      return plan;
    };
    const plan = await planned();
    await dies(plan, 'start-etcd@cp3');
    const back = await operator.run(plan, { earlier: await undo() });
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    assert.deepEqual(await memberHosts(operator), ['cp1', 'cp2']);
    lab.tell('cp3', 'test -e /etc/kubernetes/manifests/etcd.yaml && test -e /var/lib/etcd/member');

    const next = await planned();
    await dies(next, 'aside@cp3');
    const result = await darkens(next, 'promote@cp3', ['cp3'], resume);
    if (result.outcome !== 'done') {
      // A failure takes it back: it is tried again then.
      const again =
        result.outcome === 'undone'
          ? await operator.run(await planned())
          : await operator.run(next, { earlier: await resume() });
      assert.equal(again.outcome, 'done', JSON.stringify(again));
    }
    await lab.healthy(240);
    assert.deepEqual(await memberHosts(operator), servers);
  });

  test('a timer of snapshots saves on every server, also when the editor dies, and is taken back', async () => {
    const schedule = { cron: '30 2 * * *', keep: 2, compress: false };
    const plan = planSnapshotTimer(await operator.gather(), { stamp: stamp(), schedule });
    assert.deepEqual(plan.blockers, []);
    await carryOut(operator, plan, { dieAt: 'try@cp2' });
    for (const each of servers) {
      assert.match(
        lab.tell(each, 'systemctl list-timers --no-legend haven-etcd-snapshot.timer'),
        /haven-etcd-snapshot/,
      );
      lab.tell(
        each,
        'systemctl start haven-etcd-snapshot.service && sleep 1 && systemctl start haven-etcd-snapshot.service',
      );
      const files = lab.tell(each, 'ls /var/lib/haven/snapshots | grep "^scheduled-"').split('\n');
      assert.equal(files.length, 2, each);
      assert.ok((await operator.bring(each, `/var/lib/haven/snapshots/${files.at(-1)}`)).content.keys > 50, each);
    }
    const back = await operator.run(plan, { earlier: await undo() });
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    for (const each of servers)
      assert.equal(lab.shell(each, 'ls /etc/systemd/system/haven-etcd-snapshot.timer').code, 2, each);
  });

  test('a server leaves whose Node is gone already; the power goes while kubeadm resets it, the editor dies behind that', async () => {
    assert.equal(lab.kubectl('delete node cp3').code, 0);
    const plan = await removePlan(operator, 'cp3', true);
    await dies(plan, 'begin-reset@cp3');
    const broken = await darkens(plan, 'reset@cp3', ['cp3'], resume, 'member@cp3');
    if (broken.broke !== true) await dies(plan, 'member@cp3', await resume());
    const last = await operator.run(plan, { earlier: await resume() });
    assert.equal(last.outcome, 'done', JSON.stringify(last));
    await until('cp3 is no member', async () => (await memberHosts(operator)).join() === 'cp1,cp2', 60);
    assert.deepEqual(nodeNames(lab), ['cp1', 'cp2', 'w1']);
    assert.equal(
      lab.tell('cp3', 'ls -A /etc/kubernetes/manifests /var/lib/etcd | grep -cE "yaml|member" || true'),
      '0',
    );
  });

  test('a server joins: its cable is out for a while, the editor dies while it is waited for and before the token is taken away', async () => {
    const plan = await joinPlan(operator, 'cp3');
    let cut: Promise<void> | undefined;
    const result = await operator.run(plan, {
      onStep: (step) => {
        if (step.id !== 'join@cp3' || cut !== undefined) return;
        cut = until('it is in the list of members', () => lab.etcdctl('cp1', 'member list').stdout.includes('cp3'), 60)
          .catch(() => {})
          .then(() => lab.unplug('cp3'))
          .then(() => new Promise((done) => setTimeout(done, 20_000)))
          .then(() => lab.plug('cp3'));
      },
    });
    await cut;
    const again = result.outcome === 'undone' ? await joinPlan(operator, 'cp3') : plan;
    const earlier = result.outcome === 'undone' || result.outcome === 'done' ? undefined : await resume();
    if (result.outcome !== 'done') {
      await dies(again, 'healthy@cp3', earlier);
      await dies(again, 'ready@cp3', await resume());
      const last = await operator.run(again, { earlier: await resume() });
      assert.equal(last.outcome, 'done', JSON.stringify(last));
    }
    await lab.healthy(240);
    assert.deepEqual(await memberHosts(operator), servers);
    assert.equal(lab.tell('cp3', "find /var/lib/haven -name 'join.yaml*' | wc -l"), '0');
    assert.doesNotMatch(lab.tell('cp1', 'kubeadm token list'), /haven-lab/);
  });
});
