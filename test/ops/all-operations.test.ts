import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { faultsOf } from '../../src/ops/check-plan';
import { planners } from '../support/all-plans';
import { LocalFiles } from '../support/kubeadm-fleet';
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
    for (const [name, make] of Object.entries(practiceScenes)) {
      const { plan } = await make(files);
      assert.deepEqual(plan.blockers, [], name);
      assert.deepEqual(faultsOf(plan), [], name);
      assert.ok(plan.steps.length > 0, name);
      operations.add(plan.operation);
    }
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
