import type { Command, Probe } from '../command';
import { containersLeft, controlPlane } from './containers-left';

const manifests = '/etc/kubernetes/manifests';

/** Outside of the folder that kubelet reads: inside it, a file of any name would be a pod. */
function stoppedManifests(stamp: string): string {
  return `/etc/kubernetes/haven-stopped-${stamp}`;
}

const stopScript = `${containersLeft()}
out=$1 mark=$2; shift 2
mkdir -p -- "$out" || exit 1
for n in "$@"; do
  f=${manifests}/$n.yaml
  if [ -e "$f" ]; then mv -f -- "$f" "$out/" || exit 1; fi
done
i=0
while [ $i -lt 120 ]; do
  [ "$(left)" -eq 0 ] && { : >"$mark"; exit 0; }
  i=$((i + 1)); sleep 1
done
echo "$(left) containers still run after 120 s" >&2; exit 1`;

/**
 * Stops the control plane of a kubeadm node: its manifests go out of kubelet's folder, and the containers are waited for,
 * because the API server uses up its 30 s of grace.
 */
export function stopStaticPods(stamp: string): Command {
  const out = stoppedManifests(stamp);
  const argv = ['sh', '-c', stopScript, 'sh', out, `${out}/stopped`, ...controlPlane] as const;
  return { argv, root: true, timeoutSec: 180 };
}

export function staticPodsStopped(host: string, stamp: string): Probe {
  return markProbe(host, `${stoppedManifests(stamp)}/stopped`);
}

const startScript = `out=$1 mark=$2
for f in "$out"/*.yaml; do
  if [ -e "$f" ]; then mv -f -- "$f" ${manifests}/ || exit 1; fi
done
: >"$mark"`;

/** Puts the manifests back; kubelet starts the pods. */
export function startStaticPods(stamp: string): Command {
  const out = stoppedManifests(stamp);
  return { argv: ['sh', '-c', startScript, 'sh', out, `${out}/started`], root: true, timeoutSec: 30 };
}

export function staticPodsStarted(host: string, stamp: string): Probe {
  return markProbe(host, `${stoppedManifests(stamp)}/started`);
}

const againScript = `out=$1
for f in "$out"/*.yaml; do
  if [ -e "$f" ]; then mv -f -- "$f" ${manifests}/ || exit 1; fi
done
rm -f -- "$out/stopped"`;

/** Takes a stop back, so that a later try stops the pods anew. */
export function unstopStaticPods(stamp: string): Command {
  return { argv: ['sh', '-c', againScript, 'sh', stoppedManifests(stamp)], root: true, timeoutSec: 30 };
}

/** Whether no stop is left to take back. */
export function staticPodsUnstopped(host: string, stamp: string): Probe {
  const script = 'if [ ! -e "$1/stopped" ] && ! ls "$1"/*.yaml >/dev/null 2>&1; then echo back; fi';
  const command: Command = {
    argv: ['sh', '-c', script, 'sh', stoppedManifests(stamp)],
    root: true,
    timeoutSec: 20,
  };
  return { host, command, yesWhen: { stdoutMatches: '^back$' }, withinSec: 0 };
}

function markProbe(host: string, path: string): Probe {
  const command: Command = { argv: ['test', '-e', path], root: true, timeoutSec: 20 };
  return { host, command, yesWhen: { code: 0 }, withinSec: 0 };
}
