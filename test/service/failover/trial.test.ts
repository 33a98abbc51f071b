import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { playTrial } from '../../../src/service';

const nodes = ['lb1', 'lb2'].map((name, i) => ({
  name,
  address: `192.168.1.${8 + i}`,
  files: [{ path: `${name}.conf`, text: readFileSync(`examples/lb/keepalived-${name}.conf`, 'utf8') }],
}));

test('failures and repairs are played one after another', () => {
  const trial = playTrial(nodes, ['fail:lb1:haproxy', 'fail:lb2', 'ok:lb1:haproxy']);
  assert.deepEqual(
    trial?.nodes.map((each) => each.name),
    ['lb1', 'lb2'],
  );
  for (const each of trial?.nodes ?? []) assert.ok(each.checks.includes('haproxy'), each.name);
  const holders = [trial?.start, ...(trial?.steps ?? [])].map((vips) => vips?.map((each) => each.after));
  assert.deepEqual(holders, [[[['lb1']]], [[['lb2']]], [[['lb1']]], [[['lb1']]]]);
  assert.equal(trial?.steps[0]?.[0]?.vip, '192.168.1.100');
  const [low, high] = trial?.steps[0]?.[0]?.seconds ?? [0, 0];
  assert.ok(low > 0 && high >= low);
});

test('what the files do not have cannot be tried, and without keepalived there is nothing to play', () => {
  assert.equal(playTrial(nodes, ['fail:lb1:gone']), undefined);
  assert.equal(playTrial([], []), undefined);
});
