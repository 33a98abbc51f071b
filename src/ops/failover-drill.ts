import { type Message, say } from '../base/message';
import type { Probe } from './command';
import { askDoor, doorAnswers } from './commands/config-file';
import { markSeen, withMark } from './commands/mark';
import { isActive } from './commands/unit';
import type { Concern, Plan, Step } from './plan';
import { type ClusterState, type NodeState, statusOf } from './status/cluster-state';

/** What is stopped on the holder: keepalived itself, or the load balancer that its check looks at. */
export type DrillWay = 'keepalived' | 'haproxy';

/** What the simulator says of the drill. */
export interface DrillPrediction {
  /** Names of the nodes that can hold the address then; empty when nobody does or it stays. */
  readonly heirs: readonly string[];
  /** From the stop until the heir has it, in seconds; absent when it does not move. */
  readonly seconds: readonly [number, number] | undefined;
  /** Whether the holder takes it again by itself when it is back. */
  readonly returns: boolean;
}

export interface DrillParameters {
  readonly stamp: string;
  /** The virtual address, and the port behind it. */
  readonly vip: string;
  readonly port: number;
  readonly way: DrillWay;
  /** Absent where the repository has no keepalived files for the nodes. */
  readonly prediction: DrillPrediction | undefined;
}

/** What is stopped starts again by itself after this time, in seconds, if nobody does it: the laptop may be cut off. */
const armedSec = 180;
/** Longer than keepalived's usual timers, and than haproxy needs to mark a dead server. */
const moveSec = 60;

/**
 * Moves a virtual address on purpose: stops what makes the holder hold it, waits until another node has it and the API
 * answers through it again, and puts everything back.
 */
export function planFailoverDrill(state: ClusterState, parameters: DrillParameters): Plan {
  const { vip, way, prediction } = parameters;
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  const holders = state.vips.find((each) => each.address === vip)?.holders ?? [];
  const [holder] = holders;
  const balancers = state.nodes.filter((each) => runs(each, 'keepalived'));
  const others = balancers.filter(
    (each) => each.node.name !== holder && (way === 'keepalived' || runs(each, 'haproxy')),
  );
  if (holder === undefined) {
    blockers.push({
      message: say('no node carries {0} now', vip),
      remedy: say('see why, before you take it away from anybody'),
    });
  } else if (holders.length > 1) {
    blockers.push({
      message: say('{0} is on several nodes at once: {1}', vip, holders.join(', ')),
      remedy: say('mend that first: the nodes do not hear each other'),
    });
  } else if (
    !runs(
      state.nodes.find((each) => each.node.name === holder),
      way,
    )
  ) {
    blockers.push({ host: holder, message: say('{0} does not run there, so there is nothing to stop', way) });
  }
  if (holder !== undefined && others.length === 0) {
    blockers.push({
      message: say('no other node could take {0} over: keepalived runs nowhere else', vip),
      remedy: say('start it on another load balancer first'),
    });
  }
  if (prediction !== undefined && prediction.seconds === undefined) {
    warnings.push({
      message: say('the simulator says that {0} does not move when {1} stops', vip, way),
      remedy: say('the drill then shows an outage until it puts everything back'),
    });
  }
  if (prediction === undefined) {
    warnings.push({
      message: say('there are no keepalived files for these nodes, so nothing is predicted'),
      remedy: say('name them under "configs" in the inventory'),
    });
  }
  warnings.push({ message: say('connections through {0} break when it moves', vip) });
  const watcher = watcherOf(state, holder);
  const heir = heirOf(prediction, others);
  const steps =
    holder === undefined || watcher === undefined || blockers.length > 0
      ? []
      : stepsFor({ parameters, holder, watcher, heir });
  return {
    operation: 'failover-drill',
    cluster: state.cluster.name,
    title: say('Move {0} away from {1} and back', vip, holder ?? '?'),
    blockers,
    warnings,
    outlook:
      steps.length === 0 || prediction?.seconds === undefined ? [] : [predicted(vip, prediction, prediction.seconds)],
    steps,
    wayBack: [
      say(
        '{0} starts again on {1} by itself {2} seconds after it was stopped, whatever happens here',
        way,
        holder ?? '?',
        armedSec,
      ),
    ],
    destructive: false,
  };
}

function predicted(
  vip: string,
  { heirs, returns }: DrillPrediction,
  [least, most]: readonly [number, number],
): Message {
  const words = [vip, heirs.join(' / '), tenths(least), tenths(most)] as const;
  return returns
    ? say('the simulator says: {0} is on {1} after {2} to {3} s, and goes back by itself', ...words)
    : say('the simulator says: {0} is on {1} after {2} to {3} s, and stays there by itself', ...words);
}

function tenths(seconds: number): string {
  return seconds.toFixed(1);
}

function runs(state: NodeState | undefined, unit: string): boolean {
  const units = state === undefined ? undefined : statusOf(state)?.units;
  return units?.some((each) => each.name === unit && each.active === 'active') === true;
}

/** From where the address is looked at: a node that never carries it, so that it is reached over the network. */
export function watcherOf({ nodes }: ClusterState, holder: string | undefined): string | undefined {
  const answering = nodes.filter((each) => each.report.kind === 'answered' && each.node.name !== holder);
  return (answering.find((each) => !runs(each, 'keepalived')) ?? answering[0])?.node.name;
}

function heirOf(prediction: DrillPrediction | undefined, others: readonly NodeState[]): string | undefined {
  if (prediction?.seconds !== undefined && prediction.heirs.length === 1) return prediction.heirs[0];
  return others.length === 1 ? others[0]?.node.name : undefined;
}

/** `host:port` as a URL has it. */
export function doorOf({ vip, port }: Pick<DrillParameters, 'vip' | 'port'>): string {
  return `${vip.includes(':') ? `[${vip}]` : vip}:${port}`;
}

interface DrillWork {
  readonly parameters: DrillParameters;
  readonly holder: string;
  readonly watcher: string;
  readonly heir: string | undefined;
}

function stepsFor({ parameters, holder, watcher, heir }: DrillWork): Step[] {
  const { stamp, vip, way, prediction } = parameters;
  const back = { undoTo: `arm@${holder}` };
  const door = doorOf(parameters);
  const mark = (act: string) => `drill-${stamp}-${act}`;
  const answers = (id: string, title: Message, withinSec: number): Step => ({
    id: `${id}@${watcher}`,
    host: watcher,
    title,
    risk: 'read',
    waitFor: { host: watcher, command: askDoor(door), yesWhen: doorAnswers, withinSec },
    onFailure: back,
  });
  const start = (host: string, unit: string, id: string): Step => ({
    id: `${id}@${host}`,
    host,
    title: say('Start {0} on {1}', unit, host),
    risk: 'change',
    run: { argv: ['systemctl', 'start', unit], root: true, timeoutSec: 60 },
    done: isActive(host, unit, 20),
  });
  const stop = (host: string, unit: string, id: string): Step => ({
    id: `${id}@${host}`,
    host,
    title: say('Stop {0} on {1}', unit, host),
    risk: 'change',
    quorum: {},
    run: withMark({ argv: ['systemctl', 'stop', unit], root: true, timeoutSec: 60 }, mark(`${id}-${host}`)),
    done: markSeen(host, mark(`${id}-${host}`)),
    undo: [start(host, unit, `${id}-taken-back`)],
    onFailure: back,
  });
  const { onFailure: _, ...before } = answers('before', say('See that {0} answers, asked from {1}', door, watcher), 10);
  const steps: Step[] = [
    before,
    {
      id: `arm@${holder}`,
      host: holder,
      title: say('Let {0} start again on {1} by itself in {2} seconds', way, holder, armedSec),
      risk: 'change',
      run: withMark(
        { argv: ['sh', '-c', armScript, 'sh', timerOf(stamp), `${armedSec}s`, way], root: true, timeoutSec: 30 },
        mark('arm'),
      ),
      done: markSeen(holder, mark('arm')),
      undo: [disarm(holder, stamp, 'disarm-after-all')],
    },
    stop(holder, way, 'stop'),
  ];
  if (heir !== undefined) {
    steps.push({
      id: `moved@${heir}`,
      host: heir,
      title: say('Wait until {0} carries {1}', heir, vip),
      risk: 'read',
      waitFor: carries(heir, vip, moveSec),
      onFailure: back,
    });
  }
  steps.push(
    answers('again', say('Wait until {0} answers again, asked from {1}', door, watcher), moveSec),
    start(holder, way, 'start'),
  );
  if (prediction?.returns === false && heir !== undefined) {
    // The heir keeps it (nopreempt): it has to let go once.
    steps.push(
      stop(heir, 'keepalived', 'let-go'),
      returned(holder, vip, back),
      start(heir, 'keepalived', 'start-heir'),
    );
  } else steps.push(returned(holder, vip, undefined));
  const { onFailure: __, ...last } = answers(
    'last',
    say('See that {0} answers, asked from {1}', door, watcher),
    moveSec,
  );
  steps.push(last, disarm(holder, stamp, 'disarm'));
  return steps;
}

function returned(holder: string, vip: string, onFailure: { readonly undoTo: string } | undefined): Step {
  return {
    id: `returned@${holder}`,
    host: holder,
    title: say('Wait until {0} carries {1} again', holder, vip),
    risk: 'read',
    waitFor: carries(holder, vip, moveSec),
    ...(onFailure !== undefined && { onFailure }),
  };
}

function carries(host: string, vip: string, withinSec: number): Probe {
  return {
    host,
    command: { argv: ['ip', '-o', 'addr', 'show'], root: false, timeoutSec: 15 },
    yesWhen: { stdoutHas: ` ${vip}/` },
    withinSec,
  };
}

const timerOf = (stamp: string): string => `haven-drill-${stamp}`;

const armScript = `systemctl is-active --quiet "$1.timer" && exit 0
systemctl reset-failed "$1.service" 2>/dev/null
systemd-run --quiet --unit="$1" --on-active="$2" --timer-property=AccuracySec=1s systemctl start "$3"`;

function disarm(host: string, stamp: string, id: string): Step {
  const timer = `${timerOf(stamp)}.timer`;
  return {
    id: `${id}@${host}`,
    host,
    title: say('Take the timer on {0} away', host),
    risk: 'change',
    run: { argv: ['sh', '-c', 'systemctl stop "$1" 2>/dev/null; true', 'sh', timer], root: true, timeoutSec: 20 },
    done: {
      host,
      command: {
        argv: ['sh', '-c', 'case $(systemctl is-active "$1") in inactive|failed|unknown) echo off;; esac', 'sh', timer],
        root: true,
        timeoutSec: 20,
      },
      yesWhen: { stdoutMatches: '^off$' },
      withinSec: 10,
    },
  };
}
