import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serverHealthCommand } from '../../../src/ops/commands/server-health';
import { statusOf } from '../../../src/ops/status/cluster-state';
import { PracticeWorld } from '../../support/practice';
import { kubeNodes, memberFacts, pass, voters } from '../../support/practice-fleet';

const servers = ['cp1', 'cp2', 'cp3'];

describe('the state of a kubeadm practice cluster', () => {
  test('is told by every node: units, members, certificates, the virtual address', async () => {
    const world = new PracticeWorld('kubeadm');
    const state = await world.state();
    assert.deepEqual(
      state.nodes.map((each) => `${each.node.name} ${each.health}`),
      ['cp1 up', 'cp2 up', 'cp3 up', 'w1 up', 'lb1 up', 'lb2 up'],
    );
    assert.equal(state.quorum?.voters, 3);
    assert.match(state.quorum?.leader ?? '', /^cp[123]$/);
    assert.deepEqual(state.vips[0]?.holders, ['lb1']);
    const [first] = state.nodes;
    const status = first === undefined ? undefined : statusOf(first);
    assert.deepEqual(
      status?.certificates.map((each) => each.path),
      ['/etc/kubernetes/pki/apiserver.crt', '/etc/kubernetes/pki/etcd/server.crt'],
    );
    assert.deepEqual(
      status?.units.map((each) => `${each.name} ${each.active}`),
      ['kubelet active'],
    );
    assert.deepEqual(await voters(world), servers);
    const nodes = await kubeNodes(world);
    assert.deepEqual(
      nodes.map((each) => `${each.name} ${each.ready} ${each.version}`),
      [...servers, 'w1'].map((name) => `${name} true v1.34.1`),
    );
    for (const name of servers)
      assert.match(await world.run(name, serverHealthCommand('kubeadm', true).argv.map(String)), /^healthy$/m, name);
  });

  test('stays as it is while nobody touches it', async () => {
    const world = new PracticeWorld('kubeadm');
    await pass(world, 300);
    assert.deepEqual(
      (await world.state()).nodes.map((each) => each.health),
      Array(6).fill('up'),
    );
    assert.ok((await kubeNodes(world)).every((each) => each.ready));
  });

  test('with two of three powered off: no leader, and all is well 65 s after the power is back', async () => {
    const world = new PracticeWorld('kubeadm');
    for (const name of ['cp2', 'cp3']) world.practice.powerOff(world.machine(name));
    await pass(world, 60);
    const lost = await world.state();
    assert.equal(lost.quorum?.verdict, 'lost');
    assert.equal((await memberFacts(world)).get('cp1')?.leaderId, '0');
    for (const name of ['cp2', 'cp3']) world.practice.powerOn(world.machine(name));
    await pass(world, 40);
    assert.equal((await world.state()).quorum?.verdict, 'lost');
    await pass(world, 40);
    assert.deepEqual(
      (await world.state()).nodes.map((each) => each.health),
      Array(6).fill('up'),
    );
  });

  test('a Node whose machine is gone is called ready for some 45 s more', async () => {
    const world = new PracticeWorld('kubeadm');
    world.practice.powerOff(world.machine('w1'));
    await pass(world, 30);
    assert.equal((await kubeNodes(world)).find((each) => each.name === 'w1')?.ready, true);
    await pass(world, 30);
    assert.equal((await kubeNodes(world)).find((each) => each.name === 'w1')?.ready, false);
  });

  test('moving the manifests away ends the pods after 30 s, and 20 s after they are back the server works', async () => {
    const world = new PracticeWorld('kubeadm');
    const script = 'mkdir /root/out; mv /etc/kubernetes/manifests/*.yaml /root/out/';
    await world.run('cp3', ['sh', '-c', script]);
    await pass(world, 25);
    assert.equal((await world.run('cp3', ['crictl', 'ps', '-q'])).trim().split('\n').length, 1);
    await pass(world, 6);
    assert.equal(await world.run('cp3', ['crictl', 'ps', '-q']), '');
    assert.equal((await world.state()).quorum?.healthyVoters, 2);
    await world.run('cp3', ['sh', '-c', 'mv /root/out/*.yaml /etc/kubernetes/manifests/']);
    await pass(world, 20);
    assert.match(await world.run('cp3', serverHealthCommand('kubeadm', true).argv.map(String)), /^healthy$/m);
  });
});
