import { say } from '../base/message';
import { parseVersion } from '../base/version';
import type { Distribution } from '../model/inventory/inventory';
import { keptPath } from './commands/config-file';
import { keptKubernetes } from './commands/keep-kubernetes';
import { kubectl } from './commands/kubectl';
import { putBackStep } from './commands/put-back';
import { serverHealthy } from './commands/server-health';
import { isActive } from './commands/unit';
import type { ChangeStep, QuorumEffect, Step } from './plan';

/**
 * Whether the programs of `from` read what those of `to` have written: within a minor release they do. Over one, etcd and
 * the API may have changed what lies in the database, and only the snapshot leads back (Kubernetes supports no downgrade).
 */
export function canGoBack(from: readonly string[], to: string): boolean {
  const line = (release: string) => (parseVersion(release) ?? []).slice(0, 2).join('.');
  return from.length > 0 && from.every((each) => line(each) === line(to));
}

interface BackWork {
  readonly host: string;
  readonly stamp: string;
  readonly distribution: Distribution;
  readonly unit: 'k3s' | 'k3s-agent' | 'kubelet';
  readonly isServer: boolean;
  readonly etcd: boolean;
  readonly quorum: QuorumEffect;
}

const restartScript = `[ -e "$2" ] || exit 0
systemctl daemon-reload && systemctl restart "$1" && : >"$3"`;
const restartedScript = 'if [ ! -e "$1" ] || [ -e "$2" ]; then echo back; fi';

/** Puts a program back that the upgrade has replaced and lets the unit run it; nothing is done where it never was replaced. */
export function programBack(work: BackWork, path: string): Step[] {
  const { host, stamp, unit, quorum } = work;
  const keep = keptPath(stamp, path);
  const mark = `${keep}.runs-again`;
  return [
    putBackStep({ host, path, keep }),
    {
      id: `restart-back@${host}`,
      host,
      title: say('Restart {0} on {1} with the program that was there', unit, host),
      risk: 'change',
      quorum,
      run: { argv: ['sh', '-c', restartScript, 'sh', unit, keep, mark], root: true, timeoutSec: 330 },
      done: {
        host,
        command: { argv: ['sh', '-c', restartedScript, 'sh', keep, mark], root: true, timeoutSec: 20 },
        yesWhen: { stdoutMatches: '^back$' },
        withinSec: 0,
      },
    },
    worksBack(work),
  ];
}

/** Sees that the node does its work before the next one is taken back. */
function worksBack({ host, distribution, unit, isServer, etcd }: BackWork): Step {
  return {
    id: `healthy-back@${host}`,
    host,
    title: say('Wait until {0} does its work again', host),
    risk: 'read',
    waitFor: isServer ? serverHealthy(host, distribution, etcd) : isActive(host, unit, 120),
  };
}

/** Beside kubelet's folder, and moved in: what kubelet reads is whole. */
const manifestsScript = `[ -e "$1/complete" ] || exit 0
for f in "$1"/manifests/*.yaml; do
  to=/etc/kubernetes/manifests/\${f##*/}
  cmp -s -- "$f" "$to" && continue
  cp -p -- "$f" "/etc/kubernetes/.haven-back" && mv -f -- "/etc/kubernetes/.haven-back" "$to" || exit 1
done
sync`;
const manifestsAreBack = `if [ -e "$1/complete" ]; then
  for f in "$1"/manifests/*.yaml; do cmp -s -- "$f" "/etc/kubernetes/manifests/\${f##*/}" || exit 0; done
fi
echo back`;

/** The static pods as they were before `kubeadm upgrade`, from what was kept; the renewed certificates stay. */
export function manifestsBack(work: BackWork): Step[] {
  const { host, stamp, quorum } = work;
  const folder = keptKubernetes(stamp);
  return [
    {
      id: `manifests-back@${host}`,
      host,
      title: say('Put the static pods of {0} back as they were', host),
      risk: 'change',
      quorum,
      run: { argv: ['sh', '-c', manifestsScript, 'sh', folder], root: true, timeoutSec: 60 },
      done: {
        host,
        command: { argv: ['sh', '-c', manifestsAreBack, 'sh', folder], root: true, timeoutSec: 20 },
        yesWhen: { stdoutMatches: '^back$' },
        withinSec: 0,
      },
    },
    // kubelet lets an API server use up its 30 s of grace before it starts the former one.
    { ...worksBack(work), id: `pods-healthy-back@${host}` },
  ];
}

const settings = ['get', 'configmap', 'kubeadm-config', '-n', 'kube-system', '--request-timeout=15s'];
const read = () => kubectl('kubeadm', [...settings, '-o', 'jsonpath={.data.ClusterConfiguration}'], 20);
const settingsPath = (stamp: string) => keptPath(stamp, '/kubeadm-config.yaml');

const keepScript = `umask 077
path=$1; shift
[ ! -s "$path" ] || exit 0
"$@" >"$path.part" && [ -s "$path.part" ] && mv -f -- "$path.part" "$path"`;
const uploadScript = `[ -s "$1" ] || exit 0
kubeadm init phase upload-config kubeadm --config "$1"`;
const isUploaded = `path=$1; shift
[ -s "$path" ] || { echo back; exit; }
want=$(grep '^kubernetesVersion:' "$path")
[ -n "$want" ] && [ "$("$@" | grep '^kubernetesVersion:')" = "$want" ] && echo back`;

/**
 * Keeps what kubeadm knows of the cluster before `kubeadm upgrade apply` writes the new release into it, with its way back
 * where the pods have one too.
 */
export function keepSettings(host: string, stamp: string, goesBack: boolean): ChangeStep {
  const path = settingsPath(stamp);
  return {
    id: `keep-settings@${host}`,
    host,
    title: say('Keep the settings of the cluster in {0}', path),
    risk: 'change',
    run: { argv: ['sh', '-c', keepScript, 'sh', path, ...read().argv], root: true, timeoutSec: 30 },
    done: {
      host,
      command: { argv: ['test', '-s', path], root: true, timeoutSec: 20 },
      yesWhen: { code: 0 },
      withinSec: 0,
    },
    ...(goesBack && { undo: [settingsBack(host, path)] }),
  };
}

function settingsBack(host: string, path: string): ChangeStep {
  return {
    id: `settings-back@${host}`,
    host,
    title: say('Give the cluster its former settings back'),
    risk: 'change',
    run: { argv: ['sh', '-c', uploadScript, 'sh', path], root: true, timeoutSec: 60 },
    done: {
      host,
      command: { argv: ['sh', '-c', isUploaded, 'sh', path, ...read().argv], root: true, timeoutSec: 30 },
      yesWhen: { stdoutMatches: '^back$' },
      withinSec: 30,
    },
  };
}
