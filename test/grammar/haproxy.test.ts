import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sectionTypes } from '../../src/catalog/haproxy/catalog';
import { scopesOf } from '../support/grammar';

async function shown(line: string): Promise<string[]> {
  const [tokens = []] = await scopesOf('haproxy', line);
  return tokens.map(({ text, scope }) => `${text}: ${scope.replace('.haproxy', '')}`);
}

test('sections and names', async () => {
  assert.deepEqual(await shown('frontend api from base # note'), [
    'frontend: keyword.control.section',
    'api: entity.name.section',
    'from: keyword.other.from',
    'base: entity.name.section',
    '# note: comment.line.number-sign',
  ]);
});

test('servers, addresses and numbers', async () => {
  assert.deepEqual(await shown('    server cp1 192.168.1.10:6443 check inter 3s'), [
    'server: keyword.other.directive',
    'cp1: entity.name.server',
    '192.168.1.10:6443: constant.other.address',
    '3s: constant.numeric',
  ]);
});

test('conditions', async () => {
  assert.deepEqual(await shown('  http-request deny if !{ src 10.0.0.0/8 } or bad'), [
    'http-request: keyword.other.directive',
    'deny: support.function.action',
    'if: keyword.operator.logical',
    '!: punctuation.section.condition',
    '10.0.0.0/8: constant.other.address',
    '}: punctuation.section.condition',
    'or: keyword.operator.logical',
  ]);
});

test('strings, variables and escapes', async () => {
  assert.deepEqual(await shown('  log-format "%ci \\"${X}" a\\ b'), [
    'log-format: keyword.other.directive',
    '": string.quoted.double',
    '%ci: constant.other.placeholder',
    '\\": constant.character.escape',
    '${X}: variable.other.environment',
    '": string.quoted.double',
    '\\ : constant.character.escape',
  ]);
});

test('a comment sign behind a backslash is text', async () => {
  assert.deepEqual(await shown('  user a\\#b #c'), [
    'user: keyword.other.directive',
    'a\\#b: entity.name.server',
    '#c: comment.line.number-sign',
  ]);
});

test('every section and every rule begins as one', async () => {
  for (const { name } of sectionTypes) {
    const [first] = await shown(name === 'global' ? name : `${name} one`);
    assert.equal(first, `${name}: keyword.control.section`);
  }
  for (const set of ['http-request', 'http-after-response', 'tcp-response', 'quic-initial'])
    assert.deepEqual(await shown(`    ${set} accept`), [
      `${set}: keyword.other.directive`,
      'accept: support.function.action',
    ]);
});

test('several addresses, and ports alone', async () => {
  assert.deepEqual((await shown('\tbind :443,[::1]:443,ipv4@10.0.0.1:80-90 ssl')).slice(1), [
    ':443: constant.other.address',
    '[::1]:443: constant.other.address',
    '10.0.0.1:80-90: constant.other.address',
  ]);
});
