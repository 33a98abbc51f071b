import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { placeProgram, printOf } from './lab/support/programs';

const folder = mkdtempSync(join(tmpdir(), 'haven-lab-programs-'));
after(() => rmSync(folder, { recursive: true }));

/** As an archive unpacks them: of one size, and the later release with an older date. */
function release(name: string, text: string, date: Date): string {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  utimesSync(file, date, date);
  return file;
}
const now = release('now', 'kubelet v1.34.1', new Date(2026, 1));
const next = release('next', 'kubelet v1.34.2', new Date(2025, 1));

test('a lab that is made again takes the programs of another release, also of the same size and older', () => {
  const place = join(folder, 'layer/usr/bin/kubelet');
  placeProgram(now, place);
  placeProgram(next, place);
  assert.equal(readFileSync(place, 'utf8'), 'kubelet v1.34.2');
  assert.equal(statSync(place).mode & 0o777, 0o755);
});

test('a program that is there already stays as it is: machines may stand on it', () => {
  const place = join(folder, 'kept/kubelet');
  placeProgram(now, place);
  const { ino } = statSync(place);
  placeProgram(now, place);
  assert.equal(statSync(place).ino, ino);
});

test('programs with other contents, in another place or absent have another print', () => {
  const prints = [[now, next], [next, now], [now], [now, join(folder, 'absent')]].map(printOf);
  assert.equal(new Set(prints).size, prints.length);
  assert.equal(printOf([now, next]), prints[0]);
});
