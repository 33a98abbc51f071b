import type { Diagnostic } from '../../../base/finding';
import { type Fleet, type FleetFile, fleetOf } from '../../../model/vrrp/fleet';
import { type Rule, runRules } from '../../rule';
import { agreementRules } from './agreement';
import { weightRules } from './weights';

/** The rules over the keepalived files of several machines. */
export const togetherRules: readonly Rule<Fleet>[] = [...weightRules, ...agreementRules];

/** What only shows when the nodes of a virtual router are seen together; each diagnostic names its file. */
export function diagnoseFleet(files: readonly FleetFile[]): readonly Diagnostic[] {
  const fleet = fleetOf(files);
  if (fleet.routers.length === 0 && fleet.machines.length < 2) return [];
  const found = new Map<string, Diagnostic>();
  for (const each of runRules(togetherRules, fleet)) {
    // One file may be that of several machines.
    const key = `${each.rule} ${each.path} ${each.span.start} ${each.message.template}`;
    if (!found.has(key)) found.set(key, each);
  }
  return [...found.values()];
}
