import type { Command, Probe } from '../command';
import { containersLeft, controlPlane } from './containers-left';
import { markPath, markSeen, withMark } from './mark';

const manifests = '/etc/kubernetes/manifests';

/**
 * Outside of the folder that kubelet reads: inside it, a file of any name would be a pod. It is there as long as manifests lie
 * in it; the marks lie with all others.
 */
function stoppedManifests(stamp: string): string {
  return `/etc/kubernetes/haven-stopped-${stamp}`;
}

const stoppedMark = (stamp: string) => `pods-stopped-${stamp}`;
const startedMark = (stamp: string) => `pods-started-${stamp}`;

const stopScript = `${containersLeft()}
out=$1; shift
mkdir -p -- "$out" || exit 1
for n in "$@"; do
  f=${manifests}/$n.yaml
  if [ -e "$f" ]; then mv -f -- "$f" "$out/" || exit 1; fi
done
i=0
while [ $i -lt 120 ]; do
  [ "$(left)" -eq 0 ] && exit 0
  i=$((i + 1)); sleep 1
done
echo "$(left) containers still run after 120 s" >&2; exit 1`;

/**
 * Stops the control plane of a kubeadm node: its manifests go out of kubelet's folder, and the containers are waited for,
 * because the API server uses up its 30 s of grace.
 */
export function stopStaticPods(stamp: string): Command {
  const argv = ['sh', '-c', stopScript, 'sh', stoppedManifests(stamp), ...controlPlane] as const;
  return withMark({ argv, root: true, timeoutSec: 180 }, stoppedMark(stamp));
}

export function staticPodsStopped(host: string, stamp: string): Probe {
  return markSeen(host, stoppedMark(stamp));
}

/** What somebody else has put beside the manifests stays, and the folder with it. */
const startScript = `out=$1
for f in "$out"/*.yaml; do
  if [ -e "$f" ]; then mv -f -- "$f" ${manifests}/ || exit 1; fi
done
rmdir -- "$out" 2>/dev/null || :`;

/** Puts the manifests back; kubelet starts the pods. */
export function startStaticPods(stamp: string): Command {
  const argv = ['sh', '-c', startScript, 'sh', stoppedManifests(stamp)] as const;
  return withMark({ argv, root: true, timeoutSec: 30 }, startedMark(stamp));
}

export function staticPodsStarted(host: string, stamp: string): Probe {
  return markSeen(host, startedMark(stamp));
}

const againScript = `mark=$2
${startScript}
rm -f -- "$mark"`;

/** Takes a stop back, so that a later try stops the pods anew. */
export function unstopStaticPods(stamp: string): Command {
  const argv = ['sh', '-c', againScript, 'sh', stoppedManifests(stamp), markPath(stoppedMark(stamp))] as const;
  return { argv, root: true, timeoutSec: 30 };
}

/** Whether no stop is left to take back. */
export function staticPodsUnstopped(host: string, stamp: string): Probe {
  const script = 'if [ ! -e "$2" ] && ! ls "$1"/*.yaml >/dev/null 2>&1; then echo back; fi';
  const command: Command = {
    argv: ['sh', '-c', script, 'sh', stoppedManifests(stamp), markPath(stoppedMark(stamp))],
    root: true,
    timeoutSec: 20,
  };
  return { host, command, yesWhen: { stdoutMatches: '^back$' }, withinSec: 0 };
}
