import { say } from '../base/message';
import type { Distribution } from '../model/inventory/inventory';
import type { Command, Probe } from './command';
import { type EtcdAlarm, etcdPost, hexId } from './commands/etcd-gateway';
import { markSeen, withMark } from './commands/mark';
import { type MemberFacts, type MemberRow, memberRows, nameOfMember, unlisted } from './etcd-members';
import { membersOutlook } from './outlook';
import type { Concern, Plan, Step } from './plan';
import type { ClusterState } from './status/cluster-state';

/** A database file of which less than this part is in use is worth the pause; below this size nobody notices either. */
const worthRatio = 0.7;
const worthBytes = 64 * 1024 * 1024;

interface DefragmentParameters {
  readonly stamp: string;
  /** Also disarms a NOSPACE alarm, after compacting the history at the present revision. */
  readonly disarm: boolean;
}

/** What a plan is made of: whose turn it is when, and what is to be disarmed. */
interface DefragmentWork {
  readonly distribution: Distribution;
  readonly stamp: string;
  /** The leader last. */
  readonly ordered: readonly MemberRow[];
  readonly full: readonly EtcdAlarm[];
  /** The node that answers for the whole cluster when the alarm is disarmed; undefined where it is not to be. */
  readonly asked: (MemberRow & { readonly host: string }) | undefined;
}

/**
 * Gives the disk back what deleted keys hold, on one member after another, the leader last: each pauses while it works.
 * A NOSPACE alarm goes only when history is compacted, every member has room, and it is disarmed, in this order.
 */
export function planDefragment(state: ClusterState, facts: MemberFacts, { stamp, disarm }: DefragmentParameters): Plan {
  const rows = memberRows(state, facts);
  const ordered = [...rows.filter((row) => !row.leads), ...rows.filter((row) => row.leads)];
  const full = rows
    .flatMap((row) => row.alarms.map((alarm): EtcdAlarm => ({ memberId: row.id, alarm })))
    .filter((each) => each.alarm === 'NOSPACE');
  const spokesman = ordered.find((row) => row.leads) ?? ordered[0];
  const asked =
    disarm && full.length > 0 && spokesman?.host !== undefined ? { ...spokesman, host: spokesman.host } : undefined;
  const blockers = blockersOf(ordered);
  const warnings = warningsOf(ordered, { isFull: full.length > 0, disarm, isBlocked: blockers.length > 0 });
  const work: DefragmentWork = { distribution: state.cluster.distribution, stamp, ordered, full, asked };
  const steps =
    blockers.length > 0
      ? []
      : [...compactStep(work), ...ordered.flatMap((row) => stepsFor(row, work)), ...disarmSteps(work)];
  return {
    operation: 'defragment',
    cluster: state.cluster.name,
    title: say('Defragment the members of {0}, one after another', state.cluster.name),
    blockers,
    warnings,
    outlook: membersOutlook(state, steps),
    steps,
    wayBack: [],
    destructive: false,
  };
}

function blockersOf(rows: readonly MemberRow[]): Concern[] {
  const blockers: Concern[] = [];
  if (rows.length === 0) blockers.push(unlisted);
  const dead = rows.find((row) => row.facts === undefined);
  if (dead !== undefined) {
    blockers.push({
      message: say('{0} does not answer: while one member pauses, the others must be there', nameOfMember(dead)),
      remedy: say('bring it back or take it out of etcd first'),
    });
  }
  const corrupt = rows.find((row) => row.alarms.includes('CORRUPT'));
  if (corrupt !== undefined) {
    blockers.push({
      message: say('etcd says that the data of {0} are damaged (alarm CORRUPT)', nameOfMember(corrupt)),
      remedy: say('take that member out and let it join again; defragmenting does not mend it'),
    });
  }
  for (const row of rows) {
    if (row.host !== undefined) continue;
    blockers.push({
      message: say('no node of the inventory carries the member {0}', nameOfMember(row)),
      remedy: say('add it to the inventory'),
    });
  }
  return blockers;
}

interface Circumstances {
  readonly isFull: boolean;
  readonly disarm: boolean;
  readonly isBlocked: boolean;
}

function warningsOf(rows: readonly MemberRow[], { isFull, disarm, isBlocked }: Circumstances): Concern[] {
  const warnings: Concern[] = [];
  if (isFull && !disarm) {
    warnings.push({
      message: say('the alarm NOSPACE stays until it is disarmed: etcd refuses writes'),
      remedy: say('choose to disarm it as well'),
    });
  }
  const wasted = rows.map(({ facts }) => (facts === undefined ? 0 : facts.databaseBytes - facts.usedBytes));
  const isWorthIt = rows.some(({ facts }) => {
    return (
      facts !== undefined && facts.databaseBytes > worthBytes && facts.usedBytes < facts.databaseBytes * worthRatio
    );
  });
  if (!isWorthIt && !isFull && !isBlocked) {
    warnings.push({
      message: say('little would be won: at most {0} KiB on a member', Math.round(Math.max(0, ...wasted) / 1024)),
    });
  }
  return warnings;
}

function compactStep({ distribution, stamp, asked }: DefragmentWork): Step[] {
  if (asked === undefined) return [];
  const revision = asked.facts?.revision ?? '0';
  return [
    {
      id: `compact@${asked.host}`,
      host: asked.host,
      title: say('Forget the history before revision {0}, so that there is something to give back', revision),
      risk: 'change',
      ...marked(
        asked.host,
        `defragment-${stamp}-compact`,
        etcdPost(distribution, 'kv/compaction', { revision, physical: true }, 60),
      ),
    },
  ];
}

function stepsFor(row: MemberRow, { distribution, stamp, ordered }: DefragmentWork): Step[] {
  const { host } = row;
  if (host === undefined) return [];
  const [others, all] = [ordered.length - 1, ordered.length];
  return [
    {
      id: `defragment@${host}`,
      host,
      title: row.leads
        ? say(
            'Defragment {0}, which leads and comes last ({1} of {2} members answer meanwhile)',
            nameOfMember(row),
            others,
            all,
          )
        : say('Defragment {0} ({1} of {2} members answer meanwhile)', nameOfMember(row), others, all),
      risk: 'change',
      quorum: all > 2 && !row.learner ? { stops: [host] } : {},
      ...marked(host, `defragment-${stamp}-${host}`, etcdPost(distribution, 'maintenance/defragment', {}, 120)),
    },
    {
      id: `answers@${host}`,
      host,
      title: say('Wait until {0} takes part again', nameOfMember(row)),
      risk: 'read',
      waitFor: {
        host,
        command: etcdPost(distribution, 'maintenance/status'),
        yesWhen: { all: [{ stdoutMatches: '"leader":"[1-9]' }, { stdoutLacks: 'etcdserver: no leader' }] },
        withinSec: 60,
      },
    },
  ];
}

function disarmSteps({ distribution, full, asked }: DefragmentWork): Step[] {
  if (asked === undefined) return [];
  return full.map(({ memberId }) => ({
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
      yesWhen: { all: [{ stdoutMatches: '^\\{' }, { stdoutLacks: `"${memberId}"` }, { stdoutLacks: '"code"' }] },
      withinSec: 10,
    },
  }));
}

const answerScript = `answer=$("$@") || exit 1
printf '%s\\n' "$answer"
case $answer in *'revision has been compacted'*) exit 0;; *'"code"'*|'') exit 1;; esac`;

/**
 * etcd's refusals are JSON with exit code 0, so the mark is left only for an answer without one. One has a "code"; only up to
 * etcd 3.5 it has an "error" too. History that is forgotten already, by an earlier try or by the API server, which does so
 * every five minutes, is what a compaction wants.
 */
function marked(host: string, name: string, command: Command): { readonly run: Command; readonly done: Probe } {
  const checked: Command = { ...command, argv: ['sh', '-c', answerScript, 'sh', ...command.argv] };
  return { run: withMark(checked, name), done: markSeen(host, name) };
}
