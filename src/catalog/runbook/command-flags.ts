/** The flags of commands that runbooks use around clusters, without the dashes. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** The sub-commands of `k3s etcd-snapshot` (k3s-io/k3s pkg/cli/cmds/etcd_snapshot.go). */
export const snapshotVerbs: readonly string[] = ['save', 'delete', 'ls', 'list', 'l', 'prune'];

const s3 = words(`s3 s3-access-key s3-bucket s3-bucket-lookup-type s3-config-secret s3-endpoint s3-endpoint-ca s3-folder
  s3-insecure s3-proxy s3-region s3-retention s3-secret-key s3-session-token s3-skip-ssl-verify s3-timeout`);

/** The flags of all sub-commands of `k3s etcd-snapshot`, each setting under both of its names. */
export const snapshotFlags: readonly string[] = [
  ...words(`alsologtostderr config data-dir debug dir etcd-server etcd-snapshot-compress etcd-snapshot-dir etcd-snapshot-name
    etcd-snapshot-retention etcd-token help log name node-name output server snapshot-compress snapshot-dir
    snapshot-retention token v vmodule`),
  ...s3,
  ...s3.map((each) => `etcd-${each}`),
];

const kubeadmAll = words('config cri-socket dry-run help ignore-preflight-errors rootfs skip-phases v vmodule');

/** The flags of kubeadm v1.34 (kubernetes/kubernetes cmd/kubeadm/app/cmd). */
export const kubeadmFlags: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'init',
    [
      ...kubeadmAll,
      ...words(`apiserver-advertise-address apiserver-bind-port apiserver-cert-extra-sans cert-dir certificate-key
        control-plane-endpoint feature-gates image-repository kubernetes-version node-name patches pod-network-cidr
        service-cidr service-dns-domain skip-certificate-key-print skip-token-print token token-ttl upload-certs`),
    ],
  ],
  [
    'join',
    [
      ...kubeadmAll,
      ...words(`apiserver-advertise-address apiserver-bind-port certificate-key control-plane discovery-file discovery-token
        discovery-token-ca-cert-hash discovery-token-unsafe-skip-ca-verification node-name patches tls-bootstrap-token
        token`),
    ],
  ],
  ['reset', [...kubeadmAll, ...words('cert-dir cleanup-tmp-dir force kubeconfig')]],
]);

/** What older releases of kubeadm took, and every program with the old logging library. */
export const oldKubeadmFlags: readonly string[] =
  words(`add-dir-header alsologtostderr api-advertise-addresses csr-dir csr-only experimental-control-plane
    experimental-kustomize experimental-patches experimental-upload-certs feature-gates ignore-checks-errors kustomize
    log-backtrace-at log-dir log-file log-file-max-size logtostderr node-name one-output pod-infra-container-image
    skip-headers skip-log-headers skip-preflight-checks stderrthreshold use-kubernetes-version`);

/** The flags of `etcdctl snapshot` and `etcdutl snapshot`, v3.4 to v3.6 (etcd-io/etcd etcdctl/ctlv3, etcdutl). */
export const etcdSnapshotFlags: readonly string[] =
  words(`bump-revision cacert cert command-timeout data-dir debug dial-timeout discovery-srv discovery-srv-name endpoints
    help hex initial-advertise-peer-urls initial-cluster initial-cluster-token initial-memory-map-size
    insecure-discovery insecure-skip-tls-verify insecure-transport keepalive-time keepalive-timeout key mark-compacted
    max-recv-bytes max-request-bytes name password revision skip-hash-check user version wal-dir write-out`);
