import type { Etcd, EtcdProcess } from '../world';
import { idOf, type StoreMember } from './store';

/** After a start etcd refuses new members for so long (recorded: etcd/recordings/10). */
const settledMs = 5000;

/** Why no member can be added now, as etcd says it; undefined when one can. */
export function addRefusal(engine: Etcd, { store, clusterId }: EtcdProcess, nowMs: number): string | undefined {
  const running = engine.group(clusterId);
  const isWhole = store.members
    .filter((each) => each.name !== '' && !each.learner)
    .every((member) =>
      running.some((each) => each.memberId === member.id && nowMs - (each.servingSinceMs ?? nowMs) >= settledMs),
    );
  if (!isWhole) return 'etcdserver: unhealthy cluster';
  if (store.members.some((each) => each.learner)) return 'etcdserver: too many learner members in cluster';
  return undefined;
}

/** Adds a member that has not run yet: it gets its name when it starts. */
export function addMember({ store }: EtcdProcess, peerUrl: string, nowMs: number, learner: boolean): StoreMember {
  const member = { id: idOf(`${peerUrl}${nowMs}`), name: '', peerUrl, learner };
  store.members = [...store.members, member];
  store.revision++;
  return member;
}

/** Takes a member out; false where there is none of this id. */
export function removeMember({ store }: EtcdProcess, id: bigint): boolean {
  if (!store.members.some((each) => each.id === id)) return false;
  store.members = store.members.filter((each) => each.id !== id);
  store.alarms = store.alarms.filter((each) => each.memberId !== id);
  store.removed = [...store.removed, id];
  store.revision++;
  return true;
}

/** Lets a learner vote that runs and has what the leader has; else what etcd says. */
export function promoteMember(engine: Etcd, { store, clusterId }: EtcdProcess, id: bigint): string | undefined {
  const member = store.members.find((each) => each.id === id);
  if (member === undefined) return 'etcdserver: member not found';
  if (!member.learner) return 'etcdserver: can only promote a learner member';
  const runs = engine.group(clusterId).some((each) => each.memberId === id && each.servingSinceMs !== undefined);
  if (!runs) return 'etcdserver: can only promote a learner member which is in sync with leader';
  store.members = store.members.map((each) => (each.id === id ? { ...each, learner: false } : each));
  store.revision++;
  return undefined;
}

/** The bytes of a member's file, with what deleted keys still hold. */
export const fileBytes = ({ store, slackBytes }: EtcdProcess): number => store.toBytes().length + slackBytes;
