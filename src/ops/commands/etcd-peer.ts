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
 * $1 what the line of the member has, $2 URL of the gateway, then the words of a call without its body. For seconds after a
 * member was started or lost, etcd lets nobody go, and then it does. One that has much to do does not answer at once, and k3s
 * ends and is started anew where it loses the lease of its controllers: for half a minute nobody answers there at all. So list
 * and removal are asked again until the list came without the member, or two minutes have passed; a call that waited counts as
 * long as it waited.
 */
const removeScript = `line=$1 base=$2; shift 2
i=0
while [ $i -lt 60 ]; do
  list=$("$@" -d '{}' "$base/v3/cluster/member/list")
  case $?,$list in
    127,*) exit 127;;
    28,*) i=$((i + 5));;
    *'"members"'*)
      id=$(printf '%s' "$list" | tr '{' '\\n' | grep -F "$line" | sed -n 's/^"ID":"\\([0-9]*\\)".*/\\1/p')
      [ -n "$id" ] || exit 0
      said=$("$@" -d "{\\"ID\\":\\"$id\\"}" "$base/v3/cluster/member/remove") || [ $? != 28 ] || i=$((i + 5))
      case $said in *'"members"'*) break;; esac;;
  esac
  i=$((i + 1)); sleep 2
done
printf '%s\\n' "$said"
[ $i -lt 60 ]`;

function takeOut(distribution: Distribution, line: string): Command {
  const { argv } = etcdPost(distribution, 'cluster/member/list');
  const url = String(argv.at(-1));
  const base = url.slice(0, url.indexOf('/v3/'));
  const curl = argv.slice(0, argv.indexOf('-d'));
  return { argv: ['sh', '-c', removeScript, 'sh', line, base, ...curl], root: true, timeoutSec: 240 };
}

/** Takes whatever member has this address out of the list: for one whose id nobody knew when the plan was made. */
export const removePeer = (distribution: Distribution, address: string): Command =>
  takeOut(distribution, `"${peerUrl(address)}"`);

/** Takes the member with this id out of the list; one that has left already is no fault. */
export const removeMember = (distribution: Distribution, id: string): Command => takeOut(distribution, `"ID":"${id}"`);
