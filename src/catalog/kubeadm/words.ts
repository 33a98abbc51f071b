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

/** The words that fields of the components know (k8s.io/kubelet and k8s.io/kube-proxy config types). */
const componentWords: Readonly<Record<string, string>> = {
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

/** The words that a field of a component's configuration knows. */
export function wordsOf(type: string, field: string): readonly string[] {
  return componentWords[`${type} ${field}`]?.split(' ') ?? [];
}
