import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LineIndex } from '../../../src/base/line-index';
import { render } from '../../../src/base/message';
import { sectionTypeOf } from '../../../src/catalog/haproxy/catalog';
import { analyseHaproxy } from '../../../src/model/haproxy/analysis';
import { conformance } from '../../../src/rules/haproxy/conformance';
import { diagnoseHaproxy } from '../../../src/rules/haproxy/diagnose';

const ids = new Set(conformance.map((each) => each.id));

interface Found {
  readonly line: number;
  readonly isError: boolean;
  readonly words: string;
}

function judge(text: string, version: readonly number[] | undefined): Found[] {
  const index = new LineIndex(text);
  return diagnoseHaproxy(analyseHaproxy({ path: 'haproxy.cfg', text, version }), [])
    .filter((each) => each.severity !== 'hint' && ids.has(each.rule))
    .map(({ span, severity, rule, message }) => {
      const line = index.positionAt(span.start).line + 1;
      return { line, isError: severity === 'error', words: `${line} ${severity} ${rule} ${render(message)}` };
    });
}

/**
 * Each text stands below what the releases that were asked said of it: `ok`, or the lines that they refused, with `-` where they named
 * none.
 */
const recorded = readFileSync('test/rules/haproxy/sections.txt', 'utf8')
  .split(/^(?==== )/m)
  .map((each) => {
    const end = each.indexOf('\n') + 1;
    const answers = each
      .slice(4, end)
      .trim()
      .split(' | ')
      .map((answer) => answer.split(' '))
      .map(([release = '', said = '']) => ({ version: release.split('.').map(Number), said }));
    return { text: each.slice(end), answers };
  });

test('sections are judged as the releases judge them', () => {
  for (const { text, answers } of recorded)
    for (const { version, said } of answers) {
      const found = judge(text, version);
      const shown = `${version.join('.')} says ${said} of\n${text}Haven: ${found.map(({ words }) => words).join('; ')}`;
      if (said === 'ok') assert.ok(!found.some(({ isError }) => isError), shown);
      else if (said === '-')
        assert.ok(
          found.some(({ isError }) => isError),
          shown,
        );
      else
        for (const line of said.split(',').map(Number))
          assert.ok(
            found.some((each) => each.line === line),
            shown,
          );
    }
});

test('where no release is known, what one of them takes has no error', () => {
  for (const { text, answers } of recorded) {
    if (!answers.some(({ said }) => said === 'ok')) continue;
    const errors = judge(text, undefined).filter(({ isError }) => isError);
    assert.deepEqual(errors, [], text);
  }
});

test('a line that is written once more, in a branch that nobody can decide, makes nothing wrong', () => {
  const version = [3, 2];
  for (const { text, answers } of recorded) {
    const isTaken = answers.some((each) => each.version.join('.') === '3.2' && each.said === 'ok');
    if (!isTaken || /^\s*\.(?:if|el)/m.test(text) || judge(text, version).length > 0) continue;
    const lines = text.split('\n');
    for (const [at, line] of lines.entries()) {
      if (line.trim() === '' || sectionTypeOf(line.trim().split(/\s/)[0] ?? '') !== undefined) continue;
      const [branch, end] = ['.if defined(NOBODY_SETS_THIS)', '.endif'];
      for (const block of [
        [branch, line, end],
        [branch, line, '.else', line, end],
        [branch, line, end, line],
        [line, branch, line, end],
      ]) {
        const changed = lines.toSpliced(at, 1, ...block).join('\n');
        assert.deepEqual(judge(changed, version), [], changed);
      }
    }
  }
});
