import { isPrivate, parseIp } from '../../base/address';
import { say } from '../../base/message';
import { has, isDropIn, isOn, type K3sAnalysis, settingOf, valueFor, valuesFor } from '../../model/k3s/analysis';
import { rule } from '../rule';

export const readableKubeconfig = rule<K3sAnalysis>({
  id: 'k3s/readable-kubeconfig',
  severity: 'warning',
  summary: 'The kubeconfig of the administrator is readable by others.',

  *check(analysis) {
    const value = valueFor(analysis, 'write-kubeconfig-mode');
    if (value === undefined || !/^0?o?[0-7]{3,4}$/.test(value.text) || (!value.quoted && value.text !== value.written))
      return;
    const group = valueFor(analysis, 'write-kubeconfig-group') !== undefined;
    const others = Number.parseInt(value.text.slice(-1), 8);
    const members = Number.parseInt(value.text.slice(-2, -1), 8);
    if (others === 0 && (members === 0 || group)) return;
    yield {
      span: value.span,
      message:
        others === 0
          ? say(
              'with {0} the group of the file, root, may read the key of the administrator; name one with "write-kubeconfig-group"',
              value.text,
            )
          : say('with {0} every user of the machine has the key of the administrator', value.text),
      fixes: [
        {
          title: say('Change to {0}', '"0600"'),
          edits: [{ span: value.span, newText: '"0600"' }],
          confidence: 'review',
        },
      ],
    };
  },
});

export const badMode = rule<K3sAnalysis>({
  id: 'k3s/bad-mode',
  severity: 'warning',
  summary: 'The mode is not a number of three or four octal digits, and k3s leaves the file as it is.',

  *check(analysis) {
    const value = valueFor(analysis, 'write-kubeconfig-mode');
    // Of digits that are a mode as they are written, `k3s/unquoted-mode` says what YAML makes of them.
    if (value === undefined || value.type === 'nested' || /^[0-7]{1,4}$/.test(value.text)) return;
    if (value.type === 'int' && /^0o?[0-7]+$/.test(value.written)) return;
    yield {
      span: value.span,
      message: say('"{0}" is no mode of a file; write three or four digits from 0 to 7, such as "0600"', value.written),
    };
  },
});

export const unsafeS3 = rule<K3sAnalysis>({
  id: 'k3s/unprotected-upload',
  severity: 'warning',
  summary: 'Snapshots hold every secret of the cluster and travel unprotected.',

  *check(analysis) {
    for (const key of ['etcd-s3-skip-ssl-verify', 'etcd-s3-insecure']) {
      const setting = settingOf(analysis, key);
      if (setting !== undefined && isOn(analysis, key))
        yield {
          span: setting.entry.keySpan,
          message: say('snapshots hold every secret of the cluster; with "{0}" others can read them on their way', key),
        };
    }
  },
});

export const openApi = rule<K3sAnalysis>({
  id: 'k3s/open-api',
  severity: 'warning',
  summary: 'The argument opens the API to people without credentials.',

  *check(analysis) {
    for (const { text, span } of valuesFor(analysis, 'kube-apiserver-arg')) {
      const argument = text.replace(/^-+/, '');
      if (/^(?:anonymous-auth=true|authorization-mode=(?:.*,)?AlwaysAllow|insecure-port=[1-9])/.test(argument))
        yield { span, message: say('{0} lets people without credentials in', argument) };
    }
  },
});

export const openSans = rule<K3sAnalysis>({
  id: 'k3s/open-names',
  severity: 'warning',
  summary: 'Anybody can have names added to the certificate of the API.',

  *check(analysis) {
    const value = valueFor(analysis, 'tls-san-security');
    if (value !== undefined && /^(?:0|f|F|false|FALSE|False)$/.test(value.text))
      yield {
        span: value.span,
        message: say('any client can have names added to the certificate; list them in "tls-san" instead'),
      };
  },
});

export const secretInFile = rule<K3sAnalysis>({
  id: 'k3s/secret-in-file',
  severity: 'hint',
  summary: 'A credential stands in the file as plain text.',

  *check(analysis) {
    const places: readonly [string, RegExp, string][] = [
      ['token', /./, 'token-file'],
      ['agent-token', /./, 'agent-token-file'],
      ['etcd-s3-access-key', /./, 'etcd-s3-config-secret'],
      ['etcd-s3-secret-key', /./, 'etcd-s3-config-secret'],
      ['etcd-s3-session-token', /./, 'etcd-s3-config-secret'],
      ['vpn-auth', /joinKey=./, 'vpn-auth-file'],
      ['datastore-endpoint', /^[a-z]+:\/\/[^/@:]*:[^@]+@/, 'K3S_DATASTORE_ENDPOINT'],
    ];
    for (const [key, pattern, instead] of places) {
      const value = valueFor(analysis, key);
      if (value === undefined || !pattern.test(value.text)) continue;
      yield {
        span: settingOf(analysis, key)?.entry.keySpan ?? value.span,
        message: say('a credential in plain text; "{0}" keeps it out of the file', instead),
      };
    }
  },
});

export const openMetrics = rule<K3sAnalysis>({
  id: 'k3s/open-metrics',
  severity: 'warning',
  summary: 'The metrics of etcd are served without encryption or credentials on an address that others reach.',

  *check(analysis) {
    const setting = settingOf(analysis, 'etcd-expose-metrics');
    if (setting === undefined || !isOn(analysis, 'etcd-expose-metrics')) return;
    const addresses = valuesFor(analysis, 'node-external-ip').flatMap(({ text }) => parseIp(text) ?? []);
    if (addresses.every(isPrivate)) return;
    yield {
      span: setting.entry.keySpan,
      message: say('port 2381 answers everybody over plain http, and this node has a public address'),
    };
  },
});

export const secretsInClear = rule<K3sAnalysis>({
  id: 'k3s/secrets-in-clear',
  severity: 'hint',
  summary: 'Secrets of a new cluster lie unencrypted in its datastore and in every snapshot.',
  absence: true,

  *check(analysis) {
    const init = settingOf(analysis, 'cluster-init');
    if (init === undefined || !isOn(analysis, 'cluster-init') || isDropIn(analysis.path)) return;
    if (has(analysis, 'secrets-encryption') || has(analysis, 'server')) return;
    yield {
      span: init.entry.keySpan,
      message: say(
        'Secrets will lie unencrypted in etcd and its snapshots; "secrets-encryption: true" on every server encrypts them',
      ),
    };
  },
});
