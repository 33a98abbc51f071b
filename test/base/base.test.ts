import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGoBool } from '../../src/base/go-bool';
import { parseGoDuration } from '../../src/base/go-duration';
import { LineIndex } from '../../src/base/line-index';
import { render, say } from '../../src/base/message';
import { nearest, nearestName } from '../../src/base/nearest';
import { applyEdits } from '../../src/base/span';
import { compareVersions, parseVersion } from '../../src/base/version';
import fc from '../support/fast-check';

test('every offset survives the way to a position and back, and lines end where an editor ends them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '\n', '\r', '\r\n', '가', '😀')).map((parts) => parts.join('')),
      (text) => {
        const lines = new LineIndex(text);
        for (let offset = 0; offset <= text.length; offset++)
          assert.equal(lines.offsetAt(lines.positionAt(offset)), offset);
        const bodies = Array.from({ length: lines.lineCount }, (_, line) =>
          text.slice(lines.lineStart(line), lines.lineEnd(line)),
        );
        assert.deepEqual(bodies, text.split(/\r\n|\r|\n/));
      },
    ),
  );
});

test('a message fills its places and keeps what it does not know', () => {
  assert.equal(render(say('{0} of {1} {2}', 2, 'three')), '2 of three {2}');
  assert.equal(
    render(say('{0} of {1}', 'a', 'b'), () => '{1}의 {0}'),
    'b의 a',
  );
  const korean: Record<string, string> = { 'not read: {0}': '{0} 읽지 못함', '{0} is gone': '{0}이(가) 없어' };
  assert.equal(
    render(say('not read: {0}', say('{0} is gone', 'a')), (template) => korean[template]),
    'a이(가) 없어 읽지 못함',
    'a message in a message is in the same language',
  );
  assert.equal(render(say('{0}', '{1}'), undefined), '{1}');
});

test('the nearest word', () => {
  assert.equal(nearest('defualt_backend', ['default_backend', 'default-server']), 'default_backend');
  assert.equal(nearest('sever', ['server', 'stats']), 'server');
  assert.equal(nearest('MODE', ['mode']), 'mode');
  assert.equal(nearest('xyz', ['mode']), undefined);
  assert.equal(nearest('ab', ['ac']), undefined);
  assert.equal(nearest('option', ['option', 'options']), 'options');
});

test('the nearest of many names is found without a look at each of them', () => {
  let looked = 0;
  class Counted extends Map<string, number> {
    override *keys(): MapIterator<string> {
      for (const each of super.keys()) {
        looked++;
        yield each;
      }
    }
  }
  const names = new Counted();
  for (let i = 0; i < 3000; i++) names.set(`Backend-${i}`, i);
  for (let i = 0; i < 3000; i++) assert.equal(nearestName(`backendd-${i}`, names), `Backend-${i}`);
  assert.equal(nearestName('bcakend-2999', names), 'Backend-2999');
  assert.equal(nearestName('nothing like it', names), undefined);
  assert.equal(looked, 3000);
  names.set('later', 0);
  assert.equal(nearestName('latr', names), 'later');
  assert.equal(nearestName('latr', new Map([['later', 0]])), 'later');
});

test('edits apply in any order and refuse to overlap', () => {
  const edits = [
    { span: { start: 4, end: 5 }, newText: 'E' },
    { span: { start: 0, end: 1 }, newText: '' },
  ];
  assert.equal(applyEdits('abcdef', edits), 'bcdEf');
  assert.throws(() => applyEdits('abc', [...edits, { span: { start: 0, end: 2 }, newText: '' }]), RangeError);
});

test('versions', () => {
  assert.deepEqual(parseVersion('v1.34.1+k3s1'), [1, 34, 1]);
  assert.equal(parseVersion('none'), undefined);
  assert.ok(compareVersions([2, 6], [2, 6, 0]) === 0);
  assert.ok(compareVersions([2, 10], [2, 9]) > 0);
});

test('the truth values of Go and no others', () => {
  for (const yes of ['1', 't', 'T', 'true', 'TRUE', 'True']) assert.equal(parseGoBool(yes), true, yes);
  for (const no of ['0', 'f', 'F', 'false', 'FALSE', 'False']) assert.equal(parseGoBool(no), false, no);
  for (const none of ['', 'yes', 'on', 'tRUE', ' true', 'true\n']) assert.equal(parseGoBool(none), undefined, none);
});

test('a duration that Go cannot count in nanoseconds is none', () => {
  assert.equal(parseGoDuration('1h30m'), 5_400_000);
  assert.equal(parseGoDuration('2562047h'), 2_562_047 * 3_600_000);
  assert.equal(parseGoDuration('9999999h'), undefined);
});
