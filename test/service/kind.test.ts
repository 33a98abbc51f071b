import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../src/service';
import { kindOf } from '../../src/service/kind';

test('a file about keepalived or haproxy in the form of another program is left alone', () => {
  const others = [
    'UserParameter=keepalived.state,ip a | grep -c 10.0.0.5\n',
    '# alerts\n\n template: keepalived_state\n       on: keepalived.state\n',
    '[program:keepalived]\ncommand=/usr/sbin/keepalived -n\n',
    '/var/log/keepalived.log {\n  weekly\n}\n',
    ":programname, isequal, 'keepalived' /var/log/keepalived.log\n",
    "if $programname == 'keepalived' then /var/log/keepalived.log\n",
    'net.ipv4.ip_nonlocal_bind = 1\n',
    'local0.* /var/log/keepalived.log\n',
  ];
  for (const text of others) assert.equal(kindOf('files/keepalived.conf', text), undefined, text);
  assert.equal(kindOf('nagios/haproxy.cfg', '# checks\ndefine service {\n}\n'), undefined);
});

test('damage in the first line does not make a file another program’s', () => {
  for (const text of [
    '',
    '! VIP\nvrp_instance VI_1 {\n',
    '$VIP=10.0.0.5\n',
    '@lb1 vrrp_instance V {\n',
    '{\n',
    'include x\n',
  ])
    assert.equal(kindOf('keepalived-lb1.conf', text), 'keepalived', text);
});

test('nothing is said of a keepalived file whose names envsubst fills in', () => {
  const found = (path: string, text: string) => {
    const workspace = new Workspace();
    workspace.open(path, text);
    return workspace.diagnose(path).map((each) => each.rule);
  };
  const file = (state: string, priority: string) =>
    `vrrp_instance V {\n  state ${state}\n  interface eth0\n  virtual_router_id 51\n  priority ${priority}\n` +
    '  virtual_ipaddress {\n    10.0.0.5/24\n  }\n}\n';
  assert.deepEqual(found('keepalived.conf', file('$ROLE', '$PRIORITY')), []);
  assert.deepEqual(found('keepalived.conf', file('%ROLE%', '100')), []);
  assert.deepEqual(found('sbin/templates/keepalived.conf', file('BACKUP', '$PRIORITY')), []);
  // One name alone, or beside a definition, is more likely a mistake: keepalived has variables of this form.
  assert.ok(found('keepalived.conf', file('BACKUP', '$PRIORITY')).includes('keepalived/bad-value'));
  assert.ok(found('keepalived.conf', `$ROLE=BACKUP\n${file('$ROLE', '$PRIORTY')}`).includes('keepalived/bad-value'));
});
