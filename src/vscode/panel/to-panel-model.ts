import * as vscode from 'vscode';
import { type ClusterState, type NodeState, statusOf } from '../../ops/status/cluster-state';
import { withNodesOff, withUnitsRunning } from '../../ops/status/nodes-off';
import type { Trial } from '../../service';
import type { ClusterView } from '../explorer/cluster-store';
import { faultTexts, isSimulated, quorumText, stateText, vipText } from '../explorer/cluster-tree';
import type { PanelAddress, PanelCard, PanelModel, PanelRow } from './panel-model';
import { balancersOf, changeText, type PanelTrial } from './panel-trial';

/** Failures that are tried, and what the simulator says of them; absent where the nodes run no keepalived. */
export interface Tried {
  readonly trial: PanelTrial;
  readonly played: Trial | undefined;
}

/** The picture of a cluster as it is, or as it would be with the failures that are tried. */
export function toPanelModel(live: ClusterView, tried: Tried | undefined): PanelModel {
  const view = tried === undefined ? live : { ...live, state: triedState(live.state, tried) };
  const { state } = view;
  const cardOf = (each: NodeState) => (tried === undefined ? liveCard(each, view) : triedCard(each, view, tried));
  const row = (role: string, title: string): PanelRow[] => {
    const cards = state.nodes.filter((each) => each.node.roles.includes(role as never)).map(cardOf);
    return cards.length === 0 ? [] : [{ title, cards }];
  };
  return {
    title: state.cluster.name,
    summary: isSimulated(view) ? `${quorumText(view)} · ${vscode.l10n.t('simulated')}` : quorumText(view),
    quorumLost: state.quorum?.verdict === 'lost',
    seen: seenText(view),
    canRefresh: !view.refreshing && vscode.workspace.isTrusted,
    refreshLabel: view.refreshing ? vscode.l10n.t('asking the nodes') : vscode.l10n.t('Refresh'),
    trial: {
      active: tried !== undefined,
      label: tried === undefined ? vscode.l10n.t('Try Failures') : vscode.l10n.t('End the Simulation'),
      hint:
        tried === undefined
          ? ''
          : vscode.l10n.t(
              'A simulation from the files of this folder, beginning with what is broken now: press a node to switch it off, a check to let it fail. Nothing reaches a node.',
            ),
      story: tried?.trial.story(tried.played) ?? [],
    },
    addresses: (tried?.played && triedAddresses(tried.played)) ?? liveAddresses(view),
    rows: [
      ...row('loadbalancer', vscode.l10n.t('Load balancers')),
      ...row('server', vscode.l10n.t('Servers')),
      ...row('etcd', vscode.l10n.t('etcd hosts')),
      ...row('agent', vscode.l10n.t('Agents')),
    ],
  };
}

/** How old the picture is, and why it grows no younger. */
function seenText({ seenMs }: ClusterView): string {
  const at = seenMs === undefined ? undefined : new Date(seenMs).toLocaleString(vscode.env.language);
  const trust = vscode.l10n.t('Haven connects to nodes only from a folder that you trust.');
  return [
    ...(at === undefined ? [] : [vscode.l10n.t('Last seen {0}', at)]),
    ...(vscode.workspace.isTrusted ? [] : [trust]),
  ].join(' · ');
}

function liveAddresses(view: ClusterView): PanelAddress[] {
  return view.state.vips.map((vip) => ({
    address: vip.address,
    text: vipText({ ...view, state: { ...view.state, vips: [vip] } }),
    holders: vip.holders,
  }));
}

function triedAddresses({ start, steps }: Trial): PanelAddress[] {
  return (steps.at(-1) ?? start).map((change) => ({
    address: change.vip,
    text: changeText(change),
    holders: [...new Set(change.after.flat())],
  }));
}

/** Without the nodes that are switched off, and with the load balancers running whose checks were set to work. */
function triedState(state: ClusterState, { trial, played }: Tried): ClusterState {
  const running = withUnitsRunning(state, (node, unit) => {
    const checks = played?.nodes.find((each) => each.name === node)?.checks ?? [];
    const own = checks.filter((check) => balancersOf(check).includes(unit));
    return own.length > 0 && !own.some((check) => trial.hasFailed(node, check));
  });
  return withNodesOff(running, trial.off);
}

function triedCard(each: NodeState, view: ClusterView, { trial, played }: Tried): PanelCard {
  const { name } = each.node;
  const off = trial.hasFailed(name);
  const checks = played?.nodes.find((node) => node.name === name)?.checks ?? [];
  const card = liveCard(each, view);
  return {
    ...card,
    ...(!off && trial.hasTried(name) && { health: 'up', healthText: vscode.l10n.t('switched on again'), notes: [] }),
    ...(off && { health: 'down', healthText: vscode.l10n.t('switched off'), notes: [] }),
    tried: { off, checks: checks.map((check) => ({ name: check, failed: trial.hasFailed(name, check) })) },
  };
}

function liveCard(each: NodeState, view: ClusterView): PanelCard {
  const status = statusOf(each);
  const etcd = status?.etcd;
  return {
    name: each.node.name,
    address: each.node.address,
    health: each.health,
    healthText: stateText(each, view),
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
      ...faultTexts(each, view),
    ],
  };
}
