import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { render } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import { removePeer } from '../../src/ops/commands/etcd-peer';
import { havenSnapshotFolder } from '../../src/ops/commands/snapshot';
import { authorityHash } from '../../src/ops/join/join-questions';
import type { JoinParameters } from '../../src/ops/join/join-work';
import type { Plan } from '../../src/ops/plan';
import { type KubeadmServerFacts, kubeadmFactsCommand, parseKubeadmFacts } from '../../src/ops/restore/kubeadm-facts';
import { planKubeadmRestore } from '../../src/ops/restore/plan-kubeadm';
import type { RestoreParameters } from '../../src/ops/restore/shared-steps';
import { planRolling, type RollingParameters } from '../../src/ops/rolling';
import type { UpgradePrograms } from '../../src/ops/rolling-steps';
import { planSnapshot } from '../../src/ops/snapshot';
import { readSnapshot } from '../../src/ops/snapshot-file/etcd-snapshot';
import { EtcdStore } from '../../src/run/practice/etcd/store';
import { runScene, type Scene } from './kill-points';
import { PracticeWorld } from './practice';
import { joining, kubeNodes, pass, removal, sceneOf, stamp } from './practice-fleet';

export const servers = ['cp1', 'cp2', 'cp3'];

/** Runs a plan that nothing stands against, once, to its end. */
export async function done(scene: Scene): Promise<void> {
  assert.deepEqual(
    scene.plan.blockers.map((each) => render(each.message)),
    [],
  );
  assert.deepEqual(faultsOf(scene.plan), []);
  const { result } = await runScene(scene);
  assert.equal(result.outcome, 'done', JSON.stringify(result));
}

/** A kubeadm cluster from which these machines were removed. */
export async function without(...hosts: string[]): Promise<PracticeWorld> {
  const world = new PracticeWorld('kubeadm');
  for (const host of hosts) await done(sceneOf(world, await removal(world, host)));
  await pass(world, 10);
  return world;
}

/** A kubeadm cluster in which somebody has taken the member of cp3 out, and nothing else. */
export async function withoutMember(): Promise<PracticeWorld> {
  const world = new PracticeWorld('kubeadm');
  const address = world.machine('cp3').address;
  await world.run('cp1', removePeer('kubeadm', address).argv.map(String));
  await pass(world, 30);
  return world;
}

export async function joiningKubeadm(
  world: PracticeWorld,
  host: string,
  changes: Partial<JoinParameters> = {},
): Promise<Plan> {
  const caHash = authorityHash.read(await world.run('cp1', authorityHash.command().argv.map(String)));
  return joining(world, host, { caHash, ...changes });
}

/** Everything that lies in a file of this name on this machine, so that it can be uploaded. */
export class LocalFiles {
  readonly folder = mkdtempSync(join(tmpdir(), 'haven-practice-'));

  put(name: string, content: string | Buffer) {
    const localPath = join(this.folder, name);
    writeFileSync(localPath, content);
    const bytes = Buffer.from(content);
    return { localPath, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Programs of a release that say which one they are. */
export function programsOf(files: LocalFiles, release: string): UpgradePrograms {
  const said = (name: string) =>
    name === 'kubelet'
      ? `Kubernetes ${release}`
      : name === 'kubectl'
        ? `Client Version: ${release}`
        : `GitVersion:"${release}"`;
  const names = ['kubeadm', 'kubelet', 'kubectl'];
  const put = (name: string) =>
    files.put(`${name}-${release}`, `#!/bin/sh\n# practice ${name} ${release}\necho '${said(name)}'\n`);
  return { release, online: false, files: new Map(names.map((name) => [`/usr/bin/${name}`, put(name)])) };
}

export async function rolling(world: PracticeWorld, changes: Partial<RollingParameters> = {}): Promise<Plan> {
  const on = world.practice.nodes.find((each) => each.role === 'server' && world.practice.isServerUp(each))?.name;
  const plan = planRolling(await world.state(), {
    stamp,
    hosts: [...servers, 'w1'],
    nodes: await kubeNodes(world, on),
    drain: true,
    ...changes,
  });
  assert.deepEqual(faultsOf(plan), []);
  return plan;
}

/** Watches at every command that a majority of the members answers. */
export function watched(world: PracticeWorld, scene: Scene): Scene {
  return {
    ...scene,
    connect: async (name) => {
      const transport = world.connect(name);
      return {
        ...transport,
        exec: async (request, signal) => {
          const answer = await transport.exec(request, signal);
          const up = servers.filter((each) => world.practice.isServerUp(world.machine(each))).length;
          assert.ok(up >= 2, `${up} servers are up after: ${request.argv.join(' ').slice(0, 80)}`);
          return answer;
        },
      };
    },
  };
}

const folder = '/registry/configmaps/default';

/** A kubeadm cluster with a snapshot on cp1, and something that was written after it. */
export class KubeadmRestoreWorld extends PracticeWorld {
  path = '';
  members: string[] = [];

  static async make(files: LocalFiles): Promise<KubeadmRestoreWorld> {
    const world = new KubeadmRestoreWorld('kubeadm', files);
    world.write('marker', 'before');
    const plan = planSnapshot(await world.state(), 'restore-me');
    await done(sceneOf(world, plan));
    const from = plan.steps[0]?.host ?? '';
    world.path = `${havenSnapshotFolder}/restore-me`;
    if (from !== 'cp1') {
      const bytes = world.machine(from).files.read(world.path);
      world.machine('cp1').files.place(world.path, bytes, 0o600);
    }
    await pass(world, 5);
    world.write('marker', 'after');
    world.write('later', 'x');
    world.members = world.ids();
    return world;
  }

  private constructor(
    distribution: 'kubeadm',
    private readonly local: LocalFiles,
  ) {
    super(distribution);
  }

  write(key: string, value: string): void {
    this.practice.anyStore()?.put(`${folder}/${key}`, value);
  }

  async read(key: string): Promise<string | undefined> {
    await this.practice.settle();
    return this.practice.anyStore()?.get(`${folder}/${key}`);
  }

  ids(): string[] {
    return (this.practice.anyStore()?.members ?? []).map((each) => `${each.name} ${each.id}`).sort();
  }

  async plan(parameters: Partial<RestoreParameters> = {}): Promise<Plan> {
    const facts: KubeadmServerFacts[] = [];
    for (const host of servers.filter((each) => this.machine(each).hasPower)) {
      const { argv } = kubeadmFactsCommand(host === 'cp1' ? this.path : undefined);
      const found = parseKubeadmFacts(host, await this.run(host, argv.map(String)));
      assert.ok(found !== undefined, host);
      facts.push(found);
    }
    const file = this.machine('cp1').files.read(this.path);
    const size = file.length - 32;
    const local = this.local.put('snapshot', file);
    const snapshot = {
      host: 'cp1',
      path: this.path,
      bytes: file.length,
      hash: file.subarray(size).toString('hex'),
      local: { path: local.localPath, sha256: local.sha256 },
      content: readSnapshot({ size, read: (at, length) => file.subarray(at, at + length) }),
    };
    return planKubeadmRestore(await this.state(), facts, { stamp, snapshot, absent: [], ...parameters });
  }

  /** What was written last is on every server in some database, running or put aside. */
  intact(): void {
    for (const host of servers) {
      const machine = this.machine(host);
      const running = this.practice.control.etcdOf(machine)?.store;
      const data = '/var/lib/etcd';
      const names = machine.files.isFolder(data) ? machine.files.list(data) : [];
      const stores = names
        .map((name) => `${data}/${name}/snap/db`)
        .filter((path) => machine.files.has(path))
        .map((path) => EtcdStore.fromBytes(machine.files.read(path)));
      const all = running === undefined ? stores : [...stores, running];
      assert.ok(
        all.some((each) => each.get(`${folder}/later`) === 'x'),
        `${host} has lost what was written last`,
      );
    }
  }
}
