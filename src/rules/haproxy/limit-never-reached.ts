import { say } from '../../base/message';
import { fileRule, type Instance } from './advice';
import type { SectionView } from './section-view';

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined || !/^\d+$/.test(text) || Number(text) === 0 ? undefined : Number(text);

const limitIn = (view: SectionView): number | undefined => numberOf(view.value('maxconn')?.[0]?.text);

export const limitNeverReached = fileRule({
  id: 'haproxy/limit-never-reached',
  severity: 'hint',
  summary: 'A server or frontend may have more connections than the limit in front of it ever lets through.',

  checkFile(instance, reportIn) {
    const { analysis, summarised, ofType, view } = instance;
    if (analysis.hasConditionals) return;
    let whole: number | undefined;
    for (const each of ofType('global')) whole = limitIn(view(each)) ?? whole;
    const limits = new Map(summarised.map(({ section, summary }) => [section, summary.limits]));
    const throughFronts = limitsOfFronts(instance);
    for (const section of new Set([...ofType('frontend'), ...ofType('listen'), ...limits.keys()])) {
      const { type, facts } = section;
      const inFront = type === 'backend' ? throughFronts.get(section.name?.text ?? '') : undefined;
      if (whole === undefined && inFront === undefined && !(type === 'listen' && facts.settings.has('maxconn')))
        continue;
      let limit = whole;
      if (type !== 'backend' && facts.settings.has('maxconn')) {
        const seen = view(section);
        const own = seen.own('maxconn').at(-1);
        const word = own?.statement.args[0];
        const value = numberOf(word?.text);
        if (own !== undefined && word !== undefined && value !== undefined && whole !== undefined && value > whole)
          reportIn(section)(
            own.line,
            word,
            say(
              '{0} connections never come together here: "maxconn {1}" of the global section lets fewer in',
              value,
              whole,
            ),
          );
        const inForce = limitIn(seen);
        if (inForce !== undefined) limit = Math.min(inForce, whole ?? inForce);
      }
      if (inFront !== undefined) limit = Math.min(inFront, limit ?? inFront);
      if (type === 'frontend' || limit === undefined) continue;
      for (const { line, word } of limits.get(section) ?? []) {
        const value = numberOf(word.text);
        if (value === undefined || value <= limit) continue;
        reportIn(section)(
          line,
          word,
          say('{0} connections never reach this server: "maxconn {1}" in front of it lets fewer in', value, limit),
        );
      }
    }
  },
});

/** How many connections the frontends together let through to each backend, where all of them have a limit. */
function limitsOfFronts({ analysis, siblings, ofType, view, summarised }: Instance): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  // A frontend of another file, or one that chooses by an expression, may lead there, too.
  if (siblings.length > 0 || !summarised.some(({ summary }) => summary.limits.length > 0)) return found;
  const fronts = [...ofType('frontend'), ...ofType('listen')];
  if (analysis.sections.some(({ facts }) => facts.dynamic)) return found;
  if (!fronts.some(({ facts }) => facts.settings.has('maxconn'))) return found;
  for (const front of fronts) {
    const limit = limitIn(view(front)) ?? Number.POSITIVE_INFINITY;
    const named = new Set(
      front.facts.references.flatMap(({ value }) => (value.kind === 'backend' ? [value.name] : [])),
    );
    for (const name of named) found.set(name, (found.get(name) ?? 0) + limit);
  }
  for (const [name, limit] of found) if (!Number.isFinite(limit)) found.delete(name);
  return found;
}
