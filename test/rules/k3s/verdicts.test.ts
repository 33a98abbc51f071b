import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { analyseK3s } from '../../../src/model/k3s/analysis';
import { k3sRules } from '../../../src/rules/k3s';
import { runRules } from '../../../src/rules/rule';
import { sharedFolder } from '../../support/shared';

const facts = sharedFolder('facts', 'k3s', 'recordings', 'config-verdicts.json');

test('what a real k3s started with has no error', {
  skip: facts === undefined ? 'no recorded verdicts' : false,
}, () => {
  const { cases } = JSON.parse(readFileSync(facts ?? '', 'utf8')) as {
    cases: { id: string; config?: string | null; started?: boolean; result?: string }[];
  };
  const wrong = cases.flatMap(({ id, config, started, result }) => {
    if (started !== true || result !== 'up' || config === undefined || config === null || id.includes('mode'))
      return [];
    const errors = runRules(k3sRules, analyseK3s({ path: 'config.yaml', text: config })).filter(
      (each) => each.severity === 'error',
    );
    return errors.map((each) => `${id}: ${render(each.message)}`);
  });
  assert.deepEqual(wrong, []);
});
