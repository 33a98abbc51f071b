import type { Diagnostic } from '../../base/finding';
import { say } from '../../base/message';
import { type KeepalivedAnalysis, treeFor } from '../../model/keepalived/analysis';
import type { Item, Tree } from '../../syntax/keepalived/tree';
import { HeldAddresses } from './advice/addresses';
import { adviseCharacters, adviseFile } from './advice/file';
import { noScriptSecurity } from './commands';
import { conformance } from './conformance';
import { environmentOf, type ItemCheck } from './item-check';
import { ItemChecker } from './item-checker';
import { Names } from './names';
import { Reporter } from './reporter';
import { changedAlone, holdsFor, keepRound, type Round, roundBefore } from './round';
import { RouterIds } from './router-ids';
import { globalsOf, Settings } from './settings';

const uniqueKinds = new Set(['vrrp_instance', 'vrrp_sync_group', 'bfd_instance', 'track_group']);

/** Everything Haven has to say about one keepalived.conf, in the order of the text. */
export function diagnoseKeepalived(
  analysis: KeepalivedAnalysis,
  siblings: readonly KeepalivedAnalysis[],
): readonly Diagnostic[] {
  const reporter = new Reporter(analysis.views.length > 1 || !analysis.tree.local);
  for (const { id, tree } of analysis.views) {
    const others = siblings.map((each) => treeFor(each, id ?? ''));
    diagnoseTree(analysis, tree, others, reporter);
  }
  return reporter.diagnostics.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}

function diagnoseTree(analysis: KeepalivedAnalysis, tree: Tree, others: readonly Tree[], reporter: Reporter): void {
  const { version } = analysis;
  const { items } = tree;
  const complete = tree.includes.length === 0 && others.length === 0;
  const isKept = complete && analysis.views.length === 1;
  const before = isKept ? roundBefore(analysis) : undefined;
  const changed = before === undefined ? undefined : changedAlone(before, tree, version);
  const old = before !== undefined && changed !== undefined ? before : undefined;
  for (const at of changed ?? []) old?.names.replace(old.items[at], items[at]);

  const names = old?.names ?? new Names(tree, others, complete);
  const globalBlocks = items
    .filter((item) => item.statement.keyword === 'global_defs')
    .map((item) => new Settings(item.statement));
  const checker = new ItemChecker(analysis.text, tree, names, globalsOf(globalBlocks), version, reporter);
  checker.outside();

  const environment = old?.environment ?? (isKept ? items.map(environmentOf) : []);
  const known = old ?? (before !== undefined && holdsFor(before, environment, version) ? before : undefined);
  const checks = items.map((item, at) => {
    const check = known?.items[at] === item ? known.checks[at] : undefined;
    return check !== undefined && holds(check, item) ? reuse(check, reporter) : checkItem(checker, item);
  });

  const { ids, held } = (old && besideAsBefore(old, changed ?? [], items, checks)) ?? beside(items, checks, reporter);
  if (isKept) keepRound(analysis, { items, checks, environment, version, names, ids, held });
  for (const { kind, name, first } of names.duplicates)
    reporter.add(conformance.duplicateName, {
      span: name.span,
      message: uniqueKinds.has(kind)
        ? say('{0} "{1}" is defined already; keepalived skips this one', kind, name.text)
        : say('{0} "{1}" is defined already; keepalived uses the first one', kind, name.text),
      severity: uniqueKinds.has(kind) ? 'error' : 'warning',
      related: [{ span: first.name.span, message: say('first defined here') }],
    });
  const secured = globalBlocks.some((each) => each.get('enable_script_security') !== undefined);
  adviseFile({
    text: analysis.text,
    tree,
    names,
    globals: globalBlocks,
    reporter,
    checks,
  });
  const command = checks.find((each) => each.firstScript !== undefined)?.firstScript?.words[0];
  if (command !== undefined && !secured && complete)
    reporter.add(noScriptSecurity, {
      span: command.span,
      message: say('scripts are run as root from any path: set enable_script_security and script_user in global_defs'),
    });
}

/** What items have that no other may have, with those that changed in the place of the old ones; undefined if they clash. */
function besideAsBefore(
  { items: oldItems, checks: oldChecks, ids, held }: Round,
  changed: readonly number[],
  items: readonly Item[],
  checks: readonly ItemCheck[],
): Pick<Round, 'ids' | 'held'> | undefined {
  for (const at of changed) {
    ids.remove(oldItems[at], oldChecks[at]?.routerKey);
    held.remove(oldChecks[at]?.addresses ?? []);
  }
  for (const at of changed) {
    const item = items[at];
    const check = checks[at];
    if (item === undefined || check === undefined) continue;
    ids.add(item, check.routerKey);
    held.add(check.addresses);
  }
  return ids.apart && held.apart ? { ids, held } : undefined;
}

function beside(items: readonly Item[], checks: readonly ItemCheck[], reporter: Reporter): Pick<Round, 'ids' | 'held'> {
  const ids = new RouterIds();
  const held = new HeldAddresses();
  checks.forEach((check, at) => {
    const item = items[at];
    if (item !== undefined) ids.add(item, check.routerKey, reporter);
    held.add(check.addresses, reporter);
  });
  return { ids, held };
}

/**
 * Findings carry offsets of the whole text, so those of an item that has moved are made again, and those that point to
 * another item, which may have.
 */
function holds({ diagnostics, start }: ItemCheck, item: Item): boolean {
  if (diagnostics.length === 0) return true;
  if (start !== item.start) return false;
  return diagnostics.every(
    ({ related }) => related?.every(({ span }) => span.start >= item.start && span.end <= item.end) ?? true,
  );
}

function reuse(check: ItemCheck, reporter: Reporter): ItemCheck {
  for (const each of check.diagnostics) reporter.take(each);
  return check;
}

function checkItem(checker: ItemChecker, item: Item): ItemCheck {
  const { reporter } = checker;
  const before = reporter.diagnostics.length;
  checker.item(item);
  adviseCharacters(checker.text, item.start, item.end, reporter);
  return {
    start: item.start,
    ...checker.notes,
    diagnostics: reporter.diagnostics.length === before ? none : reporter.diagnostics.slice(before),
  };
}

const none: readonly Diagnostic[] = [];
