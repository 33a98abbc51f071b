import type { Diagnostic } from '../../base/finding';
import { say } from '../../base/message';
import { type KeepalivedAnalysis, treeFor } from '../../model/keepalived/analysis';
import type { Item, Tree } from '../../syntax/keepalived/tree';
import { HeldAddresses } from './advice/addresses';
import { adviseCharacters, adviseFile } from './advice/file';
import { Checker } from './checker';
import { noScriptSecurity } from './commands';
import { conformance } from './conformance';
import { globalsOf } from './instance';
import { environmentOf, type ItemCheck, memoOf } from './memo';
import { Names } from './names';
import { Reporter } from './reporter';
import { RouterIds } from './router-ids';
import { Settings } from './settings';

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
  const complete = tree.includes.length === 0 && others.length === 0;
  const names = new Names(tree, others, complete);
  const globalBlocks = tree.items
    .filter((item) => item.statement.keyword === 'global_defs')
    .map((item) => new Settings(item.statement));
  const checker = new Checker(analysis.text, tree, names, globalsOf(globalBlocks), analysis.version, reporter);
  checker.outside();

  const memo = complete && analysis.views.length === 1 ? memoOf(analysis) : undefined;
  memo?.begin(environmentOf(tree, analysis.version));
  const ids = new RouterIds(reporter);
  const held = new HeldAddresses(reporter);
  const checks: ItemCheck[] = [];
  for (const item of tree.items) {
    const known = memo?.get(item);
    const check = known !== undefined && holds(known, item) ? reuse(known, reporter) : checkItem(checker, item);
    memo?.set(item, check);
    ids.add(item, check.routerKey);
    if (check.addresses.length > 0) held.add(check.addresses);
    checks.push(check);
  }
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

/** Findings carry offsets of the whole text, so those of an item that has moved are made again. */
function holds(check: ItemCheck, item: Item): boolean {
  return check.diagnostics.length === 0 || check.start === item.start;
}

function reuse(check: ItemCheck, reporter: Reporter): ItemCheck {
  for (const each of check.diagnostics) reporter.take(each);
  return check;
}

function checkItem(checker: Checker, item: Item): ItemCheck {
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
