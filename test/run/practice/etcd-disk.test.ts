import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PracticeWorld } from '../../support/practice';

test('an etcd that ends on a full disk has what it said yes to', () => {
  const world = new PracticeWorld('kubeadm');
  const machine = world.machine('cp1');
  const { control, etcd } = world.practice;
  const running = control.etcdOf(machine);
  assert.ok(running !== undefined);
  running.store.put('/registry/last', 'x');
  machine.files.limits.set('/', 10);
  etcd.stop(running);
  machine.files.limits.clear();
  assert.equal(etcd.start(machine, running.folder).store.get('/registry/last'), 'x');
});
