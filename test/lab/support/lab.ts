import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeAuthorities } from './certificates';
import {
  bridge,
  clientAddress,
  folderOf,
  type Machine,
  machinesOf,
  macOf,
  namespace,
  networkAddress,
  type Shape,
  stateFolder,
  virtualAddress,
} from './layout';
import { clientKey, makeClientKey, provision, sshConfig, writeClientFiles } from './provision';
import { type Ended, inLab, must, run, until } from './shell';

const scripts = resolve('test/lab/machine');
const base = join(stateFolder, 'base');
const controllers = ['systemd', 'unified', 'cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids'];

/** Real machines on this one: each boots its own systemd, with its own sshd, address and programs. */
export class Lab {
  private constructor(readonly machines: readonly Machine[]) {}

  /** Makes the machines and starts them; returns when all answer and the cluster is healthy. @throws Error when it does not become so */
  static async up(shape: Shape): Promise<Lab> {
    if (Lab.isUp()) throw new Error('a lab is up already; `npm run lab -- down` ends it');
    buildBase();
    const lab = new Lab(machinesOf(shape));
    mkdirSync(join(stateFolder, 'machines'), { recursive: true });
    writeFileSync(shapeFile, JSON.stringify(shape));
    raiseNetwork();
    makeAuthorities();
    for (const each of lab.machines) provision(each, lab.machines);
    writeClientFiles(lab.machines);
    for (const each of lab.machines) lab.on(each.name);
    await lab.healthy();
    return lab;
  }

  /** The lab that is up. @throws Error when there is none */
  static running(): Lab {
    if (!Lab.isUp()) throw new Error('no lab is up; `npm run lab -- up` makes one');
    return new Lab(machinesOf(JSON.parse(readFileSync(shapeFile, 'utf8')) as Shape));
  }

  static isUp(): boolean {
    return existsSync(shapeFile);
  }

  /** Ends every machine and removes all that was made, but for the root file system they share. */
  static async down(): Promise<void> {
    const machines = existsSync(join(stateFolder, 'machines')) ? readdirSync(join(stateFolder, 'machines')) : [];
    for (const each of machines) await destroy(each);
    lowerNetwork();
    for (const controller of controllers) run(['rmdir', `/sys/fs/cgroup/${controller}/havenlab`]);
    for (const each of ['machines', 'pki', 'shape.json'])
      rmSync(join(stateFolder, each), { recursive: true, force: true });
  }

  machine(name: string): Machine {
    const found = this.machines.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no machine ${name} in the lab`);
    return found;
  }

  get servers(): readonly Machine[] {
    return this.machines.filter((each) => each.kind === 'server');
  }

  /** Gives a machine power. */
  on(name: string): void {
    if (supplyOf(name) !== undefined) return;
    const supply = spawn(join(scripts, 'power.sh'), [name, folderOf(name), base], {
      detached: true,
      stdio: 'ignore',
      env: {
        ...process.env,
        HAVEN_LAB_NAMESPACE: namespace,
        HAVEN_LAB_BRIDGE: bridge,
        HAVEN_LAB_MAC: macOf(this.machine(name)),
      },
    });
    supply.unref();
  }

  /** Cuts a machine's power: nothing in it can say good-bye. */
  async off(name: string): Promise<void> {
    await cutPower(name);
  }

  /** Pulls a machine's network cable, and puts it back. */
  unplug(name: string): void {
    must(['ip', '-n', namespace, 'link', 'set', `v-${name}`, 'down']);
  }
  plug(name: string): void {
    must(['ip', '-n', namespace, 'link', 'set', `v-${name}`, 'up']);
  }

  /** Two machines no longer hear each other; everybody else still hears both. What they send goes to an address nobody has. */
  cut(a: string, b: string): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      must([
        ...['ip', '-n', `hl-${from}`, 'neigh', 'replace', this.machine(to).address],
        ...['lladdr', '02:77:00:00:ff:ff', 'nud', 'permanent', 'dev', 'eth0'],
      ]);
  }
  heal(a: string, b: string): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      run(['ip', '-n', `hl-${from}`, 'neigh', 'del', this.machine(to).address, 'dev', 'eth0']);
  }

  /** Runs a shell command as root on a machine, without its network or its sshd: what tests compare Haven with. */
  shell(name: string, command: string): Ended {
    const leader = leaderOf(name);
    if (leader === undefined) throw new Error(`${name} has no power`);
    return run(['nsenter', '-t', String(leader), '-m', '-u', '-i', '-n', '-p', '-C', '--', 'sh', '-c', command]);
  }

  /** As `shell`, and it must succeed. What it printed, trimmed. */
  tell(name: string, command: string): string {
    const { code, stdout, stderr } = this.shell(name, command);
    if (code !== 0) throw new Error(`${name}: ${command} ended with ${code}:\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** A file of a machine as bytes, also while it has no power. */
  read(name: string, path: string): Buffer {
    return readFileSync(join(folderOf(name), 'upper', path));
  }

  /** The machines on which the kernel has the virtual address. */
  holders(): readonly string[] {
    return this.machines
      .filter((each) =>
        run(['ip', '-n', `hl-${each.name}`, '-o', 'addr', 'show']).stdout.includes(` ${virtualAddress}/`),
      )
      .map((each) => each.name);
  }

  /** The members whose etcd says that it is healthy, asked with the client certificate of the first server. */
  healthyMembers(): readonly string[] {
    const pki = join(folderOf('cp1'), 'upper/etc/kubernetes/pki/etcd');
    return this.servers
      .filter((each) =>
        run(
          inLab(
            ...['curl', '-sf', '-m', '3', '--cacert', `${pki}/ca.crt`, '--cert', `${pki}/healthcheck-client.crt`],
            ...['--key', `${pki}/healthcheck-client.key`, `https://${each.address}:2379/health`],
          ),
        ).stdout.includes('"health":"true"'),
      )
      .map((each) => each.name);
  }

  /** Waits until every machine answers on SSH, every member is healthy, and the address is where it belongs. */
  async healthy(withinSec = 90): Promise<void> {
    for (const each of this.machines)
      await until(`${each.name} answers on SSH`, () => this.ssh(each.name, 'true').code === 0, withinSec);
    await until('every etcd member is healthy', () => this.healthyMembers().length === this.servers.length, withinSec);
    if (this.machines.some((each) => each.kind === 'balancer'))
      await until('the virtual address is on lb1', () => this.holders().join() === 'lb1', withinSec);
  }

  /** Runs a command over OpenSSH's own client, as the operator would. */
  ssh(name: string, command: string): Ended {
    return run(inLab('ssh', '-F', sshConfig, '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR', name, command));
  }
}

const shapeFile = join(stateFolder, 'shape.json');

/** Makes the root file system once; it needs Debian's packages and about a minute. */
function buildBase(): void {
  const done = join(stateFolder, 'base.done');
  if (existsSync(done) && existsSync(clientKey)) return;
  mkdirSync(stateFolder, { recursive: true });
  makeClientKey();
  must([join(scripts, 'build-base.sh'), base, `${clientKey}.pub`], { timeoutSec: 900 });
  writeFileSync(done, '');
}

function raiseNetwork(): void {
  if (!existsSync(`/run/netns/${namespace}`)) must(['ip', 'netns', 'add', namespace]);
  must(['ip', '-n', namespace, 'link', 'set', 'lo', 'up']);
  if (run(['ip', '-n', namespace, 'link', 'show', bridge]).code !== 0) {
    must(['ip', '-n', namespace, 'link', 'add', bridge, 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0']);
    must(['ip', '-n', namespace, 'addr', 'add', `${clientAddress}/24`, 'dev', bridge]);
    must(['ip', '-n', namespace, 'link', 'set', bridge, 'up']);
  }
  // A program started outside the lab's network by mistake is told so at once, and no packet of it leaves this machine.
  run(['ip', 'route', 'replace', 'unreachable', networkAddress, 'metric', '1']);
}

function lowerNetwork(): void {
  if (existsSync(`/run/netns/${namespace}`)) run(['ip', 'netns', 'del', namespace]);
  run(['ip', 'route', 'del', 'unreachable', networkAddress, 'metric', '1']);
}

/** The process of a machine's power supply, if it is alive and really that. */
function supplyOf(name: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(folderOf(name), 'power.pid'), 'utf8'));
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`power.sh\0${name}\0`) ? pid : undefined;
  } catch {
    // No file or no such process: it has no power.
    return undefined;
  }
}

/** The first process of the machine, as this machine numbers it: the child of systemd-nspawn that is a systemd. */
function leaderOf(name: string): number | undefined {
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

async function cutPower(name: string): Promise<void> {
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

async function destroy(name: string): Promise<void> {
  await cutPower(name);
  const folder = folderOf(name);
  run(['ip', '-n', namespace, 'link', 'del', `v-${name}`]);
  if (existsSync(`/run/netns/hl-${name}`)) run(['ip', 'netns', 'del', `hl-${name}`]);
  await until(
    `the file system of ${name} is released`,
    () =>
      run(['mountpoint', '-q', join(folder, 'root')]).code !== 0 || run(['umount', join(folder, 'root')]).code === 0,
    10,
  );
  for (const controller of controllers) {
    const tree = `/sys/fs/cgroup/${controller}/havenlab/${name}`;
    if (existsSync(tree)) run(['find', tree, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
  }
  rmSync(folder, { recursive: true, force: true });
}
