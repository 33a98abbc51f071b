import { say } from '../../base/message';
import { withoutTrailing } from '../../base/trailing';
import { argumentsRelease, componentArguments } from '../../catalog/kubernetes/arguments';
import type { KubeadmAnalysis } from '../../model/kubeadm/analysis';
import { argumentsOf, fieldOf, rootOf, textAt } from '../../model/kubeadm/lookup';
import { argumentType, argumentValueProblem, unknownArgumentFinding } from '../component-argument';
import { rule } from '../rule';
import { isOpen } from './values';

export const argumentName = rule<KubeadmAnalysis>({
  id: 'kubeadm/argument-name',
  severity: 'warning',
  summary: 'The name of an argument is written without dashes; kubeadm puts two in front.',

  *check(analysis) {
    for (const { name, nameSpan, component } of argumentsOf(analysis)) {
      const plain = name.replace(/^-+/, '');
      if (plain === name || plain === '') continue;
      yield {
        span: nameSpan,
        message: say('kubeadm puts "--" in front of names, and {0} would get "--{1}"', component, name),
        fixes: [
          { title: say('Change to {0}', plain), edits: [{ span: nameSpan, newText: plain }], confidence: 'review' },
        ],
      };
    }
  },
});

export const unknownArgument = rule<KubeadmAnalysis>({
  id: 'kubeadm/unknown-argument',
  severity: 'warning',
  summary: 'The component does not know the argument and does not start.',

  *check(analysis) {
    const { release } = analysis;
    if (release !== undefined && release.slice(0, 2).join('.') !== argumentsRelease) return;
    for (const { name, nameSpan, component, value } of argumentsOf(analysis)) {
      const known = componentArguments(component);
      if (known === undefined || name === '' || name.startsWith('-') || isOpen(name)) continue;
      const type = argumentType(known, name);
      if (type === undefined) {
        if (component === 'etcd' && hasOtherEtcd(analysis, name)) continue;
        yield unknownArgumentFinding(component, name, known, { span: nameSpan, text: name });
        continue;
      }
      if (value === undefined || isOpen(value.text)) continue;
      const { text, span } = value;
      const message = argumentValueProblem({ component, name, type, text }, /^[+-]?\d+$/);
      if (message !== undefined) yield { span, message };
    }
  },
});

/** Whether another etcd than that of the table may run, so that an argument may be one of its own. */
function hasOtherEtcd(analysis: KubeadmAnalysis, name: string): boolean {
  if (textAt(rootOf(analysis, 'ClusterConfiguration'), 'etcd', 'local', 'imageTag') !== undefined) return true;
  // Arguments of etcd 3.4 and 3.5 that 3.6 has no more.
  return analysis.release === undefined && /^(?:experimental-|proxy|enable-v2|enable-grpc|debug$)/.test(name);
}

/** Arguments that kubeadm sets itself and that its probes, mounts and other files rely on. */
const managed: Readonly<Record<string, RegExp>> = {
  etcd: /^(?:data-dir|cert-file|key-file|trusted-ca-file|peer-cert-file|peer-key-file|peer-trusted-ca-file)$/,
  'kube-apiserver':
    /^(?:advertise-address|secure-port|etcd-servers|client-ca-file|tls-cert-file|tls-private-key-file|service-cluster-ip-range)$/,
  'kube-controller-manager':
    /^(?:cluster-cidr|service-cluster-ip-range|root-ca-file|cluster-signing-cert-file|cluster-signing-key-file)$/,
};

/** What each member of etcd has of its own, while the arguments of ClusterConfiguration are those of all of them. */
const ofOneMember = /^(?:name|listen-(?:client|peer)-urls|advertise-client-urls|initial-advertise-peer-urls)$/;

/**
 * A file for one host of an etcd that kubeadm's phases set up: nobody joins with it (kubernetes.io, "Set up a High
 * Availability etcd Cluster with kubeadm"). It lists the members and has nothing of a control plane.
 */
function isEtcdHost(analysis: KubeadmAnalysis): boolean {
  const cluster = rootOf(analysis, 'ClusterConfiguration');
  return (
    argumentsOf(analysis).some((each) => each.component === 'etcd' && each.name === 'initial-cluster') &&
    textAt(cluster, 'controlPlaneEndpoint') === undefined &&
    fieldOf(cluster, 'networking') === undefined
  );
}

const ownFields: Readonly<Record<string, string>> = {
  'etcd data-dir': 'etcd.local.dataDir',
  'kube-apiserver advertise-address': 'localAPIEndpoint.advertiseAddress',
  'kube-apiserver secure-port': 'localAPIEndpoint.bindPort',
  'kube-apiserver service-cluster-ip-range': 'networking.serviceSubnet',
  'kube-controller-manager service-cluster-ip-range': 'networking.serviceSubnet',
  'kube-controller-manager cluster-cidr': 'networking.podSubnet',
};

/** Where kubeadm puts the certificates of each component, below `certificatesDir` (cmd/kubeadm/app/phases/certs). */
const certificates: Readonly<Record<string, string>> = {
  'etcd cert-file': 'etcd/server.crt',
  'etcd key-file': 'etcd/server.key',
  'etcd trusted-ca-file': 'etcd/ca.crt',
  'etcd peer-cert-file': 'etcd/peer.crt',
  'etcd peer-key-file': 'etcd/peer.key',
  'etcd peer-trusted-ca-file': 'etcd/ca.crt',
  'kube-apiserver client-ca-file': 'ca.crt',
  'kube-apiserver tls-cert-file': 'apiserver.crt',
  'kube-apiserver tls-private-key-file': 'apiserver.key',
  'kube-controller-manager root-ca-file': 'ca.crt',
  'kube-controller-manager cluster-signing-cert-file': 'ca.crt',
  'kube-controller-manager cluster-signing-key-file': 'ca.key',
};

/** The value that kubeadm gives a managed argument by itself; saying it once more does no harm. */
function usualValue(analysis: KubeadmAnalysis, component: string, name: string): string | undefined {
  const cluster = rootOf(analysis, 'ClusterConfiguration');
  const file = certificates[`${component} ${name}`];
  if (file !== undefined)
    return `${withoutTrailing(textAt(cluster, 'certificatesDir')?.text ?? '/etc/kubernetes/pki', /\//)}/${file}`;
  switch (name) {
    case 'data-dir':
      return textAt(cluster, 'etcd', 'local', 'dataDir')?.text ?? '/var/lib/etcd';
    case 'cluster-cidr':
      return textAt(cluster, 'networking', 'podSubnet')?.text;
    case 'service-cluster-ip-range':
      return textAt(cluster, 'networking', 'serviceSubnet')?.text ?? '10.96.0.0/12';
    case 'secure-port':
      return textAt(rootOf(analysis, 'InitConfiguration'), 'localAPIEndpoint', 'bindPort')?.text ?? '6443';
    default:
      return undefined;
  }
}

/** Whether kubeadm gives a component an argument by itself. */
export const isManaged = (component: string, name: string): boolean => managed[component]?.test(name) === true;

export const managedArgument = rule<KubeadmAnalysis>({
  id: 'kubeadm/managed-argument',
  severity: 'warning',
  summary:
    'kubeadm sets the argument itself; with another value, or with that of one node for all, the parts no longer fit.',

  *check(analysis) {
    for (const { component, name, nameSpan, value } of argumentsOf(analysis)) {
      if (component === 'etcd' && ofOneMember.test(name)) {
        if (isEtcdHost(analysis)) continue;
        yield {
          span: nameSpan,
          message: say(
            'every control-plane node that joins gets this "{0}" too; kubeadm sets it for each one itself',
            name,
          ),
        };
        continue;
      }
      if (!isManaged(component, name)) continue;
      if (value !== undefined && value.text === usualValue(analysis, component, name)) continue;
      const field = ownFields[`${component} ${name}`];
      yield {
        span: nameSpan,
        message:
          field === undefined
            ? say('kubeadm sets "{0}" of {1} itself, and its probes and mounts rely on that value', name, component)
            : say('kubeadm sets "{0}" of {1} itself; its field is {2}', name, component, field),
      };
    }
  },
});

export const openApi = rule<KubeadmAnalysis>({
  id: 'kubeadm/open-api',
  severity: 'warning',
  summary: 'The argument opens the API to people without credentials, or shuts out the other nodes.',

  *check(analysis) {
    for (const { component, name, nameSpan, value } of argumentsOf(analysis)) {
      if (component !== 'kube-apiserver') continue;
      const text = value?.text ?? '';
      if (
        (name === 'anonymous-auth' && text === 'true') ||
        (name === 'insecure-port' && text !== '0') ||
        (name === 'authorization-mode' && /(?:^|,)AlwaysAllow(?:,|$)/.test(text))
      )
        yield {
          span: value?.span ?? nameSpan,
          message: say('{0} lets people without credentials in', `${name}=${text}`),
        };
      if (name === 'bind-address' && /^(?:127\.|::1$)/.test(text))
        yield {
          span: value?.span ?? nameSpan,
          message: say('the other nodes cannot reach a server that listens on {0} only', text),
        };
    }
  },
});

/** The members that etcd's `initial-cluster` names: `name=url,name=url`. */
export const initialCluster = rule<KubeadmAnalysis>({
  id: 'kubeadm/initial-cluster',
  severity: 'warning',
  summary: 'etcd cannot begin a cluster with this list of members.',

  *check(analysis) {
    const own = argumentsOf(analysis).filter((each) => each.component === 'etcd');
    const list = own.find((each) => each.name === 'initial-cluster')?.value;
    if (list === undefined || isOpen(list.text)) return;
    const span = list.span;
    const members = list.text.split(',').map((each) => {
      const equals = each.indexOf('=');
      return { name: each.slice(0, Math.max(0, equals)).trim(), url: each.slice(equals + 1).trim() };
    });
    const broken = members.find((each) => each.name === '' || !/^https?:\/\/.*:\d/.test(each.url));
    if (broken !== undefined) {
      yield {
        span,
        message: say('the members of "initial-cluster" are written name=https://host:2380, with commas between them'),
      };
      return;
    }
    const twice = <T>(values: readonly T[]) => values.find((each, index) => values.indexOf(each) < index);
    const url = twice(members.map((each) => each.url));
    const schemes = new Set(members.map((each) => each.url.split(':')[0]));
    if (url !== undefined) yield { span, message: say('two members of "initial-cluster" have the address {0}', url) };
    else if (schemes.size > 1)
      yield { span, message: say('some members of "initial-cluster" have http and some https addresses') };
    const name =
      own.findLast((each) => each.name === 'name')?.value?.text ??
      textAt(rootOf(analysis, 'InitConfiguration'), 'nodeRegistration', 'name')?.text;
    if (name !== undefined && !isOpen(name) && !members.some((each) => each.name === name))
      yield { span, message: say('"initial-cluster" lacks this node, "{0}", and etcd does not start', name) };
  },
});
