import * as vscode from 'vscode';
import { hexId } from '../../ops/commands/etcd-gateway';
import { planDefragment } from '../../ops/defragment';
import { memberRows } from '../../ops/etcd-members';
import { planReaddMember } from '../../ops/readd-member';
import { planRemoveMember } from '../../ops/remove-member';
import { newStamp } from '../../run/stamp';
import { carryOut } from './carry-out';
import { chooseCluster, chooseWay } from './choose';
import { asking, askMembers, askNodes, liveState } from './gather';
import type { Operation } from './parts';

/** "Haven: Remove Dead etcd Member". */
export const removeMember: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const { state, facts, nodes } = await asking(parts, view, async (hosts, signal) => ({
    state: await liveState(hosts, view, signal),
    facts: await askMembers(hosts, view.state, signal),
    nodes: await askNodes(hosts, view.state, signal),
  }));
  const rows = memberRows(state, facts);
  const dead = rows.filter((each) => each.facts === undefined);
  if (dead.length === 0) {
    await vscode.window.showInformationMessage(
      rows.length === 0
        ? vscode.l10n.t('No etcd member with a leader answers.')
        : vscode.l10n.t('All {0} etcd members answer: none of them is dead.', rows.length),
    );
    return;
  }
  const id = await chooseWay(
    vscode.l10n.t('Which member is dead for good?'),
    dead.map((each) => ({
      way: each.id,
      label: each.name === '' ? hexId(each.id) : each.name,
      detail: [each.host, hexId(each.id)].filter((word) => word !== undefined).join(' · '),
    })),
  );
  if (id === undefined) return;
  await carryOut(parts, view, planRemoveMember(state, facts, { id, nodes }), {
    go: vscode.l10n.t('Remove'),
    done: vscode.l10n.t('The member is out of etcd.'),
  });
};

/** "Haven: Add etcd Member Again". */
export const readdMember: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const { state, facts } = await asking(parts, view, async (hosts, signal) => ({
    state: await liveState(hosts, view, signal),
    facts: await askMembers(hosts, view.state, signal),
  }));
  const listed = new Set(memberRows(state, facts).map((each) => each.host));
  const out = state.cluster.nodes.filter((each) => each.roles.includes('server') && !listed.has(each.name));
  if (out.length === 0) {
    await vscode.window.showInformationMessage(vscode.l10n.t('Every control plane has its member in etcd.'));
    return;
  }
  const host = await chooseWay(
    vscode.l10n.t('Which control plane shall be a member of etcd again?'),
    out.map(({ name, address }) => ({ way: name, label: name, detail: address })),
  );
  if (host === undefined) return;
  await carryOut(parts, view, planReaddMember(state, facts, { stamp: newStamp(), host }), {
    go: vscode.l10n.t('Add Again'),
    done: vscode.l10n.t('{0} votes in etcd again.', host),
  });
};

/** "Haven: Defragment etcd". */
export const defragment: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const { state, facts } = await asking(parts, view, async (hosts, signal) => ({
    state: await liveState(hosts, view, signal),
    facts: await askMembers(hosts, view.state, signal),
  }));
  const full = [...facts.values()].some((each) => each.alarms.some(({ alarm }) => alarm === 'NOSPACE'));
  await carryOut(parts, view, planDefragment(state, facts, { stamp: newStamp(), disarm: full }), {
    go: vscode.l10n.t('Defragment'),
    done: vscode.l10n.t('Every member has given its free space back.'),
  });
};
