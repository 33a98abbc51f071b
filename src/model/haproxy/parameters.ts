import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import {
  bindParams,
  existsIn,
  type Parameter,
  type Release,
  releaseText,
  serverParams,
} from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import type { Ending } from '../../syntax/haproxy/shared-words';
import { checkValue } from './check-value';
import { grammarOf } from './grammar';
import { Note } from './note';
import { type Reader, reportExperimental } from './reader';
import { readSample } from './sample';
import { addressFault } from './values';
import { expected } from './visit';

/** The releases for which the parameters of an ending are right and refer to nothing. */
const rightFor = new Note<Release>();

/** Reads the parameters of a `server` line that end it as other lines end, too. */
export function readEndingParams(reader: Reader, words: readonly Word[], from: number, ending: Ending): void {
  if (rightFor.get(ending) === reader.release && !reader.isWatched) return;
  readServerParams(reader, words, from, 'server');
  if (reader.problems.length + reader.references.length === 0) rightFor.set(ending, reader.release);
}

/** Reads the parameters of a server-like line from `from` on. */
export function readServerParams(
  reader: Reader,
  words: readonly Word[],
  from: number,
  line: 'server' | 'default-server',
): void {
  for (let at = from; at < words.length; ) {
    const word = words[at];
    if (word === undefined) return;
    reader.expect(word, line === 'server' ? expected.serverParameter : expected.defaultServerParameter);
    const isField = word.text.startsWith('set-proxy-v2-tlv-fmt(');
    const name = isField ? 'set-proxy-v2-tlv-fmt' : word.text;
    if (isField && !/^\((?:0*(?:25[0-5]|2[0-4]\d|1?\d?\d)|0x0*[\da-f]{1,2})\)$/i.test(word.text.slice(name.length))) {
      reader.report('bad-value', word, say('"{0}" needs the number of a field, up to 255, in parentheses', name));
      return;
    }
    if (name === 'source') {
      reader.expect(words[at + 1], expected.address);
      reader.expect(words[at + 2], { kind: 'words', words: ['usesrc', 'interface'] });
      if (isSourceRefused(reader, word, words[at + 1])) return;
      at = readSource(words, at + 1);
      continue;
    }
    const next = readParameter(reader, words, at, serverParams.get(name), serverParams.keys());
    if (next < 0) return;
    if (name === 'proto' && words[at + 1]?.text === 'qmux') reportExperimental(reader, word, 'proto qmux');
    const parameter = serverParams.get(name);
    if (line === 'default-server' && parameter?.inDefaultServer === false) {
      // The program complains of these and starts all the same.
      const more = /^no-(?:tls|ssl)v/.test(name) ? { severity: 'warning' as const } : {};
      reader.report('wrong-section', word, say('"{0}" is possible on "server" lines only', name), more);
    }
    at = next;
  }
}

/** Judges the address behind `source`, which may bring a range of ports along. */
function isSourceRefused(reader: Reader, source: Word, address: Word | undefined): boolean {
  if (address === undefined) {
    const usage = serverParams.get('source')?.usage ?? '';
    reader.report('missing-argument', source, say('"{0}" needs a value: {1}', source.text, usage));
    return true;
  }
  if (address.open) return false;
  const needs = { required: false, range: true, offset: false, nonZero: false };
  const fault = addressFault(address.text, needs, reader.release);
  if (fault !== undefined) reader.report('bad-value', address, fault);
  return fault !== undefined;
}

function readSource(words: readonly Word[], from: number): number {
  let at = from + 1;
  if (words[at]?.text === 'usesrc' || words[at]?.text === 'interface') at += 2;
  return at;
}

/** Reads the parameters of a `bind`-like line from `from` on. */
export function readBindParams(reader: Reader, words: readonly Word[], from: number): void {
  for (let at = from; at < words.length; ) {
    const word = words[at];
    reader.expect(word, expected.bindParameter);
    const next = readParameter(reader, words, at, bindParams.get(word?.text ?? ''), bindParams.keys());
    if (next < 0) return;
    const value = words[at + 1];
    if (word?.text === 'proto' && value?.text === 'qmux') reportExperimental(reader, word, 'proto qmux');
    if (word !== undefined && value !== undefined && reader.release < errorsNamed && isNamedError(word.text, value)) {
      reader.report('bad-value', value, say('"{0}" is not a value of "{1}"', value.text, word.text));
      return;
    }
    if (word !== undefined && value !== undefined && next > at + 1 && isListenerValueRefused(word.text, value)) {
      reader.report('bad-value', value, say('"{0}" is not a value of "{1}"', value.text, word.text));
      return;
    }
    at = next;
  }
}

/** From here on errors of certificates have names beside their numbers. */
const errorsNamed: Release = 207;

const isNamedError = (parameter: string, value: Word): boolean =>
  /^c(?:a|rt)-ignore-err$/.test(parameter) && /(?:^|,)X509_/i.test(value.text);

const listenerValues: ReadonlyMap<string, RegExp> = new Map([
  ['thread', /^(?:\d+\/)?(?:all|odd|even|[1-9](?!\d*(?:-\d*)?[a-zA-Z]|\d*\/))/],
  ['shards', /^(?:by-|[1-9])/],
  ['ca-ignore-err', /^(?:all$|[1-9]|X509_)/i],
  ['crt-ignore-err', /^(?:all$|[1-9]|X509_)/i],
]);

/** Whether the beginning of a value shows that a listener cannot have it. */
function isListenerValueRefused(parameter: string, value: Word): boolean {
  return !value.open && listenerValues.get(parameter)?.test(value.text) === false;
}

/** Parameters whose value may be missing at the end of a line. */
const canEndWithout: ReadonlySet<string> = new Set([
  ...['init-addr', 'resolve-opts', 'resolvers', 'set-proxy-v2-tlv-fmt', 'shard', 'thread'],
]);

/** Parameters that take any text for a number, but not none. */
const refusedWithout: ReadonlySet<string> = new Set(['max-reuse', 'pool-low-conn', 'pool-max-conn']);

function readParameter(
  reader: Reader,
  words: readonly Word[],
  at: number,
  parameter: Parameter | undefined,
  names: Iterable<string>,
): number {
  const word = words[at];
  if (word === undefined || word.open) return -1;
  if (parameter === undefined) {
    const suggestion = nearest(word.text, names);
    reader.report(
      'unknown-keyword',
      word,
      suggestion === undefined
        ? say('"{0}" is not a parameter of this line', word.text)
        : say('"{0}" is not a parameter of this line; "{1}" is', word.text, suggestion),
      { suggestion },
    );
    return -1;
  }
  if (!existsIn(parameter, reader.release)) {
    if (parameter.since > reader.release) {
      reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', word.text, releaseText(parameter.since)));
    } else
      reader.report(
        'removed-keyword',
        word,
        say('"{0}" was removed in {1}', word.text, releaseText(parameter.removed)),
      );
    return -1;
  }
  if (parameter.experimental) reportExperimental(reader, word, word.text);
  const arity = Math.max(0, parameter.arity);
  for (let i = 1; i <= arity; i++) {
    const value = words[at + i];
    const lenient = grammarOf(parameter.grammar)[0];
    if (value === undefined && canEndWithout.has(parameter.name)) return words.length;
    if (
      value === undefined &&
      !refusedWithout.has(word.text) &&
      lenient?.kind === 'argument' &&
      lenient.checks !== undefined &&
      !lenient.checks.includes('b') &&
      bindParams.get(word.text) !== parameter
    )
      return words.length;
    if (value === undefined) {
      const message = say('"{0}" needs a value: {1}', word.text, parameter.usage);
      // The program complains and starts all the same.
      reader.report('missing-argument', word, message, word.text === 'healthcheck' ? { severity: 'warning' } : {});
      return -1;
    }
    const node = grammarOf(parameter.grammar)[i - 1];
    if (node !== undefined) reader.expectNode(value, node);
    if (node?.kind !== 'argument' || value.open) continue;
    const before = reader.problems.length;
    if (node.type === 'sample') readSample(reader, value, 0, 'sample');
    else checkValue(reader, node, value);
    const since = parameter.younger?.get(value.text) ?? 0;
    if (since > reader.release)
      reader.report('too-new-keyword', value, say('"{0}" exists from {1} on', value.text, releaseText(since)));
    // The program takes what its number comes to for the port.
    if (node.type === 'port') reader.soften('bad-value');
    if (reader.problems.length > before) return -1;
  }
  return at + 1 + arity;
}

/** From here on a connection can take several paths at once, and names of sockets may end with a zero. */
const multipathTaken: Release = 301;

/** The first release that listens on a connection that it opened itself. */
const reverseTaken: Release = 209;

/** Judges the addresses of a `bind` line, separated by commas. */
export function checkBindAddresses(reader: Reader, word: Word): void {
  reader.expect(word, expected.address);
  if (word.open) return;
  for (const each of word.text.split(',')) {
    const young = reader.release < multipathTaken ? /^(?:mptcp[46]?|abnsz)@/.exec(each)?.[0] : undefined;
    if (young !== undefined) {
      reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', young, releaseText(multipathTaken)));
      return;
    }
    if (reader.release < reverseTaken && each.startsWith('rhttp@')) {
      reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', 'rhttp@', releaseText(reverseTaken)));
      return;
    }
    const fault =
      each === ''
        ? undefined
        : addressFault(each, { required: true, range: true, offset: false, nonZero: true }, reader.release);
    if (fault !== undefined) {
      reader.report('bad-value', word, fault);
      return;
    }
  }
}

/** The first release that speaks QUIC to servers, and the one that refuses to. */
const quicToServers: Release = 303;
const quicRefused: Release = 302;

/** Judges the address of a `server` line. */
export function checkServerAddress(reader: Reader, word: Word, portRequired: boolean): void {
  reader.expect(word, expected.address);
  if (word.open) return;
  if (reader.release === quicRefused && /^quic(?:[46]?@|\+)/.test(word.text)) {
    reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', 'quic@', releaseText(quicToServers)));
    return;
  }
  if (reader.release < multipathTaken && /^mptcp[46]?@/.test(word.text)) {
    reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', 'mptcp@', releaseText(multipathTaken)));
    return;
  }
  const fault = addressFault(
    word.text,
    {
      required: portRequired,
      range: false,
      offset: !portRequired,
      nonZero: false,
    },
    reader.release,
  );
  if (fault !== undefined) reader.report('bad-value', word, fault);
}
