import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { say } from '../base/message';
import { planRenewCertificates } from '../ops/certificates';
import { planDefragment } from '../ops/defragment';
import { planDrain, planUncordon } from '../ops/drain';
import { memberRows } from '../ops/etcd-members';
import type { LocalFile } from '../ops/local-file';
import type { Plan } from '../ops/plan';
import { planPush, usualConfirmSec } from '../ops/push-config';
import { planReaddMember } from '../ops/readd-member';
import { planRemoveMember } from '../ops/remove-member';
import { planRemove } from '../ops/remove-node';
import { filesThatSendTo } from '../ops/repository-files';
import { planDiscard, stampOfRestore } from '../ops/restore/plan-discard';
import { planRolling } from '../ops/rolling';
import type { UpgradePrograms } from '../ops/rolling-steps';
import { planSnapshot, snapshotName } from '../ops/snapshot';
import type { ClusterState } from '../ops/status/cluster-state';
import { isRelease } from '../ops/version-skew';
import { newStamp } from '../run/stamp';
import { backup } from './backup';
import { chosenFiles, clusterFiles, lintConcerns } from './cluster-files';
import { failoverDrill } from './failover-drill';
import { join } from './join';
import { restore } from './restore';
import { schedule } from './schedule';
import { type OpenSite, UsageError } from './site';
import { download, prune, remove, send } from './snapshot-files';
import { type CliOperation, localFile, nodesOf, type Wishes } from './wishes';

/** Operations that the command line can plan by itself; every other plan can be saved in the editor and run from its file. */
export const operations: Readonly<Record<string, CliOperation>> = {
  snapshot: {
    usage: 'snapshot [--name NAME] [--no-s3]',
    plan: async (_site, state, { name, noS3 }) =>
      planSnapshot(state, name ?? snapshotName(Date.now()), noS3 ? 'here' : undefined),
  },
  restore,
  backup,
  join,
  drain: { usage: 'drain NODE…', plan: (site, state, wishes, signal) => pods(site, state, wishes, signal, planDrain) },
  uncordon: {
    usage: 'uncordon NODE…',
    plan: (site, state, wishes, signal) => pods(site, state, wishes, signal, planUncordon),
  },
  restart: {
    usage: 'restart NODE… [--no-drain]',
    plan: (site, state, wishes, signal) => roll(site, state, wishes, signal, undefined),
  },
  upgrade: {
    usage: 'upgrade NODE… --release V [--k3s FILE|--online|--programs DIR] [--no-drain]',
    plan: async (site, state, wishes, signal) => roll(site, state, wishes, signal, await programs(state, wishes)),
  },
  remove: {
    usage: 'remove NODE [--no-drain] [--uninstall]',
    plan: async (site, state, wishes, signal) => {
      const { askMembers, askNodes } = await import('../run');
      const { hosts } = site;
      const [host = ''] = nodesOf(state, wishes, 1);
      const address = state.cluster.nodes.find((each) => each.name === host)?.address ?? '';
      return planRemove(state, await askMembers(hosts, state, signal), {
        stamp: newStamp(),
        host,
        nodes: await askNodes(hosts, state, signal),
        drain: !wishes.noDrain,
        uninstall: wishes.uninstall,
        inBackends: filesThatSendTo(await clusterFiles(site), address),
      });
    },
  },
  push: {
    usage: 'push [FILE…]',
    plan: async (site, state, { words }, signal) => {
      const { askConfigs } = await import('../run');
      const files = chosenFiles(await clusterFiles(site), words);
      const facts = await askConfigs(site.hosts, state, files, signal);
      const concerns = lintConcerns(site, files);
      return planPush(state, facts, { stamp: newStamp(), files, confirmSec: usualConfirmSec, concerns });
    },
  },
  'schedule-snapshots': schedule,
  'download-snapshot': download,
  'send-snapshot': send,
  'delete-snapshots': remove,
  'prune-snapshots': prune,
  'renew-certificates': {
    usage: 'renew-certificates NODE…',
    plan: async ({ hosts }, state, wishes, signal) => {
      const { askCertificates } = await import('../run');
      const names = nodesOf(state, wishes);
      const facts = await askCertificates(hosts, state, signal);
      return planRenewCertificates(state, facts, { stamp: newStamp(), hosts: names });
    },
  },
  'failover-drill': failoverDrill,
  'remove-member': {
    usage: 'remove-member NODE|ID',
    plan: async ({ hosts }, state, { words }, signal) => {
      const { askMembers, askNodes } = await import('../run');
      const facts = await askMembers(hosts, state, signal);
      const [wanted] = words;
      const rows = memberRows(state, facts);
      const row = rows.find((each) => wanted !== undefined && [each.id, each.name, each.host].includes(wanted));
      if (row === undefined)
        throw new UsageError(
          say('no etcd member "{0}"; there are: {1}', wanted ?? '', rows.map((each) => each.name).join(', ')),
        );
      return planRemoveMember(state, facts, { id: row.id, nodes: await askNodes(hosts, state, signal) });
    },
  },
  'add-member': {
    usage: 'add-member NODE',
    plan: async ({ hosts }, state, wishes, signal) => {
      const { askMembers } = await import('../run');
      const [host = ''] = nodesOf(state, wishes, 1);
      return planReaddMember(state, await askMembers(hosts, state, signal), { stamp: newStamp(), host });
    },
  },
  'discard-restore': {
    usage: 'discard-restore RUN',
    plan: async ({ key }, _state, { words: [id] }) => {
      const { listRuns, runsFolder } = await import('../run');
      const record = (await listRuns(runsFolder())).find((each) => each.id === id && each.site === key);
      const stamp = record === undefined ? undefined : stampOfRestore(record.plan);
      if (record === undefined || stamp === undefined || (record.outcome !== 'done' && record.outcome !== 'undone'))
        throw new UsageError(say('no restore "{0}" of this cluster that is over; "haven runs" lists them', id ?? ''));
      return planDiscard(record.plan, stamp);
    },
  },
  defragment: {
    usage: 'defragment',
    plan: async ({ hosts }, state, _wishes, signal) => {
      const { askMembers } = await import('../run');
      const facts = await askMembers(hosts, state, signal);
      const disarm = [...facts.values()].some((each) => each.alarms.some(({ alarm }) => alarm === 'NOSPACE'));
      return planDefragment(state, facts, { stamp: newStamp(), disarm });
    },
  },
};

async function pods(
  { hosts }: OpenSite,
  state: ClusterState,
  wishes: Wishes,
  signal: AbortSignal,
  plan: typeof planDrain,
): Promise<Plan> {
  const { askNodes } = await import('../run');
  return plan(state, {
    stamp: newStamp(),
    hosts: nodesOf(state, wishes),
    nodes: await askNodes(hosts, state, signal),
  });
}

async function roll(
  { hosts }: OpenSite,
  state: ClusterState,
  wishes: Wishes,
  signal: AbortSignal,
  upgrade: UpgradePrograms | undefined,
): Promise<Plan> {
  const { askNodes } = await import('../run');
  return planRolling(state, {
    stamp: newStamp(),
    hosts: nodesOf(state, wishes),
    nodes: await askNodes(hosts, state, signal),
    drain: !wishes.noDrain,
    ...(upgrade !== undefined && { upgrade }),
  });
}

async function programs({ cluster }: ClusterState, wishes: Wishes): Promise<UpgradePrograms> {
  const { release, k3s, online, programs: folder } = wishes;
  const isK3s = cluster.distribution === 'k3s';
  if (release === undefined || !isRelease(release, cluster.distribution))
    throw new UsageError(say('--release wants a release like {0}', isK3s ? 'v1.34.1+k3s1' : 'v1.34.1'));
  const files = new Map<string, LocalFile>();
  if (!isK3s) {
    if (online || k3s !== undefined)
      throw new UsageError(say('--k3s and --online are for k3s; a kubeadm cluster takes --programs DIR'));
    // Without a folder, the nodes must have the programs already; the plan says where they do not.
    for (const name of folder === undefined ? [] : ['kubeadm', 'kubelet', 'kubectl'])
      if (existsSync(resolve(folder ?? '', name)))
        files.set(`/usr/bin/${name}`, await localFile(resolve(folder ?? '', name)));
    if (folder !== undefined && files.size === 0)
      throw new UsageError(say('{0} has none of kubeadm, kubelet and kubectl', folder));
    return { release, files, online: false };
  }
  if (online === (k3s !== undefined)) throw new UsageError(say('say where k3s comes from: --k3s FILE or --online'));
  if (k3s !== undefined) files.set('/usr/local/bin/k3s', await localFile(resolve(k3s)));
  return { release, files, online };
}
