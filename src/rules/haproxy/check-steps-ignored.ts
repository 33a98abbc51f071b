import { say } from '../../base/message';
import { keywordOf, sectionRule } from './advice';
import { checkMethodOf } from './check-without-tls';
import type { Entry } from './entry';
import type { SectionView } from './section-view';

/** The steps of a check that only one method takes (check.c, `TCPCHK_RULES_UNUSED_*`). */
const steps = ['connect', 'send', 'send-binary', 'expect', 'comment', 'set-var', 'unset-var'];
const families = ['http-check', 'tcp-check'].map((family) => ({
  family,
  method: family === 'http-check' ? 'option httpchk' : 'option tcp-check',
  settings: new Set(steps.map((each) => `${family} ${each}`)),
}));

function firstStep(view: SectionView, family: ReadonlySet<string>): Entry | undefined {
  // Settings stand in the order of their first lines.
  for (const name of view.names) if (family.has(name)) return view.own(name)[0];
  return undefined;
}

export const checkStepsIgnored = sectionRule({
  id: 'haproxy/check-steps-ignored',
  severity: 'warning',
  summary: 'Steps of a check belong to a way of checking that is not chosen, so they are ignored.',
  sections: ['backend', 'listen'],
  settings: families.flatMap((each) => [...each.settings]),

  check(view, report) {
    if (!view.certain) return;
    const chosen = checkMethodOf(view);
    for (const { family, method, settings } of families) {
      const step = firstStep(view, settings);
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
