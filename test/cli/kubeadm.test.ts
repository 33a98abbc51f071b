import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { commandLine } from '../../src/base/shell';
import { removePeer } from '../../src/ops/commands/etcd-peer';
import { CliWorld, rows } from '../support/cli-world';

/** Practice seconds in one real one. */
const pace = 40;

describe('a kubeadm cluster on the command line', () => {
  let world: CliWorld;
  const haven = (...args: string[]) => world.run([...args, '--in', world.folder]);
  const members = () => (world.practice.anyStore()?.members ?? []).map((each) => each.name).sort();

  before(async () => {
    const born = Date.now();
    world = await CliWorld.make('127.77.6', () => born + (Date.now() - born) * pace, {
      distribution: 'kubeadm',
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / pace)),
    });
  });
  after(() => world.close());

  test('an upgrade: programs from a folder, every node one after another, and what cannot be is told', async () => {
    const programs = join(world.home, 'programs');
    mkdirSync(programs);
    const none = await haven('plan', 'upgrade', 'cp1', '--release', 'v1.34.3', '--programs', programs);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /programs has none of kubeadm, kubelet and kubectl/);
    for (const [name, said] of [
      ['kubeadm', 'GitVersion:"v1.34.3"'],
      ['kubelet', 'Kubernetes v1.34.3'],
      ['kubectl', 'Client Version: v1.34.3'],
    ] as const)
      writeFileSync(join(programs, name), `#!/bin/sh\n# practice ${name} v1.34.3\necho '${said}'\n`);
    const wrong = await haven('plan', 'upgrade', 'cp1', '--release', '1.34', '--programs', programs);
    assert.match(wrong.stderr, /--release wants a release like v1\.34\.1\n/);
    const ofK3s = await haven('plan', 'upgrade', 'cp1', '--release', 'v1.34.3', '--online');
    assert.match(ofK3s.stderr, /a kubeadm cluster takes --programs DIR/);
    const skipped = await haven('run', 'upgrade', 'cp1', '--release', 'v1.36.0', '--programs', programs, '--yes');
    assert.equal(skipped.code, 2);
    assert.match(skipped.stderr, /haven run: .*v1\.36\.0/);

    const nodes = ['cp1', 'cp2', 'cp3', 'w1'];
    const ran = await haven('run', 'upgrade', ...nodes, '--release', 'v1.34.3', '--programs', programs, '--yes');
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.match(ran.stdout, /# Upgrade cp\d, cp\d, cp\d, w1 to v1\.34\.3, one after another\n/);
    assert.match(
      ran.stdout,
      /- etcd now: 3 of 3 members are healthy, and 1 may fail\n- while one of .*: 2 of 3, and 0 may fail\n/,
    );
    assert.match(ran.stdout, /\ndone\n$/);
    const told = rows((await world.run(['status', world.folder, '--format', 'json'])).stdout)[0];
    assert.deepEqual(
      ((told?.nodes ?? []) as { health: string }[]).map((each) => each.health),
      Array.from({ length: 6 }, () => 'up'),
    );
    for (const name of nodes) assert.match(world.machine(name).files.text('/usr/bin/kubelet'), /v1\.34\.3/, name);
    const settings = world.practice.anyStore()?.get('/registry/configmaps/kube-system/kubeadm-config') ?? '';
    assert.match(settings, /kubernetesVersion: v1\.34\.3\b/);
  });

  test('a member that was taken out is added again, votes, and everybody is well', async () => {
    const before = members();
    const there = await haven('run', 'add-member', 'cp3', '--yes');
    assert.equal(there.code, 2, 'it is a member');
    const { address } = world.machine('cp3');
    const taken = await world.machine('cp1').exec(commandLine(removePeer('kubeadm', address).argv.map(String)));
    assert.equal(taken.code, 0, taken.stderr);
    assert.equal(members().length, 2);
    await new Promise((resolve) => setTimeout(resolve, (30 / pace) * 1000));
    const ran = await haven('run', 'add-member', 'cp3', '--yes');
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.match(
      ran.stdout,
      /- etcd now: 2 of 2 members are healthy, and 0 may fail\n- afterwards: 3 of 3 members are healthy, and 1 may fail\n/,
    );
    assert.deepEqual(members(), before);
    const well = await world.run(['status', world.folder]);
    assert.equal(well.code, 0, well.stdout);
    assert.match(well.stdout, /quorum holds, 3 of 3 voters healthy, 1 may fail/);
  });

  test('certificates are renewed on one node, and the former ones are kept', async () => {
    const text = () => world.machine('cp2').files.text('/etc/kubernetes/pki/apiserver.crt');
    const before = text();
    const ran = await haven('run', 'renew-certificates', 'cp2', '--yes');
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.notEqual(text(), before);
    assert.match(ran.stdout, /The old certificates are kept in \/var\/lib\/haven\/kept\//);
  });
});
