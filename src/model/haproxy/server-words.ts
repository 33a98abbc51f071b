import { serverParams } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { Note } from './note';
import type { Statement } from './statement';

/** The words of a `server` line that are compared with each other, one bit each; `no-check` is the bit above `check`. */
export const ServerWords = {
  check: 1 << 0,
  agentCheck: 1 << 2,
  ssl: 1 << 4,
  track: 1 << 6,
  port: 1 << 7,
  addr: 1 << 8,
  agentPort: 1 << 9,
  caFile: 1 << 10,
  id: 1 << 12,
  checkSsl: 1 << 13,
  observe: 1 << 15,
  proto: 1 << 16,
  redir: 1 << 17,
  /** `verify none`; the bit above it is `verify required`. */
  unverified: 1 << 18,
  guid: 1 << 20,
} as const;

export const noServerWords = 0;

const bitOf: ReadonlyMap<string, number> = new Map([
  ['check', ServerWords.check],
  ['no-check', ServerWords.check << 1],
  ['agent-check', ServerWords.agentCheck],
  ['no-agent-check', ServerWords.agentCheck << 1],
  ['ssl', ServerWords.ssl],
  ['no-ssl', ServerWords.ssl << 1],
  ['track', ServerWords.track],
  ['port', ServerWords.port],
  ['addr', ServerWords.addr],
  ['agent-port', ServerWords.agentPort],
  ['ca-file', ServerWords.caFile],
  ['id', ServerWords.id],
  ['check-ssl', ServerWords.checkSsl],
  ['no-check-ssl', ServerWords.checkSsl << 1],
  ['observe', ServerWords.observe],
  ['proto', ServerWords.proto],
  ['redir', ServerWords.redir],
  ['guid', ServerWords.guid],
]);

/** The words that have a `no-` form. */
const switches =
  ServerWords.check | ServerWords.agentCheck | ServerWords.ssl | ServerWords.checkSsl | ServerWords.unverified;

/** The words of one line behind those of another: of a word and its `no-` form the later one holds. */
export function serverWordsBehind(before: number, words: number): number {
  const on = words & switches;
  const off = (words >> 1) & switches;
  return (before & ~((on << 1) | off)) | words;
}

const ofEnding = new Note<number>();

/** The bits of the words from `from` on. */
export function serverWordsIn(words: readonly Word[], from: number): number {
  let bits = noServerWords;
  for (let at = from; at < words.length; ) {
    const name = words[at]?.text ?? '';
    const isRequired = name === 'verify' && words[at + 1]?.text === 'required';
    const bit = name === 'verify' ? ServerWords.unverified << (isRequired ? 1 : 0) : (bitOf.get(name) ?? 0);
    bits = serverWordsBehind(bits, bit);
    // What stands behind a parameter is its value, whatever it is called like.
    at += 1 + Math.max(0, serverParams.get(name)?.arity ?? 0);
  }
  return bits;
}

/** The bits of the parameters of a server, which begin at `from`. */
export function serverWordsOf(statement: Statement, from: 2 | 3): number {
  const { ending } = statement.line;
  if (ending === undefined || ending.words.length !== statement.argCount - from)
    return serverWordsIn(statement.args, from);
  let bits = ofEnding.get(ending);
  if (bits === undefined) {
    bits = serverWordsIn(ending.words, 0);
    ofEnding.set(ending, bits);
  }
  return bits;
}

/** The latest place of a parameter among `words`, values passed over; -1 if it is not there. */
export function lastParameter(words: readonly Word[], name: string, from: number): number {
  let found = -1;
  for (let at = from; at < words.length; ) {
    const text = words[at]?.text ?? '';
    if (text === name) found = at;
    at += 1 + Math.max(0, serverParams.get(text)?.arity ?? 0);
  }
  return found;
}
