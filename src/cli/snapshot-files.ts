import { existsSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { say } from '../base/message';
import {
  planDeleteSnapshots,
  planDownloadSnapshot,
  planSendSnapshot,
  type SnapshotOnNode,
  snapshotGroups,
  toPrune,
} from '../ops/snapshot-files';
import type { ClusterState } from '../ops/status/cluster-state';
import { copiesFolder } from '../run/own-folders';
import { newStamp } from '../run/stamp';
import { outsideWorkTrees } from './backup';
import { ofNodes, placeOf } from './restore';
import { UsageError } from './site';
import { type CliOperation, nodesOf } from './wishes';

/** The snapshot of that name or place, which must lie on a node. */
async function onNode(state: ClusterState, word: string | undefined): Promise<SnapshotOnNode> {
  const { host, path } = await placeOf(state, word === undefined ? [] : [word]);
  if (host === undefined) throw new UsageError(say('{0} lies on this machine, not on a node', path));
  return { host, path };
}

export const download: CliOperation = {
  usage: 'download-snapshot NAME|NODE:PATH TO [--into-work-tree]',
  plan: async (_site, state, { words, intoWorkTree }) => {
    const [word, to, more] = words;
    if (to === undefined || more !== undefined) throw new UsageError(say('name a snapshot, and where it goes here'));
    const from = await onNode(state, word);
    const target = await outsideWorkTrees(to, intoWorkTree);
    const isFolder = existsSync(target) && statSync(target).isDirectory();
    return planDownloadSnapshot(state, from, isFolder ? join(target, basename(from.path)) : target);
  },
};

export const send: CliOperation = {
  usage: 'send-snapshot NAME|NODE:PATH|FILE NODE',
  plan: async ({ hosts }, state, { words }, signal) => {
    const { bringSnapshot } = await import('../run');
    const [word, node, more] = words;
    if (node === undefined || more !== undefined)
      throw new UsageError(say('name a snapshot, and the node that it goes to'));
    const [host = ''] = nodesOf(state, { words: [node] }, 1);
    const place = await placeOf(state, word === undefined ? [] : [word]);
    const to = { folder: copiesFolder(), stamp: newStamp(), here: hostname() };
    const local = await bringSnapshot(hosts, state.cluster, place, to, () => {}, signal);
    const name = basename(place.path).replace(/\.zip$/, '');
    const file = { localPath: local.path, sha256: local.sha256, bytes: local.bytes };
    const plan = planSendSnapshot(state, host, name, file);
    if (plan.steps.length === 0) await local.remove();
    return plan;
  },
};

export const remove: CliOperation = {
  usage: 'delete-snapshots NAME|NODE:PATH…',
  plan: async (_site, state, { words }) => {
    if (words.length === 0) throw new UsageError(say('name the snapshots'));
    return planDeleteSnapshots(state, await Promise.all(words.map((each) => onNode(state, each))));
  },
};

export const prune: CliOperation = {
  usage: 'prune-snapshots GROUP --keep N',
  plan: async (_site, state, { words, keep }) => {
    const [group, more] = words;
    const groups = [...snapshotGroups(state).keys()];
    if (group === undefined || more !== undefined || !groups.includes(group))
      throw new UsageError(ofNodes(state, say('name one group of: {0}', groups.join(', ') || '-')));
    if (keep === undefined || !/^[1-9]\d{0,3}$/.test(keep))
      throw new UsageError(say('--keep wants a number from 1 to 9999'));
    return planDeleteSnapshots(state, toPrune(state, group, Number(keep)));
  },
};
