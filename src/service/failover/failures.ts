import { type Message, say } from '../../base/message';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { VrrpEvent } from '../../model/vrrp/event';
import { type Fleet, fleetOf, type Machine } from '../../model/vrrp/fleet';
import { failureMatrix, type Matrix, type MatrixRow, singleFailures } from '../../model/vrrp/matrix';
import type { VrrpNode } from '../../model/vrrp/node';
import type { Bounds } from '../../model/vrrp/simulate';
import type { PlacedFile } from '../language';

/** Beyond so many failures, or instances that each of them is played with, somebody who types would feel it. */
const mostFailures = 60;
const mostInstances = 30;
/** And beyond so many nobody waits for the page either. */
const mostInstancesOfPage = 300;

/** The machines that hold addresses together, and what every single failure does to them. */
export interface Failover {
  readonly fleet: Fleet;
  readonly nodes: readonly VrrpNode[];
  readonly single: readonly MatrixRow[];
}

const known = new WeakMap<readonly PlacedFile<KeepalivedAnalysis>[], { readonly failover: Failover | undefined }>();

/**
 * Plays every single failure of the machines that the files are for. Undefined where no two machines hold an address
 * together, where a file is not whole, or where there are too many failures to play at once. The answer is kept for the
 * list of files, which is another one after every edit.
 */
export function failoverOf(files: readonly PlacedFile<KeepalivedAnalysis>[]): Failover | undefined {
  const before = known.get(files);
  if (before !== undefined) return before.failover;
  const failover = play(files);
  known.set(files, { failover });
  return failover;
}

function play(files: readonly PlacedFile<KeepalivedAnalysis>[]): Failover | undefined {
  const fleet = fleetOf(files);
  const machines = involved(fleet);
  const nodes = machines.map((each) => each.vrrp);
  const failures = nodes.reduce((count, node) => count + 1 + node.checks.length, 0);
  const instances = nodes.reduce((count, node) => count + node.instances.length, 0);
  if (machines.length < 2 || failures > mostFailures || instances > mostInstances) return undefined;
  if (fleet.routers.some((router) => router.members.some((each) => !each.complete))) return undefined;
  return { fleet, nodes, single: singleFailures(nodes) };
}

/** The same with every pair of failures: for a document, not for every keystroke. */
export function matrixOfFiles(
  files: readonly PlacedFile<KeepalivedAnalysis>[],
): { readonly fleet: Fleet; readonly nodes: readonly VrrpNode[]; readonly matrix: Matrix } | undefined {
  const fleet = fleetOf(files);
  const nodes = involved(fleet).map((each) => each.vrrp);
  const instances = nodes.reduce((count, node) => count + node.instances.length, 0);
  return nodes.length < 2 || instances > mostInstancesOfPage
    ? undefined
    : { fleet, nodes, matrix: failureMatrix(nodes, undefined) };
}

function involved(fleet: Fleet): Machine[] {
  const machines = new Set(fleet.routers.flatMap((router) => router.members.map((each) => each.machine)));
  return fleet.machines.filter((each) => machines.has(each));
}

/** A failure as people say it. */
export function nameOfFailure(event: VrrpEvent, nodes: readonly VrrpNode[]): Message {
  if (!('node' in event)) return say('the network between two nodes is cut');
  const node = nodes[event.node];
  const check = 'check' in event ? node?.checks[event.check] : undefined;
  if (check === undefined) return say('{0} loses power', node?.name ?? '');
  if (check.kind === 'interface') return say('{0} goes down on {1}', check.name, node?.name ?? '');
  return say('{0} fails on {1}', check.name, node?.name ?? '');
}

/** `2.7–3.8`, or one number where both are the same. */
export function secondsText([low, high]: Bounds): string {
  return low === high ? String(low) : `${low}–${high}`;
}

/** From the earliest to the latest of several times. */
export function spanOf(times: readonly (Bounds | null)[]): Bounds | undefined {
  const known = times.filter((each) => each !== null);
  if (known.length === 0) return undefined;
  return [Math.min(...known.map((each) => each[0])), Math.max(...known.map((each) => each[1]))];
}
