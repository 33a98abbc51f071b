import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import type { Role } from '../../src/model/inventory/inventory';
import type { ReadStep } from '../../src/ops/plan';
import { clusterState, type NodeReport } from '../../src/ops/status/cluster-state';
import { parseStatus } from '../../src/ops/status/node-status';
import { type LiveMembers, membersOf, quorumRefusal } from '../../src/run/quorum';

const step = (quorum: ReadStep['quorum']): ReadStep => ({
  id: 'stop@cp1',
  host: 'cp1',
  title: { template: 'Stop', args: [] },
  risk: 'read',
  run: { argv: ['true'], root: true, timeoutSec: 5 },
  ...(quorum && { quorum }),
});
const refusal = async (quorum: ReadStep['quorum'], members: LiveMembers) => {
  const found = await quorumRefusal(step(quorum), { members: async () => members }, new AbortController().signal);
  if (found !== undefined) assert.ok(found.remedy !== undefined, 'what to do is said');
  return found && render(found.message);
};
const three = { voters: 3, healthy: ['cp1', 'cp2', 'cp3'] };

describe('the quorum before a step', () => {
  test('one of three may stop, two may not, and one of two may be taken out but not be stopped', async () => {
    assert.equal(await refusal({ stops: ['cp1'] }, three), undefined);
    assert.match((await refusal({ stops: ['cp1', 'cp2'] }, three)) ?? '', /^only 1 of 3 .* 2 are needed$/);
    const two = { voters: 2, healthy: ['cp1', 'cp2'] };
    assert.equal(await refusal({ removes: ['cp1'] }, two), undefined);
    assert.match((await refusal({ stops: ['cp1'] }, two)) ?? '', /^only 1 of 2 .* 2 are needed$/);
    assert.match((await refusal({ removes: ['cp1'] }, { voters: 2, healthy: ['cp1'] })) ?? '', /^only 0 of 1 /);
  });

  test('a step that stops nobody waits until enough are healthy; where no etcd runs there is nothing to guard', async () => {
    assert.equal(await refusal({}, { voters: 3, healthy: ['cp1', 'cp2'] }), undefined);
    assert.match((await refusal({}, { voters: 3, healthy: ['cp1'] })) ?? '', /^only 1 of 3 /);
    assert.equal(await refusal({ stops: ['cp1'] }, { voters: 0, healthy: [] }), undefined);
  });

  test('when nobody can be asked nothing is stopped, and a step without members is not held up', async () => {
    const blind = { voters: 0, healthy: [], isBlind: true } as const;
    assert.match((await refusal({ stops: ['cp1'] }, blind)) ?? '', /^no server can be asked/);
    assert.equal(await refusal(undefined, blind), undefined);
  });
});

describe('the members of a cluster that was asked', () => {
  const silent: NodeReport = { kind: 'silent', reason: 'no route' };
  const member = (metrics = ''): NodeReport => ({
    kind: 'answered',
    status: parseStatus(`\n=== health\n{"health":"true"}\n=== metrics\n${metrics}\n=== end\n`),
  });
  const stateOf = (nodes: Readonly<Record<string, readonly [Role, NodeReport]>>) =>
    clusterState(
      {
        name: 'prod',
        distribution: 'kubeadm',
        versions: {},
        configs: [],
        nodes: Object.entries(nodes).map(([name, [role]]) => ({ name, address: name, roles: [role], ssh: {} })),
      },
      new Map(Object.entries(nodes).map(([name, [, report]]) => [name, report])),
      [],
    );

  test('are those that vote and are healthy; one that learns is none', () => {
    const learner = member('etcd_server_is_learner 1');
    const state = stateOf({ cp1: ['server', member()], cp2: ['server', learner], cp3: ['server', silent] });
    assert.deepEqual(membersOf(state), { voters: 2, healthy: ['cp1'] });
  });

  test('are unknown where nobody answers, also where etcd has machines of its own', () => {
    assert.equal(membersOf(stateOf({ cp1: ['server', silent], w1: ['agent', member()] })).isBlind, true);
    assert.equal(membersOf(stateOf({ db1: ['etcd', silent], db2: ['etcd', silent] })).isBlind, true);
    assert.equal(membersOf(stateOf({ cp1: ['server', silent], db1: ['etcd', member()] })).isBlind, undefined);
    assert.equal(membersOf(stateOf({ lb1: ['loadbalancer', silent] })).isBlind, undefined);
  });
});
