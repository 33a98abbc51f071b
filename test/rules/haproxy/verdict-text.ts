import type { Severity } from '../../../src/base/finding';
import { LineIndex } from '../../../src/base/line-index';
import { analyseHaproxy } from '../../../src/model/haproxy/analysis';
import { conformance } from '../../../src/rules/haproxy/conformance';
import { diagnoseHaproxy } from '../../../src/rules/haproxy/diagnose';

const ids = new Set(conformance.map((each) => each.id));

/** What the lines under test refer to. */
const head = `global
  expose-experimental-directives
defaults base
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend fe1 from base
  bind :18000
backend be1 from base
  stick-table type ip size 1k store gpc0,http_req_rate(1s),conn_cur
  server srv1 127.0.0.1:18001
userlist users1
  user anna insecure-password secret
peers peers1
  peer peer1 127.0.0.1:18002
mailers mailers1
  mailer mailer1 127.0.0.1:25
resolvers res1
  nameserver ns1 127.0.0.1:53
cache cache1
  total-max-size 4
fcgi-app app1
  docroot /tmp
http-errors errors1
ring ring1
  size 32768
`;

const proxies: ReadonlySet<string> = new Set(['frontend', 'backend', 'listen', 'defaults']);

/** The file for a row such as `backend|mode http`: the section, and its lines with `\n` between them. */
export function textOf(row: string): string {
  const section = row.slice(0, row.indexOf('|'));
  const lines = row.slice(section.length + 1).replaceAll('\\n', '\n');
  const header = proxies.has(section) ? `${section} sx from base` : section === 'global' ? section : `${section} sx`;
  return `${head}${header}\n${lines}\n`;
}

/** The severities of what is said of the section under test; hints do not count. */
export function said(text: string, version: readonly number[] | undefined): readonly Severity[] {
  const index = new LineIndex(text);
  const first = head.split('\n').length - 1;
  return diagnoseHaproxy(analyseHaproxy({ path: 'x.cfg', text, version }), [])
    .filter((each) => ids.has(each.rule) && each.severity !== 'hint')
    .filter((each) => index.positionAt(each.span.start).line >= first)
    .map((each) => each.severity);
}
