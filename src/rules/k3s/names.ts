import { parseIp } from '../../base/address';
import { isDnsSubdomain, isWildcardName } from '../../base/dns-name';
import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { compareVersions } from '../../base/version';
import { type K3sAnalysis, valueFor, valuesFor } from '../../model/k3s/analysis';
import { rule } from '../rule';

export const badSan = rule<K3sAnalysis>({
  id: 'k3s/bad-san',
  severity: 'warning',
  summary: 'The entry is neither a host name nor an address, and k3s leaves it out of its certificate.',

  *check(analysis) {
    for (const { text, span, open, type } of valuesFor(analysis, 'tls-san')) {
      if (
        open ||
        type === 'nested' ||
        parseIp(text) !== undefined ||
        isDnsSubdomain(text.toLowerCase().replace(/\.$/, ''))
      )
        continue;
      const host = hostIn(text);
      yield {
        span,
        message: sanProblem(text),
        ...(host === undefined
          ? {}
          : {
              fixes: [
                { title: say('Change to {0}', host), edits: [{ span, newText: host }], confidence: 'review' as const },
              ],
            }),
      };
    }
  },
});

/** The host inside an address with scheme, port or path. */
function hostIn(text: string): string | undefined {
  const host = text
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/^([^/:]+)(?::\d+)?(?:\/\D.*|\/)?$/, '$1');
  return host !== text && (parseIp(host) !== undefined || isDnsSubdomain(host.toLowerCase())) ? host : undefined;
}

function sanProblem(text: string): Message {
  const host = /^[a-z]+:\/\/([^/:]+)/.exec(text)?.[1];
  if (text === '') return say('"tls-san" has an empty entry');
  if (host !== undefined) return say('"tls-san" takes a host name or an address alone; write {0}', host);
  if (/^[^:]+:\d+$/.test(text))
    return say('"tls-san" takes a host name or an address alone; write {0}', text.replace(/:\d+$/, ''));
  if (isWildcardName(text.toLowerCase())) return say('k3s drops names with "*" such as {0}; list each name', text);
  if (text.includes('/')) return say('"tls-san" takes single addresses, no networks; k3s drops {0}', text);
  return say('"{0}" is neither a host name nor an address, and k3s drops it', text);
}

export const nodeName = rule<K3sAnalysis>({
  id: 'k3s/node-name',
  severity: 'warning',
  summary:
    'The name of a node is a lower-case DNS name; with another one the node registers differently or not at all.',

  *check(analysis) {
    const value = valueFor(analysis, 'node-name');
    if (value === undefined || value.type === 'nested' || isDnsSubdomain(value.text)) return;
    const lower = value.text.toLowerCase();
    yield {
      span: value.span,
      message: isDnsSubdomain(lower)
        ? say('the node will be called "{0}", because names of nodes are lower case', lower)
        : say(
            '"{0}" cannot be the name of a node: lower-case letters, digits, "-" and "." only; the node never appears',
            value.text,
          ),
    };
  },
});

/** Prefixes that a kubelet may set on its own node although they end in kubernetes.io (NodeRestriction, KubeletLabels). */
const allowedLabels: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);

export const reservedLabel = rule<K3sAnalysis>({
  id: 'k3s/reserved-label',
  severity: 'error',
  summary: 'A kubelet may not set this label on its own node, and k3s ends.',

  *check(analysis) {
    for (const { text, span, open, type } of valuesFor(analysis, 'node-label')) {
      if (open || type === 'nested') continue;
      for (const part of text.split(',')) {
        const key = part.split('=')[0]?.trim() ?? '';
        const [prefix, name] = key.split('/');
        if (prefix === undefined || name === undefined || allowedLabels.has(key)) continue;
        if (/(?:^|\.)(?:kubelet|node)\.kubernetes\.io$/.test(prefix)) continue;
        if (!/(?:^|\.)(?:kubernetes|k8s)\.io$/.test(prefix)) continue;
        yield {
          span,
          message: say('a node may not give itself the label {0}; set it with kubectl label after it has joined', key),
        };
      }
    }
  },
});

export const labelForm = rule<K3sAnalysis>({
  id: 'k3s/label-form',
  severity: 'warning',
  summary: 'The label is not of the form name=value, or it has a name or a value that the kubelet refuses.',

  *check(analysis) {
    for (const { text, span, open, type } of valuesFor(analysis, 'node-label')) {
      if (open || type === 'nested') continue;
      if (text === '') yield { span, message: say('"{0}" has an empty entry', 'node-label') };
      else if (!text.includes('=')) yield { span, message: say('"{0}" has no "=", so the label has no value', text) };
      // All labels become one argument of the kubelet, which separates them by commas.
      for (const label of text.split(',')) {
        const message = label.trim() === '' ? undefined : labelProblem(label);
        if (message !== undefined) yield { span, message, severity: 'error' };
      }
    }
  },
});

/** Why the kubelet ends with a label (k8s.io/kubernetes cmd/kubelet/app/options ValidateKubeletFlags). */
function labelProblem(label: string): Message | undefined {
  const equals = label.indexOf('=');
  const name = (equals < 0 ? label : label.slice(0, equals)).trim();
  const value = equals < 0 ? '' : label.slice(equals + 1).trim();
  if (!isQualifiedName(name)) return say('"{0}" cannot be the name of a label, and the kubelet ends with it', name);
  if (!isLabelValue(value)) return say('"{0}" cannot be the value of a label, and the kubelet ends with it', value);
  return undefined;
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const badTaint = rule<K3sAnalysis>({
  id: 'k3s/bad-taint',
  severity: 'error',
  summary: 'The taint is not of the form key=value:Effect, and k3s ends.',

  *check(analysis) {
    const seen = new Set<string>();
    for (const { text, span, open, type } of valuesFor(analysis, 'node-taint')) {
      if (open || type === 'nested') continue;
      const parts = text.split(',').map((each) => each.trim());
      const problems = parts.flatMap((taint) => taintProblem(taint.replace(/-$/, '')) ?? []);
      for (const message of problems) {
        const instead = parts.length > 1 ? undefined : meantTaint(text);
        yield {
          span,
          message,
          ...(instead === undefined
            ? {}
            : {
                fixes: [
                  {
                    title: say('Change to {0}', instead),
                    edits: [{ span, newText: instead }],
                    confidence: 'review' as const,
                  },
                ],
              }),
        };
      }
      if (problems.length > 0) continue;
      if (parts.length > 1)
        yield {
          span,
          severity: isOneByOne(analysis) ? 'error' : 'warning',
          message: say('commas do not separate taints since k3s v1.33; give each one an item of its own'),
        };
      for (const taint of parts) {
        if (taint.endsWith('-'))
          yield { span, severity: 'warning', message: say('a "-" at its end takes a taint away; it adds none') };
        const name = taint.replace(/=[^:]*/, '');
        if (seen.has(name)) yield { span, message: say('a second taint of the same key and effect; the kubelet ends') };
        seen.add(name);
      }
    }
  },
});

/** Whether k3s reads each item as one taint; older releases joined all of them and cut at the commas. */
function isOneByOne({ version }: K3sAnalysis): boolean {
  return version !== undefined && compareVersions(version.slice(0, 2), [1, 33]) >= 0;
}

const qualified = /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const labelValue = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

function isQualifiedName(text: string): boolean {
  const [name = '', prefix = ''] = text.split('/').reverse();
  return qualified.test(text) && name.length <= 63 && prefix.length <= 253;
}

function isLabelValue(text: string): boolean {
  return labelValue.test(text) && text.length <= 63;
}

/** The taint with the effect that was meant. */
function meantTaint(taint: string): string | undefined {
  const colon = taint.lastIndexOf(':');
  const written = taint.slice(colon + 1);
  const effect = effects.find((each) => each.toLowerCase() === written.toLowerCase()) ?? nearest(written, effects);
  return colon < 0 || effect === undefined || effect === written ? undefined : `${taint.slice(0, colon)}:${effect}`;
}

/** Why the kubelet cannot read a taint (k8s.io/kubernetes pkg/util/taints), or undefined if it can. */
function taintProblem(taint: string): Message | undefined {
  const colon = taint.indexOf(':');
  const spec = colon < 0 ? taint : taint.slice(0, colon);
  const effect = colon < 0 ? undefined : taint.slice(colon + 1);
  const [key = '', value = '', ...more] = spec.split('=');
  if (effect === undefined) return say('"{0}" has no effect; write key=value:NoSchedule', taint);
  if (!effects.includes(effect)) {
    const meant = nearest(effect, effects);
    return meant === undefined
      ? say('"{0}" is no effect of a taint; known are {1}', effect, effects.join(', '))
      : say('"{0}" is no effect of a taint; did you mean {1}?', effect, meant);
  }
  if (more.length > 0 || !isQualifiedName(key) || !isLabelValue(value))
    return say('"{0}" is not of the form key=value:Effect', taint);
  return undefined;
}

export const clusterDomain = rule<K3sAnalysis>({
  id: 'k3s/cluster-domain',
  severity: 'error',
  summary: 'The domain of the cluster is not a DNS name, and k3s ends.',

  *check(analysis) {
    const value = valueFor(analysis, 'cluster-domain');
    if (value === undefined || value.type === 'nested' || isDnsSubdomain(value.text)) return;
    // It becomes the host of a URL; what may stand in one does not end k3s.
    const isFatal = /[\s"<>^`{|}\\[\]%:]/.test(value.text);
    yield {
      span: value.span,
      ...(isFatal ? {} : { severity: 'warning' }),
      message: say('"{0}" is not a DNS name such as cluster.local', value.text),
    };
  },
});
