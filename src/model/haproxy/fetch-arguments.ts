import { say } from '../../base/message';
import type { Release } from '../../catalog/haproxy/catalog';
import { type ArgumentFault, all, type Check, number, oneOf } from './function-arguments';

/** From here on `uuid` makes those of version 7, too. */
const orderedUuids: Release = 300;

const timeUnits = ['s', 'ms', 'us'];

const block: Check = (given) =>
  /^(?:\d+|head|tail|first)$/.test(given[0] ?? '')
    ? undefined
    : { index: 0, message: say('a number, head, tail or first is expected') };

const distinguishedName = oneOf(2, ['rfc2253']);

const headerNumber = number(1, (value) => value >= -10, '-10..');

const payload: Check = all(
  number(0, (value) => value >= 0, '0..'),
  number(1, (value) => value !== 0, '1..'),
  (given) =>
    /^[+-]?\d*$/.test(given[2] ?? '')
      ? undefined
      : { index: 2, message: say('"{0}" is not a whole number', given[2] ?? '') },
);

const fourSigns: Check = (given) =>
  given[0]?.length === 4
    ? undefined
    : { index: 0, message: say('the name of a token has four signs, and "{0}" has not', given[0] ?? '') };

const hexadecimal: Check = (given) =>
  /^(?:[0-9a-fA-F]{2})*$/.test(given[0] ?? '')
    ? undefined
    : { index: 0, message: say('"{0}" is not an even number of hexadecimal digits', given[0] ?? '') };

/** From here on the number of a capture cannot be negative. */
const countedCaptures: Release = 302;

const captureNumber: Check = (given, release) =>
  release < countedCaptures ? undefined : number(0, (value) => value >= 0, '0..')(given, release);

/** Fields of the PROXY protocol that have names in the program; the others are numbers of one byte. */
const namedTlv =
  /^(?:ALPN|AUTHORITY|CRC32C|NOOP|UNIQUE_ID|SSL|SSL_VERSION|SSL_CN|SSL_CIPHER|SSL_SIG_ALG|SSL_KEY_ALG|NETNS)$/i;

const tlv: Check = (given) => {
  const [type = ''] = given;
  const value = /^(?:0x[\da-f]+|\d+)$/i.test(type) ? Number(type) : -1;
  return type === '' || namedTlv.test(type) || (value >= 0 && value <= 255)
    ? undefined
    : { index: 0, message: say('"{0}" is neither a name nor a number up to 255 of a field', type) };
};

/** The fetches of which the program checks arguments when it reads them (`val_…` and `smp_check_…` in its source). */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...['data', 'hdrname', 'hdrval', 'size', 'start_line', 'type'].map((name): [string, Check] => [
    `internal.htx_blk.${name}`,
    block,
  ]),
  ...['c_i', 'c_r', 'c_s', 'f_i', 'f_s', 's_i', 's_s'].map((name): [string, Check] => [
    `ssl_${name}_dn`,
    distinguishedName,
  ]),
  ...['hdr', 'hdr_ip', 'hdr_val'].flatMap((name): [string, Check][] => [
    [name, headerNumber],
    [`req.${name}`, headerNumber],
    [`res.${name}`, headerNumber],
    [`s${name}`, headerNumber],
  ]),
  ['req.fhdr', headerNumber],
  ['res.fhdr', headerNumber],
  ['payload_lv', payload],
  ['req.payload_lv', payload],
  ['res.payload_lv', payload],
  ['date', oneOf(1, timeUnits, true)],
  ['accept_date', oneOf(0, timeUnits, true)],
  ['request_date', oneOf(0, timeUnits, true)],
  ['fc_rtt', oneOf(0, ['us', 'ms'], true)],
  ['fc_rttvar', oneOf(0, ['us', 'ms'], true)],
  ['bc_rtt', oneOf(0, ['us', 'ms'], true)],
  ['bc_rttvar', oneOf(0, ['us', 'ms'], true)],
  ['capture.req.hdr', captureNumber],
  ['capture.res.hdr', captureNumber],
  ['dump_all_vars', oneOf(0, ['proc', 'sess', 'txn', 'req', 'res', 'check'])],
  ['fc_pp_tlv', tlv],
  ['bin', hexadecimal],
  ['distcc_body', fourSigns],
  ['distcc_param', fourSigns],
  ['query', (given, release) => (given[0] === undefined ? undefined : oneOf(0, ['with_qm'])(given, release))],
  [
    'uuid',
    (given, release) =>
      release < orderedUuids
        ? number(0, (value) => value === 4, '4')(given, release)
        : number(0, (value) => value === 4 || value === 7, '4, 7')(given, release),
  ],
]);

/** Why one of the arguments of a fetch is refused; how many there are has been looked at before. */
export function fetchArgumentFault(
  name: string,
  given: readonly string[],
  release: Release,
): ArgumentFault | undefined {
  return checks.get(name)?.(given, release);
}
