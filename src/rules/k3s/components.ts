import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { isOn, type K3sAnalysis, settingOf, valueFor, valuesFor } from '../../model/k3s/analysis';
import { rule } from '../rule';

export const disableName = rule<K3sAnalysis>({
  id: 'k3s/disable-name',
  severity: 'warning',
  summary: 'No packaged component has this name, so nothing is disabled.',

  *check(analysis) {
    const words = settingOf(analysis, 'disable')?.key.values ?? [];
    for (const { text, span, open, type } of valuesFor(analysis, 'disable')) {
      if (open || type === 'nested' || words.includes(text)) continue;
      const meant = componentMeant(text, words);
      if (text === '') yield { span, message: say('"{0}" has an empty entry', 'disable') };
      else if (meant !== undefined)
        yield {
          span,
          message: say('k3s packages no "{0}", and says nothing about it; did you mean "{1}"?', text, meant),
          fixes: [{ title: say('Change to {0}', meant), edits: [{ span, newText: meant }], confidence: 'review' }],
        };
      else
        yield {
          span,
          message: say('k3s packages no "{0}", and says nothing about it; known are {1}', text, words.join(', ')),
        };
    }
  },
});

const nicknames: Readonly<Record<string, string>> = {
  'local-path': 'local-storage',
  'local-path-provisioner': 'local-storage',
  localstorage: 'local-storage',
  klipper: 'servicelb',
  'klipper-lb': 'servicelb',
  'service-lb': 'servicelb',
  dns: 'coredns',
  metrics: 'metrics-server',
  ingress: 'traefik',
};

function componentMeant(text: string, words: readonly string[]): string | undefined {
  const lower = text.toLowerCase();
  return words.find((each) => each === lower) ?? nicknames[lower] ?? nearest(lower, words);
}

/** Words of which any other has no effect, or an effect only when it is needed. */
export const unknownWord = rule<K3sAnalysis>({
  id: 'k3s/unknown-word',
  severity: 'warning',
  summary: 'k3s does not know the word.',

  *check(analysis) {
    for (const key of ['secrets-encryption-provider', 'etcd-s3-bucket-lookup-type', 'snapshotter']) {
      const setting = settingOf(analysis, key);
      const value = valueFor(analysis, key);
      const words = setting?.key.values ?? [];
      if (value === undefined || value.type === 'nested' || words.includes(value.text)) continue;
      const isFatal = key === 'secrets-encryption-provider' && isOn(analysis, 'secrets-encryption');
      yield {
        span: value.span,
        ...(isFatal ? { severity: 'error' } : {}),
        message: say('"{0}" is none of the words that "{1}" knows: {2}', value.text, key, words.join(', ')),
      };
    }
  },
});

const vpnParameters = ['name', 'joinKey', 'controlServerURL', 'extraArgs'];

export const vpnAuth = rule<K3sAnalysis>({
  id: 'k3s/vpn-auth',
  severity: 'error',
  summary: 'The VPN settings are a list of name=value with known names.',

  *check(analysis) {
    const value = valueFor(analysis, 'vpn-auth');
    if (value === undefined || value.type === 'nested') return;
    const given = new Map<string, string>();
    for (const part of value.text.split(',')) {
      const name = part.split('=')[0] ?? '';
      given.set(name, part.slice(name.length + 1));
      if (vpnParameters.includes(name)) continue;
      yield { span: value.span, message: say('"vpn-auth" knows no "{0}"; it wants name=tailscale,joinKey=…', name) };
      return;
    }
    if (given.get('name') !== 'tailscale') {
      yield { span: value.span, message: say('"vpn-auth" wants name=tailscale, the only VPN that k3s knows') };
    } else if ((given.get('joinKey') ?? '') === '') {
      yield { span: value.span, message: say('"vpn-auth" has no joinKey') };
    }
  },
});
