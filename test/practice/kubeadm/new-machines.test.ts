import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import { renderPlan } from '../../../src/ops/render-plan';
import { runAndTakeBack } from '../../support/kill-points';
import { KubeadmDisaster } from '../../support/kubeadm-disaster';
import { done, servers } from '../../support/kubeadm-fleet';
import { kubeNodes, pass, sceneOf, voters } from '../../support/practice-fleet';

const words = (list: readonly { readonly message: Parameters<typeof render>[0] }[]) =>
  list.map((each) => render(each.message)).join('\n');

describe('a restore of kubeadm onto new machines', () => {
  const worlds: KubeadmDisaster[] = [];
  after(() => {
    for (const each of worlds) each.remove();
  });
  const disaster = async (...lost: string[]) => {
    const world = await KubeadmDisaster.make();
    worlds.push(world);
    await world.lose(...lost);
    return world;
  };

  test('the keys of a backup and a downloaded snapshot make the cluster again on three servers', async () => {
    const world = await disaster(...servers);
    const authority = world.machine('w1').files.text('/etc/kubernetes/pki/ca.crt');
    const plan = await world.plan();
    assert.equal(words(plan.blockers), '');
    await done(sceneOf(world, plan));
    await pass(world, 30);
    assert.equal(await world.marker(), 'before');
    assert.deepEqual(await voters(world), servers);
    const ready = (await kubeNodes(world)).filter((each) => each.ready);
    assert.deepEqual(ready.map((each) => each.name).sort(), [...servers, 'w1'], 'the worker is back by itself');
    for (const host of servers)
      assert.equal(world.machine(host).files.text('/etc/kubernetes/pki/ca.crt'), authority, host);
    assert.doesNotMatch(await world.run('cp1', ['kubeadm', 'token', 'list']), /haven-/);
    assert.doesNotMatch(renderPlan(plan, render), /PRIVATE KEY|certificate-key [0-9a-f]/);
  });

  test('taken back, the machines are empty again, and what was written since is kept', async () => {
    const world = await disaster(...servers);
    await runAndTakeBack(sceneOf(world, await world.plan()));
    await pass(world, 40);
    for (const host of servers) {
      const { files, units } = world.machine(host);
      assert.notEqual(units.get('kubelet')?.active, 'active', host);
      assert.deepEqual(
        files.isFolder('/etc/kubernetes/manifests') ? files.list('/etc/kubernetes/manifests') : [],
        [],
        host,
      );
      assert.ok(!files.has('/etc/kubernetes/pki/ca.key'), host);
    }
    assert.ok(world.machine('cp1').files.has('/var/lib/haven/restore-20261121-070000/restored-member/snap/db'));
    const again = await world.plan({ stamp: '20261121-090000' });
    assert.equal(words(again.blockers), '');
    await done(sceneOf(world, again));
    assert.equal(await world.marker(), 'before');
  });

  test('data are not moved away under an etcd that still runs, as where kubelet is stopped', async () => {
    const world = await disaster(...servers);
    const scene = sceneOf(world, await world.plan());
    await done(scene);
    await world.run('cp1', ['systemctl', 'stop', 'kubelet']);
    const back = await runAndTakeBack(scene);
    assert.equal(back.outcome, 'failed');
    assert.match(JSON.stringify(back.reason), /containers of the control plane still run/);
    assert.ok(world.machine('cp1').files.has('/var/lib/etcd/member/snap/db'));
    await world.run('cp1', ['systemctl', 'start', 'kubelet']);
    assert.equal((await runAndTakeBack(scene)).outcome, 'undone');
    assert.ok(world.machine('cp1').files.has('/var/lib/haven/restore-20261121-070000/restored-member/snap/db'));
  });

  test('without the keys it is refused, and what could not be kept is said', async () => {
    const world = await disaster(...servers);
    const none = words((await world.plan({ pki: undefined })).blockers);
    assert.match(none, /without ca\.crt, ca\.key nothing that knew the former cluster would trust this one/);
    assert.match(none, /without sa\.key, sa\.pub every token of a service account would be refused/);
    const { files, ...rest } = await world.keys();
    const some = new Map([...files].filter(([name]) => !name.startsWith('etcd/') && name !== 'front-proxy-ca.key'));
    const half = await world.plan({ pki: { ...rest, files: some } });
    assert.equal(words(half.blockers), 'front-proxy-ca.key is missing beside its other half');
    assert.match(words(half.warnings), /kubeadm makes a new authority for etcd/);
  });

  test('without the authority of etcd kubeadm makes one, and the cluster is whole all the same', async () => {
    const world = await disaster(...servers);
    const { files, ...rest } = await world.keys();
    const some = new Map([...files].filter(([name]) => !name.startsWith('etcd/')));
    await done(sceneOf(world, await world.plan({ pki: { ...rest, files: some } })));
    assert.deepEqual(await voters(world), servers);
    assert.equal(await world.marker(), 'before');
  });

  test('keys of another cluster, and keys that do not belong together, are refused', async () => {
    const world = await disaster(...servers);
    const keys = await world.keys();
    const other = '-----BEGIN CERTIFICATE-----\nb3RoZXI=\n-----END CERTIFICATE-----\n';
    assert.equal(
      words((await world.plan({ pki: { ...keys, authority: other } })).blockers),
      'the authority in ca.crt is not the one that the cluster in the snapshot trusts',
    );
    assert.equal(
      words((await world.plan({ pki: { ...keys, strangers: ['sa.key'] } })).blockers),
      'sa.key does not belong to the certificate beside it',
    );
  });

  test('a snapshot that does not say how the cluster was set up, or whom to trust, is refused for what cannot be done', async () => {
    const world = await disaster(...servers);
    const snapshot = await world.snapshot();
    const { kubeadm, ...content } = snapshot.content;
    const without = (kept: NonNullable<typeof kubeadm>) => ({ ...snapshot, content: { ...content, kubeadm: kept } });
    assert.ok(kubeadm !== undefined);
    const { authorities: _, ...unsigned } = kubeadm;
    assert.equal(
      words((await world.plan({ snapshot: without(unsigned) })).blockers),
      'the snapshot has no cluster-info, which every server asks for that joins',
    );
    const { clusterConfiguration: __, ...unknown } = kubeadm;
    assert.match(
      words((await world.plan({ snapshot: without(unknown) })).blockers),
      /its kubeadm-config cannot be read/,
    );
  });

  test('while the former cluster still answers, it is refused: a second one would stand behind the same address', async () => {
    const world = await disaster('cp1');
    world.leaveOut('cp2', 'cp3');
    assert.match(
      words((await world.plan()).blockers),
      /an API answers at https:\/\/lb\.example\.com:6443\/livez: the former cluster, or a part of it, still runs/,
    );
  });

  test('fewer servers than before: Nodes of those that are gone are deleted', async () => {
    const world = await disaster(...servers);
    for (const host of ['cp2', 'cp3']) world.practice.powerOff(world.machine(host));
    world.leaveOut('cp2', 'cp3');
    await done(sceneOf(world, await world.plan()));
    await pass(world, 30);
    assert.deepEqual((await kubeNodes(world)).map((each) => each.name).sort(), ['cp1', 'w1']);
    assert.deepEqual(await voters(world), ['cp1']);
  });

  test('beside a server that survived, new machines join what it has restored; taken back, it has what it had', async () => {
    const world = await disaster('cp2', 'cp3');
    const plan = await world.plan({ pki: undefined });
    assert.equal(words(plan.blockers), '');
    await done(sceneOf(world, plan));
    await pass(world, 60);
    assert.equal(await world.marker(), 'before');
    assert.deepEqual(await voters(world), servers);
    const ready = (await kubeNodes(world)).filter((each) => each.ready);
    assert.deepEqual(ready.map((each) => each.name).sort(), [...servers, 'w1']);

    const second = await disaster('cp3');
    await runAndTakeBack(sceneOf(second, await second.plan({ pki: undefined })));
    await pass(second, 90);
    assert.equal(await second.marker(), 'after');
    assert.deepEqual(
      second.practice
        .anyStore()
        ?.members.map((each) => each.name)
        .sort(),
      servers,
      'as before',
    );
    assert.ok(!second.machine('cp3').files.has('/etc/kubernetes/pki/ca.key'));
  });

  test('an empty machine beside a server that survived is left alone where it is said to be absent', async () => {
    const world = await disaster('cp2', 'cp3');
    const plan = await world.plan({ pki: undefined, absent: ['cp3'] });
    assert.equal(words(plan.blockers), '');
    assert.ok(plan.steps.some((each) => each.host === 'cp2'));
    assert.deepEqual(
      plan.steps.filter((each) => each.host === 'cp3').map((each) => each.id),
      [],
    );
  });

  test('leftovers, another release, a missing program and a silent machine are refused before anything is done', async () => {
    const world = await disaster(...servers);
    world.machine('cp2').files.place('/etc/kubernetes/pki/apiserver.key', 'old\n');
    world.machine('cp3').files.place('/usr/bin/kubeadm', 'practice kubeadm v1.31.0\n', 0o755);
    world.machine('cp1').missing.add('etcdutl');
    const refused = words((await world.plan()).blockers);
    assert.match(refused, /\/etc\/kubernetes\/pki is left from an earlier cluster/);
    assert.match(refused, /it has kubeadm v1\.31\.0, and the cluster in the snapshot runs v1\.34\.1/);
    assert.match(refused, /there is no etcdutl, and no image of etcd/);
    world.practice.powerOff(world.machine('cp3'));
    assert.match(
      words((await world.plan()).blockers),
      /it does not answer, so nobody can prove that its etcd is stopped/,
    );
  });
});
