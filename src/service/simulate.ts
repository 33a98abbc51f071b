import { type Message, say } from '../base/message';
import type { Version } from '../base/version';
import { analyseKeepalived } from '../model/keepalived/analysis';
import { readEvent, type VrrpEvent } from '../model/vrrp/event';
import { lowerNode } from '../model/vrrp/lower';
import { failureMatrix, type MatrixRow } from '../model/vrrp/matrix';
import type { VrrpNode } from '../model/vrrp/node';
import { type Simulation, type Step, simulate } from '../model/vrrp/simulate';

/** The keepalived files of one machine. */
export interface SimulatedNode {
  readonly name: string;
  readonly address?: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

export interface SimulationRequest {
  readonly nodes: readonly SimulatedNode[];
  readonly version?: Version;
  /** Names of nodes in the order of their starts; absent starts all at once. */
  readonly start?: readonly string[];
  /** Each text is the events of one moment, joined by `+`. */
  readonly moments: readonly string[];
}

export type SimulationAnswer =
  | { readonly simulation: Simulation; readonly moments: readonly (readonly string[])[] }
  | Misunderstanding;

/** What of a request cannot be understood. */
export interface Misunderstanding {
  readonly problem: Message;
  /** The event that it is about, where it is about one. */
  readonly event?: string;
  /** A name that none of the nodes has, where that is the problem. */
  readonly unknownNode?: string;
}

/** Plays the events; or says which node or event cannot be understood. */
export function simulateFiles(request: SimulationRequest): SimulationAnswer {
  const nodes = nodesOf(request);
  const order = orderOf(request, nodes);
  if (order !== undefined && 'problem' in order) return order;
  const moments: VrrpEvent[][] = [];
  for (const moment of request.moments) {
    const events: VrrpEvent[] = [];
    for (const text of eventsOf(moment)) {
      const read = readEvent(text, nodes);
      if ('problem' in read) return { ...read, event: text };
      events.push(read.event);
    }
    moments.push(events);
  }
  return { simulation: simulate(nodes, order, moments), moments: request.moments.map(eventsOf) };
}

/** The events of one moment. A plus behind an equals sign is that of a number: `set:lb1:load=+5`. */
function eventsOf(moment: string): string[] {
  return moment.split(/(?<!=)\+/);
}

/** What a keepalived file includes, as it is written. */
export function includesIn(text: string): readonly string[] {
  const { views } = analyseKeepalived({ path: '', text, version: undefined });
  return [...new Set(views.flatMap(({ tree }) => tree.includes.map((each) => each.pattern)))];
}

/** Whether a keepalived file has an instance of its own; one that is only included has none. */
export function hasInstances(text: string): boolean {
  const { views } = analyseKeepalived({ path: '', text, version: undefined });
  return views.some(({ tree }) => tree.items.some((each) => each.statement.keyword === 'vrrp_instance'));
}

interface NamedRow extends Pick<MatrixRow, 'vips' | 'flaws'> {
  readonly events: readonly string[];
}

/** Every single failure and every pair, from the healthy cluster. */
export function matrixOf(
  request: SimulationRequest,
): { readonly single: readonly NamedRow[]; readonly pairs: readonly NamedRow[] } | Misunderstanding {
  const nodes = nodesOf(request);
  const order = orderOf(request, nodes);
  if (order !== undefined && 'problem' in order) return order;
  const { single, pairs } = failureMatrix(nodes, order);
  const named = (row: MatrixRow): NamedRow => ({
    events: row.events.map((each) => nameOf(each, nodes)),
    vips: row.vips,
    flaws: row.flaws,
  });
  return { single: single.map(named), pairs: pairs.map(named) };
}

export type { Step };

/** What the nodes look at and what can be made to fail by an event: every check but a tracked file, which has a value. */
export function watchesOf(
  nodes: readonly SimulatedNode[],
): readonly { readonly name: string; readonly checks: readonly string[] }[] {
  return nodesOf({ nodes, moments: [] }).map(({ name, checks }) => ({
    name,
    checks: [...new Set(checks.filter((each) => each.kind !== 'file').map((each) => each.name))],
  }));
}

function nodesOf({ nodes, version }: SimulationRequest): VrrpNode[] {
  return nodes.map(({ name, address, files }) =>
    lowerNode({
      name,
      files: files.map(({ path, text }) => analyseKeepalived({ path, text, version })),
      ...(address !== undefined && { address }),
      ...(version !== undefined && { version }),
    }),
  );
}

function orderOf({ start }: SimulationRequest, nodes: readonly VrrpNode[]): number[] | undefined | Misunderstanding {
  if (start === undefined) return undefined;
  const order = start.map((name) => nodes.findIndex((each) => each.name === name));
  const twice = start.find((name, index) => start.indexOf(name) < index);
  if (twice !== undefined) return { problem: say('--start: "{0}" stands there twice', twice) };
  const unknown = start[order.indexOf(-1)];
  if (unknown !== undefined)
    return {
      problem: say(
        '--start: there is no node "{0}"; nodes are {1}',
        unknown,
        nodes.map((each) => each.name).join(', '),
      ),
      unknownNode: unknown,
    };
  return order;
}

/** An event as it is written on the command line. */
function nameOf(event: VrrpEvent, nodes: readonly VrrpNode[]): string {
  if ('nodes' in event) return `${event.kind}:${event.nodes.map((each) => nodes[each]?.name).join('-')}`;
  const node = nodes[event.node];
  const verb = event.kind === 'power-cut' ? 'fail' : event.kind;
  const check = 'check' in event ? `:${node?.checks[event.check]?.name}` : '';
  return `${verb}:${node?.name}${check}${event.kind === 'set' ? `=${event.value}` : ''}`;
}
