import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { Secret } from '../../src/base/secret';
import { faultsOf, secretsOf } from '../../src/ops/check-plan';
import type { LocalFile } from '../../src/ops/local-file';
import { renderPlan } from '../../src/ops/render-plan';
import type { NewHosts } from '../../src/ops/restore/new-hosts';
import type { K3sRestoreParameters } from '../../src/ops/restore/plan-k3s';
import { planK3sRestore } from '../../src/ops/restore/plan-k3s';
import type { S3Object } from '../../src/ops/restore/restore-snapshot';
import { emptyK3sMachine, k3sInstaller } from '../support/k3s-disaster';
import { breakEverywhere, runAndTakeBack, runScene, type Scene } from '../support/kill-points';
import { Operator } from '../support/paste';
import { data, RestoreWorld, stamp } from '../support/restore-world';

const token = 'practice-token-0123456789';
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** A cluster whose servers are gone: what is left is a snapshot on this machine, and new machines under the old names. */
class Disaster extends RestoreWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'haven-disaster-'));
  private file: Buffer = Buffer.alloc(0);

  loseServers(): void {
    this.file = Buffer.from(this.machine('cp1').files.read(this.snapshotPath));
    writeFileSync(join(this.folder, 'snapshot'), this.file);
    for (const host of this.servers) emptyK3sMachine(this.machine(host));
  }

  localFile(name: string, text: string): LocalFile {
    const localPath = join(this.folder, name);
    writeFileSync(localPath, text);
    return { localPath, sha256: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text) };
  }

  downloaded() {
    const path = join(this.folder, 'snapshot');
    const sha256 = createHash('sha256').update(this.file).digest('hex');
    return { ...this.known, host: undefined, path, local: { path, sha256 } };
  }

  /** What was read of the snapshot while it was there. */
  private get known() {
    this.machine('cp1').files.place('/tmp/snapshot', this.file);
    const before = this.snapshotPath;
    this.snapshotPath = '/tmp/snapshot';
    const read = this.snapshot();
    this.snapshotPath = before;
    this.machine('cp1').files.remove('/tmp/snapshot');
    return read;
  }

  newHosts(more: Partial<NewHosts> = {}): NewHosts {
    return {
      programs: {
        from: 'files',
        k3s: this.localFile('k3s', 'k3s v1.34.1+k3s1\n'),
        installer: this.localFile('install.sh', k3sInstaller),
      },
      release: 'v1.34.1+k3s1',
      configs: new Map(),
      tokenHash: hashOf(token),
      ...more,
    };
  }

  override async facts() {
    this.snapshotPath = '';
    return super.facts();
  }
}

const words = (concerns: readonly { readonly message: Parameters<typeof render>[0] }[]) =>
  concerns.map((each) => render(each.message));

describe('a restore onto new machines', () => {
  const folders: string[] = [];
  after(() => {
    for (const each of folders) rmSync(each, { recursive: true, force: true });
  });
  const disaster = async () => {
    const world = new Disaster();
    world.write('marker', 'before');
    await world.run('cp1', ['k3s', 'etcd-snapshot', 'save', '--name', 'restoreme']);
    world.snapshotPath = `${data}/db/snapshots/${world.machine('cp1').files.list(`${data}/db/snapshots`)[0] ?? ''}`;
    world.loseServers();
    folders.push(world.folder);
    return world;
  };
  const planOf = async (world: Disaster, more: Partial<NewHosts> = {}, rest: Partial<K3sRestoreParameters> = {}) =>
    planK3sRestore(await world.state(), await world.facts(), {
      stamp,
      absent: [],
      snapshot: world.downloaded(),
      newHosts: world.newHosts(more),
      ...rest,
    });
  const scene = async (world: Disaster, more: Partial<NewHosts> = {}): Promise<Scene> => ({
    plan: await planOf(world, more),
    connect: async (name) => world.connect(name),
    time: world.time,
    deps: { secrets: new Map([['token', new Secret(token)]]) },
    power: {
      off: (host) => world.practice.powerOff(world.machine(host)),
      on: async (host) => {
        world.practice.powerOn(world.machine(host));
        await world.pass(60);
      },
    },
    check: () => restored(world),
    checkUndone: () => {},
  });
  const restored = async (world: Disaster) => {
    assert.equal(await world.read('marker'), 'before');
    assert.deepEqual(world.members(), ['cp1', 'cp2', 'cp3']);
    for (const host of world.servers) {
      const { files, units } = world.machine(host);
      const unit = units.get('k3s');
      assert.deepEqual([unit?.active, unit?.enabled], ['active', true], host);
      assert.deepEqual(files.list('/etc/systemd/system/k3s.service.d'), [], host);
    }
  };

  test('with a downloaded snapshot and the token: k3s is installed, one server reset, the others join it', async () => {
    const world = await disaster();
    const made = await scene(world);
    assert.deepEqual(words(made.plan.blockers), []);
    assert.deepEqual(faultsOf(made.plan), []);
    assert.deepEqual(secretsOf(made.plan), ['token']);
    assert.equal(made.plan.undo, undefined, 'there is nothing to go back to');
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await restored(world);
    const { files } = world.machine('cp2');
    assert.equal(files.text('/etc/rancher/k3s/haven-restore-token'), `${token}\n`);
    assert.equal(files.get('/etc/rancher/k3s/haven-restore-token')?.mode, 0o600);
    assert.match(
      files.text('/etc/rancher/k3s/config.yaml.d/90-haven-restore.yaml'),
      /^server: "https:\/\/127\.77\.1\.10:6443"$/m,
    );
    assert.doesNotMatch(renderPlan(made.plan, render), /practice-token/);
  });

  test('its runbook does the same when a person pastes it, the token typed', async () => {
    const world = await disaster();
    const operator = new Operator(await scene(world));
    await operator.goesForth();
    await restored(world);
    // Begun again, it changes nothing.
    await operator.goesForth();
    await restored(world);
  });

  test('the files of the repository are used where the inventory has them', async () => {
    const world = await disaster();
    const config = (host: string, text: string) => {
      const settings = new Map(
        text
          .split('\n')
          .flatMap((line) =>
            /^(\S+): (.*)$/.exec(line) === null
              ? []
              : [[line.split(': ')[0] ?? '', line.split(': ')[1] ?? ''] as const],
          ),
      );
      const own = settings.get('token');
      return [
        host,
        {
          file: world.localFile(`${host}.yaml`, text),
          name: `k3s/${host}.yaml`,
          settings,
          ...(own !== undefined && { tokenHash: hashOf(own) }),
        },
      ] as const;
    };
    const peer = `server: https://${world.machine('cp1').address}:6443\ntoken: ${token}\n`;
    const configs = new Map([
      config('cp1', `cluster-init: true\ntoken: ${token}\n`),
      config('cp2', peer),
      config('cp3', peer),
    ]);
    const made = await scene(world, { configs, tokenHash: undefined });
    assert.deepEqual(words(made.plan.blockers), []);
    assert.deepEqual(secretsOf(made.plan), [], 'the files have the token');
    assert.doesNotMatch(JSON.stringify(made.plan), /practice-token/);
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await restored(world);
    assert.equal(world.machine('cp2').files.text('/etc/rancher/k3s/config.yaml'), peer);
  });

  test('whatever breaks on the way', async () => {
    const sent = await breakEverywhere(async () => scene(await disaster()), { inTurn: true, sample: 9 });
    assert.ok(sent > 60, `${sent} commands`);
  });

  test('a wrong token is refused before anything is done; one that was mistyped when it ran stops the run, or is refused by k3s, and nothing starts', async () => {
    const world = await disaster();
    const wrong = await planOf(world, { tokenHash: hashOf('wrong') });
    assert.ok(words(wrong.blockers).includes('its token is not the one that the snapshot was made under'));
    const none = await planOf(world, { tokenHash: undefined });
    assert.ok(words(none.blockers).some((each) => each.startsWith('there is no token')));

    const made = await scene(world);
    const mistyped = await runScene({ ...made, deps: { secrets: new Map([['token', new Secret('mistyped')]]) } });
    assert.equal(mistyped.result.outcome, 'failed');
    assert.equal(mistyped.result.stoppedAt?.id, 'token-opens@cp1');

    // Somebody changes it right before the reset.
    const token = '/etc/rancher/k3s/haven-restore-token';
    const { result } = await runScene({
      ...made,
      connect: async (name) => {
        const line = world.connect(name);
        return {
          ...line,
          exec: (request) => {
            if (request.argv.includes('reset')) world.machine('cp1').files.write(token, 'mistyped\n');
            return line.exec(request);
          },
        };
      },
    });
    assert.equal(result.outcome, 'failed');
    assert.equal(result.stoppedAt?.id, 'reset@cp1');
    assert.match(JSON.stringify(result.reason), /what it had made is moved aside/);
    await world.reboot();
    for (const host of world.servers) assert.notEqual(world.machine(host).units.get('k3s')?.active, 'active');
    const again = await runScene(made);
    assert.equal(again.result.outcome, 'done', JSON.stringify(again.result));
    await restored(world);
  });

  test('a machine under the name of a former server is refused until the cluster forgets the password of that one', async () => {
    const world = await disaster();
    const made = await scene(world);
    const steps = made.plan.steps.filter((each) => !each.id.startsWith('forget-password-'));
    const early = await runScene({ ...made, plan: { ...made.plan, steps } });
    assert.equal(early.result.stoppedAt?.id, 'start@cp2', JSON.stringify(early.result));
    assert.match(await world.run('cp2', ['journalctl', '-u', 'k3s', '-n', '5']), /Node password rejected/);
    const whole = await runScene(made);
    assert.equal(whole.result.outcome, 'done', JSON.stringify(whole.result));
    await restored(world);
  });

  test('without k3s and without programs it is refused, with what to do', async () => {
    const world = await disaster();
    const refused = await planOf(world, { programs: { from: 'machine' } });
    assert.deepEqual([...new Set(words(refused.blockers))], ['there is no unit named k3s']);
    assert.deepEqual(refused.steps, []);
  });

  test('a former server that is not in the inventory any more loses its Node, and other addresses are told', async () => {
    const world = await disaster();
    const nodes = world.cluster.nodes.filter((each) => each.name !== 'cp3');
    Object.assign(world.cluster, { nodes });
    const facts = (await world.facts()).filter((each) => each.host !== 'cp3');
    const state = await world.state();
    const plan = planK3sRestore(
      { ...state, cluster: world.cluster, nodes: state.nodes.filter((each) => each.node.name !== 'cp3') },
      facts,
      {
        stamp,
        absent: [],
        snapshot: world.downloaded(),
        newHosts: world.newHosts(),
      },
    );
    assert.deepEqual(words(plan.blockers), []);
    assert.ok(plan.steps.some((each) => each.id === 'forget-cp3@cp1'));
    const elsewhere = {
      ...state,
      cluster: { ...world.cluster, nodes: nodes.map((each, i) => ({ ...each, address: `10.9.9.${i}` })) },
    };
    const moved = planK3sRestore(elsewhere, facts, {
      stamp,
      absent: [],
      snapshot: world.downloaded(),
      newHosts: world.newHosts(),
    });
    assert.ok(
      words(moved.warnings).some((each) =>
        each.startsWith('the snapshot is of servers at other addresses: 127.77.1.10'),
      ),
    );
    const { result } = await runScene({ ...(await scene(world)), plan, check: () => {} });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await world.pass(30);
    assert.deepEqual(world.members(), ['cp1', 'cp2']);
    assert.equal(world.practice.anyStore()?.get('/registry/minions/cp3'), undefined);
  });
});

describe('a restore straight from S3', () => {
  let folder: string;
  let files = 0;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-s3-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const settings = 'etcd-s3-bucket: backups\netcd-s3-folder: prod\netcd-s3-secret-key: practice-secret-key\n';

  const stored = async (options: { readonly own?: string } = {}) => {
    const world = await RestoreWorld.make();
    world.practice.objects.set(
      'backups/prod/nightly-1',
      Buffer.from(world.machine('cp1').files.read(world.snapshotPath)),
    );
    const { files } = world.machine('cp1');
    const path = '/etc/rancher/k3s/config.yaml';
    files.write(path, `${files.text(path)}${options.own ?? ''}`);
    return world;
  };
  const given = (text = settings): S3Object => {
    const localPath = join(folder, `${files++}.yaml`);
    writeFileSync(localPath, text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const keys = text.split('\n').flatMap((line) => /^([a-z0-9-]+):/.exec(line)?.[1] ?? []);
    return { object: 'nightly-1', settings: { localPath, sha256, bytes: Buffer.byteLength(text), keys } };
  };
  const planOf = async (world: RestoreWorld, snapshot: S3Object) =>
    planK3sRestore(await world.state(), await world.facts(), { stamp, absent: [], snapshot });
  const scene = async (world: RestoreWorld, snapshot: S3Object): Promise<Scene> => ({
    plan: await planOf(world, snapshot),
    connect: async (name) => world.connect(name),
    time: world.time,
    check: () => restored(world),
    checkUndone: () => {},
    intact: () => world.intact(),
    power: {
      off: (host) => world.practice.powerOff(world.machine(host)),
      on: async (host) => {
        world.practice.powerOn(world.machine(host));
        await world.pass(60);
      },
    },
  });
  const restored = async (world: RestoreWorld) => {
    assert.equal(await world.read('marker'), 'before');
    assert.deepEqual(world.members(), ['cp1', 'cp2', 'cp3']);
    assert.ok(!world.machine('cp1').files.has(`/var/lib/haven/restore-${stamp}/s3.yaml`), 'the keys are gone again');
    assert.ok(!world.machine('cp1').files.has(`/var/lib/haven/restore-${stamp}/config.yaml`));
  };

  test('with the settings that the server has', async () => {
    const world = await stored({ own: `etcd-s3: true\n${settings}` });
    const made = await scene(world, { object: 'nightly-1' });
    assert.deepEqual(words(made.plan.blockers), []);
    assert.deepEqual(faultsOf(made.plan), []);
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await restored(world);
  });

  test('with settings from a file of this machine, in no argument and no plan, whatever breaks', async () => {
    const seen: string[] = [];
    await breakEverywhere(
      async () => {
        const world = await stored();
        const made = await scene(world, given());
        return {
          ...made,
          connect: async (name) => {
            const line = world.connect(name);
            return {
              ...line,
              exec: (request) => {
                seen.push(request.argv.join(' '));
                return line.exec(request);
              },
            };
          },
        };
      },
      { inTurn: true, sample: 10 },
    );
    assert.doesNotMatch(seen.join('\n'), /practice-secret-key/);
    assert.doesNotMatch(JSON.stringify(await planOf(await stored(), given())), /practice-secret-key/);
  });

  test('a key that S3 refuses, and an object that is not there, leave the former database in its place', async () => {
    for (const object of [
      { ...given(settings.replace('practice-secret-key', 'old')) },
      { ...given(), object: 'other' },
    ]) {
      const world = await stored();
      const made = await scene(world, object);
      const { result } = await runScene(made);
      assert.equal(result.outcome, 'failed');
      assert.equal(result.stoppedAt?.id, 'reset@cp1');
      assert.match(JSON.stringify(result.reason), /the former database is back in its place/);
      const back = await runAndTakeBack(made);
      assert.equal(back.outcome, 'undone', JSON.stringify(back));
      assert.equal(await world.read('marker'), 'after');
      for (const left of ['s3.yaml', 'config.yaml', 'config.yaml.d'])
        assert.ok(!world.machine('cp1').files.has(`/var/lib/haven/restore-${stamp}/${left}`), `${left} has keys in it`);
    }
  });

  test('an S3 that refuses stops no restore of a file: what the cluster holds now is saved on the server alone', async () => {
    const own = `etcd-s3: true\n${settings.replace('practice-secret-key', 'old')}`;
    const world = await stored({ own });
    const refused = await world.run('cp1', ['sh', '-c', 'k3s etcd-snapshot save --name mine 2>&1; true']);
    assert.match(
      refused,
      /failed to initialize S3 client: failed to test for existence of bucket backups: Access Denied/,
    );
    const { result } = await runScene({ ...(await scene(world, given())), plan: await world.plan() });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.equal(await world.read('marker'), 'before');
    const saved = world.machine('cp1').files.list('/var/lib/rancher/k3s/server/db/snapshots');
    assert.ok(
      saved.some((each) => each.startsWith(`before-restore-${stamp}-`)),
      saved.join(),
    );
  });

  test('what cannot work is refused before', async () => {
    const world = await stored();
    const blockers = async (snapshot: S3Object) => words((await planOf(world, snapshot)).blockers);
    assert.deepEqual(await blockers({ object: 'nightly-1' }), ['its files name no bucket of S3']);
    assert.deepEqual(await blockers({ ...given(), object: '../up' }), [
      '"../up" cannot be the name of a snapshot in S3',
    ]);
    assert.match(
      (await blockers(given('etcd-s3-bucket: b\ndisable: traefik\n')))[0] ?? '',
      /has "disable", which is no setting of S3$/,
    );
    assert.match((await blockers(given('etcd-s3-region: x\n')))[0] ?? '', /names no bucket$/);
    const secret = await stored({ own: 'etcd-s3-config-secret: s3\n' });
    assert.match(
      words((await planOf(secret, { object: 'nightly-1' })).blockers)[0] ?? '',
      /lie in a Secret of the cluster/,
    );
    const warned = words((await planOf(world, { ...given(), object: 'nightly-1.zip' })).warnings);
    assert.ok(warned.some((each) => each.startsWith('nobody can look at the snapshot before')));
  });
});
