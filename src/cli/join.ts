import { resolve } from 'node:path';
import { say } from '../base/message';
import type { K3sAnalysis } from '../model/k3s/analysis';
import { settingsByKey } from '../model/k3s/settings-by-key';
import type { JoinPrograms } from '../ops/commands/install-k3s';
import { planJoin } from '../ops/join/join';
import type { JoinParameters } from '../ops/join/join-work';
import { type ClusterFiles, filesThatSendTo, pushFiles } from '../ops/repository-files';
import { newStamp } from '../run/stamp';
import { clusterFiles, lintConcerns } from './cluster-files';
import { slashed } from './load';
import { type OpenSite, UsageError } from './site';
import { type CliOperation, localFile, nodesOf, type Wishes } from './wishes';

/** `haven run join NODE`: lets a machine of the inventory into the cluster. */
export const join: CliOperation = {
  usage: 'join NODE [--k3s FILE --installer FILE|--online]',
  plan: async (site, state, wishes, signal) => {
    const { askBeforeJoin } = await import('../run');
    const [host = ''] = nodesOf(state, wishes, 1);
    const machine = state.cluster.nodes.find((each) => each.name === host);
    if (machine === undefined) throw new UsageError(say('no node "{0}"', host));
    const programs = await programsFor(wishes);
    const files = await clusterFiles(site);
    const config = k3sConfigOf(site, files, host);
    const { members, ...answers } = await askBeforeJoin(site.hosts, state, machine, config?.settings, signal);
    const own = pushFiles(files).filter((each) => each.host === host && each.kind === 'k3s');
    return planJoin(state, members, {
      ...answers,
      stamp: newStamp(),
      host,
      programs,
      config,
      inBackends: filesThatSendTo(files, machine.address),
      concerns: lintConcerns(site, own),
    });
  },
};

/** How k3s gets onto a machine: it is there, it is sent from here, or the machine downloads it. */
export async function programsFor({ k3s, installer, online }: Wishes): Promise<JoinPrograms> {
  if (online && (k3s !== undefined || installer !== undefined))
    throw new UsageError(say('say where k3s comes from: --k3s FILE --installer FILE, or --online, or neither'));
  if (online) return { from: 'online' };
  if (k3s === undefined && installer === undefined) return { from: 'machine' };
  if (k3s === undefined || installer === undefined)
    throw new UsageError(say('--k3s and --installer go together: the installer writes the unit'));
  return { from: 'files', k3s: await localFile(resolve(k3s)), installer: await localFile(resolve(installer)) };
}

/** The k3s file that the inventory gives a machine, with its settings as the language side reads them. */
export function k3sConfigOf(
  { workspace }: OpenSite,
  { targets, files }: ClusterFiles,
  host: string,
): JoinParameters['config'] {
  const target = targets.find((each) => each.host === host && each.kind === 'k3s');
  const file = target === undefined ? undefined : files.get(target.file);
  if (target === undefined || file === undefined) return undefined;
  const analysis = workspace.file(slashed(file.localPath))?.analysis as K3sAnalysis | undefined;
  return { file, name: target.file, settings: settingsByKey(analysis?.settings ?? []) };
}
