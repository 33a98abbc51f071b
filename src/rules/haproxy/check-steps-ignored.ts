import { say } from '../../base/message';
import { keywordOf, sectionRule } from './advice';
import { checkMethodOf } from './check-without-tls';
import type { Entry, SectionView } from './section-view';

/** The steps of a check that only one method takes (check.c, `TCPCHK_RULES_UNUSED_*`). */
const steps = ['connect', 'send', 'send-binary', 'expect', 'comment', 'set-var', 'unset-var'];
const families = [
  { family: 'http-check', method: 'option httpchk' },
  { family: 'tcp-check', method: 'option tcp-check' },
];
const settings = families.flatMap(({ family }) => steps.map((each) => `${family} ${each}`));

function firstStep(view: SectionView, family: string): Entry | undefined {
  let first: Entry | undefined;
  for (const each of steps) {
    const [entry] = view.own(`${family} ${each}`);
    if (entry !== undefined && entry.line < (first?.line ?? Number.POSITIVE_INFINITY)) first = entry;
  }
  return first;
}

export const checkStepsIgnored = sectionRule({
  id: 'haproxy/check-steps-ignored',
  severity: 'warning',
  summary: 'Steps of a check belong to a way of checking that is not chosen, so they are ignored.',
  sections: ['backend', 'listen'],
  settings,

  check(view, report) {
    if (!view.certain) return;
    const chosen = checkMethodOf(view);
    for (const { family, method } of families) {
      const step = firstStep(view, family);
      // A method that another line takes the place of has been told of there.
      if (step === undefined || chosen === method || view.own(method).length > 0) continue;
      report(
        step.line,
        keywordOf(step.statement),
        chosen === undefined
          ? say('"{0}" lines are ignored without "{1}": servers are checked by a connection only', family, method)
          : say('"{0}" lines are ignored: "{1}" is how servers are checked here, not "{2}"', family, chosen, method),
        chosen === undefined
          ? {
              fix: {
                title: say('Add "{0}"', method),
                edits: [
                  {
                    line: step.line,
                    start: 0,
                    end: 0,
                    newText: `${step.statement.line.raw.slice(0, keywordOf(step.statement).start)}${method}\n`,
                  },
                ],
                confidence: 'review',
              },
            }
          : {},
      );
    }
  },
});
