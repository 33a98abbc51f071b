import { say } from '../../base/message';
import { fileRule, wholeOf } from './advice';

export const logToNowhere = fileRule({
  id: 'haproxy/log-to-nowhere',
  severity: 'warning',
  summary: '`log global` stands here, but the global section has no `log`: nothing is logged.',

  checkFile({ analysis, siblings, view }, reportIn) {
    const all = [analysis, ...siblings];
    if (all.some((each) => each.hasConditionals)) return;
    let globals = 0;
    for (const each of all)
      for (const section of each.sections) {
        if (section.type !== 'global') continue;
        globals++;
        if (section.facts.settings.has('log')) return;
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
