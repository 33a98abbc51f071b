import type { RuleInfo } from '../rule';
import { adviceRules } from './advice';
import { noScriptSecurity, pidofRunsKillall5, shellSyntax, unquotedArguments } from './commands';
import { conformance } from './conformance';
import { conflictingSettings } from './instance';
import { togetherRules } from './together';
import { realServerPort } from './virtual-server';

/** Every rule over keepalived files. */
export const keepalivedRules: readonly RuleInfo[] = [
  ...Object.values(conformance),
  conflictingSettings,
  realServerPort,
  unquotedArguments,
  shellSyntax,
  noScriptSecurity,
  pidofRunsKillall5,
  ...adviceRules,
  ...togetherRules,
];
