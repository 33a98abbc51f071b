import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { faultsOf } from '../../src/ops/check-plan';
import { doneOf, type Plan, type Step } from '../../src/ops/plan';
import { planners } from '../support/all-plans';
import { matchesGolden } from '../support/golden';
import { runScene } from '../support/kill-points';
import { KubeadmDisaster } from '../support/kubeadm-disaster';
import { LocalFiles } from '../support/kubeadm-fleet';
import { PracticeWorld } from '../support/practice';
import { removal, sceneOf } from '../support/practice-fleet';
import { practiceScenes } from '../support/practice-scenes';

const files = new LocalFiles();
after(() => files.remove());

/** Files that make worlds for a run, or break one at every command of it. */
const breaking = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join('test', name), 'utf8') }))
  .filter(
    ({ name, text }) =>
      /^support\/.*(?:scenes|fleet|world|disaster)/.test(name) || /\b(?:break|kill)Everywhere\(/.test(text),
  )
  .map(({ text }) => text)
  .join('\n');

/** Functions of src/run that ask a cluster everything, and call the one that makes the plan. */
const askers = (planner: string) =>
  readdirSync(join('src', 'run'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join('src', 'run', name), 'utf8'))
    .filter((text) => new RegExp(`\\b${planner}\\(`).test(text))
    .flatMap((text) => [...text.matchAll(/^export (?:async )?function (\w+)/gm)].flatMap(([, name]) => name ?? []));

/** What of a step protects the cluster when something goes wrong: one that lost it would run as ever in a test where all is well. */
function guardsOfStep(step: Step): string {
  const { id, risk, quorum, onFailure, noWayBack } = step;
  const done = doneOf(step);
  const words = [
    ...(quorum === undefined ? [] : [`quorum ${JSON.stringify(quorum)}`]),
    ...(onFailure === undefined ? [] : [`fails: ${JSON.stringify(onFailure)}`]),
    ...(noWayBack ? ['no way back'] : []),
    ...(done === undefined ? [] : [`seen on ${done.host} within ${done.withinSec} s`]),
    ...('waitFor' in step ? [`waits ${step.waitFor.withinSec} s`] : []),
    ...('upload' in step ? [step.upload.mode, ...(step.upload.keep === undefined ? [] : ['keeps'])] : []),
    ...('captureSecret' in step ? ['secret'] : []),
    ...('interruptible' in step ? ['interruptible'] : []),
    ...('undo' in step ? [`undo: ${(step.undo ?? []).map((each) => each.id).join(', ')}`] : []),
  ];
  return `- ${[`${id} (${risk})`, ...words].join('; ')}`;
}

function guardsOf(plan: Plan): string[] {
  const back = plan.undo === undefined ? [] : ['', 'The way back:', '', ...plan.undo.map(guardsOfStep)];
  return [...plan.steps.map(guardsOfStep), ...back];
}

/** Forms of operations whose scenes have tests of their own. */
const furtherPlans: Readonly<Record<string, () => Promise<Plan>>> = {
  'k3s removal, with its programs': () => removal(new PracticeWorld(), 'cp3', true),
  'k3s removal of one of two': async () => {
    const world = new PracticeWorld();
    await runScene(sceneOf(world, await removal(world, 'cp3')));
    return removal(world, 'cp2', true);
  },
  'kubeadm restore onto new machines': () => afterTheLossOf('cp1', 'cp2', 'cp3'),
  'kubeadm restore beside a server that survived': () => afterTheLossOf('cp2', 'cp3'),
};

async function afterTheLossOf(...hosts: string[]): Promise<Plan> {
  const world = await KubeadmDisaster.make();
  try {
    await world.lose(...hosts);
    const plan = await world.plan();
    // Where its files lie here is another folder each time.
    return JSON.parse(JSON.stringify(plan).replaceAll(world.folder, '/tmp')) as Plan;
  } finally {
    world.remove();
  }
}

describe('every operation there is', () => {
  test('is run where runs are broken at every command', () => {
    const all = planners();
    assert.ok(all.length > 15, `${all.length} functions that make plans were found`);
    for (const name of all) {
      const callers = [name, ...askers(name)];
      assert.match(breaking, new RegExp(`\\b(?:${callers.join('|')})\\(`), `nobody breaks a run of ${name}`);
    }
  });

  test('has a scene whose plan can be run, under the name that the operation has', async () => {
    const operations = new Set<string>();
    const guards: string[] = ['What guards each step of each operation on a practice cluster.', ''];
    for (const [name, make] of Object.entries(practiceScenes)) {
      const { plan } = await make(files);
      assert.deepEqual(plan.blockers, [], name);
      assert.deepEqual(faultsOf(plan), [], name);
      assert.ok(plan.steps.length > 0, name);
      operations.add(plan.operation);
      guards.push(`## ${name}${plan.destructive ? ' (destructive)' : ''}`, '', ...guardsOf(plan), '');
    }
    for (const [name, make] of Object.entries(furtherPlans)) {
      const plan = await make();
      assert.deepEqual([plan.blockers, faultsOf(plan)], [[], []], name);
      guards.push(`## ${name}${plan.destructive ? ' (destructive)' : ''}`, '', ...guardsOf(plan), '');
    }
    matchesGolden('guards.md', guards.join('\n'));
    const texts = readdirSync(join('src', 'ops'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join('src', 'ops', name), 'utf8'))
      .join('\n');
    const named = [...texts.matchAll(/\boperation: '([a-z-]+)'|\bbase\(state, '([a-z-]+)'\)/g)].map(
      ([, a, b]) => a ?? b ?? '',
    );
    assert.ok(named.length > 12);
    for (const each of named) assert.ok(operations.has(each), `no scene runs the operation ${each}`);
  });
});
