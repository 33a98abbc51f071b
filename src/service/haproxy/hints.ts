import { say } from '../../base/message';
import type { Span } from '../../base/span';
import { type HaproxyAnalysis, type Section, spanOf } from '../../model/haproxy/analysis';
import { asInstance } from '../../model/haproxy/instance';
import type { InlayHint, Sibling } from '../language';

const timeoutsOf: Readonly<Record<string, readonly string[]>> = {
  frontend: ['client'],
  backend: ['connect', 'server', 'tunnel'],
  listen: ['client', 'connect', 'server', 'tunnel'],
};

/** A `defaults` section and the file that it is in. */
interface Origin {
  readonly analysis: HaproxyAnalysis;
  readonly section: Section;
}

/** Behind the header of each proxy: the mode and the timeouts that it has without saying so. */
export function hintsOf(
  analysis: HaproxyAnalysis,
  range: Span,
  siblings: readonly Sibling<HaproxyAnalysis>[] = [],
): readonly InlayHint[] {
  const hints: InlayHint[] = [];
  let others: ReturnType<typeof otherFiles> | undefined;
  for (const section of analysis.sections) {
    const wanted = timeoutsOf[section.type];
    const last = analysis.statements[section.header]?.line.words.at(-1);
    if (wanted === undefined || last === undefined) continue;
    const { end } = spanOf(analysis, section.header, last);
    if (end < range.start) continue;
    if (end > range.end) break;
    others ??= otherFiles(analysis, siblings);
    if (section.defaults === undefined && !others.isKnown) continue;
    const origin = section.defaults === undefined ? others.originOf(section) : { analysis, section: section.defaults };
    const inherited: string[] = [];
    if (settingIn(analysis, section, 'mode') === undefined) {
      const mode = inheritedSetting(origin, 'mode');
      if (mode === undefined) hints.push({ offset: end, label: say('mode {0} unless set', section.facts.mode) });
      else inherited.push(`mode ${mode}`);
    }
    for (const name of wanted) {
      if (settingIn(analysis, section, `timeout ${name}`) !== undefined) continue;
      const value = inheritedSetting(origin, `timeout ${name}`);
      if (value !== undefined) inherited.push(`${name} ${value}`);
    }
    if (inherited.length === 0 || origin === undefined) continue;
    const list = inherited.join(', ');
    const line = origin.section.header + 1;
    hints.push({
      offset: end,
      label: say('inherits {0}', list),
      tooltip:
        origin.analysis === analysis
          ? say('taken over from the defaults section at line {0}: {1}', line, list)
          : say('taken over from the defaults section at line {0} of {1}: {2}', line, origin.analysis.path, list),
    });
  }
  return hints;
}

/** The defaults of the files that are loaded before. */
function otherFiles(analysis: HaproxyAnalysis, siblings: readonly Sibling<HaproxyAnalysis>[]) {
  const { before, inheritanceKnown } = asInstance(
    analysis,
    siblings.map((each) => each.analysis),
    siblings.some((each) => each.before === undefined)
      ? undefined
      : siblings.filter((each) => each.before === true).length,
  );
  const origins = before.flatMap((file): Origin[] =>
    file.sections.flatMap((section) => (section.type === 'defaults' ? [{ analysis: file, section }] : [])),
  );
  return {
    isKnown: inheritanceKnown,
    originOf({ header }: Section): Origin | undefined {
      const from = analysis.statements[header]?.references.find((each) => each.kind === 'defaults');
      return from === undefined ? origins.at(-1) : origins.findLast(({ section }) => section.name?.text === from.name);
    },
  };
}

function inheritedSetting(origin: Origin | undefined, name: string): string | undefined {
  if (origin === undefined) return undefined;
  for (let each: Section | undefined = origin.section; each !== undefined; each = each.defaults) {
    const value = settingIn(origin.analysis, each, name);
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
