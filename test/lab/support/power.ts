import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bridge, folderOf, type Machine, macOf, namespace, namespaceOf } from './layout';
import { type Ended, run, until } from './shell';

/** The trees of cgroups a machine gets a place of its own in; `.` is the one tree of a host that has only that. */
const controllers = [
  ...['.', 'systemd', 'unified', 'cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids'],
];

/** Gives a machine power, unless it has it: it boots from its own layer over the root file system `base`. */
export function powerOn(machine: Machine, base: string): void {
  if (supplyOf(machine.name) !== undefined) return;
  const log = openSync(join(folderOf(machine.name), 'power.log'), 'a');
  const supply = spawn(resolve('test/lab/machine/power.sh'), [machine.name, folderOf(machine.name), base], {
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      HAVEN_LAB_NAMESPACE: namespace,
      HAVEN_LAB_OWN: namespaceOf(machine.name),
      HAVEN_LAB_BRIDGE: bridge,
      HAVEN_LAB_MAC: macOf(machine),
    },
  });
  supply.unref();
  closeSync(log);
}

/** Runs a shell command as root on a machine that has power, without its network or its sshd. */
export function shellOn(name: string, command: string, timeoutSec = 120): Ended {
  const leader = leaderOf(name);
  if (leader === undefined) throw new Error(`${name} has no power`);
  return run(['nsenter', '-t', String(leader), '-m', '-u', '-i', '-n', '-p', '-C', '--', 'sh', '-c', command], {
    timeoutSec,
  });
}

/** The process of a machine's power supply, if it is alive and really that. */
export function supplyOf(name: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(folderOf(name), 'power.pid'), 'utf8'));
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`power.sh\0${name}\0`) ? pid : undefined;
  } catch {
    // No file or no such process: it has no power.
    return undefined;
  }
}

/** The first process of the machine, as this machine numbers it: the child of systemd-nspawn that is a systemd. */
export function leaderOf(name: string): number | undefined {
  const supply = supplyOf(name);
  if (supply === undefined) return undefined;
  const children = (pid: number): number[] => {
    try {
      return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
        readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
      );
    } catch {
      // It ended while it was looked at.
      return [];
    }
  };
  const program = (pid: number): string => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    } catch {
      // As above.
      return '';
    }
  };
  return children(supply)
    .filter((pid) => program(pid) === 'systemd-nspawn')
    .flatMap(children)
    .find((pid) => program(pid) === 'systemd');
}

/** Cuts the power of a machine; returns when nothing of it runs any more. */
export async function cutPower(name: string): Promise<void> {
  const supply = supplyOf(name);
  if (supply === undefined) return;
  const leader = leaderOf(name);
  if (leader !== undefined) process.kill(leader, 'SIGKILL');
  try {
    await until(`${name} is off`, () => supplyOf(name) === undefined, 5);
  } catch {
    // The machine had not begun to boot: then its power supply is all there is.
    run(['kill', '-9', String(supply)]);
  }
}

/** Cuts the power of a machine and removes all that it was made of. */
export async function destroyMachine(name: string): Promise<void> {
  await cutPower(name);
  const folder = folderOf(name);
  run(['ip', '-n', namespace, 'link', 'del', `v-${name}`]);
  if (existsSync(`/run/netns/${namespaceOf(name)}`)) run(['ip', 'netns', 'del', namespaceOf(name)]);
  await until(
    `the file system of ${name} is released`,
    () =>
      run(['mountpoint', '-q', join(folder, 'root')]).code !== 0 || run(['umount', join(folder, 'root')]).code === 0,
    10,
  );
  for (const controller of controllers) {
    const tree = join('/sys/fs/cgroup', controller, namespace, name);
    if (existsSync(tree)) run(['find', tree, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Removes what the cgroups of all machines lay in. */
export function releaseCgroups(): void {
  for (const controller of controllers) run(['rmdir', join('/sys/fs/cgroup', controller, namespace)]);
}
