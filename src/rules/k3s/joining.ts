import { parseIp, sameIp } from '../../base/address';
import { type Message, say } from '../../base/message';
import { has, isDropIn, isOn, type K3sAnalysis, settingOf, valueFor, valuesFor } from '../../model/k3s/analysis';
import { rule } from '../rule';

export const serverAddress = rule<K3sAnalysis>({
  id: 'k3s/server-address',
  severity: 'error',
  summary: 'The address to join is not an https address with a port.',

  *check(analysis) {
    const value = valueFor(analysis, 'server');
    if (value === undefined || value.type === 'nested') return;
    const { text, span } = value;
    const found = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?([^/?#]*)(.*)$/.exec(text);
    const [, scheme, authority = '', rest = ''] = found ?? [];
    if (scheme !== 'https') {
      // Where no port is given, https means another one than k3s listens at.
      const port = /^(?:[^:[\]]+|\[[^\]]*\])$/.test(authority) ? ':6443' : '';
      const host = scheme === undefined && authority === '' ? text : `${authority}${port}${rest}`;
      yield {
        span,
        message: say('"server" wants an https address such as https://192.0.2.10:6443'),
        fixes: [
          {
            title: say('Change to {0}', `https://${host}`),
            edits: [{ span, newText: `https://${host}` }],
            confidence: 'review',
          },
        ],
      };
      return;
    }
    const port = /:(\d+)$/.exec(authority)?.[1];
    if (authority === '' || authority.startsWith(':')) {
      yield { span, message: say('"server" names no host') };
    } else if (port === undefined) {
      yield {
        span,
        severity: 'warning',
        message: say('without a port this is port 443, and k3s listens on 6443'),
        fixes: [
          {
            title: say('Add port {0}', 6443),
            edits: [{ span, newText: `https://${authority.replace(/:$/, '')}:6443${rest}` }],
            confidence: 'review',
          },
        ],
      };
    } else if (Number(port) > 65535 || Number(port) === 0) {
      yield { span, message: say('{0} is not a port', port) };
    }
    if (rest !== '' && rest !== '/')
      yield { span, severity: 'warning', message: say('k3s looks at host and port only; "{0}" has no effect', rest) };
    if (authority.includes('@'))
      yield { span, severity: 'warning', message: say('k3s looks at host and port only; "{0}" has no effect', '…@') };
  },
});

export const joinsLoopback = rule<K3sAnalysis>({
  id: 'k3s/joins-loopback',
  severity: 'error',
  summary: 'The address to join is the node itself.',

  *check(analysis) {
    const value = valueFor(analysis, 'server');
    const host = hostOf(value?.text);
    // On another port a load balancer of this machine may answer, and on an agent it may do so on this one.
    const own = valueFor(analysis, 'https-listen-port')?.text ?? '6443';
    const port = /^https?:\/\/[^/]*:(\d+)/.exec(value?.text ?? '')?.[1] ?? '443';
    if (value === undefined || host === undefined || port !== own || analysis.role === 'agent') return;
    const isServer = analysis.role === 'server' || analysis.settings.some(({ key }) => key.role === 'server');
    const severity = isServer ? 'error' : 'warning';
    if (/^(?:127\.|localhost$|0\.0\.0\.0$|::1?$)/.test(host)) {
      yield {
        span: value.span,
        severity,
        message: say('{0} is this node itself; name another server of the cluster', host),
      };
      return;
    }
    for (const key of ['node-ip', 'node-external-ip', 'advertise-address', 'node-name']) {
      const same = valuesFor(analysis, key).find((each) => sameIp(each.text, host));
      if (same === undefined) continue;
      yield {
        span: value.span,
        severity,
        message: say('{0} is this node itself; name another server of the cluster', host),
        related: [{ span: same.span, message: say('the same as "{0}"', key) }],
      };
      return;
    }
  },
});

/** The host of an https address, without brackets. */
function hostOf(url: string | undefined): string | undefined {
  return /^https?:\/\/(?:\[([^\]]+)\]|([^:/?#]+))/
    .exec(url ?? '')
    ?.slice(1)
    .find((each) => each !== undefined);
}

/** Keys that say different things about where the cluster keeps its data. */
export const conflict = rule<K3sAnalysis>({
  id: 'k3s/conflicting-keys',
  severity: 'warning',
  summary: 'Two keys of the file say different things, and one of them has no effect.',

  *check(analysis) {
    const init = isOn(analysis, 'cluster-init') ? settingOf(analysis, 'cluster-init') : undefined;
    const pairs: readonly [string, string, Message][] = [
      [
        'cluster-init',
        'server',
        say(
          'with "server" this node joins a cluster, and "cluster-init" has no effect; keep it on the first server only',
        ),
      ],
      [
        'cluster-init',
        'datastore-endpoint',
        say('"datastore-endpoint" wins, and "cluster-init" has no effect; keep one of them'),
      ],
    ];
    for (const [key, other, message] of pairs) {
      const second = settingOf(analysis, other);
      if (init === undefined || init.key.key !== key || second === undefined || valueFor(analysis, other) === undefined)
        continue;
      yield {
        span: init.entry.keySpan,
        message,
        related: [{ span: second.entry.keySpan, message: say('the other key') }],
      };
    }
  },
});

export const refusedTogether = rule<K3sAnalysis>({
  id: 'k3s/refused-together',
  severity: 'error',
  summary: 'k3s refuses to start with these keys together.',

  *check(analysis) {
    const span = (key: string) => settingOf(analysis, key)?.entry.keySpan ?? { start: 0, end: 0 };
    const endpoint = valueFor(analysis, 'datastore-endpoint') !== undefined;
    for (const key of ['disable-etcd', 'disable-apiserver']) {
      if (endpoint && isOn(analysis, key))
        yield {
          span: span(key),
          message: say('k3s refuses "{0}" together with "datastore-endpoint"', key),
          related: [{ span: span('datastore-endpoint'), message: say('the other key') }],
        };
    }
    if (
      isOn(analysis, 'disable-etcd') &&
      !endpoint &&
      !has(analysis, 'server') &&
      (!isDropIn(analysis.path) || analysis.elsewhere.size > 0)
    )
      yield {
        span: span('disable-etcd'),
        message: say('a server without etcd needs "server", the address of one that has it'),
      };
    if (isOn(analysis, 'embedded-registry'))
      for (const key of ['docker', 'container-runtime-endpoint'])
        if (key === 'docker' ? isOn(analysis, key) : valueFor(analysis, key) !== undefined)
          yield {
            span: span('embedded-registry'),
            message: say('"embedded-registry" needs the containerd of k3s; it does not go with "{0}"', key),
            related: [{ span: span(key), message: say('the other key') }],
          };
  },
});

export const resetInConfig = rule<K3sAnalysis>({
  id: 'k3s/reset-in-config',
  severity: 'error',
  summary: 'A reset is done once, by hand; in a file it happens or stops the service at every start.',

  *check(analysis) {
    for (const key of ['cluster-reset', 'cluster-reset-restore-path']) {
      const setting = settingOf(analysis, key);
      const wanted = key === 'cluster-reset' ? isOn(analysis, key) : valueFor(analysis, key) !== undefined;
      if (setting === undefined || !wanted) continue;
      yield {
        span: setting.entry.keySpan,
        message: say(
          '"{0}" belongs to one command by hand; in the file every start resets, or stops because it has been done',
          key,
        ),
      };
    }
  },
});

/** Addresses that stand for no single machine that others could reach. */
const unusable =
  /^(?:127\.|0\.0\.0\.0$|169\.254\.|22[4-9]\.|23\d\.|255\.255\.255\.255$|::1?$|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:)/i;

export const unusableAddress = rule<K3sAnalysis>({
  id: 'k3s/unusable-address',
  severity: 'warning',
  summary: 'The address is one that other machines cannot reach.',

  *check(analysis) {
    for (const key of ['node-ip', 'node-external-ip', 'advertise-address']) {
      for (const { text, span, open } of valuesFor(analysis, key))
        if (!open && parseIp(text) !== undefined && unusable.test(text))
          yield {
            span,
            message: say('other machines cannot reach {0}; "{1}" wants an address of this node', text, key),
          };
    }
    const bind = valueFor(analysis, 'bind-address');
    const isShared = isOn(analysis, 'cluster-init') || (has(analysis, 'server') && analysis.role !== 'agent');
    if (bind !== undefined && isShared && /^(?:127\.|::1$)/.test(bind.text))
      yield {
        span: bind.span,
        message: say('the other nodes cannot reach a server that listens on {0} only', bind.text),
      };
  },
});

export const nodeAddresses = rule<K3sAnalysis>({
  id: 'k3s/two-of-one-family',
  severity: 'error',
  summary: 'A node has one address of each family at most.',

  *check(analysis) {
    const values = valuesFor(analysis, 'node-ip');
    const families = values.map((value) => parseIp(value.text)?.family);
    for (const [index, family] of families.entries()) {
      const value = values[index];
      if (value === undefined || family === undefined || families.indexOf(family) === index) continue;
      yield {
        span: value.span,
        message: say('"{0}" has a second IPv{1} address; one of each family is allowed', 'node-ip', family),
      };
    }
  },
});
