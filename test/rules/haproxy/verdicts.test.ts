import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { said, textOf } from './verdict-text';

/** The releases whose answers the letters of a row are: `a` taken, `r` refused (2.6.12, 3.0.11, 3.2.26, 3.4.7). */
const releases = [
  [2, 6],
  [3, 0],
  [3, 2],
  [3, 4],
];

const rows = readFileSync('test/rules/haproxy/verdicts.txt', 'utf8').split('\n').filter(Boolean);

test('single lines are judged as four releases judge them', () => {
  const disagreements = rows.flatMap((row) => {
    const [letters = '', line = ''] = [row.slice(0, row.indexOf(' ')), row.slice(row.indexOf(' ') + 1)];
    const text = textOf(line);
    return releases.flatMap((release, index) => {
      const found = said(text, release);
      const agreed = letters[index] === 'r' ? found.length > 0 : !found.includes('error');
      return agreed ? [] : [`${release.join('.')} ${letters[index]} ${line}`];
    });
  });
  assert.deepEqual(disagreements, []);
});

test('where no release is known, a line that one of them takes is no error', () => {
  const taken = rows.filter((row) => row.slice(0, row.indexOf(' ')).includes('a'));
  const refused = taken.filter((row) => said(textOf(row.slice(row.indexOf(' ') + 1)), undefined).includes('error'));
  assert.deepEqual(refused, []);
});
