import type { AddressChange } from '../../model/vrrp/simulate';
import { type SimulatedNode, simulateFiles, watchesOf } from '../simulate';

/** A node that runs keepalived, and what it looks at. */
interface TriedNode {
  readonly name: string;
  /** Names of scripts, processes and interfaces that can fail. */
  readonly checks: readonly string[];
}

/** What a row of failures and repairs does to the virtual addresses, each after the one before has come to rest. */
export interface Trial {
  readonly nodes: readonly TriedNode[];
  /** Before anything fails. */
  readonly start: readonly AddressChange[];
  /** One for each event. */
  readonly steps: readonly (readonly AddressChange[])[];
}

/**
 * Plays events as the command line writes them (`fail:lb1`, `ok:lb1:chk_haproxy`) on the keepalived files of the nodes.
 * Undefined where no node has any, or where an event is about something that the files do not have.
 */
export function playTrial(nodes: readonly SimulatedNode[], events: readonly string[]): Trial | undefined {
  if (nodes.length === 0) return undefined;
  const answer = simulateFiles({ nodes, moments: events });
  if ('problem' in answer) return undefined;
  const { start, steps } = answer.simulation;
  return { nodes: watchesOf(nodes), start: start.vips, steps: steps.map((each) => each.vips) };
}
