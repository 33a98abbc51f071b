import type { RuleInfo } from '../rule';
import { conflictingSettings } from './block-end';
import { noScriptSecurity, pidofRunsKillall5, shellSyntax, unquotedArguments } from './commands';
import { conformance } from './conformance';

/** Every rule over keepalived files. */
export const keepalivedRules: readonly RuleInfo[] = [
  ...Object.values(conformance),
  conflictingSettings,
  unquotedArguments,
  shellSyntax,
  noScriptSecurity,
  pidofRunsKillall5,
];
