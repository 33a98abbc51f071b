import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyReleaseRefuses } from '../../../src/model/haproxy/every-release';
import { readStatement } from '../../../src/model/haproxy/read-statement';
import { scanLine } from '../../../src/syntax/haproxy/line';

/** How often `word` is made small while `run` runs, with which each look at all known words begins. */
function looksFor(word: string, run: () => void): number {
  const { toLowerCase } = String.prototype;
  let looks = 0;
  String.prototype.toLowerCase = function (this: string) {
    if (String(this) === word) looks++;
    return toLowerCase.call(this);
  };
  try {
    run();
  } finally {
    String.prototype.toLowerCase = toLowerCase;
  }
  return looks;
}

test('what an unknown word was meant to be is looked for once, not for each release', () => {
  const looks = looksFor('Blaance', () => {
    const statement = readStatement(scanLine('Blaance roundrobin'), 'backend', 304);
    const [problem] = statement.problems;
    assert.equal(problem?.suggestion, 'balance');
    assert.ok(everyReleaseRefuses(statement, problem, () => true));
  });
  assert.equal(looks, 1);
});

test('the same word is meant for something else in another section', () => {
  const meant = (section: string) => readStatement(scanLine('peeer x'), section, 304).problems[0]?.suggestion;
  assert.deepEqual(['backend', 'peers', 'backend'].map(meant), ['peers', 'peer', 'peers']);
});
