import { rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Plan } from '../ops/plan';
import { type ClusterState, statusOf } from '../ops/status/cluster-state';
import type { SnapshotPlace } from '../run';
import { stateFolder, UsageError } from './site';
import { type CliOperation, stampNow } from './wishes';

/** Copies of snapshots that runs still need lie here. */
export const snapshotsFolder = () => join(stateFolder(), 'snapshots');

/** Copies that the plan would send; they hold every secret of the cluster, so they go when nobody needs them any more. */
export function copiesFor({ steps }: Plan): readonly string[] {
  return steps.flatMap((step) =>
    'upload' in step && 'file' in step.upload.content && step.upload.content.file.startsWith(`${snapshotsFolder()}/`)
      ? [step.upload.content.file]
      : [],
  );
}

export async function removeCopies(plan: Plan): Promise<void> {
  for (const path of copiesFor(plan)) await rm(path, { force: true });
}

/** `haven run restore SNAPSHOT`: puts the cluster back to a snapshot that a node or this machine has. */
export const restore: CliOperation = {
  usage: 'restore NAME|NODE:PATH|FILE [--absent NODE…]',
  plan: async ({ hosts }, state, { words, absent }, signal) => {
    const { askRestore, bringSnapshot, sends } = await import('../run');
    const place = await placeOf(state, words);
    const servers = state.cluster.nodes.filter((each) => each.roles.includes('server')).map((each) => each.name);
    const unknown = absent.find((each) => !servers.includes(each));
    if (unknown !== undefined) throw new UsageError(`no server "${unknown}"; there are: ${servers.join(', ')}`);
    const asked = await askRestore(hosts, state, place, signal);
    const stamp = stampNow();
    const to = { folder: snapshotsFolder(), stamp, here: hostname() };
    const local = await bringSnapshot(hosts, state.cluster, place, to, () => {}, signal);
    const { bytes, hash, content } = local;
    const snapshot = { ...place, bytes, hash, content, local };
    const plan = asked.plan(state, { stamp, absent, snapshot });
    if (!sends(plan, local.path)) await local.remove();
    return plan;
  },
};

/**
 * Which snapshot the word means: `NODE:PATH`, the name of one that a node lists, or a file of this machine.
 * @throws UsageError when it means none, or several
 */
async function placeOf(state: ClusterState, [word, more]: readonly string[]): Promise<SnapshotPlace> {
  const listed = state.nodes.flatMap((node) =>
    (statusOf(node)?.snapshots ?? []).map(({ path }) => ({ host: node.node.name, path })),
  );
  const there = listed.map((each) => `  ${each.host}:${each.path}\n`).join('');
  if (word === undefined || more !== undefined) throw new UsageError(`name one snapshot; nodes have:\n${there}`);
  const [, node = '', path = ''] = /^([^:/]+):(\/.+)$/s.exec(word) ?? [];
  if (state.cluster.nodes.some((each) => each.name === node)) return { host: node, path };
  const named = listed.filter((each) => basename(each.path) === word);
  const file = await stat(word).catch(() => undefined);
  const found = [...named, ...(file?.isFile() === true ? [{ host: undefined, path: resolve(word) }] : [])];
  const [one] = found;
  if (one === undefined) throw new UsageError(`no snapshot "${word}"; nodes have:\n${there}`);
  if (found.length > 1) throw new UsageError(`several are called "${word}"; write NODE:PATH:\n${there}`);
  return one;
}
