import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../../src/service';

/** Whether the endpoint is blamed for being the node itself where both say this. */
function isBlamed(word: string): boolean {
  const workspace = new Workspace();
  const api = 'apiVersion: kubeadm.k8s.io/v1beta4';
  workspace.open(
    'kubeadm.yaml',
    `${api}\nkind: ClusterConfiguration\ncontrolPlaneEndpoint: ${word}:6443\n---\n${api}\nkind: InitConfiguration\nlocalAPIEndpoint:\n  advertiseAddress: ${word}\n`,
  );
  return workspace.diagnose('kubeadm.yaml').some(({ rule }) => rule === 'kubeadm/endpoint-is-node');
}

test('an endpoint that is still to be filled in is not taken for the node itself', () => {
  assert.equal(isBlamed('10.0.0.11'), true);
  assert.equal(isBlamed('LOAD_BALANCER_DNS'), false);
});

test('a network that is still to be filled in is no mistake of the author', () => {
  const said = (value: string) => {
    const workspace = new Workspace();
    workspace.open(
      'kubeadm.yaml',
      `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  podSubnet: ${value}\n`,
    );
    return workspace.diagnose('kubeadm.yaml').map(({ rule, severity }) => `${severity} ${rule}`);
  };
  assert.deepEqual(said('POD_CIDR'), ['warning kubeadm/bad-subnet']);
  assert.deepEqual(said('pod-cidr'), ['error kubeadm/bad-subnet']);
});
