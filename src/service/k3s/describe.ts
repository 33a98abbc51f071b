import { type CronSchedule, cronDescriptors, nextRuns, parseCron } from '../../base/cron';
import { parseGoDuration } from '../../base/go-duration';
import { catalogText, type Message, render, type Speak, say } from '../../base/message';
import { type K3sKey, k3sKey, type RemovedKey } from '../../catalog/k3s/catalog';
import { defaultText, describeDefault } from '../yaml/describe-value';

/** What the values of a format look like. */
const formats: Readonly<Record<string, Message>> = {
  cidr: say('A network such as `10.42.0.0/16`; one of each family, with a comma between them, for dual stack.'),
  ip: say('An IP address.'),
  port: say('A port from 1 to 65535.'),
  'port-range': say('Two ports with a dash between them, such as `30000-32767`.'),
  'octal-mode': say(
    'Three or four octal digits in quotes, such as `"0600"`: without quotes YAML makes another number of `0600`.',
  ),
  'https-url': say('An https address with its port, such as `https://192.0.2.10:6443`.'),
  'k3s-token': say('A random text, or a token of the form `K10<hash>::<user>:<password>` from a server.'),
  cron: say(
    'Five fields: minute, hour, day of month, month, day of week; or {0}.',
    [...cronDescriptors, '`@every 6h`'].join(', '),
  ),
  'go-duration': say('A duration such as `30s`, `5m` or `1h30m`.'),
  'name=value': say('Items of the form `name=value`. A name that ends with `+` adds to the value that k3s sets.'),
  'key=value': say('Labels of the form `name=value`.'),
  'key[=value]:Effect': say(
    'Taints of the form `key=value:Effect`; the effects are {0}.',
    'NoSchedule, PreferNoSchedule, NoExecute',
  ),
  'hostname-or-ip': say('Host names and addresses, without scheme and port.'),
  'host[:port]': say('Host or host:port, without a scheme.'),
};

const portOrZero = say('A port from 1 to 65535, or 0.');

/** The forms of a datastore's address. */
const endpointForms = [
  '- `mysql://user:password@tcp(host:3306)/database` (MySQL, MariaDB)',
  '- `postgres://user:password@host:5432/database?sslmode=verify-full` (PostgreSQL)',
  '- `https://host:2379,https://host:2379` (etcd)',
  '- `nats://host:4222?bucket=kine&replicas=3` (NATS)',
  '- `sqlite:///path` (SQLite)',
].join('\n');

/** The reference text of a key, in markdown. */
export function describeKey(key: K3sKey, speak: Speak = render): string {
  const type = types[key.type];
  const role =
    key.role === 'both' ? '' : `, ${speak(key.role === 'server' ? say('servers only') : say('agents only'))}`;
  const lines = [
    `**${key.key}** (${type === undefined ? key.type : speak(type)}${role})`,
    speak(catalogText(key.text)),
  ];
  const format = key.format === 'port' && key.default === '0' ? portOrZero : formats[key.format ?? ''];
  if (format !== undefined) lines.push(speak(format));
  if (key.format === 'kine-dsn') lines.push(`${speak(say('One of'))}\n${endpointForms}`);
  if (key.default !== undefined) lines.push(describeDefault(key.default, speak));
  if (key.values !== undefined) lines.push(speak(say('Values: {0}', key.values.join(', '))));
  if (key.type === 'string-slice') lines.push(speak(say('`{0}+` in a later file adds to the list.', key.key)));
  if (key.env !== undefined) lines.push(speak(say('Environment: {0}', `\`${key.env}\``)));
  if (key.since !== undefined && key.since !== '1.15') lines.push(speak(say('Since k3s v{0}', key.since)));
  if (key.aliases.length > 0)
    lines.push(speak(say('Also called {0}', key.aliases.map((each) => `\`${each}\``).join(', '))));
  if (key.secret === true) lines.push(speak(say('A secret: keep it out of repositories.')));
  if (key.deprecated !== undefined) lines.push(speak(say('Deprecated; use `{0}`.', key.deprecated)));
  return lines.join('\n\n');
}

/** What is to be known of a key that newer releases do not have. */
export function describeRemoved({ key, removed, replacement }: RemovedKey, speak: Speak = render): string {
  const gone =
    replacement === undefined
      ? say('"{0}" is gone since k3s v{1}', key, removed)
      : say('"{0}" is gone since k3s v{1}; use "{2}"', key, removed, replacement);
  const instead = k3sKey(replacement?.replace(/:.*$/, '') ?? '');
  return [`**${key}**`, speak(gone), ...(instead === undefined ? [] : [describeKey(instead, speak)])].join('\n\n');
}

/** What a key holds, in one word, and what counts where it is not given. */
export function briefly({ type, default: usual }: K3sKey, speak: Speak = render): string {
  const known = types[type];
  const word = known === undefined ? type : speak(known);
  return usual === undefined ? word : `${word}, ${defaultText(usual, speak)}`;
}

const types: Readonly<Record<string, Message>> = {
  string: say('text'),
  bool: say('true or false'),
  int: say('number'),
  duration: say('duration'),
  'string-slice': say('list'),
};

/** The next three times of a schedule, by the clock of the node; undefined for a text that is no schedule. */
export function describeSchedule(text: string, wallClock: number, speak: Speak = render): string | undefined {
  const schedule = parseCron(text, parseGoDuration);
  if (schedule.kind === 'problem') return undefined;
  const runs = nextRuns(schedule as CronSchedule, wallClock, 3);
  if (runs.length === 0) return undefined;
  const times = runs.map((run) => `\`${new Date(run).toISOString().slice(0, 16).replace('T', ' ')}\``);
  return speak(say('Next: {0} on a node whose clock shows your time.', times.join(', ')));
}

/** A file mode as `ls` shows it: `rw-r-----`. */
export function describeMode(text: string): string | undefined {
  if (!/^[0-7]{3,4}$/.test(text)) return undefined;
  return [...text.slice(-3)]
    .map((digit) => ['r', 'w', 'x'].map((letter, bit) => ((Number(digit) >> (2 - bit)) & 1 ? letter : '-')).join(''))
    .join('');
}
