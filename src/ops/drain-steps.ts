import { say } from '../base/message';
import type { Distribution } from '../model/inventory/inventory';
import type { Probe } from './command';
import { drainNode, nodeCordoned, uncordonNode } from './commands/kubectl';
import { markSeen, withMark } from './commands/mark';
import type { ChangeStep } from './plan';

/** Pods that take longer to leave make the drain fail. */
const drainSec = 300;

export interface DrainWork {
  /** The machine, by its name in the inventory. */
  readonly host: string;
  /** The server that is asked to do it. */
  readonly asked: string;
  readonly distribution: Distribution;
  /** Name of the Node. */
  readonly node: string;
}

/** Drains a Node; taken back, it takes pods again. `free` tells that there is nothing left to take back. */
export function drainStep(work: DrainWork, mark: string, free?: Probe): ChangeStep {
  const { host, asked, distribution, node } = work;
  const back = uncordonStep(work);
  return {
    id: `drain@${host}`,
    host: asked,
    title: say('Drain {0}: its pods move, new ones stay away', node),
    risk: 'change',
    run: withMark(drainNode(distribution, node, drainSec), mark),
    done: markSeen(asked, mark),
    interruptible: true,
    undo: [{ ...back, id: `uncordon-again@${host}`, ...(free !== undefined && { done: free }) }],
  };
}

export function uncordonStep({ host, asked, distribution, node }: DrainWork): ChangeStep {
  return {
    id: `uncordon@${host}`,
    host: asked,
    title: say('Let {0} take pods again', node),
    risk: 'change',
    run: uncordonNode(distribution, node),
    done: nodeCordoned(asked, distribution, node, false),
  };
}
