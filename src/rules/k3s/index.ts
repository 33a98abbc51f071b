import type { K3sAnalysis } from '../../model/k3s/analysis';
import type { Rule } from '../rule';
import { badValue } from './bad-value';
import { removedKey } from './removed-key';
import { unknownKey } from './unknown-key';
import { unquotedMode } from './unquoted-mode';

export const k3sRules: readonly Rule<K3sAnalysis>[] = [badValue, removedKey, unknownKey, unquotedMode];
