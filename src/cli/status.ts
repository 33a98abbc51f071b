import { padColumns } from '../base/columns';
import { type Message, say } from '../base/message';
import { clocksOff } from '../ops/status/clocks';
import type { ClusterState, Health, NodeState } from '../ops/status/cluster-state';
import { nodeFaults } from '../ops/status/node-faults';
import { onSite } from './site';
import { out } from './terminal';
import { text } from './words';

export const statusUsage = 'usage: haven status [DIR|haven.yaml] [--cluster NAME] [--format text|json]\n';

/**
 * `haven status`: what the nodes say of themselves now. Exit code 0 when all is well, 1 when something is not, 2 when
 * nobody could be asked.
 */
export function status(args: readonly string[]): Promise<number> {
  return onSite(args, statusUsage, async (site, asJson) => {
    const { askCluster } = await import('../run');
    const state = await askCluster(site.hosts, site.cluster, site.vips, new AbortController().signal);
    out(asJson ? `${JSON.stringify(jsonOf(state))}\n` : textOf(state));
    return state.nodes.every((each) => each.report.kind === 'silent') ? 2 : isWell(state) ? 0 : 1;
  });
}

function isWell({ nodes, quorum, vips }: ClusterState): boolean {
  return (
    nodes.every((each) => each.health === 'up') &&
    (quorum === undefined || quorum.verdict === 'holds') &&
    vips.every((each) => each.holders.length === 1)
  );
}

function jsonOf({ cluster, nodes, vips, quorum }: ClusterState): object {
  return {
    version: 1,
    cluster: cluster.name,
    quorum: quorum ?? null,
    vips,
    nodes: nodes.map(({ node, health, report }) => ({
      name: node.name,
      address: node.address,
      roles: node.roles,
      health,
      ...(report.kind === 'answered' && { status: report.status }),
      ...(report.kind === 'silent' && { reason: report.reason }),
    })),
  };
}

const healths: Readonly<Record<Health, Message>> = {
  up: say('up'),
  degraded: say('degraded'),
  down: say('down'),
  unknown: say('unknown'),
};

/** Why a node that answers is not up: units that do not run though its roles want them, an etcd that is not well. */
function faultsOf(state: NodeState, cluster: ClusterState['cluster']): string {
  const isMissing = state.health === 'unknown' ? [say('its service was not found there')] : [];
  const found = [...isMissing, ...nodeFaults(state, cluster)];
  return found.length === 0 ? '' : `  ${found.map(text).join(', ')}`;
}

function textOf({ cluster, nodes, vips, quorum }: ClusterState): string {
  const lines = [cluster.name];
  if (quorum !== undefined) {
    const { healthyVoters, voters, failuresLeft } = quorum;
    const said = {
      holds: say('etcd: quorum holds, {0} of {1} voters healthy, {2} may fail', healthyVoters, voters, failuresLeft),
      lost: say('etcd: quorum lost, {0} of {1} voters healthy', healthyVoters, voters),
      unknown: say('etcd: quorum unknown, {0} of {1} voters healthy', healthyVoters, voters),
    }[quorum.verdict];
    const leader = quorum.leader === undefined ? '' : `, ${text(say('leader {0}', quorum.leader))}`;
    lines.push(`  ${text(said)}${leader}`);
  }
  for (const { address, holders } of vips)
    lines.push(`  ${address}: ${text(holders.length === 0 ? say('on no node') : say('on {0}', holders.join(', ')))}`);
  const off = clocksOff({ cluster, nodes, vips, quorum });
  const width = Math.max(0, ...nodes.map((each) => each.node.name.length));
  for (const state of nodes) {
    const { node, health, report } = state;
    const why =
      report.kind === 'silent'
        ? `  ${report.reason}`
        : report.kind === 'answered' && health !== 'up'
          ? faultsOf(state, cluster)
          : '';
    const sec = off.get(node.name);
    const clock = sec === undefined ? '' : `  ${text(say('its clock is {0} s off', sec))}`;
    lines.push(
      `  ${node.name.padEnd(width)}  ${padColumns(text(healths[health]), 8)}  ${node.roles.join(', ')}${why}${clock}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
