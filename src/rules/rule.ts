import type { Diagnostic, Finding, Severity } from '../base/finding';
import { finish, type Steps } from '../base/steps';

/** What is known of a rule before it runs. The page `docs/rules/<id>.md` is made from it and the text beside the rule. */
export interface RuleInfo {
  /** The mistake, in the field's own words, behind the language it is made in: `keepalived/nopreempt-with-master`. */
  readonly id: string;
  readonly severity: Severity;
  /** One sentence, in markdown, saying what is wrong when the rule speaks. */
  readonly summary: string;
  /** The finding says that something stands nowhere in the file; of an excerpt in a document it is not said. */
  readonly absence?: true;
}

/** A rule over `Input`: one file's analysis, or the cluster that several files describe. It knows no settings and no editor. */
export interface Rule<Input> extends RuleInfo {
  check(input: Input): Iterable<Finding>;
}

/** Names the type of a rule where it is written. */
export function rule<Input>(definition: Rule<Input>): Rule<Input> {
  return definition;
}

/** Makes a diagnostic of what a rule found. */
export function diagnosticOf(info: RuleInfo, finding: Finding): Diagnostic {
  return { ...finding, rule: info.id, severity: finding.severity ?? info.severity };
}

/** Hears of a rule that failed, which is always a mistake of ours and never one of the file. */
type BugReport = (rule: RuleInfo, error: unknown) => void;

/** Where nobody has said who hears of it, a bug is thrown: otherwise no test would ever see one. */
let report: BugReport = (_, error) => {
  throw error;
};

/** From now on a rule that fails costs what it had yet to find and nothing else, and `hears` is told. Adapters call it once. */
export function reportBugsTo(hears: BugReport): void {
  report = hears;
}

/** Runs rules over one input, and tells `onBug`, or who `reportBugsTo` named, of one that fails. */
export function runRules<Input>(rules: readonly Rule<Input>[], input: Input, onBug: BugReport = report): Diagnostic[] {
  return finish(runRulesInSteps(rules, input, onBug));
}

/** The same, with a stop after each rule. */
export function* runRulesInSteps<Input>(
  rules: readonly Rule<Input>[],
  input: Input,
  onBug: BugReport = report,
): Steps<Diagnostic[]> {
  const diagnostics: Diagnostic[] = [];
  for (const each of rules) {
    try {
      for (const finding of each.check(input)) diagnostics.push(diagnosticOf(each, finding));
    } catch (error) {
      onBug(each, error);
    }
    yield;
  }
  return diagnostics;
}
