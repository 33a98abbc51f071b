import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineIndex } from '../../src/base/line-index';
import { render, say } from '../../src/base/message';
import { nearest } from '../../src/base/nearest';
import { applyEdits } from '../../src/base/span';
import { compareVersions, parseVersion } from '../../src/base/version';

test('every offset survives the way to a position and back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '\n', '\r', '\r\n', '가', '😀')).map((parts) => parts.join('')),
      (text) => {
        const lines = new LineIndex(text);
        for (let offset = 0; offset <= text.length; offset++)
          assert.equal(lines.offsetAt(lines.positionAt(offset)), offset);
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
