import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readDocument } from '../../../src/syntax/haproxy/document';
import { offsetsInRaw, scanLine } from '../../../src/syntax/haproxy/line';
import fc from '../../support/fast-check';
import { filesBelow } from '../../support/files';

const texts = (raw: string) => scanLine(raw).words.map((each) => each.text);

test('words are cut as the program cuts them', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['  bind\t:80  # all', ['bind', ':80']],
    ['log-tag a#b', ['log-tag', 'a']],
    ['acl a path \'/x y\' "p q"r', ['acl', 'a', 'path', '/x y', 'p qr']],
    ['a \\ b \\#c \\"d', ['a', ' b', '#c', '"d']],
    ['a \\x41 \\.b', ['a', 'A', '\\.b']],
    ['a \'\\n$X\' "\\$X"', ['a', '\\n$X', '$X']],
    ['a ""', ['a', '']],
    ['bind :80\r', ['bind', ':80']],
  ];
  for (const [raw, words] of cases) assert.deepEqual(texts(raw), words, raw);
});

test('what the tokenizer refuses is a fault on its place', () => {
  for (const raw of ['a "b', "a 'b", 'a \\x4g', 'a "$"', 'a "${X"', 'a "$1"']) assert.ok(scanLine(raw).fault, raw);
  for (const raw of ['a $X', "a '$'", 'a "$X"', 'a "${X-y}"', 'a "${X[*]}"', 'a \\q', `a${' b'.repeat(63)}`])
    assert.equal(scanLine(raw).fault, undefined, raw);
  assert.ok(scanLine(`a${' b'.repeat(64)}`).fault);
  assert.equal(scanLine('a "${X[*]}"').spread, true);
});

test('words, comment and blanks account for every character of any line', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...' \t#"\'\\$x{}4gab.'), maxLength: 40 }), (raw) => {
      const line = scanLine(raw);
      let at = 0;
      for (const word of line.words) {
        assert.match(raw.slice(at, word.start), /^\s*$/);
        assert.ok(word.end > word.start);
        at = word.end;
      }
      assert.match(raw.slice(at, line.comment < 0 ? raw.length : line.comment), /^\s*$/);
    }),
  );
});

test('a document read again after edits is the document read from the start', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '"', '#'), maxLength: 60 });
  fc.assert(
    fc.property(text, text, fc.nat(), fc.nat(), (before, newText, a, b) => {
      const start = a % (before.length + 1);
      const end = start + (b % (before.length - start + 1));
      const after = before.slice(0, start) + newText + before.slice(end);
      const edits = [{ span: { start, end }, newText }];
      const again = readDocument(after, { document: readDocument(before), edits });
      const fresh = readDocument(after);
      assert.deepEqual(again.lines, fresh.lines);
      assert.deepEqual(again.starts, fresh.starts);
    }),
  );
});

test('every prefix of the examples is a document', () => {
  for (const path of filesBelow('examples', '.cfg')) {
    const text = readFileSync(path, 'utf8');
    for (let end = 0; end <= text.length; end++) assert.equal(readDocument(text.slice(0, end)).text.length, end);
  }
});

test('every unit of a word is found again in what is written', () => {
  const line = fc.string({
    unit: fc.constantFrom('a', 'b', '"', "'", '\\', '$', '{', '}', 'n', 'x', '4', '1', ' '),
    maxLength: 24,
  });
  fc.assert(
    fc.property(line, (raw) => {
      const { words, fault } = scanLine(raw);
      if (fault !== undefined) return;
      for (const word of words) {
        const offsets = word.raw === undefined ? undefined : offsetsInRaw(word.raw);
        assert.equal(raw.slice(word.start, word.end), word.raw ?? word.text);
        if (offsets === undefined) continue;
        assert.equal(offsets.length, word.text.length, raw);
        for (let i = 0; i < offsets.length; i++)
          if ('ab'.includes(word.text[i] ?? '') && word.text[i] !== undefined)
            assert.equal(word.raw?.[offsets[i] ?? -1], word.text[i]);
      }
    }),
  );
});

test('words that lines share are those of the line itself', () => {
  const part = fc.constantFrom('server', 'a', 'b', '10.0.0.1:80', 'check inter 2s', 'check "x y"', '# c', '"$X"', '"');
  const line = fc
    .tuple(fc.constantFrom('', '  ', '\t'), fc.array(part, { maxLength: 6 }))
    .map(([blank, parts]) => blank + parts.join(' '));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      for (const { raw, words, comment, fault } of readDocument(lines.join('\n')).lines) {
        const alone = scanLine(raw);
        assert.deepEqual({ words, comment, fault }, { words: alone.words, comment: alone.comment, fault: alone.fault });
      }
    }),
  );
});
