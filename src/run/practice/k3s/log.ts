import type { Call } from '../world';
import { readConfig } from './config';

/** Keys that belong to the server alone: another sub-command says of each value that it does not know it. */
const serverOnly = [
  'cluster-init',
  'token',
  'tls-san',
  'flannel-backend',
  'disable',
  'server',
  'node-name',
  'kubelet-arg',
];

/** One line of k3s's log, as it looks where standard error is no terminal. */
function logLine(nowMs: number, level: string, message: string): string {
  return `time="${new Date(nowMs).toISOString().slice(0, 19)}Z" level=${level} msg="${message.replaceAll('"', '\\"')}"\n`;
}

export function log(call: Call, level: string, message: string): void {
  call.err(logLine(call.machine.now(), level, message));
}

export function fatal(call: Call, message: string): number {
  log(call, 'fatal', message);
  return 1;
}

/** What the sub-commands say of keys in config.yaml that are not theirs; a literal `\n` ends each, as recorded. */
export function warnOfServerKeys(call: Call): void {
  for (const key of readConfig(call.machine).keys())
    if (serverOnly.includes(key)) log(call, 'warning', `Unknown flag --${key} found in config.yaml, skipping\\n`);
}
