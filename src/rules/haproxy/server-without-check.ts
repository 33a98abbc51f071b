import { say } from '../../base/message';
import { sectionRule } from './advice';
import { apiPorts, type Server } from './servers';

const isChecked = (server: Server): boolean =>
  server.has('check') ||
  server.has('agent-check') ||
  server.value('track') !== undefined ||
  // Somebody said so on purpose.
  server.takesBack('check') ||
  // Nobody answers to datagrams.
  /^(?:udp|uxdg|dgram)/.test(server.at.prefix);

export const serverWithoutCheck = sectionRule({
  id: 'haproxy/server-without-check',
  severity: 'warning',
  summary: 'One of several servers is not checked: when it dies, its share of the requests fails.',
  sections: ['backend', 'listen'],
  settings: ['server', 'server-template'],

  check(view, report) {
    const templates = view.own('server-template').length;
    const written = view.own('server').length + templates;
    if (written < 2 && templates === 0) return;
    if (view.servers.every(isChecked)) return;
    const servers = view.servers.filter((each) => !each.has('disabled'));
    if (servers.length < written || !view.certain) return;
    const unchecked = servers.filter((each) => !isChecked(each));
    if (unchecked.length === 0) return;
    const some = unchecked.length < servers.length;
    for (const each of some ? unchecked : unchecked.slice(0, 1)) {
      // The last resort is often a page on this machine that nobody checks.
      if (each.has('backup') || each.at.isPath) continue;
      const likely = some || (each.port !== undefined && apiPorts.has(each.port));
      const end = each.end;
      report(
        each.line,
        each.name,
        some
          ? say('server "{0}" is not checked, the others are: add "check"', each.name.text)
          : say('no server here is checked: one that dies keeps its share of the connections; add "check" to each'),
        {
          severity: likely ? 'warning' : 'hint',
          fix: {
            title: some ? say('Check this server') : say('Check every server'),
            edits: some
              ? [{ line: each.line, start: end, end, newText: ' check' }]
              : unchecked.map((other) => {
                  const last = other.end;
                  return { line: other.line, start: last, end: last, newText: ' check' };
                }),
            confidence: 'review',
          },
        },
      );
    }
  },
});
