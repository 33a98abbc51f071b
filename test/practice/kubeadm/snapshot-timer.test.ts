import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import { faultsOf } from '../../../src/ops/check-plan';
import { havenSnapshotFolder, scheduledSave } from '../../../src/ops/commands/snapshot';
import { onCalendar } from '../../../src/ops/on-calendar';
import { planSnapshotTimer } from '../../../src/ops/snapshot-timer';
import { breakEverywhere, runAndTakeBack, runScene } from '../../support/kill-points';
import { done, servers } from '../../support/kubeadm-fleet';
import { PracticeWorld } from '../../support/practice';
import { sceneOf, stamp } from '../../support/practice-fleet';

const nightly = { cron: '30 2 * * *', keep: 3, compress: false };
const timer = 'haven-etcd-snapshot.timer';
const program = '/usr/local/sbin/haven-etcd-snapshot';

const planned = async (world: PracticeWorld, schedule: typeof nightly | 'off' = nightly, at = stamp) => {
  const plan = planSnapshotTimer(await world.state(), { stamp: at, schedule });
  assert.deepEqual(faultsOf(plan), []);
  return plan;
};
const saved = (world: PracticeWorld, host: string) =>
  world.machine(host).files.isFolder(havenSnapshotFolder)
    ? world
        .machine(host)
        .files.list(havenSnapshotFolder)
        .filter((each) => each.startsWith('scheduled-'))
    : [];
const runs = (world: PracticeWorld) =>
  servers.every((host) => {
    const unit = world.machine(host).units.get(timer);
    return unit?.active === 'active' && unit.enabled && world.machine(host).files.has(program);
  });

describe('a timer of snapshots on the control planes of kubeadm', () => {
  test('saves at once, and keeps as many as it should', async () => {
    const world = new PracticeWorld('kubeadm');
    await done(sceneOf(world, await planned(world)));
    assert.ok(runs(world));
    for (const host of servers) assert.equal(saved(world, host).length, 1, host);
    for (let i = 0; i < 4; i++) {
      world.time.ms += 60_000;
      await world.run('cp2', ['systemctl', 'start', 'haven-etcd-snapshot.service']);
    }
    assert.equal(saved(world, 'cp2').length, 3);
  });

  test('whatever breaks, it is resumed to its end', async () => {
    await breakEverywhere(
      async () => {
        const world = new PracticeWorld('kubeadm');
        return { ...sceneOf(world, await planned(world)), check: () => assert.ok(runs(world)) };
      },
      { inTurn: true, sample: 2 },
    );
  });

  test('whatever breaks, it can be taken back from there, and leaves no timer', async () => {
    await breakEverywhere(
      async () => {
        const world = new PracticeWorld('kubeadm');
        return {
          ...sceneOf(world, await planned(world)),
          checkUndone: () => {
            for (const host of servers) {
              assert.ok(world.machine(host).units.get(timer)?.active !== 'active', host);
              assert.ok(!world.machine(host).files.has(program), host);
            }
          },
        };
      },
      { inTurn: true, sample: 2, afterwards: 'undo' },
    );
  });

  test('is switched off when the name of the cluster is typed, and its way back is the timer of before', async () => {
    const world = new PracticeWorld('kubeadm');
    await done(sceneOf(world, await planned(world)));
    const off = await planned(world, 'off', '20261122-010000');
    assert.equal(off.destructive, true);
    const undone = await runAndTakeBack(sceneOf(world, off));
    assert.equal(undone.outcome, 'undone', JSON.stringify(undone));
    assert.ok(runs(world));
    const again = await planned(world, 'off', '20261122-020000');
    assert.equal((await runScene(sceneOf(world, again))).result.outcome, 'done');
    assert.ok(servers.every((host) => !world.machine(host).files.has(program)));
    assert.equal(saved(world, 'cp1').length, 1, 'what was saved stays');
  });

  test('a timer that cannot save is seen at once', async () => {
    const world = new PracticeWorld('kubeadm');
    const plan = await planned(world);
    world.machine('cp2').files.write('/var/lib/haven', 'in the way');
    const { result } = await runScene(sceneOf(world, plan));
    assert.notEqual(result.outcome, 'done');
  });

  test('S3 is refused with what to do, and so are days that systemd cannot say', async () => {
    const state = await new PracticeWorld('kubeadm').state();
    const words = (parameters: Omit<Parameters<typeof planSnapshotTimer>[1], 'stamp'>) =>
      planSnapshotTimer(state, { stamp, ...parameters })
        .blockers.map((each) => render(each.message))
        .join();
    const s3 = { endpoint: 's3.example.com', bucket: 'snapshots', keys: 'machine' } as const;
    assert.match(words({ schedule: nightly, s3 }), /kubeadm sends no snapshots to S3/);
    assert.match(words({ schedule: { ...nightly, cron: '0 0 1 * 1' } }), /systemd has no words/);
  });

  test('times of a crontab in the words of systemd', (context) => {
    const cases: Readonly<Record<string, string>> = {
      '30 2 * * *': '*-*-* 2:30:00',
      '0 */6 * * *': '*-*-* 0/6:0:00',
      '*/15 0-5 * * 1-5': 'Mon,Tue,Wed,Thu,Fri *-*-* 0..5:0/15:00',
      '5,35 1 1,15 */2 *': '*-1/2-1,15 1:5,35:00',
      '0 0 * * 0': 'Sun *-*-* 0:0:00',
    };
    for (const [cron, calendar] of Object.entries(cases)) assert.equal(onCalendar(cron), calendar);
    assert.equal(onCalendar('0 0 1 * 1'), undefined);
    try {
      for (const each of Object.values(cases))
        execFileSync('systemd-analyze', ['calendar', each], { stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      context.diagnostic('systemd-analyze is not installed, so nobody but us has read them');
    }
  });

  test('the program is one that a real shell reads', () => {
    for (const shell of ['dash', 'bash']) execFileSync(shell, ['-n'], { input: scheduledSave(5) });
  });
});
