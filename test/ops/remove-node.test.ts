import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render, say } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import type { EtcdFacts } from '../../src/ops/commands/etcd-gateway';
import { planDefragment } from '../../src/ops/defragment';
import { planRemoveMember } from '../../src/ops/remove-member';
import { planRemove } from '../../src/ops/remove-node';
import { renderPlan } from '../../src/ops/render-plan';
import { type FleetNode, fleetState, kubeNodesOf, memberFactsOf, wholeFleet } from '../support/fleet';
import { matchesGolden } from '../support/golden';

const stamp = '20261121-070000';

const remove = (host: string, nodes: readonly FleetNode[] = wholeFleet, distribution: 'k3s' | 'kubeadm' = 'k3s') => {
  const plan = planRemove(fleetState(nodes, distribution), memberFactsOf(nodes), {
    stamp,
    host,
    nodes: kubeNodesOf(nodes),
    drain: true,
    uninstall: true,
    inBackends: [],
  });
  assert.deepEqual(faultsOf(plan), []);
  return plan;
};
const acts = (plan: { readonly steps: readonly { readonly id: string }[] }) =>
  plan.steps.map((step) => step.id.split('@')[0]);
const blockers = (plan: { readonly blockers: readonly { readonly message: Parameters<typeof render>[0] }[] }) =>
  plan.blockers.map((each) => render(each.message));
const without = (name: string) => wholeFleet.filter((each) => each.name !== name);
const silent = (...names: string[]) =>
  wholeFleet.map((each) => (names.includes(each.name) ? { ...each, silent: true as const } : each));

describe('removing a node', () => {
  test('of three voters: stopped first, then deleted', () => {
    const plan = remove('cp3');
    assert.deepEqual(acts(plan), ['drain', 'stop', 'delete-node', 'member', 'uninstall']);
    assert.deepEqual(plan.steps[1]?.quorum, { stops: ['cp3'] });
    assert.match(render(plan.warnings[0]?.message ?? say('')), /^2 members bear no more failures than 1$/);
    matchesGolden('remove-server.md', renderPlan(plan, render));
  });

  test('whose Node has no label of a server, or a name that is none, is told or refused', () => {
    const plan = (change: object) =>
      planRemove(fleetState(wholeFleet), memberFactsOf(wholeFleet), {
        stamp,
        host: 'cp3',
        nodes: kubeNodesOf(wholeFleet).map((each) => (each.name === 'cp3' ? { ...each, ...change } : each)),
        drain: true,
        uninstall: true,
        inBackends: [],
      });
    const label = /the Node cp3 does not carry the label of a server/;
    const said = (one: ReturnType<typeof plan>) => one.warnings.map((each) => render(each.message)).join('\n');
    assert.match(said(plan({ controlPlane: false })), label);
    assert.doesNotMatch(said(plan({})), label);
    const odd = plan({ name: '$(reboot)' });
    assert.deepEqual(blockers(odd), ['"$(reboot)" cannot be the name of a Node']);
    assert.deepEqual(odd.steps, []);
  });

  test('says what one member is worth, and what stays on a load balancer; without members it is refused', () => {
    const said = (one: ReturnType<typeof remove>) => one.warnings.map((each) => render(each.message)).join('\n');
    assert.match(said(remove('cp2', without('cp3'))), /one member bears no failure at all/);
    assert.doesNotMatch(said(remove('cp3')), /one member|load balancer too/);
    const both = wholeFleet.map((each) =>
      each.name === 'cp3' ? { ...each, roles: ['server', 'loadbalancer'] as const } : each,
    );
    assert.match(said(remove('cp3', both)), /cp3 is a load balancer too/);
    const blind = planRemove(fleetState(), new Map(), {
      stamp,
      host: 'cp3',
      nodes: kubeNodesOf(wholeFleet),
      drain: true,
      uninstall: true,
      inBackends: [],
    });
    assert.deepEqual(blockers(blind), ['no member with a leader told who the members are']);
    assert.deepEqual(blind.steps, []);
  });

  test('of two voters: what is deleted first is begun again where it fails, and behind it there is no way back', () => {
    const { steps } = remove('cp2', without('cp3'));
    const [drain, hold, deleted, member, stop] = steps;
    const undo = (step: (typeof steps)[number] | undefined) =>
      step !== undefined && 'undo' in step ? (step.undo ?? []).map((each) => each.id) : [];
    assert.deepEqual([drain, hold, stop].map(undo), [['uncordon-again@cp2'], ['release@cp2'], []]);
    assert.deepEqual(deleted?.onFailure, { undoTo: 'hold@cp2' });
    assert.ok(deleted?.noWayBack && member?.noWayBack);
    assert.deepEqual(undo(remove('cp3').steps[1]), ['start-again@cp3']);
  });

  test('of two voters: the member goes while it runs, and is kept from coming back', () => {
    const plan = remove('cp2', without('cp3'));
    assert.deepEqual(acts(plan), ['drain', 'hold', 'delete-node', 'member', 'stop', 'forget-node', 'uninstall']);
    assert.deepEqual(plan.steps[2]?.quorum, { removes: ['cp2'] });
    assert.deepEqual(plan.steps[4]?.quorum, {});
  });

  test('whose Node is gone already: one that its kubelet makes again goes too, under the name that it will have', () => {
    const plan = (host: string, distribution: 'k3s' | 'kubeadm', others = kubeNodesOf(wholeFleet)) =>
      planRemove(fleetState(wholeFleet, distribution), memberFactsOf(wholeFleet), {
        stamp,
        host,
        nodes: others.filter((each) => each.name !== host),
        drain: true,
        uninstall: true,
        inBackends: [],
      });
    const server = plan('cp3', 'k3s');
    assert.deepEqual(faultsOf(server), []);
    assert.deepEqual(acts(server), ['stop', 'delete-node', 'member', 'leave', 'uninstall']);
    assert.equal(render(server.steps[1]?.title ?? say('')), 'Delete the Node cp3, if there is one');
    assert.deepEqual([server.steps[3]?.noWayBack, server.steps[4]?.quorum], [true, {}]);
    assert.deepEqual(acts(plan('w1', 'k3s')), ['stop', 'delete-node', 'uninstall']);
    assert.deepEqual(acts(plan('cp3', 'kubeadm')).slice(-2), ['member', 'delete-node']);
    // Of a machine that does not answer nobody knows whether a kubelet of it will ever start again.
    const away = silent('cp3');
    const gone = planRemove(fleetState(away), memberFactsOf(away), {
      stamp,
      host: 'cp3',
      nodes: kubeNodesOf(away).filter((each) => each.name !== 'cp3'),
      drain: true,
      uninstall: true,
      inBackends: [],
    });
    assert.deepEqual(acts(gone), ['member']);
    // Another machine's Node of that name is nobody's to delete.
    const listed = kubeNodesOf(wholeFleet);
    const renamed = fleetState(wholeFleet);
    const w1 = {
      ...renamed,
      cluster: {
        ...renamed.cluster,
        nodes: renamed.cluster.nodes.map((each) =>
          each.name === 'w1' ? { ...each, name: 'rack-7', address: '10.0.0.77' } : each,
        ),
      },
    };
    const moved = {
      ...w1,
      nodes: w1.nodes.map((each) =>
        each.node.name === 'w1' ? { ...each, node: { ...each.node, name: 'rack-7', address: '10.0.0.77' } } : each,
      ),
    };
    const other = planRemove(moved, memberFactsOf(wholeFleet), {
      stamp,
      host: 'rack-7',
      nodes: listed,
      drain: true,
      uninstall: true,
      inBackends: [],
    });
    assert.deepEqual(acts(other), ['stop', 'uninstall']);
  });

  test('of a machine that does not answer: the lists alone', () => {
    const plan = remove('cp3', silent('cp3'));
    assert.deepEqual(acts(plan), ['delete-node', 'member']);
    assert.ok(plan.steps.every((step) => step.host === 'cp1'));
    assert.deepEqual(blockers(plan), []);
  });

  test('of a server that carries the virtual address itself: keepalived is told to stay behind', () => {
    const state = fleetState(wholeFleet);
    const withKeepalived = (active: string) => ({
      ...state,
      nodes: state.nodes.map((each) => {
        if (each.node.name !== 'cp3' || each.report.kind !== 'answered') return each;
        const units = [{ name: 'keepalived', active, sub: 'running', restarts: 0 }];
        return { ...each, report: { ...each.report, status: { ...each.report.status, units } } };
      }),
    });
    const nodes = kubeNodesOf(wholeFleet);
    const more = { stamp, nodes, drain: true, uninstall: true, inBackends: [] };
    const told = (active: string, host: string) =>
      planRemove(withKeepalived(active), memberFactsOf(wholeFleet), { ...more, host })
        .warnings.map((each) => render(each.message))
        .filter((each) => each.startsWith('keepalived'));
    assert.deepEqual(told('active', 'cp3'), [
      'keepalived stays on cp3 and may carry 10.0.0.100 where no API server is any more',
    ]);
    assert.deepEqual([told('inactive', 'cp3'), told('active', 'cp2')], [[], []]);
  });

  test('of a machine that is another Node by its own name: not at all', () => {
    const state = fleetState(wholeFleet);
    const called = (name: string) => ({
      ...state,
      nodes: state.nodes.map((each) =>
        each.node.name === 'cp3' && each.report.kind === 'answered'
          ? { ...each, report: { ...each.report, status: { ...each.report.status, hostName: name } } }
          : each,
      ),
    });
    const nodes = kubeNodesOf(wholeFleet);
    const plan = (name: string, listed = nodes) =>
      planRemove(called(name), memberFactsOf(wholeFleet), {
        stamp,
        host: 'cp3',
        nodes: listed,
        drain: true,
        uninstall: true,
        inBackends: [],
      });
    assert.match(blockers(plan('cp2')).join(), /calls itself cp2, which is another Node than cp3/);
    // A name of its own is allowed to differ: the address is that of the Node.
    assert.deepEqual([blockers(plan('rack-7')), blockers(plan('CP3'))], [[], []]);
    assert.equal(plan('rack-7').warnings.length, plan('cp3').warnings.length);
    const elsewhere = nodes.map((each) => (each.name === 'cp3' ? { ...each, addresses: ['10.9.9.9'] } : each));
    assert.match(
      plan('rack-7', elsewhere)
        .warnings.map((each) => render(each.message))
        .join(),
      /Node cp3 does not have the address 10\.0\.0\.13, and the machine that answers calls itself rack-7/,
    );
  });

  test('kubeadm: reset while the Node is there, the Node last', () => {
    const plan = remove('cp3', wholeFleet, 'kubeadm');
    assert.deepEqual(acts(plan), ['drain', 'keep', 'begin-reset', 'reset', 'member', 'delete-node']);
    assert.deepEqual(plan.steps[2]?.quorum, { removes: ['cp3'] });
    matchesGolden('remove-kubeadm-server.md', renderPlan(plan, render));
  });

  test('an agent', () => {
    assert.deepEqual(acts(remove('w1')), ['drain', 'stop', 'delete-node', 'uninstall']);
  });

  test('what stands in the way', () => {
    assert.deepEqual(blockers(remove('lb1')), ['lb1 is no server or agent of this cluster']);
    assert.deepEqual(blockers(remove('cp2', silent('cp3'))), [
      'without cp2, 1 of 2 members would answer, and 2 are needed',
    ]);
    assert.deepEqual(
      blockers(
        remove(
          'cp1',
          wholeFleet.filter((each) => !/cp[23]/.test(each.name)),
        ),
      ),
      [
        'no other server answers, so nobody could take cp1 out',
        'cp1 is the only server: without it there is no cluster',
      ],
    );
    assert.ok(blockers(remove('cp1', silent('cp2', 'cp3'))).length > 0);
  });
});

describe('the members of etcd', () => {
  const removeMember = (id: string, nodes: readonly FleetNode[]) => {
    const plan = planRemoveMember(fleetState(nodes), memberFactsOf(nodes), { id, nodes: kubeNodesOf(nodes) });
    assert.deepEqual(faultsOf(plan), []);
    return plan;
  };

  test('a dead one goes with its Node; a living one does not go this way', () => {
    const plan = removeMember('103', silent('cp3'));
    assert.deepEqual(blockers(plan), []);
    matchesGolden('remove-member.md', renderPlan(plan, render));
    assert.deepEqual(blockers(removeMember('103', wholeFleet)), ['the member cp3-00000002 answers: it is alive']);
    assert.deepEqual(blockers(removeMember('999', wholeFleet)), ['there is no member 3e7']);
    assert.match(blockers(removeMember('103', silent('cp2', 'cp3'))).join(), /only 1 of 3 members answer/);
  });

  test('a dead learner takes no vote with it, and nobody who learns is asked', () => {
    const nodes = wholeFleet.map((each) =>
      each.name === 'cp3' ? { ...each, etcd: 'learner' as const, silent: true as const } : each,
    );
    const plan = removeMember('103', nodes);
    assert.deepEqual(blockers(plan), []);
    assert.match(render(plan.steps.at(-1)?.title ?? say('')), /\(2 of 2 that remain answer, 2 are needed\)$/);
    // cp2 learns, and cp1, the only voter, is gone: nobody can change the list.
    const none = wholeFleet
      .filter((each) => each.name !== 'cp3')
      .map((each) =>
        each.name === 'cp1' ? { ...each, silent: true as const } : { ...each, etcd: 'learner' as const },
      );
    assert.ok(blockers(removeMember('101', none)).length > 0);
  });

  test('the Node of a dead member is found by address or name, only with k3s, and only if its name is one', () => {
    const nodes = silent('cp3');
    const deleted = (change: object, distribution: 'k3s' | 'kubeadm' = 'k3s') => {
      const listed = kubeNodesOf(nodes).map((each) => (each.name === 'cp3' ? { ...each, ...change } : each));
      return planRemoveMember(fleetState(nodes, distribution), memberFactsOf(nodes), {
        id: '103',
        nodes: listed,
      }).steps.flatMap(({ id }) => /^delete-node-(.*)@/.exec(id)?.[1] ?? []);
    };
    assert.deepEqual(deleted({}), ['cp3']);
    assert.deepEqual(deleted({ name: 'other' }), ['other']);
    assert.deepEqual(deleted({ addresses: [] }), ['cp3']);
    assert.deepEqual(deleted({ name: 'other', addresses: [] }), []);
    assert.deepEqual(deleted({ name: '$(reboot)' }), []);
    assert.deepEqual(deleted({}, 'kubeadm'), []);
  });

  const defragment = (
    nodes: readonly FleetNode[],
    change: (facts: EtcdFacts) => EtcdFacts = (facts) => facts,
    disarm = false,
  ) => {
    const facts = new Map([...memberFactsOf(nodes)].map(([name, each]) => [name, change(each)]));
    const plan = planDefragment(fleetState(nodes), facts, { stamp, disarm });
    assert.deepEqual(faultsOf(plan), []);
    return plan;
  };

  test('are defragmented one after another, the leader last', () => {
    const plan = defragment(wholeFleet);
    assert.deepEqual(
      plan.steps.map((step) => step.host),
      ['cp2', 'cp2', 'cp3', 'cp3', 'cp1', 'cp1'],
    );
    assert.deepEqual(plan.warnings, []);
    matchesGolden('defragment.md', renderPlan(plan, render));
    assert.match(blockers(defragment(silent('cp3'))).join(), /^cp3-00000002 does not answer/);
    const small = defragment(wholeFleet, (facts) => ({ ...facts, databaseBytes: 20_480, usedBytes: 16_384 }));
    assert.deepEqual(
      small.warnings.map((each) => render(each.message)),
      ['little would be won: at most 4 KiB on a member'],
    );
  });

  test('an alarm for space: compact, make room on every member, disarm', () => {
    const full = (facts: EtcdFacts): EtcdFacts => ({ ...facts, alarms: [{ memberId: '102', alarm: 'NOSPACE' }] });
    const plan = defragment(wholeFleet, full, true);
    assert.deepEqual([...new Set(acts(plan))], ['compact', 'defragment', 'answers', 'disarm-66']);
    assert.match(render(defragment(wholeFleet, full).warnings[0]?.message ?? say('')), /NOSPACE stays/);
    const damaged = (facts: EtcdFacts): EtcdFacts => ({ ...facts, alarms: [{ memberId: '102', alarm: 'CORRUPT' }] });
    assert.match(blockers(defragment(wholeFleet, damaged)).join(), /damaged/);
  });
});
