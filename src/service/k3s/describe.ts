import { type CronSchedule, cronDescriptors, nextRuns, parseCron } from '../../base/cron';
import { parseGoDuration } from '../../base/go-duration';
import type { K3sKey } from '../../catalog/k3s/catalog';

/** What the values of a format look like. */
const formats: Readonly<Record<string, string>> = {
  cidr: 'A network such as `10.42.0.0/16`; one of each family, with a comma between them, for dual stack.',
  ip: 'An IP address.',
  port: 'A port from 1 to 65535.',
  'port-range': 'Two ports with a dash between them, such as `30000-32767`.',
  'octal-mode':
    'Three or four octal digits in quotes, such as `"0600"`: without quotes YAML makes another number of `0600`.',
  'https-url': 'An https address with its port, such as `https://192.0.2.10:6443`.',
  'k3s-token': 'A random text, or a token of the form `K10<hash>::<user>:<password>` from a server.',
  cron: `Five fields: minute, hour, day of month, month, day of week; or ${cronDescriptors.join(', ')}, \`@every 6h\`.`,
  'go-duration': 'A duration such as `30s`, `5m` or `1h30m`.',
  'name=value': 'Items of the form `name=value`. A name that ends with `+` adds to the value that k3s sets.',
  'hostname-or-ip': 'Host names and addresses, without scheme and port.',
  'kine-dsn': [
    'One of',
    '- `mysql://user:password@tcp(host:3306)/database` (MySQL, MariaDB)',
    '- `postgres://user:password@host:5432/database?sslmode=verify-full`',
    '- `https://host:2379,https://host:2379` (etcd)',
    '- `nats://host:4222`',
    '- `sqlite:///path`',
  ].join('\n'),
  'host[:port]': 'Host or host:port, without a scheme.',
};

/** The reference text of a key, in markdown. */
export function describeKey(key: K3sKey): string {
  const lines = [`**${key.key}** (${key.type}${key.role === 'both' ? '' : `, ${key.role}s only`})`, key.text];
  const format = formats[key.format ?? ''];
  if (format !== undefined) lines.push(format);
  if (key.default !== undefined) lines.push(`Default: \`${key.default}\``);
  if (key.values !== undefined) lines.push(`Values: ${key.values.join(', ')}`);
  if (key.type === 'string-slice') lines.push(`\`${key.key}+\` in a later file adds to the list.`);
  if (key.env !== undefined) lines.push(`Environment: \`${key.env}\``);
  if (key.since !== undefined && key.since !== '1.15') lines.push(`Since k3s v${key.since}`);
  if (key.deprecated !== undefined) lines.push(`Deprecated; use \`${key.deprecated}\`.`);
  return lines.join('\n\n');
}

/** The next three times of a schedule, by the clock of the node; undefined for a text that is no schedule. */
export function describeSchedule(text: string, wallClock: number): string | undefined {
  const schedule = parseCron(text, parseGoDuration);
  if (schedule.kind === 'problem') return undefined;
  const runs = nextRuns(schedule as CronSchedule, wallClock, 3);
  if (runs.length === 0) return undefined;
  const times = runs.map((run) => `\`${new Date(run).toISOString().slice(0, 16).replace('T', ' ')}\``);
  return `Next: ${times.join(', ')} on a node whose clock shows your time.`;
}

/** A file mode as `ls` shows it: `rw-r-----`. */
export function describeMode(text: string): string | undefined {
  if (!/^[0-7]{3,4}$/.test(text)) return undefined;
  return [...text.slice(-3)]
    .map((digit) => ['r', 'w', 'x'].map((letter, bit) => ((Number(digit) >> (2 - bit)) & 1 ? letter : '-')).join(''))
    .join('');
}
