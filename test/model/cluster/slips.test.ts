import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEndpointMissed, isSlip } from '../../../src/model/cluster/slips';

test('a slip is two letters swapped or one too many, too few or wrong; names that count machines are none', () => {
  for (const other of ['api.corp.exmaple', 'api.crop.example', 'api.corp.exampel', 'pai.corp.example'])
    assert.ok(isSlip('api.corp.example', other), other);
  assert.ok(isSlip('kubernetes.lan', 'kuberntes.lan') && isSlip('kubernetes.lan', 'kubernettes.lan'));
  assert.ok(isSlip('kubernetes.lan', 'kubermetes.lan'));
  for (const [one, other] of [
    ['cp1.example.com', 'cp2.example.com'],
    ['servera.example.com', 'serverb.example.com'],
    ['node-a.example.com', 'node-b.example.com'],
    ['web.example.com', 'wub.example.com'],
    ['api.example.com', 'api.example.org'],
    ['east.example.com', 'west.example.com'],
    ['api.example.com', 'API.example.com'],
    ['10.0.0.12', '10.0.0.21'],
    ['fd00::ab', 'fd00::ba'],
    ['', 'a'],
  ] as const)
    assert.ok(!isSlip(one, other) && !isSlip(other, one), `${one} ${other}`);
});

test('who asks for the API by a name with a slip means the endpoint, at its port', () => {
  const endpoint = { host: 'api.corp.example', port: 6443 };
  assert.ok(isEndpointMissed(endpoint, { host: 'api.corp.exmaple', port: 6443 }));
  assert.ok(!isEndpointMissed(endpoint, { host: 'api.corp.exmaple', port: 8443 }));
  assert.ok(!isEndpointMissed(endpoint, { host: 'web.corp.example', port: 6443 }));
});
