import type { RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import type { Rule } from '../rule';
import { commandRules } from './commands';
import { dataLossRules } from './data-loss';
import { firewallWithoutVrrp } from './firewall-without-vrrp';
import { orderRules } from './order';

/** The rules over the commands of one runbook. */
export const runbookRules: readonly Rule<RunbookAnalysis>[] = [
  ...dataLossRules,
  ...commandRules,
  ...orderRules,
  firewallWithoutVrrp,
];
