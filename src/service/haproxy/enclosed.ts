import {
  existsIn,
  logAliases,
  newestRelease,
  oldestRelease,
  type Release,
  releaseText,
  valuesOf,
} from '../../catalog/haproxy/catalog';
import { environmentOffers } from './environment';
import { mapsNamed, patternsNamed } from './file-names';
import { headers } from './known-values';
import type { Offer, Question } from './offer';
import { names, variables } from './offers';

/** Offers for the part of a word that begins at `start`, counted from the start of the line. */
interface Enclosed {
  readonly start: number;
  readonly offers: Iterable<Offer>;
}

/**
 * What may stand in the parentheses and braces that the reader of a line does not look into: behind the name of an
 * action, in the conditions of `.if`, in the flags of a log variable. Undefined where the cursor is in none of them.
 */
export function enclosedOffers(upToCursor: string, question: Question): Enclosed | undefined {
  for (const [form, offers] of forms) {
    const found = form.exec(upToCursor);
    if (found === null) continue;
    const [name = '', inside = ''] = found.slice(1);
    const given = inside.split(',');
    const last = given.at(-1) ?? '';
    return {
      start: upToCursor.length - last.trimStart().length,
      offers: offers({ name, index: given.length - 1, question }),
    };
  }
  return undefined;
}

interface Parentheses {
  /** What stands in front of them. */
  readonly name: string;
  /** The place of the argument that the cursor is in. */
  readonly index: number;
  readonly question: Question;
}

type OffersInside = (at: Parentheses) => Iterable<Offer>;

const forms: readonly (readonly [RegExp, OffersInside])[] = [
  [/^\s*\.(?:el)?if\s.*?\b(\w+)\(([^()]*)$/, insidePredicate],
  [/%(\{)([^}\s%{]*)$/, logFlags],
  [/(%)(?:\([^()\s]*\)(?:\{[^{}]*\})?|\{[^{}]*\})(\w*)$/, flaggedVariables],
  [/\s(balance\s+hdr)\(([^()\s]*)$/, () => values(headers)],
  [
    /^\s*(?:stats\s+)?(?:http-(?:request|response|after-response|check)|(?:tcp-(?:request|response|check)|quic-initial)(?:\s+(?:connection|session|content))?)\s+([\w-]+)\(([^()]*)$/,
    insideAction,
  ],
];

function* values(labels: Iterable<string>, order?: number): Iterable<Offer> {
  for (const label of labels) yield order === undefined ? { label, kind: 'value' } : { label, kind: 'value', order };
}

/** Actions on counters that are told a place in an array and the number of the counter. */
const arrayActions: ReadonlySet<string> = new Set(['sc-add-gpc', 'sc-inc-gpc', 'sc-set-gpt']);
const counters: readonly string[] = ['0', '1', '2'];

function* insideAction({ name, index, question }: Parentheses): Iterable<Offer> {
  const { release } = question;
  if (/^(?:un)?set-var(?:-fmt)?$/.test(name)) {
    if (index === 0) yield* variables(question);
    else
      for (const each of valuesOf('set-var.condition').values())
        if (existsIn(each, release)) yield* values([each.name]);
  } else if (name === 'do-resolve') {
    if (index === 0) yield* variables(question);
    else if (index === 1) yield* names('resolvers', question);
    else yield* values(['ipv4', 'ipv6']);
  } else if (/^(?:add|del)-acl$/.test(name)) yield* patternsNamed(question);
  else if (/^(?:set|del)-map$/.test(name)) yield* mapsNamed(question);
  else if (name.startsWith('sc-') && index === (arrayActions.has(name) ? 1 : 0)) yield* values(counters);
}

/** What a build of the program may have or lack, as `haproxy -vv` lists it. */
const features: readonly string[] = [
  ...[
    'OPENSSL',
    'OPENSSL_AWSLC',
    'OPENSSL_WOLFSSL',
    'QUIC',
    'QUIC_OPENSSL_COMPAT',
    'LUA',
    'PROMEX',
    'THREAD',
    'SYSTEMD',
  ],
  ...['PCRE', 'PCRE_JIT', 'PCRE2', 'PCRE2_JIT', 'ZLIB', 'SLZ', 'TPROXY', 'LINUX_TPROXY', 'LINUX_SPLICE', 'LINUX_CAP'],
  ...['EPOLL', 'POLL', 'KQUEUE', 'EVPORTS', 'ACCEPT4', 'NS', 'TFO', 'CPU_AFFINITY', 'GETADDRINFO', 'NETFILTER', 'RT'],
  ...['BACKTRACE', 'CRYPT_H', 'LIBCRYPT', 'PRCTL', 'DEVICEATLAS', '51DEGREES', 'WURFL', 'OT', 'ECH', 'KTLS'],
];

/** What may be switched off where the program starts. */
const options: readonly string[] = [
  ...['EPOLL', 'EVPORTS', 'FAST-FORWARD', 'GETADDRINFO', 'KQUEUE', 'POLL', 'REUSEPORT', 'SERVER-SSL-VERIFY-NONE'],
  'SPLICE',
];

function* insidePredicate({ name, index, question }: Parentheses): Iterable<Offer> {
  if (name === 'defined') yield* environmentOffers(question.analysis);
  else if (name === 'feature') yield* values(features);
  else if (name === 'enabled') yield* values(options);
  else if (/^version_/.test(name)) yield* values(releases());
  else if (/^openssl_version_/.test(name)) yield* values(['1.1.1', '3.0.0', '3.2.0', '3.5.0']);
  else if (name === 'ssllib_name_startswith') yield* values(['OpenSSL', 'AWS-LC', 'wolfSSL', 'LibreSSL']);
  else if (/^str/.test(name) && index === 0)
    for (const each of environmentOffers(question.analysis)) yield { ...each, label: `"\${${each.label}}"` };
}

/** Releases have even numbers; the odd ones between them are those of development and short support. */
function* releases(): Iterable<string> {
  for (let each: Release = newestRelease; each >= oldestRelease; each = each === 300 ? 209 : each - 1)
    yield releaseText(each);
}

/** Flags of all variables of a format stand in front of `o`, those of one in front of it. */
function logFlags({ question }: Parentheses): Iterable<Offer> {
  const encodings = question.release >= 300 ? ['+json', '+cbor', '+bin'] : [];
  return values(['+Q', '-Q', '+X', '-X', '+E', '-E', ...encodings]);
}

/** Behind flags the name of a variable stands without its sign. */
function* flaggedVariables({ question }: Parentheses): Iterable<Offer> {
  for (const each of logAliases.values())
    if (existsIn(each, question.release))
      yield { label: each.name.slice(1), kind: 'value', documentation: each.summary };
  yield { label: '[', kind: 'value', newText: `[\${1}]`, isSnippet: true, order: 4 };
}
