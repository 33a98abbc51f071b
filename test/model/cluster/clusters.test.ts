import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Workspace } from '../../../src/service';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

for (const [name, files] of clusterFixtures()) {
  test(`the valid cluster ${name} has no finding above hint, with its inventory and without`, () => {
    for (const isAlone of [false, true]) {
      const kept = new Map([...files].filter(([path]) => !isAlone || !path.endsWith('haven.yaml')));
      const workspace = workspaceOf(kept);
      const loud = [...kept.keys()].flatMap((path) =>
        workspace
          .diagnose(path)
          .filter((each) => each.severity !== 'hint' && each.severity !== 'info')
          .map((each) => `${path} ${each.rule} ${each.message.template} ${each.message.args.join()}`),
      );
      assert.deepEqual(loud, []);
    }
  });

  test(`a broken file of ${name} brings nothing loud into the others`, () => {
    for (const isAlone of [false, true]) {
      const kept = new Map([...files].filter(([path]) => !isAlone || !path.endsWith('haven.yaml')));
      const workspace = workspaceOf(kept);
      for (const [order, [broken, text]] of [...kept].entries()) {
        // Every file in one way with its inventory and in another without: all ways of all files take a minute.
        const ways = damages(text);
        const way = (order * 2 + (isAlone ? 5 : 0)) % ways.length;
        workspace.open(broken, ways[way] ?? '');
        for (const path of kept.keys())
          if (path !== broken) assert.deepEqual(loudIn(workspace, path), [], `${path} by ${broken}, way ${way}`);
        workspace.open(broken, text);
      }
    }
  });
}

function loudIn(workspace: Workspace, path: string): readonly string[] {
  return workspace
    .diagnose(path)
    .filter((each) => each.severity === 'error' || each.severity === 'warning')
    .map((each) => each.rule);
}

/** What a text is while somebody types: a line that is none of its language at the start, in the middle, at the end; nothing. */
function damages(text: string): readonly string[] {
  const lines = text.split('\n');
  const wrong = ['{{{ not a configuration', ': - [', '}'];
  const at = (index: number, line: string) => [...lines.slice(0, index), line, ...lines.slice(index)].join('\n');
  return ['', ...wrong.flatMap((line) => [line, at(0, line), at(lines.length >> 1, line), at(lines.length - 1, line)])];
}

test('a broken file does not silence what others say of each other', () => {
  const files = new Map(clusterFixtures().get('k3s-embedded'));
  const peer = files.get('lb/keepalived-lb2.conf') ?? '';
  files.set('lb/keepalived-lb2.conf', peer.replace('virtual_router_id 61', 'virtual_router_id 62'));
  const workspace = workspaceOf(files);
  const told = () => loudIn(workspace, 'lb/keepalived-lb1.conf').includes('cluster/virtual-router-id-differs');
  assert.ok(told());
  for (const broken of ['haven.yaml', 'k3s/cp1.yaml', 'lb/haproxy.cfg', 'k3s/w1.yaml'])
    for (const damaged of damages(files.get(broken) ?? '').slice(1)) {
      workspace.open(broken, damaged);
      assert.ok(told(), `${broken} ${damaged}`);
      workspace.open(broken, files.get(broken) ?? '');
    }
});

test('drop-ins are one configuration with their main file', () => {
  const files = new Map([
    [
      'haven.yaml',
      'clusters:\n  - name: a\n    endpoint: api.example.com:6443\n    nodes:\n      - { name: cp1, address: 10.0.0.1, roles: [server] }\n    configs:\n      - { file: cp1/rancher/k3s/config.yaml, on: [cp1] }\n',
    ],
    [
      'cp1/rancher/k3s/config.yaml',
      'cluster-init: true\nsecrets-encryption: true\nnode-ip: 10.0.0.1\ntls-san:\n  - other.example.com\n',
    ],
    ['cp1/rancher/k3s/config.yaml.d/10-san.yaml', 'tls-san+:\n  - api.example.com\n'],
  ]);
  const rules = (changed: ReadonlyMap<string, string>) => {
    const workspace = workspaceOf(changed);
    return [...changed.keys()].flatMap((path) => workspace.diagnose(path).map((each) => each.rule));
  };
  assert.deepEqual(rules(files), []);
  const replaced = new Map(files).set('cp1/rancher/k3s/config.yaml.d/10-san.yaml', 'tls-san:\n  - x.example.com\n');
  assert.ok(rules(replaced).includes('cluster/vip-not-in-tls-san'));
  const last = (name: string) =>
    new Map(replaced).set(`cp1/rancher/k3s/config.yaml.d/${name}`, 'tls-san:\n  - api.example.com\n');
  assert.ok(!rules(last('20-san.yaml')).includes('cluster/vip-not-in-tls-san'));
  assert.ok(rules(last('05-san.yaml')).includes('cluster/vip-not-in-tls-san'), 'the later one counts');
});
