import assert from 'node:assert/strict';
import { test } from 'node:test';
import { say } from '../../src/base/message';
import { joinedConcerns } from '../../src/ops/render-plan';

test('concerns that differ by their host alone are one, with all hosts; others stay as they are', () => {
  const [small, full] = [say('{0}', 'the disk is small'), say('{0}', 'the disk is full')];
  const joined = joinedConcerns([
    { host: 'cp1', message: small },
    { message: small },
    { host: 'cp2', message: full },
    { host: 'cp3', message: small },
    { host: 'cp3', message: small, remedy: full },
  ]);
  assert.deepEqual(joined, [
    { host: 'cp1, cp3', message: small },
    { message: small },
    { host: 'cp2', message: full },
    { host: 'cp3', message: small, remedy: full },
  ]);
});
