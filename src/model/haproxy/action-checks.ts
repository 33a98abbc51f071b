import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { fetchOf, type Release, releaseText } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { partOf, type Reader } from './reader';
import { readSample } from './sample';
import { isReadInPart, longestMs, readTime } from './values';
import { expected } from './visit';

/** Where the fetch of an expression stands that is not read any further. */
export const fetchIn = (word: Word) => partOf(word, 0, /^[\w.-]*/.exec(word.text)?.[0].length ?? 0);

/** What a rule says behind its action, up to the condition. */
interface ActionWords {
  readonly reader: Reader;
  /** Such as `http-request`. */
  readonly ruleSet: string;
  /** The word of the action itself, with its parentheses. */
  readonly action: Word;
  readonly args: readonly Word[];
}

/** Looks at what no grammar tells; answers whether a problem was reported. */
type Check = (rule: ActionWords) => boolean;

function refuse({ reader }: ActionWords, at: Word, message: ReturnType<typeof say>): true {
  reader.report('bad-value', at, message);
  return true;
}

const isBackendOnly = ({ reader }: ActionWords): boolean => reader.section === 'backend';
const isFrontendOnly = ({ reader }: ActionWords): boolean => reader.section === 'frontend';

/** Words of an answer that bring its body along. */
const payloads: ReadonlySet<string> = new Set(['string', 'lf-string', 'file', 'lf-file', 'errorfile', 'errorfiles']);
/** How many words follow the ones that have any. */
const wordsBehind: ReadonlyMap<string, number> = new Map([
  ...[...payloads].map((each): [string, number] => [each, 1]),
  ['status', 1],
  ['deny_status', 1],
  ['content-type', 1],
  ['hdr', 2],
]);

/** The body of an answer made by a rule: one at most, and its type is to be said (http_parse_http_reply in http_htx.c). */
export function isReplyRefused(rule: ActionWords): boolean {
  const { args, action } = rule;
  let body: Word | undefined;
  let type = false;
  let status = '';
  for (let at = 0; at < args.length; at += 1 + (wordsBehind.get(args[at]?.text ?? '') ?? 0)) {
    const word = args[at];
    if (word === undefined || word.open) return false;
    if (word.text === 'deny_status' && at > 0)
      return refuse(rule, word, say('"{0}" has to stand in front of what else the answer is made of', word.text));
    if (word.text === 'content-type') type = true;
    if (word.text === 'status' || word.text === 'deny_status') status = args[at + 1]?.text ?? '';
    if (!payloads.has(word.text) && word.text !== 'default-errorfiles') continue;
    if (body !== undefined)
      return refuse(rule, word, say('the answer has a body already: "{0}" stands in front', body.text));
    body = word;
  }
  // Whether a file is empty is not known here.
  const isText = body?.text === 'string' || body?.text === 'lf-string' || body?.text === 'lf-file';
  if (body === undefined || !isText) return false;
  if (status === '204' || status === '304')
    return refuse(rule, body, say('an answer with status {0} has no body', status));
  if (type) return false;
  rule.reader.report(
    'missing-argument',
    body,
    say('"{0}" with "{1}" needs "content-type" and a type such as text/plain', action.text, body.text),
  );
  return true;
}

const isResponse = (ruleSet: string): boolean => ruleSet === 'http-response' || ruleSet === 'http-after-response';

/** From here on the id of a capture is not below zero; before, nothing was found under it. */
const idsPositive: Release = 302;

function checkCapture(rule: ActionWords): boolean {
  const { args, ruleSet, action } = rule;
  const at = args.findIndex((each, index) => index > 0 && (each.text === 'len' || each.text === 'id'));
  const kind = args[at];
  if (isBackendOnly(rule) && !isResponse(ruleSet) && kind?.text === 'len')
    return refuse(rule, action, say('"{0}" is not possible in a backend section', action.text));
  if (kind === undefined) return false;
  if (isResponse(ruleSet) && kind.text === 'len')
    return refuse(rule, kind, say('"{0}" is expected here, not "{1}"', 'id', 'len'));
  if (ruleSet === 'tcp-request content' && kind.text === 'id')
    return refuse(rule, kind, say('"{0}" is expected here, not "{1}"', 'len', 'id'));
  const number = args[at + 1];
  if (number === undefined || number.open) return false;
  const value = Number.parseInt(number.text, 10);
  if (kind.text === 'len' && !(value > 0))
    return refuse(rule, number, say('"{0}" is not a length: a number from 1 on is expected', number.text));
  if (kind.text === 'id' && (!/^[+-]?\d+$/.test(number.text) || (value < 0 && rule.reader.release >= idsPositive)))
    return refuse(rule, number, say('"{0}" is not a whole number', number.text));
  return false;
}

/** The first release that knows each timeout of a stream. */
const timeouts: ReadonlyMap<string, Release> = new Map([
  ['server', 204],
  ['tunnel', 204],
  ['client', 209],
  ['connect', 304],
  ['queue', 304],
  ['tarpit', 304],
]);

function checkTimeout(rule: ActionWords): boolean {
  const { args, reader, action } = rule;
  const [which, value] = args;
  reader.expect(which, { kind: 'words', words: [...timeouts.keys()] });
  if (value !== undefined) reader.expect(fetchIn(value), expected.sampleFetch);
  if (which === undefined || which.open) return false;
  const since = timeouts.get(which.text);
  if (since === undefined) {
    reader.report(
      'bad-value',
      which,
      say('"{0}" is not possible here; expected: {1}', which.text, [...timeouts.keys()].join(', ')),
      { suggestion: nearest(which.text, timeouts.keys()) },
    );
    return true;
  }
  if (reader.release < since) {
    reader.report('too-new-keyword', which, say('"{0}" exists from {1} on', which.text, releaseText(since)));
    return true;
  }
  if (which.text === 'client' ? isBackendOnly(rule) : isFrontendOnly(rule) && which.text !== 'tarpit')
    return refuse(
      rule,
      which,
      say('"{0} {1}" is not possible in a {2} section', action.text, which.text, reader.section),
    );
  if (value === undefined || value.open) return false;
  return isTimeRefused(rule, value);
}

/** A time above zero or an expression. */
function isTimeRefused(rule: ActionWords, value: Word): boolean {
  const { reader } = rule;
  const time = readTime(value.text);
  if (time === undefined && /^[a-z]/.test(value.text) && fetchOf(/^[\w.-]*/.exec(value.text)?.[0] ?? '') !== undefined)
    return readSample(reader, value, 0, 'sample') === undefined && reader.problems.length > 0;
  if (value.text.startsWith('lua.')) return false;
  if (isReadInPart(value.text)) {
    reader.report('bad-value', value, say('"{0}" is read in part only', value.text), { severity: 'warning' });
    return false;
  }
  if (time === undefined)
    return refuse(
      rule,
      value,
      say('"{0}" is not a time: a whole number is expected, and behind it us, ms, s, m, h or d', value.text),
    );
  if (time === 0) return refuse(rule, value, say('a time above zero is expected'));
  if (time > longestMs)
    return refuse(rule, value, say('"{0}" is too long: the longest time is about 24 days', value.text));
  return false;
}

/** From here on marks and types of service can be computed. */
const marksComputed: Release = 300;

function checkMark(rule: ActionWords): boolean {
  const { args, reader } = rule;
  const [value] = args;
  if (value === undefined || value.open || /^[+-]?(?:\d+|0x[\da-fA-F]+)$/.test(value.text)) return false;
  if (reader.release < marksComputed || /^[\d.+-]/.test(value.text))
    return refuse(rule, value, say('"{0}" is not a whole number', value.text));
  return readSample(reader, value, 0, 'sample') === undefined && reader.problems.length > 0;
}

function checkService(rule: ActionWords): boolean {
  const { args, ruleSet } = rule;
  const [service] = args;
  if (service === undefined || service.open || service.text.startsWith('lua.')) return false;
  if (service.text !== 'prometheus-exporter' && service.text !== 'haterm')
    return refuse(rule, service, say('"{0}" is not a service: prometheus-exporter and those of Lua are', service.text));
  if (ruleSet !== 'tcp-request content' || service.text === 'haterm') return false;
  return refuse(rule, service, say('"{0}" is possible in {1} rules only', service.text, 'http-request'));
}

function checkResolve(rule: ActionWords): boolean {
  const { action } = rule;
  const paren = action.text.indexOf('(');
  if (paren < 0 || /^\([^,()]+,[^,()]+(?:,ipv[46])?\)$/.test(action.text.slice(paren))) return false;
  const at = partOf(action, paren, action.text.length);
  rule.reader.report(
    'bad-value',
    at,
    say('a variable, the name of a resolvers section and perhaps ipv4 or ipv6 are expected: {0}', '(txn.ip,dns,ipv4)'),
  );
  return true;
}

/** From here on a silent drop can set the lifetime of its reset. */
const resetLifetime: Release = 207;

function checkRetries(rule: ActionWords): boolean {
  const [number] = rule.args;
  if (isFrontendOnly(rule))
    return refuse(rule, rule.action, say('"{0}" is not possible in a frontend section', rule.action.text));
  // What a defaults section is for is not known while it is read.
  if (rule.reader.section === 'defaults')
    return refuse(
      rule,
      rule.action,
      say('"{0} {1}" is not possible in a {2} section', rule.ruleSet, rule.action.text, rule.reader.section),
    );
  if (number === undefined || number.open || !/^[+-]?\d+$/.test(number.text)) return false;
  if (Number(number.text) >= 0 && Number(number.text) <= 100) return false;
  return refuse(rule, number, say('{0} is out of range: {1} to {2} are possible', number.text, 0, 100));
}

/** The protocols that a connection may be taken over by. */
const multiplexers: ReadonlySet<string> = new Set(['h1', 'h2', 'fcgi', 'spop', 'quic', 'none']);

function checkSwitch(rule: ActionWords): boolean {
  const { args, action } = rule;
  if (isBackendOnly(rule)) return refuse(rule, action, say('"{0}" is not possible in a backend section', action.text));
  const proto = args[args.findIndex((each) => each.text === 'proto') + 1];
  if (proto === undefined || proto === args[0] || proto.open || multiplexers.has(proto.text)) return false;
  return refuse(rule, proto, say('"{0}" is not possible here; expected: {1}', proto.text, 'h1, h2'));
}

/** From here on a body may be kept in a large buffer. */
const largeBuffers: Release = 304;

function checkBody({ args, reader }: ActionWords): boolean {
  const word = args.find((each) => each.text === 'use-large-buffer');
  if (word === undefined) return false;
  if (reader.release >= largeBuffers) {
    const unless = 'tune.bufsize.large';
    reader.report('missing-setting', word, say('"{0}" is missing in the global section', unless), { unless });
    return false;
  }
  reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', word.text, releaseText(largeBuffers)));
  return true;
}

/** Before, the program knew no expression that it could evaluate for a connection (2.6.12 asks for a report of it). */
const tagsComputed: Release = 207;

function checkTag(rule: ActionWords): boolean {
  const [value] = rule.args;
  if (rule.ruleSet !== 'tcp-request connection' || rule.reader.release >= tagsComputed) return false;
  if (value === undefined || value.open || /^[-+\d]/.test(value.text)) return false;
  return refuse(rule, value, say('"{0}" is not a whole number', value.text));
}

/** From here on a log can take the form of another profile. */
const profileNamed: Release = 304;

function checkLog({ args: [word], reader }: ActionWords): boolean {
  if (word?.text !== 'profile' || reader.release >= profileNamed) return false;
  reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', word.text, releaseText(profileNamed)));
  return true;
}

const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['set-retries', checkRetries],
  ['do-log', checkLog],
  [
    'pause',
    (rule) => {
      const [value] = rule.args;
      return value !== undefined && !value.open && isTimeRefused(rule, value);
    },
  ],
  ['return', isReplyRefused],
  ['deny', isReplyRefused],
  ['tarpit', isReplyRefused],
  ['capture', checkCapture],
  ['set-timeout', checkTimeout],
  ['set-mark', checkMark],
  ['set-tos', checkMark],
  ['use-service', checkService],
  ['do-resolve', checkResolve],
  ['switch-mode', checkSwitch],
  ['wait-for-body', checkBody],
  ['sc-set-gpt0', checkTag],
  ['sc-set-gpt', checkTag],
  [
    'silent-drop',
    (rule) => {
      const [word] = rule.args;
      if (word === undefined || word.open || rule.reader.release >= resetLifetime) return false;
      rule.reader.report(
        'too-new-keyword',
        word,
        say('"{0}" exists from {1} on', word.text, releaseText(resetLifetime)),
      );
      return true;
    },
  ],
]);

/** Whether an action is refused for something that its grammar lets pass; the problem is then reported. */
export const isActionRefused = (name: string, rule: ActionWords): boolean => checks.get(name)?.(rule) === true;
