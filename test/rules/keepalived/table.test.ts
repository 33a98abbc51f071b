import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { allRules } from '../../../src/rules';
import { sharedFolder } from '../../support/shared';

const rows = readFileSync('docs/keepalived-rules.md', 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [number, mistake, rules, reason] = line
      .split('|')
      .slice(1)
      .map((each) => each.trim());
    if (number === undefined || !/^KA\d+$/.test(number)) return [];
    const names = [...(rules ?? '').matchAll(/`([^`]+)`/g)].map((each) => each[1] ?? '');
    return [
      { number, mistake, reason, rules: names.map((each) => (each.includes('/') ? each : `keepalived/${each}`)) },
    ];
  });

test('every mistake has rules that there are, or a reason why files cannot tell', () => {
  const known = new Set(allRules.map((each) => each.id));
  for (const { number, mistake, rules, reason } of rows) {
    assert.ok(rules.length > 0 || reason !== '', `${number} has neither a rule nor a reason`);
    assert.deepEqual(
      rules.filter((each) => !known.has(each)),
      [],
      `${number} (${mistake}) names rules that are not there`,
    );
  }
});

test('every rule of keepalived that is advice stands in the table', () => {
  const named = new Set(rows.flatMap((each) => each.rules));
  // What keepalived itself refuses, and what stands in no list of mistakes because a release or a habit brought it.
  const others =
    /^keepalived\/(?:wrong-block|unbalanced-brace|unterminated-quote|bad-sequence|missing-argument|real-server-port|small-weight)$/;
  const missing = allRules.map((each) => each.id).filter((id) => id.startsWith('keepalived/') && !named.has(id));
  assert.deepEqual(
    missing.filter((id) => !others.test(id)),
    [],
  );
});

const facts = sharedFolder('facts', 'keepalived', 'rules.md');

test('no mistake of the notes is left out', { skip: facts === undefined && 'no notes beside the checkout' }, () => {
  const noted = [...readFileSync(facts ?? '', 'utf8').matchAll(/^- \*\*(KA\d+)\*\*/gm)].map((each) => each[1]);
  assert.deepEqual(
    noted.filter((each) => !rows.some((row) => row.number === each)),
    [],
  );
});
