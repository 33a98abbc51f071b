import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { backupRows, checksumLines, planBackup, type Survey } from '../../src/ops/backup-config';
import { faultsOf } from '../../src/ops/check-plan';
import { parseSurvey, surveyCommand } from '../../src/ops/commands/config-survey';
import { breakEverywhere, runScene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';
import { sceneOf } from '../support/practice-fleet';

const haproxy = '/etc/haproxy/haproxy.cfg';

describe('a backup of the configuration of the practice cluster', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-backup-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const survey = async (world: PracticeWorld, secrets = false): Promise<Survey> => {
    const found = new Map();
    for (const { name, hasPower } of world.practice.nodes) {
      if (hasPower) found.set(name, parseSurvey(await world.run(name, surveyCommand(secrets).argv.map(String))));
    }
    return found;
  };

  test('holds every file under the name of its node, readable by its owner alone, and sha256sum agrees', async () => {
    const world = new PracticeWorld();
    const to = join(folder, 'whole');
    const found = await survey(world);
    const plan = planBackup(await world.state(), found, { folder: to, secrets: false });
    assert.deepEqual(faultsOf(plan), []);
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.equal(readFileSync(join(to, 'lb1', haproxy), 'utf8'), world.machine('lb1').files.text(haproxy));
    assert.equal(statSync(join(to, 'cp2/etc/rancher/k3s/config.yaml')).mode & 0o777, 0o600);
    assert.ok(!existsSync(join(to, 'cp1/var/lib/rancher/k3s/server/token')), 'no token unless asked for');
    writeFileSync(join(to, 'SHA256SUMS'), checksumLines(backupRows(found, [], () => undefined)));
    assert.match(
      execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: to, encoding: 'utf8' }),
      /lb1\/etc\/haproxy\/haproxy\.cfg: OK/,
    );
  });

  test('tokens are in it when they are asked for, and the plan says what that means', async () => {
    const world = new PracticeWorld();
    const plan = planBackup(await world.state(), await survey(world, true), {
      folder: join(folder, 'secrets'),
      secrets: true,
    });
    assert.ok(plan.steps.some((step) => step.id === 'copy-/var/lib/rancher/k3s/server/token@cp1'));
    assert.match(plan.warnings.map((each) => render(each.message)).join('\n'), /whoever reads them owns the cluster/);
    assert.doesNotMatch(JSON.stringify(plan), /practice-token/);
  });

  test('tells what differs from the repository, what it lacks, and what the inventory does not name', async () => {
    const world = new PracticeWorld();
    const text = world.machine('lb1').files.text(haproxy);
    world.machine('lb2').files.write(haproxy, `${text}# by hand\n`);
    const target = (host: string, path: string, file: string) => ({ host, path, file, kind: undefined });
    const targets = [
      target('lb1', haproxy, 'h'),
      target('lb2', haproxy, 'h'),
      target('lb1', '/etc/nginx/nginx.conf', 'n'),
    ];
    const rows = backupRows(await survey(world), targets, (file) =>
      file === 'h' ? createHash('sha256').update(text).digest('hex') : 'x',
    );
    const standing = (host: string, path: string) =>
      rows.find((each) => each.host === host && each.path === path)?.standing;
    assert.equal(standing('lb1', haproxy), 'same');
    assert.equal(standing('lb2', haproxy), 'differs');
    assert.equal(standing('lb1', '/etc/nginx/nginx.conf'), 'missing');
    assert.equal(standing('lb1', '/etc/keepalived/keepalived.conf'), 'not-in-inventory');
  });

  test('whatever breaks, a resumed backup is whole', async () => {
    let count = 0;
    await breakEverywhere(
      async () => {
        const world = new PracticeWorld();
        const to = join(folder, `broken-${count++}`);
        const found = new Map([...(await survey(world))].filter(([host]) => host.startsWith('lb')));
        return {
          ...sceneOf(world, planBackup(await world.state(), found, { folder: to, secrets: false })),
          check: () => {
            for (const [host, files] of found)
              for (const { path, sha256 } of files ?? [])
                assert.equal(
                  createHash('sha256')
                    .update(readFileSync(join(to, host, path)))
                    .digest('hex'),
                  sha256,
                );
          },
        };
      },
      { inTurn: true },
    );
  });

  test('a node without power is told to be missing, and one that speaks half is not taken for one without files', async () => {
    const world = new PracticeWorld();
    world.practice.powerOff(world.machine('lb2'));
    const plan = planBackup(await world.state(), await survey(world), { folder, secrets: false });
    assert.deepEqual(
      plan.warnings.map((each) => each.host),
      ['lb2'],
    );
    assert.equal(parseSurvey(`=== ${'a'.repeat(64)} /etc/haproxy/haproxy.cfg\n`), undefined);
    const none = planBackup(await world.state(), new Map(), { folder, secrets: false });
    assert.match(none.blockers.map((each) => render(each.message)).join(), /no node answers/);
  });

  test('a path that a node makes up leads nowhere else on this machine', async () => {
    const made = parseSurvey(`=== ${'a'.repeat(64)} /etc/../../../root/.ssh/authorized_keys\n=== end\n`) ?? [];
    const plan = planBackup(await new PracticeWorld().state(), new Map([['lb1', made]]), { folder, secrets: false });
    assert.deepEqual(plan.steps, []);
    assert.equal(checksumLines(backupRows(new Map([['lb1', made]]), [], () => undefined)), '');
  });
});
