import { say } from '../../base/message';
import type { ChangeStep } from '../plan';
import { keptPath } from './config-file';

/** Where `keepKubernetesStep` keeps what a node has in `/etc/kubernetes`. */
export function keptKubernetes(stamp: string): string {
  return keptPath(stamp, '/etc/kubernetes');
}

const script = `umask 077
[ ! -e "$1/complete" ] || exit 0
mkdir -p -- "$1" && cp -a -- /etc/kubernetes/pki /etc/kubernetes/*.conf "$1/" || exit 1
if [ -d /etc/kubernetes/manifests ]; then cp -a -- /etc/kubernetes/manifests "$1/" || exit 1; fi
: >"$1/complete"`;

/** Copies certificates, keys, kubeconfigs and manifests of a kubeadm node aside, once, before something replaces or deletes them. */
export function keepKubernetesStep(host: string, stamp: string): ChangeStep {
  const folder = keptKubernetes(stamp);
  return {
    id: `keep@${host}`,
    host,
    title: say('Keep the certificates of {0} in {1}', host, folder),
    risk: 'change',
    run: { argv: ['sh', '-c', script, 'sh', folder], root: true, timeoutSec: 30 },
    done: {
      host,
      command: { argv: ['test', '-e', `${folder}/complete`], root: true, timeoutSec: 20 },
      yesWhen: { code: 0 },
      withinSec: 0,
    },
  };
}
