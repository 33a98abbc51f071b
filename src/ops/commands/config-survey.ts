import type { Command } from '../command';

/** Folders that hold nothing but settings, and single files beside them. */
const places = [
  '/etc/haproxy',
  '/etc/keepalived',
  '/etc/nginx',
  '/etc/rancher',
  '/etc/kubernetes/manifests',
  '/etc/systemd/system/k3s.service',
  '/etc/systemd/system/k3s.service.d',
  '/etc/systemd/system/k3s-agent.service',
  '/etc/systemd/system/k3s-agent.service.d',
  '/etc/systemd/system/kubelet.service.d',
  '/var/lib/kubelet/config.yaml',
  '/var/lib/kubelet/kubeadm-flags.env',
];

/** What a restore on new machines cannot do without: the token of k3s, the authorities and keys of kubeadm. */
const secretPlaces = [
  '/var/lib/rancher/k3s/server/token',
  '/var/lib/rancher/k3s/server/agent-token',
  '/etc/systemd/system/k3s.service.env',
  '/etc/systemd/system/k3s-agent.service.env',
  '/etc/kubernetes/pki',
];

/**
 * A file of settings that opens the cluster by itself: an administrator's kubeconfig, a token, the key of a certificate. One
 * that nobody could look into counts as such.
 */
const isKey = `case $f in */token|*/agent-token|*/passwd) true;; *) grep -q -e 'PRIVATE KEY' -e client-key-data "$f"; [ $? -ne 1 ];; esac`;

const script = `keys=$1
shift
for place in "$@"; do
  [ -e "$place" ] || continue
  all=$(find "$place" -type f -size -2048k) || exit 1
  printf '%s\\n' "$all" | while IFS= read -r f; do
    [ -n "$f" ] || continue
    case $f in *.haven-new|*.haven-next|*.haven-draft|*.part|/etc/rancher/node/*) continue;; esac
    if [ "$keys" = no ] && { ${isKey}; }; then
      printf '=== withheld %s\\n' "$f"
      continue
    fi
    hash=$(sha256sum <"$f") || { [ -e "$f" ] && exit 1; continue; }
    printf '=== %s %s\\n' "\${hash%% *}" "$f"
  done || exit 1
done
echo '=== end'`;

/**
 * Lists the settings of a host with their hashes; `secrets` takes tokens, keys and authorities in. Reads only. What cannot be
 * read ends it before its end is said, so that a backup without settings is not taken for one of a host without any.
 */
export function surveyCommand(secrets: boolean): Command {
  const all = secrets ? ['yes', ...places, ...secretPlaces] : ['no', ...places];
  return { argv: ['sh', '-c', `{ ${script}\n} 2>/dev/null`, 'sh', ...all], root: true, timeoutSec: 60 };
}

/** A file of a host and what it holds. */
export interface SurveyedFile {
  readonly path: string;
  /** Hexadecimal; undefined for a file that stays where it is, because it holds a key and none are wanted. */
  readonly sha256: string | undefined;
}

/** Reads what `surveyCommand` printed; undefined when it did not come to its end. */
export function parseSurvey(output: string): readonly SurveyedFile[] | undefined {
  if (!/^=== end$/m.test(output)) return undefined;
  const found = [...output.matchAll(/^=== (?:([0-9a-f]{64})|withheld) (\/.+)$/gm)].map(([, sha256, path = '']) => ({
    path,
    sha256,
  }));
  return found.filter((each, i) => found.findIndex((other) => other.path === each.path) === i);
}
