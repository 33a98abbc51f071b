import { parseGoBool } from '../../base/go-bool';
import type { Command } from '../command';
import { type EtcdAlarm, parseAlarms } from '../commands/etcd-gateway';
import { httpGet } from '../commands/http-get';
import { k3sSettings } from '../commands/k3s-token';
import { outputParts } from '../output-parts';

/** A systemd unit as `systemctl show` describes it. Units that the host does not know are left out. */
interface UnitStatus {
  readonly name: string;
  /** `active`, `activating`, `inactive`, `failed` … */
  readonly active: string;
  readonly sub: string;
  readonly restarts: number;
}

export interface EtcdMember {
  readonly id: string;
  readonly name: string;
  readonly learner: boolean;
}

/** The etcd of one node, as it speaks of itself on its own loopback. */
export interface EtcdStatus {
  readonly healthy: boolean;
  readonly leader: boolean;
  readonly learner: boolean;
  readonly databaseBytes?: number;
  /** Of the cluster this member belongs to, as decimal text; absent where it could not be asked. */
  readonly clusterId?: string;
  /** Its own id, likewise. */
  readonly memberId?: string;
  /** What the node believes; empty where it could not be asked. */
  readonly members: readonly EtcdMember[];
  /** Of the whole cluster, as this member knows them; empty also where it could not be asked. */
  readonly alarms: readonly EtcdAlarm[];
}

/** How a file of the repository that was asked about lies on the node; one that could not be read has neither. */
interface ConfigFileStatus {
  readonly path: string;
  readonly sha256?: string;
  readonly absent?: boolean;
}

export interface SnapshotFile {
  readonly path: string;
  readonly bytes: number;
  /** Seconds since 1970; of a node whose clock is ahead, as far as that can be told, by ours. */
  readonly modifiedSec: number;
  /** Set where it is dated after its own node's clock: that was ahead when it was saved, and nobody knows how old it is. */
  readonly fromAhead?: true;
  /** Whether the server token of now opens it, where it was noted which one does. */
  readonly token?: 'now' | 'other';
}

interface CertificateStatus {
  readonly path: string;
  /** As openssl writes it: `Nov 20 23:28:28 2027 GMT`. */
  readonly notAfter: string;
}

/** What one read-only command told of a node. */
export interface NodeStatus {
  /** By how many seconds its clock is ahead of ours, within the time that an answer takes; absent where it was not told. */
  readonly aheadSec?: number;
  readonly hostName: string;
  /** Without prefix length; those of loopback are left out. */
  readonly addresses: readonly string[];
  readonly units: readonly UnitStatus[];
  /** Absent where nothing listens on etcd's metrics port and no member's data is on the disk. */
  readonly etcd?: EtcdStatus;
  readonly snapshots: readonly SnapshotFile[];
  /** Where k3s saves on this node; absent on other nodes, and where the name is not one that can be used as it is. */
  readonly snapshotFolder?: string;
  /**
   * Whether a snapshot taken by hand goes to S3 too. The command reads the files of settings, not the line or the environment of
   * the unit (facts of `k3s etcd-snapshot`).
   */
  readonly savesToS3?: true;
  readonly certificates: readonly CertificateStatus[];
  /** Of the files that were asked about. */
  readonly configs: readonly ConfigFileStatus[];
  /** The program on the disk; the running one may be older until it is restarted. */
  readonly k3sVersion?: string;
}

const units = ['k3s', 'k3s-agent', 'kubelet', 'etcd', 'haproxy', 'nginx', 'keepalived'];

/**
 * Reads everything in one go, so that a refresh costs one round trip. Each part stands alone: what is not there prints
 * nothing, and every question that could hang has a limit. etcd is asked on 127.0.0.1:2381, which k3s and kubeadm both
 * open without TLS; the members come from etcd's gateway with the certificates of k3s (2382) or kubeadm (2379), which needs
 * no leader to answer, or from etcdctl where there is no curl.
 */
const script = `
part() { printf '\\n=== %s\\n' "$1"; }
${httpGet(4)}
part host; hostname
part addresses; ip -o addr show
part units; systemctl show ${units.join(' ')} --property=Id,LoadState,ActiveState,SubState,NRestarts
part health; get http://127.0.0.1:2381/health
part metrics; get http://127.0.0.1:2381/metrics | grep -E '^etcd_(server_is_leader|server_is_learner|mvcc_db_total_size_in_bytes) '
part data; ls -d /var/lib/rancher/k3s/server/db/etcd/member/wal /var/lib/etcd/member/wal
part members
k=/var/lib/rancher/k3s/server/tls/etcd
p=/etc/kubernetes/pki/etcd
ask() {
  if [ -r $k/client.key ]; then
    curl -s -m 4 --cacert $k/server-ca.crt --cert $k/client.crt --key $k/client.key -X POST -d "$2" https://127.0.0.1:2382/v3/$1
  elif [ -r $p/healthcheck-client.key ]; then
    curl -s -m 4 --cacert $p/ca.crt --cert $p/healthcheck-client.crt --key $p/healthcheck-client.key -X POST -d "$2" https://127.0.0.1:2379/v3/$1
  fi
}
m=$(ask cluster/member/list '{}')
if [ ! -r $k/client.key ] && [ -r $p/healthcheck-client.key ]; then
  case $m in *'"members"'*) printf '%s\\n' "$m";; *) ETCDCTL_API=3 etcdctl --command-timeout=4s --endpoints=https://127.0.0.1:2379 --cacert=$p/ca.crt --cert=$p/healthcheck-client.crt --key=$p/healthcheck-client.key member list -w json;; esac
else printf '%s\\n' "$m"; fi
part alarms; [ -n "$m" ] && ask maintenance/alarm '{"action":"GET"}'
own=/var/lib/rancher/k3s/server/db/snapshots saves=$own
if [ -d /var/lib/rancher/k3s/server ] || [ -f /etc/systemd/system/k3s.service ]; then
${k3sSettings}
saves=$(snapshotFolder)
part saves; printf '%s\\n' "$saves"
part s3; value etcd-s3
part tokens; printf 'now %s\\n' "$(tokenHash)"
[ "$saves" = $own ] && set_of=$own || set_of="$own $saves"
for f in $set_of; do
  for n in "\${f%/*}"/.haven-token-hashes/*; do [ -f "$n" ] && printf '%s %s\\n' "$(cat "$n")" "$f/\${n##*/}"; done
done
fi
part snapshots
for f in $own /var/lib/haven/snapshots; do
  [ -d $f ] && find $f -maxdepth 1 -type f -exec stat -c '%Y %s %n' {} +
done
[ "$saves" = $own ] || { [ -d "$saves" ] && find "$saves" -maxdepth 1 -type f -exec stat -c '%Y %s %n' {} +; }
part certificates
for f in /var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt $k/server-client.crt /etc/kubernetes/pki/apiserver.crt $p/server.crt; do
  [ -r $f ] && printf '%s ' $f && openssl x509 -noout -enddate -in $f
done
part configs
for f in "$@"; do
  if [ -f "$f" ]; then printf 'file %s\\n' "$f"; sha256sum <"$f"
  elif [ ! -e "$f" ]; then printf 'absent %s\\n' "$f"; fi
done
part version; command -v k3s >/dev/null && k3s --version
part clock; date +%s
part end
exit 0
`;

/** The one read-only command of a refresh. `configs` are paths on the node whose files are compared with others. */
export function statusCommand(configs: readonly string[] = []): Command {
  const all = `{ ${script.trim().replace(/\nexit 0$/, '')}\n} 2>/dev/null; exit 0`;
  return {
    argv: ['sh', '-c', all, 'sh', ...configs],
    root: true,
    timeoutSec: 25,
  };
}

/**
 * Reads what `statusCommand` printed. Accepts any text: a part that is missing or damaged is absent from the result. `nowSec` is
 * what our clock said when the answer was there.
 */
export function parseStatus(output: string, nowSec?: number): NodeStatus {
  const parts = outputParts(output);
  const text = (name: string) => parts.get(name) ?? '';
  const etcd = etcdOf({
    health: text('health'),
    metrics: text('metrics'),
    members: text('members'),
    alarms: text('alarms'),
    hasData: text('data') !== '',
  });
  const tokenOf = tokensOf(text('tokens'));
  // Nothing else is ever touched by name: a path that leads elsewhere, or that a shell would read, is none.
  const saves = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/.exec(text('saves'))?.[0];
  const version = /^k3s version (\S+)/m.exec(text('version'))?.[1];
  const clock = /^\d{1,12}$/.exec(text('clock').trim())?.[0];
  const aheadSec = clock === undefined || nowSec === undefined ? undefined : Number(clock) - nowSec;
  return {
    ...(aheadSec !== undefined && { aheadSec }),
    hostName: text('host'),
    addresses: [...text('addresses').matchAll(/^\d+:\s+(\S+)\s+inet6?\s+([^/\s]+)/gm)].flatMap(([, device, address]) =>
      device === 'lo' || address === undefined ? [] : [address],
    ),
    units: text('units').split(/\n\n+/).flatMap(unitOf),
    ...(etcd === undefined ? {} : { etcd }),
    snapshots: [...text('snapshots').matchAll(/^(\d+)(?:\.\d+)? (\d+) (\/.+)$/gm)].map(([, modified, bytes, path]) => ({
      path: path ?? '',
      bytes: Number(bytes),
      ...datedBy(Number(modified), clock, aheadSec),
      ...tokenOf(path ?? ''),
    })),
    ...(saves !== undefined && { snapshotFolder: saves }),
    ...(parseGoBool(text('s3').trim()) === true && { savesToS3: true as const }),
    certificates: [...text('certificates').matchAll(/^(\/\S+) notAfter=(.+)$/gm)].map(([, path, notAfter]) => ({
      path: path ?? '',
      notAfter: notAfter ?? '',
    })),
    configs: [...text('configs').matchAll(/^(file|absent) (\/.*)$(?:\n([0-9a-f]{64}) )?/gm)].map(
      ([, kind, path = '', sha256]) => ({
        path,
        ...(sha256 !== undefined && { sha256 }),
        ...(kind === 'absent' && { absent: true }),
      }),
    ),
    ...(version === undefined ? {} : { k3sVersion: version }),
  };
}

/** So much may two clocks differ before it means anything: an answer takes its time. */
export const clockSlackSec = 60;

/** When a file was saved: what lies in our future was surely dated by the clock that is ahead of ours. */
function datedBy(
  sec: number,
  clock: string | undefined,
  aheadSec = 0,
): Pick<SnapshotFile, 'modifiedSec' | 'fromAhead'> {
  if (clock === undefined) return { modifiedSec: sec };
  if (sec > Number(clock) + clockSlackSec) return { modifiedSec: sec, fromAhead: true };
  return { modifiedSec: sec > Number(clock) - aheadSec + clockSlackSec ? sec - aheadSec : sec };
}

/** What the notes beside snapshots of k3s say of the token of now; nothing where one of the two is not known. */
function tokensOf(text: string): (path: string) => Pick<SnapshotFile, 'token'> {
  const now = /^now ([0-9a-f]{12})$/m.exec(text)?.[1];
  const notes = new Map(
    [...text.matchAll(/^([0-9a-f]{12}) (\/.+)$/gm)].map(([, hash = '', path = '']) => [path, hash]),
  );
  return (path) => {
    const hash = notes.get(path);
    return now === undefined || hash === undefined ? {} : { token: hash === now ? 'now' : 'other' };
  };
}

/** systemd prints the properties in an order of its own, and a unit it does not know as `LoadState=not-found`. */
function unitOf(block: string): UnitStatus[] {
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1];
  const id = value('Id');
  if (id === undefined || value('LoadState') !== 'loaded') return [];
  return [
    {
      name: id.replace(/\.service$/, ''),
      active: value('ActiveState') ?? '',
      sub: value('SubState') ?? '',
      restarts: Number(value('NRestarts') ?? 0),
    },
  ];
}

/**
 * k3s ends ten seconds after quorum is lost and then listens nowhere, so silence beside the data of a member is an etcd
 * that is down, not a host without one. With an external datastore the folder is there, but no write-ahead log in it.
 */
function etcdOf(told: {
  readonly health: string;
  readonly metrics: string;
  readonly members: string;
  readonly alarms: string;
  readonly hasData: boolean;
}): EtcdStatus | undefined {
  const { health, metrics, members, alarms, hasData } = told;
  if (health === '' && metrics === '' && !hasData) return undefined;
  const metric = (name: string) => {
    const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const databaseBytes = metric('etcd_mvcc_db_total_size_in_bytes');
  const clusterId = /"cluster_id"\s*:\s*"?(\d+)/.exec(members)?.[1];
  const memberId = /"member_id"\s*:\s*"?(\d+)/.exec(members)?.[1];
  return {
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(memberId === undefined ? {} : { memberId }),
    // With a full quota it refuses writes, and votes, answers and is saved as ever (etcd, /health, ALARM NOSPACE).
    healthy: /"health"\s*:\s*"true"|"reason"\s*:\s*"ALARM NOSPACE"/.test(health),
    leader: metric('etcd_server_is_leader') === 1,
    learner: metric('etcd_server_is_learner') === 1,
    ...(databaseBytes === undefined ? {} : { databaseBytes }),
    members: membersOf(members),
    alarms: parseAlarms(alarms),
  };
}

/** The gateway gives ids as decimal text, etcdctl as numbers too large for JavaScript: both are taken from the text. */
function membersOf(json: string): EtcdMember[] {
  let list: unknown;
  try {
    list = JSON.parse(json.replace(/("ID"\s*:\s*)(\d+)/g, '$1"$2"'));
  } catch {
    // Nobody answered: then there is nothing to list.
    return [];
  }
  const members = typeof list === 'object' && list !== null && 'members' in list ? list.members : undefined;
  if (!Array.isArray(members)) return [];
  return members.map((each: Readonly<Record<string, unknown>>) => ({
    id: String(each.ID ?? ''),
    name: String(each.name ?? ''),
    learner: each.isLearner === true,
  }));
}
