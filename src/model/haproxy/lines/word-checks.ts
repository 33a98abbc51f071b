import { ipFamily } from '../../../base/address';
import { say } from '../../../base/message';
import type { Word } from '../../../syntax/haproxy/line';
import { isReplyRefused } from '../action-checks';
import type { Reader } from '../reader';
import { variableFault } from '../variables';

type Check = (reader: Reader, args: readonly Word[], keyword: Word) => void;

const multiplexers: ReadonlySet<string> = new Set(['h1', 'h2', 'fcgi', 'spop', 'quic', 'none', 'rhttp', 'pt', 'qmux']);

/** The words of `http-check connect` whose values its grammar takes for any text. */
const checkConnect: Check = (reader, args) => {
  args.forEach((word, index) => {
    const value = args[index + 1];
    if (value === undefined || value.open) return;
    if (word.text === 'proto' && !multiplexers.has(value.text))
      reader.report(
        'bad-value',
        value,
        say('"{0}" is not possible here; expected: {1}', value.text, 'h1, h2, fcgi, spop, none'),
      );
    if (word.text === 'addr' && /^[\d.]+$/.test(value.text) && ipFamily(value.text) === undefined)
      reader.report('bad-value', value, say('"{0}" is not an IPv4 address', value.text));
  });
};

/** `set-var(check.a)`: the variable stands in parentheses. */
const checkVariable: Check = (reader, _, keyword) => {
  const inside = /\(([^,)]*)(?:,[^)]*)?\)$/.exec(keyword.text);
  if (inside === null) {
    const name = keyword.text.replace(/\(.*$/, '');
    reader.report(
      'bad-value',
      keyword,
      say('"{0}" needs its argument in parentheses: {1}', name, `${name}(check.name)`),
    );
    return;
  }
  const fault = variableFault(inside[1] ?? '');
  if (fault !== undefined) reader.report('bad-value', keyword, fault);
};

const checkHex: Check = (reader, [bytes]) => {
  if (bytes !== undefined && !bytes.open && !/^(?:[0-9a-fA-F]{2})*$/.test(bytes.text))
    reader.report('bad-value', bytes, say('"{0}" is not an even number of hexadecimal digits', bytes.text));
};

/** What no grammar tells of the words of a line. */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['http-check connect', checkConnect],
  ['tcp-check connect', checkConnect],
  ...['http-check', 'tcp-check'].flatMap((kind): [string, Check][] => [
    [`${kind} set-var`, checkVariable],
    [`${kind} set-var-fmt`, checkVariable],
    [`${kind} unset-var`, checkVariable],
  ]),
  ['tcp-check send-binary', checkHex],
  ['http-error', (reader, args, keyword) => isReplyRefused({ reader, ruleSet: '', action: keyword, args })],
  [
    'cookie',
    (reader, args) => {
      const domain = args[args.findIndex((each) => each.text === 'domain') + 1];
      if (domain !== undefined && domain !== args[0] && !domain.open && /[^\w.-]/.test(domain.text))
        reader.report('bad-value', domain, say('"{0}" is neither an address nor a host name', domain.text));
    },
  ],
  [
    'hash-balance-factor',
    (reader, [factor]) => {
      const value = Number.parseInt(factor?.text ?? '', 10);
      if (factor !== undefined && !factor.open && value > 0 && value <= 100 && !/^\d+$/.test(factor.text))
        reader.report('bad-value', factor, say('the factor is 0 or above 100, not {0}', value));
    },
  ],
]);

/** Reports what is wrong with words that the grammar of a directive lets pass. */
export function checkWords(reader: Reader, directive: string, args: readonly Word[], keyword: Word): void {
  checks.get(directive)?.(reader, args, keyword);
}
