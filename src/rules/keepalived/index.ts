import type { RuleInfo } from '../rule';
import { languageRules } from './language';

export const keepalivedRules: readonly RuleInfo[] = Object.values(languageRules);
