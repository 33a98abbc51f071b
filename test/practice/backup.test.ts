import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { backupRows, planBackup, type Survey } from '../../src/ops/backup';
import { faultsOf } from '../../src/ops/check-plan';
import { type ApiResources, listApiResources, parseApiResources } from '../../src/ops/commands/api-resources';
import { parseSurvey, surveyCommand } from '../../src/ops/commands/config-survey';
import { sealBackup } from '../../src/run/seal-backup';
import { breakEverywhere, runScene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';
import { sceneOf } from '../support/practice-fleet';

const haproxy = '/etc/haproxy/haproxy.cfg';

describe('a backup of the practice cluster', () => {
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
    assert.deepEqual((await sealBackup(plan, world.cluster, render))?.problems, []);
    assert.match(
      execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: to, encoding: 'utf8' }),
      /lb1\/etc\/haproxy\/haproxy\.cfg: OK/,
    );
  });

  const resources = async (world: PracticeWorld, host = 'cp1'): Promise<ApiResources> =>
    parseApiResources(host, await world.run(host, listApiResources(world.cluster.distribution).argv.map(String))) ?? {
      host: undefined,
      kinds: [],
      unheard: [],
    };

  test('a snapshot and every kind of resource are in it, checked, with a page that says how to use them', async () => {
    const world = new PracticeWorld();
    const to = join(folder, 'collected');
    const survey_ = await survey(world);
    const plan = planBackup(await world.state(), survey_, {
      folder: to,
      secrets: false,
      snapshot: 'haven-20261121-031500',
      resources: await resources(world),
    });
    assert.deepEqual(faultsOf(plan), []);
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    const sealed = await sealBackup(plan, world.cluster, render);
    assert.deepEqual(sealed?.problems, []);
    assert.deepEqual(readdirSync(join(to, 'resources')).sort(), ['configmaps.yaml', 'nodes.yaml', 'pods.yaml']);
    assert.match(readFileSync(join(to, 'resources/nodes.yaml'), 'utf8'), /^ {2}kind: Node\n {2}metadata:$/m);
    const page = readFileSync(join(to, 'README.md'), 'utf8');
    assert.match(page, /snapshot\/haven-20261121-031500: revision \d+, \d+ keys/);
    assert.match(page, /haven run restore snapshot\/haven-20261121-031500/);
    assert.match(page, /It opens with the server token whose SHA-256 begins with [0-9a-f]{12}/);
    assert.match(page, /the resources are without Secrets/);
    execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: to });
    for (const entry of readdirSync(to, { withFileTypes: true, recursive: true })) {
      const { mode } = statSync(join(entry.parentPath, entry.name));
      assert.equal(mode & 0o077, 0, `${entry.name} is for its owner alone`);
    }
  });

  test('without the API, or without etcd, it holds what there is and says what it lacks', async () => {
    const world = new PracticeWorld();
    world.practice.powerOff(world.machine('cp1'));
    world.practice.powerOff(world.machine('cp2'));
    world.time.ms += 60_000;
    const to = join(folder, 'half');
    const plan = planBackup(await world.state(), await survey(world), {
      folder: to,
      secrets: false,
      snapshot: 'haven-20261121-031501',
      resources: await resources(world, 'cp3'),
    });
    const words = plan.warnings.map((each) => render(each.message)).join('\n');
    assert.match(words, /the API answers on no server/);
    assert.match(words, /no healthy etcd member answered|etcd has lost its quorum/);
    assert.match(words, /there is no snapshot in the backup|the newest that lies on a node/);
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await sealBackup(plan, world.cluster, render);
    assert.match(readFileSync(join(to, 'README.md'), 'utf8'), /the API answers on no server/);
    assert.ok(existsSync(join(to, 'lb1', haproxy)));
  });

  test('an API that goes away in the middle leaves a mark, and the backup is said not to be whole', async () => {
    const world = new PracticeWorld();
    const to = join(folder, 'gone');
    const plan = planBackup(await world.state(), new Map([['cp1', []]]), {
      folder: to,
      secrets: false,
      snapshot: 'haven-20261121-031502',
      resources: { host: 'cp1', kinds: ['nodes', 'widgets.example.com'], unheard: ['metrics.k8s.io/v1beta1'] },
    });
    assert.match(plan.warnings.map((each) => render(each.message)).join(), /does not tell all .*metrics/);
    const steps = plan.steps.filter((each) => !each.id.startsWith('resources-nodes'));
    const { result } = await runScene(sceneOf(world, { ...plan, steps }));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    writeFileSync(join(to, 'resources/widgets.example.com.yaml'), '# could not be read: no connection\n');
    const file = join(to, 'snapshot/haven-20261121-031502');
    writeFileSync(file, readFileSync(file).subarray(0, 1000));
    const problems =
      (await sealBackup(plan, world.cluster, render))?.problems.map((each) => render(each)).join('\n') ?? '';
    assert.match(problems, /the snapshot is not whole/);
    assert.match(problems, /resources\/nodes\.yaml is missing/);
    assert.match(problems, /widgets\.example\.com could not be read: no connection/);
  });

  test('tokens are in it when they are asked for, and the plan says what that means', async () => {
    const world = new PracticeWorld();
    const kubeconfig = '/etc/rancher/k3s/k3s.yaml';
    world.machine('cp1').files.write(kubeconfig, 'users:\n- user:\n    client-key-data: LS0t\n');
    const plan = planBackup(await world.state(), await survey(world, true), {
      folder: join(folder, 'secrets'),
      secrets: true,
    });
    assert.ok(plan.steps.some((step) => step.id === 'copy-/var/lib/rancher/k3s/server/token@cp1'));
    assert.match(plan.warnings.map((each) => render(each.message)).join('\n'), /whoever reads them owns the cluster/);
    assert.ok(plan.steps.some((step) => step.id === `copy-${kubeconfig}@cp1`));
    const plain = planBackup(await world.state(), await survey(world), { folder: join(folder, 'x'), secrets: false });
    assert.ok(!plain.steps.some((step) => step.id === `copy-${kubeconfig}@cp1`));
    const told = plain.warnings.map((each) => render(each.message)).join('\n');
    assert.match(told, /keys or tokens, so they are left out: .*\/etc\/rancher\/k3s\/k3s\.yaml/);
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
        const parameters = {
          folder: to,
          secrets: false,
          snapshot: 'haven-20261121-031500',
          resources: await resources(world),
        };
        const plan = planBackup(await world.state(), found, parameters);
        return {
          ...sceneOf(world, plan),
          check: async () => {
            const whole = await sealBackup(plan, world.cluster, render);
            assert.deepEqual(whole?.problems, []);
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
      plan.warnings.flatMap((each) => each.host ?? []),
      ['lb2'],
    );
    assert.equal(parseSurvey(`=== ${'a'.repeat(64)} /etc/haproxy/haproxy.cfg\n`), undefined);
    const none = planBackup(await world.state(), new Map(), { folder, secrets: false });
    assert.match(none.blockers.map((each) => render(each.message)).join(), /no node answers/);
  });

  test('a path that a node makes up leads nowhere else on this machine', async () => {
    const made = parseSurvey(`=== ${'a'.repeat(64)} /etc/../../../root/.ssh/authorized_keys\n=== end\n`) ?? [];
    const plan = planBackup(await new PracticeWorld().state(), new Map([['lb1', made]]), { folder, secrets: false });
    assert.deepEqual(
      plan.steps.map((each) => each.id),
      ['about@lb1'],
    );
  });
});
