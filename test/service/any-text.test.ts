import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { FileKind } from '../../src/base/file-kind';
import { kindOf } from '../../src/service/kind';
import { askAfterEdits, askEverything } from '../support/ask-everything';
import fc from '../support/fast-check';
import { filesBelow } from '../support/files';

interface Seed {
  readonly kind: FileKind;
  readonly path: string;
  readonly text: string;
}

const files = ['test/fixtures/clusters', 'examples'].flatMap((folder) =>
  filesBelow(folder, '').flatMap((path): Seed[] => {
    const text = readFileSync(path, 'utf8');
    const kind = kindOf(path, text);
    return kind === undefined ? [] : [{ kind, path, text }];
  }),
);
const runbooks = filesBelow('test/fixtures/runbooks', '.txt').flatMap((path) =>
  readFileSync(path, 'utf8')
    .split(/^=== (?=\S+ \|)/m)
    .slice(1)
    .map((each): Seed => {
      const [head = '', ...lines] = each.split('\n');
      return { kind: 'runbook', path: head.split(' ')[0] ?? '', text: lines.join('\n') };
    }),
);
const seedsByKind = new Map<FileKind, Seed[]>();
for (const each of [...files, ...runbooks]) {
  const known = seedsByKind.get(each.kind);
  if (known === undefined) seedsByKind.set(each.kind, [each]);
  else known.push(each);
}
const everyLine = [...files, ...runbooks].flatMap(({ text }) => text.split('\n').filter((line) => line.trim() !== ''));

const pieces = [
  ...[
    '\0',
    '\r',
    '\r\n',
    '\n',
    '\t',
    ' ',
    '\u{FEFF}',
    '\uD800',
    '\uDC00',
    '\u2028',
    '\u0085',
    'é',
    '한',
    '😀',
    '\x1b[0m',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '"',
    "'",
    '`',
    '\\',
    '$',
    '${',
    '$(',
    '<<EOF\n',
    '#',
    ';',
    ':',
    ': ',
    '- ',
    ',',
    '|',
    '>',
  ],
  ...[
    '&a ',
    '*a',
    '&a [*a, *a]',
    '<<: *a',
    '!!str ',
    '!x',
    '%YAML 1.1\n',
    '---\n',
    '...\n',
    '? ',
    '|-\n',
    '>+\n',
    '{{ x }}',
  ],
  ...[
    '.if 1\n',
    '.endif\n',
    '~SEQ(i, 1, 2)',
    '@host',
    '%[src]',
    '-',
    '--',
    '=',
    '0',
    '99999999999999999999',
    '1e9',
    'on',
  ],
  'x'.repeat(3000),
  '[{'.repeat(60),
  '('.repeat(200),
];

const change = fc.record({
  what: fc.constantFrom('insert', 'insert', 'remove', 'cut', 'line', 'copy', 'swap'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  piece: fc.constantFrom(...pieces),
  line: fc.constantFrom(...everyLine),
  length: fc.nat({ max: 30 }),
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(text: string, { what, at, piece, line, length }: Change): string {
  const place = Math.floor(at * text.length);
  const start = text.lastIndexOf('\n', place - 1) + 1;
  const next = text.indexOf('\n', place);
  const end = next < 0 ? text.length : next + 1;
  switch (what) {
    case 'insert':
      return text.slice(0, place) + piece + text.slice(place);
    case 'remove':
      return text.slice(0, place) + text.slice(place + length);
    case 'cut':
      return length < 25 ? text.slice(0, start) + text.slice(end) : text.slice(0, place);
    case 'line':
      return `${text.slice(0, start)}${line}\n${text.slice(start)}`;
    case 'copy':
      return text.slice(0, end) + text.slice(start);
    default:
      return text.slice(0, start) + text.slice(end) + text.slice(start, end);
  }
}

const numRuns = Number(process.env.HAVEN_RUNS ?? 60);

for (const [kind, seeds] of seedsByKind)
  test(`every feature of ${kind} answers for any text`, () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(change, { maxLength: 6 }),
        fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
        (seed, changes, places) => {
          const texts = [seed.text];
          for (const each of changes) texts.push(changed(texts.at(-1) ?? '', each));
          askEverything(kind, seed.path, texts.at(-1) ?? '', places);
          askAfterEdits(kind, seed.path, texts);
        },
      ),
      { numRuns },
    );
  });
