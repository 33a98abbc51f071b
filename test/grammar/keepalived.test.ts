import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scopesOf } from '../support/grammar';

async function shown(line: string): Promise<string[]> {
  const [tokens = []] = await scopesOf('keepalived', line);
  return tokens.map(({ text, scope }) => `${text}: ${scope.replace('.keepalived', '')}`);
}

test('blocks and their names', async () => {
  assert.deepEqual(await shown('vrrp_instance VI_1 { ! note'), [
    'vrrp_instance: keyword.control.block',
    'VI_1: entity.name.section',
    '! note: comment.line',
  ]);
});

test('settings, numbers and constants', async () => {
  assert.deepEqual(await shown('    priority 101#c'), [
    'priority: keyword.other.setting',
    '101: constant.numeric',
    '#c: comment.line',
  ]);
  assert.deepEqual(await shown('    state MASTER'), ['state: keyword.other.setting', 'MASTER: constant.language']);
});

test('addresses, definitions and conditions', async () => {
  assert.deepEqual(await shown('    192.168.1.100/24'), ['192.168.1.100/24: constant.other.address']);
  assert.deepEqual(await shown('$VIP=10.0.0.1'), [
    '$VIP: variable.other.definition',
    '=: keyword.operator',
    '10.0.0.1: constant.other.address',
  ]);
  assert.deepEqual(await shown('@lb1 priority 101'), [
    '@lb1: keyword.control.condition',
    'priority: keyword.other.setting',
    '101: constant.numeric',
  ]);
});
