import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { applyEdits } from '../../../src/base/span';
import type { AnyLanguage } from '../../../src/service/language';
import { languageOf } from '../../../src/service/registry';

const inventory = languageOf('inventory') as AnyLanguage;
const text = `clusters:
  - name: prod
    nodes:
      - { name: cp1, address: 192.0.2.11, roles: [server] }
      - { name: lb1, address: 192.0.2.5, roles: [loadbalancer] }
    configs:
      - { file: lb/haproxy.cfg, on: [lb1, cp1] }
  - name: test
    nodes:
      - { name: lb1, address: 198.51.100.5, roles: [loadbalancer] }
`;
const analysis = inventory.analyse({ path: 'haven.yaml', text, versions: {} });
const given = text.indexOf('lb1');
const used = text.indexOf('[lb1') + 1;

test('a node is found from where a file names it, within its cluster', () => {
  assert.deepEqual(
    inventory.definition?.(analysis, used, []).map(({ span }) => span.start),
    [given],
  );
  assert.deepEqual(
    inventory.references?.(analysis, given, []).map(({ span }) => span.start),
    [given, used],
  );
  assert.equal(
    inventory.hover?.(analysis, used, { siblings: [], wallClock: 0 })?.markdown,
    '**lb1** 192.0.2.5 (loadbalancer)',
  );
});

test('a node is renamed with every file that names it', () => {
  assert.equal(inventory.renameable?.(analysis, used)?.name, 'lb1');
  const edits = (inventory.references?.(analysis, used, []) ?? []).map(({ span }) => ({ span, newText: 'edge' }));
  const renamed = applyEdits(text, edits);
  assert.match(renamed, /name: edge, address: 192\.0\.2\.5/);
  assert.match(renamed, /on: \[edge, cp1\]/);
  assert.match(renamed, /name: lb1, address: 198/);
  const wrong = (name: string) => {
    const message = inventory.checkName?.(analysis, used, name);
    return message && render(message);
  };
  assert.equal(wrong('cp1'), 'another node is called "cp1" already');
  assert.equal(wrong('a b'), 'a node is called by letters, digits, "-", "_" and "."');
  assert.equal(wrong('edge'), undefined);
});

test('keys, names and words have colours of their own', () => {
  const shown = (inventory.tokens?.(analysis) ?? []).map(({ span, type }) => [text.slice(span.start, span.end), type]);
  assert.deepEqual(shown.slice(0, 8), [
    ['clusters', 'property'],
    ['name', 'property'],
    ['nodes', 'property'],
    ['name', 'property'],
    ['cp1', 'definition'],
    ['address', 'property'],
    ['roles', 'property'],
    ['server', 'type'],
  ]);
  assert.ok(shown.some(([word, type]) => word === 'lb1' && type === 'reference'));
});
