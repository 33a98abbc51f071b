import { sameIp } from '../../base/address';
import { parseSloppyIp, splitHostPort } from '../../base/go-address';
import { parseGoDuration } from '../../base/go-duration';
import { say } from '../../base/message';
import { compareVersions } from '../../base/version';
import type { KubeadmVersion } from '../../catalog/kubeadm/fields';
import { documentOf, type KubeadmAnalysis } from '../../model/kubeadm/analysis';
import { entryAt, rootOf, textAt } from '../../model/kubeadm/lookup';
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
    // A word that is still to be filled in may become two addresses.
    if (endpoint === undefined || own === undefined || parseSloppyIp(host) === undefined || !sameIp(host, own.text))
      return;
    yield {
      span: endpoint.span,
      message: say('{0} is this node itself; take the address of a load balancer or a virtual address', host),
      related: [{ span: own.span, message: say('the address of the node') }],
    };
  },
});

export const endpointIsAddress = rule<KubeadmAnalysis>({
  id: 'kubeadm/endpoint-is-address',
  severity: 'hint',
  summary: '`controlPlaneEndpoint` is an address, which every kubeconfig and certificate keeps; a name can move.',

  *check(analysis) {
    const endpoint = textAt(rootOf(analysis, 'ClusterConfiguration'), 'controlPlaneEndpoint');
    const host = splitHostPort(endpoint?.text ?? '')?.host ?? endpoint?.text ?? '';
    if (endpoint === undefined || parseSloppyIp(host) === undefined) return;
    yield {
      span: endpoint.span,
      message: say('every kubeconfig and certificate will keep {0}; a DNS name could move to another address', host),
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
    // Older kubelets have dockershim, and take a path without a scheme.
    if (release !== undefined && compareVersions(release.slice(0, 2), [1, 24]) < 0) return;
    for (const { content } of documents)
      for (const { field, read, scalar } of content.scalars) {
        if (field.format !== 'cri-socket' || read.text === '' || /\{\{|\$\{|</.test(read.text)) continue;
        if (read.text.includes('dockershim'))
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
