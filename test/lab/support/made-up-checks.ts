import type { Chance } from './chance';
import type { CheckOfNode } from './made-up-moments';

/** What the nodes of a made-up cluster look at. */
export interface Checks {
  /** Blocks of the file that define them. */
  readonly blocks: readonly string[];
  /** Lists of each instance, and of the sync group, that track them. */
  readonly own: readonly (readonly string[])[];
  readonly shared: readonly string[];
  readonly ofNode: readonly CheckOfNode[];
  /** The longest that a script needs until its result turns, in seconds. */
  readonly detectionSec: number;
}

export const noChecks: Checks = { blocks: [], own: [], shared: [], ofNode: [], detectionSec: 0 };

interface CheckSurroundings {
  readonly instances: number;
  readonly isGrouped: boolean;
  readonly hasProcesses: boolean;
}

/** Checks of every kind, tracked by instances or by the sync group, with weights that do and that do not suffice. */
export function checksOf(chance: Chance, { instances, isGrouped, hasProcesses }: CheckSurroundings): Checks {
  const blocks: string[] = [];
  const own: string[][] = Array.from({ length: instances }, () => []);
  const shared: string[] = isGrouped && chance.is(0.25) ? ['sync_group_tracking_weight'] : [];
  const ofNode: CheckOfNode[] = [{ kind: 'interface', name: 'eth0' }];
  let detectionSec = 0;
  const weight = () => chance.of([0, 0, 0, -1, -2, -20, -60, 2, 20, 60, 253, -253]);
  const onLine = (value: number) => (chance.is(0.12) ? ` weight ${value} reverse` : ` weight ${value}`);
  /** One list has the check; now and then a second one, which may weigh it otherwise. */
  const track = (keyword: string, line: () => string) => {
    const lists = [...own, ...(isGrouped ? [shared, shared] : [])];
    const targets = new Set([chance.of([own[0] ?? shared, ...lists])]);
    if (chance.is(0.15)) targets.add(chance.of(lists));
    for (const each of targets) each.push(...list(keyword, [line()]));
  };

  for (const name of ['chk', 'chk2', 'chk3'].slice(0, chance.of([0, 1, 1, 1, 2, 3]))) {
    const value = weight();
    const isOnLine = chance.is(0.3);
    const interval = chance.of([1, 1, 1, 2, 3, 0.5]);
    const timeout = chance.is(0.35) ? chance.of([1, 2, 3, 5]) : undefined;
    const fall = chance.of([1, 2, 2, 3, 4]);
    const rise = chance.of([1, 2, 3]);
    const most = Math.max(1, interval) * Math.max(fall, rise) + (timeout ?? interval);
    detectionSec = Math.max(detectionSec, most);
    blocks.push(
      ...list(`vrrp_script ${name}`, [
        `script "FLAGS/check FLAGS/${name}"`,
        `interval ${interval}`,
        ...(timeout === undefined ? [] : [`timeout ${timeout}`]),
        `fall ${fall}`,
        `rise ${rise}`,
        ...(isOnLine ? [] : [`weight ${value}${chance.is(0.1) ? ' reverse' : ''}`]),
        ...(chance.is(0.1) ? ['init_fail'] : []),
      ]),
    );
    track('track_script', () => name + (isOnLine ? onLine(weight()) : ''));
    ofNode.push({ kind: 'script', name });
  }
  if (chance.is(0.25)) {
    track('track_interface', () => `eth1${chance.is(0.6) ? onLine(weight()) : ''}`);
    ofNode.push({ kind: 'interface', name: 'eth1' });
  }
  if (chance.is(0.25)) {
    const value = chance.of([1, 0, -1, 5, -20, 100]);
    const isOnLine = chance.is(0.5);
    blocks.push(
      ...list('track_file tf', [
        'file "FLAGS/tf"',
        ...(isOnLine ? [] : [`weight ${value}`]),
        `init_file ${chance.of([0, 0, 1, -3, 40])}`,
      ]),
    );
    track('track_file', () => `tf${isOnLine ? onLine(value) : ''}`);
    ofNode.push({ kind: 'file', name: 'tf' });
  }
  if (hasProcesses && chance.is(0.2)) {
    const value = weight();
    blocks.push(
      ...list('vrrp_track_process prc', [
        'process "PROGRAM"',
        `weight ${value}`,
        ...chance.of([[], [], ['delay 2'], ['terminate_delay 1.5'], ['fork_delay 1']]),
      ]),
    );
    track('track_process', () => `prc${chance.is(0.2) ? onLine(weight()) : ''}`);
    ofNode.push({ kind: 'process', name: 'prc' });
  }
  return { blocks, own, shared, ofNode, detectionSec };
}

export function list(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((each) => `    ${each}`), '}'];
}
