import type { Etcd, EtcdProcess } from '../world';
import { addMember, addRefusal, fileBytes, promoteMember, removeMember } from './maintenance';
import { withTrailer } from './store';

/** An answer whose value is not written as JSON yet, or a body that is. */
type Reply = { readonly status: number } & ({ readonly value: unknown } | { readonly body: string });

/** One call of the gateway, as the member sees it that it comes to. */
interface GatewayCall {
  readonly process: EtcdProcess;
  readonly leader: EtcdProcess | undefined;
  /** JSON; an empty text stands for no parameters. */
  readonly body: string;
  readonly engine: Etcd;
  readonly nowMs: number;
}

/** What etcd's HTTP gateway answers to one call, as JSON text; nothing for a call that is not played. */
export function gatewayAnswer(
  path: string,
  call: GatewayCall,
): { readonly status: number; readonly body: string } | undefined {
  const reply = calls.get(path)?.(call);
  if (reply === undefined) return undefined;
  return { status: reply.status, body: 'body' in reply ? reply.body : textOf(reply.value, call.process) };
}

/** Half of the builds print a blank behind every comma (protobuf-go, internal/detrand); here every second member does. */
function textOf(value: unknown, { memberId }: EtcdProcess): string {
  const text = JSON.stringify(value);
  return memberId % 2n === 0n ? text : text.replace(/,(?=["{])/g, ', ');
}

const json = (value: unknown): Reply => ({ status: 200, value });

/** A refusal as etcd 3.6 writes it: one of 3.5 has the words under "error" too (grpc-gateway, v2 and v1). */
const refused = (message: string, code: number, status = 400): Reply => ({ status, value: { code, message } });

const noLeader = refused('etcdserver: no leader', 14, 503);
const compacted = refused('etcdserver: mvcc: required revision has been compacted', 11);
const future = refused('etcdserver: mvcc: required revision is a future revision', 11);

/** A call that needs a leader: without one it is refused, whatever it asks. */
const led =
  (answer: (call: GatewayCall) => Reply) =>
  (call: GatewayCall): Reply =>
    call.process.servingSinceMs === undefined ? noLeader : answer(call);

const parametersOf = <Parameters>({ body }: GatewayCall): Partial<Parameters> =>
  JSON.parse(body || '{}') as Partial<Parameters>;

/** Who answers. */
const idsOf = ({ process }: GatewayCall) => ({
  cluster_id: String(process.clusterId),
  member_id: String(process.memberId),
});

const headerOf = (call: GatewayCall) => ({
  ...idsOf(call),
  revision: String(call.process.store.revision),
  raft_term: '2',
});

function memberList(call: GatewayCall): Reply {
  return json({
    // Calls about members do not tell the revision.
    header: { ...idsOf(call), raft_term: '2' },
    members: call.process.store.members.map((each) => ({
      ID: String(each.id),
      name: each.name,
      peerURLs: [each.peerUrl],
      clientURLs: [each.peerUrl.replace(/:2380$/, ':2379')],
      ...(each.learner ? { isLearner: true } : {}),
    })),
  });
}

function addedMember(call: GatewayCall): Reply {
  const { process, engine, nowMs } = call;
  const { peerURLs = [], isLearner = false } = parametersOf<{ peerURLs: string[]; isLearner: boolean }>(call);
  const refusal = addRefusal(engine, process, nowMs);
  if (refusal !== undefined) return refused(refusal, 14);
  const header = headerOf(call);
  addMember(process, peerURLs[0] ?? '', nowMs, isLearner);
  return json({ header });
}

function promotedMember(call: GatewayCall): Reply {
  const { ID = '0' } = parametersOf<{ ID: string }>(call);
  const header = headerOf(call);
  const refusal = promoteMember(call.engine, call.process, BigInt(ID));
  return refusal === undefined ? json({ header }) : refused(refusal, 9);
}

function removedMember(call: GatewayCall): Reply {
  const { ID = '' } = parametersOf<{ ID: string }>(call);
  const header = headerOf(call);
  if (!/^\d+$/.test(ID) || !removeMember(call.process, BigInt(ID)))
    return refused('etcdserver: member not found', 5, 404);
  return json({ header });
}

function status(call: GatewayCall): Reply {
  const { process, leader } = call;
  const { store } = process;
  return json({
    header: headerOf(call),
    version: '3.6.5',
    dbSize: String(fileBytes(process)),
    ...(leader === undefined ? { errors: ['etcdserver: no leader'] } : { leader: String(leader.memberId) }),
    raftIndex: String(store.revision + 4),
    raftTerm: '2',
    raftAppliedIndex: String(store.revision + 4),
    dbSizeInUse: String(store.toBytes().length),
    storageVersion: '3.6.0',
    downgradeInfo: {},
  });
}

/** Lists the alarms, without one that is switched off with this call. */
function alarms(call: GatewayCall): Reply {
  const { store } = call.process;
  const { action, memberID, alarm } = parametersOf<{ action: string; memberID: string; alarm: string }>(call);
  if (action === 'DEACTIVATE')
    store.alarms = store.alarms.filter((each) => String(each.memberId) !== memberID || each.alarm !== alarm);
  const rest = store.alarms.map((each) => ({ memberID: String(each.memberId), alarm: each.alarm }));
  return json({ header: headerOf(call), ...(rest.length > 0 && { alarms: rest }) });
}

function defragment(call: GatewayCall): Reply {
  call.process.slackBytes = 0;
  return json({});
}

/** In pieces, one JSON value a line, as the gateway streams it. */
function snapshot(call: GatewayCall): Reply {
  const header = headerOf(call);
  const bytes = withTrailer(call.process.store.toBytes());
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 32_768) {
    const blob = bytes.subarray(at, at + 32_768);
    const rest = String(bytes.length - at - blob.length);
    pieces.push(JSON.stringify({ result: { header, remaining_bytes: rest, blob: blob.toString('base64') } }));
  }
  return { status: 200, body: `${pieces.join('\n')}\n` };
}

function compaction(call: GatewayCall): Reply {
  const { store } = call.process;
  const { revision = '0' } = parametersOf<{ revision: string }>(call);
  if (Number(revision) <= store.compacted) return compacted;
  if (Number(revision) > store.revision) return future;
  const header = headerOf(call);
  store.compacted = Number(revision);
  return json({ header });
}

interface CountParameters {
  readonly revision: string | number;
  readonly key: string;
  readonly range_end: string;
}

/** How many keys there are, at the newest or at an older revision; or whether there is one of a name: none is not counted. */
function count(call: GatewayCall): Reply {
  const { store } = call.process;
  const { revision = '0', key = '', range_end: end } = parametersOf<CountParameters>(call);
  if (end === undefined) {
    const isThere = store.get(Buffer.from(key, 'base64').toString('utf8')) !== undefined;
    return json({ header: headerOf(call), ...(isThere && { count: '1' }) });
  }
  const at = Number(revision);
  if (at > 0 && at < store.compacted) return compacted;
  if (at > store.revision) return future;
  return json({ header: headerOf(call), count: String(at > 0 ? store.countAt(at) : store.live.size) });
}

function health({ process, leader }: GatewayCall): Reply {
  const healthy = process.servingSinceMs !== undefined && leader !== undefined && process.store.alarms.length === 0;
  return { status: healthy ? 200 : 503, body: JSON.stringify({ health: String(healthy), reason: '' }) };
}

const calls: ReadonlyMap<string, (call: GatewayCall) => Reply> = new Map([
  ['/v3/cluster/member/list', led(memberList)],
  ['/v3/cluster/member/add', led(addedMember)],
  ['/v3/cluster/member/promote', led(promotedMember)],
  ['/v3/cluster/member/remove', led(removedMember)],
  ['/v3/maintenance/status', status],
  ['/v3/maintenance/alarm', alarms],
  ['/v3/maintenance/defragment', defragment],
  ['/v3/maintenance/snapshot', snapshot],
  ['/v3/kv/compaction', compaction],
  ['/v3/kv/range', led(count)],
  ['/health', health],
]);
