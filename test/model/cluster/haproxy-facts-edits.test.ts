import assert from 'node:assert/strict';
import { test } from 'node:test';
import { haproxyFacts } from '../../../src/model/cluster/facts/haproxy-facts';
import { analyseHaproxy } from '../../../src/model/haproxy/analysis';
import fc from '../../support/fast-check';

const line = fc.constantFrom(
  'defaults',
  'defaults d',
  'frontend a',
  'frontend b from d',
  'listen c',
  'backend a',
  'backend b',
  '  default_backend a',
  '  use_backend b if TRUE',
  '  bind :6443',
  '  bind 10.0.0.1:80,10.0.0.2:81 transparent',
  '  server s1 10.0.0.1:6443 check',
  '  server s2 "$HOST":6443',
  '  no server s1',
  '.if defined(X)',
  '.else',
  '.endif',
  '# note',
  '',
);
const lines = fc.array(line, { maxLength: 16 });

test('what an edited file says of its cluster is what the same text says when it is read anew', () => {
  const edit = fc.record({
    at: fc.nat(),
    remove: fc.integer({ min: 0, max: 2 }),
    put: fc.array(line, { maxLength: 2 }),
  });
  fc.assert(
    fc.property(lines, fc.array(edit, { minLength: 1, maxLength: 6 }), (start, edits) => {
      let now = [...start, ''];
      let text = now.join('\n');
      const source = { path: 'haproxy.cfg', version: [2, 6] };
      let analysis = analyseHaproxy({ ...source, text });
      haproxyFacts(analysis);
      for (const { at, remove, put } of edits) {
        const place = at % now.length;
        const gone = Math.min(remove, now.length - 1 - place);
        const head = now.slice(0, place).map((each) => `${each}\n`);
        const removed = now.slice(place, place + gone).map((each) => `${each}\n`);
        const from = head.join('').length;
        const change = {
          span: { start: from, end: from + removed.join('').length },
          newText: put.map((each) => `${each}\n`).join(''),
        };
        now = [...now.slice(0, place), ...put, ...now.slice(place + gone)];
        text = now.join('\n');
        analysis = analyseHaproxy({ ...source, text }, { analysis, edits: [change] });
        assert.deepEqual(haproxyFacts(analysis), haproxyFacts(analyseHaproxy({ ...source, text })), text);
      }
    }),
    { numRuns: 300 },
  );
});
