import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type NodeConfig, parseConfig, readConfigCommand } from '../ops/commands/config-file';
import { type ConfigTarget, unitOf } from '../ops/config-target';
import type { HostCluster, HostNode } from '../ops/host';
import type { ClusterFiles, RepositoryFile } from '../ops/repository-files';
import type { ClusterState } from '../ops/status/cluster-state';
import { askEach } from './ask-cluster';
import type { Hosts } from './hosts';

/** Reads the files that an inventory in `folder` names; what cannot be read is told by its name. */
export async function readClusterFiles(
  folder: string,
  { configs }: HostCluster,
): Promise<Pick<ClusterFiles, 'files' | 'unread'>> {
  const files = new Map<string, RepositoryFile>();
  const unread: string[] = [];
  for (const name of new Set(configs.map((each) => each.file))) {
    const localPath = join(folder, name);
    const content = await readFile(localPath).catch((error: NodeJS.ErrnoException) => {
      if (error.code === undefined) throw error;
      unread.push(name);
      return undefined;
    });
    if (content === undefined) continue;
    files.set(name, {
      localPath,
      text: content.toString('utf8'),
      sha256: createHash('sha256').update(content).digest('hex'),
      bytes: content.length,
    });
  }
  return { files, unread };
}

/**
 * Asks the nodes for their files, the units that read them, and what their doors answer.
 * @throws the signal's reason when it is called off
 */
export function askConfigs(
  hosts: Pick<Hosts, 'connect'>,
  state: ClusterState,
  targets: readonly ConfigTarget[],
  signal: AbortSignal,
): Promise<Map<string, NodeConfig>> {
  const nodes = state.cluster.nodes.filter((node) => targets.some((each) => each.host === node.name));
  const command = (node: HostNode) => {
    const own = targets.filter((each) => each.host === node.name);
    const units = [...new Set(own.flatMap((each) => unitOf(each.kind, node)?.name ?? []))];
    return readConfigCommand({ files: [...new Set(own.map((each) => each.path))], doors: doorsOf(state, node), units });
  };
  return askEach(hosts, nodes, { command, read: parseConfig }, signal);
}

/** Where the API is reached: through the node itself, and behind load balancers at the virtual addresses as well. */
function doorsOf({ cluster, vips }: ClusterState, node: HostNode): readonly string[] {
  const port = /:(\d+)$/.exec(cluster.endpoint ?? '')?.[1] ?? '6443';
  const own = node.roles.includes('agent') ? [] : [`127.0.0.1:${port}`];
  if (!node.roles.includes('loadbalancer')) return own;
  return [...own, ...vips.map(({ address }) => `${address.includes(':') ? `[${address}]` : address}:${port}`)];
}
