import type { Distribution } from '../../model/inventory/inventory';
import type { Command } from '../command';
import { kubectl } from './kubectl';

/** The kinds of objects that the API can list, as one server told. */
export interface ApiResources {
  /** The server that was asked; absent where the API answers on none. */
  readonly host: string | undefined;
  /** As kubectl takes them: `deployments.apps`. */
  readonly kinds: readonly string[];
  /** Why some kinds may be missing: an aggregated API that does not answer. */
  readonly unheard: readonly string[];
}

/** $1 and on: kubectl's words. Told in the output, so that one answer holds all. */
const listScript = `"$@" api-resources --verbs=list -o name --request-timeout=20s 2>&1; echo '=== end'`;

export function listApiResources(distribution: Distribution): Command {
  const { argv } = kubectl(distribution, [], 0);
  return { argv: ['sh', '-c', listScript, 'sh', ...argv], root: true, timeoutSec: 60 };
}

/** Reads the answer to `listApiResources`; undefined where no API answered. */
export function parseApiResources(host: string, output: string): ApiResources | undefined {
  if (!/^=== end$/m.test(output)) return undefined;
  const lines = output.split('\n').filter((each) => each !== '' && each !== '=== end');
  // They become names of files, so a kind is nothing else than what Kubernetes lets it be.
  const kinds = lines.filter((each) => /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/.test(each));
  if (!kinds.includes('nodes')) return undefined;
  const unheard = lines.flatMap((each) => /^error: (.+)/.exec(each)?.[1] ?? []);
  return { host, kinds, unheard };
}

/** Kinds that come and go by themselves and that nobody would write back. */
export function isMadeAnew(kind: string): boolean {
  const own = ['endpoints', 'componentstatuses', 'endpointslices.discovery.k8s.io', 'leases.coordination.k8s.io'];
  return own.includes(kind) || /^events(?:\.|$)|\.metrics\.k8s\.io$/.test(kind);
}

/** What stands in the place of objects that could not be read. */
export const unreadMark = '# could not be read:';

/**
 * $1 kind, then kubectl's words. A kind whose own server is down must not take the others with it; a whole API that is gone,
 * as after a reboot, is waited for.
 */
const readScript = `kind=$1; shift
i=0
until said=$("$@" get --raw /readyz --request-timeout=5s 2>&1); do
  i=$((i + 1)); [ $i -lt 30 ] || { echo "$said" >&2; exit 1; }
  sleep 2
done
"$@" get "$kind" -A --request-timeout=60s -o yaml 2>/dev/null && exit 0
echo "${unreadMark} $("$@" get "$kind" -A --request-timeout=10s -o name 2>&1 >/dev/null | tail -n 1)"`;

/** Writes all objects of a kind, in all namespaces, as YAML. */
export function readResources(distribution: Distribution, kind: string): Command {
  const { argv } = kubectl(distribution, [], 0);
  return { argv: ['sh', '-c', readScript, 'sh', kind, ...argv], root: true, timeoutSec: 300 };
}
