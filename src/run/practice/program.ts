import type { Call } from './world';

/** Says `NAME: text` as programs do when they fail, and gives the code. */
export function complain(call: Call, text: string, code = 1): number {
  call.err(`${call.name}: ${text}\n`);
  return code;
}
