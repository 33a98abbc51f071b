import { randomBytes } from 'node:crypto';
import { timeWords } from '../base/time-words';

/**
 * Names what a run keeps on the nodes, its marks among them: `20261121-031500-1f3a9c02`, the time in UTC and eight letters.
 * The time alone is no name: the clock may be set back to the same second, and two operators, or the editor and the command
 * line, may plan in one. The second run would take the marks of the first for its own, do nothing and call that done. What
 * others have named cannot be looked up, as their journals lie on other machines; so chance keeps them apart.
 */
export function newStamp(nowMs = Date.now()): string {
  return `${timeWords(nowMs)}-${randomBytes(4).toString('hex')}`;
}
