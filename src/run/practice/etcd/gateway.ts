import type { Etcd, EtcdProcess } from '../world';
import { addMember, addRefusal, fileBytes, promoteMember, removeMember } from './maintenance';
import { withTrailer } from './store';

/** What etcd's HTTP gateway answers to one call, as JSON text; nothing for a call that is not played. */
export function gatewayAnswer(
  process: EtcdProcess,
  leader: EtcdProcess | undefined,
  path: string,
  body: string,
  { engine, nowMs }: { readonly engine: Etcd; readonly nowMs: number },
): { readonly status: number; readonly body: string } | undefined {
  const { store } = process;
  const ids = { cluster_id: String(process.clusterId), member_id: String(process.memberId) };
  const named = { ...ids, raft_term: '2' };
  const header = { ...ids, revision: String(store.revision), raft_term: '2' };
  // Half of the builds print a blank behind every comma (protobuf-go, internal/detrand); here every second member does.
  const textOf = (value: unknown) => {
    const text = JSON.stringify(value);
    return process.memberId % 2n === 0n ? text : text.replace(/,(?=["{])/g, ', ');
  };
  const json = (value: unknown) => ({ status: 200, body: textOf(value) });
  // A refusal as etcd 3.6 writes it: one of 3.5 has the words under "error" too (grpc-gateway, v2 and v1).
  const refused = (message: string, code: number, status = 400) => ({ status, body: textOf({ code, message }) });
  const noLeader = refused('etcdserver: no leader', 14, 503);
  const compacted = refused('etcdserver: mvcc: required revision has been compacted', 11);
  const future = refused('etcdserver: mvcc: required revision is a future revision', 11);
  switch (path) {
    case '/v3/cluster/member/list':
      if (process.servingSinceMs === undefined) return noLeader;
      return json({
        // Calls about members do not tell the revision.
        header: named,
        members: store.members.map((each) => ({
          ID: String(each.id),
          name: each.name,
          peerURLs: [each.peerUrl],
          clientURLs: [each.peerUrl.replace(/:2380$/, ':2379')],
          ...(each.learner ? { isLearner: true } : {}),
        })),
      });
    case '/v3/maintenance/status': {
      const inUse = String(store.toBytes().length);
      return json({
        header,
        version: '3.6.5',
        dbSize: String(fileBytes(process)),
        ...(leader === undefined ? { errors: ['etcdserver: no leader'] } : { leader: String(leader.memberId) }),
        raftIndex: String(store.revision + 4),
        raftTerm: '2',
        raftAppliedIndex: String(store.revision + 4),
        dbSizeInUse: inUse,
        storageVersion: '3.6.0',
        downgradeInfo: {},
      });
    }
    case '/v3/maintenance/alarm': {
      const { action, memberID, alarm } = JSON.parse(body || '{}') as {
        action?: string;
        memberID?: string;
        alarm?: string;
      };
      const isAsked = ({ memberId, alarm: kind }: (typeof store.alarms)[number]) =>
        String(memberId) === memberID && kind === alarm;
      if (action === 'DEACTIVATE') store.alarms = store.alarms.filter((each) => !isAsked(each));
      const alarms = store.alarms.map((each) => ({ memberID: String(each.memberId), alarm: each.alarm }));
      return json({ header, ...(alarms.length > 0 && { alarms }) });
    }
    case '/v3/maintenance/defragment':
      process.slackBytes = 0;
      return json({});
    case '/v3/maintenance/snapshot': {
      // In pieces, one JSON value a line, as the gateway streams it.
      const bytes = withTrailer(store.toBytes());
      const pieces: string[] = [];
      for (let at = 0; at < bytes.length; at += 32_768) {
        const blob = bytes.subarray(at, at + 32_768);
        const rest = String(bytes.length - at - blob.length);
        pieces.push(JSON.stringify({ result: { header, remaining_bytes: rest, blob: blob.toString('base64') } }));
      }
      return { status: 200, body: `${pieces.join('\n')}\n` };
    }
    case '/v3/kv/compaction': {
      const { revision = '0' } = JSON.parse(body || '{}') as { revision?: string };
      if (Number(revision) <= store.compacted) return compacted;
      if (Number(revision) > store.revision) return future;
      store.compacted = Number(revision);
      return json({ header });
    }
    case '/health': {
      const healthy = process.servingSinceMs !== undefined && leader !== undefined && store.alarms.length === 0;
      return { status: healthy ? 200 : 503, body: JSON.stringify({ health: String(healthy), reason: '' }) };
    }
    case '/v3/cluster/member/add': {
      const { peerURLs = [], isLearner = false } = JSON.parse(body || '{}') as {
        peerURLs?: string[];
        isLearner?: boolean;
      };
      if (process.servingSinceMs === undefined) return noLeader;
      const refusal = addRefusal(engine, process, nowMs);
      if (refusal !== undefined) return refused(refusal, 14);
      addMember(process, peerURLs[0] ?? '', nowMs, isLearner);
      return json({ header });
    }
    case '/v3/cluster/member/promote': {
      const { ID = '0' } = JSON.parse(body || '{}') as { ID?: string };
      if (process.servingSinceMs === undefined) return noLeader;
      const refusal = promoteMember(engine, process, BigInt(ID));
      return refusal === undefined ? json({ header }) : refused(refusal, 9);
    }
    case '/v3/cluster/member/remove': {
      const { ID } = JSON.parse(body || '{}') as { ID?: string };
      if (process.servingSinceMs === undefined) return noLeader;
      if (!/^\d+$/.test(ID ?? '') || !removeMember(process, BigInt(ID ?? 0)))
        return refused('etcdserver: member not found', 5, 404);
      return json({ header });
    }
    case '/v3/kv/range': {
      if (process.servingSinceMs === undefined) return noLeader;
      const { revision = '0' } = JSON.parse(body || '{}') as { revision?: string | number };
      const at = Number(revision);
      if (at > 0 && at < store.compacted) return compacted;
      if (at > store.revision) return future;
      return json({ header, count: String(at > 0 ? store.countAt(at) : store.live.size) });
    }
    default:
      return undefined;
  }
}
