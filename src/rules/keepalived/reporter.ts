import type { Diagnostic, Finding } from '../../base/finding';
import { diagnosticOf, type RuleInfo } from '../rule';

/** Collects what the checks find in one file, each thing once, however many hosts' views of it show the same. */
export class Reporter {
  readonly diagnostics: Diagnostic[] = [];
  private readonly seen = new Set<string>();

  add(rule: RuleInfo, finding: Finding): void {
    const { span, message } = finding;
    const key = `${rule.id} ${span.start} ${span.end} ${message.template} ${message.args.join()}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.diagnostics.push(diagnosticOf(rule, finding));
  }
}
