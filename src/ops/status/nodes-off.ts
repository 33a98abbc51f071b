import { type ClusterState, healthOf, type NodeState, statusOf } from './cluster-state';

/** The cluster as it would be if some of its nodes had no power: what is left of the quorum follows from the others. */
export function withNodesOff(state: ClusterState, off: ReadonlySet<string>): ClusterState {
  const nodes = state.nodes.map(
    (each): NodeState =>
      off.has(each.node.name) ? { ...each, report: { kind: 'silent', reason: '' }, health: 'down' } : each,
  );
  const vips = state.vips.map((each) => ({ ...each, holders: each.holders.filter((name) => !off.has(name)) }));
  const { quorum } = state;
  if (quorum === undefined || quorum.verdict === 'unknown') return { ...state, nodes, vips };
  const lost = state.nodes.filter((each) => {
    const etcd = statusOf(each)?.etcd;
    return off.has(each.node.name) && etcd?.healthy === true && !etcd.learner;
  });
  const healthyVoters = quorum.healthyVoters - lost.length;
  const holds = quorum.verdict === 'holds' && healthyVoters >= quorum.needed;
  const leader = quorum.leader !== undefined && !off.has(quorum.leader) ? quorum.leader : undefined;
  return {
    ...state,
    nodes,
    vips,
    quorum: {
      ...quorum,
      healthyVoters,
      leader,
      verdict: holds ? 'holds' : 'lost',
      failuresLeft: Math.max(0, healthyVoters - quorum.needed),
    },
  };
}

/** The cluster as it would be if those of its units that do not run and that `runs` names ran. */
export function withUnitsRunning(state: ClusterState, runs: (node: string, unit: string) => boolean): ClusterState {
  const nodes = state.nodes.map((each): NodeState => {
    const { node, report } = each;
    if (report.kind !== 'answered') return each;
    const units = report.status.units.map((unit) =>
      unit.active !== 'active' && runs(node.name, unit.name) ? { ...unit, active: 'active', sub: 'running' } : unit,
    );
    const changed: NodeState['report'] = { kind: 'answered', status: { ...report.status, units } };
    return { node, report: changed, health: healthOf(node, changed, state.cluster) };
  });
  return { ...state, nodes };
}
