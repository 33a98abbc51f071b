import type { Component, Machine } from '../world';

/** Where kubeadm puts things. */
export const kubernetes = '/etc/kubernetes';
export const manifestFolder = `${kubernetes}/manifests`;
export const pki = `${kubernetes}/pki`;
export const etcdData = '/var/lib/etcd';
export const kubeletFolder = '/var/lib/kubelet';
export const kubeletClient = `${kubeletFolder}/pki/kubelet-client-current.pem`;

/** The release that a new practice cluster runs: the one that its words were recorded from. */
export const firstRelease = 'v1.34.1';

/** The release of a program on the disk: a practice program is a text that names one. */
export function releaseOf({ files }: Machine, program: 'kubeadm' | 'kubelet' | 'kubectl'): string {
  return /\bv\d+\.\d+\.\d+/.exec(files.textOr(`/usr/bin/${program}`, ''))?.[0] ?? firstRelease;
}

/** What the runtime begins every pod with. */
export const pauseImage = 'registry.k8s.io/pause:3.10.1';

/** The image of etcd that a release of kubeadm asks for (cmd/kubeadm/app/constants, SupportedEtcdVersion). */
export function etcdImage(release: string): string {
  const [, minor = '34', patch = '0'] = /^v1\.(\d+)\.(\d+)/.exec(release) ?? [];
  if (Number(minor) <= 33) return '3.5.21-0';
  if (Number(minor) > 34) return '3.6.6-0';
  return Number(patch) < 2 ? '3.6.4-0' : '3.6.5-0';
}

/** The names of members by peer address, as `--initial-cluster` wants them. */
interface Peer {
  readonly name: string;
  readonly url: string;
}

interface Pod {
  readonly component: Component;
  readonly annotation?: string;
  readonly flags: readonly string[];
  readonly image: string;
  /** Request of processing time, and of memory where it has one. */
  readonly requests: readonly string[];
  readonly port: number;
  readonly probeHost: string;
  readonly live: string;
  readonly ready?: string;
  readonly started: string;
  readonly scheme: 'HTTP' | 'HTTPS';
  /** Name of the volume, its path, what it must be, whether it is mounted to be read only. */
  readonly volumes: readonly (readonly [name: string, path: string, type: string, readOnly: boolean])[];
}

/** The manifest of a static pod, word for word as kubeadm v1.34 writes it. */
function manifest(pod: Pod): string {
  const { component } = pod;
  const probe = (name: string, path: string, failures: number, first: boolean, every: number) => [
    `    ${name}:`,
    `      failureThreshold: ${failures}`,
    '      httpGet:',
    `        host: ${pod.probeHost}`,
    `        path: ${path}`,
    '        port: probe-port',
    `        scheme: ${pod.scheme}`,
    ...(first ? ['      initialDelaySeconds: 10'] : []),
    `      periodSeconds: ${every}`,
    '      timeoutSeconds: 15',
  ];
  const lines = [
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    ...(pod.annotation === undefined ? [] : ['  annotations:', `    ${pod.annotation}`]),
    '  labels:',
    `    component: ${component}`,
    '    tier: control-plane',
    `  name: ${component}`,
    '  namespace: kube-system',
    'spec:',
    '  containers:',
    '  - command:',
    `    - ${component}`,
    ...pod.flags.map((flag) => `    - --${flag}`),
    `    image: ${pod.image}`,
    '    imagePullPolicy: IfNotPresent',
    ...probe('livenessProbe', pod.live, 8, true, 10),
    `    name: ${component}`,
    '    ports:',
    `    - containerPort: ${pod.port}`,
    '      name: probe-port',
    '      protocol: TCP',
    ...(pod.ready === undefined ? [] : probe('readinessProbe', pod.ready, 3, false, 1)),
    '    resources:',
    '      requests:',
    ...pod.requests.map((each) => `        ${each}`),
    ...probe('startupProbe', pod.started, 24, true, 10),
    '    volumeMounts:',
    ...pod.volumes.flatMap(([name, path, , readOnly]) => [
      `    - mountPath: ${path}`,
      `      name: ${name}`,
      ...(readOnly ? ['      readOnly: true'] : []),
    ]),
    '  hostNetwork: true',
    '  priority: 2000001000',
    '  priorityClassName: system-node-critical',
    '  securityContext:',
    '    seccompProfile:',
    '      type: RuntimeDefault',
    '  volumes:',
    // Here they stand by name, where etcd's mounts do not.
    ...pod.volumes
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, path, type]) => [
        '  - hostPath:',
        `      path: ${path}`,
        `      type: ${type}`,
        `    name: ${name}`,
      ]),
    'status: {}',
  ];
  return `${lines.join('\n')}\n`;
}

/** etcd's manifest; a member that joined is told of all others, the first one only of itself. */
export function etcdManifest(
  address: string,
  name: string,
  release: string,
  joined: readonly Peer[] | undefined,
  image = etcdImage(release),
): string {
  const url = (port: number) => `https://${address}:${port}`;
  const certificate = (file: string) => `${pki}/etcd/${file}`;
  const peers = joined ?? [{ name, url: url(2380) }];
  return manifest({
    component: 'etcd',
    annotation: `kubeadm.kubernetes.io/etcd.advertise-client-urls: ${url(2379)}`,
    flags: [
      `advertise-client-urls=${url(2379)}`,
      `cert-file=${certificate('server.crt')}`,
      'client-cert-auth=true',
      `data-dir=${etcdData}`,
      'feature-gates=InitialCorruptCheck=true',
      `initial-advertise-peer-urls=${url(2380)}`,
      `initial-cluster=${peers.map((each) => `${each.name}=${each.url}`).join(',')}`,
      ...(joined === undefined ? [] : ['initial-cluster-state=existing']),
      `key-file=${certificate('server.key')}`,
      `listen-client-urls=https://127.0.0.1:2379,${url(2379)}`,
      'listen-metrics-urls=http://127.0.0.1:2381',
      `listen-peer-urls=${url(2380)}`,
      `name=${name}`,
      `peer-cert-file=${certificate('peer.crt')}`,
      'peer-client-cert-auth=true',
      `peer-key-file=${certificate('peer.key')}`,
      `peer-trusted-ca-file=${certificate('ca.crt')}`,
      'snapshot-count=10000',
      `trusted-ca-file=${certificate('ca.crt')}`,
      'watch-progress-notify-interval=5s',
    ],
    image: `registry.k8s.io/etcd:${image}`,
    requests: ['cpu: 100m', 'memory: 100Mi'],
    port: 2381,
    probeHost: '127.0.0.1',
    live: '/livez',
    ready: '/readyz',
    started: '/readyz',
    scheme: 'HTTP',
    volumes: [
      ['etcd-data', etcdData, 'DirectoryOrCreate', false],
      ['etcd-certs', `${pki}/etcd`, 'DirectoryOrCreate', false],
    ],
  });
}

const caFolders = [
  ['usr-local-share-ca-certificates', '/usr/local/share/ca-certificates', 'DirectoryOrCreate', true],
  ['usr-share-ca-certificates', '/usr/share/ca-certificates', 'DirectoryOrCreate', true],
] as const;

function apiServerManifest(address: string, release: string): string {
  return manifest({
    component: 'kube-apiserver',
    annotation: `kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: ${address}:6443`,
    flags: [
      `advertise-address=${address}`,
      'allow-privileged=true',
      'authorization-mode=Node,RBAC',
      `client-ca-file=${pki}/ca.crt`,
      'enable-admission-plugins=NodeRestriction',
      'enable-bootstrap-token-auth=true',
      `etcd-cafile=${pki}/etcd/ca.crt`,
      `etcd-certfile=${pki}/apiserver-etcd-client.crt`,
      `etcd-keyfile=${pki}/apiserver-etcd-client.key`,
      'etcd-servers=https://127.0.0.1:2379',
      `kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
      `kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
      'kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
      `proxy-client-cert-file=${pki}/front-proxy-client.crt`,
      `proxy-client-key-file=${pki}/front-proxy-client.key`,
      'requestheader-allowed-names=front-proxy-client',
      `requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
      'requestheader-extra-headers-prefix=X-Remote-Extra-',
      'requestheader-group-headers=X-Remote-Group',
      'requestheader-username-headers=X-Remote-User',
      'secure-port=6443',
      'service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `service-account-key-file=${pki}/sa.pub`,
      `service-account-signing-key-file=${pki}/sa.key`,
      'service-cluster-ip-range=10.96.0.0/12',
      `tls-cert-file=${pki}/apiserver.crt`,
      `tls-private-key-file=${pki}/apiserver.key`,
    ],
    image: `registry.k8s.io/kube-apiserver:${release}`,
    requests: ['cpu: 250m'],
    port: 6443,
    probeHost: address,
    live: '/livez',
    ready: '/readyz',
    started: '/livez',
    scheme: 'HTTPS',
    volumes: [
      ['ca-certs', '/etc/ssl/certs', 'DirectoryOrCreate', true],
      ['etc-ca-certificates', '/etc/ca-certificates', 'DirectoryOrCreate', true],
      ['k8s-certs', pki, 'DirectoryOrCreate', true],
      ...caFolders,
    ],
  });
}

function controllerManagerManifest(release: string): string {
  const config = `${kubernetes}/controller-manager.conf`;
  return manifest({
    component: 'kube-controller-manager',
    flags: [
      'allocate-node-cidrs=true',
      `authentication-kubeconfig=${config}`,
      `authorization-kubeconfig=${config}`,
      'bind-address=127.0.0.1',
      `client-ca-file=${pki}/ca.crt`,
      'cluster-cidr=10.244.0.0/16',
      'cluster-name=kubernetes',
      `cluster-signing-cert-file=${pki}/ca.crt`,
      `cluster-signing-key-file=${pki}/ca.key`,
      'controllers=*,bootstrapsigner,tokencleaner',
      `kubeconfig=${config}`,
      'leader-elect=true',
      `requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
      `root-ca-file=${pki}/ca.crt`,
      `service-account-private-key-file=${pki}/sa.key`,
      'service-cluster-ip-range=10.96.0.0/12',
      'use-service-account-credentials=true',
    ],
    image: `registry.k8s.io/kube-controller-manager:${release}`,
    requests: ['cpu: 200m'],
    port: 10257,
    probeHost: '127.0.0.1',
    live: '/healthz',
    started: '/healthz',
    scheme: 'HTTPS',
    volumes: [
      ['ca-certs', '/etc/ssl/certs', 'DirectoryOrCreate', true],
      ['etc-ca-certificates', '/etc/ca-certificates', 'DirectoryOrCreate', true],
      ['flexvolume-dir', '/usr/libexec/kubernetes/kubelet-plugins/volume/exec', 'DirectoryOrCreate', false],
      ['k8s-certs', pki, 'DirectoryOrCreate', true],
      ['kubeconfig', config, 'FileOrCreate', true],
      ...caFolders,
    ],
  });
}

function schedulerManifest(release: string): string {
  const config = `${kubernetes}/scheduler.conf`;
  return manifest({
    component: 'kube-scheduler',
    flags: [
      `authentication-kubeconfig=${config}`,
      `authorization-kubeconfig=${config}`,
      'bind-address=127.0.0.1',
      `kubeconfig=${config}`,
      'leader-elect=true',
    ],
    image: `registry.k8s.io/kube-scheduler:${release}`,
    requests: ['cpu: 100m'],
    port: 10259,
    probeHost: '127.0.0.1',
    live: '/livez',
    ready: '/readyz',
    started: '/livez',
    scheme: 'HTTPS',
    volumes: [['kubeconfig', config, 'FileOrCreate', true]],
  });
}

/** The manifest of a component that is not etcd. */
export function componentManifest(component: Exclude<Component, 'etcd'>, address: string, release: string): string {
  if (component === 'kube-apiserver') return apiServerManifest(address, release);
  return component === 'kube-scheduler' ? schedulerManifest(release) : controllerManagerManifest(release);
}

/** What a manifest says: flags by name, the image, and where the data of etcd lie on the host. */
export function readManifest(text: string) {
  const flags = new Map(
    [...text.matchAll(/^ *- --([a-z0-9-]+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
  return {
    flags,
    image: /^ *image: (\S+)$/m.exec(text)?.[1] ?? '',
    dataDir: /path: (\S+)\n[^\n]*\n *name: etcd-data/.exec(text)?.[1] ?? etcdData,
  };
}
