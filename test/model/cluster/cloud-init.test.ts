import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileEdit } from '../../../src/base/finding';
import { applyEdits } from '../../../src/base/span';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

const fixture = clusterFixtures().get('k3s-cloud-init') ?? new Map<string, string>();

function changed(path: string, from: string, to: string, isAlone = false): Map<string, string> {
  const text = fixture.get(path) ?? '';
  assert.ok(text.includes(from), from);
  const files = new Map(fixture).set(path, text.replace(from, to));
  if (isAlone) files.delete('haven.yaml');
  return files;
}

function told(files: ReadonlyMap<string, string>): readonly string[] {
  const workspace = workspaceOf(files);
  const lineOf = (path: string, start: number) => (workspace.file(path)?.lines.positionAt(start).line ?? -1) + 1;
  return [...files.keys()].flatMap((path) =>
    workspace
      .diagnose(path)
      .filter((each) => /^(?:cluster|keepalived)\//.test(each.rule) && each.related?.some((one) => one.path !== path))
      .map(({ rule, span, related = [] }) =>
        [
          rule,
          `${path}:${lineOf(path, span.start)}`,
          ...related.map((one) => `${one.path}:${lineOf(one.path ?? path, one.span.start)}`),
        ].join(' '),
      ),
  );
}

test('two machines of one cluster are not called the same', () => {
  for (const isAlone of [false, true])
    assert.deepEqual(told(changed('cloud-init/cp2.yaml', 'hostname: cp2', 'hostname: cp3', isAlone)), [
      'cluster/duplicate-address cloud-init/cp2.yaml:2 cloud-init/cp3.yaml:2',
      `cluster/node-name-differs cloud-init/cp2.yaml:2 ${isAlone ? 'cloud-init/lb1.yaml:33' : 'haven.yaml:7'}`,
      'cluster/duplicate-address cloud-init/cp3.yaml:2 cloud-init/cp2.yaml:2',
    ]);
});

test('what cloud-init writes on each machine is held to the others, at the lines of its files', () => {
  for (const isAlone of [false, true]) {
    const vip = told(changed('cloud-init/lb2.yaml', '10.0.5.100/24', '10.0.5.101/24', isAlone));
    assert.ok(
      vip.includes('cluster/virtual-addresses-differ cloud-init/lb2.yaml:58 cloud-init/lb1.yaml:58'),
      vip.join('\n'),
    );
    const token = told(changed('cloud-init/w1.yaml', '8c27e3f05b914d6a92c1', '0d9a1b2c3e4f5a6b7c8d', isAlone));
    assert.ok(
      token.some((each) => each.startsWith('cluster/token-differs cloud-init/w1.yaml:8')),
      token.join('\n'),
    );
    const interval = told(changed('cloud-init/lb2.yaml', 'advert_int 1', 'advert_int 2', isAlone));
    assert.ok(
      interval.some((each) => each.startsWith('keepalived/advert-int-differs cloud-init/lb2.yaml:52')),
      interval.join('\n'),
    );
  }
});

test('a fix writes into every cloud-init file with the indentation of its block', () => {
  const files = [1, 2, 3].reduce(
    (all, i) =>
      all.set(
        `cloud-init/cp${i}.yaml`,
        (all.get(`cloud-init/cp${i}.yaml`) ?? '').replace('        - 10.0.5.100\n', ''),
      ),
    new Map(fixture),
  );
  const workspace = workspaceOf(files);
  const found = workspace.diagnose('cloud-init/cp2.yaml').find((each) => each.rule === 'cluster/vip-not-in-tls-san');
  const fix = found?.fixes?.[0];
  assert.ok(fix !== undefined);
  const byPath = new Map<string, FileEdit[]>();
  for (const edit of fix.edits) byPath.set(edit.path ?? '', [...(byPath.get(edit.path ?? '') ?? []), edit]);
  assert.deepEqual([...byPath.keys()].sort(), ['cloud-init/cp1.yaml', 'cloud-init/cp2.yaml', 'cloud-init/cp3.yaml']);
  for (const [path, edits] of byPath) assert.equal(applyEdits(files.get(path) ?? '', edits), fixture.get(path));
});

test('nothing is taken from a file with configurations of several nodes, nor from a document that shows them', () => {
  const one = fixture.get('cloud-init/cp1.yaml') ?? '';
  const twice = one.replace(
    'runcmd:',
    `${one.slice(one.indexOf('  - path:'), one.indexOf('runcmd:')).replaceAll('config.yaml', 'other/k3s.yaml')}runcmd:`,
  );
  assert.equal(workspaceOf(new Map([['cloud-init/cp1.yaml', twice]])).facts().length, 0);
  assert.equal(workspaceOf(new Map([['guide.md', `\`\`\`yaml\n${one}\`\`\`\n`]])).facts().length, 0);
  assert.equal(workspaceOf(new Map([['cloud-init/cp1.yaml', one]])).facts().length, 1);
});
