import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

for (const [name, files] of clusterFixtures()) {
  test(`the valid cluster ${name} has no finding above hint, with its inventory and without`, () => {
    for (const leaveOut of ['', 'haven.yaml']) {
      const kept = new Map([...files].filter(([path]) => path !== leaveOut));
      const workspace = workspaceOf(kept);
      const loud = [...kept.keys()].flatMap((path) =>
        workspace
          .diagnose(path)
          .filter((each) => each.severity !== 'hint' && each.severity !== 'info')
          .map((each) => `${path} ${each.rule} ${each.message.template} ${each.message.args.join()}`),
      );
      assert.deepEqual(loud, []);
      assert.equal(workspace.files().length, leaveOut === '' ? kept.size : workspace.files().length);
    }
  });

  test(`a broken file of ${name} does not silence the others`, () => {
    for (const broken of files.keys()) {
      const workspace = workspaceOf(new Map(files).set(broken, '{{{ not a configuration'));
      for (const path of files.keys()) workspace.diagnose(path);
    }
  });
}

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
});
