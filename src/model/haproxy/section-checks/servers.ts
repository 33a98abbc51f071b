import { ipFamily } from '../../../base/address';
import { type Message, say } from '../../../base/message';
import type { Release } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import type { Problem } from '../problem';
import { makerOf, mostDigits, type NumberRange, type SectionFacts } from '../section-facts';
import type { NumberedName, SectionState } from '../section-state';
import {
  lastParameter,
  noServerWords,
  ServerWords,
  serverWordsBehind,
  serverWordsIn,
  serverWordsOf,
} from '../server-words';
import type { Statement } from '../statement';
import { noTlsVersion, tlsVersionsFault } from '../tls-versions';
import { readAddress } from '../values';

/** Older releases take two peers of one name. */
const peersUnique: Release = 300;

/** Takes the name of a server, peer, name server or mailer into the section. */
export function addServer(state: SectionState, line: number, word: Word | undefined, kind: string): void {
  if (word === undefined || word.open) return;
  const { servers, type, release } = state;
  const unique = kind !== 'mailer' && (type !== 'peers' || release >= peersUnique);
  const above = servers.get(word.text);
  if (unique && above !== undefined && state.statements[above]?.uncertain !== true)
    state.report(
      line,
      word,
      'duplicate-name',
      nameTaken(word.text),
      type === 'peers' ? { severity: 'warning' } : toldApart(state, line, word.text),
    );
  else {
    if (state.templates !== undefined) checkMade(state, line, word);
    servers.set(word.text, line);
  }
}

/** Holds a name against those that the templates above make. */
function checkMade(state: SectionState, line: number, word: Word): void {
  const maker = state.templates === undefined ? undefined : makerOf(state.templates, word.text);
  if (maker !== undefined)
    state.report(line, word, 'duplicate-name', nameTaken(word.text), toldApartFrom(state, line, maker.hasId));
}

const nameTaken = (name: string): Message => say('the name "{0}" is taken by another line of this section', name);

/** Up to here servers of one name are taken where one of each two has an `id`; 3.2 warns that this ends. */
const namesUnique: Release = 303;

/** 3.3.0 sees two servers of one name only where the section has no other; 3.4.7 is mended, and so may be a younger 3.3. */
const namesOverlooked: Release = 303;

/** What is different about a repeated name where numbers tell the servers apart. */
function toldApart(state: SectionState, line: number, name: string): Partial<Problem> {
  const own = state.statements[line];
  if (own?.directive?.name !== 'server' && own?.directive?.name !== 'server-template') return {};
  return toldApartFrom(state, line, !unnumberedAbove(state, line).has(name));
}

/** The same where it is known whether the one above has a number. */
function toldApartFrom(
  { statements, release }: SectionState,
  line: number,
  isAboveNumbered: boolean,
): Partial<Problem> {
  if (release === namesOverlooked) return { severity: 'warning' };
  const own = statements[line];
  if (!isAboveNumbered && own !== undefined && !isNumbered(own)) return {};
  return { refusedFrom: namesUnique, ...(release < namesUnique && { severity: 'warning' }) };
}

/** The names of the servers above `line` that have no number of their own. */
function unnumberedAbove(state: SectionState, line: number): ReadonlySet<string> {
  state.unnumbered ??= { names: new Set(), until: 0 };
  const { names } = state.unnumbered;
  for (; state.unnumbered.until < line; state.unnumbered.until++) {
    const each = state.statements[state.unnumbered.until];
    const name = each?.directive?.name === 'server' ? each.arg(0) : undefined;
    if (each !== undefined && name !== undefined && !isNumbered(each)) names.add(name.text);
  }
  return names;
}

/** Whether a server, or the first one of a template, has a number of its own. */
function isNumbered(statement: Statement): boolean {
  const from = statement.directive?.name === 'server-template' ? 3 : 2;
  return (serverWordsOf(statement, from) & ServerWords.id) !== 0;
}

/** Holds the names that a template makes against those of the servers above it. */
export function addTemplate(state: SectionState, line: number, statement: Statement): void {
  const [prefix, count] = statement.args;
  const numbers = numbersOf(count);
  if (prefix === undefined || prefix.open || numbers === undefined || statement.uncertain) state.templatesKnown = false;
  if (prefix === undefined || prefix.open || numbers === undefined) return;
  const { first, last } = numbers;
  const isSure = (name: string): boolean => state.statements[state.servers.get(name) ?? -1]?.uncertain !== true;
  const taken = numberedLike(state, prefix.text).find(
    ({ name, number }) => number >= first && number <= last && isSure(name),
  )?.name;
  const made = state.templates?.get(prefix.text)?.find((each) => each.first <= last && first <= each.last);
  if (taken !== undefined)
    state.report(line, prefix, 'duplicate-name', nameTaken(taken), toldApart(state, line, taken));
  else if (made !== undefined) {
    const name = `${prefix.text}${Math.max(first, made.first)}`;
    state.report(line, prefix, 'duplicate-name', nameTaken(name), toldApartFrom(state, line, made.hasId));
  } else {
    const met = madeByOther(state, prefix.text, numbers);
    if (met !== undefined)
      state.report(line, prefix, 'duplicate-name', nameTaken(met.name), toldApartFrom(state, line, met.hasId));
  }
  if (statement.uncertain) return;
  state.templates ??= new Map();
  const stem = stemOf(prefix.text);
  state.prefixes ??= new Map();
  const likewise = state.prefixes.get(stem);
  if (likewise === undefined) state.prefixes.set(stem, new Set([prefix.text]));
  else likewise.add(prefix.text);
  const entry = { first, last, hasId: isNumbered(statement) };
  const known = state.templates.get(prefix.text);
  if (known === undefined) state.templates.set(prefix.text, [entry]);
  else known.push(entry);
}

/** What stands in front of the digits at the end of a prefix: only names of one stem can meet. */
const stemOf = (prefix: string): string =>
  prefix.slice(0, prefix.length - (/\d*$/.exec(prefix.slice(-mostDigits))?.[0].length ?? 0));

/** So many prefixes of one stem are compared. */
const mostPrefixes = 50;

/** A name that a template above makes too, out of another prefix: "s" with 12 and "s1" with 2. */
function madeByOther(
  { templates, prefixes }: SectionState,
  prefix: string,
  own: NumberRange,
): { readonly name: string; readonly hasId: boolean } | undefined {
  const likewise = prefixes?.get(stemOf(prefix));
  if (likewise === undefined || likewise.size > mostPrefixes) return undefined;
  for (const other of likewise)
    for (const each of templates?.get(other) ?? []) {
      const longer = other.length > prefix.length;
      if (other.length === prefix.length || !(longer ? other.startsWith(prefix) : prefix.startsWith(other))) continue;
      const digits = longer ? other.slice(prefix.length) : prefix.slice(other.length);
      const number = longer ? meeting(digits, each, own) : meeting(digits, own, each);
      if (number !== undefined) return { name: `${longer ? prefix : other}${number}`, hasId: each.hasId };
    }
  return undefined;
}

/** The first number of `outer` that is written as `digits` and a number of `inner`. */
function meeting(digits: string, inner: NumberRange, outer: NumberRange): number | undefined {
  if (!/^[1-9]/.test(digits)) return undefined;
  for (let length = 1; length <= 15 - digits.length; length++) {
    const above = Number(digits) * 10 ** length;
    const low = above + Math.max(inner.first, length === 1 ? 0 : 10 ** (length - 1));
    const first = Math.max(low, outer.first);
    if (first <= Math.min(above + Math.min(inner.last, 10 ** length - 1), outer.last)) return first;
  }
  return undefined;
}

/** The numbers that a template is told to make servers for: up to one, or between two. */
export function numbersOf(count: Word | undefined): NumberRange | undefined {
  const [, low = '', high] = /^(\d+)(?:-(\d+))?/.exec(count?.text ?? '') ?? [];
  if (low === '' || count?.open === true) return undefined;
  return high === undefined ? { first: 1, last: Number(low) } : { first: Number(low), last: Number(high) };
}

/** The servers above whose names are `prefix` and a number, in the order of their lines. */
function numberedLike(state: SectionState, prefix: string): readonly NumberedName[] {
  const { servers } = state;
  state.numbered ??= { rest: servers.keys(), count: 0, byPrefix: new Map() };
  const { numbered } = state;
  for (; numbered.count < servers.size; numbered.count++) {
    const name: string = numbered.rest.next().value ?? '';
    // Every place where a number may begin: what stands behind it is digits, the first of them no zero.
    const until = Math.max(0, name.length - mostDigits);
    for (let at = name.length - 1; at >= until && isDigit(name.charCodeAt(at)); at--) {
      if (name[at] === '0') continue;
      const before = name.slice(0, at);
      const known = numbered.byPrefix.get(before);
      const entry = { name, number: Number(name.slice(at)) };
      if (known === undefined) numbered.byPrefix.set(before, [entry]);
      else known.push(entry);
    }
  }
  return numbered.byPrefix.get(prefix) ?? [];
}

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;

/** Compares the parameters of a server, which begin at `from`, and those of `default-server` lines above it with each other. */
export function checkServer(state: SectionState, line: number, statement: Statement, from: 2 | 3): void {
  const name = statement.arg(0);
  const address = statement.arg(from - 1);
  if (name === undefined || address === undefined) return;
  if (state.mode === 'log' && state.isProxy) checkLogServer(state, line, address);
  const { defaultServer } = state;
  const onLine = serverWordsOf(statement, from);
  if (onLine === 0 && defaultServer === 0 && !state.connectsWithTls) return;
  if ((onLine & ServerWords.id) !== 0 && from === 2) checkNumber(state, line, 'server', statement.args);
  if ((onLine & ServerWords.guid) !== 0 && from === 2)
    state.addGuid(line, statement.args[lastParameter(statement.args, 'guid', 2) + 1], false);
  if (statement.hasOpenArg) return;
  const inForce = serverWordsBehind(defaultServer, onLine);
  if (isIn(inForce, ServerWords.check) && isIn(inForce, ServerWords.track))
    state.report(line, name, 'conflicting-settings', say('server "{0}" has both "check" and "track"', name.text));
  else if (
    isIn(inForce, ServerWords.check) &&
    !isIn(inForce, ServerWords.port | ServerWords.addr) &&
    !state.connectsToPort &&
    from === 2
  ) {
    const { port, isPath, host } = readAddress(address.text);
    if (!isPath && port === undefined && ipFamily(host) !== undefined)
      state.report(
        line,
        address,
        'missing-setting',
        say('server "{0}" is checked but has no port: add one to the address or with "port"', name.text),
        // A program of one's own may know where to connect to.
        state.settings.has('option external-check') ? { severity: 'warning' } : {},
      );
  }
  if (isIn(inForce, ServerWords.agentCheck) && !isIn(inForce, ServerWords.agentPort))
    state.report(line, name, 'missing-setting', say('"agent-check" needs "agent-port"'));
  if ((onLine & ServerWords.track) !== 0) {
    if (from === 3) checkOwnTracking(state, line, statement);
    else {
      state.tracking ??= [];
      state.tracking.push(line);
    }
  }
  if ((onLine & ServerWords.observe) !== 0 && state.mode === 'tcp') checkObserve(state, line, statement);
  state.namesProtocol ||= (onLine & ServerWords.proto) !== 0;
  if ((onLine & ServerWords.proto) !== 0) checkProtocol(state, line, statement);
  else if (state.defaultProtocol !== undefined) checkDefaultProtocol(state, line, name, state.defaultProtocol);
  if (isIn(inForce, ServerWords.redir) && state.mode === 'tcp')
    state.report(line, name, 'conflicting-settings', say('"{0}" is not possible in mode {1}', 'redir', state.mode));
  const speaksTls = isIn(inForce, ServerWords.ssl) || isIn(inForce, ServerWords.checkSsl) || state.connectsWithTls;
  if (!speaksTls) return;
  if (!isIn(inForce, ServerWords.caFile | ServerWords.unverified))
    state.report(
      line,
      name,
      'missing-setting',
      say('server "{0}" uses TLS but has nothing to verify it with: add "ca-file", or "verify none"', name.text),
      isIn(inForce, ServerWords.unverified << 1) ? {} : { unless: 'ssl-server-verify none' },
    );
  const fault = tlsVersionsFault(statement.args, from, ['TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']);
  // Lines above may say which versions are spoken, and then those that are excluded do not count.
  if (fault !== undefined)
    state.report(
      line,
      fault.at,
      'conflicting-settings',
      noTlsVersion,
      fault.isByNames ? { severity: 'warning' } : { ...(fault.severity !== undefined && { severity: fault.severity }) },
    );
}

/** Whether one of the words in `flags` is among `words`. No closure of each server: there are thousands. */
const isIn = (words: number, flags: number): boolean => (words & flags) !== 0;

/** Logs go to addresses, not to sockets in files (2.9 and later). */
function checkLogServer(state: SectionState, line: number, address: Word): void {
  if (!address.open && /^(?:\/|unix@)/.test(address.text))
    state.report(
      line,
      address,
      'conflicting-settings',
      say('"{0}" is not possible in mode {1}', address.text, state.mode),
    );
}

/**
 * The protocols of HTTP carry no bare bytes, and bare bytes no HTTP; QUIC needs an address of its own, and agents that are
 * spoken to in SPOP a mode of their own.
 */
function checkProtocol(state: SectionState, line: number, { args }: Statement): void {
  const word = args[lastParameter(args, 'proto', 2) + 1];
  if (word === undefined || word.open || !(state.isProxy || state.type === 'ring') || state.type === 'defaults') return;
  const fits =
    word.text === 'quic'
      ? args.some((each) => each.start < word.start && each.text.startsWith('quic'))
      : isSpoken(word.text, state.mode);
  if (!fits)
    state.report(
      line,
      word,
      'conflicting-settings',
      say('"{0}" is not possible in mode {1}', `proto ${word.text}`, state.mode),
    );
}

/** Whether a protocol other than QUIC can be spoken in a mode. */
const isSpoken = (protocol: string, mode: string): boolean =>
  protocol === 'spop'
    ? mode === 'spop'
    : mode === 'tcp'
      ? !/^(?:h1|h2|fcgi)$/.test(protocol)
      : mode !== 'http' || protocol !== 'none';

/** Takes in which protocol a `default-server` line gives to the servers below it. */
export function readDefaultProtocol(state: SectionState, { args, uncertain, problems }: Statement): void {
  const word = args[lastParameter(args, 'proto', 0) + 1];
  if (lastParameter(args, 'proto', 0) < 0 || word === undefined) return;
  state.defaultProtocol = uncertain || word.open || problems.length > 0 ? undefined : word.text;
}

/** The program blames the server, which is where the mode and the protocol meet. */
function checkDefaultProtocol(state: SectionState, line: number, name: Word, protocol: string): void {
  const { type, mode } = state;
  if (type === 'defaults' || protocol === 'quic' || isSpoken(protocol, mode)) return;
  state.report(line, name, 'conflicting-settings', say('"{0}" is not possible in mode {1}', `proto ${protocol}`, mode));
}

/** What servers answer in HTTP is seen in that mode only. */
function checkObserve(state: SectionState, line: number, { args }: Statement): void {
  const word = args[lastParameter(args, 'observe', 2) + 1];
  if (word?.text === 'layer7')
    state.report(line, word, 'ignored-setting', say('"{0}" has no effect in mode tcp', 'observe layer7'), {
      severity: 'warning',
    });
}

/** Which servers of a section something says of whether they live, with what `default-server` lines and its `defaults` add. */
export function watchedLines(
  statements: readonly Statement[],
  inherited: SectionFacts | undefined,
): ReadonlySet<number> {
  const watched = new Set<number>();
  let above = inherited?.defaultServer ?? noServerWords;
  for (let at = 0; at < statements.length; at++) {
    const each = statements[at];
    const name = each?.directive?.name;
    if (each === undefined) continue;
    if (name === 'default-server') above = serverWordsBehind(above, serverWordsIn(each.args, 0));
    else if (name === 'server' || name === 'server-template') {
      const words = serverWordsBehind(above, serverWordsOf(each, 2));
      if ((words & (ServerWords.check | ServerWords.agentCheck | ServerWords.track)) !== 0) watched.add(at);
    }
  }
  return watched;
}

const isRefusal = ({ unless, severity }: Problem): boolean => unless === undefined && severity !== 'hint';

export const cannotBeTracked = (server: string): Message =>
  say('server "{0}" cannot be tracked, because nothing checks it: add "check" there', server);

/** A template whose servers track one of them: that one would track itself. */
function checkOwnTracking(state: SectionState, line: number, { args }: Statement): void {
  const word = args[lastParameter(args, 'track', 3) + 1];
  const numbers = numbersOf(args[1]);
  const prefix = args[0]?.text ?? '';
  if (word === undefined || word.open || numbers === undefined) return;
  const name = inSection(state, word.text);
  const number = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  if (/^[1-9]\d*$/.test(number) && Number(number) >= numbers.first && Number(number) <= numbers.last)
    state.report(line, word, 'conflicting-settings', say('server "{0}" tracks itself', name));
}

/** The name of a server without that of the section in front of it. */
function inSection(state: SectionState, name: string): string {
  const own = state.statements[0]?.args[0]?.text ?? '';
  return name.startsWith(`${own}/`) ? name.slice(own.length + 1) : name;
}

/** Holds servers that track another one of their section against it: it has to be checked itself, or to track on. */
export function checkTracking(state: SectionState, lines: readonly number[]): void {
  let watched: ReadonlySet<number> | undefined;
  const tracked = new Map<string, string>();
  const tracksBack = (from: string, name: string): boolean => {
    const passed = new Set<string>();
    for (let at = tracked.get(from); at !== undefined && !passed.has(at); at = tracked.get(at)) {
      if (at === name) return true;
      passed.add(at);
    }
    return false;
  };
  for (const line of lines) {
    const { args, uncertain } = state.statements[line] ?? {};
    const [name] = args ?? [];
    const word = args?.[lastParameter(args, 'track', 2) + 1];
    if (name === undefined || word === undefined || word.open || uncertain === true) continue;
    const target = inSection(state, word.text);
    const at = state.servers.get(target);
    if (at === undefined) continue;
    watched ??= watchedLines(state.statements, state.inherited);
    tracked.set(name.text, target);
    if (target === name.text)
      state.report(line, word, 'conflicting-settings', say('server "{0}" tracks itself', target));
    else if (tracksBack(target, name.text))
      state.report(line, word, 'conflicting-settings', say('server "{0}" tracks this one in turn', target));
    else if (
      !state.certain &&
      state.statements.some(
        (each, other) =>
          (each.uncertain || each.problems.some(isRefusal)) &&
          (other === at || each.directive === undefined || each.directive.name === 'default-server'),
      )
    )
      continue;
    else if (!watched.has(at)) state.report(line, word, 'conflicting-settings', cannotBeTracked(target));
  }
}

/** The numbers that servers and listeners are given by hand. */
export function checkNumber(state: SectionState, line: number, kind: 'bind' | 'server', args: readonly Word[]): void {
  const id = args.findIndex((each, index) => index > 0 && each.text === 'id');
  const number = id < 0 ? undefined : args[id + 1];
  if (number === undefined || number.open) return;
  const key = `${kind} ${Number(number.text)}`;
  state.numbersTaken ??= new Set();
  if (state.numbersTaken.has(key))
    state.report(
      line,
      number,
      'duplicate-name',
      say('the id {0} is taken by another line of this section', number.text),
    );
  if (state.statements[line]?.uncertain !== true) state.numbersTaken.add(key);
}

/** TLS on a listener needs something to show, to verify clients with where it does, and a version to speak. */
export function checkBind(state: SectionState, line: number, args: readonly Word[]): void {
  const ssl = args.find((each, index) => index > 0 && each.text === 'ssl');
  if (ssl === undefined || args.some((each) => each.open)) return;
  const has = (...names: readonly string[]): boolean => args.some((each) => names.includes(each.text));
  const verify = args[args.findLastIndex((each) => each.text === 'verify') + 1];
  if (verify !== undefined && /^(?:required|optional)$/.test(verify.text) && !has('ca-file', 'ca-verify-file'))
    state.report(
      line,
      verify,
      'missing-setting',
      say('clients cannot be verified without "{0}"', 'ca-file'),
      // A list may have a file for each certificate.
      has('crt-list') ? { severity: 'warning' } : {},
    );
  else if (!has('crt', 'crt-list', 'default-crt') && !loadsCertificates(state))
    state.report(
      line,
      ssl,
      'missing-setting',
      say('"ssl" needs a certificate: add "crt" or "crt-list"'),
      // It starts then, and refuses each client.
      isStrict(args) ? { severity: 'warning' } : has('no-strict-sni') ? {} : { unless: 'strict-sni' },
    );
  else if (has('generate-certificates') && !has('ca-sign-file'))
    state.report(line, ssl, 'missing-setting', say('certificates cannot be made without "{0}"', 'ca-sign-file'));
  const fault = tlsVersionsFault(args, 1, ['TLSv1.2', 'TLSv1.3']);
  if (fault !== undefined)
    state.report(line, fault.at, 'conflicting-settings', noTlsVersion, {
      ...(fault.severity !== undefined && { severity: fault.severity }),
      ...(fault.isByNames && { unless: 'ssl-default-bind-options' as const }),
    });
}

/** Certificates of a frontend may stand on lines of their own, above or below its listeners. */
const loadsCertificates = ({ settings, statements }: SectionState): boolean =>
  settings.has('ssl-f-use') || statements.some((each) => each.directive?.name === 'ssl-f-use');

/** Whether no client is served that names none of the certificates. */
function isStrict(args: readonly Word[]): boolean {
  const words = args.map((each) => each.text);
  return words.lastIndexOf('strict-sni') > Math.max(0, words.lastIndexOf('no-strict-sni'));
}
