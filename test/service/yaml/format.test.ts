import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TextEdit } from '../../../src/base/span';
import { formatYaml } from '../../../src/service/yaml/format';
import { parseLocatedYaml } from '../../../src/syntax/located-yaml';
import { yamlForm } from '../../accuracy/yaml-forms';
import fc from '../../support/fast-check';

const options = { tabSize: 2, insertSpaces: true };

function apply(text: string, edits: readonly TextEdit[]): string {
  return [...edits]
    .reverse()
    .reduce((now, { span, newText }) => now.slice(0, span.start) + newText + now.slice(span.end), text);
}

function format(text: string): string {
  return apply(
    text,
    formatYaml(
      text,
      parseLocatedYaml(text).map(({ root }) => root),
      options,
    ),
  );
}

const meaning = (text: string) =>
  JSON.stringify(parseLocatedYaml(text), (key, value: unknown) => (/[sS]pan$/.test(key) ? undefined : value));

test('keys and items stand one step in, comments with their lines, and texts move as a whole', () => {
  const given = [
    '# head  ',
    'apiServer:   ',
    '    # names',
    '    certSANs:',
    '        - a   # first',
    '        # none',
    '    extraArgs:',
    '        -   name: v',
    '            value: "4"',
    '    text: |',
    '        one  ',
    '          two',
    '    flow: [a,',
    '        b]',
    'tls-san:',
    '- x',
    '   # behind',
    '',
    'last: 1',
  ].join('\n');
  const wanted = [
    '# head',
    'apiServer:',
    '  # names',
    '  certSANs:',
    '    - a   # first',
    '    # none',
    '  extraArgs:',
    '    -   name: v',
    '        value: "4"',
    '  text: |',
    '      one  ',
    '        two',
    '  flow: [a,',
    '      b]',
    'tls-san:',
    '- x',
    '   # behind',
    '',
    'last: 1',
    '',
  ].join('\n');
  assert.equal(format(given), wanted);
});

test('an alias as a key stands where it is written, not where its anchor is', () => {
  const text = 'd: &x\n  a: b\n*x: # c\n  - 1\n  - 2\n';
  assert.equal(format(text), text);
});

test('a text that cannot be read is left as it is', () => {
  for (const text of ['a: [\n', 'a:\n\tb: 1\n', 'a: "x\n']) assert.equal(format(text), text);
});

test('formatting never changes what is read, keeps every comment, and is done after once', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      let state = seed >>> 0;
      const random = () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return state / 4_294_967_296;
      };
      const text = yamlForm(random);
      const once = format(text);
      assert.equal(meaning(once).replaceAll('"problems":[]', ''), meaning(text).replaceAll('"problems":[]', ''));
      assert.equal(once.replace(/\s+/g, ''), text.replace(/\s+/g, ''));
      assert.equal(format(once), once);
    }),
    { numRuns: 1500 },
  );
});

test('a mark of the byte order stays, and the first key at its place', () => {
  assert.equal(format('\ufefftls-san:\n   - a\n'), '\ufefftls-san:\n  - a\n');
});

test('a comment goes with the next line that has a place, past other comments', () => {
  assert.equal(format('a:\n    # x\n    # y\n    b: 1\n    # z\n'), 'a:\n  # x\n  # y\n  b: 1\n  # z\n');
});
