import { say } from '../../base/message';
import { sectionRule } from './advice';
import { checkMethods, isCheckMethod } from './check-replaced';
import type { SectionView } from './section-view';
import { type Server, tlsPorts } from './servers';

/** The check method in force, by its full name; a bare `check` only connects. */
export function checkMethodOf(view: SectionView): string | undefined {
  for (let from: SectionView | undefined = view; from !== undefined; from = from.defaults) {
    let latest = -1;
    let found: string | undefined;
    for (const name of from.names) {
      if (!isCheckMethod(name)) continue;
      const line = from.own(name).at(-1)?.line ?? -1;
      if (line > latest) {
        latest = line;
        found = name;
      }
    }
    if (found !== undefined) return view.has(found) ? found : undefined;
  }
  // One that comes from another file has no line here.
  return checkMethods.find((each) => view.has(each));
}

/** Whether checks of this server go without TLS to a port where it is spoken. */
function asksInClear(server: Server): boolean {
  if (!server.has('check')) return false;
  const port = server.checkPort;
  if (port === undefined || !tlsPorts.has(port)) return false;
  return !server.has('ssl') && !server.has('check-ssl') && !server.has('no-check-ssl');
}

export const checkWithoutTls = sectionRule({
  id: 'haproxy/check-without-tls',
  severity: 'warning',
  summary: 'An HTTP health check is sent in clear to a port where TLS is spoken.',
  sections: ['backend', 'listen'],
  settings: ['server', 'server-template'],

  check(view, report) {
    if (!view.servers.some(asksInClear)) return;
    if (checkMethodOf(view) !== 'option httpchk') return;
    const rules = [...view.own('http-check connect'), ...(view.defaults?.own('http-check connect') ?? [])];
    if (rules.length > 0) return;
    // Who expects the refusal of a TLS port knows what is asked there.
    const expects = [...view.own('http-check expect'), ...(view.defaults?.own('http-check expect') ?? [])];
    if (expects.some(({ statement }) => statement.args.some((each) => /\b4\d\d|^!$/.test(each.text)))) return;
    for (const server of view.servers) {
      if (!asksInClear(server)) continue;
      const end = server.end;
      report(
        server.line,
        server.address,
        say(
          'port {0} speaks TLS, but the check of server "{1}" sends HTTP in clear: the server stays down; add "check-ssl"',
          server.checkPort ?? '',
          server.name.text,
        ),
        {
          fix: {
            title: say('Check with TLS'),
            edits: [{ line: server.line, start: end, end, newText: ' check-ssl verify none' }],
            confidence: 'review',
          },
        },
      );
    }
  },
});
