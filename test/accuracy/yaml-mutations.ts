import { typo } from './keepalived-mutations';

/** Forms of a value that YAML readers, and kubeadm behind them, take for one thing or another. */
const values = [
  ...[
    'true',
    'yes',
    'on',
    'No',
    '0',
    '01',
    '0x1f',
    '0o17',
    '1_000',
    '1e3',
    '1.5',
    '.5',
    '5.',
    '-1',
    'null',
    '~',
    '2026-01-01',
  ],
  ...[
    '""',
    "''",
    '"a"',
    '[]',
    '{}',
    '[a, b]',
    '{a: b}',
    'a b',
    '*x',
    '&a b',
    '!foo a',
    '!!str 1',
    '|',
    '>-',
    '"a" b',
    "'a' b",
  ],
  ...[
    'a: b',
    'a #b',
    '#b',
    '- a',
    '@a',
    '`a',
    '%a',
    '"\\q"',
    'a\tb',
    '1h',
    '1d',
    'a,b',
    '192.0.2.300',
    '[fd00::1]',
    'fd00::1',
  ],
  ...['10.0.0.0/8', '<VIP>', '?', ':', 'a:', '"', "'", '[', ']', '{', '}', 'https://a', 'A', 'a_b', 'a.', ''],
];
const characters = [':', '"', "'", '#', ' #', ': ', ' ', '\t', '-', '{', '[', ',', '&', '*', '!', '|', 'x'];
const wholeLines = [
  '# c',
  '  # c',
  '---',
  '...',
  '--- # c',
  '---a',
  '\t',
  '  \t',
  '- a',
  'x: 1',
  '  x: 1',
  '? a',
  'a',
  '<<: {}',
  'x: *y',
];
const endings = [' #c', '#c', ' x', '"', ' "x"', ',', ':', ': x', '\t', '\\'];

type Random = () => number;
const pick = <T>(from: readonly T[], random: Random): T | undefined => from[Math.floor(random() * from.length)];

type Change = (line: string, random: Random) => readonly string[] | undefined;
const entry = /^(\s*(?:- )?)([\w.-]+):(\s*)(.*)$/;

const changes: Readonly<Record<string, Change>> = {
  'another value': (line, random) => {
    const value = pick(values, random) ?? '';
    const [, lead, name] = entry.exec(line) ?? [];
    return [name === undefined ? line.replace(/- .*/, `- ${value}`) : `${lead}${name}: ${value}`];
  },
  'a field misspelt': (line, random) => {
    const [, lead = '', name, space = '', value = ''] = entry.exec(line) ?? [];
    return name === undefined ? undefined : [`${lead}${typo(name, random)}:${space}${value}`];
  },
  'a line twice': (line) => [line, line],
  'a line gone': () => [],
  'a line further in': (line) => [` ${line}`],
  'a line further out': (line) => [line.replace(/^ /, '')],
  'a tab in front': (line) => [line.replace(/^(\s*)/, '$1\t')],
  'a character more': (line, random) => {
    const at = Math.floor(random() * (line.length + 1));
    return [line.slice(0, at) + (pick(characters, random) ?? '') + line.slice(at)];
  },
  'a character less': (line, random) => {
    const at = Math.floor(random() * line.length);
    return [line.slice(0, at) + line.slice(at + 1)];
  },
  'a line more': (line, random) => [pick(wholeLines, random) ?? '', line],
  'something behind': (line, random) => [`${line}${pick(endings, random) ?? ''}`],
};

/** Damaged forms of a text: `each` of every kind of damage, on lines that the seed chooses. */
export function* yamlMutants(
  text: string,
  random: Random,
  each: number,
): Iterable<{ readonly name: string; readonly text: string; readonly line: number }> {
  const lines = text.split('\n');
  for (const [name, change] of Object.entries(changes))
    for (let count = 0; count < each; count++) {
      const line = Math.floor(random() * (lines.length - 1));
      const fresh = change(lines[line] ?? '', random);
      const mutant =
        fresh === undefined ? text : [...lines.slice(0, line), ...fresh, ...lines.slice(line + 1)].join('\n');
      if (mutant !== text) yield { name, text: mutant, line };
    }
}
