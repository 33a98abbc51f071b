/** What a file is to Haven. A file that nobody can be sure about has no kind and is left alone. */
export type FileKind =
  | 'haproxy'
  | 'keepalived'
  | 'k3s'
  | 'kubeadm'
  | 'inventory'
  | 'nginx'
  | 'static-pod'
  | 'kubeconfig'
  | 'runbook';
