import assert from 'node:assert/strict';
import { test } from 'node:test';
import { say } from '../../src/base/message';
import { reportBugsTo, rule, runRules } from '../../src/rules/rule';

const bug = new Error('ours');
const broken = rule<string>({
  id: 'test/broken',
  severity: 'error',
  summary: '',
  *check(text) {
    yield { span: { start: 0, end: text.length }, message: say('not this one') };
    throw bug;
  },
});
const whole = rule<string>({
  id: 'test/whole',
  severity: 'hint',
  summary: '',
  *check(text) {
    yield { span: { start: 0, end: text.length }, message: say('this one') };
  },
});

test('a rule that fails is not passed over where nobody hears of it', () => {
  assert.throws(() => runRules([broken, whole], 'ab'), bug);
});

test('where an adapter hears of it, the other rules go on', () => {
  const heard: [string, unknown][] = [];
  reportBugsTo(({ id }, error) => heard.push([id, error]));
  const found = runRules([broken, whole], 'ab');
  assert.deepEqual(heard, [['test/broken', bug]]);
  assert.deepEqual(found.at(-1), {
    span: { start: 0, end: 2 },
    message: say('this one'),
    rule: 'test/whole',
    severity: 'hint',
  });
});
