import { existsIn, type Release, valuesOf } from '../../catalog/haproxy/catalog';
import { traceSources, traceWords } from '../../model/haproxy/lines/word-checks';

type Argument = { readonly type: string; readonly name: string };

/** Protocols in the order in which they are offered to the other side. */
const protocols: readonly string[] = ['h2,http/1.1', 'h2', 'http/1.1', 'h3'];
export const methods: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH'];
/** Names of headers that configurations often speak of. */
export const headers: readonly string[] = [
  'Host',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Host',
  'X-Real-IP',
  'Forwarded',
  'Strict-Transport-Security',
  'Authorization',
  'Cache-Control',
  'Connection',
  'Content-Type',
  'Cookie',
  'Location',
  'Origin',
  'Referer',
  'Server',
  'Set-Cookie',
  'User-Agent',
  'Via',
];

/** What an argument often is, by the type that its grammar gives it. The program takes more than these. */
const byType: Readonly<Record<string, readonly string[]>> = {
  header: headers,
  logtarget: ['/dev/log', 'stdout', 'stderr', '127.0.0.1', 'udp@'],
  mime: ['text/plain', 'text/html', 'application/json'],
  octal: ['600', '660'],
  codespec: ['200', '200-399'],
  status: ['200', '204', '301', '302', '400', '401', '403', '404', '429', '500', '502', '503', '504'],
};

/** The same by the name that the grammar gives the argument. */
const byName: Readonly<Record<string, readonly string[]>> = {
  alpn: protocols,
  errors: ['all'],
  method: methods,
  protocols,
  source: traceSources,
  trace: traceWords,
  uri: ['/livez', '/readyz', '/healthz'],
  version: ['HTTP/1.1', 'HTTP/1.0'],
};

/** Types whose values the catalog lists. */
const groups: Readonly<Record<string, string>> = {
  balancealg: 'balance',
  bindssloption: 'ssl-default-bind-options',
  logfacility: 'log.facility',
  loglevel: 'log.level',
  logfmtname: 'log.format',
  serverssloption: 'ssl-default-bind-options',
  service: 'service',
};

interface KnownValue {
  readonly name: string;
  readonly summary: string;
  /** What stands behind the name. */
  readonly usage: string;
  /** One of all that there are, and not only one that is often taken. */
  readonly listed: boolean;
}

/** The values of an argument that have names: all of them where the catalog lists them, else usual ones. */
export function* knownValues({ type, name }: Argument, release: Release): Iterable<KnownValue> {
  const group = groups[type];
  if (group !== undefined) {
    for (const each of valuesOf(group).values())
      if (existsIn(each, release) && !each.name.endsWith('*'))
        yield { name: each.name, summary: each.summary, usage: each.usage, listed: true };
    return;
  }
  const free = type === 'string' || type === 'commalist';
  for (const each of byType[type] ?? (free ? byName[name] : undefined) ?? [])
    yield { name: each, summary: '', usage: '', listed: false };
}

/** Types of which a word holds several, with commas between them. */
export const isCommaList = ({ type }: Argument): boolean =>
  type === 'list' || type === 'commalist' || type === 'networks';
