import type { Diagnostic, Severity } from '../../base/finding';
import { say } from '../../base/message';
import { type HaproxyAnalysis, spanOf } from '../../model/haproxy/analysis';
import { everyReleaseRefuses } from '../../model/haproxy/every-release';
import { asInstance } from '../../model/haproxy/instance';
import { linkHaproxy } from '../../model/haproxy/links';
import type { GlobalLine, Mistake, Problem } from '../../model/haproxy/problem';
import type { OnLine } from '../../model/haproxy/section-facts';
import { Adviser } from './advice';
import { conformance } from './conformance';
import { fileRules, sectionRules } from './index';

const adviser = new Adviser(sectionRules, fileRules);

/** Where it is not known what a section takes over from other files, these would speak of its mode and timeouts. */
const dependOnDefaults: ReadonlySet<Mistake> = new Set(['missing-setting', 'ignored-setting', 'conflicting-settings']);

const severities = new Map(conformance.map((each) => [each.id, each.severity]));

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
  const given = new Set([analysis, ...siblings].flatMap(globalLines));
  const prelude = analysis.sections[0]?.header ?? statements.length;
  for (let line = 0; line < prelude; line++) for (const value of statements[line]?.problems ?? []) add({ line, value });
  analysis.conditionals.forEach(add);
  const inherits =
    !inheritanceKnown && siblings.some(({ sections }) => sections.some((each) => each.type === 'defaults'));
  for (const section of analysis.sections)
    for (const { line, value } of section.facts.problems) {
      if (value.unless !== undefined && given.has(value.unless)) continue;
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

/** The lines of `global` sections without which something would be wrong elsewhere. */
function globalLines({ sections, statements }: HaproxyAnalysis): GlobalLine[] {
  const lines: GlobalLine[] = [];
  for (const { type, header, end } of sections) {
    if (type !== 'global') continue;
    for (let line = header + 1; line < end; line++) {
      const each = statements[line];
      switch (each?.directive?.name) {
        case 'ssl-server-verify':
          if (each.arg(0)?.text === 'none') lines.push('ssl-server-verify none');
          break;
        case 'expose-experimental-directives':
          lines.push('expose-experimental-directives');
          break;
        case 'tune.stick-counters':
          lines.push('tune.stick-counters');
      }
    }
  }
  return lines;
}

const ruleOf = (problem: Problem): string => `haproxy/${problem.mistake satisfies Mistake}`;

const severityOf = (problem: Problem): Severity => problem.severity ?? severities.get(ruleOf(problem)) ?? 'error';

const isError = (problem: Problem): boolean => severityOf(problem) === 'error';

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
