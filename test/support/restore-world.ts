import assert from 'node:assert/strict';
import { type K3sServerFacts, k3sFactsCommand, parseK3sFacts } from '../../src/ops/restore/k3s-facts';
import { planK3sRestore } from '../../src/ops/restore/plan-k3s';
import type { RestoreSnapshot } from '../../src/ops/restore/restore-snapshot';
import type { RestoreParameters } from '../../src/ops/restore/shared-steps';
import { readSnapshot } from '../../src/ops/snapshot-file/etcd-snapshot';
import { EtcdStore } from '../../src/run/practice/etcd/store';
import { unzip } from '../../src/run/practice/k3s/zip';
import { PracticeWorld } from './practice';

export const stamp = '20261121-070000';
export const data = '/var/lib/rancher/k3s/server';
const folder = '/registry/configmaps/default';

/** A practice cluster with a snapshot on cp1, and something written after it. */
export class RestoreWorld extends PracticeWorld {
  readonly servers = ['cp1', 'cp2', 'cp3'];
  snapshotPath = '';
  namesBefore: string[] = [];
  tokenBefore = '';

  /** `save` are more options for the snapshot. */
  static async make(options: { readonly save?: string } = {}): Promise<RestoreWorld> {
    const world = new RestoreWorld();
    world.write('marker', 'before');
    const more = options.save?.split(' ') ?? [];
    await world.run('cp1', ['k3s', 'etcd-snapshot', 'save', '--name', 'restoreme', ...more]);
    const { files } = world.machine('cp1');
    world.snapshotPath = `${data}/db/snapshots/${files.list(`${data}/db/snapshots`)[0] ?? ''}`;
    world.time.ms += 5000;
    world.write('marker', 'after');
    world.write('later', 'x');
    world.namesBefore = world.memberNames();
    world.tokenBefore = files.text(`${data}/token`);
    return world;
  }

  write(key: string, value: string): void {
    this.practice.anyStore()?.put(`${folder}/${key}`, value);
  }

  /** What the cluster behind the virtual address says of a key. */
  async read(key: string): Promise<string | undefined> {
    await this.practice.settle();
    return this.practice.anyStore()?.get(`${folder}/${key}`);
  }

  async facts(): Promise<K3sServerFacts[]> {
    const found: K3sServerFacts[] = [];
    for (const host of this.servers.filter((each) => this.machine(each).hasPower)) {
      const { argv } = k3sFactsCommand(host === 'cp1' ? this.snapshotPath : undefined);
      const facts = parseK3sFacts(host, await this.run(host, argv.map(String)));
      assert.ok(facts !== undefined, host);
      found.push(facts);
    }
    return found;
  }

  snapshot(): RestoreSnapshot {
    const raw = this.machine('cp1').files.read(this.snapshotPath);
    const file = this.snapshotPath.endsWith('.zip') ? (unzip(raw) ?? Buffer.alloc(0)) : raw;
    const size = file.length - 32;
    return {
      host: 'cp1',
      path: this.snapshotPath,
      bytes: file.length,
      hash: file.subarray(size).toString('hex'),
      local: { path: '/nowhere', sha256: '' },
      content: readSnapshot({ size, read: (at, length) => file.subarray(at, at + length) }),
    };
  }

  async plan(parameters: Partial<RestoreParameters> = {}) {
    const given = { stamp, snapshot: this.snapshot(), absent: [], ...parameters };
    return planK3sRestore(await this.state(), await this.facts(), given);
  }

  /** Members by their node, as the server that answers lists them. */
  members(): string[] {
    const members = this.practice.anyStore()?.members ?? [];
    return members.map((each) => `${each.name.replace(/-.*/, '')}${each.learner ? ' learner' : ''}`).sort();
  }

  memberNames(): string[] {
    return (this.practice.anyStore()?.members ?? []).map((each) => each.name).sort();
  }

  /** What the databases hold that a restore has put aside. */
  former(): string[] {
    return this.servers.map((host) => {
      const { files } = this.machine(host);
      const old = files.list(`${data}/db`).find((each) => each.startsWith('etcd-old-'));
      const path = host === 'cp1' ? `${data}/db/${old}` : `${data}/db-before-${stamp}/etcd`;
      const store = EtcdStore.fromBytes(files.read(`${path}/member/snap/db`));
      return `${host}: marker ${store.get(`${folder}/marker`)}`;
    });
  }

  /** All servers lose their power and get it back, and some time passes. */
  async reboot(): Promise<void> {
    for (const host of this.servers) this.practice.powerOff(this.machine(host));
    this.time.ms += 30_000;
    for (const host of this.servers) this.practice.powerOn(this.machine(host));
    await this.pass(90);
  }

  async pass(sec: number): Promise<void> {
    for (let passed = 0; passed < sec; passed += 3) {
      this.time.ms += 3000;
      await this.practice.settle();
    }
  }

  /** What was written last is on every server in some database, running or put aside. */
  intact(): void {
    for (const host of this.servers) {
      const machine = this.machine(host);
      const running = this.practice.k3s.etcdOf(machine)?.store;
      const folders = [data, `${data}/db`].flatMap((above) =>
        machine.files.isFolder(above) ? machine.files.list(above).map((name) => `${above}/${name}`) : [],
      );
      const files = folders.flatMap((each) => [`${each}/member/snap/db`, `${each}/etcd/member/snap/db`]);
      const stores = files
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
