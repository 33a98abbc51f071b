import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { strayMembers } from '../../../src/ops/restore/stray-members';
import { type ClusterState, clusterState } from '../../../src/ops/status/cluster-state';
import { type FleetNode, fleetState, wholeFleet } from '../../support/fleet';
import { KubeadmRestoreWorld, LocalFiles } from '../../support/kubeadm-fleet';

/** The same cluster as an inventory tells of it that knows only these machines. */
function seen(state: ClusterState, ...names: readonly string[]): ClusterState {
  const nodes = state.cluster.nodes.filter((each) => names.includes(each.name));
  const reports = new Map(state.nodes.map((each) => [each.node.name, each.report] as const));
  return clusterState({ ...state.cluster, nodes }, reports, []);
}

const told = (state: ClusterState) => {
  const { blockers, warnings } = strayMembers(state);
  return [blockers, warnings].map((list) => list.map((each) => /: (.*)$/.exec(render(each.message))?.[1]));
};

test('members of etcd on machines that the inventory does not have are told of; refused where they surely go on without the others', () => {
  const whole = fleetState();
  assert.deepEqual(told(whole), [[], []]);
  assert.deepEqual(told(seen(whole, 'cp1', 'cp2', 'w1')), [[], ['cp3-00000002']]);
  assert.deepEqual(told(seen(whole, 'cp1', 'w1')), [['cp2-00000001, cp3-00000002'], []]);
  // Without a leader nobody lists the members.
  const lost = fleetState(
    wholeFleet.map((each): FleetNode => (each.name === 'cp1' ? { ...each, etcd: 'sick' } : each)),
  );
  assert.deepEqual(told(seen(lost, 'cp1', 'w1')), [[], []]);
});

test('a server that is silent, or is called otherwise than its member, may be that member', () => {
  const silent = fleetState(
    wholeFleet.map((each) => (each.name === 'cp3' ? { ...each, silent: true as const } : each)),
  );
  const { cluster } = silent;
  const nodes = cluster.nodes.map((each) => (each.name === 'cp3' ? { ...each, name: 'third' } : each));
  const reports = new Map(silent.nodes.map((each) => [each.node.name, each.report] as const));
  assert.deepEqual(told(clusterState({ ...cluster, nodes }, reports, [])), [[], []]);
});

test('a restore with one server of three in the inventory is refused: the others would be a second cluster behind the address', async () => {
  const files = new LocalFiles();
  try {
    const world = await KubeadmRestoreWorld.make(files);
    const all = world.cluster.nodes;
    (world.cluster as { nodes: typeof all }).nodes = all.filter((each) => each.name === 'cp1' || each.name === 'w1');
    assert.deepEqual(told(await world.state()), [['cp2, cp3'], []]);
    const { blockers } = await world.plan();
    assert.ok(blockers.some((each) => /on no machine of the inventory/.test(render(each.message))));
  } finally {
    files.remove();
  }
});
