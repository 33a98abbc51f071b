import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, padColumns } from '../../src/base/columns';

test('Korean letters fill two columns', () => {
  assert.equal(columnsOf('up'), 2);
  assert.equal(columnsOf('정상'), 4);
  assert.equal(columnsOf('etcd 리더 · 2'), 13);
});

test('a text is filled up to its columns and never cut', () => {
  assert.equal(padColumns('정상', 8), '정상    ');
  assert.equal(padColumns('degraded', 8), 'degraded');
  assert.equal(padColumns('일부 이상', 8), '일부 이상');
});
