import type { Distribution } from '../../model/inventory/inventory';
import type { Command, Probe } from '../command';
import { etcdWords } from './etcd-words';
import { httpGet } from './http-get';

/**
 * A server that does its whole work: its unit runs, its own API server is ready, its own etcd has a leader and takes part.
 * A unit that is "active" and a Node that is "Ready" are not enough: both are said of servers that are not.
 * kubectl ends with 1 unless /readyz says 200; beside its words there may be warnings.
 */
const healthScript = `distribution=$1 etcd=$2 failed=
${httpGet(5)}
${etcdWords}
# Of kubeadm: an API server that is not ready mostly waits for its etcd.
why() {
  [ "$distribution$etcd" = kubeadmetcd ] || return 0
  case $(get http://127.0.0.1:2381/health) in *'"health":"true"'*) ;; *) etcd_words -mmin -10;; esac
}
if [ "$distribution" = k3s ]; then
  systemctl is-active --quiet k3s || { echo 'k3s does not run'; exit 1; }
  ready=$(k3s kubectl get --raw /readyz --request-timeout=8s 2>&1) || failed=yes
else
  systemctl is-active --quiet kubelet || { echo 'kubelet does not run'; exit 1; }
  own=$(sed -n 's/^ *server: *//p' /etc/kubernetes/kubelet.conf | head -n 1)
  ready=$(kubectl --kubeconfig /etc/kubernetes/admin.conf --server "$own" get --raw /readyz --request-timeout=8s 2>&1) || failed=yes
fi
[ -z "$failed" ] || { echo "the API is not ready: $ready"; why; exit 1; }
if [ "$etcd" = etcd ]; then
  health=$(get http://127.0.0.1:2381/health)
  case $health in *'"health":"true"'*) ;; *) echo "etcd is not healthy: \${health:-it does not answer}"; why; exit 1;; esac
  get http://127.0.0.1:2381/metrics | grep -q '^etcd_server_is_learner 0$' || { echo 'etcd is a learner or does not say'; exit 1; }
fi
echo healthy`;

export function serverHealthCommand(distribution: Distribution, etcd: boolean): Command {
  const argv = ['sh', '-c', healthScript, 'sh', distribution, etcd ? 'etcd' : 'none'] as const;
  return { argv, root: true, timeoutSec: 40 };
}

/**
 * k3s is back 6 to 26 s after its start, a kubeadm server some 35 s after its manifests are back and 60 s after a boot;
 * `withinSec` leaves room for slow disks.
 */
export function serverHealthy(host: string, distribution: Distribution, etcd: boolean, withinSec = 300): Probe {
  return {
    host,
    command: serverHealthCommand(distribution, etcd),
    yesWhen: { stdoutMatches: '^healthy$' },
    withinSec,
  };
}
