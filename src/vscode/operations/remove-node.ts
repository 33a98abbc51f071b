import * as vscode from 'vscode';
import { planRemove } from '../../ops/remove-node';
import { filesThatSendTo } from '../../ops/repository-files';
import { newStamp } from '../../run/stamp';
import { carryOut } from './carry-out';
import { chooseCluster, chooseNode, chooseWay } from './choose';
import { clusterFiles } from './config-files';
import { asking, askMembers, askNodes, liveState } from './gather';
import type { Operation } from './parts';

/** "Haven: Remove Node". */
export const removeNode: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const able = view.state.cluster.nodes.filter((each) => each.roles.includes('server') || each.roles.includes('agent'));
  const node = await chooseNode(able, subject, vscode.l10n.t('Which node leaves the cluster?'));
  if (node === undefined) return;
  const isK3s = view.state.cluster.distribution === 'k3s';
  const way = await chooseWay(vscode.l10n.t('How does {0} leave?', node.name), [
    {
      way: 'drain' as const,
      label: vscode.l10n.t('Drain it first'),
      detail: vscode.l10n.t('Its pods move to other nodes; what lies in emptyDir volumes is lost'),
    },
    { way: 'no-drain' as const, label: vscode.l10n.t('Without draining') },
  ]);
  if (way === undefined) return;
  const rest = !isK3s
    ? ('keep' as const)
    : await chooseWay(vscode.l10n.t('What happens to k3s on {0}?', node.name), [
        {
          way: 'keep' as const,
          label: vscode.l10n.t('Leave it there, stopped'),
          detail: vscode.l10n.t('Program, configuration and data stay on the disk'),
        },
        {
          way: 'uninstall' as const,
          label: vscode.l10n.t('Uninstall it'),
          detail: vscode.l10n.t('A copy of the server data stays on the disk'),
        },
      ]);
  if (rest === undefined) return;
  const { state, facts, nodes } = await asking(parts, view, async (hosts, signal) => ({
    state: await liveState(hosts, view, signal),
    facts: await askMembers(hosts, view.state, signal),
    nodes: await askNodes(hosts, view.state, signal),
  }));
  const files = await clusterFiles(parts, view);
  const plan = planRemove(state, facts, {
    stamp: newStamp(),
    host: node.name,
    nodes,
    drain: way === 'drain',
    uninstall: rest === 'uninstall',
    inBackends: filesThatSendTo(files, node.address),
  });
  await carryOut(parts, view, plan, {
    go: vscode.l10n.t('Remove'),
    done: vscode.l10n.t('{0} has left the cluster. Take it out of haven.yaml as well.', node.name),
  });
};
