import type { RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import type { Rule } from '../rule';
import { commandRules } from './commands';
import { dataLossRules } from './data-loss';
import { firewallWithoutVrrp } from './firewall-without-vrrp';
import { flagNetworks } from './flag-networks';
import { flagValue } from './flag-value';
import { memberRules } from './members';
import { orderRules } from './order';
import { restoreRules } from './restore';
import { serviceOnlySetting } from './service-only-setting';
import { unknownFlag } from './unknown-flag';

/** The rules over the commands of one runbook. */
export const runbookRules: readonly Rule<RunbookAnalysis>[] = [
  ...dataLossRules,
  ...commandRules,
  unknownFlag,
  flagValue,
  flagNetworks,
  serviceOnlySetting,
  ...orderRules,
  ...memberRules,
  ...restoreRules,
  firewallWithoutVrrp,
];
