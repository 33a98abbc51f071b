import { type Cidr, contains, isLinkLocal, parseCidr, parseIp } from '../../base/address';
import type { Finding } from '../../base/finding';
import { say } from '../../base/message';
import type { Span } from '../../base/span';
import { argumentsRelease, isFeatureGate } from '../../catalog/kubernetes/arguments';
import type { KubeadmAnalysis } from '../../model/kubeadm/analysis';
import { argumentsOf, mapAt, rootOf, textAt } from '../../model/kubeadm/lookup';
import { goScalar } from '../../syntax/go-scalar';
import { scalarsOf, valueAt, type YamlScalar } from '../../syntax/located-yaml';
import { unknownGateIn } from '../component-argument';
import { rule } from '../rule';

export const cgroupDriver = rule<KubeadmAnalysis>({
  id: 'kubeadm/cgroup-driver',
  severity: 'warning',
  summary: 'The kubelet and the container runtime need one cgroup driver, which is systemd on machines of today.',

  *check({ documents }) {
    for (const { kind, content } of documents) {
      if (kind?.text !== 'KubeletConfiguration') continue;
      for (const { field, read, scalar, object } of content.scalars) {
        if (field.field !== 'cgroupDriver' || object.path !== '' || read.text === 'systemd' || read.text === '')
          continue;
        yield {
          span: scalar.span,
          message:
            read.text === 'cgroupfs'
              ? say(
                  'on a machine with systemd two programs would manage cgroups; "systemd" is what the runtime uses too',
                )
              : say(
                  'the kubelet knows the cgroup drivers "systemd" and "cgroupfs" and does not start with "{0}"',
                  read.text,
                ),
          fixes: [
            {
              title: say('Change to {0}', 'systemd'),
              edits: [{ span: scalar.span, newText: 'systemd' }],
              confidence: 'review',
            },
          ],
        };
      }
    }
  },
});

/** Values of the kubelet that kubeadm sets and warns about when a file says otherwise (componentconfigs/kubelet.go). */
const kubeletValues: Readonly<Record<string, string>> = {
  staticPodPath: '/etc/kubernetes/manifests',
  'authentication.anonymous.enabled': 'false',
  'authentication.webhook.enabled': 'true',
  'authorization.mode': 'Webhook',
  healthzBindAddress: '127.0.0.1',
  healthzPort: '10248',
  rotateCertificates: 'true',
};

export const kubeletValue = rule<KubeadmAnalysis>({
  id: 'kubeadm/kubelet-value',
  severity: 'warning',
  summary: 'kubeadm relies on another value of the kubelet.',

  *check(analysis) {
    const { documents } = analysis;
    if (!documents.some((each) => each.api !== undefined)) return;
    const folder = textAt(rootOf(analysis, 'ClusterConfiguration'), 'certificatesDir')?.text ?? '/etc/kubernetes/pki';
    const values = { ...kubeletValues, 'authentication.x509.clientCAFile': `${folder}/ca.crt` };
    for (const { kind, root } of documents) {
      if (kind?.text !== 'KubeletConfiguration') continue;
      for (const [path, wanted] of Object.entries(values)) {
        const value = textAt(root, ...path.split('.'));
        if (value === undefined || goScalar(value).text === wanted) continue;
        yield { span: value.span, message: say('kubeadm relies on {0} for "{1}" of the kubelet', wanted, path) };
      }
    }
    yield* besidesNetworking(analysis);
  },
});

/**
 * Networks and the domain of the cluster that a component is told otherwise than kubeadm: kubeadm hands its own on where a component
 * says nothing (componentconfigs/kubelet.go, kubeproxy.go). A cache of DNS on each node has a link-local address.
 */
function* besidesNetworking(analysis: KubeadmAnalysis): Iterable<Finding> {
  const networking = (field: string) => textAt(rootOf(analysis, 'ClusterConfiguration'), 'networking', field);
  const [domain, pods, services] = ['dnsDomain', 'podSubnet', 'serviceSubnet'].map(networking);
  const told = (own: YamlScalar, other: YamlScalar, name: string): Finding => ({
    span: own.span,
    message: say('"{0}" does not fit "{1}", which kubeadm has for the cluster', name, other.text),
    related: [{ span: other.span, message: say('the other value is here') }],
  });
  const isOpen = (...all: readonly YamlScalar[]) => all.some(({ text }) => text === '' || /[{$<]/.test(text));
  for (const { kind, root } of analysis.documents) {
    if (kind?.text === 'KubeletConfiguration') {
      const own = textAt(root, 'clusterDomain');
      if (own !== undefined && domain !== undefined && !isOpen(own, domain) && own.text !== domain.text)
        yield told(own, domain, 'clusterDomain');
      const networks = services?.text.split(',').map(parseCidr) ?? [];
      const servers = scalarsOf(valueAt(root, 'clusterDNS'));
      const known = networks.flatMap((each) => (each === undefined ? [] : dnsAddress(each)));
      const isOdd = !servers.some(({ text }) => known.includes(parseIp(text)?.value ?? -1n));
      for (const server of servers) {
        const ip = parseIp(server.text);
        if (ip === undefined || isLinkLocal(server.text) || services === undefined) continue;
        const inside = networks.find((each) => each !== undefined && contains(each, ip));
        const isOutside = networks.every((each) => each?.address.family === ip.family && inside === undefined);
        if (isOutside || (inside !== undefined && isOdd)) yield told(server, services, 'clusterDNS');
      }
    }
    const own = kind?.text === 'KubeProxyConfiguration' ? textAt(root, 'clusterCIDR') : undefined;
    if (own === undefined || pods === undefined || isOpen(own, pods)) continue;
    const plain = ({ text }: YamlScalar) => text.split(',').sort().join();
    if (plain(own) !== plain(pods)) yield told(own, pods, 'clusterCIDR');
  }
}

/** The tenth address of the services, at which kubeadm sets DNS up (kubernetes/kubernetes, kubeadm constants.GetDNSIP). */
function dnsAddress({ address: { family, value }, prefix }: Cidr): bigint {
  const rest = BigInt((family === 4 ? 32 : 128) - prefix);
  return ((value >> rest) << rest) + 10n;
}

export const featureGate = rule<KubeadmAnalysis>({
  id: 'kubeadm/unknown-feature-gate',
  severity: 'warning',
  summary: 'Kubernetes has no such feature gate, and the component does not start with it.',

  *check(analysis) {
    if (analysis.release?.slice(0, 2).join('.') !== argumentsRelease) return;
    const unknown = (gate: string, span: Span) => ({
      span,
      message: say('Kubernetes v{0} has no feature gate "{1}"', argumentsRelease, gate),
    });
    for (const { component, name, value } of argumentsOf(analysis)) {
      if (name !== 'feature-gates' || value === undefined || /\$|\{\{/.test(value.text)) continue;
      const gate = component === 'etcd' ? undefined : unknownGateIn(value.text);
      if (gate !== undefined) yield unknown(gate, value.span);
    }
    for (const { kind, root } of analysis.documents) {
      if (!/^Kube(?:let|Proxy)Configuration$/.test(kind?.text ?? '')) continue;
      for (const { key, keySpan } of mapAt(root, 'featureGates')?.entries ?? [])
        if (key !== '<<' && !isFeatureGate(key)) yield unknown(key, keySpan);
    }
  },
});

const proxyModes = ['iptables', 'ipvs', 'nftables', 'kernelspace'];

export const proxyMode = rule<KubeadmAnalysis>({
  id: 'kubeadm/proxy-mode',
  severity: 'warning',
  summary: 'kube-proxy has no such mode and does not start.',

  *check({ documents }) {
    for (const { kind, root } of documents) {
      const mode = kind?.text === 'KubeProxyConfiguration' ? textAt(root, 'mode') : undefined;
      if (mode === undefined || proxyModes.includes(mode.text) || /\$|\{\{/.test(mode.text)) continue;
      yield {
        span: mode.span,
        message: say('kube-proxy knows the modes {0}, and does not start with "{1}"', proxyModes.join(', '), mode.text),
      };
    }
  },
});
