import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { applyEdits, type Span } from '../../../src/base/span';
import { keepalivedLanguage } from '../../../src/service/keepalived';
import type { FormatOptions } from '../../../src/service/language';
import { parseKeepalived } from '../../../src/syntax/keepalived/parse';
import type { Statement } from '../../../src/syntax/keepalived/tree';
import fc from '../../support/fast-check';
import { filesBelow } from '../../support/files';
import { sharedFolder } from '../../support/shared';

const spaces: FormatOptions = { tabSize: 4, insertSpaces: true };
const layouts = (['keep', 'single', 'align'] as const).map((columns) => ({ ...spaces, columns }));

function formatted(text: string, options: FormatOptions = spaces, range?: Span): string {
  const analysis = keepalivedLanguage.analyse({ path: 'keepalived.conf', text, versions: {} });
  return applyEdits(text, keepalivedLanguage.format?.(analysis, options, range) ?? []);
}

/** What each host reads of a text, without where it stands: what no layout may change. */
function meaning(text: string): unknown {
  const read = ({ words, stray, block }: Statement): unknown => [
    words.map((each) => each.text),
    stray,
    block && [block.close === undefined, block.statements.map(read)],
  ];
  const ids = [undefined, ...new Set(parseKeepalived(text).conditions.map((each) => each.id))];
  return ids.map((id) => {
    const { items, definitions, includes, problems } = parseKeepalived(text, { id });
    return {
      items: items.map((each) => [read(each.statement), each.problems.map((problem) => problem.kind)]),
      definitions: definitions.map(({ name, value }) => [name, value]),
      includes: includes.map(({ keyword, pattern }) => [keyword, pattern]),
      problems: problems.map((each) => each.kind),
    };
  });
}

function checkLayouts(text: string): void {
  for (const options of layouts) {
    const once = formatted(text, options);
    assert.deepEqual(meaning(once), meaning(text), `meaning, columns ${options.columns}: ${text}`);
    assert.equal(formatted(once, options), once, `second time, columns ${options.columns}: ${text}`);
  }
}

test('lines stand as far in as blocks are open, braces where they were', () => {
  const text =
    '  vrrp_instance A\n{\nstate BACKUP   # it starts so\n  virtual_ipaddress { \n10.0.0.1/24  dev eth0\n}\n! a remark\n }\n\n\n$A=1\n';
  const wanted =
    'vrrp_instance A\n{\n    state BACKUP   # it starts so\n    virtual_ipaddress {\n        10.0.0.1/24  dev eth0\n    }\n    ! a remark\n}\n\n\n$A=1\n';
  assert.equal(formatted(text), wanted);
  assert.equal(formatted(text, { tabSize: 8, insertSpaces: false }), wanted.replaceAll('    ', '\t'));
});

test('values stand below each other where that is asked for', () => {
  const text = 'vrrp_instance A {\n    state BACKUP\n    virtual_router_id  51\n\n    priority   100\n}\n';
  assert.equal(
    formatted(text, { ...spaces, columns: 'align' }),
    'vrrp_instance A {\n    state             BACKUP\n    virtual_router_id 51\n\n    priority 100\n}\n',
  );
  assert.equal(formatted(text, { ...spaces, columns: 'single' }), text.replaceAll(/(?<=\S) +/g, ' '));
});

test('lines for one host are laid out as that host reads them', () => {
  const text = 'vrrp_instance A {\n@lb1 priority 100\n@lb2 track_script {\n@lb2 chk\n@lb2 }\nnopreempt\n}\n';
  assert.equal(
    formatted(text),
    'vrrp_instance A {\n    @lb1 priority 100\n    @lb2 track_script {\n        @lb2 chk\n    @lb2 }\n    nopreempt\n}\n',
  );
});

test('definitions of several lines and lines that are read in parts stay', () => {
  const text = '$A= \\\n  x  \\\n      y   \nvrrp_instance A {\n}\n';
  assert.equal(formatted(text), text);
  const long = `vrrp_instance A {\n  # ${'x'.repeat(1100)}\n}\n`;
  assert.equal(formatted(long), long);
});

test('only the lines of a range are touched', () => {
  const text = 'vrrp_instance A {\nstate BACKUP\npriority 1\n}\n';
  const at = text.indexOf('priority');
  assert.equal(formatted(text, spaces, { start: at, end: at }), 'vrrp_instance A {\nstate BACKUP\n    priority 1\n}\n');
});

test('a definition that names itself comes to an end', () => {
  checkLayouts('$A=1 ${A} ${A}\n${A}');
});

test('no text gets another meaning, and laying out twice is laying out once', () => {
  const word = fc.constantFrom(
    'a',
    'b',
    '{',
    '}',
    '"c d"',
    '"',
    '#',
    '! e',
    '@lb1 ',
    '@^lb1 ',
    '$A=1',
    '$A',
    '${A}',
    '~SEQ(i,1,2)',
    'include x',
    '\\',
    '\t',
    '   ',
  );
  const line = fc.array(word, { maxLength: 5 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), (lines, end) =>
      checkLayouts(lines.join(end)),
    ),
    { numRuns: 120, seed: 7 },
  );
});

test('real files keep their meaning', () => {
  const corpus = filesBelow(sharedFolder('corpus', 'keepalived') ?? '', '.conf').filter((_, i) => i % 4 === 0);
  for (const path of [...filesBelow('examples', '.conf'), ...corpus]) checkLayouts(readFileSync(path, 'utf8'));
});
