import * as vscode from 'vscode';
import { compareDrill, type Measured } from '../../ops/drill-report';
import { type DrillPrediction, type DrillWay, planFailoverDrill } from '../../ops/failover-drill';
import { newStamp } from '../../run/stamp';
import { toText } from '../convert';
import type { ClusterView } from '../explorer/cluster-store';
import { keepalivedNodes } from '../failover/keepalived-nodes';
import { carryOut } from './carry-out';
import { chooseCluster, chooseWay } from './choose';
import { asking, liveState } from './gather';
import type { Operation, Parts } from './parts';

/** "Haven: Failover Drill": moves a virtual address on purpose, measures, compares with the simulator, and puts it back. */
export const failoverDrill: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const addresses = view.state.vips.map((each) => each.address);
  const vip =
    addresses.length === 1
      ? addresses[0]
      : await chooseWay(
          vscode.l10n.t('Which virtual address moves?'),
          addresses.map((each) => ({ way: each, label: each })),
        );
  if (vip === undefined) {
    if (addresses.length === 0)
      await vscode.window.showInformationMessage(
        vscode.l10n.t('The files of this cluster give no virtual address, so there is nothing to move.'),
      );
    return;
  }
  const way = await chooseWay<DrillWay>(vscode.l10n.t('What fails on the node that carries {0}?', vip), [
    {
      way: 'keepalived',
      label: vscode.l10n.t('keepalived is stopped'),
      detail: vscode.l10n.t('As when a node is shut down: the address is handed over'),
    },
    {
      way: 'haproxy',
      label: vscode.l10n.t('haproxy is stopped'),
      detail: vscode.l10n.t('As when the load balancer crashes: its check has to notice'),
    },
  ]);
  if (way === undefined) return;
  const state = await asking(parts, view, (hosts, signal) => liveState(hosts, view, signal));
  const holder = state.vips.find((each) => each.address === vip)?.holders[0];
  const prediction = holder === undefined ? undefined : await predict(parts, view, { vip, way, holder });
  const port = Number(/:(\d+)$/.exec(state.cluster.endpoint ?? '')?.[1] ?? 6443);
  const plan = planFailoverDrill(state, { stamp: newStamp(), vip, port, way, prediction });
  const measured: Measured[] = [];
  const hosts = await parts.store.connections();
  const result = await carryOut(
    parts,
    view,
    plan,
    { go: vscode.l10n.t('Begin the Drill'), done: vscode.l10n.t('{0} moved and is back where it was.', vip) },
    {
      meanwhile: async (signal) => {
        const { watchDrill } = await import('../../run');
        const places = {
          here: vscode.l10n.t('from this machine'),
          there: (name: string) => vscode.l10n.t('from {0}', name),
        };
        measured.push(...(await watchDrill(hosts, { state, vip, port, holder }, places, signal)));
      },
    },
  );
  if (result === undefined) return;
  const lines = compareDrill(prediction, measured).map((each) => `- ${toText(each)}`);
  const report = [
    `# ${toText(plan.title)}`,
    '',
    vscode.l10n.t('{0} on {1} was stopped and started again.', way, holder ?? ''),
    '',
    ...lines,
    '',
  ];
  await parts.plans.show('failover-drill', report.join('\n'));
};

/** What the simulator says of the keepalived files of the nodes; undefined where they are not all here. */
async function predict(
  parts: Parts,
  view: ClusterView,
  drill: { readonly vip: string; readonly way: DrillWay; readonly holder: string },
): Promise<DrillPrediction | undefined> {
  const { forecastDrill } = await import('../../service');
  return forecastDrill(await keepalivedNodes(parts.live, view), drill);
}
