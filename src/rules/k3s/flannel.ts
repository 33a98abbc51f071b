import { say } from '../../base/message';
import { has, isDropIn, isOn, type K3sAnalysis, settingOf, valueFor } from '../../model/k3s/analysis';
import { rule } from '../rule';

export const flannelSettings = rule<K3sAnalysis>({
  id: 'k3s/flannel-without-effect',
  severity: 'warning',
  summary: 'The setting belongs to flannel, which the file turns off.',

  *check(analysis) {
    if (valueFor(analysis, 'flannel-backend')?.text !== 'none') return;
    for (const key of ['flannel-iface', 'flannel-conf', 'flannel-external-ip', 'flannel-ipv6-masq']) {
      const setting = settingOf(analysis, key);
      if (setting === undefined || (setting.key.type === 'bool' && !isOn(analysis, key))) continue;
      yield {
        span: setting.entry.keySpan,
        message: say('"flannel-backend" is none, so "{0}" has no effect', key),
        tag: 'unnecessary',
      };
    }
  },
});

export const policyWithoutNetwork = rule<K3sAnalysis>({
  id: 'k3s/policy-without-flannel',
  severity: 'hint',
  summary: 'Without flannel the network policies of k3s get in the way of those of another CNI.',

  *check(analysis) {
    const backend = valueFor(analysis, 'flannel-backend');
    if (backend?.text !== 'none' || has(analysis, 'disable-network-policy')) return;
    yield {
      span: backend.span,
      message: say('another network plugin mostly wants "disable-network-policy: true" as well'),
    };
  },
});

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
