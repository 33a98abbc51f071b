import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { say } from '../../src/base/message';
import type { Plan, Step } from '../../src/ops/plan';
import { planDiscard } from '../../src/ops/restore/plan-discard';
import type { JournalEntry, RunOutcome } from '../../src/run/journal';
import { siteKey } from '../../src/run/own-folders';
import { copiesIn, tidy } from '../../src/run/tidy';

const dayMs = 86_400_000;
const nowMs = 1000 * dayMs;

const planOf = (operation: string, steps: readonly Step[] = []): Plan => ({
  operation,
  cluster: 'prod',
  title: say('{0}', operation),
  blockers: [],
  warnings: [],
  steps,
  wayBack: [],
  destructive: false,
});

const sends = (file: string, path = '/var/lib/haven/copy'): Step => ({
  id: 'script@cp1',
  host: 'cp1',
  title: say('{0}', 'send'),
  risk: 'change',
  upload: { content: { file, sha256: '', bytes: 1 }, path, mode: '0600', root: true },
});

describe('what outlives runs', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-tidy-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('a copy that goes to every server is one copy', () => {
    const plan = planOf('restore', [sends('/copies/a'), sends('/copies/a', '/elsewhere'), sends('/other/b')]);
    assert.deepEqual(copiesIn('/copies', plan), ['/copies/a']);
  });

  const runs = () => join(folder, 'runs');
  const copies = () => join(folder, 'snapshots');
  const journal = (id: string, plan: Plan, days: number, outcome?: RunOutcome) => {
    mkdirSync(runs(), { recursive: true });
    const atMs = nowMs - days * dayMs;
    const entries: JournalEntry[] = [
      { kind: 'plan', atMs, plan },
      ...(outcome === undefined ? [] : [{ kind: 'finished', atMs, outcome } as const]),
    ];
    writeFileSync(join(runs(), `${id}.jsonl`), entries.map((each) => `${JSON.stringify(each)}\n`).join(''));
  };
  const names = () => readdirSync(runs()).map((each) => each.replace('.jsonl', ''));

  test('journals of runs that are over go after 90 days; the newest fifty, broken ones and restores that lead back stay', async () => {
    const restore = (stamp: string) => planOf('restore', [sends('/x', `/var/lib/haven/restore-${stamp}/restore.sh`)]);
    for (let i = 0; i < 50; i++) journal(`new-${i}`, planOf('snapshot'), 200 + i / 100, 'done');
    journal('old', planOf('snapshot'), 300, 'done');
    journal('old-taken-back', planOf('push-config'), 300, 'undone');
    journal('broken', planOf('join'), 300, 'failed');
    journal('killed', planOf('join'), 300);
    journal('restored', restore('20240101-000000'), 300, 'done');
    journal('discarded', restore('20230101-000000'), 300, 'done');
    journal('discard', planDiscard(restore('20230101-000000'), '20230101-000000'), 250, 'done');
    await tidy(runs(), copies(), nowMs);
    assert.deepEqual(
      names().filter((each) => !each.startsWith('new-')),
      ['broken', 'killed', 'restored'],
    );
    assert.equal(names().filter((each) => each.startsWith('new-')).length, 50);
  });

  test('a copy of a snapshot goes after a week unless a run that broke off needs it', async () => {
    mkdirSync(copies(), { recursive: true });
    const put = (name: string, days: number) => {
      writeFileSync(join(copies(), name), 'x');
      const sec = (nowMs - days * dayMs) / 1000;
      utimesSync(join(copies(), name), sec, sec);
    };
    put('needed', 30);
    put('left', 30);
    put('fresh', 1);
    journal('needs-it', planOf('restore', [sends(join(copies(), 'needed'))]), 30, 'failed');
    await tidy(runs(), copies(), nowMs);
    assert.deepEqual(readdirSync(copies()).sort(), ['fresh', 'needed']);
    assert.ok(existsSync(join(copies(), 'needed')));
  });

  test('a cluster has one name for the editor and the command line', () => {
    assert.equal(siteKey('/srv/repo/haven.yaml', 'prod'), '/srv/repo/haven.yaml#prod');
    assert.equal(siteKey('C:\\repo\\haven.yaml', 'prod'), siteKey('c:/repo/haven.yaml', 'prod'));
  });
});
