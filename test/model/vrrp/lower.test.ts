import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyseKeepalived } from '../../../src/model/keepalived/analysis';
import { lowerNode } from '../../../src/model/vrrp/lower';

/** The weights that the instances of a node track `chk` or an interface with, by name of the instance. */
function weightsOf(text: string): Record<string, Record<string, number>> {
  const node = lowerNode({ name: 'n1', files: [analyseKeepalived({ path: 'n1.conf', text, version: undefined })] });
  return Object.fromEntries(
    node.instances.map((each) => [
      each.name,
      Object.fromEntries(each.trackers.map((tracker) => [node.checks[tracker.check]?.name ?? '', tracker.weight])),
    ]),
  );
}

const instance = (name: string, vrid: number, priority: number, more = '') =>
  `vrrp_instance ${name} {\n interface eth0\n virtual_router_id ${vrid}\n priority ${priority}\n ${more}\n virtual_ipaddress { 10.77.0.${vrid} }\n}\n`;
const script = 'vrrp_script chk {\n script "/bin/true"\n weight -60\n}\n';
const group = (more = '') => `vrrp_sync_group G {\n group { A\n B }\n ${more}\n}\n`;

// Each as keepalived 2.2.7 acted on it.
for (const [name, text, expected] of [
  [
    'what a group tracks counts for all members',
    script + instance('A', 51, 100) + instance('B', 52, 100) + group('track_script { chk }'),
    { A: { eth0: 0, chk: -60 }, B: { eth0: 0, chk: -60 } },
  ],
  [
    'with one member of priority 255 it has no weight for any of them',
    script + instance('A', 51, 255) + instance('B', 52, 200) + group('track_script { chk }'),
    { A: { eth0: 0, chk: 0 }, B: { eth0: 0, chk: 0 } },
  ],
  [
    'the weight of a script of a member is dropped, that of an interface is not',
    script +
      instance('A', 51, 100, 'track_script { chk }') +
      instance('B', 52, 100, 'track_interface { eth1 weight -5 }') +
      group(),
    { A: { eth0: 0 }, B: { eth0: 0, eth1: -5 } },
  ],
  [
    'an instance of priority 255 does not look at an interface that has a weight',
    instance('A', 51, 255, 'track_interface { eth1 weight -5 }'),
    { A: { eth0: 0 } },
  ],
] as const)
  test(name, () => assert.deepEqual(weightsOf(text), expected));

test('an interface that an instance leaves alone is tracked as its group says, and one that it tracks keeps its weight', () => {
  const members = instance('A', 51, 100, 'dont_track_primary') + instance('B', 52, 100);
  assert.deepEqual(weightsOf(members + group()), { A: {}, B: { eth0: 0 } });
  assert.deepEqual(weightsOf(members + group('track_interface { eth0 weight -5 }')), {
    A: { eth0: -5 },
    B: { eth0: 0 },
  });
});
