import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withNodesOff } from '../../../src/ops/status/nodes-off';
import { fleetState, wholeFleet } from '../../support/fleet';

test('the quorum is what the nodes that are left make of it', () => {
  const state = fleetState();
  const servers = wholeFleet.filter((each) => each.roles.includes('server')).map((each) => each.name);
  assert.equal(servers.length, 3);
  const [first = '', second = ''] = servers;
  const one = withNodesOff(state, new Set([first]));
  assert.deepEqual([one.quorum?.verdict, one.quorum?.healthyVoters, one.quorum?.failuresLeft], ['holds', 2, 0]);
  const two = withNodesOff(state, new Set([first, second]));
  assert.deepEqual([two.quorum?.verdict, two.quorum?.healthyVoters], ['lost', 1]);
  assert.equal(two.nodes.find((each) => each.node.name === first)?.health, 'down');
  assert.deepEqual(withNodesOff(state, new Set()), state);
});

test('a node without etcd takes no voter with it, and nobody holds an address there', () => {
  const state = fleetState();
  const holder = state.vips[0]?.holders[0] ?? '';
  assert.notEqual(holder, '');
  const off = withNodesOff(state, new Set([holder]));
  assert.deepEqual(off.vips[0]?.holders, []);
});
