import { say } from '../../../base/message';
import { nearest } from '../../../base/nearest';
import { bindParams, type Release, serverParams } from '../../../catalog/haproxy/catalog';
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

const tlsVersions: readonly string[] = ['SSLv3', 'TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** Options of TLS are parameters of single lines, too. */
const checkTlsOptions =
  (known: ReadonlyMap<string, unknown>): Check =>
  (reader, args) => {
    for (let at = 0; at < args.length; at++) {
      const word = args[at];
      if (word === undefined || word.open) return;
      if (!known.has(word.text) && word.text !== 'prefer-client-ciphers') {
        const suggestion = nearest(word.text, known.keys());
        reader.report('bad-value', word, say('"{0}" is not an option of TLS', word.text), { suggestion });
        return;
      }
      if (word.text !== 'ssl-min-ver' && word.text !== 'ssl-max-ver') continue;
      const version = args[++at];
      if (version === undefined)
        reader.report('missing-argument', word, say('a value is missing behind "{0}"', word.text));
      else if (!version.open && !tlsVersions.includes(version.text))
        reader.report(
          'bad-value',
          version,
          say('"{0}" is not possible here; expected: {1}', version.text, tlsVersions.join(', ')),
        );
    }
  };

/** Before the process runs, only its own variables are there. */
const checkProcessVariable: Check = (reader, [variable]) => {
  if (reader.section === 'global' && variable !== undefined && !variable.open && !variable.text.startsWith('proc.'))
    reader.report('bad-value', variable, say('"{0}" is not possible here: only "{1}" is', variable.text, 'proc.'));
};

/** Statuses are ranges with commas between them, such as `+500-599,404` (http_parse_status_range in the program's source). */
const checkStatuses: Check = (reader, args) => {
  for (const word of args) {
    if (word.open) continue;
    const ranges = word.text.replace(/^[+-]/, '').split(',');
    const isRange = (each: string): boolean => {
      const [, low = '', high = low] = /^(\d+)(?:-(\d+))?$/.exec(each) ?? [];
      return Number(low) >= 100 && Number(low) <= Number(high) && Number(high) <= 599;
    };
    const wrong = ranges.find((each) => !isRange(each));
    if (wrong !== undefined)
      reader.report('bad-value', word, say('"{0}" is not a status or range such as {1}', wrong, '500-599'));
  }
};

/** From here on headers that say how a message is framed or where it goes cannot carry the name of a server. */
const framingRefused: Release = 304;
const framing: ReadonlySet<string> = new Set(['connection', 'content-length', 'host', 'transfer-encoding']);

/** What no grammar tells of the words of a line. */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['http-check connect', checkConnect],
  ['tcp-check connect', checkConnect],
  ...['http-check', 'tcp-check'].flatMap((kind): [string, Check][] => [
    [`${kind} set-var`, checkVariable],
    [`${kind} set-var-fmt`, checkVariable],
    [`${kind} unset-var`, checkVariable],
  ]),
  ['set-var', checkProcessVariable],
  ['set-var-fmt', checkProcessVariable],
  ['ssl-default-bind-options', checkTlsOptions(bindParams)],
  ['ssl-default-server-options', checkTlsOptions(serverParams)],
  [
    'cpu-map',
    (reader, args) => {
      const [threads, cpus] = args;
      for (const [word, form] of [
        [threads, /^(?:auto:)?(?:all|odd|even|\d)/],
        [cpus, /^(?:all|odd|even|[\d,-])/],
      ] as const)
        if (word !== undefined && !word.open && !form.test(word.text)) {
          reader.report('bad-value', word, say('"{0}" is not a number or range such as {1}', word.text, '1-4'));
          return;
        }
    },
  ],
  [
    'h1-case-adjust',
    (reader, [from, to]) => {
      if (from === undefined || to === undefined || from.open || to.open) return;
      if (from.text.toLowerCase() !== to.text.toLowerCase())
        reader.report('bad-value', to, say('"{0}" may differ from "{1}" in case only', to.text, from.text));
    },
  ],
  ['http-err-codes', checkStatuses],
  ['http-fail-codes', checkStatuses],
  [
    'http-send-name-header',
    (reader, [header]) => {
      if (header === undefined || header.open || reader.release < framingRefused) return;
      if (framing.has(header.text.toLowerCase()))
        reader.report('bad-value', header, say('the header "{0}" cannot carry the name of a server', header.text));
    },
  ],
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
