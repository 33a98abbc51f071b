import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { applyEdits, type Span } from '../../../src/base/span';
import { haproxyLanguage } from '../../../src/service/haproxy';
import type { FormatOptions } from '../../../src/service/language';
import { scanLine } from '../../../src/syntax/haproxy/line';
import fc from '../../support/fast-check';
import { filesBelow } from '../../support/files';
import { sharedFolder } from '../../support/shared';

const spaces: FormatOptions = { tabSize: 4, insertSpaces: true };
const layouts = (['keep', 'single', 'align'] as const).map((columns) => ({ ...spaces, columns }));

function formatted(text: string, options: FormatOptions = spaces, range?: Span): string {
  const analysis = haproxyLanguage.analyse({ path: 'haproxy.cfg', text, versions: {} });
  return applyEdits(text, haproxyLanguage.format?.(analysis, options, range) ?? []);
}

/** The words and comments of each line: what no layout may change. */
const tokens = (text: string) =>
  text.split('\n').map((raw) => {
    const { words, comment } = scanLine(raw);
    return [...words.map((word) => raw.slice(word.start, word.end)), comment < 0 ? '' : raw.slice(comment).trimEnd()];
  });

function checkLayouts(text: string): void {
  for (const options of layouts) {
    const once = formatted(text, options);
    assert.deepEqual(tokens(once), tokens(text), `tokens, columns ${options.columns}: ${text}`);
    assert.equal(formatted(once, options), once, `second time, columns ${options.columns}: ${text}`);
  }
}

test('headers at the margin, their lines one step in, comments where they belong', () => {
  const text =
    ' global\nmaxconn 5   \n\t# of the section\nlog  stdout local0 # here\n\n# of the next\n frontend f\n bind :1\n';
  const wanted =
    'global\n    maxconn 5\n    # of the section\n    log  stdout local0 # here\n\n# of the next\nfrontend f\n    bind :1\n';
  assert.equal(formatted(text), wanted);
  assert.equal(formatted(text, { tabSize: 8, insertSpaces: false }), wanted.replaceAll('    ', '\t'));
});

test('columns stand below each other where that is asked for', () => {
  const text = 'backend b\n    server a 10.0.0.1:1 check\n    server  long 10.0.0.10:10   check\n';
  assert.equal(
    formatted(text, { ...spaces, columns: 'align' }),
    'backend b\n    server a    10.0.0.1:1   check\n    server long 10.0.0.10:10 check\n',
  );
  assert.equal(
    formatted(text, { ...spaces, columns: 'single' }),
    'backend b\n    server a 10.0.0.1:1 check\n    server long 10.0.0.10:10 check\n',
  );
});

test('only the lines of a range are touched', () => {
  const text = 'frontend f\nbind :1\nmode tcp\n';
  const at = text.indexOf('mode');
  assert.equal(formatted(text, spaces, { start: at, end: at + 2 }), 'frontend f\nbind :1\n    mode tcp\n');
});

test('lines that begin with an unknown word stay where they are: it may be a header with a slip in it', () => {
  const text = 'bakend b\n    server a 10.0.0.1:1\n\nfrontend f\n    bind :1\nbakend c\n    servr a 10.0.0.1:1\n';
  assert.equal(formatted(text), text);
  // What only a younger release knows is no slip.
  const young = haproxyLanguage.analyse({
    path: 'a.cfg',
    text: 'global\ncpu-policy x\n',
    versions: { haproxy: [2, 6] },
  });
  assert.equal(haproxyLanguage.format?.(young, spaces)[0]?.newText, '    cpu-policy x');
});

test('lines that cannot be read, conditions and line ends stay', () => {
  const broken = 'frontend f\n  bind "open\n';
  assert.equal(formatted(broken), broken);
  assert.equal(formatted('.if defined(X)\r\nglobal\r\n maxconn 5\r\n.endif\r\n').includes('.if defined(X)\r\n'), true);
  checkLayouts('global\r\nmaxconn 5\r\n');
});

test('no text loses a token, and laying out twice is laying out once', () => {
  const word = fc.constantFrom(
    'global',
    'backend',
    'server',
    'a',
    '"b c"',
    "'d'",
    '\\ ',
    '.if',
    '# e',
    '"',
    '\t',
    '  ',
  );
  const line = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => checkLayouts(lines.join('\n'))),
    { numRuns: 200, seed: 7 },
  );
});

test('real files keep their tokens', () => {
  const corpus = filesBelow(sharedFolder('corpus', 'haproxy') ?? '', '.cfg');
  for (const path of [...filesBelow('examples', '.cfg'), ...corpus]) checkLayouts(readFileSync(path, 'utf8'));
});
