import { commandLine } from '../../../base/shell';
import type { Program } from '../world';

const unitSeconds: Readonly<Record<string, number>> = { '': 1, s: 1, sec: 1, m: 60, min: 60, h: 3600 };

function secondsOf(text: string): number {
  const [, number = '0', unit = ''] = /^(\d+)\s*([a-z]*)$/.exec(text) ?? [];
  return Number(number) * (unitSeconds[unit] ?? 1);
}

/** `systemd-run --unit=NAME --on-active=TIME COMMAND…`: later, by the clock of the practice cluster; without a time, now. */
export const systemdRun: Program = (call) => {
  const at = call.args.findIndex((each) => !each.startsWith('-'));
  const flags = at < 0 ? call.args : call.args.slice(0, at);
  const value = (name: string) => flags.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
  const { machine } = call;
  const { cluster } = machine;
  const unit = value('unit') ?? `run-r${Math.floor(cluster.now())}`;
  const line = commandLine(at < 0 ? [] : call.args.slice(at));
  const later = value('on-active');
  if (later === undefined) {
    machine.background(machine.exec(line));
    return 0;
  }
  if (cluster.timers.has(machine, unit)) {
    call.err(`Failed to start transient timer unit: Unit ${unit}.timer was already loaded or has a fragment file.\n`);
    return 1;
  }
  cluster.timers.add({ machine, unit, atMs: cluster.now() + secondsOf(later) * 1000, line });
  if (!flags.includes('--quiet'))
    call.err(`Running timer as unit: ${unit}.timer\nWill run service as unit: ${unit}.service\n`);
  return 0;
};
