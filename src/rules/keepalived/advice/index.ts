import type { RuleInfo } from '../../rule';
import { addressAdvice } from './addresses';
import { fileAdvice } from './file';
import { instanceAdvice } from './instance';
import { scriptAdvice } from './scripts';
import { surroundingsAdvice } from './surroundings';
import { wordAdvice } from './words';

/** What keepalived accepts in silence and what all the same is a mistake, most of the time. */
export const adviceRules: readonly RuleInfo[] = [
  ...Object.values(instanceAdvice),
  ...Object.values(addressAdvice),
  ...Object.values(scriptAdvice),
  ...Object.values(surroundingsAdvice),
  ...Object.values(wordAdvice),
  ...Object.values(fileAdvice),
];
