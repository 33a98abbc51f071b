/** What an argument of a component takes: one of some words, or several with commas between them. */
interface ArgumentWords {
  readonly words: readonly string[];
  readonly isList: boolean;
  /** The component does not start with any other word, in whatever release. */
  readonly isClosed: boolean;
}

const one = (text: string, isClosed = false): ArgumentWords => ({ words: text.split(' '), isList: false, isClosed });
const many = (text: string, isClosed = false): ArgumentWords => ({ words: text.split(' '), isList: true, isClosed });

const admission =
  many(`AlwaysAdmit AlwaysDeny AlwaysPullImages CertificateApproval CertificateSigning CertificateSubjectRestriction \
ClusterTrustBundleAttest DefaultIngressClass DefaultStorageClass DefaultTolerationSeconds DenyServiceExternalIPs EventRateLimit \
ExtendedResourceToleration ImagePolicyWebhook LimitPodHardAntiAffinityTopology LimitRanger MutatingAdmissionPolicy \
MutatingAdmissionWebhook NamespaceAutoProvision NamespaceExists NamespaceLifecycle NodeRestriction \
OwnerReferencesPermissionEnforcement PersistentVolumeClaimResize PodNodeSelector PodSecurity PodTolerationRestriction \
PodTopologyLabels Priority ResourceQuota RuntimeClass ServiceAccount StorageObjectInUseProtection TaintNodesByCondition \
ValidatingAdmissionPolicy ValidatingAdmissionWebhook`);

/** By component and argument (kubernetes/kubernetes v1.34 and etcd v3.6, what their `--help` says). */
const table: Readonly<Record<string, ArgumentWords>> = {
  'kube-apiserver enable-admission-plugins': admission,
  'kube-apiserver disable-admission-plugins': admission,
  'kube-apiserver authorization-mode': many('AlwaysAllow AlwaysDeny ABAC Webhook RBAC Node', true),
  'kube-apiserver audit-log-mode': one('batch blocking blocking-strict'),
  'kube-apiserver audit-webhook-mode': one('batch blocking blocking-strict'),
  'kube-proxy proxy-mode': one('iptables ipvs nftables'),
  'kubelet cgroup-driver': one('systemd cgroupfs'),
  'kubelet cpu-manager-policy': one('none static'),
  'kubelet topology-manager-policy': one('none best-effort restricted single-numa-node'),
  'etcd auto-compaction-mode': one('periodic revision'),
  'etcd initial-cluster-state': one('new existing'),
  'etcd log-level': one('debug info warn error panic fatal'),
};

const forAll: Readonly<Record<string, ArgumentWords>> = {
  'tls-min-version': one('VersionTLS10 VersionTLS11 VersionTLS12 VersionTLS13'),
  'logging-format': one('text json'),
};

/** The words that an argument takes; undefined where any text will do or nothing is known. */
export function argumentWords(component: string, name: string): ArgumentWords | undefined {
  return table[`${component} ${name}`] ?? (component === 'etcd' ? undefined : forAll[name]);
}
