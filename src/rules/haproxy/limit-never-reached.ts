import { say } from '../../base/message';
import { fileRule } from './advice';

export const limitNeverReached = fileRule({
  id: 'haproxy/limit-never-reached',
  severity: 'hint',
  summary: 'A server or frontend may have more connections than the limit in front of it ever lets through.',

  checkFile({ analysis, summarised, ofType, view }, reportIn) {
    if (analysis.hasConditionals) return;
    const numberOf = (text: string | undefined): number | undefined =>
      text === undefined || !/^\d+$/.test(text) || Number(text) === 0 ? undefined : Number(text);
    let whole: number | undefined;
    for (const each of ofType('global')) whole = numberOf(view(each).value('maxconn')?.[0]?.text) ?? whole;
    const limits = new Map(summarised.map(({ section, summary }) => [section, summary.limits]));
    for (const section of new Set([...ofType('frontend'), ...ofType('listen'), ...limits.keys()])) {
      const { type, facts } = section;
      if (whole === undefined && !(type === 'listen' && facts.settings.has('maxconn'))) continue;
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
        const inForce = numberOf(seen.value('maxconn')?.[0]?.text);
        if (inForce !== undefined) limit = Math.min(inForce, whole ?? inForce);
      }
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
