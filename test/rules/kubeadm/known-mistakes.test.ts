import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../../src/service';
import { knownMistakes } from '../../support/known-mistakes';

knownMistakes({ page: 'docs/kubeadm-rules.md', path: 'kubeadm.yaml', kind: 'kubeadm' });

test('an old API version is an error, but a warning beside a release whose kubeadm reads it', () => {
  const severity = (version: string) => {
    const workspace = new Workspace();
    const text = `apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\nkubernetesVersion: ${version}\n`;
    workspace.open('kubeadm.yaml', text);
    return workspace.diagnose('kubeadm.yaml').find((each) => each.rule === 'kubeadm/api-version')?.severity;
  };
  assert.equal(severity('v1.18.2'), 'warning');
  assert.equal(severity('v1.22.0'), 'warning');
  assert.equal(severity('v1.34.1'), 'error');
});
