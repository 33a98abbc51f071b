import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { makeAuthorities } from './certificates';
import { makeContainerLayer, placeOf, raiseInotify } from './containers';
import { k3sUnitOf, makeK3sLayer } from './k3s';
import { clusterDns, makeKubeadmLayer } from './kubeadm';
import {
  layerOf,
  type Machine,
  type Mode,
  machinesOf,
  namespace,
  namespaceOf,
  shapes,
  stateFolder,
  virtualAddress,
} from './layout';
import { lowerNetwork, raiseNetwork } from './network';
import { cutPower, destroyMachine, leaderOf, powerOn, releaseCgroups, shellOn, supplyOf } from './power';
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
    if (mode === 'machines') makeAuthorities();
    else {
      raiseInotify();
      makeContainerLayer(base);
    }
    if (mode === 'k3s') makeK3sLayer();
    if (mode === 'kubeadm') makeKubeadmLayer();
    for (const each of lab.machines) provision(each, lab.machines, mode);
    writeClientFiles(lab.machines);
    for (const each of lab.machines) lab.on(each.name);
    await lab.answers(90, signal);
    if (mode === 'k3s') await startK3s(lab, signal);
    if (mode === 'kubeadm') await startKubeadm(lab, signal);
    await lab.healthy(180, signal);
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

  /** Why this machine cannot run others. Makes what they are made of when it is not there yet. */
  static async whyImpossible(mode: Mode): Promise<string | undefined> {
    if (Lab.isUp()) return undefined;
    try {
      buildBase();
      if (mode !== 'machines') makeContainerLayer(base);
    } catch (error) {
      return `the root file system cannot be made: ${error instanceof Error ? error.message.trim().split('\n').at(-1) : error}`;
    }
    return whyNoMachine(base);
  }

  /** Makes what the machines stand on beside other work, of what that leaves of the processor. Whoever needs it says what failed. */
  static async prepare(signal: AbortSignal): Promise<void> {
    if (isBaseBuilt()) return;
    const built = await promisify(execFile)('nice', ['-n', '19', ...baseCommand()], {
      signal,
      maxBuffer: 1 << 28,
    }).catch(() => undefined);
    if (built !== undefined) writeFileSync(baseDone, '');
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
    powerOn(this.machine(name), lowerOf(this.mode));
  }

  /** Cuts a machine's power: nothing in it can say good-bye. */
  async off(name: string): Promise<void> {
    await cutPower(name);
  }

  /** A new machine in place of this one, with nothing on it but what it was made with: its disk is lost, its host keys are others. */
  async replace(name: string): Promise<void> {
    await destroyMachine(name);
    provision(this.machine(name), this.machines, this.mode);
    writeClientFiles(this.machines);
    this.on(name);
    await until(`${name} answers on SSH`, () => this.ssh(name, 'true').code === 0, 90);
    if (this.mode === 'kubeadm') await imagesThere(this, name);
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
        ...['ip', '-n', namespaceOf(from), 'neigh', 'replace', this.machine(to).address],
        ...['lladdr', '02:77:00:00:ff:ff', 'nud', 'permanent', 'dev', 'eth0'],
      ]);
  }
  heal(a: string, b: string): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      run(['ip', '-n', namespaceOf(from), 'neigh', 'del', this.machine(to).address, 'dev', 'eth0']);
  }

  /** Runs a shell command as root on a machine, without its network or its sshd: what tests compare Haven with. */
  shell(name: string, command: string, timeoutSec?: number): Ended {
    return shellOn(name, command, timeoutSec);
  }

  /** As `shell`, and it must succeed. What it printed, trimmed. */
  tell(name: string, command: string, timeoutSec?: number): string {
    const { code, stdout, stderr } = this.shell(name, command, timeoutSec);
    if (code !== 0) throw new Error(`${name}: ${command} ended with ${code}:\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** A file of a machine as bytes, also while it has no power. */
  read(name: string, path: string): Buffer {
    return readFileSync(placeOf(name, path));
  }

  /** The machines on which the kernel has the virtual address. */
  holders(): readonly string[] {
    return this.machines
      .filter((each) =>
        run(['ip', '-n', namespaceOf(each.name), '-o', 'addr', 'show']).stdout.includes(` ${virtualAddress}/`),
      )
      .map((each) => each.name);
  }

  /** Runs etcdctl on a server against its own member; `words` are arguments for a shell. */
  etcdctl(name: string, words: string): Ended {
    const { folder, ca, cert, key } = etcdFiles[this.mode];
    const tls = `--cacert=${folder}/${ca} --cert=${folder}/${cert} --key=${folder}/${key}`;
    return shellOn(
      name,
      `ETCDCTL_API=3 etcdctl --command-timeout=5s --endpoints=https://127.0.0.1:2379 ${tls} ${words}`,
    );
  }

  /** The servers that have power. */
  get alive(): readonly Machine[] {
    return this.servers.filter((each) => leaderOf(each.name) !== undefined);
  }

  /** The members whose etcd answers a question that it has to ask the quorum about. */
  healthyMembers(): readonly string[] {
    return this.alive.filter((each) => this.etcdctl(each.name, 'endpoint health').code === 0).map((each) => each.name);
  }

  /** The member that leads etcd, as the members that have power tell it of themselves. */
  leader(): string | undefined {
    return this.alive.find(({ name }) => {
      const { stdout } = this.etcdctl(name, 'endpoint status -w json');
      const id = /"member_id":(\d+)/.exec(stdout)?.[1];
      return id !== undefined && id === /"leader":(\d+)/.exec(stdout)?.[1];
    })?.name;
  }

  /** Runs kubectl on a server, as root there. */
  kubectl(words: string, name = 'cp1'): Ended {
    const config = this.mode === 'kubeadm' ? 'KUBECONFIG=/etc/kubernetes/admin.conf ' : '';
    return shellOn(name, `${config}kubectl --request-timeout=10s ${words}`);
  }

  /** The names of the Nodes that say they are ready. */
  readyNodes(name = 'cp1'): readonly string[] {
    const lines = this.kubectl('get nodes --no-headers', name).stdout.split('\n');
    return lines.filter((line) => line.split(/\s+/)[1] === 'Ready').map((line) => line.split(/\s+/)[0] ?? '');
  }

  /** Waits until every machine answers on SSH. */
  async answers(withinSec: number, signal?: AbortSignal): Promise<void> {
    for (const each of this.machines)
      await until(`${each.name} answers on SSH`, () => this.ssh(each.name, 'true').code === 0, withinSec, signal);
  }

  /**
   * Waits until every machine answers, every member is healthy, every API server and every Node ready, and the address where
   * it belongs.
   * `gone` are those that have left the cluster.
   */
  async healthy(withinSec = 90, signal?: AbortSignal, gone: readonly string[] = []): Promise<void> {
    const wait = (what: string, ask: () => boolean) => until(what, ask, withinSec, signal);
    const isIn = ({ name }: Machine) => !gone.includes(name);
    await this.answers(withinSec, signal);
    const members = this.servers.filter(isIn).map((each) => each.name);
    await wait(
      'every etcd member is healthy',
      () => this.healthyMembers().filter((each) => members.includes(each)).length === members.length,
    );
    if (this.mode !== 'machines') {
      // A Node is called ready for a while after its kubelet went, and etcd answers before the API does.
      const works = (name: string) =>
        this.kubectl('get --raw /readyz', name).code === 0 &&
        (this.mode !== 'k3s' || shellOn(name, 'systemctl is-active -q k3s').code === 0);
      await wait('every API server is ready', () => members.every(works));
      const nodes = this.machines.filter((each) => each.kind !== 'balancer').filter(isIn).length;
      await wait('every Node is ready', () => this.readyNodes().length === nodes);
    }
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
  if (isBaseBuilt()) return;
  must(baseCommand(), { timeoutSec: 900 });
  writeFileSync(baseDone, '');
}

const baseDone = join(stateFolder, 'base.done');
const isBaseBuilt = () => existsSync(baseDone) && existsSync(clientKey);

function baseCommand(): string[] {
  mkdirSync(stateFolder, { recursive: true });
  makeClientKey();
  return [resolve('test/lab/machine/build-base.sh'), base, `${clientKey}.pub`];
}

/** The layers a machine stands on, the uppermost first, as mount wants them. They are made once, before the first machine. */
function lowerOf(mode: Mode): string {
  return mode === 'machines' ? base : [layerOf(mode), layerOf('containers'), base].join(':');
}

/** Where a server of each kind has what etcd asks of a client. */
const kubeadmEtcd = {
  folder: '/etc/kubernetes/pki/etcd',
  ca: 'ca.crt',
  cert: 'healthcheck-client.crt',
  key: 'healthcheck-client.key',
};
const etcdFiles: Readonly<Record<Mode, typeof kubeadmEtcd>> = {
  machines: kubeadmEtcd,
  kubeadm: kubeadmEtcd,
  k3s: { folder: '/var/lib/rancher/k3s/server/tls/etcd', ca: 'server-ca.crt', cert: 'client.crt', key: 'client.key' },
};

/** Starts k3s on one machine after another, as its documentation says. */
async function startK3s(lab: Lab, signal: AbortSignal): Promise<void> {
  for (const each of lab.machines.filter((machine) => machine.kind !== 'balancer')) {
    const unit = k3sUnitOf(each);
    lab.tell(each.name, `systemctl enable -q --now --no-block ${unit}`);
    const active = () => lab.shell(each.name, `systemctl is-active -q ${unit}`).code === 0;
    await until(`${unit} is up on ${each.name}`, active, 240, signal).catch((error: unknown) => {
      const said = lab.shell(each.name, `journalctl -u ${unit} -n 200 -o cat | grep -v level=info | tail -n 12`).stdout;
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${said}`);
    });
  }
}

/** Makes a cluster with `kubeadm init` on the first server and `kubeadm join` on the others. */
async function startKubeadm(lab: Lab, signal: AbortSignal): Promise<void> {
  const nodes = lab.machines.filter((machine) => machine.kind !== 'balancer');
  for (const { name } of nodes) await imagesThere(lab, name, signal);
  const said = lab.tell('cp1', 'kubeadm init --config /etc/kubernetes/kubeadm-config.yaml --upload-certs 2>&1', 400);
  // It prints the line for a server first, then the one for an agent.
  const [server = '', agent = ''] = [...said.replaceAll('\\\n', ' ').matchAll(/^\s*(kubeadm join .*)$/gm)].map(
    (each) => each[1],
  );
  for (const { name, kind } of nodes.filter((each) => each.name !== 'cp1'))
    lab.tell(name, `${kind === 'server' ? server : agent} 2>&1`, 400);
  lab.tell('cp1', `kubectl --kubeconfig /etc/kubernetes/admin.conf apply -f - <<'END'\n${clusterDns()}\nEND`);
}

async function imagesThere(lab: Lab, name: string, signal?: AbortSignal): Promise<void> {
  const there = () => lab.shell(name, 'systemctl is-active -q lab-images').code === 0;
  await until(`${name} has its images`, there, 120, signal);
}
