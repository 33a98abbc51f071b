import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseInventory } from '../../src/model/inventory/parse-inventory';
import { createInventory, Workspace } from '../../src/service';
import { filesBelow } from '../support/files';

const nodesOf = (text: string) =>
  (parseInventory(text).clusters[0]?.nodes ?? [])
    .map((node) => `${node.name} ${node.address} ${node.roles.join()}`)
    .sort();

test('from the files of the example alone, its inventory comes back', () => {
  const workspace = new Workspace();
  for (const path of [...filesBelow('examples/k3s', ''), ...filesBelow('examples/lb', '')])
    workspace.open(path, readFileSync(path, 'utf8'));
  const text = createInventory({ name: 'prod', folder: 'examples/', facts: workspace.facts() });
  const wanted = readFileSync('examples/haven.yaml', 'utf8');
  assert.deepEqual(nodesOf(text), nodesOf(wanted));
  const [made] = parseInventory(text).clusters;
  const [example] = parseInventory(wanted).clusters;
  assert.equal(made?.endpoint, example?.endpoint);
  const configs = (list: typeof made) =>
    (list?.configs ?? []).map((each) => `${each.file} ${[...each.on].sort().join()}`).sort();
  assert.deepEqual(configs(made), configs(example));
  workspace.open('examples/haven.yaml', text);
  assert.deepEqual(
    workspace.files().flatMap((file) => workspace.diagnose(file.path).filter((each) => each.severity === 'error')),
    [],
  );
});

test('from Ansible, INI and YAML', () => {
  const ini =
    '[masters]\ncp[1:2] ansible_user=ops\n\n[workers]\nw1 ansible_host=10.0.0.21 ansible_port=2222\n\n[masters:vars]\nx=y\n';
  assert.deepEqual(nodesOf(createInventory({ folder: '', facts: [], ansible: ini })), [
    'cp1 cp1 server',
    'cp2 cp2 server',
    'w1 10.0.0.21 agent',
  ]);
  const yaml =
    'all:\n  children:\n    kube_control_plane:\n      hosts:\n        a: { ansible_host: 10.0.0.1 }\n    lb:\n      hosts:\n        b: { ansible_host: 10.0.0.2 }\n';
  assert.deepEqual(nodesOf(createInventory({ folder: '', facts: [], ansible: yaml })), [
    'a 10.0.0.1 server',
    'b 10.0.0.2 loadbalancer',
  ]);
});

test('from an SSH configuration and a kubeconfig; programs named there stay there', () => {
  const sshConfig =
    'Host cp1 master2\n  HostName 10.0.0.1\n  User ops\n  ProxyCommand nc %h 22\nHost mail.example.com\nHost *\n  User me\n';
  const kubeconfig = 'kind: Config\nclusters:\n  - cluster:\n      server: https://api.example.com:6443\n';
  const text = createInventory({ folder: '', facts: [], sshConfig, kubeconfig });
  assert.match(text, /endpoint: api\.example\.com:6443/);
  assert.doesNotMatch(text, /ProxyCommand|mail|nc /);
  assert.equal(parseInventory(text).clusters[0]?.nodes[0]?.ssh.user, 'ops');
});
