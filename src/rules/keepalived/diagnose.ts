import type { Diagnostic } from '../../base/finding';
import { say } from '../../base/message';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import { treeFor } from '../../model/keepalived/analysis';
import { checkConflicts } from './block-end';
import { Checker } from './checker';
import { checkCommands } from './commands';
import { conformance } from './conformance';
import { Names } from './names';
import { Reporter } from './reporter';

const uniqueKinds = new Set(['vrrp_instance', 'vrrp_sync_group', 'bfd_instance', 'track_group']);

/** Everything Haven has to say about one keepalived.conf, in the order of the text. */
export function diagnoseKeepalived(
  analysis: KeepalivedAnalysis,
  siblings: readonly KeepalivedAnalysis[],
): readonly Diagnostic[] {
  const reporter = new Reporter();
  for (const { id, tree } of analysis.views) {
    const others = siblings.map((each) => treeFor(each, id ?? ''));
    const names = new Names(tree, others, tree.includes.length === 0 && siblings.length === 0);
    const checker = new Checker(analysis.text, tree, names, analysis.version, reporter);
    checker.run();
    for (const { kind, name, first } of names.duplicates)
      reporter.add(conformance.duplicateName, {
        span: name.span,
        message: uniqueKinds.has(kind)
          ? say('{0} "{1}" is defined already; keepalived skips this one', kind, name.text)
          : say('{0} "{1}" is defined already; keepalived uses the first one', kind, name.text),
        severity: uniqueKinds.has(kind) ? 'error' : 'warning',
        related: [{ span: first.name.span, message: say('first defined here') }],
      });
    checkConflicts(checker);
    checkCommands(checker);
  }
  return reporter.diagnostics.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}
