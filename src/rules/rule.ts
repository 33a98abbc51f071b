import type { Diagnostic, Finding, Severity } from '../base/finding';

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

/**
 * Runs rules over one input. A rule that fails costs its own findings and nothing else;
 * `onBug` is told, because an exception here is always a mistake of ours.
 */
export function runRules<Input>(
  rules: readonly Rule<Input>[],
  input: Input,
  onBug: (rule: RuleInfo, error: unknown) => void = () => {},
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const each of rules) {
    try {
      for (const finding of each.check(input)) diagnostics.push(diagnosticOf(each, finding));
    } catch (error) {
      onBug(each, error);
    }
  }
  return diagnostics;
}
