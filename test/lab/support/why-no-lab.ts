import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, type Machine, namespaceOf, network } from './layout';
import { lowerNetwork, raiseNetwork } from './network';
import { destroyMachine, leaderOf, powerOn, releaseCgroups, shellOn, supplyOf } from './power';
import { run, until } from './shell';

const programs = [
  '/usr/bin/systemd-nspawn',
  '/usr/sbin/debootstrap',
  '/usr/bin/nsenter',
  '/usr/bin/openssl',
  '/usr/bin/curl',
  '/usr/bin/ssh',
];

/** Why no machines can be made here, as far as can be told without making anything; undefined where nothing speaks against it. */
export function whyNoLab(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = programs.filter((path) => !existsSync(path));
  if (missing.length > 0) return `${missing.join(' and ')} not installed`;
  if (!existsSync('/sys/fs/cgroup/systemd') && !existsSync('/sys/fs/cgroup/cgroup.controllers'))
    return 'no cgroups here';
  return undefined;
}

/** Why no daemons can be run in network namespaces of their own here. */
export function whyNoNetwork(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  if (!existsSync('/usr/sbin/keepalived')) return '/usr/sbin/keepalived not installed';
  const { code, stderr } = run(['ip', 'netns', 'add', namespaceOf('daemon')]);
  run(['ip', 'netns', 'del', namespaceOf('daemon')]);
  return code === 0 ? undefined : `a network namespace cannot be made: ${stderr.trim()}`;
}

/** A machine with nothing of its own, to see whether one boots here. */
const probe: Machine = { name: 'probe', kind: 'agent', number: 9, address: `${network}.250` };

/** What systemd-nspawn, mount or ip say where machines are not allowed at all. */
const forbidden =
  /Operation not permitted|Permission denied|Function not implemented|not supported|Read-only file system/i;

/**
 * Why this machine may not run others, found by trying: one with nothing of its own is booted from the root file system
 * `base`, with its cable on the bridge. Machines inside containers often may not.
 * @throws Error when one is begun and does not come up, twice: what can be had here is broken, which is no reason to skip
 */
export async function whyNoMachine(base: string): Promise<string | undefined> {
  for (let isAgain = false; ; isAgain = true) {
    const trouble = await bootProbe(base);
    if (trouble === undefined) return undefined;
    const last = trouble.split('\n').slice(-3).join('; ');
    if (forbidden.test(trouble)) return `a machine does not boot: ${last}`;
    if (isAgain) throw new Error(`a machine does not boot, tried twice: ${last}`);
  }
}

/** What stands against a machine, ending in its last words; undefined when it boots. */
async function bootProbe(base: string): Promise<string | undefined> {
  const folder = folderOf(probe.name);
  try {
    raiseNetwork();
    for (const each of ['upper', 'work', 'root']) mkdirSync(join(folder, each), { recursive: true });
    powerOn(probe, base);
    await until('the power supply of a machine runs', () => supplyOf(probe.name), 15);
    await until(
      'a machine boots',
      () => {
        if (supplyOf(probe.name) === undefined) throw new Error('its power supply has ended');
        return leaderOf(probe.name) !== undefined && shellOn(probe.name, 'systemctl list-units --no-legend').code === 0;
      },
      120,
    );
    return undefined;
  } catch (error) {
    const said = ['power.log', 'console.log']
      .map((name) => join(folder, name))
      .flatMap((path) => (existsSync(path) ? [readFileSync(path, 'utf8').trim()] : []));
    return [error instanceof Error ? error.message.trim() : String(error), ...said].filter(Boolean).join('\n');
  } finally {
    await destroyMachine(probe.name);
    lowerNetwork();
    releaseCgroups();
  }
}
