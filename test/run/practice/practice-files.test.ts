import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { PracticeCluster } from '../../../src/run/practice/practice-cluster';
import { installPracticeFile, kubeadmFiles, practiceFile } from '../../../src/run/practice/practice-files';
import { Workspace } from '../../../src/service';

test('the files of the practice cluster have no problems, and no address of the example is left in them', () => {
  const workspace = new Workspace();
  for (const entry of readdirSync('examples', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(cfg|conf|yaml)$/.test(entry.name)) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const text = practiceFile(readFileSync(path, 'utf8'), { network: '127.77.1', port: 2222 });
    assert.doesNotMatch(text, /192\.168\.1\./);
    workspace.open(relative('examples', path), text);
  }
  const files = workspace.files();
  assert.ok(files.length > 6, files.map((each) => each.path).join());
  for (const each of files) assert.deepEqual(workspace.diagnose(each.path), [], each.path);
});

test('those of a kubeadm practice cluster have none either, and lie on its nodes', () => {
  const cluster = new PracticeCluster(() => Date.UTC(2026, 10, 21), { distribution: 'kubeadm', network: '127.77.2' });
  const examples = new Map<string, string>();
  for (const entry of readdirSync('examples', { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile()) examples.set(relative('examples', path), readFileSync(path, 'utf8'));
  }
  const workspace = new Workspace();
  for (const [name, example] of kubeadmFiles(examples, cluster)) {
    const text = practiceFile(example, { network: cluster.network, port: 2222 });
    workspace.open(name, text);
    if (name === 'haven.yaml') assert.match(text, /name: practice-kubeadm/);
    installPracticeFile(cluster, name, text);
  }
  const files = workspace.files().map((each) => each.path);
  assert.ok(
    files.includes('kubeadm/kubeadm-config.yaml') && !files.some((each) => each.startsWith('k3s/')),
    files.join(),
  );
  for (const path of files) assert.deepEqual(workspace.diagnose(path), [], path);
  const [first] = cluster.nodes;
  assert.match(first?.files.text('/etc/kubernetes/kubeadm-config.yaml') ?? '', /^controlPlaneEndpoint: /m);
});
