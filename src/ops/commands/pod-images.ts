import { say } from '../../base/message';
import type { Command } from '../command';
import type { ChangeStep } from '../plan';

/**
 * The shell function `lacking MANIFEST…`: images that the pods of these manifests need, that of the sandbox (pause) first, and
 * that are not on the node, one a line. Every pod that starts anew begins with the sandbox: where the collector of images or
 * `crictl rmi --prune` has taken it and no registry is reached, nothing comes back. It judges containerd alone: CRI-O starts
 * pods without one (`drop_infra_ctr`). What cannot be told is left out: containerd 2.0 does not say its sandbox to the CRI
 * (kubeadm issue 3146), its settings do; crictl says `no such image`, and one that says anything else leaves it to `ctr`.
 */
export const lackingImages = `lacking() {
  grep -qs 'containerd\\.sock' /var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/config.yaml /var/lib/kubelet/instance-config.yaml || return 0
  pause=$(crictl info 2>/dev/null | sed -n 's/^ *"sandboxImage": *"\\([^"]*\\)".*/\\1/p' | head -n 1)
  [ -n "$pause" ] || pause=$(containerd config dump 2>/dev/null | sed -n "s/^ *sandbox\\(_image\\)\\{0,1\\} *= *[\\"']\\([^\\"']*\\)[\\"'].*/\\2/p" | head -n 1)
  for i in $pause $(cat -- "$@" 2>/dev/null | sed -n 's/^ *\\(- *\\)\\{0,1\\}image: *//p' | tr -d "\\"'" | sort -u); do
    said=$(crictl inspecti -q "$i" 2>&1) && continue
    case $said in *'no such image'*) echo "$i"; continue;; esac
    case $i in *@*) continue;; *.*/* | *:*/*) ;; *) continue;; esac
    all=$(ctr --timeout 10s -n k8s.io images ls -q 2>/dev/null) || continue
    printf '%s\\n' "$all" | grep -qxF -- "$i" || echo "$i"
  done
}
`;

/** The shell function `bring IMAGE…`: fetches them, or says which one cannot be. */
export const bringImages = `bring() {
  for i; do crictl pull "$i" >/dev/null || { echo "the image $i is not on this node, and cannot be fetched" >&2; exit 1; }; done
}
`;

const manifests = '/etc/kubernetes/manifests/*.yaml';

const bringScript = `${lackingImages}${bringImages}bring $(lacking ${manifests})`;

const askScript = `${lackingImages}left=$(lacking ${manifests})
if [ -z "$left" ]; then echo yes; else echo "not on this node:" $left >&2; fi`;

export const imagesTitle = (host: string) =>
  say('See that {0} has the images from which its control plane starts again, or fetch them', host);

/**
 * Sees that a control plane of kubeadm has the images that its pods start again from, and fetches those that it lacks, while it
 * still runs: afterwards it would be too late.
 */
export function podImagesStep(host: string): ChangeStep {
  const command = (script: string, timeoutSec: number): Command => ({
    argv: ['sh', '-c', script],
    root: true,
    timeoutSec,
  });
  return {
    id: `images@${host}`,
    host,
    title: imagesTitle(host),
    risk: 'change',
    run: command(bringScript, 900),
    done: { host, command: command(askScript, 60), yesWhen: { stdoutMatches: '^yes$' }, withinSec: 0 },
  };
}
