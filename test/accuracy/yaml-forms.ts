/** A source of numbers from 0 to 1. */
type Random = () => number;

const pick = <T>(from: readonly T[], random: Random): T => from[Math.floor(random() * from.length)] as T;

const plains = [
  ...['a', 'b c', 'true', 'yes', 'Off', 'y', 'null', '~', '0', '1', '-1', '+1', '01', '0644', '0o17', '0x1F', '0b11'],
  ...['1_000', '1e3', '1e10', '.5', '5.', '1.50', '-.inf', '.NaN', '2026-01-01', '2026-01-01T10:00:00Z', '12:30:45'],
  ...['a:b', 'a#b', 'a,b', '[a', 'x]', '192.0.2.1', 'fd00::1', '10.0.0.0/8', '-a', '--a', '?a', ':a', 'a: b', 'a #b'],
  ...[
    '<<',
    '=',
    '!',
    '*',
    '&',
    '%a',
    '@a',
    '`a',
    '|',
    '>',
    '"',
    "'",
    '{a',
    'x}',
    '{{ a }}',
    '${A}',
    '<A>',
    'ü',
    '가',
    '😀',
  ],
  ...[
    '099',
    '1__0',
    '_1',
    '0x',
    '1e',
    '+.5',
    '0.0',
    '1e-7',
    '123456789',
    '12345678901234567890123',
    '-0',
    '0o8',
    '1:20',
  ],
];
const quoteds = [
  ...[
    '""',
    "''",
    '"a"',
    "'a'",
    '"a b"',
    "'it''s'",
    '"\\n"',
    '"\\x41"',
    '"\\u00e9"',
    '"\\/"',
    '"\\ "',
    '"\\q"',
    '"\\e"',
  ],
  ...[
    '"a\\\n  b"',
    '"a\n\n  b"',
    "'a\n  b'",
    '"a: b"',
    '"#"',
    '"\t"',
    '"0644"',
    "'~'",
    '"\\"',
    "'\\'",
    '"a\nb"',
    "'a\nb'",
  ],
  ...[
    '"a" ',
    '"a"#b',
    '"a" #b',
    '"a"b',
    "'a'b",
    '"a",',
    '"a\n\tb"',
    '"a\n# b"',
    '"a\n--- b"',
    '"a\n---\nb"',
    '"a\n...\nb"',
  ],
];
const blocks = [
  ...[
    '|\n  a\n  b\n',
    '|-\n  a\n',
    '|+\n  a\n\n',
    '>\n  a\n  b\n',
    '>-\n  a\n\n  b\n',
    '|2\n    a\n',
    '|\n a\n  b\n',
    '|1\n a\n',
  ],
  ...[
    '|\n  a\n b\n',
    '|\n\n  a\n',
    '| # c\n  a\n',
    '|x\n  a\n',
    '|-2\n  a\n',
    '|0\n  a\n',
    '|\n\ta\n',
    '|\n  \ta\n',
    '>\n  a\n   b\n  c\n',
  ],
  ...['|\n', '|\n  # a\n', '|\n# a\n', '|2-\n   a\n', '>+\n\n', '|\n  a\n  ---\n', '|\n   \n  a\n'],
];
const flows = [
  ...[
    '[]',
    '{}',
    '[a, b]',
    '[a,b]',
    '[a, b,]',
    '[ a ]',
    '{a: b}',
    '{a: b, c: d}',
    '{a: b,}',
    '{a}',
    '{a, b}',
    '[a: b]',
  ],
  ...[
    '{"a":b}',
    '{"a":"b"}',
    '{a:b}',
    '{a: }',
    '{a:}',
    '[,]',
    '[a,,b]',
    '{,}',
    '[a b]',
    '["a" b]',
    '[a\n  b]',
    '[a,\n  b]',
  ],
  ...[
    '[a,\nb]',
    '[\na\n]',
    '{a: b,\nc: d}',
    '{\na: b\n}',
    '[\n  a\n  ]',
    '[\n  a,\n]',
    '[a, # c\n  b]',
    '[a #c\n , b]',
    '[a#b]',
  ],
  ...[
    '[[a], [b]]',
    '[{a: b}, c]',
    '{a: [b, c]}',
    '{a: {b: c}}',
    '[? a]',
    '{? a : b}',
    '[a, b',
    'a, b]',
    '[a]]',
    '{a: b',
    '[a}',
  ],
  ...[
    '[-a]',
    '[- a]',
    '[*x]',
    '[&x a, *x]',
    '[!!str 1]',
    '[:]',
    '[a:]',
    '[a:b]',
    '[\ta]',
    '[a,\tb]',
    '[a,\n\tb]',
    '["a\n b"]',
    '[%]',
  ],
  ...[
    '[|]',
    '[>a]',
    '[a]\n',
    '[a] # c',
    '[a]#c',
    '[a] b',
    '{a: b} c',
    '[1, 0x10, yes]',
    '[~]',
    '[null, ]',
    '{null: a}',
    '{1: a}',
  ],
  ...[
    '["a":b]',
    '["a" : b]',
    '{a : b}',
    '{"a" :b}',
    '[a, {b: c,\n d: e}]',
    '{a:\n  b}',
    '{a\n  : b}',
    '[a\n  : b]',
    '[---]',
    '[\n---\n]',
  ],
];
const nodes = [
  ...[
    '&x a',
    '*x',
    '&x',
    '!!str 1',
    '!!int "1"',
    '!!bool "true"',
    '!!float 1',
    '!!null ""',
    '!foo a',
    '!<a> b',
    '!!str',
    '! a',
    '&x &y a',
  ],
  ...[
    '&x [a]',
    '&x\n  a: b\n',
    '!!map {a: b}',
    '!!seq [a]',
    '!!binary aGk=',
    '!!timestamp 2026-01-01',
    '!!foo a',
    '&x !!str 1',
    '!!str &x 1',
  ],
  ...[
    '!!str ~',
    '!!int a',
    '!!bool 1',
    '!!int 0x10',
    '&a-b_c d',
    '&ü a',
    '&x: a',
    '*x : a',
    '* x',
    '& x',
    '!!float "1.5"',
    '!!set {a}',
  ],
];

function scalar(random: Random): string {
  const kind = random();
  if (kind < 0.45) return pick(plains, random);
  if (kind < 0.65) return pick(quoteds, random);
  if (kind < 0.85) return pick(flows, random);
  return pick(nodes, random);
}

const spaces = [' ', ' ', ' ', ' ', '  ', '\t', ' \t', ''];
const comments = ['', '', '', '', '', ' # c', ' #', '\t# c', ' #c: d', '#c', '  '];
const between = ['', '', '', '', '', '', '# c\n', '  # c\n', '\n', '   \n', '\t\n', '  \t# c\n', '#\n', ' \n\n'];

function entry(random: Random, indent: string, depth: number): string {
  const key = pick(
    [
      'a',
      'b',
      'c',
      'd-e',
      '"a"',
      "'f g'",
      'a b',
      '1',
      'yes',
      '~',
      '<<',
      '? a',
      '',
      'a:b',
      '"k\\u0041"',
      'x.y',
      '[a]',
      '&x a',
      '*x',
      '- a',
    ],
    random,
  );
  const name = random() < 0.75 ? pick(['a', 'b', 'c', 'd-e', 'f'], random) : key;
  const colon = random() < 0.93 ? ':' : pick([' :', ': :', '', ':\t', '\t:'], random);
  return `${indent}${name}${colon}${value(random, indent, depth)}`;
}

/** What stands behind a colon or a dash, to the end of its last line. */
function value(random: Random, indent: string, depth: number): string {
  const kind = random();
  const deeper = indent + pick(['  ', '  ', '  ', ' ', '    ', '\t', ''], random);
  if (kind < 0.45 || depth > 3)
    return `${pick(spaces, random)}${scalar(random).replaceAll('\n', random() < 0.6 ? `\n${indent}` : '\n')}${pick(comments, random)}\n`;
  if (kind < 0.53)
    return `${pick(spaces, random)}${pick(blocks, random).replaceAll('\n', `\n${indent}`).replace(/ +$/, '')}`;
  if (kind < 0.62)
    return `${pick(comments, random)}\n${pick(between, random)}${items(random, random() < 0.4 ? indent : deeper, depth + 1)}`;
  if (kind < 0.74)
    return `${pick(['', '', '', ' &x', ' !!map', ' &y', ' # c'], random)}\n${mapping(random, deeper, depth + 1)}`;
  if (kind < 0.8) return ` ${pick(plains, random)}\n${pick(between, random)}${deeper}${pick(plains, random)}\n`;
  if (kind < 0.84)
    return ` |\n${deeper}${pick(plains, random)}\n${pick(['', '\n', `${deeper} x\n`, `${indent}# c\n`, '# c\n'], random)}`;
  return ` ${pick(['a', '1', '"a"', 'true', '[a, b]'], random)}\n`;
}

function items(random: Random, indent: string, depth: number): string {
  let text = '';
  for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
    const dash = `${indent}-${pick([' ', ' ', ' ', ' ', '  ', '\t', '', '   '], random)}`;
    const kind = random();
    if (kind < 0.6) text += `${dash}${scalar(random).replaceAll('\n', `\n${indent}  `)}${pick(comments, random)}\n`;
    else if (kind < 0.75) text += `${dash}${mapping(random, `${indent}  `, depth + 1).trimStart()}`;
    else if (kind < 0.85) text += `${dash.trimEnd()}\n`;
    else text += `${dash}${items(random, `${indent}  `, depth + 1).trimStart()}`;
    text += pick(between, random);
    if (depth > 4) break;
  }
  return text;
}

function mapping(random: Random, indent: string, depth: number): string {
  let text = '';
  for (let count = 1 + Math.floor(random() * (depth === 0 ? 4 : 3)); count > 0; count--)
    text += `${pick(between, random)}${entry(random, indent, depth)}`;
  return text;
}

const heads = [
  '',
  '',
  '',
  '',
  '',
  '',
  '---\n',
  '--- # c\n',
  '%YAML 1.1\n---\n',
  '%YAML 1.2\n---\n',
  '%TAG ! !a\n---\n',
  '# c\n',
  '\n\n',
  '\ufeff',
  '...\n',
  '--- \n',
  '---\n---\n',
  '%FOO\n---\n',
  ' \n',
  '\t\n',
  '%YAML 1.3\n---\n',
  '%YAML 2.0\n---\n',
  '--- a\n',
  '---\ta: b\n',
  '--- {a: b}\n',
  '\ufeff---\n',
  '# c\n\ufeff',
];
const tails = [
  '',
  '',
  '',
  '',
  '',
  '',
  '---\n',
  '...\n',
  '---\nx: y\n',
  '# c',
  ' ',
  '\t',
  '\n\n',
  '...\nz',
  '\u0000',
  '---',
  '... # c\n',
  '---\n- a\n',
  '...\n---\nx: *x\n',
  '---\n"',
];

/** A text that is YAML or nearly so, in a form that people or programs may give it. */
export function yamlForm(random: Random): string {
  let text = `${pick(heads, random)}${mapping(random, random() < 0.95 ? '' : pick([' ', '  '], random), 0)}${pick(tails, random)}`;
  const twist = random();
  if (twist < 0.04) text = text.replaceAll('\n', '\r\n');
  else if (twist < 0.06) text = text.replaceAll('\n', '\r');
  else if (twist < 0.1) text = text.replace(/\n$/, '');
  else if (twist < 0.18) {
    const at = Math.floor(random() * (text.length + 1));
    text =
      text.slice(0, at) +
      pick(
        [
          ':',
          '"',
          "'",
          '#',
          ' #',
          ': ',
          ' ',
          '\t',
          '-',
          '{',
          '[',
          ',',
          '&',
          '*',
          '!',
          '|',
          '\n',
          '\u0085',
          '\u00a0',
          '\u2028',
          '\u200b',
          '\u0001',
          '\u007f',
          '\ufeff',
          '\r',
          ']',
          '}',
          '>',
          '%',
          '@',
          '\n\n',
          '\n  ',
          '---',
          '\\',
        ],
        random,
      ) +
      text.slice(at);
  } else if (twist < 0.24) {
    const at = Math.floor(random() * text.length);
    text = text.slice(0, at) + text.slice(at + 1);
  }
  return text;
}
