import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

/** What is said of roles in a fixture with one text replaced, with the first place that it names besides. */
function told(cluster: string, path: string, from: string, to: string): readonly string[] {
  const files = new Map(clusterFixtures().get(cluster));
  const text = files.get(path) ?? '';
  assert.ok(text.includes(from), from);
  files.set(path, text.replace(from, to));
  const workspace = workspaceOf(files);
  return [...files.keys()].flatMap((each) =>
    workspace
      .diagnose(each)
      .filter(({ rule }) => rule === 'cluster/role-differs')
      .map(({ span, related }) => {
        const line = (file: string, start: number) => (workspace.file(file)?.lines.positionAt(start).line ?? -1) + 1;
        const [other] = related ?? [];
        return `${each}:${line(each, span.start)} ${other?.path}:${line(other?.path ?? '', other?.span.start ?? 0)}`;
      }),
  );
}

test('a server that the inventory has as an agent, and a worker that it has as a server, are told with their files', () => {
  const [server, agent] = ['10.0.0.13, roles: [server]', '10.0.0.13, roles: [agent]'];
  assert.deepEqual(told('k3s-embedded', 'haven.yaml', server, agent), [
    'haven.yaml:8 k3s/cp3.yaml:4',
    'k3s/cp3.yaml:4 haven.yaml:8',
  ]);
  const joins = 'controlPlane:\n  localAPIEndpoint:\n    advertiseAddress: 10.0.7.13\n';
  assert.deepEqual(told('kubeadm-nginx', 'kubeadm/m3.yaml', joins, ''), [
    'haven.yaml:8 kubeadm/m3.yaml:6',
    'kubeadm/m3.yaml:6 haven.yaml:8',
  ]);
});

test('settings of a server in a file that is for agents too say nothing of these', () => {
  const from = 'cp2.yaml, on: [cp2] }';
  assert.deepEqual(told('k3s-embedded', 'haven.yaml', from, 'cp2.yaml, on: [cp2, w1] }'), []);
});
