import { type Message, say } from '../../base/message';
import { has, isOn, type K3sAnalysis, settingOf, valueFor, valuesFor } from '../../model/k3s/analysis';
import { rule } from '../rule';

const drivers = ['mysql', 'postgres', 'postgresql', 'nats', 'jetstream', 'sqlite', 'http', 'https', 'unix', 'unixs'];
const rareDrivers = ['litestream', 't4', 'memory'];

export const datastoreEndpoint = rule<K3sAnalysis>({
  id: 'k3s/datastore-endpoint',
  severity: 'error',
  summary: 'The address of the datastore cannot be read, and k3s does not start.',

  *check(analysis) {
    const value = valueFor(analysis, 'datastore-endpoint');
    if (value === undefined || value.type === 'nested') return;
    const message = endpointProblem(value.text);
    if (message !== undefined) yield { span: value.span, message };
  },
});

/** Why kine cannot read an endpoint, without any part of it: it may hold a password. */
function endpointProblem(text: string): Message | undefined {
  const [, scheme, rest = ''] = /^([A-Za-z0-9+.-]*):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === undefined)
    return say(
      'the datastore is given as <kind>://…: mysql://, postgres://, nats://, sqlite:// or the https:// addresses of etcd',
    );
  if (rareDrivers.includes(scheme)) return undefined;
  if (!drivers.includes(scheme)) return say('k3s knows no datastore "{0}"; it knows {1}', scheme, drivers.join(', '));
  if (scheme === 'mysql') return mysqlProblem(rest);
  if (scheme === 'postgres' || scheme === 'postgresql') return postgresProblem(rest);
  if (scheme === 'http' || scheme === 'https') {
    const bad = text.split(',').some((each) => !/^(?:https?|unixs?):\/\/\S/.test(each.trim()));
    return bad ? say('every address of etcd begins with https:// or http://, with a comma between them') : undefined;
  }
  return undefined;
}

/** A DSN of go-sql-driver/mysql: `[user[:password]@][net[(address)]]/database[?parameters]`. */
function mysqlProblem(rest: string): Message | undefined {
  if (rest === '') return undefined;
  const query = rest.indexOf('?', rest.lastIndexOf('/'));
  const body = query < 0 ? rest : rest.slice(0, query);
  const slash = body.lastIndexOf('/');
  if (slash < 0)
    return say('a "/" is missing between the address and the name of the database: user:password@tcp(host:3306)/name');
  const server = body.slice(0, slash);
  const network = server.slice(server.lastIndexOf('@') + 1);
  if (network === '' || network === 'tcp' || network === 'unix') return undefined;
  const found = /^([^(]*)(?:\((.*)\))?$/s.exec(network);
  if (found === null) return say('the address of MySQL ends with ")": tcp(host:3306)');
  if (found[2] === undefined) return say('the address of MySQL stands in tcp(…): user:password@tcp(host:3306)/name');
  return undefined;
}

/** A URL as Go's net/url reads it; the database behind it is free. */
function postgresProblem(rest: string): Message | undefined {
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? '';
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? '' : authority.slice(0, at);
  const host = authority.slice(at + 1);
  const port = /:([^\]:]*)$/.exec(host.replace(/^\[[^\]]*\]/, ''))?.[1];
  const broken = say(
    'this is no address that can be read; write # ? / @ % and spaces in the password as %23 %3F %2F %40 %25 %20',
  );
  if (/%(?![0-9a-fA-F]{2})/.test(authority) || /[\s<>"^`{|}\\]/.test(authority) || user.includes('[')) return broken;
  if (port !== undefined && !/^\d*$/.test(port)) return broken;
  // A password that holds one of these ends the address before its "@".
  if (at < 0 && /[#?/].*@/.test(rest)) return broken;
  if (user.includes('@')) return broken;
  return undefined;
}

export const datastoreFiles = rule<K3sAnalysis>({
  id: 'k3s/datastore-files',
  severity: 'warning',
  summary: 'Certificate and key of the datastore belong together.',

  *check(analysis) {
    const cert = settingOf(analysis, 'datastore-certfile');
    const key = settingOf(analysis, 'datastore-keyfile');
    const one = cert ?? key;
    const isPair = has(analysis, 'datastore-certfile') && has(analysis, 'datastore-keyfile');
    if (one !== undefined && !isPair)
      yield {
        span: one.entry.keySpan,
        message: say(
          '"{0}" has no effect without "{1}"',
          one.key.key,
          cert === undefined ? 'datastore-certfile' : 'datastore-keyfile',
        ),
      };
    const file = cert ?? key ?? settingOf(analysis, 'datastore-cafile');
    if (file !== undefined && !has(analysis, 'datastore-endpoint') && !/\.d\//.test(analysis.path))
      yield {
        span: file.entry.keySpan,
        severity: 'hint',
        message: say('"{0}" is for a datastore outside, and "datastore-endpoint" is not set here', file.key.key),
      };
  },
});

export const managedEtcdArgument = rule<K3sAnalysis>({
  id: 'k3s/managed-etcd-argument',
  severity: 'warning',
  summary: 'k3s sets this argument of etcd itself; another value can take the cluster apart.',

  *check(analysis) {
    for (const { text, span } of valuesFor(analysis, 'etcd-arg')) {
      const name = /^-*([a-z-]+)/.exec(text)?.[1] ?? '';
      if (
        /^(?:force-new-cluster|initial-cluster.*|initial-advertise-peer-urls|data-dir|name|listen-(?:client|peer)-urls|advertise-client-urls)$/.test(
          name,
        )
      )
        yield { span, message: say('k3s sets "{0}" of etcd itself; another value can take the cluster apart', name) };
    }
  },
});

export const etcdTuning = rule<K3sAnalysis>({
  id: 'k3s/etcd-tuning',
  severity: 'warning',
  summary: 'The value makes etcd slow to start or its leader unstable.',

  *check(analysis) {
    const found = new Map<
      string,
      { readonly number: number; readonly span: { readonly start: number; readonly end: number } }
    >();
    for (const { text, span } of valuesFor(analysis, 'etcd-arg')) {
      const [, name, number] = /^-*([a-z-]+)=(\d+)$/.exec(text) ?? [];
      if (name !== undefined) found.set(name, { number: Number(number), span });
    }
    const quota = found.get('quota-backend-bytes');
    if (quota !== undefined && quota.number > 8 * 2 ** 30)
      yield {
        span: quota.span,
        message: say('etcd is made for databases up to 8 GiB; a larger one takes long to start and to restore'),
      };
    const heartbeat = found.get('heartbeat-interval');
    const election = found.get('election-timeout');
    const beat = heartbeat?.number ?? 500;
    const timeout = election?.number ?? 5000;
    const span = (election ?? heartbeat)?.span;
    if (span !== undefined && timeout < 5 * beat)
      yield {
        span,
        message: say(
          'the election timeout ({0} ms) is less than five heartbeats ({1} ms); etcd does not start',
          timeout,
          beat,
        ),
        severity: 'warning',
      };
  },
});

export const snapshotsWithoutEtcd = rule<K3sAnalysis>({
  id: 'k3s/snapshots-without-etcd',
  severity: 'hint',
  summary: 'Snapshots are of the etcd inside k3s; with a datastore outside the setting has no effect.',

  *check(analysis) {
    if (valueFor(analysis, 'datastore-endpoint') === undefined) return;
    for (const { key, entry } of analysis.settings) {
      if (!/^etcd-(?:s3|snapshot)/.test(key.key) || (key.type === 'bool' && !isOn(analysis, key.key))) continue;
      yield {
        span: entry.keySpan,
        message: say('the data are in the datastore outside; "{0}" has no effect, back that one up', key.key),
        tag: 'unnecessary',
      };
    }
  },
});
