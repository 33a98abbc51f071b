import { sameIp } from '../../base/address';
import { parseSloppyIp, splitHostPort } from '../../base/go-address';
import { parseGoDuration } from '../../base/go-duration';
import { say } from '../../base/message';
import type { Span } from '../../base/span';
import { compareVersions } from '../../base/version';
import type { KubeadmVersion } from '../../catalog/kubeadm/fields';
import { argumentsRelease, isFeatureGate } from '../../catalog/kubernetes/arguments';
import { documentOf, type KubeadmAnalysis } from '../../model/kubeadm/analysis';
import { argumentsOf, entryAt, mapAt, rootOf, textAt } from '../../model/kubeadm/lookup';
import { goScalar } from '../../syntax/go-scalar';
import { itemsOf } from '../../syntax/located-yaml';
import { rule } from '../rule';

export const endpointIsNode = rule<KubeadmAnalysis>({
  id: 'kubeadm/endpoint-is-node',
  severity: 'warning',
  summary: '`controlPlaneEndpoint` is the address of one node, and the cluster depends on that node for good.',

  *check(analysis) {
    const endpoint = textAt(rootOf(analysis, 'ClusterConfiguration'), 'controlPlaneEndpoint');
    const own = textAt(rootOf(analysis, 'InitConfiguration'), 'localAPIEndpoint', 'advertiseAddress');
    const host = splitHostPort(endpoint?.text ?? '')?.host ?? endpoint?.text ?? '';
    if (endpoint === undefined || own === undefined || !sameIp(host, own.text)) return;
    yield {
      span: endpoint.span,
      message: say('{0} is this node itself; take the address of a load balancer or a virtual address', host),
      related: [{ span: own.span, message: say('the address of the node') }],
    };
  },
});

/** Addresses that no other machine can reach. */
const unusable = /^(?:127\.|169\.254\.|22[4-9]\.|23\d\.|255\.255\.255\.255$|::1?$|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:)/i;

export const unusableAddress = rule<KubeadmAnalysis>({
  id: 'kubeadm/unusable-address',
  severity: 'warning',
  summary: 'The address is one that other machines cannot reach.',

  *check(analysis) {
    for (const { content, api } of analysis.documents) {
      if (api === undefined) continue;
      for (const { field, read, scalar } of content.scalars)
        if (field.format === 'address' && parseSloppyIp(read.text) !== undefined && unusable.test(read.text))
          yield {
            span: scalar.span,
            message: say(
              'other machines cannot reach {0}; "{1}" wants an address of this node',
              read.text,
              field.field,
            ),
          };
    }
  },
});

export const evenEtcd = rule<KubeadmAnalysis>({
  id: 'kubeadm/even-etcd',
  severity: 'warning',
  summary: 'An even number of etcd members bears no more failures than one less, and a single one bears none.',

  *check(analysis) {
    const endpoints = entryAt(rootOf(analysis, 'ClusterConfiguration'), 'etcd', 'external', 'endpoints');
    const count = itemsOf(endpoints?.value).length;
    if (endpoints === undefined || count === 0 || count % 2 === 1) return;
    yield {
      span: endpoints.keySpan,
      message: say('{0} members bear no more failures than {1}; take an odd number', count, count - 1),
    };
  },
});

export const criSocket = rule<KubeadmAnalysis>({
  id: 'kubeadm/cri-socket',
  severity: 'warning',
  summary: 'The socket has no `unix://` in front, which is deprecated, or is that of dockershim, which is gone.',

  *check({ documents, release }) {
    const hasDockershim = release !== undefined && compareVersions(release.slice(0, 2), [1, 24]) < 0;
    for (const { content } of documents)
      for (const { field, read, scalar } of content.scalars) {
        if (field.format !== 'cri-socket' || read.text === '' || /\{\{|\$\{|</.test(read.text)) continue;
        if (read.text.includes('dockershim') && !hasDockershim)
          yield {
            span: scalar.span,
            message: say('dockershim is gone since v1.24; cri-dockerd listens on unix:///var/run/cri-dockerd.sock'),
          };
        else if (!read.text.startsWith('unix'))
          yield {
            span: scalar.span,
            message: say('the address of the socket begins with unix://'),
            fixes: read.text.startsWith('/')
              ? [
                  {
                    title: say('Change to {0}', `unix://${read.text}`),
                    edits: [{ span: scalar.span, newText: `unix://${read.text}` }],
                    confidence: 'safe',
                  },
                ]
              : [],
          };
      }
  },
});

export const renamedTaint = rule<KubeadmAnalysis>({
  id: 'kubeadm/renamed-taint',
  severity: 'warning',
  summary: 'The taint has another name since v1.24.',

  *check({ documents, release }) {
    if (release !== undefined && compareVersions(release.slice(0, 2), [1, 24]) < 0) return;
    const [before, now] = ['node-role.kubernetes.io/master', 'node-role.kubernetes.io/control-plane'];
    for (const { content } of documents)
      for (const { field, read, scalar } of content.scalars)
        if (field.in === 'Taint' && field.field === 'key' && read.text === before)
          yield {
            span: scalar.span,
            message: say('control-plane nodes carry "{0}" since v1.24', now),
            fixes: [
              { title: say('Change to {0}', now), edits: [{ span: scalar.span, newText: now }], confidence: 'review' },
            ],
          };
  },
});

export const frozenRegistry = rule<KubeadmAnalysis>({
  id: 'kubeadm/frozen-registry',
  severity: 'warning',
  summary: 'k8s.gcr.io gets no new images since April 2023.',

  *check({ documents }) {
    for (const { content } of documents)
      for (const { field, read, scalar } of content.scalars)
        if (field.format === 'image-repository' && /^k8s\.gcr\.io(?:\/|$)/.test(read.text)) {
          const newText = read.text.replace('k8s.gcr.io', 'registry.k8s.io');
          yield {
            span: scalar.span,
            message: say('k8s.gcr.io gets no new images; they are on registry.k8s.io'),
            fixes: [
              { title: say('Change to {0}', newText), edits: [{ span: scalar.span, newText }], confidence: 'review' },
            ],
          };
        }
  },
});

export const floatingVersion = rule<KubeadmAnalysis>({
  id: 'kubeadm/floating-version',
  severity: 'hint',
  summary: 'The version is looked up on the internet, and another day it is another one.',

  *check(analysis) {
    const version = textAt(rootOf(analysis, 'ClusterConfiguration'), 'kubernetesVersion');
    if (version !== undefined && /^(?:(?:release|ci)\/)?(?:stable|latest)/.test(version.text))
      yield {
        span: version.span,
        message: say('"{0}" is another release another day; write the one you want, as in v1.34.1', version.text),
      };
  },
});

export const unverifiedDiscovery = rule<KubeadmAnalysis>({
  id: 'kubeadm/unverified-discovery',
  severity: 'warning',
  summary: 'Whoever knows the token can pass for the cluster.',

  *check({ documents }) {
    for (const { content } of documents)
      for (const { field, read, entry, object } of content.scalars)
        if (
          field.field === 'unsafeSkipCAVerification' &&
          read.text === 'true' &&
          itemsOf(object.entries.find((each) => each.key === 'caCertHashes')?.value).length === 0
        )
          yield {
            span: entry.keySpan,
            message: say('the node trusts whoever knows the token; give the hash of the CA in "caCertHashes" instead'),
          };
  },
});

export const permanentToken = rule<KubeadmAnalysis>({
  id: 'kubeadm/permanent-token',
  severity: 'warning',
  summary: 'The token never ends, and whoever finds it can join nodes.',

  *check({ documents }) {
    for (const { content } of documents)
      for (const { field, read, scalar } of content.scalars)
        if (field.in === 'BootstrapToken' && field.field === 'ttl' && parseGoDuration(read.text) === 0)
          yield {
            span: scalar.span,
            message: say('this token never ends; let it live for hours, and make a new one when you need it'),
          };
  },
});

export const keyInFile = rule<KubeadmAnalysis>({
  id: 'kubeadm/key-in-file',
  severity: 'hint',
  summary: 'The key decrypts every CA key of the cluster for two hours after an upload.',

  *check({ documents }) {
    for (const { content } of documents)
      for (const { field, read, entry } of content.scalars)
        if (field.format === 'certificate-key' && /^[0-9a-fA-F]{64}$/.test(read.text))
          yield {
            span: entry.keySpan,
            message: say(
              'this key opens the CA keys of the cluster; pass it on the command line and keep it out of the file',
            ),
          };
  },
});

export const validityOrder = rule<KubeadmAnalysis>({
  id: 'kubeadm/validity-order',
  severity: 'warning',
  summary: 'Certificates cannot outlive their CA.',

  *check(analysis) {
    const root = rootOf(analysis, 'ClusterConfiguration');
    const leaf = textAt(root, 'certificateValidityPeriod');
    const ca = textAt(root, 'caCertificateValidityPeriod');
    const hours = (text: string | undefined, fallback: number) => parseGoDuration(text ?? '') ?? fallback * 3_600_000;
    const shown = leaf ?? ca;
    if (shown === undefined || hours(leaf?.text, 8760) <= hours(ca?.text, 87_600)) return;
    yield { span: shown.span, message: say('certificates would be valid longer than the CA that signs them') };
  },
});

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
  },
});

/** The oldest release that a kubeadm which reads the API version can deploy: one minor behind itself. */
const oldest: Readonly<Record<KubeadmVersion, number>> = { v1beta3: 21, v1beta4: 30 };

export const oldRelease = rule<KubeadmAnalysis>({
  id: 'kubeadm/old-release',
  severity: 'error',
  summary: 'No kubeadm that reads the API version deploys a release as old as this.',

  *check(analysis) {
    const document = documentOf(analysis.documents, 'ClusterConfiguration');
    const version = textAt(document?.root, 'kubernetesVersion');
    const api = document?.api;
    if (version === undefined || api === undefined || !/^v?1\.\d+\.\d+/.test(version.text)) return;
    const minor = Number(version.text.split('.')[1]);
    if (minor >= oldest[api]) return;
    yield {
      span: version.span,
      message: say('{0} came with kubeadm v1.{1}, which deploys v1.{2} and later', api, oldest[api] + 1, oldest[api]),
    };
  },
});

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
      for (const part of value.text.split(',')) {
        const gate = part.split('=')[0]?.trim() ?? '';
        if (component !== 'etcd' && gate !== '' && !isFeatureGate(gate)) yield unknown(gate, value.span);
      }
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
