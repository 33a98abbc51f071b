import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { newStamp } from '../../src/run/stamp';

describe('the stamp of a plan', () => {
  test('two plans of one second, or of a clock that was set back to it, have two', () => {
    const ms = Date.UTC(2026, 10, 21, 3, 15, 0);
    const stamps = Array.from({ length: 20 }, (_, i) => newStamp(ms + i));
    assert.equal(new Set(stamps).size, stamps.length);
    for (const each of stamps) assert.match(each, /^20261121-031500-[0-9a-f]{8}$/);
  });

  test('comes from one place: no adapter makes one of the clock alone', () => {
    const folders = ['src/cli', 'src/vscode/operations'];
    const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
    const own = files.filter((path) => /\.slice\(0, 19\)/.test(readFileSync(path, 'utf8')));
    assert.deepEqual(own, []);
    const given = files.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/\bstamp(?:: | = )(?!string\b)(\w+\(?)/g)].map((found) => found[1]),
    );
    assert.ok(given.length > 10, `${given}`);
    assert.deepEqual(
      given.filter((each) => each !== 'newStamp(' && each !== 'stampOfRestore(' && each !== 'record'),
      [],
    );
  });
});
