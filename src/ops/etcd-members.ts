import { say } from '../base/message';
import type { Distribution } from '../model/inventory/inventory';
import type { Command, Probe } from './command';
import { type EtcdAlarm, type EtcdFacts, etcdPost, hexId } from './commands/etcd-gateway';
import { deleteNode, isNodeName, type KubeNode, nodeGone } from './commands/kubectl';
import { markSeen, withMark } from './commands/mark';
import type { Concern, Plan, Step } from './plan';
import type { ClusterState } from './status/cluster-state';

/** What the members of a cluster said, each of itself. */
export type MemberFacts = ReadonlyMap<string, EtcdFacts>;

/** A member with the node it lives on, if any is known, and what it said. */
export interface MemberRow {
  readonly id: string;
  readonly name: string;
  /** Name of the node in the inventory. */
  readonly host: string | undefined;
  readonly peerUrls: readonly string[];
  readonly facts: EtcdFacts | undefined;
  readonly learner: boolean;
  readonly leads: boolean;
  readonly alarms: readonly string[];
}

/** The members as the list of one that has a leader names them; the member of a node is found by its address or by what it said. */
export function memberRows(state: ClusterState, facts: MemberFacts): MemberRow[] {
  const told = [...facts.values()]
    .filter((each) => each.leaderId !== '0')
    .sort((a, b) => b.members.length - a.members.length)[0];
  if (told === undefined) return [];
  return told.members.map((member) => {
    const spoke = [...facts].find(([, each]) => each.memberId === member.id && each.clusterId === told.clusterId);
    const addresses = member.peerUrls.map((url) => /^https?:\/\/\[?([^\]/]+?)\]?:\d+/.exec(url)?.[1] ?? '');
    const node = state.cluster.nodes.find(
      (each) =>
        addresses.includes(each.address) ||
        member.name === each.name ||
        /^(.*)-[0-9a-f]{8}$/.exec(member.name)?.[1] === each.name,
    );
    return {
      id: member.id,
      name: member.name,
      host: spoke?.[0] ?? node?.name,
      peerUrls: member.peerUrls,
      facts: spoke?.[1],
      learner: member.learner,
      leads: member.id === told.leaderId,
      alarms: told.alarms.filter((each) => each.memberId === member.id).map((each) => each.alarm),
    };
  });
}

function base(state: ClusterState, operation: string) {
  return { operation, cluster: state.cluster.name, wayBack: [], destructive: false };
}

const unlisted: Concern = {
  message: say('no member with a leader told who the members are'),
  remedy: say('when the quorum is lost, bring members back or restore from a snapshot'),
};

/** The node that is asked to change the list: one that answered, is a voter, and is not the one that goes. */
function speaker(rows: readonly MemberRow[], gone: string): string | undefined {
  const able = rows.filter((row) => row.facts !== undefined && !row.learner && row.id !== gone);
  return (able.find((row) => row.leads) ?? able[0])?.host;
}

export interface RemoveMemberParameters {
  /** Decimal text. */
  readonly id: string;
  readonly nodes: readonly KubeNode[];
}

/**
 * Takes a dead member out of the list, so that it stops counting. One that answers is refused here: a node that runs is
 * removed by "Remove Node", which knows in which order. With k3s the Node goes first, or its controller would not know of it.
 */
export function planRemoveMember(state: ClusterState, facts: MemberFacts, { id, nodes }: RemoveMemberParameters): Plan {
  const { distribution } = state.cluster;
  const rows = memberRows(state, facts);
  const row = rows.find((each) => each.id === id);
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  const from = speaker(rows, id);
  const name = row?.name === '' || row === undefined ? hexId(id) : row.name;
  if (rows.length === 0 || from === undefined) blockers.push(unlisted);
  else if (row === undefined) {
    blockers.push({ message: say('there is no member {0}', hexId(id)), remedy: say('refresh the cluster') });
  } else if (row.facts !== undefined) {
    blockers.push({
      message: say('the member {0} answers: it is alive', name),
      remedy: say('use "Remove Node" for a node that shall go'),
      ...(row.host !== undefined && { host: row.host }),
    });
  }
  const voters = rows.filter((each) => !each.learner).length;
  const alive = rows.filter((each) => each.facts !== undefined && !each.learner).length;
  const after = row?.learner === true ? voters : voters - 1;
  const needed = Math.floor(after / 2) + 1;
  if (row !== undefined && alive < Math.floor(voters / 2) + 1) {
    blockers.push({
      message: say(
        'only {0} of {1} members answer, and etcd changes its list only with {2}',
        alive,
        voters,
        Math.floor(voters / 2) + 1,
      ),
      remedy: say('bring members back, or restore from a snapshot'),
    });
  }
  if (after > 0 && after % 2 === 0) {
    warnings.push({
      message: say('{0} members bear no more failures than {1}', after, after - 1),
      remedy: say('join another server soon'),
    });
  }
  const node = nodeFor(nodes, row, state);
  const steps: Step[] = [];
  if (from !== undefined && row !== undefined) {
    if (distribution === 'k3s' && node !== undefined) {
      steps.push({
        id: `delete-node-${node}@${from}`,
        host: from,
        title: say('Delete the Node {0}, so that k3s forgets its member and its password', node),
        risk: 'destroy',
        run: deleteNode('k3s', node),
        done: nodeGone(from, 'k3s', node, 60),
      });
    }
    steps.push({
      id: `remove-member-${hexId(id)}@${from}`,
      host: from,
      title: say(
        'Take the member {0} out of etcd ({1} of {2} that remain answer, {3} are needed)',
        name,
        alive,
        after,
        needed,
      ),
      risk: 'destroy',
      run: etcdPost(distribution, 'cluster/member/remove', { ID: id }, 20),
      done: memberGone(from, distribution, id),
    });
  }
  return {
    ...base(state, 'remove-member'),
    title: say('Take the dead member {0} out of etcd', name),
    blockers,
    warnings,
    steps: blockers.length > 0 ? [] : steps,
    wayBack: [say('A removed member does not come back by itself: the server joins again as a new one')],
    destructive: true,
  };
}

function nodeFor(nodes: readonly KubeNode[], row: MemberRow | undefined, state: ClusterState): string | undefined {
  if (row === undefined) return undefined;
  const address = state.cluster.nodes.find((each) => each.name === row.host)?.address;
  const byMember = /^(.*)-[0-9a-f]{8}$/.exec(row.name)?.[1] ?? row.name;
  const found = nodes.find(
    (each) => (address !== undefined && each.addresses.includes(address)) || each.name === byMember,
  );
  return found !== undefined && isNodeName(found.name) ? found.name : undefined;
}

/** The list, asked of the quorum, no longer has the member; an answer that is no list says nothing. */
export function memberGone(host: string, distribution: Distribution, id: string, withinSec = 15): Probe {
  return {
    host,
    command: etcdPost(distribution, 'cluster/member/list'),
    yesWhen: { all: [{ stdoutHas: '"members"' }, { stdoutLacks: `"ID":"${id}"` }] },
    withinSec,
  };
}

/** A database file of which less than this part is in use is worth the pause; below this size nobody notices either. */
const worthRatio = 0.7;
const worthBytes = 64 * 1024 * 1024;

export interface DefragmentParameters {
  readonly stamp: string;
  /** Also disarms a NOSPACE alarm, after compacting the history at the present revision. */
  readonly disarm: boolean;
}

/**
 * Gives the disk back what deleted keys hold, on one member after another, the leader last: each pauses while it works.
 * A NOSPACE alarm goes only when history is compacted, every member has room, and it is disarmed, in this order.
 */
export function planDefragment(state: ClusterState, facts: MemberFacts, { stamp, disarm }: DefragmentParameters): Plan {
  const { distribution } = state.cluster;
  const rows = memberRows(state, facts);
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  if (rows.length === 0) blockers.push(unlisted);
  const dead = rows.filter((row) => row.facts === undefined);
  if (dead.length > 0) {
    blockers.push({
      message: say('{0} does not answer: while one member pauses, the others must be there', nameOf(dead[0])),
      remedy: say('bring it back or take it out of etcd first'),
    });
  }
  const corrupt = rows.find((row) => row.alarms.includes('CORRUPT'));
  if (corrupt !== undefined) {
    blockers.push({
      message: say('etcd says that the data of {0} are damaged (alarm CORRUPT)', nameOf(corrupt)),
      remedy: say('take that member out and let it join again; defragmenting does not mend it'),
    });
  }
  const alarms = rows.flatMap((row) => row.alarms.map((alarm): EtcdAlarm => ({ memberId: row.id, alarm })));
  const full = alarms.filter((each) => each.alarm === 'NOSPACE');
  if (full.length > 0 && !disarm) {
    warnings.push({
      message: say('the alarm NOSPACE stays until it is disarmed: etcd refuses writes'),
      remedy: say('choose to disarm it as well'),
    });
  }
  const ordered = [...rows.filter((row) => !row.leads), ...rows.filter((row) => row.leads)];
  const wasted = ordered.map(({ facts: own }) => (own === undefined ? 0 : own.databaseBytes - own.usedBytes));
  const worth = ordered.some(({ facts: own }) => {
    return own !== undefined && own.databaseBytes > worthBytes && own.usedBytes < own.databaseBytes * worthRatio;
  });
  if (!worth && full.length === 0 && blockers.length === 0) {
    warnings.push({
      message: say('little would be won: at most {0} KiB on a member', Math.round(Math.max(0, ...wasted) / 1024)),
    });
  }
  const asked = ordered.find((row) => row.leads) ?? ordered[0];
  const steps: Step[] = [];
  if (disarm && full.length > 0 && asked?.host !== undefined) {
    const revision = asked.facts?.revision ?? '0';
    steps.push({
      id: `compact@${asked.host}`,
      host: asked.host,
      title: say('Forget the history before revision {0}, so that there is something to give back', revision),
      risk: 'change',
      ...marked(
        asked.host,
        `defragment-${stamp}-compact`,
        etcdPost(distribution, 'kv/compaction', { revision, physical: true }, 60),
      ),
    });
  }
  for (const row of ordered) {
    if (row.host === undefined) {
      blockers.push({
        message: say('no node of the inventory carries the member {0}', nameOf(row)),
        remedy: say('add it to the inventory'),
      });
      continue;
    }
    steps.push(
      {
        id: `defragment@${row.host}`,
        host: row.host,
        title: row.leads
          ? say(
              'Defragment {0}, which leads and comes last ({1} of {2} members answer meanwhile)',
              nameOf(row),
              rows.length - 1,
              rows.length,
            )
          : say('Defragment {0} ({1} of {2} members answer meanwhile)', nameOf(row), rows.length - 1, rows.length),
        risk: 'change',
        quorum: rows.length > 2 && !row.learner ? { stops: [row.host] } : {},
        ...marked(
          row.host,
          `defragment-${stamp}-${row.host}`,
          etcdPost(distribution, 'maintenance/defragment', {}, 120),
        ),
      },
      {
        id: `answers@${row.host}`,
        host: row.host,
        title: say('Wait until {0} takes part again', nameOf(row)),
        risk: 'read',
        waitFor: {
          host: row.host,
          command: etcdPost(distribution, 'maintenance/status'),
          yesWhen: { all: [{ stdoutMatches: '"leader":"[1-9]' }, { stdoutLacks: 'etcdserver: no leader' }] },
          withinSec: 60,
        },
      },
    );
  }
  if (disarm && full.length > 0 && asked?.host !== undefined) {
    for (const { memberId } of full) {
      steps.push({
        id: `disarm-${hexId(memberId)}@${asked.host}`,
        host: asked.host,
        title: say('Disarm the alarm NOSPACE of {0}', hexId(memberId)),
        risk: 'change',
        run: etcdPost(distribution, 'maintenance/alarm', {
          action: 'DEACTIVATE',
          memberID: memberId,
          alarm: 'NOSPACE',
        }),
        done: {
          host: asked.host,
          command: etcdPost(distribution, 'maintenance/alarm', { action: 'GET' }),
          yesWhen: { all: [{ stdoutMatches: '^\\{' }, { stdoutLacks: `"${memberId}"` }, { stdoutLacks: '"error"' }] },
          withinSec: 10,
        },
      });
    }
  }
  return {
    ...base(state, 'defragment'),
    title: say('Defragment the members of {0}, one after another', state.cluster.name),
    blockers,
    warnings,
    steps: blockers.length > 0 ? [] : steps,
  };
}

const answerScript = `answer=$("$@") || exit 1
printf '%s\\n' "$answer"
case $answer in *'"error"'*|'') exit 1;; esac`;

/** etcd's refusals are JSON with exit code 0, so the mark is left only for an answer without one. */
function marked(host: string, name: string, command: Command): { readonly run: Command; readonly done: Probe } {
  const checked: Command = { ...command, argv: ['sh', '-c', answerScript, 'sh', ...command.argv] };
  return { run: withMark(checked, name), done: markSeen(host, name) };
}

function nameOf(row: MemberRow | undefined): string {
  return row === undefined ? '' : row.name === '' ? hexId(row.id) : row.name;
}
