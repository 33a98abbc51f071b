import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import type { Plan } from '../../../src/ops/plan';
import { planRolling } from '../../../src/ops/rolling';
import { packK3s } from '../support/k3s';
import { Lab } from '../support/lab';
import { Operator } from '../support/operator';
import { localFile, stamp } from '../support/plans';
import { labMissing } from '../support/suite';

const { HAVEN_K3S: now = '', HAVEN_K3S_NEXT: next } = process.env;
const noNext = next !== undefined && existsSync(next) ? false : 'HAVEN_K3S_NEXT names no k3s of a later patch release';
const path = '/usr/local/bin/k3s';

describe('an upgrade of a real k3s', { skip: labMissing('k3s') }, () => {
  let lab: Lab;
  let operator: Operator;
  let work: string;
  before(async () => {
    lab = Lab.running();
    operator = new Operator(lab);
    work = mkdtempSync(join(tmpdir(), 'haven-lab-'));
    await lab.healthy(240);
  });
  after(() => {
    operator?.close();
    if (work !== undefined) rmSync(work, { recursive: true });
  });

  async function plan(release: string, program: string): Promise<Plan> {
    return planRolling(await operator.gather(), {
      stamp: stamp(),
      hosts: ['cp1', 'cp2', 'cp3', 'w1'],
      nodes: await operator.kubeNodes(),
      drain: true,
      upgrade: { release, files: new Map([[path, await localFile(program)]]), online: false },
    });
  }
  const versions = () =>
    lab.kubectl('get nodes -o jsonpath={.items[*].status.nodeInfo.kubeletVersion}').stdout.trim().split(' ');

  test('a release that skips a minor one is refused, and a program that is another release than it should be replaces nothing', async () => {
    const program = join(work, 'now');
    const [, major, minor, patch] = /^v(\d+)\.(\d+)\.(\d+)/.exec(packK3s(now, program)) ?? [];
    const skips = await plan(`v${major}.${Number(minor) + 2}.0+k3s1`, program);
    assert.match(skips.blockers.map((each) => render(each.message)).join(), /skips a minor release/);
    assert.deepEqual(skips.steps, []);

    const old = lab.tell('cp1', `sha256sum ${path}`);
    const before = versions();
    const wrong = await plan(`v${major}.${minor}.${Number(patch) + 50}+k3s1`, program);
    assert.deepEqual(wrong.blockers, []);
    const result = await operator.run(wrong);
    assert.equal(result.outcome, 'failed', JSON.stringify(result));
    assert.match(result.stoppedAt?.id ?? '', /^asked-k3s@/);
    assert.equal(lab.tell('cp1', `sha256sum ${path}`), old);
    assert.deepEqual(versions(), before);
    await lab.healthy(60);
  });

  test('every node gets the next patch release, one after another; the editor dies twice and a server loses its power', {
    skip: noNext,
  }, async () => {
    const program = join(work, 'next');
    const release = packK3s(next ?? '', program);
    const made = await plan(release, program);
    assert.deepEqual(made.blockers, []);
    const [first = '', second = '', third = ''] = made.steps
      .filter((each) => each.id.startsWith('restart@'))
      .map((each) => each.host);
    const resume = async () => ({ record: await operator.lastRun(), act: 'resume' as const });
    assert.equal((await operator.run(made, { dieAt: `replace-k3s@${first}` })).broke, true);
    assert.equal((await operator.run(made, { earlier: await resume(), dieAt: `restart@${second}` })).broke, true);
    let dark: Promise<void> | undefined;
    const cut = await operator.run(made, {
      earlier: await resume(),
      onStep: (step) => {
        if (step.id !== `restart@${third}` || dark !== undefined) return;
        dark = new Promise((done) => setTimeout(done, 2000)).then(() => lab.off(third));
      },
    });
    await dark;
    if (dark !== undefined) lab.on(third);
    await lab.answers(90);
    const last = cut.outcome === 'done' ? cut : await operator.run(made, { earlier: await resume() });
    assert.equal(last.outcome, 'done', JSON.stringify(last));
    await lab.healthy(240);
    assert.deepEqual(new Set(versions()), new Set([release]));
    assert.ok(!lab.kubectl('get nodes').stdout.includes('SchedulingDisabled'));
  });
});
