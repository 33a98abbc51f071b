import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { catalogTexts } from './support/catalog-texts';
import { filesBelow } from './support/files';

/** Korean by English template; one file for each area, merged by the build. */
function korean(): Map<string, string> {
  const folder = 'l10n/ko';
  return new Map(
    readdirSync(folder).flatMap((name) =>
      Object.entries(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, string>),
    ),
  );
}

function templates(): Set<string> {
  const found = new Set<string>();
  for (const path of [...filesBelow('src', '.ts'), ...filesBelow('webview', '.ts')]) {
    const calls = readFileSync(path, 'utf8').matchAll(
      /\b(?:say|l10n\.t)\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`([^`$]*)`)/g,
    );
    for (const each of calls) found.add((each[1] ?? each[2] ?? each[3] ?? '').replace(/\\(.)/g, '$1'));
  }
  return found;
}

const placeholders = (text: string) => [...new Set(text.match(/\{\d+\}/g) ?? [])].sort().join();

test('every message has its Korean text', () => {
  const known = korean();
  assert.deepEqual(
    [...templates()].filter((each) => !known.has(each)),
    [],
  );
});

test('every text of a catalog has its Korean text', () => {
  const known = korean();
  assert.deepEqual(
    catalogTexts.flatMap(({ needed }) => [...needed].filter((each) => !known.has(each))),
    [],
  );
});

test('no Korean text is left over, and each keeps the places of its arguments', () => {
  const used = new Set([...templates(), ...catalogTexts.flatMap((each) => [...each.needed, ...each.possible])]);
  const wrong = [...korean()].filter(
    ([english, text]) => !used.has(english) || placeholders(english) !== placeholders(text),
  );
  assert.deepEqual(wrong, []);
});

test('a text has its Korean in one file, which holds more than none', () => {
  const files = readdirSync('l10n/ko').map((name) => {
    const texts = Object.keys(JSON.parse(readFileSync(join('l10n/ko', name), 'utf8')) as object);
    assert.notEqual(texts.length, 0, name);
    return texts;
  });
  const all = files.flat();
  assert.deepEqual(
    all.filter((each, i) => all.indexOf(each) !== i),
    [],
  );
});

test('every message begins with a literal, so that it can be collected', () => {
  for (const path of filesBelow('src', '.ts')) {
    if (path === join('src', 'base', 'message.ts')) continue;
    const odd = readFileSync(path, 'utf8').match(/\bsay\(\s*[^'"`\s][^\n]*/g);
    assert.equal(odd, null, path);
  }
});
