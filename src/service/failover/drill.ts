import { matrixOf, type SimulatedNode, simulateFiles } from '../simulate';

/** A drill: what stops on the node that carries a virtual address, and starts again. */
interface PlayedDrill {
  readonly vip: string;
  /** What is stopped: keepalived itself, or the load balancer that its check looks at. */
  readonly way: 'keepalived' | 'haproxy';
  readonly holder: string;
}

export interface DrillForecast {
  /** Names of the nodes that can hold the address then; empty when nobody does or it stays. */
  readonly heirs: readonly string[];
  /** From the stop until the heir has it, in seconds; absent when it does not move. */
  readonly seconds: readonly [number, number] | undefined;
  /** Whether the holder takes it again by itself when it is back. */
  readonly returns: boolean;
}

/**
 * What the simulator says of a drill, from the keepalived files of the nodes; undefined where fewer than two nodes have
 * any, the holder has none, or they cannot be played.
 */
export function forecastDrill(
  nodes: readonly SimulatedNode[],
  { vip, way, holder }: PlayedDrill,
): DrillForecast | undefined {
  if (nodes.length < 2 || !nodes.some((each) => each.name === holder)) return undefined;
  let fails = `stop:${holder}`;
  let mends = `start:${holder}`;
  if (way === 'haproxy') {
    const matrix = matrixOf({ nodes, moments: [] });
    if ('problem' in matrix) return undefined;
    const prefix = `fail:${holder}:`;
    const checks = matrix.single.flatMap((row) => row.events.filter((each) => each.startsWith(prefix)));
    const check = checks.length === 1 ? checks[0] : checks.find((each) => each.includes('haproxy'));
    // Without a check that looks at haproxy, nothing moves.
    if (check === undefined) return { heirs: [], seconds: undefined, returns: true };
    fails = check;
    mends = check.replace(/^fail:/, 'ok:');
  }
  const answer = simulateFiles({ nodes, moments: [fails, mends] });
  if ('problem' in answer) return undefined;
  const [gone, back] = answer.simulation.steps.map((step) => step.vips.find((each) => each.vip.split('/')[0] === vip));
  if (gone === undefined || back === undefined) return undefined;
  return {
    heirs: gone.seconds === null ? [] : [...new Set(gone.after.flat())],
    seconds: gone.seconds ?? undefined,
    returns: back.after.every((each) => each.includes(holder)),
  };
}
