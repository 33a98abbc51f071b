import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../src/base/message';
import { simulateFiles } from '../../src/service';

const instance = (state: string, priority: number, more = '') => `vrrp_script chk {
  script "/usr/bin/pgrep haproxy"
  interval 2
  fall 2
  rise 2
  weight -60
}
vrrp_instance VI_1 {
  state ${state}
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass secret
  }
  virtual_ipaddress {
    10.77.0.100/24
  }
  track_script {
    chk
  }
${more}}
`;

const nodes = (first: string, second: string) => [
  { name: 'lb1', files: [{ path: 'lb1.conf', text: first }] },
  { name: 'lb2', files: [{ path: 'lb2.conf', text: second }] },
];

test('files become a prediction: who holds the address, when it moves, what the priorities are', () => {
  const answer = simulateFiles({
    nodes: nodes(instance('MASTER', 135), instance('BACKUP', 110)),
    moments: ['fail:lb1:chk', 'fail:lb2', 'ok:lb1:chk+start:lb2'],
  });
  assert.ok('simulation' in answer);
  const [failed, alone, healthy] = answer.simulation.steps;
  assert.deepEqual(answer.simulation.start.vips[0]?.after, [['lb1']]);
  assert.deepEqual(failed?.vips[0]?.after, [['lb2']]);
  assert.deepEqual(failed?.states.lb1?.VI_1, { state: 'BACKUP', priority: 75 });
  assert.deepEqual(failed?.vips[0]?.seconds, [4.5, 7.7]);
  assert.deepEqual(alone?.vips[0]?.after, [['lb1']]);
  assert.deepEqual(healthy?.vips[0]?.after, [['lb1']]);
});

test('a password that a comment cuts is compared as the daemon sees it', () => {
  const answer = simulateFiles({
    nodes: nodes(
      instance('MASTER', 101).replace('secret', 'pa#one'),
      instance('BACKUP', 100).replace('secret', 'pa#two'),
    ),
    moments: [],
  });
  assert.ok('simulation' in answer);
  assert.deepEqual(answer.simulation.start.vips[0]?.after, [['lb1']]);
});

test('nopreempt is cleared where the state is MASTER', () => {
  const answer = simulateFiles({
    nodes: nodes(instance('MASTER', 101, '  nopreempt\n'), instance('BACKUP', 100)),
    start: ['lb2', 'lb1'],
    moments: [],
  });
  assert.ok('simulation' in answer);
  assert.deepEqual(answer.simulation.start.vips[0]?.after, [['lb1']]);
});

test('what cannot be understood is said with what could', () => {
  const request = { nodes: nodes(instance('MASTER', 101), instance('BACKUP', 100)) };
  const unknown = simulateFiles({ ...request, moments: ['fail:lb3'] });
  assert.ok('problem' in unknown);
  assert.match(render(unknown.problem), /there is no node "lb3"; nodes are lb1, lb2/);
  const check = simulateFiles({ ...request, moments: ['fail:lb1:chx'] });
  assert.ok('problem' in check);
  assert.match(render(check.problem), /node "lb1" has no check "chx"; it has chk, eth0/);
});
