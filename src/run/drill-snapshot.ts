import type { HostCluster } from '../ops/host';
import { type DrillReport, drillCommand, parseDrill } from '../ops/restore/drill';
import type { SnapshotPlace } from './ask-restore';
import type { Hosts } from './hosts';
import type { LocalSnapshot } from './read-snapshot';
import { runHere } from './run-here';

/**
 * Lets a scratch etcd start on a snapshot, beside everything else and on a port of its own: on this machine, or on the node
 * where the snapshot lies. What it holds is compared with what the file says.
 */
export async function drillSnapshot(
  hosts: Pick<Hosts, 'connect'>,
  { nodes }: Pick<HostCluster, 'nodes'>,
  { host, path }: SnapshotPlace,
  local: LocalSnapshot,
  where: 'here' | 'node',
  signal: AbortSignal,
): Promise<DrillReport> {
  const node = nodes.find((each) => each.name === host);
  if (where === 'here' || node === undefined) {
    const { stdout, stderr } = await runHere(drillCommand(local.path, local.content, false), signal);
    return parseDrill(stdout, local.content, stderr);
  }
  const { argv, root, timeoutSec } = drillCommand(path, local.content, true);
  const transport = await hosts.connect(node, signal);
  const { stdout, stderr } = await transport.exec({ argv: argv.map(String), root, timeoutSec }, signal);
  return parseDrill(stdout, local.content, stderr);
}
