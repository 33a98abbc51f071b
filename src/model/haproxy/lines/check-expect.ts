import { say } from '../../../base/message';
import { nearest } from '../../../base/nearest';
import type { Word } from '../../../syntax/haproxy/line';
import { readLogFormat } from '../log-format';
import type { Reader } from '../reader';
import { readSample } from '../sample';
import { regexFault } from '../values';
import { expected } from '../visit';

type Kind = 'http-check' | 'tcp-check';

const matches: Readonly<Record<Kind, readonly string[]>> = {
  'http-check': ['status', 'rstatus', 'hdr', 'fhdr', 'string', 'rstring', 'string-lf'],
  'tcp-check': ['string', 'rstring', 'string-lf', 'binary', 'rbinary', 'binary-lf'],
};

/** What stands behind each option, where only some words can. */
const statuses: ReadonlyMap<string, readonly string[]> = new Map([
  ['ok-status', ['L7OK', 'L7OKC', 'L6OK', 'L4OK']],
  ['error-status', ['L7RSP', 'L7STS', 'L7OKC', 'L6RSP', 'L4CON']],
  ['tout-status', ['L7TOUT', 'L6TOUT', 'L4TOUT']],
]);

const options: ReadonlySet<string> = new Set([
  'min-recv',
  'comment',
  'on-success',
  'on-error',
  'status-code',
  ...statuses.keys(),
]);

const nameMatches: readonly string[] = ['str', 'beg', 'end', 'sub', 'reg'];

const offered = {
  'http-check': { kind: 'words', words: [...matches['http-check'], ...options, '!'] },
  'tcp-check': { kind: 'words', words: [...matches['tcp-check'], ...options, '!'] },
} as const;

/** Reads what an answer has to be like: options and one match, in any order (parse_tcpcheck_expect in tcpcheck.c). */
export function readExpect(kind: Kind, reader: Reader, args: readonly Word[], line: Word): void {
  let match: Word | undefined;
  for (let at = 0; at < args.length; ) {
    const word = args[at];
    if (word === undefined || word.open) return;
    reader.expect(word, offered[kind]);
    if (/^!+$/.test(word.text)) {
      at++;
      continue;
    }
    const name = word.text.replace(/^!+/, '');
    if (name === 'custom') return;
    if (!matches[kind].includes(name) && !options.has(name)) {
      reportWord(reader, word, match === undefined ? matches[kind] : [...options]);
      return;
    }
    if (matches[kind].includes(name)) {
      if (match !== undefined) {
        reader.report('surplus-argument', word, say('one match is possible, and "{0}" stands in front', match.text));
        return;
      }
      match = word;
    }
    const next =
      name === 'hdr' || name === 'fhdr' ? readHeaderMatch(reader, args, at) : readValue(reader, args, at, name);
    if (next < 0) return;
    at = next;
  }
  if (match === undefined)
    reader.report('missing-argument', args.at(-1) ?? line, say('a match is missing: {0}', matches[kind].join(', ')));
}

function reportWord(reader: Reader, word: Word, possible: readonly string[]): void {
  reader.report('bad-value', word, say('"{0}" is not possible here; expected: {1}', word.text, possible.join(', ')), {
    suggestion: nearest(word.text, possible),
  });
}

/** Reads an option or a match and the word behind it; answers the index behind both, or -1 after a problem. */
function readValue(reader: Reader, args: readonly Word[], at: number, name: string): number {
  const value = args[at + 1];
  reader.expect(value, expected.pattern);
  if (value === undefined) {
    const word = args[at];
    if (word !== undefined) reader.report('missing-argument', word, say('a value is missing behind "{0}"', word.text));
    return -1;
  }
  if (value.open) return at + 2;
  const before = reader.problems.length;
  const possible = statuses.get(name);
  if (possible !== undefined && !possible.includes(value.text.toUpperCase())) reportWord(reader, value, possible);
  switch (name) {
    case 'status':
      if (!/^-?\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/.test(value.text))
        reader.report('bad-value', value, say('"{0}" is not a list of status codes such as 200,300-399', value.text));
      break;
    case 'string-lf':
    case 'binary-lf':
    case 'on-success':
    case 'on-error':
      readLogFormat(reader, value);
      break;
    case 'status-code':
      readSample(reader, value, 0, 'sample');
      break;
    case 'rstatus':
    case 'rstring':
    case 'rbinary': {
      const fault = regexFault(value.text);
      if (fault !== undefined) reader.report('bad-value', value, fault);
      break;
    }
    case 'binary':
      if (!/^(?:[0-9a-fA-F]{2})*$/.test(value.text))
        reader.report('bad-value', value, say('"{0}" is not an even number of hexadecimal digits', value.text));
      break;
    case 'min-recv':
      if (Number.parseInt(value.text, 10) < -1 || Number.parseInt(value.text, 10) > 2_147_483_647)
        reader.report('bad-value', value, say('{0} is out of range here', value.text));
  }
  return reader.problems.length > before ? -1 : at + 2;
}

/** `hdr { name | name-lf } [-m <method>] <name> [ { value | value-lf } [-m <method>] <value> ]`. */
function readHeaderMatch(reader: Reader, args: readonly Word[], from: number): number {
  const [header, name] = [args[from], args[from + 1]];
  if (header === undefined) return -1;
  if (name === undefined || args[from + 2] === undefined) {
    reader.report('missing-argument', name ?? header, say('{0} is missing behind "{1}"', 'name <header>', header.text));
    return -1;
  }
  if (name.open) return args.length;
  if (name.text !== 'name' && name.text !== 'name-lf') {
    reportWord(reader, name, ['name', 'name-lf']);
    return -1;
  }
  const behindName = readPattern(reader, args, from + 2, name);
  if (behindName < 0) return -1;
  const value = args[behindName];
  if (value === undefined || (value.text !== 'value' && value.text !== 'value-lf')) return behindName;
  return readPattern(reader, args, behindName + 1, value);
}

function readPattern(reader: Reader, args: readonly Word[], from: number, of: Word): number {
  let at = from;
  if (args[at]?.text === '-m') {
    const method = args[at + 1];
    if (method !== undefined && !method.open && !nameMatches.includes(method.text)) {
      reportWord(reader, method, nameMatches);
      return -1;
    }
    at += 2;
  }
  const pattern = args[at];
  if (pattern === undefined) {
    reader.report('missing-argument', of, say('a value is missing behind "{0}"', of.text));
    return -1;
  }
  if (of.text.endsWith('-lf') && !pattern.open) readLogFormat(reader, pattern);
  return reader.problems.length > 0 ? -1 : at + 1;
}
