import { say } from '../../base/message';
import type { Section } from '../../model/haproxy/analysis';
import { fileRule, type Instance, type Report, wholeOf } from './advice';

export const logToNowhere = fileRule({
  id: 'haproxy/log-to-nowhere',
  severity: 'warning',
  summary: '`log global` stands here, but the global section has no `log`: nothing is logged.',
  absence: true,

  checkFile({ analysis, siblings, view }, reportIn) {
    const all = [analysis, ...siblings];
    if (all.some((each) => each.hasConditionals)) return;
    let globals = 0;
    let targets = 0;
    let proxies = 0;
    let loggers = 0;
    for (const each of all)
      for (const { type, facts } of each.sections) {
        if (type === 'global') {
          globals++;
          if (facts.settings.has('log')) targets++;
        } else if (type === 'frontend' || type === 'listen') {
          proxies++;
          if (facts.settings.has('log')) loggers++;
        }
      }
    if (targets > 0) {
      if (proxies > 0 && loggers === 0) unused({ analysis, view }, reportIn);
      return;
    }
    // A file without a global section is one of several.
    if (globals === 0) return;
    for (const section of analysis.sections) {
      if (!['defaults', 'frontend', 'backend', 'listen'].includes(section.type) || !section.facts.settings.has('log'))
        continue;
      const entries = view(section).own('log');
      if (entries.some(({ statement }) => statement.args[0]?.text !== 'global')) continue;
      for (const { line, statement } of entries)
        reportIn(section)(
          line,
          wholeOf(statement),
          say(
            'the global section has no "log", so nothing is logged: add "log /dev/log local0" there, or a target here',
          ),
        );
    }
  },
});

/** The `log` lines of the global section, to which no proxy sends anything. */
function unused({ analysis, view }: Pick<Instance, 'analysis' | 'view'>, reportIn: (section: Section) => Report): void {
  for (const section of analysis.sections) {
    if (section.type !== 'global') continue;
    for (const { line, statement } of view(section).own('log'))
      reportIn(section)(
        line,
        wholeOf(statement),
        say('no frontend has "log", so connections are not logged here: add "log global" to the defaults'),
        { severity: 'hint' },
      );
  }
}
