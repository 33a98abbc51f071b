import { say } from '../../base/message';
import { has, isOn, type K3sAnalysis, settingOf, valueFor, valuesFor } from '../../model/k3s/analysis';
import { rule } from '../rule';
import { endpointProblem } from './endpoint-problem';

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
      const [, name, number] = /^-*([a-z][a-z-]*)=(\d+)$/.exec(text) ?? [];
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
