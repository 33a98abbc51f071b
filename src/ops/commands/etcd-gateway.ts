import type { Distribution } from '../../model/inventory/inventory';
import type { Command } from '../command';

/** Where etcd's own HTTP door is on a server, and the files a client shows there. */
interface Door {
  readonly url: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const k3sTls = '/var/lib/rancher/k3s/server/tls/etcd';
const kubeadmTls = '/etc/kubernetes/pki/etcd';

/**
 * etcd answers JSON beside gRPC: on its client port, which k3s reserves for gRPC, so that k3s opens 2382 for it. Both want
 * a client certificate and are asked on loopback (etcd, dev-guide/api_grpc_gateway; k3s, pkg/etcd/etcd.go).
 */
const doors: Readonly<Record<Distribution, Door>> = {
  k3s: {
    url: 'https://127.0.0.1:2382',
    ca: `${k3sTls}/server-ca.crt`,
    cert: `${k3sTls}/client.crt`,
    key: `${k3sTls}/client.key`,
  },
  kubeadm: {
    url: 'https://127.0.0.1:2379',
    ca: `${kubeadmTls}/ca.crt`,
    cert: `${kubeadmTls}/healthcheck-client.crt`,
    key: `${kubeadmTls}/healthcheck-client.key`,
  },
};

/** The calls that Haven makes: names of etcd's gateway below `/v3/`. */
type EtcdCall =
  | 'cluster/member/list'
  | 'cluster/member/remove'
  | 'maintenance/status'
  | 'maintenance/alarm'
  | 'maintenance/defragment'
  | 'kv/compaction';

/** One call to the member on this host. An error is JSON too, so the exit code says only whether somebody answered. */
export function etcdPost(
  distribution: Distribution,
  call: EtcdCall,
  body: Readonly<Record<string, string | boolean>> = {},
  timeoutSec = 10,
): Command {
  const { url, ca, cert, key } = doors[distribution];
  const tls = ['--cacert', ca, '--cert', cert, '--key', key];
  return {
    argv: ['curl', '-sS', '-m', String(timeoutSec), ...tls, '-d', JSON.stringify(body), `${url}/v3/${call}`],
    root: true,
    timeoutSec: timeoutSec + 5,
  };
}

const factsScript = `url=$1 ca=$2 cert=$3 key=$4
ask() { printf '\\n=== %s\\n' "$1"; curl -s -m 5 --cacert "$ca" --cert "$cert" --key "$key" -d "$2" "$url/v3/$1"; }
command -v curl >/dev/null || { echo '=== no-curl'; exit 0; }
ask cluster/member/list '{}'
ask maintenance/status '{}'
ask maintenance/alarm '{"action":"GET"}'
printf '\\n=== end\\n'`;

/** Asks the member on this host for the list of members, for itself, and for alarms. Reads only. */
export function etcdFactsCommand(distribution: Distribution): Command {
  const { url, ca, cert, key } = doors[distribution];
  return { argv: ['sh', '-c', factsScript, 'sh', url, ca, cert, key], root: true, timeoutSec: 25 };
}

/** A member as the list has it. Ids are decimal text: they do not fit into a number. */
interface EtcdListed {
  readonly id: string;
  /** Empty while the member was added and has never been started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly learner: boolean;
}

export interface EtcdAlarm {
  readonly memberId: string;
  /** `NOSPACE` or `CORRUPT`. */
  readonly alarm: string;
}

/** What one member says of itself and of its cluster. */
export interface EtcdFacts {
  readonly clusterId: string;
  readonly memberId: string;
  /** Empty without a leader: the list is asked of the quorum. */
  readonly members: readonly EtcdListed[];
  /** `0` when there is none. */
  readonly leaderId: string;
  readonly version: string;
  readonly revision: string;
  readonly databaseBytes: number;
  readonly usedBytes: number;
  readonly errors: readonly string[];
  readonly alarms: readonly EtcdAlarm[];
}

/** Reads what `etcdFactsCommand` printed; undefined when no member answered. */
export function parseEtcdFacts(output: string): EtcdFacts | undefined {
  const part = (name: string): unknown => {
    const text = output.split(/^=== /m).find((each) => each.startsWith(`${name}\n`));
    return text === undefined ? undefined : jsonOf(text.slice(name.length));
  };
  const status = mapOf(part('maintenance/status'));
  const header = mapOf(status.header);
  if (header.member_id === undefined) return undefined;
  return {
    clusterId: textOf(header.cluster_id),
    memberId: textOf(header.member_id),
    members: parseMembers(part('cluster/member/list')),
    leaderId: textOf(status.leader) || '0',
    version: textOf(status.version),
    revision: textOf(header.revision) || '0',
    databaseBytes: Number(textOf(status.dbSize) || 0),
    usedBytes: Number(textOf(status.dbSizeInUse) || 0),
    errors: listOf(status.errors).map(textOf),
    alarms: alarmsOf(part('maintenance/alarm')),
  };
}

/** Reads the answer to `maintenance/alarm`. Accepts any text. */
export function parseAlarms(json: string): EtcdAlarm[] {
  return alarmsOf(jsonOf(json));
}

function alarmsOf(value: unknown): EtcdAlarm[] {
  return listOf(mapOf(value).alarms).map((each) => ({
    memberId: textOf(mapOf(each).memberID),
    alarm: textOf(mapOf(each).alarm),
  }));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Nobody answered this question: then there is nothing to read.
    return undefined;
  }
}

function parseMembers(value: unknown): EtcdListed[] {
  return listOf(mapOf(value).members).map((each) => {
    const member = mapOf(each);
    return {
      id: textOf(member.ID),
      name: textOf(member.name),
      peerUrls: listOf(member.peerURLs).map(textOf),
      learner: member.isLearner === true,
    };
  });
}

/** An id as etcdctl writes it. */
export function hexId(id: string): string {
  return /^\d+$/.test(id) ? BigInt(id).toString(16) : id;
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
