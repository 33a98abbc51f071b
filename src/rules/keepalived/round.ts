import type { Version } from '../../base/version';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Item, Tree } from '../../syntax/keepalived/tree';
import type { HeldAddresses } from './advice/addresses';
import { environmentOf, type ItemCheck } from './item-check';
import type { Names } from './names';
import type { RouterIds } from './router-ids';

/** What was found in one file, and by what, for the analysis that the next edit makes of it. */
export interface Round {
  readonly items: readonly Item[];
  readonly checks: readonly ItemCheck[];
  /** For each item what the checks of others depend on in it. */
  readonly environment: readonly string[];
  readonly version: Version | undefined;
  readonly names: Names;
  readonly ids: RouterIds;
  readonly held: HeldAddresses;
}

const rounds = new WeakMap<object, Round>();

/** The round before: analyses that edits made of each other share it. */
export const roundBefore = (analysis: KeepalivedAnalysis): Round | undefined => rounds.get(analysis.lineage);

export function keepRound(analysis: KeepalivedAnalysis, round: Round): void {
  rounds.set(analysis.lineage, round);
}

/** Blocks that others are read by in more ways than their name. */
const farReaching: ReadonlySet<string> = new Set(['global_defs', 'vrrp_sync_group']);

/**
 * The places of the items that are not those of the round before, where no other item notices: each has an old one in
 * its place that others saw in the same way, and no two items were in each other's way.
 */
export function changedAlone(before: Round, tree: Tree, version: Version | undefined): readonly number[] | undefined {
  const { items } = tree;
  if (items.length !== before.items.length || !sameVersion(version, before.version)) return undefined;
  if (before.names.duplicates.length > 0 || !before.ids.apart || !before.held.apart) return undefined;
  const changed: number[] = [];
  for (let at = 0; at < items.length; at++) {
    const item = items[at];
    const old = before.items[at];
    if (item === old || item === undefined || old === undefined) continue;
    const { keyword } = item.statement;
    if (keyword !== old.statement.keyword || farReaching.has(keyword)) return undefined;
    if (environmentOf(item) !== before.environment[at]) return undefined;
    changed.push(at);
  }
  return changed;
}

/** Whether what was found in single items still holds, for those that are the same. */
export function holdsFor(before: Round, environment: readonly string[], version: Version | undefined): boolean {
  return (
    environment.length === before.environment.length &&
    sameVersion(version, before.version) &&
    environment.every((each, at) => each === before.environment[at])
  );
}

function sameVersion(a: Version | undefined, b: Version | undefined): boolean {
  return a?.join('.') === b?.join('.');
}
