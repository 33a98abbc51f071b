import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyseK3s, valuesFor } from '../../../src/model/k3s/analysis';
import { effectiveSetting, readingOrder } from '../../../src/model/k3s/effective';
import { k3sNodeRules, k3sRules } from '../../../src/rules/k3s';
import { type RuleInfo, runRules } from '../../../src/rules/rule';
import fc from '../../support/fast-check';

const analyse = (text: string, path = 'config.yaml') => analyseK3s({ path, text });

test('values are those that k3s gets: after YAML, and with commas cut where k3s cuts them', () => {
  const texts = (text: string, key: string) => valuesFor(analyse(text), key).map((each) => each.text);
  assert.deepEqual(texts('write-kubeconfig-mode: 0644\n', 'write-kubeconfig-mode'), ['420']);
  assert.deepEqual(texts('token: 1e10\n', 'token'), ['1e+10']);
  assert.deepEqual(texts('tls-san: a.example, b.example\n', 'tls-san'), ['a.example', 'b.example']);
  assert.deepEqual(texts('kubelet-arg: a=b,c\n', 'kubelet-arg'), ['a=b,c']);
});

test('a later plain key replaces, a plus adds, and files are read by the bytes of their names', () => {
  const files = readingOrder([
    analyse('tls-san+: [c]\n', 'config.yaml.d/9.yaml'),
    analyse('tls-san: [b]\n', 'config.yaml.d/10.yaml'),
    analyse('tls-san: [a]\n'),
  ]);
  const effective = effectiveSetting(files, 'tls-san');
  assert.deepEqual(
    effective?.values.map(({ value }) => value.text),
    ['b', 'c'],
  );
  assert.deepEqual(
    effective?.replaced.map(({ path }) => path),
    ['config.yaml'],
  );
});

const pieces = [
  'tls-san',
  'token',
  'kubelet-arg',
  'etcd-snapshot-schedule-cron',
  'datastore-endpoint',
  'node-taint',
  'service-node-port-range',
  'cluster-cidr',
  '+',
  ': ',
  '\n',
  '  - ',
  '"',
  "'",
  '{',
  '[',
  ']',
  ',',
  '&a ',
  '*a',
  '0644',
  'mysql://',
  '@every ',
  '1-2',
  '/',
  '\t',
  '\u0000',
  '가',
];

test('any text is analysed and checked without an exception', () => {
  const broken: unknown[] = [];
  const onBug = (rule: RuleInfo, error: unknown) => broken.push([rule.id, error]);
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })), { maxLength: 20 }),
      (parts) => {
        const text = parts.join('');
        const file = analyse(text);
        const found = [...runRules(k3sRules, file, onBug), ...runRules(k3sNodeRules, { file, files: [file] }, onBug)];
        for (const { span } of found)
          assert.ok(span.start >= 0 && span.end >= span.start && span.end <= text.length, JSON.stringify(text));
      },
    ),
    { numRuns: 500 },
  );
  assert.deepEqual(broken, []);
});
