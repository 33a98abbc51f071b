import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyseK3s } from '../../../src/model/k3s/analysis';
import { k3sRules } from '../../../src/rules/k3s';
import { runRules } from '../../../src/rules/rule';

const rulesFor = (text: string) =>
  runRules(k3sRules, analyseK3s({ path: 'etc/rancher/k3s/config.yaml', text })).map((each) => each.rule);

test('a number with a zero in front is no mode where no mode is asked for', () => {
  assert.ok(rulesFor('write-kubeconfig-mode: 0644\n').includes('k3s/unquoted-mode'));
  assert.ok(!rulesFor('etcd-snapshot-retention: 010\n').includes('k3s/unquoted-mode'));
});

test('where one network alone is IPv6, the family of the other is that of the node', () => {
  const differ = 'k3s/network-families';
  assert.ok(!rulesFor('cluster-cidr: 2001:cafe:42::/56\n').includes(differ));
  assert.ok(!rulesFor('service-cidr: 2001:cafe:43::/112\n').includes(differ));
  assert.ok(rulesFor('cluster-cidr: 2001:cafe:42::/56\nservice-cidr: 10.43.0.0/16\n').includes(differ));
});

test('a mode without quotes that YAML makes no mode of is told once, and not called no mode as it is written', () => {
  const modes = (text: string) => rulesFor(`write-kubeconfig-mode: ${text}\n`).filter((rule) => rule.endsWith('-mode'));
  assert.deepEqual(modes('0600'), ['k3s/unquoted-mode']);
  assert.deepEqual(modes('"0600"'), []);
  assert.deepEqual(modes('999'), ['k3s/bad-mode']);
});

test('an address that is mended has the port at which k3s listens', () => {
  const mended = (address: string) =>
    runRules(k3sRules, analyseK3s({ path: 'etc/rancher/k3s/config.yaml', text: `server: ${address}\n` }))
      .filter((each) => each.rule === 'k3s/server-address')
      .flatMap((each) => each.fixes ?? [])
      .flatMap(({ edits }) => edits.map(({ newText }) => newText));
  assert.deepEqual(mended('192.0.2.10'), ['https://192.0.2.10:6443']);
  assert.deepEqual(mended('http://cp1.example.com'), ['https://cp1.example.com:6443']);
  assert.deepEqual(mended('cp1:9345'), ['https://cp1:9345']);
  assert.deepEqual(mended('http://192.0.2.10:6443'), ['https://192.0.2.10:6443']);
  assert.deepEqual(mended('"http://[2001:db8::1]"'), ['https://[2001:db8::1]:6443']);
});
