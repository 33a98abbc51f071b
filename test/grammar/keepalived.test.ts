import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { analyseKeepalived } from '../../src/model/keepalived/analysis';
import { diagnoseKeepalived } from '../../src/rules/keepalived/diagnose';
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

test('every snippet is a file, or part of one, that nothing is said against', () => {
  const snippets = JSON.parse(readFileSync('snippets/keepalived.json', 'utf8')) as Record<string, { body: string[] }>;
  for (const [name, { body }] of Object.entries(snippets)) {
    const text = body.join('\n').replace(/\$\{\d+:([^}]*)\}/g, '$1');
    const found = diagnoseKeepalived(analyseKeepalived({ path: 'keepalived.conf', text }), []);
    const wrong = found.filter((each) => each.rule !== 'keepalived/no-script-security');
    assert.deepEqual(wrong, [], name);
  }
});
