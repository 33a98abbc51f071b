import * as vscode from 'vscode';
import { type NodeState, statusOf } from '../../ops/status/cluster-state';
import type { ClusterView } from '../explorer/cluster-store';
import { healthText, quorumText, vipText } from '../explorer/cluster-tree';
import type { PanelCard, PanelModel, PanelRow } from './panel-model';

export function toPanelModel(view: ClusterView): PanelModel {
  const { state } = view;
  const row = (role: string, title: string): PanelRow[] => {
    const cards = state.nodes.filter((each) => each.node.roles.includes(role as never)).map(cardOf);
    return cards.length === 0 ? [] : [{ title, cards }];
  };
  return {
    title: state.cluster.name,
    summary: quorumText(view),
    quorumLost: state.quorum?.verdict === 'lost',
    seen:
      view.seenMs === undefined
        ? ''
        : vscode.l10n.t('Last seen {0}', new Date(view.seenMs).toLocaleString(vscode.env.language)),
    refreshing: view.refreshing,
    refreshLabel: view.refreshing ? vscode.l10n.t('asking the nodes') : vscode.l10n.t('Refresh'),
    addresses: state.vips.map((vip) => ({
      address: vip.address,
      text: vipText({ ...view, state: { ...state, vips: [vip] } }),
      holders: vip.holders,
    })),
    rows: [
      ...row('loadbalancer', vscode.l10n.t('Load balancers')),
      ...row('server', vscode.l10n.t('Servers')),
      ...row('etcd', vscode.l10n.t('etcd hosts')),
      ...row('agent', vscode.l10n.t('Agents')),
    ],
  };
}

function cardOf(each: NodeState): PanelCard {
  const status = statusOf(each);
  const stopped = (status?.units ?? []).filter((unit) => unit.active !== 'active' && unit.active !== 'inactive');
  const etcd = status?.etcd;
  return {
    name: each.node.name,
    address: each.node.address,
    health: each.health,
    healthText: each.report.kind === 'silent' ? vscode.l10n.t('does not answer') : healthText(each.health),
    notes: [
      ...(etcd === undefined
        ? []
        : [
            etcd.leader
              ? vscode.l10n.t('etcd leader')
              : etcd.learner
                ? vscode.l10n.t('etcd learner')
                : vscode.l10n.t('etcd voter'),
          ]),
      ...(etcd?.healthy === false ? [vscode.l10n.t('etcd has no leader')] : []),
      ...stopped.map((unit) => `${unit.name}: ${unit.active}`),
    ],
  };
}
