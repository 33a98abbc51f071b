import type { RuleInfo } from '../rule';
import { nginxLanguage } from './language';
import { nginxChecks } from './rules';

export { nginxLanguage } from './language';
export { nginxChecks } from './rules';

export const nginxRules: readonly RuleInfo[] = [...Object.values(nginxLanguage), ...nginxChecks];
