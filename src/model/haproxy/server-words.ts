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
  verify: 1 << 11,
  id: 1 << 12,
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
  ['verify', ServerWords.verify],
  ['id', ServerWords.id],
]);

const ofEnding = new Note<number>();

/** The bits of the words from `from` on. */
export function serverWordsIn(words: readonly Word[], from: number): number {
  let bits = noServerWords;
  for (let at = from; at < words.length; ) {
    const name = words[at]?.text ?? '';
    bits |= bitOf.get(name) ?? 0;
    // What stands behind a parameter is its value, whatever it is called like.
    at += 1 + Math.max(0, serverParams.get(name)?.arity ?? 0);
  }
  return bits;
}

/** The bits of the parameters of a `server` line. */
export function serverWordsOf(statement: Statement): number {
  const { ending } = statement.line;
  if (ending === undefined || ending.words.length !== statement.argCount - 2) return serverWordsIn(statement.args, 2);
  let bits = ofEnding.get(ending);
  if (bits === undefined) {
    bits = serverWordsIn(ending.words, 0);
    ofEnding.set(ending, bits);
  }
  return bits;
}
