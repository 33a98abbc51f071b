import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render, say } from '../../src/base/message';
import type { Probe } from '../../src/ops/command';
import type { Plan, Step } from '../../src/ops/plan';
import type { JournalEntry } from '../../src/run/journal';
import { readRecord } from '../../src/run/journal';
import { renderRun } from '../../src/run/render-run';

const look = (host: string): Probe => ({
  command: { argv: ['true'], root: false, timeoutSec: 5 },
  yesWhen: { code: 0 },
  host,
  withinSec: 5,
});
const change = (id: string, host: string, undo: readonly Step[] = []): Step => ({
  id: `${id}@${host}`,
  host,
  title: say('{0}', id),
  risk: 'change',
  run: { argv: ['true'], root: false, timeoutSec: 5 },
  done: look(host),
  undo,
});
const plan: Plan = {
  operation: 'test',
  cluster: 'prod',
  title: say('Change two nodes'),
  blockers: [],
  warnings: [],
  steps: [change('write', 'lb1', [change('unwrite', 'lb1')]), change('write', 'lb2'), change('tidy', 'lb1')],
  wayBack: [],
  destructive: false,
};
/** The document of a run whose journal has these entries behind its plan. */
const told = (...entries: readonly object[]) => {
  const all = [{ kind: 'plan', plan }, ...entries].map((each) => ({ atMs: 1, ...each })) as JournalEntry[];
  const record = readRecord('r1', all.map((each) => `${JSON.stringify(each)}\n`).join(''));
  assert.ok(record !== undefined);
  return renderRun(record, render);
};
const began = (step: string) => ({ kind: 'began', step });
const ended = (step: string, outcome: string) => ({ kind: 'ended', step, outcome });
const reason = { host: 'lb2', message: say('no room'), remedy: say('make some') };

test('a run that failed says at which step, why, what to do next, and what became of each step', () => {
  const text = told(began('write@lb1'), ended('write@lb1', 'done'), began('write@lb2'), ended('write@lb2', 'failed'), {
    kind: 'finished',
    outcome: 'failed',
    reason,
  });
  assert.equal(
    text,
    [
      '# Change two nodes',
      '',
      '## It stopped',
      '',
      '- **lb2**: step 2 of 3, write',
      '- **lb2**: no room; make some',
      '',
      '## What to do next',
      '',
      '- *Resume* goes on: each step is asked first what became of it (`haven run --resume r1`)',
      '- *Go Back* takes back what was changed (`haven run --undo r1`)',
      '- the command *Resume or Undo an Operation* offers it at any time, also in another window',
      '',
      '## What is true now',
      '',
      '1. done · **lb1**: write',
      '2. failed · **lb2**: write',
      '3. not begun yet · **lb1**: tidy',
      '',
    ].join('\n'),
  );
});

test('of a step that never ended nobody knows, and a run without an outcome broke off', () => {
  const text = told(began('write@lb1'));
  assert.match(text, /## It broke off\n\n- \*\*lb1\*\*: step 1 of 3/);
  assert.match(text, /1\. nobody knows · \*\*lb1\*\*: write/);
});

test('what was taken back is not said to be done, and is not offered to be gone on with', () => {
  const text = told(
    began('write@lb1'),
    ended('write@lb1', 'done'),
    began('write@lb2'),
    ended('write@lb2', 'failed'),
    { kind: 'undo', because: 'write@lb2' },
    began('unwrite@lb1'),
    ended('unwrite@lb1', 'done'),
    { kind: 'finished', outcome: 'undone', reason },
  );
  assert.match(text, /## It failed and was taken back\n\n- \*\*lb2\*\*: no room/);
  assert.match(text, /1\. taken back · \*\*lb1\*\*: write/);
  assert.match(text, /## On the way back\n\n- done · \*\*lb1\*\*: unwrite/);
  assert.match(text, /mend the cause, then begin anew/);
  assert.doesNotMatch(text, /Resume|Go Back/);
});
