import { say } from '../../base/message';
import { has, isDropIn, isOn, type K3sAnalysis, settingOf, valueFor } from '../../model/k3s/analysis';
import { rule } from '../rule';

export const externalFlannel = rule<K3sAnalysis>({
  id: 'k3s/external-flannel',
  severity: 'warning',
  summary: 'Traffic of pods goes over external addresses, and the file gives none or leaves it unencrypted.',

  *check(analysis) {
    const setting = settingOf(analysis, 'flannel-external-ip');
    if (setting === undefined || !isOn(analysis, 'flannel-external-ip')) return;
    const span = setting.entry.keySpan;
    if (!has(analysis, 'node-external-ip') && !isDropIn(analysis.path))
      yield { span, message: say('"{0}" has no effect without "{1}"', 'flannel-external-ip', 'node-external-ip') };
    const backend = valueFor(analysis, 'flannel-backend');
    if (backend === undefined ? !has(analysis, 'flannel-backend') : /^(?:vxlan|host-gw)$/.test(backend.text))
      yield {
        span: backend?.span ?? span,
        message: say(
          'between external addresses {0} carries the traffic of pods unencrypted; take wireguard-native',
          backend?.text ?? 'vxlan',
        ),
      };
  },
});

export const openMetrics = rule<K3sAnalysis>({
  id: 'k3s/open-metrics',
  severity: 'warning',
  summary: 'The metrics of etcd are served without encryption or credentials on an address that others reach.',

  *check(analysis) {
    const setting = settingOf(analysis, 'etcd-expose-metrics');
    if (setting === undefined || !isOn(analysis, 'etcd-expose-metrics') || !has(analysis, 'node-external-ip')) return;
    yield {
      span: setting.entry.keySpan,
      message: say('port 2381 answers everybody over plain http, and this node has an external address'),
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
