import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { goScalar } from '../../src/syntax/go-scalar';
import { parseLocatedYaml } from '../../src/syntax/located-yaml';
import fc from '../support/fast-check';
import { disagreement, type GoYamlVerdict } from '../support/go-yaml';

const problems = (text: string) => parseLocatedYaml(text).flatMap((each) => each.problems.map(({ code }) => code));

test('tabs are refused where they indent, and nowhere else', () => {
  for (const text of [
    'a:\n\tb: 1\n',
    'a: "x"\n\t\nb: 1\n',
    'a:\n  - x\n  \t\n  - y\n',
    'a:\n  -\tx\n',
    'a: "x"\n\t# c\n',
  ])
    assert.deepEqual(problems(text), ['tab'], JSON.stringify(text));
  for (const text of [
    'a:\t1\n',
    'a: 1\t# c\n',
    'a: x\n  \t\nb: 1\n',
    'a: [x,\n  \ty]\n',
    'a: "x\n  \ty"\n',
    'a: |\n  x\n  \ty\n',
    'a: x\n  \ty\n',
  ])
    assert.deepEqual(problems(text), [], JSON.stringify(text));
});

test('a bracket may close at the column of its key', () => {
  assert.deepEqual(problems('disable: [\n  traefik,\n]\nb: 1\n'), []);
});

test('what stands behind a quoted text, or is never closed, is a problem on its line', () => {
  assert.equal(problems('a: "x" y\nb: 1\n').length > 0, true);
  const [problem] = parseLocatedYaml('a: [x\n')[0]?.problems ?? [];
  assert.ok(problem !== undefined && problem.span.end <= 5);
});

test('the line breaks of YAML 1.1 are line breaks', () => {
  assert.deepEqual(parseLocatedYaml('a: 1\rb: 2\u0085c: 3\n')[0]?.root?.kind === 'map' && problems('a: 1\rb: 2\n'), []);
});

test('anchors that are missing are told, and a tag for text makes text of a number', () => {
  assert.deepEqual(problems('a: *x\n'), ['anchor', 'anchor'].slice(0, problems('a: *x\n').length));
  assert.ok(problems('a: *x\n').length > 0);
  const root = parseLocatedYaml('a: !!str 1\n')[0]?.root;
  const value = root?.kind === 'map' ? root.entries[0]?.value : undefined;
  assert.ok(value?.kind === 'scalar' && goScalar(value).type === 'text');
});

test('scalars are read as Go reads them', () => {
  const read = (text: string) => goScalar({ text, quoted: false });
  assert.deepEqual(read('0644'), { type: 'int', text: '420' });
  assert.deepEqual(read('yes'), { type: 'bool', text: 'true' });
  assert.deepEqual(read('1e10'), { type: 'float', text: '1e+10' });
  assert.deepEqual(read('12_3'), { type: 'int', text: '123' });
  assert.deepEqual(read('2026-01-01'), { type: 'text', text: '2026-01-01' });
  assert.deepEqual(read('~'), { type: 'null', text: '' });
});

test('every recorded form is taken, refused and read as by Go', () => {
  const forms = JSON.parse(readFileSync('test/syntax/go-yaml-forms.json', 'utf8')) as (GoYamlVerdict & {
    readonly text: string;
  })[];
  assert.ok(forms.length > 200);
  for (const { text, ...verdict } of forms) assert.equal(disagreement(text, verdict), undefined, JSON.stringify(text));
});

test('brackets and quotes may go on at the first column', () => {
  for (const text of ['a: [x,\ny]\nb: 1\n', 'a: "x\ny"\nb: 1\n', 'a: {\nb: c\n}\n'])
    assert.deepEqual(problems(text), [], JSON.stringify(text));
});

test('any text is read without an exception, and problems lie inside of it', () => {
  const parts = [
    'a',
    ':',
    ' ',
    '\n',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '#',
    '&x ',
    '*x',
    '|',
    '>',
    '\t',
    '%YAML 1.1',
    '---',
    '...',
    '? ',
    '!!str ',
    '\\',
    '😀',
    '\r',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 40 }), (words) => {
      const text = words.join('');
      for (const { problems } of parseLocatedYaml(text))
        for (const { span } of problems)
          assert.ok(0 <= span.start && span.start <= span.end && span.end <= text.length);
    }),
    { numRuns: 500 },
  );
});
