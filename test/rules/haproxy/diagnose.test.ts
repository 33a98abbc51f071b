import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Diagnostic } from '../../../src/base/finding';
import { analyseHaproxy } from '../../../src/model/haproxy/analysis';
import { diagnoseHaproxy } from '../../../src/rules/haproxy/diagnose';
import fc from '../../support/fast-check';
import { filesBelow } from '../../support/files';
import { sharedFolder } from '../../support/shared';

function diagnose(text: string, version: readonly number[] | undefined = [2, 6]): Diagnostic[] {
  return diagnoseHaproxy(analyseHaproxy({ path: 'haproxy.cfg', text, version }), []);
}

const ids = (text: string, version?: readonly number[]) => diagnose(text, version).map((each) => each.rule);

test('the examples are clean for every release', () => {
  for (const path of filesBelow('examples', 'haproxy.cfg'))
    for (const version of [[2, 4], [2, 6], [3, 0], [3, 2], undefined])
      assert.deepEqual(ids(readFileSync(path, 'utf8'), version), [], `${path} ${version}`);
});

test('a misspelt word comes with the word that was meant', () => {
  const text = 'defaults\n    timout connect 5s\n';
  const [found] = diagnose(text);
  assert.equal(found?.rule, 'haproxy/unknown-keyword');
  assert.equal(text.slice(found.span.start, found.span.end), 'timout');
  assert.equal(found.fixes?.[0]?.edits[0]?.newText, 'timeout');
});

test('a keyword of another release is told apart from one that never was', () => {
  const shards = 'frontend a\n    mode http\n    timeout client 1s\n    bind :80 shards 2\n';
  assert.deepEqual(ids(shards, [2, 4]), ['haproxy/too-new-keyword']);
  assert.deepEqual(ids(shards, [2, 6]), []);
  assert.deepEqual(
    diagnose('global\n    nbproc 2\n', [2, 4]).map((each) => `${each.severity} ${each.rule}`),
    ['hint haproxy/removed-keyword', 'warning haproxy/nbproc-splits-state'],
  );
  assert.deepEqual(ids('global\n    nbproc 2\n', [2, 6]), ['haproxy/removed-keyword']);
});

test('names are found in the other files of the instance', () => {
  const one = analyseHaproxy({
    path: '1.cfg',
    version: [2, 6],
    text: 'frontend a\n  timeout client 1s\n  bind :80\n  default_backend b\n',
  });
  const two = analyseHaproxy({ path: '2.cfg', version: [2, 6], text: 'backend b\n' });
  assert.deepEqual(
    diagnoseHaproxy(one, []).map((each) => each.rule),
    ['haproxy/unknown-reference'],
  );
  assert.deepEqual(diagnoseHaproxy(one, [two]), []);
});

test('sections start from the defaults of the files before theirs', () => {
  const read = (path: string, text: string) => analyseHaproxy({ path, version: [2, 6], text });
  const main = (mode: string) =>
    read('lb/haproxy.cfg', `defaults\n  mode ${mode}\n  timeout client 1s\n  timeout connect 1s\n  option httpchk\n`);
  const web = read('lb/conf.d/1.cfg', 'frontend a\n  bind :80\n  option httplog\n  default_backend b\n');
  const app = read(
    'lb/conf.d/2.cfg',
    'backend b\n  server s 10.0.0.1:6443 check\n  server t 10.0.0.2:6443 check\n  timeout server 1s\n',
  );
  const of = (file: typeof web, others: readonly (typeof web)[]) =>
    diagnoseHaproxy(file, others).map((each) => `${each.severity} ${each.rule}`);
  assert.deepEqual(of(web, [main('http'), app]), []);
  assert.deepEqual(of(web, [main('tcp'), app]), ['warning haproxy/ignored-setting']);
  assert.deepEqual(of(app, [main('http'), web]), [
    'hint haproxy/no-redispatch',
    'warning haproxy/check-without-tls',
    'warning haproxy/check-without-tls',
  ]);
  const named = read('lb/conf.d/3.cfg', 'defaults d\n  mode tcp\nbackend c from d\n  server s 10.0.0.1:80\n');
  assert.deepEqual(of(named, [main('http'), app, web]), [
    'warning haproxy/missing-setting',
    'hint haproxy/unused-backend',
  ]);
  // Which of two main files the folder belongs to is not known.
  const second = read('lb/haproxy-b.cfg', 'defaults\n  mode tcp\n');
  assert.deepEqual(of(web, [main('tcp'), second, app]), []);
});

test('lines in a false branch are not judged, those in a true one are', () => {
  const of = (condition: string) => ids(`.if ${condition}\nglobal\n  nonsense\n.endif\n`);
  assert.deepEqual(of('0'), []);
  assert.deepEqual(of('version_before(2.6)'), []);
  assert.deepEqual(of('version_atleast(2.6) && 1'), ['haproxy/unknown-keyword']);
  assert.deepEqual(of('defined(SOMETHING)'), []);
  assert.deepEqual(of('nonsense(1)'), ['haproxy/bad-condition']);
});

const pieces = fc.constantFrom(
  'global',
  'defaults',
  'frontend f',
  'backend b',
  'listen l',
  'mode http',
  'mode tcp',
  'bind :80',
  'server s 10.0.0.1:80 check',
  'acl a path /x',
  'use_backend b if a',
  'default_backend b',
  'timeout client 5s',
  'http-request deny',
  '.if 0',
  '.endif',
  '"',
  '# c',
  '',
  'stick-table type ip size 1k',
  'http-request track-sc0 src',
  'defaults d',
  'backend c from d',
  'userlist u',
  'user x groups g',
  'peers p',
);

test('diagnostics after an edit are those of the text read from the start', () => {
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 14 }),
      fc.array(pieces, { maxLength: 2 }),
      fc.nat(),
      fc.nat(2),
      (lines, added, at, removed) => {
        const from = at % (lines.length + 1);
        const before = lines.map((each) => `${each}\n`).join('');
        const start = lines.slice(0, from).join('\n').length + (from === 0 ? 0 : 1);
        const end =
          start +
          lines
            .slice(from, from + removed)
            .map((each) => `${each}\n`)
            .join('').length;
        const newText = added.map((each) => `${each}\n`).join('');
        const text = before.slice(0, start) + newText + before.slice(end);
        const old = analyseHaproxy({ path: 'x', text: before, version: [2, 6] });
        diagnoseHaproxy(old, []);
        const again = analyseHaproxy(
          { path: 'x', text, version: [2, 6] },
          { analysis: old, edits: [{ span: { start, end }, newText }] },
        );
        assert.deepEqual(diagnoseHaproxy(again, []), diagnose(text));
      },
    ),
    { numRuns: 300 },
  );
});

test('another number of servers in a template is seen by what names them', () => {
  const before =
    'backend b\n  server-template s 3 a:1\nbackend c\n  server x a:1 track b/s3\n  server-template s 3 a:1\n  use-server s3 if TRUE\n';
  for (const start of [before.indexOf('3 a:1'), before.lastIndexOf('3 a:1')]) {
    const text = `${before.slice(0, start)}2${before.slice(start + 1)}`;
    const old = analyseHaproxy({ path: 'x', text: before, version: [2, 6] });
    diagnoseHaproxy(old, []);
    const edits = [{ span: { start, end: start + 1 }, newText: '2' }];
    const again = analyseHaproxy({ path: 'x', text, version: [2, 6] }, { analysis: old, edits });
    assert.deepEqual(diagnoseHaproxy(again, []), diagnose(text));
    assert.equal(diagnose(text).filter(({ rule }) => rule === 'haproxy/unknown-reference').length, 1);
  }
});

test('any text can be read and judged', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 12 }), (lines) => {
      const text = lines.join('\n');
      for (const { span } of diagnose(text))
        assert.ok(0 <= span.start && span.start <= span.end && span.end <= text.length);
    }),
  );
});

interface Probe {
  readonly id: string;
  readonly config: string;
  readonly severity: Readonly<Record<string, string>>;
}

const facts = sharedFolder('facts', 'haproxy');

test('what releases 2.4 to 3.4 accept has no error, and what they refuse is seen', {
  skip: facts === undefined,
}, () => {
  const text = readFileSync(join(facts ?? '', 'semantics-probes.json'), 'utf8');
  const unseen = new Map<string, number>();
  let refused = 0;
  for (const probe of (JSON.parse(text) as { records: Probe[] }).records) {
    for (const [release, severity] of Object.entries(probe.severity)) {
      // A 2.6 is read as the latest of its line, and releases under development are not read for.
      if (release === '2.6' || release.includes('dev')) continue;
      const found = diagnose(probe.config, release.split('.').slice(0, 2).map(Number));
      const errors = found.filter((each) => each.severity === 'error').map((each) => each.rule);
      if (['ok', 'warning', 'notice', 'ok-not-startable'].includes(severity))
        assert.deepEqual(errors, [], `${probe.id} ${release}`);
      if (severity !== 'fatal') continue;
      refused++;
      if (errors.length === 0) unseen.set(probe.id, (unseen.get(probe.id) ?? 0) + 1);
    }
  }
  const missed = [...unseen.values()].reduce((sum, each) => sum + each, 0);
  assert.ok(missed / refused < 0.18, `${missed} of ${refused} unseen: ${[...unseen.keys()].join(' ')}`);
});

test('where the release is assumed, only what every release refuses is an error', {
  skip: facts === undefined,
}, () => {
  const text = readFileSync(join(facts ?? '', 'semantics-probes.json'), 'utf8');
  let errors = 0;
  for (const probe of (JSON.parse(text) as { records: Probe[] }).records) {
    const found = diagnoseHaproxy(analyseHaproxy({ path: 'x.cfg', text: probe.config, version: undefined }), []);
    const rules = found.filter((each) => each.severity === 'error').map((each) => each.rule);
    if (Object.values(probe.severity).some((each) => ['ok', 'warning', 'notice', 'ok-not-startable'].includes(each)))
      assert.deepEqual(rules, [], probe.id);
    else if (rules.length > 0) errors++;
  }
  assert.ok(errors > 80, `${errors}`);
});

test('a name of two sections is an error where the release refuses it', () => {
  const sections = ['frontend a', 'backend a', 'listen b', 'backend b']
    .map((each) => `${each}\n  timeout client 1s\n  timeout connect 1s\n  timeout server 1s\n`)
    .join('');
  const of = (version: readonly number[] | undefined) =>
    diagnoseHaproxy(analyseHaproxy({ path: 'x.cfg', text: sections, version }), [])
      .filter((each) => each.rule === 'haproxy/duplicate-name')
      .map((each) => each.severity);
  assert.deepEqual(of([2, 6]), []);
  assert.deepEqual(of([3, 1]), []);
  assert.deepEqual(of([3, 2]), ['warning', 'error']);
  assert.deepEqual(of([3, 3]), ['error', 'error']);
  assert.deepEqual(of(undefined), ['warning', 'warning']);
});

test('a section that a release does not know keeps its lines', () => {
  const text = 'program p\n  command sleep 1\n';
  assert.deepEqual(ids(text, [3, 2]), []);
  assert.deepEqual(ids(text, [3, 4]), ['haproxy/removed-keyword', 'haproxy/removed-keyword']);
  assert.deepEqual(
    diagnoseHaproxy(analyseHaproxy({ path: 'x.cfg', text, version: undefined }), []).map((each) => each.severity),
    ['warning', 'warning'],
  );
});

const corpus = sharedFolder('corpus');

test('files that haproxy 2.6 accepts have no error', { skip: corpus === undefined }, () => {
  interface Entry {
    readonly file: string;
    readonly oracle: { readonly rc: number };
  }
  const entries = JSON.parse(readFileSync(join(corpus ?? '', 'manifest.json'), 'utf8')) as Entry[];
  let files = 0;
  for (const { file, oracle } of entries) {
    if (!file.startsWith('haproxy/') || (oracle.rc !== 0 && oracle.rc !== 2)) continue;
    const text = readFileSync(join(corpus ?? '', file), 'utf8');
    for (const version of [[2, 6], undefined]) {
      const found = diagnoseHaproxy(analyseHaproxy({ path: 'haproxy.cfg', text, version }), []);
      const errors = found.filter((each) => each.severity === 'error').map((each) => each.rule);
      assert.deepEqual(errors, [], `${file} ${version}`);
    }
    files++;
  }
  assert.ok(files > 50);
});
