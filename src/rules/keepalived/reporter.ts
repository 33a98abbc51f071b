import type { Diagnostic, Finding } from '../../base/finding';
import { diagnosticOf, type RuleInfo } from '../rule';

/** Collects what the checks find in one file. */
export class Reporter {
  readonly diagnostics: Diagnostic[] = [];
  private readonly seen = new Set<string>();

  /** `once`: several hosts' views or repeated lines may show the same thing several times, and it is told once. */
  constructor(private readonly once: boolean) {}

  add(rule: RuleInfo, finding: Finding): void {
    this.take(diagnosticOf(rule, finding));
  }

  take(diagnostic: Diagnostic): void {
    if (this.once) {
      const { rule, span, message } = diagnostic;
      const key = `${rule} ${span.start} ${span.end} ${message.template} ${message.args.join()}`;
      if (this.seen.has(key)) return;
      this.seen.add(key);
    }
    this.diagnostics.push(diagnostic);
  }
}
