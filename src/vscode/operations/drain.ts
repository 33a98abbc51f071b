import * as vscode from 'vscode';
import { planDrain, planUncordon } from '../../ops/drain';
import { newStamp } from '../../run/stamp';
import { carryOut } from './carry-out';
import { chooseCluster, chooseNodes } from './choose';
import { asking, askNodes, liveState } from './gather';
import type { Operation } from './parts';

const operation =
  (plan: typeof planDrain, go: () => string): Operation =>
  async (parts, subject) => {
    const view = await chooseCluster(parts, subject);
    if (view === undefined) return;
    const able = view.state.cluster.nodes.filter(({ roles }) => roles.includes('server') || roles.includes('agent'));
    const chosen = await chooseNodes(able, subject, vscode.l10n.t('Which nodes, one after another?'), {
      picked: false,
    });
    if (chosen === undefined) return;
    const { state, nodes } = await asking(parts, view, async (hosts, signal) => ({
      state: await liveState(hosts, view, signal),
      nodes: await askNodes(hosts, view.state, signal),
    }));
    const hosts = chosen.map((each) => each.name);
    await carryOut(parts, view, plan(state, { stamp: newStamp(), hosts, nodes }), { go: go() });
  };

/** "Haven: Drain Node": its pods move, new ones stay away. */
export const drainNode = operation(planDrain, () => vscode.l10n.t('Drain'));

/** "Haven: Uncordon Node": it takes pods again. */
export const uncordonNode = operation(planUncordon, () => vscode.l10n.t('Uncordon'));
