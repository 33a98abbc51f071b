import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { render } from '../../src/base/message';
import { Secret } from '../../src/base/secret';
import { planBackup, type Survey } from '../../src/ops/backup';
import { listApiResources, parseApiResources } from '../../src/ops/commands/api-resources';
import { parseConfig, readConfigCommand } from '../../src/ops/commands/config-file';
import { parseSurvey, surveyCommand } from '../../src/ops/commands/config-survey';
import { parseScheduleFacts, scheduleFactsCommand } from '../../src/ops/commands/schedule-facts';
import { havenSnapshotFolder } from '../../src/ops/commands/snapshot';
import { planFailoverDrill } from '../../src/ops/failover-drill';
import { type PushFacts, planPush } from '../../src/ops/push-config';
import { planDiscard } from '../../src/ops/restore/plan-discard';
import { planDeleteSnapshots, planDownloadSnapshot, planSendSnapshot, toPrune } from '../../src/ops/snapshot-files';
import { planSnapshotSchedule } from '../../src/ops/snapshot-schedule';
import { planSnapshotTimer } from '../../src/ops/snapshot-timer';
import { readConfig } from '../../src/run/practice/k3s/config';
import { sealBackup } from '../../src/run/seal-backup';
import { runScene, type Scene } from './kill-points';
import { type LocalFiles, servers } from './kubeadm-fleet';
import { PracticeWorld } from './practice';
import { pass, sceneOf, stamp } from './practice-fleet';
import { RestoreWorld } from './restore-world';
import { allWell, inBadWeather, type MakeScene } from './scene-weather';

const haproxy = '/etc/haproxy/haproxy.cfg';
const balancers = ['lb1', 'lb2'];
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');
const words = (command: { readonly argv: readonly unknown[] }) => command.argv.map(String);

/** The address is where it was, both balancers serve, and no clock of a half run is ticking. */
async function balanced(world: PracticeWorld): Promise<void> {
  await pass(world, 300);
  assert.equal(world.practice.holder()?.name, 'lb1');
  for (const host of balancers) {
    const { units } = world.machine(host);
    for (const unit of ['haproxy', 'keepalived']) assert.equal(units.get(unit)?.active, 'active', `${unit} on ${host}`);
    const ticking = [...units].filter(([name, unit]) => name.endsWith('.timer') && unit.active === 'active');
    assert.deepEqual(ticking, [], `timers on ${host}`);
  }
  const url = `https://${world.practice.virtualAddress}:6443/ping`;
  const said = await world.run('cp1', ['curl', '-sk', url]);
  assert.ok(said.length > 0, 'somebody answers at the virtual address');
}

async function push(files: LocalFiles): Promise<Scene> {
  const world = new PracticeWorld();
  const old = world.machine('lb1').files.text(haproxy);
  const text = `${old}# changed\n`;
  const file = files.put('haproxy.cfg', text);
  const doors = ['127.0.0.1:6443', `${world.practice.virtualAddress}:6443`];
  const facts = new Map();
  for (const host of balancers) {
    const question = readConfigCommand({ files: [haproxy], doors, units: ['haproxy'] });
    facts.set(host, parseConfig(await world.run(host, words(question))));
  }
  const plan = planPush(await world.state(), facts as PushFacts, {
    stamp,
    files: balancers.map((host) => ({ host, kind: 'haproxy', path: haproxy, file: 'lb/haproxy.cfg', ...file })),
    confirmSec: 90,
    concerns: { blockers: [], warnings: [] },
  });
  const holds = async (expected: string) => {
    await balanced(world);
    for (const host of balancers) assert.equal(world.machine(host).files.text(haproxy), expected, host);
  };
  return inBadWeather(world, {
    ...sceneOf(world, plan),
    // Whatever is on the disk of a balancer at any moment is one of the two files, whole.
    intact: () => {
      for (const host of balancers) assert.ok([old, text].includes(world.machine(host).files.text(haproxy)), host);
    },
    check: () => holds(text),
    checkUndone: () => holds(old),
  });
}

async function failover(way: 'keepalived' | 'haproxy'): Promise<Scene> {
  const world = new PracticeWorld();
  const plan = planFailoverDrill(await world.state(), {
    stamp,
    vip: world.practice.virtualAddress,
    port: 6443,
    way,
    prediction: { heirs: ['lb2'], seconds: [0.4, 0.6], returns: true },
  });
  return inBadWeather(world, {
    ...sceneOf(world, plan),
    check: () => balanced(world),
    checkUndone: () => balanced(world),
  });
}

async function backup(files: LocalFiles, distribution: 'k3s' | 'kubeadm'): Promise<Scene> {
  const world = new PracticeWorld(distribution);
  const survey = new Map();
  for (const host of balancers) survey.set(host, parseSurvey(await world.run(host, words(surveyCommand(false)))));
  const resources = parseApiResources('cp1', await world.run('cp1', words(listApiResources(distribution))));
  assert.ok(resources !== undefined);
  const folder = join(files.folder, `backup-${Math.random().toString(36).slice(2)}`);
  const wish = { folder, secrets: false, snapshot: 'haven-20261121-031500', resources };
  const state = await world.state();
  const plan = planBackup(state, survey as Survey, wish);
  return inBadWeather(world, {
    ...sceneOf(world, plan),
    check: async () => {
      await allWell(world, servers, servers);
      assert.deepEqual((await sealBackup(planBackup(state, survey, wish), world.cluster, render))?.problems, []);
      for (const [host, found] of survey as Survey)
        for (const each of found)
          assert.equal(sha256(readFileSync(join(folder, host, each.path))), each.sha256, each.path);
    },
  });
}

const nightly = { cron: '30 2 * * *', keep: 14, compress: false };
const bucket = { endpoint: 's3.example.com', bucket: 'snapshots', folder: 'prod', keys: 'typed' } as const;
const keys = ['practice-access-key', 'practice-secret-key'] as const;

async function schedule(): Promise<Scene> {
  const world = new PracticeWorld();
  const answers = new Map();
  for (const host of servers)
    answers.set(host, parseScheduleFacts(await world.run(host, words(scheduleFactsCommand()))));
  const plan = planSnapshotSchedule(await world.state(), answers, { stamp, schedule: nightly, s3: bucket });
  const scene = sceneOf(world, plan);
  const kept = async (expected: readonly (string | undefined)[]) => {
    await allWell(world, servers, servers);
    for (const host of servers) {
      const config = readConfig(world.machine(host));
      assert.deepEqual([config.get('etcd-snapshot-retention'), config.get('etcd-s3-bucket')], expected, host);
    }
  };
  return inBadWeather(world, {
    ...scene,
    secrets: keys,
    deps: {
      ...scene.deps,
      secrets: new Map([
        ['s3-access-key', new Secret(keys[0])],
        ['s3-secret-key', new Secret(keys[1])],
      ]),
    },
    check: () => kept(['14', 'snapshots']),
    checkUndone: () => kept([undefined, undefined]),
  });
}

async function timer(): Promise<Scene> {
  const world = new PracticeWorld('kubeadm');
  const plan = planSnapshotTimer(await world.state(), { stamp, schedule: nightly });
  const runs = (host: string) => world.machine(host).units.get('haven-etcd-snapshot.timer');
  return inBadWeather(world, {
    ...sceneOf(world, plan),
    check: async () => {
      await allWell(world, servers, servers);
      for (const host of servers) assert.ok(runs(host)?.active === 'active' && runs(host)?.enabled, host);
    },
    checkUndone: async () => {
      await allWell(world, servers, servers);
      for (const host of servers) assert.notEqual(runs(host)?.active, 'active', host);
    },
  });
}

const k3sSnapshots = '/var/lib/rancher/k3s/server/db/snapshots';

async function pruning(): Promise<Scene> {
  const world = new PracticeWorld();
  for (const name of ['haven-20261101-000000', 'haven-20261102-000000', 'nightly', 'haven-20261103-000000']) {
    await world.run('cp1', ['k3s', 'etcd-snapshot', 'save', '--name', name]);
    world.time.ms += 60_000;
  }
  const state = await world.state();
  const left = () => world.machine('cp1').files.list(k3sSnapshots);
  return inBadWeather(world, {
    ...sceneOf(world, planDeleteSnapshots(state, toPrune(state, 'haven', 1))),
    intact: () => {
      for (const each of ['nightly', 'haven-20261103'])
        assert.ok(
          left().some((name) => name.startsWith(each)),
          `${each} stays`,
        );
    },
    check: () => assert.equal(left().length, 2),
  });
}

/** A file of the right form: what the disk of a practice member would be saved as. */
async function saved(): Promise<{ readonly world: RestoreWorld; readonly bytes: Buffer }> {
  const world = await RestoreWorld.make();
  return { world, bytes: world.machine('cp1').files.read(world.snapshotPath) };
}

async function download(files: LocalFiles): Promise<Scene> {
  const { world, bytes } = await saved();
  const to = join(files.folder, `download-${Math.random().toString(36).slice(2)}`);
  const at = { host: 'cp1', path: world.snapshotPath };
  return inBadWeather(world, {
    ...sceneOf(world, planDownloadSnapshot(await world.state(), at, to)),
    check: () => assert.ok(readFileSync(to).equals(bytes)),
  });
}

async function send(files: LocalFiles): Promise<Scene> {
  const { world, bytes } = await saved();
  const plan = planSendSnapshot(await world.state(), 'cp2', 'from-office', files.put('from-office', bytes));
  const path = `${havenSnapshotFolder}/from-office`;
  return inBadWeather(world, {
    ...sceneOf(world, plan),
    intact: () => {
      const disk = world.machine('cp2').files;
      if (disk.has(path)) assert.ok(disk.read(path).equals(bytes), 'never half there');
    },
    check: () => assert.ok(world.machine('cp2').files.read(path).equals(bytes)),
    checkUndone: () => {},
  });
}

async function discard(): Promise<Scene> {
  const world = await RestoreWorld.make();
  const restore = await world.plan();
  const { result } = await runScene(sceneOf(world, restore));
  assert.equal(result.outcome, 'done', JSON.stringify(result));
  return inBadWeather(world, {
    ...sceneOf(world, planDiscard(restore, stamp)),
    check: async () => {
      await allWell(world, servers, servers);
      assert.equal(await world.read('marker'), 'before');
    },
  });
}

/** Operations on files: settings, snapshots, backups; and the drill, which touches what the settings describe. */
export const fileScenes: Readonly<Record<string, MakeScene>> = {
  'push of haproxy.cfg': push,
  'failover drill with keepalived': () => failover('keepalived'),
  'failover drill with haproxy': () => failover('haproxy'),
  'k3s backup': (files) => backup(files, 'k3s'),
  'kubeadm backup': (files) => backup(files, 'kubeadm'),
  'k3s schedule of snapshots, with S3': schedule,
  'kubeadm schedule of snapshots': timer,
  'k3s pruning of snapshots': pruning,
  'k3s download of a snapshot': download,
  'k3s sending of a snapshot': send,
  'k3s discarding of what a restore put aside': discard,
};
