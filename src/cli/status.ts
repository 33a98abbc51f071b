import type { ClusterState } from '../ops/status/cluster-state';
import { onSite } from './site';

const usage = 'usage: haven status [DIR|haven.yaml] [--cluster NAME] [--format text|json]\n';

/**
 * `haven status`: what the nodes say of themselves now. Exit code 0 when all is well, 1 when something is not, 2 when
 * nobody could be asked.
 */
export function status(args: readonly string[]): Promise<number> {
  return onSite(args, usage, async (site, asJson) => {
    const { askCluster } = await import('../run');
    const state = await askCluster(site.hosts, site.cluster, site.vips, new AbortController().signal);
    process.stdout.write(asJson ? `${JSON.stringify(jsonOf(state))}\n` : textOf(state));
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

function textOf({ cluster, nodes, vips, quorum }: ClusterState): string {
  const lines = [cluster.name];
  if (quorum !== undefined) {
    const left = quorum.verdict === 'holds' ? `, ${quorum.failuresLeft} may fail` : '';
    lines.push(
      `  etcd: quorum ${quorum.verdict}, ${quorum.healthyVoters} of ${quorum.voters} voters healthy${left}` +
        (quorum.leader === undefined ? '' : `, leader ${quorum.leader}`),
    );
  }
  for (const { address, holders } of vips)
    lines.push(`  ${address}: ${holders.length === 0 ? 'on no node' : `on ${holders.join(' and ')}`}`);
  const width = Math.max(0, ...nodes.map((each) => each.node.name.length));
  for (const { node, health, report } of nodes) {
    const why = report.kind === 'silent' ? `  ${report.reason}` : '';
    lines.push(`  ${node.name.padEnd(width)}  ${health.padEnd(8)}  ${node.roles.join(', ')}${why}`);
  }
  return `${lines.join('\n')}\n`;
}
