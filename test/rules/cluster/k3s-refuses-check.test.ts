import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../../src/service';

const inventory = (distribution: string) => `clusters:
  - name: prod
    distribution: ${distribution}
    endpoint: lb.example.com:6443
    nodes:
      - { name: cp1, address: 10.0.0.1, roles: [server] }
      - { name: cp2, address: 10.0.0.2, roles: [server] }
      - { name: lb1, address: 10.0.0.8, roles: [loadbalancer] }
    configs:
      - { file: haproxy.cfg, on: [lb1] }
`;

/** Whether the check of a backend of two API servers is said to be refused. */
function isRefused(
  check: string,
  { servers = 'check check-ssl verify none', distribution = 'k3s', defaults = '' } = {},
) {
  const workspace = new Workspace();
  workspace.open('haven.yaml', inventory(distribution));
  workspace.open(
    'haproxy.cfg',
    `defaults\n    mode tcp\n    timeout connect 5s\n    timeout client 4h\n    timeout server 4h\n${defaults}
frontend f\n    bind :6443\n    default_backend b
backend b\n${check}    server a 10.0.0.1:6443 ${servers}\n    server b 10.0.0.2:6443 ${servers}\n`,
  );
  return workspace.diagnose('haproxy.cfg').some((each) => each.rule === 'cluster/k3s-refuses-check');
}

test('a check that k3s answers with 401 is told', () => {
  assert.ok(isRefused('    option httpchk GET /readyz\n'));
  assert.ok(isRefused('    option httpchk\n'));
  assert.ok(isRefused('    option httpchk GET /livez\n    http-check expect status 200\n'));
  assert.ok(isRefused('    option httpchk GET /livez\n    http-check expect ! status 401\n'));
  assert.ok(isRefused('    option httpchk\n    http-check send meth GET uri /healthz\n'));
  assert.ok(isRefused('', { defaults: '    option httpchk GET /readyz\n' }));
});

test('a check that is answered, or of which nobody knows, is left alone', () => {
  for (const check of [
    '',
    '    option httpchk GET /ping\n',
    '    option httpchk GET /cacerts\n',
    '    option httpchk GET /readyz\n    http-check expect status 200,401\n',
    '    option httpchk GET /readyz\n    http-check expect status 400-499\n',
    '    option httpchk GET /readyz\n    http-check expect rstatus ^(2|401)\n',
    '    option httpchk GET /readyz\n    http-check expect ! rstatus ^5\n',
    '    option httpchk GET /readyz\n    http-check expect string Unauthorized\n',
    '    option httpchk\n    http-check send meth GET uri /readyz hdr Authorization "Bearer x"\n',
    '    option httpchk GET /readyz\n    option tcp-check\n',
  ])
    assert.ok(!isRefused(check), check);
  const check = '    option httpchk GET /readyz\n';
  assert.ok(!isRefused(check, { servers: 'check check-ssl verify none crt /etc/haproxy/client.pem' }));
  assert.ok(!isRefused(check, { servers: 'check' }), 'another rule speaks of a check in clear');
  assert.ok(!isRefused(check, { distribution: 'kubeadm' }));
});
