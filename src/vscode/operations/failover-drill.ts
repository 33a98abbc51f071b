import * as vscode from 'vscode';
import { holds } from '../../ops/command';
import { askDoor, doorAnswers } from '../../ops/commands/config-file';
import { compareDrill, type Measured } from '../../ops/drill-report';
import { type DrillPrediction, type DrillWay, doorOf, planFailoverDrill, watcherOf } from '../../ops/failover-drill';
import type { Hosts, Outage } from '../../run';
import { toText } from '../convert';
import type { ClusterView } from '../explorer/cluster-store';
import { keepalivedNodes } from '../failover/keepalived-nodes';
import { carryOut } from './carry-out';
import { chooseCluster, chooseWay, stampOf } from './choose';
import { asking, liveState } from './gather';
import type { Operation, Parts } from './parts';

/** From the end of one question to the next. */
const everyMs = 100;

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
  const plan = planFailoverDrill(state, { stamp: stampOf(Date.now()), vip, port, way, prediction });
  const measured: Measured[] = [];
  const watcher = watcherOf(state, holder);
  const hosts = await parts.store.connections();
  const result = await carryOut(
    parts,
    view,
    plan,
    { go: vscode.l10n.t('Begin the Drill'), done: vscode.l10n.t('{0} moved and is back where it was.', vip) },
    {
      meanwhile: async (signal) => {
        const found = await Promise.all([
          watchFromHere(vip, port, signal),
          ...(watcher === undefined ? [] : [watchFromNode(hosts, view, watcher, doorOf({ vip, port }), signal)]),
        ]);
        measured.push(...found.flatMap((each) => each ?? []));
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

const clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
    }),
  everyMs,
};

/** From this machine by TCP; nothing when it does not reach the address at all. */
async function watchFromHere(vip: string, port: number, signal: AbortSignal): Promise<Measured | undefined> {
  const { reach, watchAnswers } = await import('../../run');
  if (!(await reach(vip, port, 1000, signal))) return undefined;
  const outages = await watchAnswers((stop) => reach(vip, port, 500, stop), clock, signal);
  return measuredFrom(vscode.l10n.t('from this machine'), outages);
}

/** From a node of the cluster, by HTTPS. */
async function watchFromNode(
  hosts: Hosts,
  { state }: ClusterView,
  watcher: string,
  door: string,
  signal: AbortSignal,
): Promise<Measured | undefined> {
  const { TransportError, watchAnswers } = await import('../../run');
  const node = state.cluster.nodes.find((each) => each.name === watcher);
  if (node === undefined) return undefined;
  const { argv, root } = askDoor(door);
  const words = argv.map(String).map((each, i, all) => (all[i - 1] === '-m' ? '1' : each));
  const ask = async (stop: AbortSignal) => {
    try {
      const transport = await hosts.connect(node, stop);
      return holds(doorAnswers, await transport.exec({ argv: words, root, timeoutSec: 5 }, stop));
    } catch (error) {
      // Called off in the middle of a question, which the watch knows; or the watcher is lost, and the plan says so.
      if (error instanceof TransportError) return false;
      throw error;
    }
  };
  return measuredFrom(vscode.l10n.t('from {0}', watcher), await watchAnswers(ask, clock, signal));
}

async function measuredFrom(from: string, outages: readonly Outage[]): Promise<Measured> {
  const { longestOutage } = await import('../../run');
  return { from, gap: longestOutage(outages) };
}
