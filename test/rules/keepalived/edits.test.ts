import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyseKeepalived, type KeepalivedAnalysis } from '../../../src/model/keepalived/analysis';
import { diagnoseKeepalived } from '../../../src/rules/keepalived/diagnose';
import fc from '../../support/fast-check';

/** What items of a file are made of: names, ids and addresses that clash now and then, and settings that others are read by. */
const name = fc.constantFrom('A', 'B', 'C', 'D');
const instance = fc
  .record({
    name,
    id: fc.integer({ min: 1, max: 4 }),
    address: fc.integer({ min: 1, max: 4 }),
    priority: fc.constantFrom('100', '0', '255', 'x'),
    track: fc.constantFrom('', 'chk_A', 'chk_B weight 5', 'chk_C'),
    extra: fc.constantFrom('', '  priorty 3\n', '  advert_int 1\n  advert_int 2\n', '  auth_pass x\n', '  nopreempt\n'),
  })
  .map(
    (of) =>
      `vrrp_instance ${of.name} {\n  state BACKUP\n  interface eth0\n  virtual_router_id ${of.id}\n  priority ${of.priority}\n${of.extra}  virtual_ipaddress {\n    10.0.0.${of.address}/24\n  }\n  track_script {\n    ${of.track}\n  }\n}\n`,
  );
const script = fc
  .record({ name, weight: fc.constantFrom('', '  weight -20\n', '  weight 0\n') })
  .map((of) => `vrrp_script chk_${of.name} {\n  script "/home/x/check.sh"\n${of.weight}}\n`);
const group = fc
  .tuple(name, fc.array(name, { minLength: 1, maxLength: 3 }))
  .map(([own, members]) => `vrrp_sync_group G_${own} {\n  group {\n    ${members.join('\n    ')}\n  }\n}\n`);
const globals = fc
  .subarray(['enable_script_security', 'script_user root', 'vrrp_strict', 'vrrp_version 3', 'default_interface eth0'])
  .map((lines) => `global_defs {\n  ${lines.join('\n  ')}\n}\n`);
const item = fc.oneof({ weight: 5, arbitrary: instance }, { weight: 2, arbitrary: script }, group, globals);
const file = fc.array(item, { minLength: 1, maxLength: 8 }).map((items) => items.join('\n'));

const typed = fc.oneof(
  fc.constantFrom('', ' ', '\n', '}', '{', '#', '"', '1', '2', 'A', 'B', 'x', '# note\n', '\n  priority 90\n'),
  item,
);
const edit = fc.record({ at: fc.nat(), length: fc.constantFrom(0, 0, 1, 2, 8, 60), newText: typed });

test('an edited file is judged as one that is read anew', () => {
  fc.assert(
    fc.property(file, fc.array(edit, { minLength: 1, maxLength: 6 }), (start, edits) => {
      let text = start;
      let analysis: KeepalivedAnalysis = analyseKeepalived({ path: 'keepalived.conf', text });
      diagnoseKeepalived(analysis, []);
      for (const { at, length, newText } of edits) {
        const from = at % (text.length + 1);
        const to = Math.min(text.length, from + length);
        text = text.slice(0, from) + newText + text.slice(to);
        const change = { span: { start: from, end: to }, newText };
        analysis = analyseKeepalived({ path: 'keepalived.conf', text }, { analysis, edits: [change] });
        const fresh = analyseKeepalived({ path: 'keepalived.conf', text });
        assert.deepEqual(diagnoseKeepalived(analysis, []), diagnoseKeepalived(fresh, []), text);
      }
    }),
    { numRuns: 300 },
  );
});

test('a letter typed into a line judges the file as one that is read anew', () => {
  const digit = fc.record({ at: fc.nat(), digit: fc.constantFrom('0', '1', '2', '3', '4') });
  fc.assert(
    fc.property(file, fc.array(digit, { minLength: 2, maxLength: 12 }), (start, digits) => {
      let text = start;
      let analysis: KeepalivedAnalysis = analyseKeepalived({ path: 'keepalived.conf', text });
      diagnoseKeepalived(analysis, []);
      for (const { at, digit } of digits) {
        const places = [...text.matchAll(/\d/g)].map((each) => each.index);
        const from = places[at % places.length];
        if (from === undefined) return;
        text = text.slice(0, from) + digit + text.slice(from + 1);
        const change = { span: { start: from, end: from + 1 }, newText: digit };
        analysis = analyseKeepalived({ path: 'keepalived.conf', text }, { analysis, edits: [change] });
        const fresh = analyseKeepalived({ path: 'keepalived.conf', text });
        assert.deepEqual(diagnoseKeepalived(analysis, []), diagnoseKeepalived(fresh, []), text);
      }
    }),
    { numRuns: 300 },
  );
});

test('a file of which one block takes the place of another is judged as one that is read anew', () => {
  const swap = fc.record({ at: fc.nat(), put: item });
  fc.assert(
    fc.property(fc.array(item, { minLength: 2, maxLength: 6 }), fc.array(swap, { maxLength: 6 }), (start, swaps) => {
      const items = [...start];
      let text = items.join('\n');
      let analysis: KeepalivedAnalysis = analyseKeepalived({ path: 'keepalived.conf', text });
      diagnoseKeepalived(analysis, []);
      for (const { at, put } of swaps) {
        const place = at % items.length;
        const from = items.slice(0, place).join('\n').length + (place === 0 ? 0 : 1);
        const change = { span: { start: from, end: from + (items[place]?.length ?? 0) }, newText: put };
        items[place] = put;
        text = items.join('\n');
        analysis = analyseKeepalived({ path: 'keepalived.conf', text }, { analysis, edits: [change] });
        const fresh = analyseKeepalived({ path: 'keepalived.conf', text });
        assert.deepEqual(diagnoseKeepalived(analysis, []), diagnoseKeepalived(fresh, []), text);
      }
    }),
    { numRuns: 300 },
  );
});
