import type { Command } from '../command';
import type { JoinFacts } from '../commands/join-facts';
import type { LocalFile } from '../local-file';
import { outputParts } from '../output-parts';
import type { RestoreParameters } from './shared-steps';

/** Keys and certificates of a cluster that lie on this machine. They stand in no plan: only where they lie does. */
export interface KubeadmPki {
  /** By the path below `/etc/kubernetes/pki`. */
  readonly files: ReadonlyMap<string, LocalFile>;
  /** The certificate of the cluster's authority, as PEM. */
  readonly authority: string;
  /** Keys that do not belong to the certificate, or the public key, beside them. */
  readonly strangers: readonly string[];
}

/** The files of a cluster that kubeadm does not make from others. */
export const authorityFiles = [
  'ca.crt',
  'ca.key',
  'sa.key',
  'sa.pub',
  'front-proxy-ca.crt',
  'front-proxy-ca.key',
  'etcd/ca.crt',
  'etcd/ca.key',
] as const;

/** What is asked of a new machine besides what is asked before a join. */
export interface NewMachineFacts {
  readonly join: JoinFacts | undefined;
  /** How far its clock is from that of the first server, in seconds. */
  readonly clockSkewSec: number;
  /** Paths that the control plane mounts and that are not there. */
  readonly missingPaths: readonly string[];
  /** Addresses at which an API answers, and names that nobody knows there. */
  readonly answering: readonly string[];
  readonly unknown: readonly string[];
}

const script = `n=$1; shift
part() { printf '\\n=== %s\\n' "$1"; }
part missing; while [ "$n" -gt 0 ]; do [ -e "$1" ] || echo "$1"; shift; n=$((n - 1)); done
part answers
for u in "$@"; do said=$(curl -sk -m 5 -o /dev/null -w '%{http_code}' "$u"); printf '%s %s %s\\n' "$?" "$said" "$u"; done
part end
exit 0`;

/** Reads only. `paths` are looked for, `urls` are asked whether an API answers there. */
export function newMachineCommand(paths: readonly string[], urls: readonly string[]): Command {
  const argv = ['sh', '-c', script, 'sh', String(paths.length), ...paths, ...urls] as const;
  return { argv, root: true, timeoutSec: 30 + 6 * urls.length };
}

/** Reads what `newMachineCommand` printed; undefined when it did not come to its end. */
export function parseNewMachine(output: string): Omit<NewMachineFacts, 'join' | 'clockSkewSec'> | undefined {
  const parts = outputParts(output);
  if (!parts.has('end')) return undefined;
  const lines = (name: string) => (parts.get(name) ?? '').split('\n').filter(Boolean);
  const answers = lines('answers').map((line) => {
    const [, code = '', status = '', url = ''] = /^(\d+) (\d+) (.+)$/.exec(line) ?? [];
    return { code, status: Number(status), url };
  });
  return {
    missingPaths: lines('missing'),
    // A load balancer that speaks HTTP says 503 where it has nobody behind it.
    answering: answers.filter((each) => each.status >= 200 && each.status < 500).map((each) => each.url),
    unknown: answers.filter((each) => each.code === '6').map((each) => each.url),
  };
}

/** What new machines are made a control plane from, besides the snapshot. */
export interface NewKubeadmParameters extends RestoreParameters {
  /** Absent where nobody has the keys of the cluster any more. */
  readonly pki: KubeadmPki | undefined;
  /** What each machine told of itself, by name. */
  readonly machines: ReadonlyMap<string, NewMachineFacts>;
}
