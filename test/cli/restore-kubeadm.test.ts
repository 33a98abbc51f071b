import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { authorityFiles } from '../../src/ops/restore/new-kubeadm-facts';
import { CliWorld } from '../support/cli-world';
import { emptyMachine } from '../support/kubeadm-disaster';

/** Practice seconds in one real one. */
const pace = 40;
const marker = '/registry/configmaps/default/marker';
const servers = ['cp1', 'cp2', 'cp3'];

describe('a kubeadm cluster whose servers are gone, on the command line', () => {
  let world: CliWorld;
  const haven = (...args: string[]) => world.run([...args, '--in', world.folder]);
  const at = (name: string) => join(world.home, name);

  before(async () => {
    const born = Date.now();
    world = await CliWorld.make('127.77.31', () => born + (Date.now() - born) * pace, {
      distribution: 'kubeadm',
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / pace)),
    });
  });
  after(() => world.close());

  test('is refused without its keys, and made again on new machines from a downloaded snapshot with them', async () => {
    world.practice.anyStore()?.put(marker, 'before');
    const saved = await haven('run', 'snapshot', '--name', 'keep', '--yes');
    assert.equal(saved.code, 0, saved.stdout + saved.stderr);
    const { files } =
      servers.map((each) => world.machine(each)).find((each) => each.files.has('/var/lib/haven/snapshots/keep')) ??
      world.machine('cp1');
    writeFileSync(at('keep'), files.read('/var/lib/haven/snapshots/keep'));
    for (const name of authorityFiles) {
      const path = join(at('backup'), 'cp1/etc/kubernetes/pki', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, world.machine('cp1').files.read(`/etc/kubernetes/pki/${name}`));
    }
    world.practice.anyStore()?.put(marker, 'after');
    for (const each of servers) emptyMachine(world.machine(each));

    const refused = await haven('plan', 'restore', at('keep'));
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stdout, /without ca\.crt, ca\.key nothing that knew the former cluster would trust this one/);
    assert.match((await haven('plan', 'restore', at('keep'), '--pki', at('none'))).stderr, /--pki wants a folder/);

    const ran = await haven('run', 'restore', at('keep'), '--pki', at('backup'), '--confirm', 'practice-kubeadm');
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    await world.practice.settle();
    const store = world.practice.anyStore();
    assert.equal(store?.get(marker), 'before');
    assert.deepEqual(store?.members.map((each) => each.name).sort(), servers);
  });
});
