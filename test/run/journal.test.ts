import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { render, say } from '../../src/base/message';
import type { Plan } from '../../src/ops/plan';
import { isUnfinished, openJournal, readRuns } from '../../src/run/journal';
import { tidy } from '../../src/run/tidy';

const plan: Plan = {
  operation: 'test',
  cluster: 'practice',
  title: say('{0}', 'test'),
  blockers: [],
  warnings: [],
  steps: [
    { id: 'a', host: 'cp1', title: say('{0}', 'a'), risk: 'read', run: { argv: ['true'], root: true, timeoutSec: 20 } },
  ],
  wayBack: [],
  destructive: false,
};
const head = JSON.stringify({ kind: 'plan', atMs: 1, plan });
const began = JSON.stringify({ kind: 'began', atMs: 2, step: 'a' });

describe('journals that something has happened to', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What is said of a journal with this text, beside another one that is as it should be. */
  const said = async (text: string | Buffer) => {
    writeFileSync(join(folder, 'whole.jsonl'), `${head}\n${began}\n`);
    writeFileSync(join(folder, 'other.jsonl'), text);
    const { runs, lost } = await readRuns(folder);
    assert.ok(
      runs.some((each) => each.id === 'whole' && isUnfinished(each)),
      'the run beside it is still there',
    );
    return { run: runs.find((each) => each.id === 'other'), why: lost.map(({ why }) => render(why)) };
  };

  test('one that ends before its plan was written is nothing: nothing was done then', async () => {
    for (const text of ['', '\n', head.slice(0, 40), Buffer.alloc(512)]) {
      assert.deepEqual(await said(text), { run: undefined, why: [] }, JSON.stringify(String(text)));
    }
  });

  test('a line that is torn, null, a number, a list or zeros is passed over, wherever it stands', async () => {
    for (const line of ['null', '7', '"x"', '[]', '{}', '{"kind":"beg', '\0\0\0\0', '{"kind":"from the future"}']) {
      const { run, why } = await said(`${head}\n${line}\n${began}\n${line}`);
      assert.equal(run?.steps.get('a'), 'unknown', line);
      assert.deepEqual(why, []);
    }
  });

  test('one whose beginning is lost is told, and not taken for nothing: its run may have changed something', async () => {
    for (const text of [`${head.slice(0, 40)}\n${began}\n`, `${began}\n`, `\0\0\n${began}\n`]) {
      assert.deepEqual(await said(text), { run: undefined, why: ['its beginning is damaged'] });
    }
  });

  test('one of a newer release is told, and not guessed at', async () => {
    const newer = JSON.stringify({ kind: 'plan', atMs: 1, plan, form: 2 });
    assert.deepEqual(await said(newer), { run: undefined, why: ['a newer release of Haven wrote it'] });
    assert.equal((await said(JSON.stringify({ kind: 'plan', atMs: 1, plan, form: 1 }))).why.length, 0);
  });

  test('one whose plan has another form is told', async () => {
    for (const [broken, why] of [
      [{ ...plan, steps: undefined }, /"steps" is no list/],
      [{ ...plan, steps: [{ id: 'a' }] }, /a step has not the form of one/],
      [{ ...plan, steps: [{ ...plan.steps[0], run: { teleport: true } }] }, /a step has not the form of one/],
      [
        {
          ...plan,
          steps: [
            { ...plan.steps[0], risk: 'change', run: undefined, upload: { path: '/a', mode: '0600', content: {} } },
          ],
        },
        /./,
      ],
      [undefined, /it is no object/],
    ] as const) {
      const told = await said(`${JSON.stringify({ kind: 'plan', atMs: 1, plan: broken })}\n${began}\n`);
      assert.equal(told.run, undefined);
      assert.match(told.why.join(), why);
    }
  });

  test('one that cannot be read at all is told', async () => {
    mkdirSync(join(folder, 'folder.jsonl'));
    const { why } = await said(`${head}\n`);
    assert.equal(why.length, 1);
    assert.match(why[0] ?? '', /EISDIR/);
  });

  test('copies stay while a journal cannot be read: its run may need them', async () => {
    const copies = join(folder, 'copies');
    mkdirSync(copies);
    writeFileSync(join(copies, 'snapshot'), '');
    writeFileSync(join(folder, 'other.jsonl'), `${began}\n`);
    const later = Date.now() + 30 * 86_400_000;
    await tidy(folder, copies, later);
    assert.deepEqual((await readRuns(folder)).lost.length, 1);
    assert.ok(existsSync(join(copies, 'snapshot')));
    rmSync(join(folder, 'other.jsonl'));
    await tidy(folder, copies, later);
    assert.ok(!existsSync(join(copies, 'snapshot')));
  });

  test('a run that went on after a torn line is read whole', async () => {
    writeFileSync(join(folder, 'torn.jsonl'), `${head}\n${began.slice(0, 12)}`);
    const journal = await openJournal(folder, 'torn');
    await journal.write({ kind: 'began', atMs: 2, step: 'a' });
    await journal.write({ kind: 'ended', atMs: 3, step: 'a', outcome: 'done' });
    const { runs, lost } = await readRuns(folder);
    assert.deepEqual([runs[0]?.steps.get('a'), lost.length], ['done', 0]);
  });
});
