/** The phases of the command that reads a kind, as `kubeadm COMMAND --help` of v1.34 lists them. */
const phases: Readonly<Record<string, string>> = {
  InitConfiguration:
    'preflight certs certs/ca certs/apiserver certs/apiserver-kubelet-client certs/front-proxy-ca certs/front-proxy-client certs/etcd-ca certs/etcd-server certs/etcd-peer certs/etcd-healthcheck-client certs/apiserver-etcd-client certs/sa kubeconfig kubeconfig/admin kubeconfig/super-admin kubeconfig/kubelet kubeconfig/controller-manager kubeconfig/scheduler etcd etcd/local control-plane control-plane/apiserver control-plane/controller-manager control-plane/scheduler kubelet-start wait-control-plane upload-config upload-config/kubeadm upload-config/kubelet upload-certs mark-control-plane bootstrap-token kubelet-finalize kubelet-finalize/enable-client-cert-rotation addon addon/coredns addon/kube-proxy show-join-command',
  JoinConfiguration:
    'preflight control-plane-prepare control-plane-prepare/download-certs control-plane-prepare/certs control-plane-prepare/kubeconfig control-plane-prepare/control-plane kubelet-start control-plane-join control-plane-join/etcd control-plane-join/mark-control-plane wait-control-plane',
  ResetConfiguration: 'preflight remove-etcd-member cleanup-node',
  'UpgradeConfiguration apply':
    'preflight control-plane upload-config upload-config/kubeadm upload-config/kubelet kubelet-config bootstrap-token addon addon/coredns addon/kube-proxy post-upgrade',
  'UpgradeConfiguration node':
    'preflight control-plane kubelet-config addon addon/coredns addon/kube-proxy post-upgrade',
};

/** The words that fields know (k8s.io/kubelet and k8s.io/kube-proxy config types, sockets of cmd/kubeadm/app/constants). */
const componentWords: Readonly<Record<string, string>> = {
  'NodeRegistration criSocket':
    'unix:///var/run/containerd/containerd.sock unix:///var/run/crio/crio.sock unix:///var/run/cri-dockerd.sock',
  'KubeletConfiguration cgroupDriver': 'systemd cgroupfs',
  'KubeletConfiguration cpuManagerPolicy': 'none static',
  'KubeletConfiguration memoryManagerPolicy': 'None Static',
  'KubeletConfiguration topologyManagerPolicy': 'none best-effort restricted single-numa-node',
  'KubeletConfiguration topologyManagerScope': 'container pod',
  'KubeletConfiguration hairpinMode': 'promiscuous-bridge hairpin-veth none',
  'KubeletConfiguration configMapAndSecretChangeDetectionStrategy': 'Watch Cache Get',
  'KubeletConfiguration tlsMinVersion': 'VersionTLS12 VersionTLS13',
  'MemorySwapConfiguration swapBehavior': 'NoSwap LimitedSwap',
  'KubeletAuthorization mode': 'Webhook AlwaysAllow',
  'KubeProxyConfiguration mode': 'iptables ipvs nftables',
  'KubeProxyConfiguration detectLocalMode': 'ClusterCIDR NodeCIDR BridgeInterface InterfaceNamePrefix',
  'KubeProxyIPVSConfiguration scheduler': 'rr wrr lc wlc lblc lblcr sh dh sed nq mh',
  'LoggingConfiguration format': 'text json',
};

/** What `skipPhases` at a path of fields may name; none for a kind without phases. */
export function phasesOf(kind: string, path: readonly string[]): readonly string[] {
  const words = phases[kind] ?? phases[`${kind} ${path[0] ?? ''}`];
  return words === undefined ? [] : words.split(' ');
}

/** Checks before init and join by the names that errors of them have (cmd/kubeadm/app/preflight/checks.go). */
const preflightChecks = [
  'all NumCPU Mem Swap SystemVerification IsPrivilegedUser Hostname HTTPProxy HTTPProxyCIDR CRI ImagePull Firewalld',
  'KubernetesVersion KubeletVersion ExternalEtcdVersion ExternalEtcdClientCertificates Service-Kubelet',
  'Port-6443 Port-10250 Port-10257 Port-10259 Port-2379 Port-2380',
  'DirAvailable--etc-kubernetes-manifests DirAvailable--var-lib-etcd',
  'FileAvailable--etc-kubernetes-kubelet.conf FileAvailable--etc-kubernetes-bootstrap-kubelet.conf',
  'FileAvailable--etc-kubernetes-pki-ca.crt FileContent--proc-sys-net-ipv4-ip_forward',
  'FileExisting-conntrack FileExisting-crictl FileExisting-ethtool FileExisting-socat FileExisting-tc',
]
  .join(' ')
  .split(' ');

/** The words that a field knows, or the usual ones of a list that takes any. */
export function wordsOf(type: string, field: string): readonly string[] {
  if (field === 'ignorePreflightErrors') return preflightChecks;
  return componentWords[`${type} ${field}`]?.split(' ') ?? [];
}
