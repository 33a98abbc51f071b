import { type Argument, blocks, type Keyword, keywords, parseArguments } from '../../src/catalog/keepalived';
import { listCases } from './keepalived-lists';

/** One line (or block) of a file, in the block that it is written in. */
export interface KeepalivedCase {
  /** What is tried, as the report counts it. */
  readonly group: string;
  readonly block: string;
  readonly keyword: string;
  readonly line: string;
}

/** What stands above all cases, for names to refer to. */
export const targets = `global_defs {
  script_user root
}
vrrp_script chk0 {
  script "/bin/true"
}
vrrp_track_process proc0 {
  process sshd
}
track_file file0 {
  file /tmp/haven-sweep-file
}
bfd_instance bfd0 {
  neighbor_ip 192.0.2.9
}
virtual_server_group group0 {
  192.0.2.10 80
}
`;

const names: Readonly<Record<string, string>> = {
  vrrp_script: 'chk0',
  vrrp_track_process: 'proc0',
  track_file: 'file0',
  bfd_instance: 'bfd0',
  virtual_server_group: 'group0',
};

interface Values {
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

function around(min: string, max: string, fraction: boolean): Values {
  const good = [min, max].filter((each) => each !== '');
  const step = (text: string, by: number) => String(Math.trunc(Number(text)) + by);
  return {
    good: [...good, ...(fraction && max !== '' ? [`${step(max, -1)}.5`] : []), ...(good.length === 0 ? ['3'] : [])],
    bad: [
      ...(min === '' ? [] : [step(min, -1)]),
      ...(max === '' ? [] : [step(max, 1)]),
      'many',
      '1s',
      '0x1',
      '1e1',
      '1,5',
      '1.5555555',
      '-0',
      '--1',
      '""',
    ],
  };
}

/** Values that a type takes and such that it does not; most of the latter are tried, not known. */
function valuesOf({ type, parameters }: Argument): Values {
  const [first = '', second = ''] = parameters;
  switch (type) {
    case 'int':
      return around(first, second, false);
    case 'float':
      return around(first, second, true);
    case 'bool':
      return { good: ['on', 'off', 'true', 'false', 'yes', 'no'], bad: ['1', 'ON', 'maybe', '""'] };
    case 'enum':
    case 'ienum': {
      const words = first.split('|');
      return {
        good: words,
        bad: ['nonsense', `${words[0]}x`, words[0]?.toLowerCase() ?? '', words[0]?.toUpperCase() ?? '', '""'],
      };
    }
    case 'ip':
      return { good: ['192.0.2.7', 'fe80::7'], bad: ['192.0.2', '192.0.2.256', 'host', '1:2:3', '192.0.2.7/24', '""'] };
    case 'multicast':
    case 'ipv4-multicast':
      return { good: ['224.0.0.18'], bad: ['192.0.2.7', 'host', '224.0.0', 'ff02::12'] };
    case 'ipv6-multicast':
      return { good: ['ff02::12'], bad: ['fe80::7', 'host', '224.0.0.18'] };
    case 'interface':
      return { good: ['eth0'], bad: ['an-interface-name-too-long'] };
    case 'name':
      return { good: [names[first] ?? 'name0'], bad: ['unknown_name'] };
    case 'script':
      return {
        good: ['/bin/true', '"/bin/true one"', "'/bin/true'", '"/bin/true \'one two\'"'],
        bad: ['""', '"/bin/true', "'/bin/true", '"/bin/true \'one"'],
      };
    case 'hex': {
      const digits = first === '' ? 4 : Number(first);
      return { good: ['f'.repeat(digits)], bad: ['xyz', 'f'.repeat(digits + 1), '""'] };
    }
    case 'hexmask':
      return { good: ['ff', 'ffXX', '"ff XX"'], bad: ['xyz', '12345', '""'] };
    case 'umask':
      return {
        good: ['022', '0', '777', 'IRUSR', 'IRUSR|IWUSR', '0x1f'],
        bad: ['1000', '8', 'rwx', 'IRUSR|', 'IRUSR|X', '""'],
      };
    case 'int-range-list':
      return { good: ['200', '200-299', '200 301-302'], bad: ['99', '600', '299-200', 'ok', '200-', '200 many', '""'] };
    case 'netmask-or-prefix':
      return { good: ['24', '255.255.255.0'], bad: ['0', '129', '255.255.255', 'many'] };
    case 'user':
    case 'group':
      return { good: ['root'], bad: [] };
    case 'path':
      return { good: ['/tmp/x', '"/tmp/x y"'], bad: ['""'] };
    case 'regex':
      return { good: ['"a+b"'], bad: ['""'] };
    default:
      return { good: ['word', '"two words"'], bad: ['""'] };
  }
}

/** Other forms of a line that mean the same, or nearly. */
function* forms(line: string): Iterable<string> {
  const [keyword = '', ...rest] = line.split(' ');
  if (rest.length > 0) yield `${keyword}\t\t${rest.join('  ')}   `;
  yield `"${keyword}"${rest.length > 0 ? ` ${rest.join(' ')}` : ''}`;
  yield `${line} # a comment`;
  yield `${line} ! a comment`;
  yield `${line} {`.replace(/ \{$/, ' {\n}');
}

function* casesOfKeyword(row: Keyword, block: string): Iterable<KeepalivedCase> {
  const made = (group: string, line: string): KeepalivedCase => ({ group, block, keyword: row.name, line });
  const args = parseArguments(row.args);
  const whole = [row.name, ...args.map((each) => valuesOf(each).good[0] ?? '')].join(' ');
  yield made('right', whole);
  for (const form of forms(whole)) yield made('written otherwise', form);
  yield made('word too many', `${whole} surplus`);
  yield made('twice', `${whole}\n${whole}`);
  yield made(
    'in upper case',
    whole.replace(/^\S+/, (word) => word.toUpperCase()),
  );
  for (let count = 0; count < args.length; count++)
    yield made(
      'value missing',
      whole
        .split(' ')
        .slice(0, count + 1)
        .join(' '),
    );
  for (const [index, each] of args.entries()) {
    const { good, bad } = valuesOf(each);
    const values = args.map((other) => valuesOf(other).good[0] ?? '');
    const withValue = (value: string) =>
      [row.name, ...values.map((other, at) => (at === index ? value : other))].join(' ');
    for (const value of good) yield made(`${each.type} right`, withValue(value));
    for (const value of bad) yield made(`${each.type} wrong`, withValue(value));
  }
}

/** Every keyword in each block that has it with right and wrong values, and in all other blocks. */
export function* keepalivedCases(): Iterable<KeepalivedCase> {
  for (const row of keywords) {
    if (row.block === true) continue;
    for (const block of row.in) yield* casesOfKeyword(row, block);
  }
  const places = ['(root)', ...new Set(blocks.filter((each) => each.lines !== true).map((each) => each.name))];
  const words = new Map([...keywords, ...blocks].map((row) => [row.name, row]));
  for (const block of places)
    for (const [name, row] of words) {
      const opens = blocks.find((each) => each.name === name);
      const line = opens === undefined ? `${name} 1` : `${name}${opens.named ? ' name9' : ''} {\n}`;
      const at = row.in.includes(block) || blocks.some((each) => each.name === name && each.in.includes(block));
      if (!at) yield { group: 'wrong block', block, keyword: name, line };
    }
  yield* listCases();
}
