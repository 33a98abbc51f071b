import assert from 'node:assert/strict';
import { test } from 'node:test';
import { homeOf } from '../../../src/model/cluster/home-folder';

test('folders of one machine or one program do not part the files of a cluster', () => {
  for (const path of [
    'nodes/k3s-server-1/config.yaml',
    'balancers/nginx.conf',
    'load-balancing/lb1/haproxy.cfg',
    'machines/srv3/keepalived/keepalived.conf',
    'k3s/m2/config.yaml',
    'hosts/kube-master-01/etc/haproxy/haproxy.cfg',
    'proxies/haproxy.cfg',
    'shared/keepalived.conf',
    'control/m1.yaml',
  ])
    assert.equal(homeOf(path), '', path);
});

test('folders with names of their own do', () => {
  assert.equal(homeOf('clusters/seoul/nodes/cp1/config.yaml'), 'clusters/seoul');
  assert.equal(homeOf('staging/machines/srv1/config.yaml'), 'staging');
  assert.equal(homeOf('prod2/haproxy.cfg'), 'prod2');
});
