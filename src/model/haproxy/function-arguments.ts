import { type Message, say } from '../../base/message';
import type { Release } from '../../catalog/haproxy/catalog';
import { regexFault } from './values';
import { variableFault } from './variables';

/** What is wrong with one argument of a fetch or converter. */
export interface ArgumentFault {
  readonly index: number;
  readonly message: Message;
}

export type Check = (given: readonly string[], release: Release) => ArgumentFault | undefined;

const isWhole = (text: string): boolean => /^[+-]?\d+$/.test(text);

/** From here on `bytes` takes the names of variables, and numbers that make sense only. */
const bytesOfVariables: Release = 209;
/** From here on `set-var` takes conditions behind the name. */
const conditionalVariables: Release = 206;

export const oneOf =
  (index: number, words: readonly string[], needed = false): Check =>
  (given) => {
    const word = given[index];
    if (word === undefined || (word === '' && !needed) || words.includes(word)) return undefined;
    return { index, message: say('"{0}" is not possible here; expected: {1}', word, words.join(', ')) };
  };

const variable =
  (index: number, needed: boolean): Check =>
  (given) => {
    const name = given[index];
    if (name === undefined || (name === '' && !needed)) return undefined;
    const message = variableFault(name);
    return message === undefined ? undefined : { index, message };
  };

/** A whole number or the name of a variable; of numbers those from `least` on. */
const operand =
  (index: number, least = Number.NEGATIVE_INFINITY): Check =>
  (given) => {
    const text = given[index];
    if (text === undefined || text === '' || variableFault(text) === undefined) return undefined;
    if (isWhole(text) && Number(text) >= least) return undefined;
    return {
      index,
      message: Number.isFinite(least)
        ? say('"{0}" is neither a number from {1} on nor a variable', text, least)
        : say('"{0}" is neither a whole number nor a variable', text),
    };
  };

const mask =
  (index: number, longest: 32 | 128): Check =>
  (given) => {
    const text = given[index];
    if (text === undefined || (text === '' && index > 0) || (/^\d+$/.test(text) && Number(text) <= longest))
      return undefined;
    if (longest === 32 ? isDottedMask(text) : text.includes(':')) return undefined;
    return { index, message: say('"{0}" is not a mask: a number up to {1} is expected', text, longest) };
  };

const isDottedMask = (text: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) && text.split('.').every((each) => Number(each) <= 255);

export const number =
  (index: number, fits: (value: number) => boolean, expected: string): Check =>
  (given) => {
    const text = given[index];
    if (text === undefined || text === '' || !isWhole(text) || fits(Number(text))) return undefined;
    return { index, message: say('{0} is not possible here; expected: {1}', text, expected) };
  };

export const all =
  (...checks: readonly Check[]): Check =>
  (given, release) => {
    for (const check of checks) {
      const fault = check(given, release);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };

const piece: Check = (given) => {
  if (Number(given[0]) === 0) return { index: 0, message: say('the first piece is number 1, the last one -1') };
  return given[1] === '' ? { index: 1, message: say('the signs that separate are missing') } : undefined;
};

const chunkSize: Check = (given) =>
  Number(given[1] ?? 0) <= 0 && ((given[0] ?? '') !== '' || Number(given[2] ?? 0) !== 0)
    ? { index: 1, message: say('the size of the pieces is missing: a number from 1 on is expected') }
    : undefined;

const truncate = number(2, (value) => value === 0 || value === 1, '0, 1');

const decimalPieces: Check = all(
  number(1, (value) => value >= 1 && value <= 8, '1..8'),
  (given) =>
    Number(given[1] ?? 0) === 0
      ? { index: 0, message: say('the size of the pieces is missing: a number from 1 on is expected') }
      : undefined,
  truncate,
);

const aesKey: Check = all(
  number(0, (value) => [128, 192, 256].includes(value), '128, 192, 256'),
  // Each of the others is a variable or text in base64.
  (given) => {
    const index = given.findIndex(
      (each, at) => at > 0 && variableFault(each) !== undefined && !/^[A-Za-z0-9+/]*={0,2}$/.test(each),
    );
    return index < 0
      ? undefined
      : { index, message: say('"{0}" is neither a variable nor text in base64', given[index] ?? '') };
  },
);

const queryOutput = oneOf(1, ['int']);

const nonEmpty =
  (index: number): Check =>
  (given) =>
    given[index] === '' ? { index, message: say('the text here cannot be empty') } : undefined;

/** A digest that OpenSSL knows, as far as their names tell. */
const digest: Check = (given) =>
  /^(?:md|sha|blake|sm|ripemd|rmd|shake|whirlpool|ssl3|rsa|null|id-|keccak|ghash|gost|streebog|mdc)/i.test(
    given[0] ?? '',
  )
    ? undefined
    : { index: 0, message: say('"{0}" is not a digest such as sha256', given[0] ?? '') };

const signatures: readonly string[] = ['HS', 'RS', 'ES', 'PS'].flatMap((kind) =>
  ['256', '384', '512'].map((size) => kind + size),
);

const signature: Check = (given, release) =>
  variableFault(given[0] ?? '') === undefined ? undefined : oneOf(0, [...signatures, 'none'], true)(given, release);

/** A certificate has no key that both sides know. */
const certificateSignature: Check = (given, release) =>
  variableFault(given[0] ?? '') === undefined
    ? undefined
    : oneOf(0, [...signatures.filter((each) => !each.startsWith('HS'))], true)(given, release);

/** The tags of FIX that have names in the program; the others are numbers. */
const fixTags: readonly string[] = ['BeginString', 'BodyLength', 'MsgType', 'SenderCompID', 'TargetCompID', 'CheckSum'];

const fixTag: Check = (given) => {
  const tag = given[0] ?? '';
  return /^\d+$/.test(tag) || fixTags.some((each) => each.toLowerCase() === tag.toLowerCase())
    ? undefined
    : { index: 0, message: say('"{0}" is not possible here; expected: {1}', tag, fixTags.join(', ')) };
};

/** The functions in which the program checks arguments when it reads them, in sample.c and the files beside it. */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...['add', 'sub', 'mul', 'div', 'mod', 'and', 'or', 'xor'].map((name): [string, Check] => [name, operand(0)]),
  ['ipmask', all(mask(0, 32), mask(1, 128))],
  [
    'bytes',
    (given, release) => (release < bytesOfVariables ? undefined : all(operand(0, 0), operand(1, 1))(given, release)),
  ],
  ['concat', variable(1, false)],
  [
    'add_item',
    all(variable(1, false), (given) =>
      (given[1] ?? '') === '' && (given[2] ?? '') === ''
        ? { index: 0, message: say('the variable with the item, or the text behind it, is missing') }
        : undefined,
    ),
  ],
  ['strcmp', variable(0, true)],
  ['secure_memcmp', variable(0, true)],
  [
    'set-var',
    all(variable(0, true), (given, release) => {
      if (release < conditionalVariables) return undefined;
      const words = ['ifexists', 'ifnotexists', 'ifempty', 'ifnotempty', 'ifset', 'ifnotset', 'ifgt', 'iflt'];
      const index = given.findIndex((each, at) => at > 0 && !words.includes(each));
      return index < 0
        ? undefined
        : {
            index,
            message: say('"{0}" is not possible here; expected: {1}', given[index] ?? '', words.join(', ')),
          };
    }),
  ],
  ['unset-var', variable(0, true)],
  ['field', piece],
  ['word', piece],
  [
    'regsub',
    all(
      (given) => {
        const message = regexFault(given[0] ?? '');
        return message === undefined ? undefined : { index: 0, message };
      },
      (given) =>
        /[^ig]/.test(given[2] ?? '')
          ? { index: 2, message: say('"{0}" is not possible here; expected: {1}', given[2] ?? '', 'i, g') }
          : undefined,
    ),
  ],
  ['json', oneOf(0, ['ascii', 'utf8', 'utf8s', 'utf8p', 'utf8ps'])],
  ['url_enc', oneOf(0, ['query'])],
  ['http_date', oneOf(1, ['s', 'ms', 'us'], true)],
  ['json_query', all(nonEmpty(0), queryOutput)],
  ['jwt_header_query', queryOutput],
  ['jwt_payload_query', queryOutput],
  ['sha2', number(0, (value) => [224, 256, 384, 512].includes(value), '224, 256, 384, 512')],
  ['be2dec', decimalPieces],
  ['le2dec', decimalPieces],
  ['be2hex', all(chunkSize, truncate)],
  ['aes_cbc_dec', aesKey],
  ['aes_cbc_enc', aesKey],
  ['aes_gcm_dec', aesKey],
  ['aes_gcm_enc', aesKey],
  [
    'param',
    (given) =>
      given[1] !== undefined && given[1].length !== 1
        ? { index: 1, message: say('a single sign is expected, not "{0}"', given[1]) }
        : undefined,
  ],
  ...['map_beg', 'map_dir', 'map_dom', 'map_end', 'map_reg', 'map_str', 'map_sub', 'map_int', 'map_ip'].map(
    (name): [string, Check] => [
      `${name}_ip`,
      (given) => {
        const text = given[1];
        return text === undefined || /[.:]/.test(text) || text === ''
          ? undefined
          : { index: 1, message: say('"{0}" is not an address', text) };
      },
    ],
  ),
  ...['protobuf', 'ungrpc'].map((name): [string, Check] => [
    name,
    all(
      (given) =>
        /^\d+(?:\.\d+)*$/.test(given[0] ?? '')
          ? undefined
          : { index: 0, message: say('numbers of fields with dots between them are expected, such as 1.2') },
      oneOf(1, [
        'int32',
        'uint32',
        'sint32',
        'int64',
        'uint64',
        'sint64',
        'bool',
        'enum',
        'float',
        'double',
        'fixed32',
        'fixed64',
        'sfixed32',
        'sfixed64',
        'bytes',
        'string',
      ]),
    ),
  ]),
  [
    'mqtt_field_value',
    (given, release) =>
      oneOf(
        0,
        [
          'connect',
          'connack',
          'publish',
          'puback',
          'pubrec',
          'pubrel',
          'pubcomp',
          'subscribe',
          'suback',
          'unsubscribe',
          'unsuback',
          'pingreq',
          'pingresp',
          'disconnect',
          'auth',
          ...Array.from({ length: 15 }, (_, index) => String(index + 1)),
        ],
        true,
      )(
        given.map((each) => each.toLowerCase()),
        release,
      ),
  ],
  [
    'when',
    (given) => {
      if (!/^!?(?:stopping|normal|error|forwarded|toapplet|processed|acl)$/.test(given[0] ?? ''))
        return {
          index: 0,
          message: say(
            '"{0}" is not possible here; expected: {1}',
            given[0] ?? '',
            'stopping, normal, error, forwarded, toapplet, processed, acl',
          ),
        };
      return /acl$/.test(given[0] ?? '') && (given[1] ?? '') === ''
        ? { index: 0, message: say('"{0}" needs the name of an ACL behind a comma', given[0] ?? '') }
        : undefined;
    },
  ],
  ['digest', digest],
  ['hmac', digest],
  ['jwt_verify', signature],
  ['jwt_verify_cert', certificateSignature],
  ['fix_tag_value', fixTag],
]);

const digests: readonly string[] = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];

/** Arguments that are one of few words, by function; the others may be anything. */
const wordsByFunction: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ['json', [['ascii', 'utf8', 'utf8s', 'utf8p', 'utf8ps']]],
  ['url_enc', [['query']]],
  ['http_date', [[], ['s', 'ms', 'us']]],
  ['json_query', [[], ['int']]],
  ['jwt_header_query', [[], ['int']]],
  ['jwt_payload_query', [[], ['int']]],
  ['sha2', [['224', '256', '384', '512']]],
  ['digest', [digests]],
  ['hmac', [digests]],
  ['regsub', [[], [], ['g', 'i', 'gi']]],
  ['date', [[], ['s', 'ms', 'us']]],
  ['debug', [[], ['stdout', 'stderr']]],
]);

/** The words that argument `index` of a fetch or converter may be, where they are few. */
export const wordsOfArgument = (name: string, index: number): readonly string[] =>
  wordsByFunction.get(name)?.[index] ?? [];

/** Why one of the arguments of a converter is refused; how many there are has been looked at before. */
export function argumentFault(name: string, given: readonly string[], release: Release): ArgumentFault | undefined {
  return checks.get(name)?.(given, release);
}
