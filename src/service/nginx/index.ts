import type { Diagnostic } from '../../base/finding';
import { say } from '../../base/message';
import { analyseNginx, type NginxAnalysis } from '../../model/nginx/analyse-nginx';
import { nginxChecks, nginxLanguage } from '../../rules/nginx';
import { diagnosticOf, runRules } from '../../rules/rule';
import type { NginxProblem } from '../../syntax/nginx/parse-nginx';
import { language } from '../language';

/** The `stream` load balancer of nginx: checks only, the editor's own nginx support does the rest. */
export const nginx = language<NginxAnalysis>({
  kind: 'nginx',
  analyse: ({ path, text }) => analyseNginx(text, path),
  diagnose: (analysis) => [...analysis.tree.problems.map(diagnosticOfProblem), ...runRules(nginxChecks, analysis)],
});

function diagnosticOfProblem(problem: NginxProblem): Diagnostic {
  const { span, text } = problem;
  switch (problem.kind) {
    case 'unexpected':
      return diagnosticOf(nginxLanguage.syntax, { span, message: say('unexpected "{0}"', text) });
    case 'unterminated':
      return diagnosticOf(nginxLanguage.syntax, { span, message: say('"{0}" is not ended by ";"', text) });
    case 'unclosed':
      return diagnosticOf(nginxLanguage.syntax, {
        span,
        message: say('the block "{0}" is not closed by a brace', text),
      });
  }
}
