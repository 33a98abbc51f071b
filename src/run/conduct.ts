import { randomBytes } from 'node:crypto';
import { say } from '../base/message';
import type { Secret } from '../base/secret';
import { timeWords } from '../base/time-words';
import type { HostCluster, HostNode } from '../ops/host';
import type { Concern, Plan } from '../ops/plan';
import { askCluster } from './ask-cluster';
import { claimRun } from './claim';
import { type ClusterLock, lockCluster } from './cluster-lock';
import { execute, type RunResult, undo } from './executor';
import type { Hosts } from './hosts';
import { isUnfinished, listRuns, openJournal, type RunRecord, readRun } from './journal';
import type { LockInfo } from './lock';
import { membersOf } from './quorum';
import { reach } from './reach';
import type { RunDeps } from './run-deps';
import { removeCopies, tidy } from './tidy';
import { HereError, type Transport } from './transport';

/** Where a run takes place, and on whose behalf. */
export interface Site {
  readonly cluster: HostCluster;
  /** Tells clusters of the same name apart: see `siteKey`. */
  readonly key: string;
  readonly vips: readonly string[];
  readonly hosts: Pick<Hosts, 'status'> & { connect(node: HostNode, signal?: AbortSignal): Promise<Transport> };
  /** The folder of the journals. */
  readonly folder: string;
  /** The folder of copies that runs send: those of a run that is over are removed. Absent where there is none. */
  readonly copies?: string;
  /** The name that others are shown while the run holds the lock. */
  readonly who: string;
}

/** What the adapter does for a run: shows it, and asks the person before it. */
export interface Front extends Pick<RunDeps, 'onEvent' | 'confirm'> {
  /** What the person typed as the name of the cluster; destructive plans do not run without. */
  readonly typedName?: string;
  /** Those that `secretsOf(plan)` names. */
  readonly secrets?: ReadonlyMap<string, Secret>;
  /** Asks whether the lock of a run that is surely dead is taken over. */
  takeOver?(by: LockInfo | undefined, host: string): Promise<boolean>;
}

export type Conducted =
  | {
      readonly kind: 'ended';
      /** The id of the run: the name of its journal. */
      readonly run: string;
      readonly result: RunResult;
      /** Where the lock could not be freed. */
      readonly lockLeft: readonly Concern[];
    }
  /** Another run has the lock. */
  | { readonly kind: 'taken'; readonly by: LockInfo | undefined; readonly host: string }
  /** Another window or command of this machine works on the very run. */
  | { readonly kind: 'elsewhere' };

/** Goes on with an earlier run, or takes it back. */
export interface Earlier {
  readonly record: RunRecord;
  readonly act: 'resume' | 'undo';
}

/**
 * Runs a plan that the person has agreed to: under the lock of the cluster, with a journal that survives a crash.
 * @throws TransportError, HostError or HereError when it cannot begin: nothing was done then
 * @throws Error when a destructive plan comes without the typed name, or a plan has blockers
 */
export async function conduct(
  plan: Plan,
  site: Site,
  front: Front,
  signal: AbortSignal,
  earlier?: Earlier,
): Promise<Conducted> {
  const isFresh = earlier === undefined;
  if (isFresh && plan.destructive && front.typedName !== plan.cluster) {
    throw new Error('a destructive plan needs the name of the cluster, typed by a person');
  }
  const run = earlier?.record.id ?? runId(plan.operation, Date.now());
  const release = await claimRun(site.folder, run);
  if (release === undefined) return { kind: 'elsewhere' };
  try {
    const info = { run, who: site.who, what: plan.operation, sinceMs: Date.now() };
    const connect = site.hosts.connect.bind(site.hosts);
    const takeOver = front.takeOver && { takeOver: front.takeOver };
    const lock = await lockCluster(site.cluster, info, { connect, sleep, ...takeOver }, signal);
    if (lock.kind === 'taken') return lock;
    let lockLeft: readonly Concern[] = [];
    let result: RunResult;
    try {
      if (isFresh) await refuseTwice(plan, site.folder);
      const record = isFresh ? undefined : await asItIsNow(site.folder, earlier);
      const deps = await depsOf(site, front, run, lock);
      if (record === undefined) result = await execute(plan, deps, signal, { site: site.key });
      else if (earlier?.act === 'undo') result = await undo(record, deps, signal);
      else result = await execute(record.plan, deps, signal, { resume: record });
    } finally {
      lockLeft = await lock.free();
    }
    await tidyAfter(plan, site, result);
    return { kind: 'ended', run, result, lockLeft };
  } finally {
    release();
  }
}

/** Since the run was shown, another window may have gone on with it, or taken it back. */
async function asItIsNow(folder: string, { record: { id }, act }: Earlier): Promise<RunRecord> {
  const record = await readRun(folder, id);
  if (act === 'resume' ? isUnfinished(record) : record.outcome !== 'undone') return record;
  throw new HereError(say('{0} is over by now: somebody went on with it elsewhere; look at the runs again', id));
}

/**
 * What a run leaves on the nodes tells it what is done already, and bears the name of its plan. The same plan once more, from
 * a file in which it was saved, would take all of that for its own and do nothing, or half of it.
 */
async function refuseTwice(plan: Plan, folder: string): Promise<void> {
  const text = JSON.stringify(plan);
  if (!/\/var\/lib\/haven\/(?!snapshots\b)/.test(text)) return;
  const before = (await listRuns(folder)).find((each) => JSON.stringify(each.plan) === text);
  if (before === undefined) return;
  throw new HereError(
    isUnfinished(before)
      ? say('this very plan has begun already, as {0}; go on with that run, or plan the operation again', before.id)
      : say('this very plan has been run already, as {0}; plan the operation again', before.id),
  );
}

/** What a run that is over has sent nobody needs any more; one that broke off sends it again when it is gone on with. */
async function tidyAfter(plan: Plan, { folder, copies }: Site, { outcome }: RunResult): Promise<void> {
  if (copies === undefined) return;
  if (outcome === 'done' || outcome === 'undone') await removeCopies(copies, plan);
  // What became of the run counts more than a file that could not be tidied away; the next run tries again.
  await tidy(folder, copies, Date.now()).catch(() => {});
}

/** `20261121-031500-snapshot-1f3a`: when, what, and four letters so that two operators never share one. */
function runId(operation: string, nowMs: number): string {
  return `${timeWords(nowMs)}-${operation.replace(/[^A-Za-z0-9-]/g, '-')}-${randomBytes(2).toString('hex')}`;
}

async function depsOf(
  site: Site,
  front: Front,
  run: string,
  lock: Extract<ClusterLock, { readonly kind: 'held' }>,
): Promise<RunDeps> {
  const { cluster, hosts } = site;
  const nodeOf = (name: string) => {
    const node = cluster.nodes.find((each) => each.name === name);
    if (node === undefined) throw new Error(`${name} is not a node of ${cluster.name}`);
    return node;
  };
  return {
    connect: async (name, signal) => {
      const node = nodeOf(name);
      const line = await hosts.connect(node, signal);
      await lock.keep(node, line, signal);
      return line;
    },
    journal: await openJournal(site.folder, run),
    now: steadyClock(),
    sleep,
    reach,
    members: async (signal) => membersOf(await askCluster(hosts, cluster, site.vips, signal)),
    onEvent: front.onEvent,
    ...(front.confirm && { confirm: front.confirm }),
    ...(front.secrets && { secrets: front.secrets }),
  };
}

/**
 * Milliseconds since 1970 that no setting of the clock moves: a wait must end neither early nor an hour late because this
 * machine was told the right time, or slept, in the middle of it.
 */
function steadyClock(): () => number {
  const begun = Date.now() - performance.now();
  return () => Math.round(begun + performance.now());
}

/** Ends early, without an error, when it is cancelled. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
