import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureMatrix, type MatrixRow } from '../../../src/model/vrrp/matrix';
import { vrrpNode } from '../../support/vrrp';

const flawOf = (rows: readonly MatrixRow[], at: (row: MatrixRow) => boolean) =>
  rows.find(at)?.flaws.map((each) => each.flaw);
const fails = (node: number, check: number) => (row: MatrixRow) =>
  row.events.length === 1 &&
  row.events.every((event) => event.kind === 'fail' && event.node === node && event.check === check);

test('a weight smaller than the gap leaves the address on the failed node', () => {
  const nodes = [
    vrrpNode('n1', { basePriority: 110, script: { weight: -5 } }),
    vrrpNode('n2', { basePriority: 100, script: { weight: -5 } }),
  ];
  const { single, pairs } = failureMatrix(nodes, undefined);
  assert.deepEqual(flawOf(single, fails(0, 1)), ['stays on the failed node']);
  assert.deepEqual(flawOf(single, fails(1, 1)), []);
  assert.equal(single.length, 6);
  assert.equal(pairs.length, 11);
  const bothOff = pairs.find((row) => row.events.every((event) => event.kind === 'power-cut'));
  assert.deepEqual(bothOff?.flaws, [{ vip: '10.77.0.100', flaw: 'nowhere' }]);
});

test('weight 0 lets every check move the address, and both failing checks leave it nowhere', () => {
  const nodes = [
    vrrpNode('n1', { basePriority: 110, script: { weight: 0 } }),
    vrrpNode('n2', { basePriority: 100, script: { weight: 0 } }),
  ];
  const { single, pairs } = failureMatrix(nodes, undefined);
  assert.deepEqual(
    single.flatMap((row) => row.flaws),
    [],
  );
  const both = pairs.find((row) => row.events.every((event) => event.kind === 'fail' && event.check === 1));
  assert.deepEqual(
    both?.flaws.map((each) => each.flaw),
    ['nowhere'],
  );
});
