import { say } from '../../base/message';
import type { Span } from '../../base/span';
import { type HaproxyAnalysis, type Section, spanOf } from '../../model/haproxy/analysis';
import type { InlayHint } from '../language';

const timeoutsOf: Readonly<Record<string, readonly string[]>> = {
  frontend: ['client'],
  backend: ['connect', 'server', 'tunnel'],
  listen: ['client', 'connect', 'server', 'tunnel'],
};

/** Behind the header of each proxy: the mode and the timeouts that it has without saying so. */
export function hintsOf(analysis: HaproxyAnalysis, range: Span): readonly InlayHint[] {
  const hints: InlayHint[] = [];
  for (const section of analysis.sections) {
    const wanted = timeoutsOf[section.type];
    const last = analysis.statements[section.header]?.line.words.at(-1);
    if (wanted === undefined || last === undefined) continue;
    const { end } = spanOf(analysis, section.header, last);
    if (end < range.start) continue;
    if (end > range.end) break;
    const inherited: string[] = [];
    if (settingIn(analysis, section, 'mode') === undefined) {
      const mode = inheritedSetting(analysis, section, 'mode');
      if (mode === undefined) hints.push({ offset: end, label: say('mode {0} unless set', section.facts.mode) });
      else inherited.push(`mode ${mode}`);
    }
    for (const name of wanted) {
      if (settingIn(analysis, section, `timeout ${name}`) !== undefined) continue;
      const value = inheritedSetting(analysis, section, `timeout ${name}`);
      if (value !== undefined) inherited.push(`${name} ${value}`);
    }
    if (inherited.length === 0 || section.defaults === undefined) continue;
    hints.push({
      offset: end,
      label: say('inherits {0}', inherited.join(', ')),
      tooltip: say(
        'taken over from the defaults section at line {0}: {1}',
        section.defaults.header + 1,
        inherited.join(', '),
      ),
    });
  }
  return hints;
}

function inheritedSetting(analysis: HaproxyAnalysis, section: Section, name: string): string | undefined {
  for (let each = section.defaults; each !== undefined; each = each.defaults) {
    const value = settingIn(analysis, each, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The last one counts. */
function settingIn(analysis: HaproxyAnalysis, section: Section, name: string): string | undefined {
  for (let line = section.end - 1; line > section.header; line--) {
    const statement = analysis.statements[line];
    if (statement?.directive?.name === name && statement.prefix === undefined && !statement.uncertain)
      return statement.args[0]?.text;
  }
  return undefined;
}
