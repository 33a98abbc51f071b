import assert from 'node:assert/strict';
import { render } from '../../../src/base/message';
import type { LocalFile } from '../../../src/ops/local-file';
import type { Plan } from '../../../src/ops/plan';
import { planRolling } from '../../../src/ops/rolling';
import type { Lab } from './lab';
import type { Operator } from './operator';
import { stamp } from './plans';

/** Programs as an upgrade is given them: where they go, and the files here. */
export interface Programs {
  /** As they say of themselves. */
  readonly release: string;
  readonly files: ReadonlyMap<string, LocalFile>;
}

/** An upgrade of these nodes to `release` with these programs, whatever they are. */
export async function upgradePlan(
  operator: Operator,
  release: string,
  { files }: Programs,
  hosts: readonly string[] = ['cp1', 'cp2', 'cp3', 'w1'],
): Promise<Plan> {
  return planRolling(await operator.gather(), {
    stamp: stamp(),
    hosts,
    nodes: await operator.kubeNodes(),
    drain: true,
    upgrade: { release, files, online: false },
  });
}

/** What kubelets say of themselves, by the names of their Nodes. */
export const versions = (lab: Lab): readonly string[] =>
  lab.kubectl('get nodes -o jsonpath={.items[*].status.nodeInfo.kubeletVersion}').stdout.trim().split(' ');

/** A release that skips a minor one is refused, and programs of another release than they should be replace nothing. */
export async function refuseWrongReleases(lab: Lab, operator: Operator, now: Programs): Promise<void> {
  const [, major, minor, patch, rest = ''] = /^v(\d+)\.(\d+)\.(\d+)(.*)$/.exec(now.release) ?? [];
  const skips = await upgradePlan(operator, `v${major}.${Number(minor) + 2}.0${rest}`, now);
  assert.match(skips.blockers.map((each) => render(each.message)).join(), /skips a minor release/);
  assert.deepEqual(skips.steps, []);

  const before = versions(lab);
  const hashes = () => lab.tell('cp1', `sha256sum ${[...now.files.keys()].join(' ')}`);
  const old = hashes();
  const wrong = await upgradePlan(operator, `v${major}.${minor}.${Number(patch) + 50}${rest}`, now);
  assert.deepEqual(wrong.blockers, []);
  const result = await operator.run(wrong);
  assert.equal(result.outcome, 'failed', JSON.stringify(result));
  assert.match(result.stoppedAt?.id ?? '', /^asked-(?:k3s|kubeadm)@/);
  assert.equal(hashes(), old);
  assert.deepEqual(versions(lab), before);
  await lab.healthy(60);
}

/**
 * Every node gets the next patch release, one after another; the editor dies at `act` on the first node and when the second
 * one restarts, and the third one loses its power `cut.afterMs` after the step `cut.act` on it has begun.
 */
export async function upgradeInBadWeather(
  lab: Lab,
  operator: Operator,
  next: Programs,
  { act, cut }: { readonly act: string; readonly cut: { readonly act: string; readonly afterMs: number } },
): Promise<Plan> {
  const plan = await upgradePlan(operator, next.release, next);
  assert.deepEqual(plan.blockers, []);
  const [first = '', second = '', third = ''] = plan.steps
    .filter((each) => each.id.startsWith(`${cut.act}@`))
    .map((each) => each.host);
  const resume = async () => ({ record: await operator.lastRun(), act: 'resume' as const });
  assert.equal((await operator.run(plan, { dieAt: `${act}@${first}` })).broke, true);
  assert.equal((await operator.run(plan, { earlier: await resume(), dieAt: `restart@${second}` })).broke, true);
  let dark: Promise<void> | undefined;
  const broken = await operator.run(plan, {
    earlier: await resume(),
    onStep: (step) => {
      if (step.id !== `${cut.act}@${third}` || dark !== undefined) return;
      dark = new Promise((done) => setTimeout(done, cut.afterMs)).then(() => lab.off(third));
    },
  });
  await dark;
  if (dark !== undefined) lab.on(third);
  await lab.answers(90);
  const last = broken.outcome === 'done' ? broken : await operator.run(plan, { earlier: await resume() });
  assert.equal(last.outcome, 'done', JSON.stringify(last));
  await lab.healthy(240);
  assert.deepEqual(new Set(versions(lab)), new Set([next.release]));
  assert.ok(!lab.kubectl('get nodes').stdout.includes('SchedulingDisabled'));
  return plan;
}
