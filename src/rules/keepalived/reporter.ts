import type { Diagnostic, Finding } from '../../base/finding';
import { diagnosticOf, type RuleInfo } from '../rule';

/** Collects what the checks find in one file, each thing once, however many hosts' views of it show the same. */
export class Reporter {
  readonly diagnostics: Diagnostic[] = [];
  private readonly seen = new Set<string>();

  add(rule: RuleInfo, finding: Finding): void {
    this.take(diagnosticOf(rule, finding));
  }

  take(diagnostic: Diagnostic): void {
    const { rule, span, message } = diagnostic;
    const key = `${rule} ${span.start} ${span.end} ${message.template} ${message.args.join()}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.diagnostics.push(diagnostic);
  }
}
