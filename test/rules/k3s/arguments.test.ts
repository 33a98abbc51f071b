import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { diagnoseK3s } from '../../accuracy/k3s';

const said = (text: string, role = 'server') =>
  diagnoseK3s(text, role)
    .filter(({ diagnostic }) => diagnostic.severity !== 'hint')
    .map(({ line, diagnostic }) => `${line + 1} ${diagnostic.severity} ${render(diagnostic.message)}`);

test('modes and gates of the API server are read as it reads them', () => {
  assert.match(
    said('kube-apiserver-arg: ["authorization-mode=Node;RBAC"]\n').join(),
    /"Node;RBAC" is none of the words/,
  );
  assert.match(said('kube-apiserver-arg: ["feature-gates=AllBeta"]\n').join(), /"AllBeta" is not of the form/);
  assert.deepEqual(said('kube-apiserver-arg: ["authorization-mode=Node,RBAC", "feature-gates=AllBeta=true"]\n'), []);
});

test('a list of mappings is dropped by a server, and any other list ends it', () => {
  assert.match(said('- token: abc\n- cluster-init: true\n').join(), /^1 warning k3s wants keys/);
  assert.match(said('- --cluster-init\n').join(), /^1 error k3s wants keys/);
  assert.match(said('- token: abc\n', 'agent').join(), /^1 error k3s wants keys/);
});
