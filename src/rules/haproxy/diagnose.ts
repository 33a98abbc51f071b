import type { Diagnostic, Severity } from '../../base/finding';
import { say } from '../../base/message';
import type { Steps } from '../../base/steps';
import { type HaproxyAnalysis, spanOf } from '../../model/haproxy/analysis';
import { everyReleaseRefuses } from '../../model/haproxy/every-release';
import { readGlobalOrder } from '../../model/haproxy/global-order';
import { asInstance } from '../../model/haproxy/instance';
import { sectionNamed } from '../../model/haproxy/instance-names';
import { linkHaproxy } from '../../model/haproxy/links';
import type { Mistake, Problem } from '../../model/haproxy/problem';
import type { OnLine } from '../../model/haproxy/section-facts';
import { Adviser } from './advice';
import { conformance } from './conformance';
import { fileRules, sectionRules } from './index';

const adviser = new Adviser(sectionRules, fileRules);

/** Where it is not known what a section takes over from other files, these would speak of its mode and timeouts. */
const dependOnDefaults: ReadonlySet<Mistake> = new Set(['missing-setting', 'ignored-setting', 'conflicting-settings']);

const severities = new Map(conformance.map((each) => [each.id, each.severity]));

/** Does the most of what `diagnoseHaproxy` does, with stops, and keeps it with the analysis. */
export function prepareHaproxy(analysis: HaproxyAnalysis): Steps<void> {
  return adviser.prepare(analysis);
}

/**
 * What the program would say about a file, and what it does not say, in the order of its lines. `position` is the number
 * of `others` that are loaded before it, where the order of the files was stated.
 */
export function diagnoseHaproxy(
  file: HaproxyAnalysis,
  others: readonly HaproxyAnalysis[],
  position?: number,
): Diagnostic[] {
  const { analysis, siblings, before, inheritanceKnown } = asInstance(file, others, position);
  const diagnostics: Diagnostic[] = [];
  const { statements, document } = analysis;
  const add = ({ line, value }: OnLine<Problem>): void => {
    diagnostics.push(toDiagnostic(analysis, line, value));
  };
  const order = readGlobalOrder(analysis);
  const elsewhere = new Set(siblings.flatMap((each) => [...readGlobalOrder(each).given]));
  // Files of the same instance may set the other half.
  if (siblings.length === 0) order.problems.forEach(add);
  const prelude = analysis.sections[0]?.header ?? statements.length;
  for (let line = 0; line < prelude; line++) for (const value of statements[line]?.problems ?? []) add({ line, value });
  analysis.conditionals.forEach(add);
  const inherits =
    !inheritanceKnown && siblings.some(({ sections }) => sections.some((each) => each.type === 'defaults'));
  for (const section of analysis.sections)
    for (const { line, value } of section.facts.problems) {
      if (value.unless !== undefined && elsewhere.has(value.unless)) continue;
      if (value.unless !== undefined && order.given.has(value.unless)) {
        const isAbove = value.unless === 'expose-experimental-directives' && section.header + line < order.exposedFrom;
        if (isAbove) add({ line: section.header + line, value: above(value) });
        continue;
      }
      if (inherits && section.defaults === undefined && dependOnDefaults.has(value.mistake)) continue;
      add({ line: section.header + line, value });
    }
  linkHaproxy(analysis, siblings, inheritanceKnown, before).forEach(add);
  for (const each of adviser.advise(analysis, siblings)) diagnostics.push(each);
  const last = document.lines.length - 1;
  const raw = document.lines[last]?.raw ?? '';
  if (raw !== '') {
    const end = document.text.length;
    diagnostics.push({
      rule: 'haproxy/unreadable-line',
      severity: analysis.release >= 202 ? 'error' : 'warning',
      span: spanOf(analysis, last, { start: 0, end: raw.length }),
      message: say('the last line does not end: haproxy refuses a file without a line feed at its end'),
      fixes: [
        { title: say('Add the line feed'), edits: [{ span: { start: end, end }, newText: '\n' }], confidence: 'safe' },
      ],
    });
  }
  return diagnostics.sort((a, b) => a.span.start - b.span.start);
}

/** A line that the program comes to before the one that allows it. */
const above = (problem: Problem): Problem => ({
  ...problem,
  message: say('"{0}" has to stand above this line', problem.unless ?? ''),
});

const ruleOf = (problem: Problem): string => `haproxy/${problem.mistake satisfies Mistake}`;

const severityOf = (problem: Problem): Severity => problem.severity ?? severities.get(ruleOf(problem)) ?? 'error';

const isError = (problem: Problem): boolean => severityOf(problem) === 'error';

/** The most lines that are looked through for the first of two servers of one name. */
const farthest = 1_000;

/** Where the section begins that was most likely meant, or the server stands that had the name first. */
function relatedTo(analysis: HaproxyAnalysis, line: number, problem: Problem): Pick<Diagnostic, 'related'> {
  const { sections, statements } = analysis;
  if (problem.suggestedKind !== undefined) {
    const meant = sectionNamed(analysis, problem.suggestedKind, problem.suggestion ?? '');
    // A table may be that of a line.
    if (meant?.name === undefined || meant.name.text !== problem.suggestion) return {};
    return { related: [{ span: spanOf(analysis, meant.header, meant.name), message: say('defined here') }] };
  }
  const name = statements[line]?.arg(0);
  const isServer = problem.mistake === 'duplicate-name' && statements[line]?.directive?.name === 'server';
  if (!isServer || name === undefined || name.start !== problem.start) return {};
  const from = Math.max(line - farthest, sections.findLast(({ header }) => header <= line)?.header ?? 0);
  for (let above = line - 1; above >= from; above--) {
    const other = statements[above];
    const first = other?.directive?.name === 'server' ? other.arg(0) : undefined;
    if (first?.text === name.text)
      return { related: [{ span: spanOf(analysis, above, first), message: say('first defined here') }] };
  }
  return {};
}

function toDiagnostic(analysis: HaproxyAnalysis, line: number, problem: Problem): Diagnostic {
  const span = spanOf(analysis, line, problem);
  const severity = severityOf(problem);
  const certain =
    severity !== 'error' ||
    !analysis.releaseAssumed ||
    everyReleaseRefuses(analysis.statements[line], problem, isError);
  return {
    rule: ruleOf(problem),
    severity: certain ? severity : 'warning',
    span,
    message: problem.message,
    ...relatedTo(analysis, line, problem),
    ...(problem.suggestion === undefined
      ? {}
      : {
          fixes: [
            {
              title: say('Change to "{0}"', problem.suggestion),
              edits: [{ span, newText: problem.suggestion }],
              confidence: 'review' as const,
            },
          ],
        }),
  };
}
