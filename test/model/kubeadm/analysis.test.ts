import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyseKubeadm } from '../../../src/model/kubeadm/analysis';
import { splitDocuments } from '../../../src/model/kubeadm/split-documents';
import { kubeadmRules } from '../../../src/rules/kubeadm';
import { type RuleInfo, runRules } from '../../../src/rules/rule';
import fc from '../../support/fast-check';

const parts = (text: string) => splitDocuments(text).map(({ span }) => text.slice(span.start, span.end));

test('a file is cut at its separators as the reader of Kubernetes cuts it', () => {
  assert.deepEqual(parts(''), []);
  assert.deepEqual(parts('\n'), ['\n']);
  assert.deepEqual(parts('a: 1\n---\nb: 2\n'), ['a: 1\n', 'b: 2\n']);
  assert.deepEqual(parts('---\na: 1\n'), ['---\na: 1\n']);
  assert.deepEqual(parts('a: 1\n---\n---\nb: 2'), ['a: 1\n', '---\nb: 2']);
  assert.deepEqual(parts('a: 1\n--- # next\nb: 2\n---\n'), ['a: 1\n', 'b: 2\n']);
});

test('text behind a separator is told', () => {
  const text = 'a: 1\n--- b: 2\nc: 3\n';
  const [first] = splitDocuments(text);
  assert.equal(text.slice(first?.trailing?.start, first?.trailing?.end), 'b: 2');
});

test('spans are those of the file, in every document', () => {
  const text =
    'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nclusterName: "a"\n';
  const [, second] = analyseKubeadm({ path: 'a.yaml', text }).documents;
  const name = second?.content.scalars.find((each) => each.field.field === 'clusterName');
  assert.equal(text.slice(name?.scalar.span.start, name?.scalar.span.end), '"a"');
});

test('what a merge brings in counts as written', () => {
  const text =
    'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer: &common\n  extraArgs: []\nscheduler:\n  <<: *common\n';
  const scheduler = analyseKubeadm({ path: 'a.yaml', text }).documents[0]?.content.objects.find(
    (each) => each.path === 'scheduler',
  );
  assert.deepEqual(
    scheduler?.entries.map((entry) => entry.key),
    ['extraArgs'],
  );
});

const words = [
  'apiVersion: kubeadm.k8s.io/v1beta4\n',
  'kind: ClusterConfiguration\n',
  'kind: JoinConfiguration\n',
  '---\n',
  'apiServer:\n',
  '  extraArgs:\n',
  '    - name: v\n',
  '      value: 4\n',
  '  certSANs: [',
  ']',
  '"',
  '\t',
  '&a ',
  '*a',
  '<<: *a\n',
  'networking: {podSubnet: 10.0.0.0/8,',
  '}',
  '\n',
  '- ',
  ': ',
  '#',
  '|\n',
  '\r\n',
  '\u0000',
  '가',
];

test('any text is analysed and checked without an exception', () => {
  const broken: unknown[] = [];
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 })), { maxLength: 24 }),
      (pieces) => {
        const text = pieces.join('');
        for (const { span } of runRules(
          kubeadmRules,
          analyseKubeadm({ path: 'a.yaml', text }),
          (rule: RuleInfo, error) => broken.push([rule.id, error, text]),
        ))
          assert.ok(span.start >= 0 && span.end >= span.start && span.end <= text.length, JSON.stringify([span, text]));
      },
    ),
    { numRuns: 400 },
  );
  assert.deepEqual(broken, []);
});
