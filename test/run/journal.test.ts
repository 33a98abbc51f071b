import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { render, say } from '../../src/base/message';
import type { Plan } from '../../src/ops/plan';
import { isUnfinished, openJournal, readRecord, readRuns } from '../../src/run/journal';
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

  const written = [
    head,
    began,
    JSON.stringify({ kind: 'captured', atMs: 3, name: 'who', value: 'cp1' }),
    JSON.stringify({ kind: 'ended', atMs: 4, step: 'a', outcome: 'failed', reason: { message: say('{0}', 'no') } }),
    JSON.stringify({ kind: 'undo', atMs: 5, because: 'a' }),
    JSON.stringify({ kind: 'resumed', atMs: 6 }),
    JSON.stringify({ kind: 'finished', atMs: 7, outcome: 'done' }),
  ];

  test('torn at any byte, it says what its whole lines say, and goes on as if the last one had not been begun', async () => {
    const text = Buffer.from(written.map((line) => `${line}\n`).join(''));
    const ends = written.map((_, i) => Buffer.byteLength(written.slice(0, i + 1).join('\n')));
    const seen = ends.map((end) => readRecord('other', text.subarray(0, end + 1).toString()));
    for (let end = 0; end <= text.length; end++) {
      const torn = text.subarray(0, end);
      // A line is whole with its last byte; its newline may be missing.
      const whole = ends.filter((each) => each <= end).length;
      const read = readRecord('other', torn.toString());
      assert.deepEqual(read, whole === 0 ? undefined : seen[whole - 1], `${end} bytes`);
      if (read === undefined) continue;
      assert.equal(isUnfinished(read), whole < written.length, `${end} bytes`);
      if (end % 7 !== 0 && !ends.includes(end)) continue;
      writeFileSync(join(folder, 'torn.jsonl'), torn);
      await (await openJournal(folder, 'torn')).write({ kind: 'began', atMs: 9, step: 'later' });
      const after = readRecord('torn', readFileSync(join(folder, 'torn.jsonl'), 'utf8'));
      assert.deepEqual([after?.steps.get('later'), after?.lastMs], ['unknown', 9], `${end} bytes`);
    }
  });

  test('without any of its fields, or with another value in it, a line is passed over or told, and no list of runs stumbles', async () => {
    for (const [at, line] of written.entries()) {
      const entry = JSON.parse(line) as Record<string, unknown>;
      for (const key of Object.keys(entry)) {
        for (const value of [undefined, null, 7, [], {}, 'x'.repeat(9)]) {
          const odd = [...written];
          odd[at] = JSON.stringify({ ...entry, [key]: value });
          const where = `${key} = ${JSON.stringify(value)} in line ${at + 1}`;
          const { run, why } = await said(`${odd.join('\n')}\n`);
          assert.equal(run === undefined, why.length === 1, where);
          assert.ok(at === 0 || run !== undefined, where);
          if (run === undefined) continue;
          // What is shown of it, and what a run is gone on with.
          assert.ok([run.startedMs, run.lastMs].every(Number.isFinite), where);
          assert.ok([undefined, 'string'].includes(run.site === undefined ? undefined : typeof run.site), where);
          assert.ok(
            [...run.steps, ...run.captured].flat().every((each) => typeof each === 'string'),
            where,
          );
          if (run.reason !== undefined) assert.equal(typeof render(run.reason.message), 'string', where);
        }
      }
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
