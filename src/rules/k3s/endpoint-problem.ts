import { parseGoDuration } from '../../base/go-duration';
import { type Message, say } from '../../base/message';

const drivers = ['mysql', 'postgres', 'postgresql', 'nats', 'jetstream', 'sqlite', 'http', 'https', 'unix', 'unixs'];
const rareDrivers = ['litestream', 't4', 'memory'];

/**
 * Why kine cannot read the address of a datastore, without any part of it that may be a password
 * (k3s-io/kine pkg/drivers).
 */
export function endpointProblem(text: string): Message | undefined {
  const [, scheme, rest = ''] = /^(.*?):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === undefined)
    return say(
      'the datastore is given as <kind>://…: mysql://, postgres://, nats://, sqlite:// or the https:// addresses of etcd',
    );
  if (rareDrivers.includes(scheme)) return undefined;
  if (!drivers.includes(scheme)) return unknownDriver(scheme);
  switch (scheme) {
    case 'mysql':
      return mysqlProblem(rest);
    case 'postgres':
    case 'postgresql':
      return postgresProblem(rest);
    case 'nats':
      return natsProblem(text);
    case 'http':
    case 'https':
      return etcdProblem(text);
    default:
      return undefined;
  }
}

/** What people take for a driver, and the one that is meant. */
const meantDriver: Readonly<Record<string, string>> = {
  mariadb: 'mysql',
  pgsql: 'postgres',
  sqlite3: 'sqlite',
  etcd: 'https',
};

function unknownDriver(scheme: string): Message {
  const lower = scheme.toLowerCase();
  const meant = meantDriver[lower] ?? (drivers.includes(lower) ? lower : undefined);
  return meant === undefined
    ? say('k3s knows no datastore "{0}"; it knows {1}', scheme, drivers.join(', '))
    : say('k3s knows no datastore "{0}"; write {1}://', scheme, meant);
}

function etcdProblem(text: string): Message | undefined {
  const bad = text.split(',').some((each) => !/^(?:https?|unixs?):\/\/\S/.test(each.trim()));
  return bad ? say('every address of etcd begins with https:// or http://, with a comma between them') : undefined;
}

const truth = /^(?:1|true|TRUE|True|0|false|FALSE|False)$/;

/** What parameters of a MySQL address take (go-sql-driver/mysql dsn.go parseDSNParams). */
const mysqlParameters: Readonly<Record<string, 'truth' | 'number' | 'duration'>> = {
  ...Object.fromEntries(
    [
      'allowAllFiles allowCleartextPasswords allowFallbackToPlaintext allowNativePasswords allowOldPasswords',
      'checkConnLiveness clientFoundRows columnsWithAlias compress interpolateParams multiStatements parseTime',
      'rejectReadOnly',
    ]
      .join(' ')
      .split(' ')
      .map((name) => [name, 'truth'] as const),
  ),
  maxAllowedPacket: 'number',
  timeout: 'duration',
  readTimeout: 'duration',
  writeTimeout: 'duration',
  timeTruncate: 'duration',
};

/** A DSN of go-sql-driver/mysql: `[user[:password]@][net[(address)]]/database[?parameters]`. */
function mysqlProblem(rest: string): Message | undefined {
  if (rest === '') return undefined;
  // The last slash of all ends the address, be it that of a parameter.
  const slash = rest.lastIndexOf('/');
  if (slash < 0)
    return say('a "/" is missing between the address and the name of the database: user:password@tcp(host:3306)/name');
  const server = rest.slice(0, slash);
  const network = server.slice(server.lastIndexOf('@') + 1);
  const address = /^([^(]*)(?:\((.*)\))?$/s.exec(network);
  if (address === null) return say('the address of MySQL ends with ")": tcp(host:3306)');
  const isNamed = network !== '' && network !== 'tcp' && network !== 'unix';
  if (isNamed && address[2] === undefined)
    return say('the address of MySQL stands in tcp(…): user:password@tcp(host:3306)/name');
  const [database = '', query = ''] = splitAt(rest.slice(slash + 1), '?');
  if (/%(?![0-9a-fA-F]{2})/.test(database)) return say('a "%" in the name of the database is written %25');
  for (const parameter of query.split('&')) {
    const [name = '', value] = splitAt(parameter, '=');
    if (value === undefined) continue;
    const message = mysqlParameterProblem(name, value);
    if (message !== undefined) return message;
  }
  return undefined;
}

function mysqlParameterProblem(name: string, value: string): Message | undefined {
  const type = mysqlParameters[name];
  if (type === 'truth' && !truth.test(value)) return say('"{0}" of {1} takes true or false', name, 'MySQL');
  if (type === 'number' && !/^[+-]?\d+$/.test(value)) return say('"{0}" of {1} takes a whole number', name, 'MySQL');
  if (type === 'duration' && parseGoDuration(value) === undefined)
    return say('"{0}" of {1} takes a duration such as 30s', name, 'MySQL');
  if (name === 'tls' && !truth.test(value) && !/^(?:skip-verify|preferred)$/i.test(value))
    return say('"{0}" of {1} takes {2}', name, 'MySQL', 'true, false, skip-verify, preferred');
  return undefined;
}

/** Words of parameters of a PostgreSQL address (jackc/pgx pgconn/config.go). */
const postgresWords: Readonly<Record<string, readonly string[]>> = {
  sslmode: ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'],
  target_session_attrs: ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'],
};

/** A URL as Go's net/url reads it, then as pgx does; the database behind it is free. */
function postgresProblem(rest: string): Message | undefined {
  const { user, host, query, isBroken } = goUrl(rest);
  const mark = rest.search(/[#?/]/);
  const ending = mark < 0 ? rest.length : mark;
  // A password that holds one of these ends the address before its "@".
  if (isBroken || (user === undefined && rest.includes('@', ending)))
    return say(
      'this is no address that can be read; write # ? / @ % and spaces in the password as %23 %3F %2F %40 %25 %20',
    );
  for (const each of host.split(',')) {
    const port = /:(\d*)$/.exec(each.replace(/^\[[^\]]*\]/, ''))?.[1];
    if (port !== undefined && port !== '' && (Number(port) < 1 || Number(port) > 65535))
      return say('{0} is not a port from 1 to 65535', port);
  }
  const parameters = parametersOf(query);
  if (parameters === undefined) return badParameters();
  for (const [name, value] of parameters) {
    const words = postgresWords[name];
    if (words !== undefined && !words.includes(value))
      return say('"{0}" of {1} takes {2}', name, 'PostgreSQL', words.join(', '));
    if (name === 'connect_timeout' && !/^\+?\d+$/.test(value))
      return say('"{0}" of {1} takes a whole number', name, 'PostgreSQL');
  }
  return undefined;
}

/** Servers of NATS with commas between them; the parameters stand behind the first (kine pkg/drivers/nats/config.go). */
function natsProblem(text: string): Message | undefined {
  const servers = text.split(',');
  if (servers.some((each) => !each.startsWith('nats://')))
    return say('every server of NATS begins with nats://, with a comma between them');
  const urls = servers.map((each) => goUrl(each.slice('nats://'.length)));
  if (urls.some(({ isBroken }) => isBroken))
    return say(
      'this is no address that can be read; write # ? / @ % and spaces in the password as %23 %3F %2F %40 %25 %20',
    );
  const parameters = parametersOf(urls[0]?.query ?? '');
  if (parameters === undefined) return badParameters();
  const number = (name: string) => Number(/^\d{1,3}$/.exec(parameters.get(name) ?? '')?.[0] ?? Number.NaN);
  const replicas = number('replicas');
  if (replicas < 1 || (replicas > 5 && replicas < 256))
    return say('"{0}" of NATS is a number from {1} to {2}', 'replicas', 1, 5);
  const history = number('revHistory');
  if (history < 2 || (history > 64 && history < 256))
    return say('"{0}" of NATS is a number from {1} to {2}', 'revHistory', 2, 64);
  const slow = parameters.get('slowMethod') ?? '';
  if (slow !== '' && parseGoDuration(slow) === undefined)
    return say('"{0}" of {1} takes a duration such as 30s', 'slowMethod', 'NATS');
  if ((parameters.get('contextFile') ?? '') !== '' && urls[0]?.host !== '')
    return say('with "contextFile" the servers stand in that file; write nats://?contextFile=…');
  return undefined;
}

function badParameters(): Message {
  return say('the parameters behind "?" cannot be read; write ; and % in them as %3B and %25');
}

interface GoUrl {
  readonly user: string | undefined;
  readonly host: string;
  readonly query: string;
  readonly isBroken: boolean;
}

/** What follows `scheme://`, as Go's `net/url` takes it apart. */
function goUrl(rest: string): GoUrl {
  const [beforeFragment = ''] = splitAt(rest, '#');
  const [beforeQuery = '', query = ''] = splitAt(beforeFragment, '?');
  const authority = /^[^/]*/.exec(beforeQuery)?.[0] ?? '';
  const path = beforeQuery.slice(authority.length);
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : authority.slice(0, at);
  const host = authority.slice(at + 1);
  const isBroken =
    /%(?![0-9a-fA-F]{2})/.test(authority + path) ||
    (user !== undefined && /[^\w.:~!$&'()*+,;=%@-]/.test(user)) ||
    /[\u0000-\u001f\u007f]/.test(rest) ||
    !isHost(host);
  return { user, host, query, isBroken };
}

function isHost(host: string): boolean {
  if (/[\s"^`{|}\\]/.test(host)) return false;
  if (host.startsWith('[')) return /^\[[^\]]*\](?::\d*)?$/.test(host);
  if (/[[\]]/.test(host)) return false;
  const colon = host.lastIndexOf(':');
  return colon < 0 || /^\d*$/.test(host.slice(colon + 1));
}

/** The parameters behind `?`, the first of each name; undefined where Go's `url.ParseQuery` fails. */
function parametersOf(query: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const part of query.split('&')) {
    if (part === '') continue;
    if (part.includes(';') || /%(?![0-9a-fA-F]{2})/.test(part)) return undefined;
    const [name = '', value = ''] = splitAt(part, '=').map((each) => unescaped(each ?? ''));
    if (!found.has(name)) found.set(name, value);
  }
  return found;
}

function unescaped(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-fA-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
}

function splitAt(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
