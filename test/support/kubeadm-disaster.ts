import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { havenSnapshotFolder } from '../../src/ops/commands/snapshot';
import type { Plan } from '../../src/ops/plan';
import { authorityFiles, type KubeadmPki } from '../../src/ops/restore/new-kubeadm-facts';
import { planSnapshot } from '../../src/ops/snapshot';
import { askRestore, type Hosts, readLocalSnapshot, readPki } from '../../src/run';
import type { NewWish } from '../../src/run/ask-restore';
import type { Machine } from '../../src/run/practice/world';
import { done } from './kubeadm-fleet';
import { PracticeWorld } from './practice';
import { pass, sceneOf, stamp } from './practice-fleet';

const marker = '/registry/configmaps/default/marker';

/** Makes a new machine of one: the programs of kubeadm and nothing else; etcdutl is on it because no etcd runs there. */
export function emptyMachine(machine: Machine): void {
  const { cluster, files, missing, units } = machine;
  cluster.powerOff(machine);
  for (const path of ['/etc/kubernetes', '/var/lib/etcd', '/var/lib/kubelet', '/var/lib/haven'])
    if (files.has(path)) files.remove(path);
  for (const path of ['/etc/kubernetes', '/var/lib/kubelet']) files.makeFolders(path);
  missing.delete('etcdutl');
  files.place('/usr/bin/etcdutl', '#!/bin/sh\nexec practice-etcdutl "$@"\n', 0o755);
  cluster.powerOn(machine);
  // Enabled, and waiting for kubeadm, as the package leaves it.
  const unit = units.get('kubelet');
  if (unit !== undefined) Object.assign(unit, { active: 'inactive', sub: 'dead' });
}

/** A kubeadm cluster whose servers are gone: a snapshot and the keys lie here, and new machines answer under the old names. */
export class KubeadmDisaster extends PracticeWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'haven-kubeadm-disaster-'));

  static async make(): Promise<KubeadmDisaster> {
    const world = new KubeadmDisaster('kubeadm');
    world.practice.anyStore()?.put(marker, 'before');
    const plan = planSnapshot(await world.state(), 'keep');
    await done(sceneOf(world, plan));
    const { files } = world.machine(plan.steps[0]?.host ?? '');
    writeFileSync(join(world.folder, 'snapshot'), files.read(`${havenSnapshotFolder}/keep`));
    for (const name of authorityFiles)
      world.put(
        `backup/cp1/etc/kubernetes/pki/${name}`,
        world.machine('cp1').files.text(`/etc/kubernetes/pki/${name}`),
      );
    world.practice.anyStore()?.put(marker, 'after');
    return world;
  }

  put(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  async lose(...hosts: string[]): Promise<void> {
    for (const host of hosts) emptyMachine(this.machine(host));
    await pass(this, 5);
  }

  /** The inventory does not have these machines any more. */
  leaveOut(...hosts: string[]): void {
    Object.assign(this.cluster, { nodes: this.cluster.nodes.filter((each) => !hosts.includes(each.name)) });
  }

  keys(): Promise<KubeadmPki> {
    return readPki(join(this.folder, 'backup'));
  }

  async snapshot() {
    const path = join(this.folder, 'snapshot');
    const { bytes, hash, content, sha256 } = await readLocalSnapshot(path, 'here');
    return { host: undefined, path, bytes, hash, content, local: { path, sha256 } };
  }

  async plan(wish: Partial<NewWish> = {}): Promise<Plan> {
    // Of a connection over SSH, a question needs no more than any other one can.
    const hosts = { connect: async ({ name }: { readonly name: string }) => this.connect(name) } as unknown as Hosts;
    const state = await this.state();
    const { signal } = new AbortController();
    const asked = await askRestore(hosts, state, {}, signal);
    const whole = { stamp, absent: [], snapshot: await this.snapshot(), pki: await this.keys(), ...wish };
    return asked.onNewMachines === undefined ? asked.plan(state, whole) : asked.onNewMachines(state, whole, signal);
  }

  async marker(): Promise<string | undefined> {
    await this.practice.settle();
    return this.practice.anyStore()?.get(marker);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
