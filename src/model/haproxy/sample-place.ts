import type { Release, SampleFunction } from '../../catalog/haproxy/catalog';
import type { Reader } from './reader';

/** Where an expression is evaluated, as far as it decides what can be fetched. */
interface EvaluationPlace {
  readonly name: string;
  /** One of `SampleFunction.absentIn`. */
  readonly letter: string;
  /** What the backend knows is not there yet. */
  readonly isFrontend: boolean;
}

/** The letter of each directive that reads samples, by its first word or its first two. */
const placeLetters: ReadonlyMap<string, string> = new Map([
  ['http-request', 'Q'],
  ['unique-id-format', 'Q'],
  ['http-response', 'A'],
  ['http-after-response', 'A'],
  ['tcp-request connection', 'C'],
  ['tcp-request session', 'S'],
  ['tcp-request content', 'Q'],
  ['tcp-response content', 'A'],
  ['stick match', 'Q'],
  ['stick on', 'Q'],
  ['stick store-request', 'Q'],
  ['stick store-response', 'A'],
  ['balance hash', 'Q'],
  ['log-format', 'L'],
  ['log-format-sd', 'L'],
  ['error-log-format', 'L'],
  // The steps of a log-profile.
  ['on', 'L'],
  ['http-check', 'K'],
  ['tcp-check', 'K'],
  ['server', 'V'],
  ['default-server', 'V'],
]);

const beforeStart: EvaluationPlace = { name: 'global', letter: '', isFrontend: false };

/** Whether an expression is evaluated while the configuration is read. */
const isBeforeStart = ({ section, words }: Reader): boolean =>
  section === 'global' && words[0]?.text.startsWith('set-var') === true;

/** What can be fetched without a connection, a proxy or a running process (2.6.12, 3.0.11, 3.2.26, 3.4.7). */
const atStart =
  /^(?:acl|always_(?:false|true)|bin|bool|date|date_us|env|hostname|int|internal\..*|ipv[46]|meth|nbproc|pid|proc|quic_enabled|rand|str|thread|tgroup|unique-id|uptime|uuid|var|51d.*|da-csv.*|wurfl.*|distcc.*)$/;

/** Where the expressions of a line are evaluated. */
function evaluationPlace({ words, section }: Reader): EvaluationPlace | undefined {
  const first = words[0]?.text ?? '';
  const two = `${first} ${words[1]?.text ?? ''}`;
  const name = placeLetters.has(two) ? two : first;
  const letter = placeLetters.get(name);
  if (letter === undefined) return undefined;
  const action = words[name === two ? 2 : 1]?.text ?? '';
  // The program does not compare what this reads with the time at which it does.
  if (action === 'pause') return undefined;
  // It is looked at where a proxy takes the rule over.
  if (action === 'set-bandwidth-limit' && section === 'defaults') return undefined;
  // These are held to what a request has, wherever they stand (tcp_parse_set_src_dst and its like in tcp_act.c).
  if (/^set-(?:src|dst|[fb]c-)/.test(action)) return { name, letter: 'Q', isFrontend: section === 'frontend' };
  const isFrontend =
    letter === 'Q' &&
    (section === 'frontend' ||
      (section === 'listen' && name === 'unique-id-format') ||
      // Tags of requests are those of a frontend everywhere (parse_set_gpt0 in stick_table.c).
      /^sc-(?:set-gpt|add-gpc)/.test(action));
  return { name, letter, isFrontend };
}

/** From here on times and sizes of what goes on are there while it goes on. */
const timersMoved: Release = 302;

/** From here on the HTTP version of a request is still there when its answer comes. */
const versionKept: Release = 303;

/** Where the line's expressions are evaluated, if what `fetch` reads under this `name` is not there at that time. */
export function placeLacking(reader: Reader, fetch: SampleFunction, name: string): EvaluationPlace | undefined {
  if (isBeforeStart(reader) && !atStart.test(name)) return beforeStart;
  const place = fetch.absentIn === '' ? undefined : evaluationPlace(reader);
  if (place === undefined) return undefined;
  const { release } = reader;
  if (release >= timersMoved && place.name === 'unique-id-format' && name.startsWith('txn.')) return undefined;
  const absentIn = release < timersMoved ? (fetch.absentBefore ?? fetch.absentIn) : fetch.absentIn;
  const isAbsent =
    absentIn.includes(place.letter) ||
    (place.isFrontend && absentIn.includes('F')) ||
    (place.letter === 'A' && release < versionKept && /^req[._]ver$/.test(name));
  return isAbsent ? place : undefined;
}
