import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

const fixture = clusterFixtures().get('kubeadm-stacked') ?? new Map<string, string>();

/** What is said of the check when it asks for `path` and its `http-check expect` is `expect`. */
function told(path: string, expect = 'http-check expect status 200'): readonly string[] {
  const text = fixture.get('haproxy.cfg') ?? '';
  assert.ok(text.includes('GET /readyz') && text.includes('http-check expect status 200'));
  const changed = text.replace('GET /readyz', path).replace('http-check expect status 200', expect);
  const workspace = workspaceOf(new Map(fixture).set('haproxy.cfg', changed));
  return workspace
    .diagnose('haproxy.cfg')
    .flatMap(({ rule, severity }) => (rule === 'cluster/check-never-passes' ? [severity] : []));
}

test('a check without a certificate gets an answer only of what everybody may read', () => {
  for (const path of ['/readyz', '/livez', '/healthz', '/readyz?verbose', '/version'])
    assert.deepEqual(told(`GET ${path}`), [], path);
  for (const path of ['/readyz/etcd', '/healthz/ready', '/ping', '/'])
    assert.deepEqual(told(`GET ${path}`), ['warning']);
  assert.deepEqual(told('GET /api', 'http-check expect ! rstatus ^5'), [], '403 is taken');
  assert.deepEqual(told('GET /api', 'http-check expect rstatus ^[24]'), []);
  assert.deepEqual(told('GET /readyz', 'http-check expect status 201'), ['error']);
});
