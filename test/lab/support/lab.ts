import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeAuthorities } from './certificates';
import {
  folderOf,
  type Machine,
  type Mode,
  machinesOf,
  namespace,
  shapes,
  stateFolder,
  virtualAddress,
} from './layout';
import { lowerNetwork, raiseNetwork } from './network';
import { cutPower, destroyMachine, powerOn, releaseCgroups, shellOn, supplyOf } from './power';
import { clientKey, makeClientKey, provision, sshConfig, writeClientFiles } from './provision';
import { type Ended, inLab, must, run, until } from './shell';
import { whyNoMachine } from './why-no-lab';

const base = join(stateFolder, 'base');

/** What is written down of a lab that is up. */
type LabRecord = Pick<Lab, 'mode' | 'owner'>;

/** Real machines on this one: each boots its own systemd, with its own sshd, address and programs. */
export class Lab {
  readonly machines: readonly Machine[];
  private constructor(
    readonly mode: Mode,
    /** The process that takes it down when it ends; absent for a lab that was made by hand. */
    readonly owner?: number,
  ) {
    this.machines = machinesOf(shapes[mode]);
  }

  /**
   * Makes the machines and starts them; returns when all answer and the cluster is healthy.
   * @throws Error when it does not become so; what was made until then stays to be looked at, or for `down`
   */
  static async up(mode: Mode, signal: AbortSignal, owner?: number): Promise<Lab> {
    if (Lab.isUp()) throw new Error('a lab is up already; `npm run lab -- down` ends it');
    const lab = new Lab(mode, owner);
    mkdirSync(join(stateFolder, 'machines'), { recursive: true });
    writeFileSync(recordFile, JSON.stringify({ mode, ...(owner !== undefined && { owner }) } satisfies LabRecord));
    raiseNetwork();
    buildBase();
    makeAuthorities();
    for (const each of lab.machines) provision(each, lab.machines);
    writeClientFiles(lab.machines);
    for (const each of lab.machines) lab.on(each.name);
    await lab.healthy(90, signal);
    return lab;
  }

  /** The lab that is up. @throws Error when there is none */
  static running(): Lab {
    if (!Lab.isUp()) throw new Error('no lab is up; `npm run lab -- up` makes one');
    const { mode, owner } = readRecord();
    return new Lab(mode, owner);
  }

  static isUp(): boolean {
    return existsSync(recordFile);
  }

  /** Why this machine cannot run others. Makes the root file system that they share when it is not there yet. */
  static async whyImpossible(): Promise<string | undefined> {
    if (Lab.isUp()) return undefined;
    try {
      buildBase();
    } catch (error) {
      return `the root file system cannot be made: ${error instanceof Error ? error.message.trim().split('\n').at(-1) : error}`;
    }
    return whyNoMachine(base);
  }

  /** Takes down a lab whose owner was killed before it could do so, or whose machines went with a restart of this one. */
  static async clearStale(): Promise<void> {
    if (!Lab.isUp()) return;
    const { mode, owner } = readRecord();
    const dark = machinesOf(shapes[mode]).every(({ name }) => supplyOf(name) === undefined);
    if (owner === undefined ? dark : !existsSync(`/proc/${owner}`)) await Lab.down();
  }

  /** Ends every machine and removes all that was made, but for the root file system they share. */
  static async down(): Promise<void> {
    const machines = existsSync(join(stateFolder, 'machines')) ? readdirSync(join(stateFolder, 'machines')) : [];
    await Promise.all(machines.map(destroyMachine));
    lowerNetwork();
    releaseCgroups();
    for (const each of ['machines', 'pki']) rmSync(join(stateFolder, each), { recursive: true, force: true });
    rmSync(recordFile, { force: true });
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
    powerOn(this.machine(name), base);
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
    return shellOn(name, command);
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

  /** The member that leads etcd, as etcdctl on a server that has power tells it. */
  leader(): string | undefined {
    const pki = '/etc/kubernetes/pki/etcd';
    const alive = this.servers.filter((each) => supplyOf(each.name) !== undefined);
    const endpoints = alive.map((each) => `https://${each.address}:2379`).join();
    const { stdout } = shellOn(
      alive[0]?.name ?? '',
      `ETCDCTL_API=3 etcdctl --command-timeout=5s --endpoints=${endpoints} --cacert=${pki}/ca.crt --cert=${pki}/server.crt --key=${pki}/server.key endpoint status`,
    );
    // ENDPOINT, ID, VERSION, DB SIZE, IS LEADER, …
    const line = stdout.split('\n').find((each) => each.split(', ')[4] === 'true');
    return alive.find((each) => line?.includes(`//${each.address}:`))?.name;
  }

  /** Waits until every machine answers on SSH, every member is healthy, and the address is where it belongs. */
  async healthy(withinSec = 90, signal?: AbortSignal): Promise<void> {
    const wait = (what: string, ask: () => boolean) => until(what, ask, withinSec, signal);
    for (const each of this.machines)
      await wait(`${each.name} answers on SSH`, () => this.ssh(each.name, 'true').code === 0);
    await wait('every etcd member is healthy', () => this.healthyMembers().length === this.servers.length);
    // A check that fails once while a machine starts takes the address away again.
    let sinceMs: number | undefined;
    await wait('the virtual address stays on lb1', () => {
      sinceMs = this.holders().join() === 'lb1' ? (sinceMs ?? Date.now()) : undefined;
      return sinceMs !== undefined && Date.now() - sinceMs >= steadyMs;
    });
  }

  /** Runs a command over OpenSSH's own client, as the operator would. */
  ssh(name: string, command: string): Ended {
    return run(inLab('ssh', '-F', sshConfig, '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR', name, command));
  }
}

/** Longer than the checks and adverts of the load balancers need to say otherwise. */
const steadyMs = 4000;

const recordFile = join(stateFolder, 'lab.json');

const readRecord = () => JSON.parse(readFileSync(recordFile, 'utf8')) as LabRecord;

/** Makes the root file system once; it needs Debian's packages and about a minute. */
function buildBase(): void {
  const done = join(stateFolder, 'base.done');
  if (existsSync(done) && existsSync(clientKey)) return;
  mkdirSync(stateFolder, { recursive: true });
  makeClientKey();
  must([resolve('test/lab/machine/build-base.sh'), base, `${clientKey}.pub`], { timeoutSec: 900 });
  writeFileSync(done, '');
}
