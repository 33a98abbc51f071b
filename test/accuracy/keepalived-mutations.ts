import { keywords } from '../../src/catalog/keepalived';

/** One damage, done to one line of a file or to a block. */
interface Mutant {
  readonly name: string;
  readonly text: string;
}

type Random = () => number;
type Mutation = (lines: readonly string[], at: number, random: Random) => readonly string[] | undefined;

const wordsOf = (line: string): string[] => line.trim().split(/\s+/);
const indent = (line: string): string => /^\s*/.exec(line)?.[0] ?? '';
/** A line of words without quotes, comments, definitions or braces. */
const isPlain = (line: string): boolean => /^\s*[A-Za-z0-9]/.test(line) && !/["'\\#!{}$~@]/.test(line);
const isOpening = (line: string): boolean => /^\s*[a-zA-Z].*\{\s*$/.test(line) && !/["'#!$~@]/.test(line);
const isSetting = (line: string): boolean => isPlain(line) && /^\s*[a-zA-Z]/.test(line);

/** One letter of a word left out, put in, replaced, or exchanged with the next. */
export function typo(word: string, random: Random): string {
  const at = Math.floor(random() * word.length);
  switch (Math.floor(random() * 4)) {
    case 0:
      return word.slice(0, at) + word.slice(at + 1);
    case 1:
      return `${word.slice(0, at)}q${word.slice(at)}`;
    case 2:
      return `${word.slice(0, at)}z${word.slice(at + 1)}`;
    default:
      return at + 1 < word.length
        ? word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2)
        : `${word}x`;
  }
}

const withLine = (lines: readonly string[], at: number, ...fresh: readonly string[]): string[] => [
  ...lines.slice(0, at),
  ...fresh,
  ...lines.slice(at + 1),
];

function withWord(lines: readonly string[], at: number, index: number, word: string | undefined): string[] {
  const line = lines[at] ?? '';
  const words = wordsOf(line);
  if (word === undefined) words.splice(index, 1);
  else words[index] = word;
  return withLine(lines, at, indent(line) + words.join(' '));
}

/** Changes one line that `fits`. */
const line =
  (fits: (line: string) => boolean, change: (line: string, random: Random) => string | readonly string[]): Mutation =>
  (lines, at, random) => {
    const own = lines[at] ?? '';
    if (!fits(own)) return undefined;
    const fresh = change(own, random);
    return withLine(lines, at, ...(typeof fresh === 'string' ? [fresh] : fresh));
  };

/** Changes the first value that fits. */
const value =
  (fits: RegExp, change: (word: string, random: Random) => string, first = 1): Mutation =>
  (lines, at, random) => {
    const own = lines[at] ?? '';
    if (!isPlain(own)) return undefined;
    const words = wordsOf(own);
    const index = words.findIndex((each, i) => i >= first && fits.test(each));
    return index < 0 ? undefined : withWord(lines, at, index, change(words[index] ?? '', random));
  };

/** The lines of the block that opens at `at`, or undefined if none does. */
function blockAt(lines: readonly string[], at: number): readonly string[] | undefined {
  if (!isOpening(lines[at] ?? '')) return undefined;
  let depth = 0;
  for (let i = at; i < lines.length; i++) {
    const code = (lines[i] ?? '').replace(/[#!].*/, '');
    depth += (code.match(/\{/g)?.length ?? 0) - (code.match(/\}/g)?.length ?? 0);
    if (depth === 0) return lines.slice(at, i + 1);
  }
  return undefined;
}

const isTop = (own: string): boolean => /^[a-z]/.test(own);
const address = /^(?:\d+\.){3}\d+(?:\/\d+)?$|^[0-9a-f]*:[0-9a-f:]+(?:\/\d+)?$/;
const number = /^\d+$/;

const mutations: Readonly<Record<string, Mutation>> = {
  'keyword typo': (lines, at, random) => {
    const own = lines[at] ?? '';
    return isSetting(own) ? withWord(lines, at, 0, typo(wordsOf(own)[0] ?? '', random)) : undefined;
  },
  'block keyword typo': line(isOpening, (own, random) => own.replace(/[A-Za-z_]+/, (word) => typo(word, random))),
  'value typo': (lines, at, random) => {
    const words = wordsOf(lines[at] ?? '');
    const index = 1 + Math.floor(random() * (words.length - 1));
    return isPlain(lines[at] ?? '') && words.length > 1
      ? withWord(lines, at, index, typo(words[index] ?? '', random))
      : undefined;
  },
  'last word dropped': (lines, at) => {
    const words = wordsOf(lines[at] ?? '');
    return isPlain(lines[at] ?? '') && words.length > 1 ? withWord(lines, at, words.length - 1, undefined) : undefined;
  },
  'keyword dropped': (lines, at) =>
    isSetting(lines[at] ?? '') && wordsOf(lines[at] ?? '').length > 1 ? withWord(lines, at, 0, undefined) : undefined,
  'word too many': line(isPlain, (own) => `${own.trimEnd()} surplus`),
  'words swapped': (lines, at, random) => {
    const words = wordsOf(lines[at] ?? '');
    if (!isPlain(lines[at] ?? '') || words.length < 2) return undefined;
    const index = Math.floor(random() * (words.length - 1));
    [words[index], words[index + 1]] = [words[index + 1] ?? '', words[index] ?? ''];
    return withLine(lines, at, indent(lines[at] ?? '') + words.join(' '));
  },
  'equals sign': line(
    (own) => isSetting(own) && wordsOf(own).length === 2,
    (own) => `${indent(own)}${wordsOf(own).join(' = ')}`,
  ),
  colon: line(
    (own) => isSetting(own) && wordsOf(own).length === 2,
    (own) => `${indent(own)}${wordsOf(own).join(': ')}`,
  ),
  semicolon: line(isPlain, (own) => `${own.trimEnd()};`),
  'upper case': line(isSetting, (own) => own.replace(/[a-z]/, (letter) => letter.toUpperCase())),
  'number to text': value(number, () => 'many'),
  'number negative': value(number, (word) => `-${word}`),
  'number huge': value(number, () => '99999999999'),
  'number out of range': value(number, () => '256'),
  'number zero': value(number, () => '0'),
  'number with unit': value(number, (word) => `${word}s`),
  'number hexadecimal': value(number, (word) => `0x${word}`),
  'number with fraction': value(number, (word) => `${word}.55555555`),
  'number quoted with blank': value(number, (word) => `"${word} "`),
  'address broken': value(address, (word) => word.replace(/^\w+/, '300'), 0),
  'address short': value(/^(?:\d+\.){3}\d+/, (word) => word.replace(/\.\d+/, ''), 0),
  'address with letter': value(address, (word) => word.replace(/[\da-f](\/|$)/, 'x$1'), 0),
  'address with leading zero': value(/^(?:\d+\.){3}\d+/, (word) => word.replace(/\.(\d)/, '.0$1'), 0),
  'address doubled': value(address, (word) => `${word} ${word}`, 0),
  'prefix too long': value(/\/\d+$/, (word) => word.replace(/\d+$/, '129'), 0),
  'prefix to netmask': value(/^[\d.]+\/\d+$/, (word) => word.replace(/\d+$/, '255.255.255.0'), 0),
  'host name for address': value(address, () => 'node.example.com', 0),
  'quote opened': line(isPlain, (own) => own.replace(/(\S+)\s*$/, '"$1')),
  'quote lost': line(
    (own) => /"[^"]*"\s*$/.test(own) && !/[#!]/.test(own),
    (own) => own.replace(/"\s*$/, ''),
  ),
  'comment in the middle': line(
    (own) => isPlain(own) && wordsOf(own).length > 1,
    (own) => own.replace(/(\S+)\s*$/, '#$1'),
  ),
  'opening brace lost': line(isOpening, (own) => own.replace(/\s*\{\s*$/, '')),
  'opening brace doubled': line(isOpening, (own) => `${own.trimEnd()} {`),
  'closing brace lost': line(
    (own) => /^\s*\}\s*$/.test(own),
    () => [],
  ),
  'closing brace doubled': line(
    (own) => /^\s*\}\s*$/.test(own),
    (own) => [own, own],
  ),
  'settings on one line': (lines, at) => {
    const next = lines[at + 1] ?? '';
    return isSetting(lines[at] ?? '') && isSetting(next)
      ? [...lines.slice(0, at), `${(lines[at] ?? '').trimEnd()} ${next.trim()}`, ...lines.slice(at + 2)]
      : undefined;
  },
  'line doubled': line(isPlain, (own) => [own, own]),
  'line dropped': line(isPlain, () => []),
  'line from elsewhere': (lines, at, random) => {
    const others = lines.filter(isSetting);
    const other = others[Math.floor(random() * others.length)];
    return isSetting(lines[at] ?? '') && other !== undefined ? withLine(lines, at, lines[at] ?? '', other) : undefined;
  },
  'line outside of blocks': (lines, at) =>
    isSetting(lines[at] ?? '') ? [(lines[at] ?? '').trim(), ...lines.slice(0, at), ...lines.slice(at + 1)] : undefined,
  'block doubled': (lines, at) => {
    const block = blockAt(lines, at);
    return block === undefined ? undefined : [...lines.slice(0, at), ...block, ...lines.slice(at)];
  },
  'block dropped': (lines, at) => {
    const block = blockAt(lines, at);
    return block === undefined ? undefined : [...lines.slice(0, at), ...lines.slice(at + block.length)];
  },
  'block emptied': (lines, at) => {
    const block = blockAt(lines, at);
    return block === undefined || block.length < 3
      ? undefined
      : [...lines.slice(0, at + 1), block.at(-1) ?? '', ...lines.slice(at + block.length)];
  },
  'block to the end': (lines, at) => {
    const block = blockAt(lines, at);
    return block === undefined || !isTop(block[0] ?? '')
      ? undefined
      : [...lines.slice(0, at), ...lines.slice(at + block.length), ...block];
  },
  'block into a block': (lines, at) => {
    const block = blockAt(lines, at);
    const into = lines.findIndex((each, index) => index > at && isOpening(each) && isTop(each));
    return block === undefined || !isTop(block[0] ?? '') || into < 0
      ? undefined
      : [...lines.slice(0, at), ...lines.slice(at + block.length, into + 1), ...block, ...lines.slice(into + 1)];
  },
  'block name lost': line(
    (own) => isOpening(own) && wordsOf(own).length > 2,
    (own) => `${indent(own)}${wordsOf(own)[0]} {`,
  ),
  'block name of two words': line(
    (own) => isOpening(own) && wordsOf(own).length > 2,
    (own) => own.replace(/\s*\{\s*$/, ' more {'),
  ),
  'block name changed': line(
    (own) => isOpening(own) && wordsOf(own).length > 2,
    (own) => own.replace(/(\S+)\s*\{\s*$/, '$1_other {'),
  ),
  'state unknown': line(
    (own) => /^\s*state\s/.test(own) && isPlain(own),
    (own) => `${indent(own)}state PRIMARY`,
  ),
  'state MASTER': line(
    (own) => /^\s*state\s/.test(own) && isPlain(own),
    (own) => `${indent(own)}state MASTER`,
  ),
  'enumeration in lower case': value(/^[A-Z]{2,}$/, (word) => word.toLowerCase()),
  'boolean as number': value(/^(?:true|false|on|off|yes|no)$/, () => '1'),
  'priority 255': line(
    (own) => /^\s*priority\s/.test(own) && isPlain(own),
    (own) => `${indent(own)}priority 255`,
  ),
  'weight out of range': line(
    (own) => /^\s*weight\s/.test(own) && isPlain(own),
    (own) => `${indent(own)}weight 300`,
  ),
  'setting nopreempt': line(
    (own) => /^\s*state\s/.test(own),
    (own) => [own, `${indent(own)}nopreempt`],
  ),
  'setting preempt_delay': line(
    (own) => /^\s*state\s/.test(own),
    (own) => [own, `${indent(own)}preempt_delay 2000`],
  ),
  'setting version 3': line(
    (own) => /^\s*virtual_router_id\s/.test(own),
    (own) => [own, `${indent(own)}version 3`],
  ),
  'password long': line(
    (own) => /^\s*auth_pass\s/.test(own),
    (own) => `${indent(own)}auth_pass longer-than-eight`,
  ),
  'reference unknown': (lines, at) => {
    const head = lines.slice(0, at).findLast((each) => isOpening(each));
    const within = /^\s*(?:track_script|track_process|track_file|group|track_bfd)\s*\{/.test(head ?? '');
    return within && isPlain(lines[at] ?? '')
      ? withWord(lines, at, 0, `${wordsOf(lines[at] ?? '')[0]}_gone`)
      : undefined;
  },
  'address of the other family': line(
    (own) => /^\s*(?:\d+\.){3}\d+(?:\/\d+)?(?:\s|$)/.test(own) && isPlain(own),
    (own) => [own, `${indent(own)}fd00::7/64`],
  ),
  'definition unknown': line(
    (own) => isPlain(own) && wordsOf(own).length > 1,
    (own) => own.replace(/(\S+)\s*$/, '${NOT_SET}'),
  ),
  'no-break space': line(
    (own) => isPlain(own) && wordsOf(own).length > 1,
    (own) => own.trimEnd().replace(/ (?=\S+$)/, '\u00a0'),
  ),
  'line too long': line(isPlain, (own) => `${own} ${'x'.repeat(1100)} tail`),
  'sequence broken': line(isPlain, (own) => `~SEQ(i,1 ${own.trim()}`),
  'backslash at the end': line(isPlain, (own) => `${own.trimEnd()} \\`),
  'letter twice': line(isSetting, (own) => own.replace(/([a-z])/, '$1$1')),
  'dash for underscore': line(
    (own) => isSetting(own) && /^\s*[a-z]+_/.test(own),
    (own) => own.replace('_', '-'),
  ),
  'blank for underscore': line(
    (own) => isSetting(own) && /^\s*[a-z]+_/.test(own),
    (own) => own.replace('_', ' '),
  ),
  'blank in a keyword': line(isSetting, (own) => own.replace(/^(\s*[a-z]{2})(?=[a-z])/, '$1 ')),
  'letter of another script': line(isSetting, (own) => own.replace(/[aeo]/, (letter) => lookalikes[letter] ?? letter)),
  'zero-width space': line(isPlain, (own) => own.replace(/(\S)\s*$/, '$1\u200b')),
  'typographic quotes': line(
    (own) => isSetting(own) && wordsOf(own).length > 1,
    (own) => own.replace(/(\S+)\s*$/, '\u201c$1\u201d'),
  ),
  'full-width sign': line(isPlain, (own) => own.replace(/(\S)\s*$/, '$1\uff1b')),
  'carriage returns': (lines, at) => (at === 0 ? lines.map((each) => `${each}\r`) : undefined),
  'line in comment': line(isPlain, (own) => `# ${own}`),
  'opening line in comment': line(isOpening, (own) => `! ${own}`),
  'closing brace in comment': line(
    (own) => /^\s*\}\s*$/.test(own),
    (own) => `#${own}`,
  ),
  'slashes for a comment': line(isPlain, (own) => `${own.trimEnd()} // note`),
  'comment behind': line(isPlain, (own) => `${own.trimEnd()} # note`),
  'opening brace below': line(isOpening, (own) => [own.replace(/\s*\{\s*$/, ''), `${indent(own)}{`]),
  'opening brace glued': line(isOpening, (own) => own.replace(/\s+\{\s*$/, '{')),
  'closing brace behind': (lines, at) =>
    isSetting(lines[at] ?? '') && /^\s*\}\s*$/.test(lines[at + 1] ?? '')
      ? [...lines.slice(0, at), `${lines[at]} }`, ...lines.slice(at + 2)]
      : undefined,
  'block on one line': (lines, at) => {
    const block = blockAt(lines, at);
    return block === undefined || block.length > 6 || block.some((each) => /[#!]/.test(each))
      ? undefined
      : [...lines.slice(0, at), block.map((each) => each.trim()).join(' '), ...lines.slice(at + block.length)];
  },
  'other brackets': line(isOpening, (own) => own.replace('{', '[')),
  'opening brace on a setting': line(isSetting, (own) => `${own.trimEnd()} {`),
  'brace in the middle': line(
    (own) => isSetting(own) && wordsOf(own).length > 1,
    (own) => own.replace(/^(\s*\S+)/, '$1 {'),
  ),
  'value in quotes': line(
    (own) => isSetting(own) && wordsOf(own).length === 2,
    (own) => own.replace(/(\S+)\s*$/, '"$1"'),
  ),
  'value in single quotes': line(
    (own) => isSetting(own) && wordsOf(own).length === 2,
    (own) => own.replace(/(\S+)\s*$/, "'$1'"),
  ),
  'value empty': line(
    (own) => isSetting(own) && wordsOf(own).length === 2,
    (own) => own.replace(/(\S+)\s*$/, '""'),
  ),
  'keyword in quotes': line(isSetting, (own) => own.replace(/^(\s*)(\S+)/, '$1"$2"')),
  'values with comma': line(
    (own) => isPlain(own) && wordsOf(own).length > 1,
    (own) => own.replace(/(\S+)\s*$/, '$1,$1'),
  ),
  'number with plus': value(number, (word) => `+${word}`),
  'number with leading zeros': value(number, (word) => `00${word}`),
  'number with exponent': value(number, (word) => `${word}e1`),
  'number with percent': value(number, (word) => `${word}%`),
  'number with decimal comma': value(number, (word) => `${word},5`),
  'number one more than a byte': value(number, () => '65536'),
  'value on': value(/^\S+$/, () => 'on'),
  'value none': value(/^\S+$/, () => 'none'),
  'address with port': value(address, (word) => `${word}:80`, 0),
  'address with empty prefix': value(address, (word) => `${word.replace(/\/.*/, '')}/`, 0),
  'address with negative prefix': value(address, (word) => `${word.replace(/\/.*/, '')}/-1`, 0),
  'address with prefix apart': value(address, (word) => `${word.replace(/\/.*/, '')} /24`, 0),
  'address with scope': value(address, (word) => `${word}%eth0`, 0),
  'address in brackets': value(address, (word) => `[${word}]`, 0),
  'address list': value(address, (word) => `${word},${word}`, 0),
  'lines swapped': (lines, at) => {
    const [own = '', next = ''] = lines.slice(at, at + 2);
    return isPlain(own) && isPlain(next) && own !== next
      ? [...lines.slice(0, at), next, own, ...lines.slice(at + 2)]
      : undefined;
  },
  'line below its block': (lines, at) => {
    if (!isSetting(lines[at] ?? '') || !/^\s*\}\s*$/.test(lines[at + 1] ?? '')) return undefined;
    return [...lines.slice(0, at), lines[at + 1] ?? '', lines[at] ?? '', ...lines.slice(at + 2)];
  },
  'file cut': (lines, at) => (at > 0 && (lines[at] ?? '').trim() !== '' ? lines.slice(0, at) : undefined),
  'file cut in a line': (lines, at) => {
    const own = lines[at] ?? '';
    return isPlain(own) ? [...lines.slice(0, at), own.slice(0, indent(own).length + 3)] : undefined;
  },
  'keyword of the catalog': (lines, at, random) => {
    const rows = keywords.filter((each) => each.block !== true);
    const row = rows[Math.floor(random() * rows.length)];
    return isSetting(lines[at] ?? '') && row !== undefined
      ? withLine(lines, at, lines[at] ?? '', `${indent(lines[at] ?? '')}${row.name}`)
      : undefined;
  },
  'keyword of the catalog with a number': (lines, at, random) => {
    const row = keywords[Math.floor(random() * keywords.length)];
    return isSetting(lines[at] ?? '') && row !== undefined
      ? withLine(lines, at, lines[at] ?? '', `${indent(lines[at] ?? '')}${row.name} 3`)
      : undefined;
  },
  'include of nothing': line(isSetting, (own) => [own, 'include /nowhere/at-all.conf']),
  'strict include of nothing': line(isSetting, (own) => [own, 'includem /nowhere/at-all.conf']),
  'include without a path': line(isSetting, (own) => [own, 'include']),
  'definition in a block': (lines, at) => {
    const own = lines[at] ?? '';
    const words = wordsOf(own);
    return isSetting(own) && words.length === 2 && !/["']/.test(own)
      ? withLine(lines, at, `$GIVEN=${words[1]}`, `${indent(own)}${words[0]} $GIVEN`)
      : undefined;
  },
  'definition with blanks': line(
    (own) => isSetting(own) && wordsOf(own).length === 2,
    (own) => [`$GIVEN = ${wordsOf(own)[1]}`, `${indent(own)}${wordsOf(own)[0]} $GIVEN`],
  ),
  'definition of a line': line(isSetting, (own) => [`$GIVEN=${own.trim()}`, '$GIVEN']),
  'definition of lines': line(isSetting, (own) => ['$GIVEN= \\', `${own.trimEnd()} \\`, '', '$GIVEN']),
  'line for another host': line(isPlain, (own) => `@elsewhere ${own.trim()}`),
  'line for all but a host': line(isPlain, (own) => `@^elsewhere ${own.trim()}`),
  'condition without a line': line(isPlain, (own) => [own, '@elsewhere']),
  'condition apart': line(isPlain, (own) => `@ elsewhere ${own.trim()}`),
  'sequence of values': line(
    (own) => /^\s*\d+\.\d+\.\d+\.\d+(?:\/\d+)?\s*$/.test(own),
    (own) => `~SEQ(N, 1, 3) ${own.trim().replace(/\d+(\/\d+)?$/, '$N$1')}`,
  ),
  'list of values': line(
    (own) => /^\s*\d+\.\d+\.\d+\.\d+(?:\/\d+)?\s*$/.test(own),
    (own) => `~LST(N, 7, 8) ${own.trim().replace(/\d+(\/\d+)?$/, '$N$1')}`,
  ),
};

/** Cyrillic letters that look like Latin ones. */
const lookalikes: Readonly<Record<string, string>> = { a: '\u0430', e: '\u0435', o: '\u043e' };

/** Up to `each` mutants of every kind, at places that the random numbers choose. */
export function mutantsOf(text: string, random: Random, each: number): Mutant[] {
  const lines = text.split('\n');
  const mutants: Mutant[] = [];
  for (const [name, mutate] of Object.entries(mutations)) {
    const places = lines
      .map((_, at) => ({ at, key: random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ at }) => at);
    let made = 0;
    for (const at of places) {
      const changed = mutate(lines, at, random)?.join('\n');
      if (changed === undefined || changed === text) continue;
      mutants.push({ name, text: changed });
      if (++made === each) break;
    }
  }
  mutants.push({ name: 'byte order mark', text: `\ufeff${text}` });
  return mutants;
}
