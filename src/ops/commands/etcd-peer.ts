import { ipFamily } from '../../base/address';
import type { Distribution } from '../../model/inventory/inventory';
import type { Command, Probe } from '../command';
import { etcdPost } from './etcd-gateway';

/**
 * The address at which etcd's members find the one on a machine. An IPv6 address is written as Go writes it (RFC 5952),
 * however the inventory has it: etcd's list is compared as text.
 */
export function peerUrl(address: string): string {
  const isIpv6 = ipFamily(address) === 6;
  return `https://${isIpv6 ? new URL(`https://[${address}]`).hostname : address}:2380`;
}

const escaped = (text: string) => text.replace(/[.\\^$*+?()[\]{}|]/g, '\\$&');

/**
 * The list has a started member of this address that votes: one that was only added has no name, a learner says so. Half
 * of the builds of etcd 3.6 print a blank behind every comma (protobuf-go, internal/detrand).
 */
export function peerVotes(asked: string, distribution: Distribution, address: string, withinSec: number): Probe {
  const url = escaped(peerUrl(address));
  return {
    host: asked,
    command: etcdPost(distribution, 'cluster/member/list'),
    yesWhen: {
      stdoutMatches: `\\{"ID":"\\d+", ?"name":"[^"]+", ?"peerURLs":\\["${url}"\\](?:, ?"clientURLs":\\[(?:"[^"]*"(?:, ?)?)*\\])?(?:, ?"isLearner":false)?\\}`,
    },
    withinSec,
  };
}

/** The list came, and no member of this address is in it. */
export function peerGone(asked: string, distribution: Distribution, address: string, withinSec: number): Probe {
  return {
    host: asked,
    command: etcdPost(distribution, 'cluster/member/list'),
    yesWhen: { all: [{ stdoutHas: '"members"' }, { stdoutLacks: `"${peerUrl(address)}"` }] },
    withinSec,
  };
}

/**
 * $1 URL of the peer, $2 of the gateway, then the words of the two calls without their body. For seconds after a member
 * was started or lost, etcd lets nobody go, and then it does; one that has much to do, or has just been started anew itself,
 * does not answer at once either.
 */
const removeScript = `peer=$1 base=$2; shift 2
id=$("$@" -d '{}' "$base/v3/cluster/member/list" | tr '{' '\\n' | grep -F "\\"$peer\\"" | sed -n 's/^"ID":"\\([0-9]*\\)".*/\\1/p')
[ -n "$id" ] || exit 0
i=0
while [ $i -lt 10 ]; do
  said=$("$@" -d "{\\"ID\\":\\"$id\\"}" "$base/v3/cluster/member/remove")
  case $said in '') i=$((i + 2));; *'unhealthy cluster'*) ;; *) break;; esac
  i=$((i + 1)); sleep 2
done
printf '%s\\n' "$said"`;

/** Takes whatever member has this address out of the list: for one whose id nobody knew when the plan was made. */
export function removePeer(distribution: Distribution, address: string): Command {
  const { argv } = etcdPost(distribution, 'cluster/member/list');
  const url = String(argv.at(-1));
  const base = url.slice(0, url.indexOf('/v3/'));
  const curl = argv.slice(0, argv.indexOf('-d'));
  return {
    argv: ['sh', '-c', removeScript, 'sh', peerUrl(address), base, ...curl],
    root: true,
    timeoutSec: 60,
  };
}
