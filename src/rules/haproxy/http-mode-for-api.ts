import { say } from '../../base/message';
import type { Section } from '../../model/haproxy/analysis';
import { fileRule } from './advice';
import { backendsOf, summaryOf } from './section-summary';

export const httpModeForApi = fileRule({
  id: 'haproxy/http-mode-for-api',
  severity: 'warning',
  summary: 'A frontend in mode http waits for HTTP in clear, but clients of the API behind it speak TLS.',

  checkFile({ analysis, view, summarised }, reportIn) {
    if (analysis.hasConditionals) return;
    const api = summarised.filter(({ summary }) => summary.apiServers.length > 0).map(({ section }) => section);
    if (api.length === 0) return;
    const byName = new Map<string, Section>();
    for (const each of api) if (each.name !== undefined) byName.set(each.name.text, each);
    for (const { section, summary } of summarised) {
      if (summary.listeners.length === 0 || section.facts.mode !== 'http') continue;
      const target = [...backendsOf(section, byName)].find((each) => api.includes(each));
      if (target === undefined) continue;
      // TLS that ends here and begins anew behind may be meant.
      if (
        view(target)
          .own('default-server')
          .some((each) => each.statement.args.some(({ text }) => text === 'ssl'))
      )
        continue;
      if (summaryOf(analysis, target).apiServers.some((each) => each.tls)) continue;
      for (const listener of summary.listeners) {
        if (listener.tls || !(listener.port === 6443 || listener.port === 8443 || listener.port === 9345)) continue;
        reportIn(section)(
          listener.line,
          listener.word,
          say(
            'clients of the API speak TLS, but this section is in mode http and waits for requests in clear: use "mode tcp"',
          ),
        );
      }
    }
  },
});
