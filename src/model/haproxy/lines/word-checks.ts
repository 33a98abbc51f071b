import { say } from '../../../base/message';
import { nearest } from '../../../base/nearest';
import { type Release, releaseText } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import { isReplyRefused } from '../action-checks';
import { type Reader, reportExperimental } from '../reader';
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
  // No name is longer, and each of many parentheses would be looked behind up to the end.
  const inside = /\(([^,)]*)(?:,[^)]*)?\)$/.exec(keyword.text.slice(-1000));
  if (inside === null) {
    const name = keyword.text.replace(/\([\s\S]*$/, '');
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

type SinceWords = ReadonlyMap<string, Release>;

const tlsOptions: readonly (readonly [string, Release])[] = [
  ...['ssl-min-ver', 'ssl-max-ver', 'no-tls-tickets'],
  ...['sslv3', 'tlsv10', 'tlsv11', 'tlsv12', 'tlsv13'].flatMap((each) => [`no-${each}`, `force-${each}`]),
].map((each) => [each, 0]);

/** The parameters of `bind` and `server` lines that may be told for all of them, with the release that began to take each. */
const listenerOptions: SinceWords = new Map([
  ...tlsOptions,
  ['prefer-client-ciphers', 0],
  ['strict-sni', 302],
  ['no-strict-sni', 302],
  ['tls-tickets', 302],
]);
const serverOptions: SinceWords = new Map([...tlsOptions, ['renegotiate', 303], ['no-renegotiate', 303]]);

const checkTlsOptions =
  (known: SinceWords): Check =>
  (reader, args) => {
    for (let at = 0; at < args.length; at++) {
      const word = args[at];
      if (word === undefined || word.open) return;
      const since = known.get(word.text);
      if (since === undefined) {
        const suggestion = nearest(word.text, known.keys());
        reader.report('bad-value', word, say('"{0}" is not an option of TLS', word.text), { suggestion });
        return;
      }
      if (since > reader.release) {
        reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', word.text, releaseText(since)));
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

/** From here on there is one process. */
const oneProcess: Release = 205;

/** Processes are words or ranges, and each of them exists (parse_process_number in the program's source). */
const checkProcesses: Check = (reader, args) => {
  const most = reader.release < oneProcess ? 64 : 1;
  for (const word of args) {
    if (word.open || ['all', 'odd', 'even'].includes(word.text)) continue;
    const [, low = '', dash, high = ''] = /^(\d*)(?:(-)(\d*))?$/.exec(word.text) ?? [];
    const ends = dash === undefined || high === '' ? [Number(low)] : [Number(low), Number(high)];
    if (low === '' || ends.some((each) => each < 1 || each > most))
      reader.report('bad-value', word, say('"{0}" is not a number or range such as {1}', word.text, '1-4'));
  }
};

/** From here on a record that stays can prove who owns a name. */
const persistentChallenges: Release = 304;

/** From here on a certificate is asked for with any curve that OpenSSL has by its name; before, with these. */
const anyCurve: Release = 303;
const usualCurve = /^(?:P-(?:256|384|521)|secp(?:256|384|521)r1|prime256v1)$/;
const knownCurve = /^(?:[PBK]-\d{3}|(?:secp|sect|prime|brainpool|c2|wap-wsg|Oakley|SM2).*)$/;

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
const framingRefused: Release = 303;
const framing: ReadonlySet<string> = new Set(['connection', 'content-length', 'host', 'transfer-encoding']);

/** What can be traced, in 3.2; builds with QUIC have some more than others. */
export const traceSources: readonly string[] = [
  ...['all', 'acme', 'applet', 'check', 'fcgi', 'h1', 'h2', 'h3', 'peers', 'pt', 'qmux', 'quic', 'session', 'spop'],
  ...['ssl', 'stream'],
];
export const traceWords: readonly string[] = [
  ...['event', 'follow', 'level', 'lock', 'pause', 'sink', 'start', 'stop', 'verbosity'],
];
/** Of younger releases it is not known what else they can trace. */
const lastTraced: Release = 302;

const checkTrace: Check = (reader, [source, word]) => {
  const severity = reader.release > lastTraced ? { severity: 'warning' as const } : {};
  const refuse = (at: Word, known: readonly string[]): void =>
    reader.report('bad-value', at, say('"{0}" is not possible here; expected: {1}', at.text, known.join(', ')), {
      ...severity,
      suggestion: nearest(at.text, known),
    });
  if (source === undefined || source.open || source.text === '0') return;
  if (!traceSources.includes(source.text)) refuse(source, traceSources);
  else if (word !== undefined && !word.open && !traceWords.includes(word.text)) refuse(word, traceWords);
};

/** From here on the number of reloads has to be said. */
const reloadsCounted: Release = 300;

/** Words that make up a certificate, and the release from which they do. */
const madeUp: ReadonlySet<string> = new Set(['keytype', 'bits', 'curves']);
const madeUpFrom: Release = 304;

/** Words behind `load` that are younger than the sections it stands in. */
const loadWords: SinceWords = new Map([
  ['acme', 302],
  ['domains', 302],
  ['jwt', 303],
  ['ips', 304],
  ['generate-dummy', 304],
]);

const checkLoad: Check = (reader, args) => {
  const word = args.find((each, index) => index % 2 === 0 && madeUp.has(each.text));
  const young = args.find((each, index) => index % 2 === 0 && (loadWords.get(each.text) ?? 0) > reader.release);
  if (young !== undefined) {
    const since = releaseText(loadWords.get(young.text) ?? 0);
    reader.report('too-new-keyword', young, say('"{0}" exists from {1} on', young.text, since));
    return;
  }
  if (word === undefined || args.some((each) => each.open)) return;
  if (reader.release < madeUpFrom)
    reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', word.text, releaseText(madeUpFrom)));
  else if (!args.some((each, index) => each.text === 'generate-dummy' && args[index + 1]?.text === 'on'))
    reader.report('missing-argument', word, say('"{0}" needs "{1}" on the same line', word.text, 'generate-dummy on'));
};

/** How a key and a content may be encrypted in a JWT, as 3.4.7 takes them; capitals count. */
const keyEncryptions: readonly string[] = [
  ...['RSA1_5', 'RSA-OAEP', 'RSA-OAEP-256', 'A128KW', 'A192KW', 'A256KW', 'dir', 'ECDH-ES'],
  ...['ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW', 'A128GCMKW', 'A192GCMKW', 'A256GCMKW'],
  ...['PBES2-HS256+A128KW', 'PBES2-HS384+A192KW', 'PBES2-HS512+A256KW'],
];
const contentEncryptions: readonly string[] = [
  ...['A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512', 'A128GCM', 'A192GCM', 'A256GCM'],
];

/** Holds each member of a list with colons to what is known; empty ones are passed over. */
const checkColonList =
  (known: readonly string[]): Check =>
  (reader, [list]) => {
    if (list === undefined || list.open) return;
    const unknown = list.text.split(':').find((each) => each !== '' && !known.includes(each));
    if (unknown !== undefined)
      reader.report('bad-value', list, say('"{0}" is not possible here; expected: {1}', unknown, known.join(', ')));
  };

/** From here on several words may follow. */
const profilingMixed: Release = 304;

/** Words of listeners that a line for certificates does not take (3.2.26, 3.4.7). */
const notOfCertificates = /^(?:no-ssl|no-tls|force-|ssl$|strict-sni$|no-strict-sni$|crt-list$|default-crt$)/;

/** What was experimental in the releases before `until`. */
function exposedUntil(reader: Reader, keyword: Word, until: Release): void {
  if (reader.release < until) reportExperimental(reader, keyword, keyword.text);
}

/** What no grammar tells of the words of a line. */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['http-check connect', checkConnect],
  ['tcp-check connect', checkConnect],
  ...['http-check', 'tcp-check'].flatMap((kind): [string, Check][] => [
    [`${kind} set-var`, checkVariable],
    [`${kind} set-var-fmt`, checkVariable],
    [`${kind} unset-var`, checkVariable],
  ]),
  ['load', checkLoad],
  ['jwt.decrypt_alg_list', checkColonList(keyEncryptions)],
  ['jwt.decrypt_enc_list', checkColonList(contentEncryptions)],
  [
    'ssl-f-use',
    (reader, args, keyword) => {
      const wrong = args.find((each, at) => notOfCertificates.test(each.text) && args[at - 1]?.text !== 'crt');
      if (wrong !== undefined) {
        reader.report('bad-value', wrong, say('"{0}" is not possible here', wrong.text));
        return;
      }
      // Backends load nothing unless a frontend of the file takes it over, and a defaults section only for frontends.
      const loads = reader.section === 'frontend' || reader.section === 'listen';
      if (!args.some((each) => each.open || each.text === 'crt'))
        reader.report(
          'missing-argument',
          keyword,
          say('{0} is missing behind "{1}"', 'crt', keyword.text),
          loads ? {} : { severity: 'warning' },
        );
    },
  ],
  [
    'profiling.tasks',
    (reader, [, second]) => {
      if (second === undefined || second.open || reader.release >= profilingMixed) return;
      reader.report(
        'surplus-argument',
        second,
        say('"{0}" is not expected here: {1}', second.text, 'profiling.tasks {auto|on|off}'),
      );
    },
  ],
  [
    'tune.h2.fe.max-concurrent-streams',
    (reader, args) => {
      const [most] = args;
      const at = args.findLastIndex((each) => each.text === 'min');
      const least = at > 0 ? args[at + 1] : undefined;
      if (most === undefined || least === undefined || most.open || least.open) return;
      // It is read as a number without a sign.
      const value = Number.parseInt(least.text, 10);
      if (value >= 0 && value <= Number.parseInt(most.text, 10)) return;
      reader.report('bad-value', least, say('{0} is out of range: {1} to {2} are possible', least.text, 0, most.text));
    },
  ],
  [
    'debug.counters',
    (reader, _, keyword) =>
      reader.report(
        'unknown-keyword',
        keyword,
        say('"{0}" is known only to a program that was built for debugging', keyword.text),
        { severity: 'warning' },
      ),
  ],
  ['shm-stats-file', (reader, _, keyword) => exposedUntil(reader, keyword, 304)],
  ['shm-stats-file-max-objects', (reader, _, keyword) => exposedUntil(reader, keyword, 304)],
  ['tune.disable-fast-forward', (reader, _, keyword) => exposedUntil(reader, keyword, 303)],
  [
    'ssl-propquery',
    (reader, [query]) => {
      if (query === undefined || query.open) return;
      const wrong = query.text.split(',').find((each) => !/^\s*(?:-|\?)?\s*[A-Za-z]/.test(each) && each.trim() !== '');
      if (wrong !== undefined)
        reader.report(
          'bad-value',
          query,
          say('"{0}" is no query of properties such as {1}', wrong, 'provider=default'),
        );
    },
  ],
  [
    'mworker-max-reloads',
    (reader, [count], keyword) => {
      if (count === undefined && reader.release >= reloadsCounted)
        reader.report('missing-argument', keyword, say('a value is missing behind "{0}"', keyword.text));
    },
  ],
  ['set-var', checkProcessVariable],
  ['set-var-fmt', checkProcessVariable],
  ['ssl-default-bind-options', checkTlsOptions(listenerOptions)],
  ['ssl-default-server-options', checkTlsOptions(serverOptions)],
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
  [
    'option external-check',
    (reader, _, keyword) => {
      // A defaults section may have it without anything that starts from there.
      if (reader.section !== 'defaults')
        reader.report(
          'missing-setting',
          keyword,
          say('"{0}" is missing in the global section, so no program is run', 'external-check'),
          // Another check below may take its place.
          { unless: 'external-check', severity: 'warning' },
        );
    },
  ],
  ['bind-process', checkProcesses],
  ['stats bind-process', checkProcesses],
  [
    'challenge',
    (reader, [kind]) => {
      const known = ['http-01', 'dns-01', ...(reader.release < persistentChallenges ? [] : ['dns-persist-01'])];
      if (kind !== undefined && !kind.open && !known.includes(kind.text.toLowerCase()))
        reader.report('bad-value', kind, say('"{0}" is not possible here; expected: {1}', kind.text, known.join(', ')));
    },
  ],
  [
    'curves',
    (reader, [curve]) => {
      const fits = reader.release < anyCurve ? usualCurve : knownCurve;
      if (curve !== undefined && !curve.open && !fits.test(curve.text))
        reader.report(
          'bad-value',
          curve,
          say('"{0}" is not possible here; expected: {1}', curve.text, 'P-256, P-384, P-521'),
        );
    },
  ],
  [
    'trace',
    (reader, args, keyword) => {
      if (reader.section === 'traces') checkTrace(reader, args, keyword);
      else exposedUntil(reader, keyword, 301);
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
