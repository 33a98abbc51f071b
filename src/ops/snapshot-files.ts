import { say } from '../base/message';
import type { Command, Probe } from './command';
import { makeFolderStep } from './commands/folder';
import { checkSnapshotFile, havenSnapshotFolder } from './commands/snapshot';
import type { LocalFile } from './local-file';
import type { Concern, Plan, Step } from './plan';
import { snapshotFolders } from './snapshot-folders';
import { type ClusterState, statusOf } from './status/cluster-state';
import type { NodeStatus } from './status/node-status';
import { groupOf } from './status/snapshot-group';

/** A snapshot that lies on a node. */
export interface SnapshotOnNode {
  readonly host: string;
  /** Absolute. */
  readonly path: string;
}

/**
 * Whether a path is a file that lies directly in a folder of snapshots. k3s itself follows `../` out of its folder and
 * deletes what it finds there, so nothing else is ever touched by name.
 */
export function isSnapshotPath(path: string, folders: readonly string[]): boolean {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  return folders.includes(path.slice(0, slash)) && isFileName(name);
}

function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0-\x1f\x7f]/.test(name) && !name.endsWith('.part');
}

/**
 * The groups of snapshots in a cluster, each with its files on each node, newest first. One that was dated by a clock that was
 * ahead comes last: it looks newer than whatever was saved since.
 */
export function snapshotGroups(cluster: ClusterState): ReadonlyMap<string, readonly SnapshotOnNode[]> {
  const groups = new Map<string, SnapshotOnNode[]>();
  for (const state of cluster.nodes) {
    const host = state.node.name;
    const folders = snapshotFolders(cluster, host);
    const files = (statusOf(state)?.snapshots ?? [])
      .filter((file) => isSnapshotPath(file.path, folders))
      .toSorted(
        (a, b) =>
          Number(a.fromAhead ?? false) - Number(b.fromAhead ?? false) ||
          b.modifiedSec - a.modifiedSec ||
          (a.path < b.path ? 1 : -1),
      );
    for (const { path } of files) {
      const group = groupOf(path.slice(path.lastIndexOf('/') + 1), statusOf(state)?.hostName ?? host);
      groups.set(group, [...(groups.get(group) ?? []), { host, path }]);
    }
  }
  return groups;
}

/**
 * Those that go when each node keeps the newest `keep` of a group. Of one that a clock dated that was ahead nobody knows how new
 * it is: it stays, and takes the place of none.
 */
export function toPrune(state: ClusterState, group: string, keep: number): readonly SnapshotOnNode[] {
  const files = snapshotGroups(state).get(group) ?? [];
  const hosts = [...new Set(files.map((each) => each.host))];
  const isKnown = ({ host, path }: SnapshotOnNode) => fileOf(state, host, path)?.fromAhead !== true;
  return hosts.flatMap((host) => files.filter((each) => each.host === host && isKnown(each)).slice(Math.max(1, keep)));
}

/** What the state says of a snapshot. */
export function fileOf(
  { nodes }: ClusterState,
  host: string,
  path: string,
): NodeStatus['snapshots'][number] | undefined {
  const node = nodes.find((each) => each.node.name === host);
  return (node && statusOf(node))?.snapshots.find((each) => each.path === path);
}

const deleteScript = `[ -f "$1" ] && [ ! -L "$1" ] || { [ ! -e "$1" ] && exit 0; echo "$1 is no plain file" >&2; exit 1; }
rm -f -- "$1" "\${1%/*}/../.metadata/\${1##*/}"`;

/** Deletes snapshots on their nodes, and says so when none would be left anywhere. */
export function planDeleteSnapshots(state: ClusterState, files: readonly SnapshotOnNode[]): Plan {
  const blockers: Concern[] = files
    .filter((each) => !isSnapshotPath(each.path, snapshotFolders(state, each.host)))
    .map(({ host, path }) => ({
      host,
      message: say('{0} does not lie in a folder of snapshots', path),
      remedy: say('delete it by hand if it shall go'),
    }));
  const left = [...snapshotGroups(state).values()].flat().filter((each) => !files.some((gone) => isSame(each, gone)));
  const warnings: Concern[] =
    files.length > 0 && left.length === 0
      ? [{ message: say('no snapshot is left on any node then'), remedy: say('take one first') }]
      : [];
  const steps = files.map(({ host, path }): Step => {
    const probe: Command = { argv: ['test', '!', '-e', path], root: true, timeoutSec: 20 };
    return {
      id: `delete-${path}@${host}`,
      host,
      title: say('Delete {0}', path),
      risk: 'destroy',
      run: { argv: ['sh', '-c', deleteScript, 'sh', path], root: true, timeoutSec: 60 },
      done: { host, command: probe, yesWhen: { code: 0 }, withinSec: 0 },
    };
  });
  return {
    operation: 'delete-snapshots',
    cluster: state.cluster.name,
    title:
      files.length === 1
        ? say('Delete the snapshot {0}', files[0]?.path.split('/').at(-1) ?? '')
        : say('Delete {0} snapshots of {1}', files.length, state.cluster.name),
    blockers,
    warnings,
    steps: blockers.length > 0 ? [] : steps,
    wayBack: files.length > 0 ? [say('There is none: a deleted snapshot is gone. Copies in S3 stay')] : [],
    destructive: files.length > 0,
  };
}

const isSame = (a: SnapshotOnNode, b: SnapshotOnNode) => a.host === b.host && a.path === b.path;

/** Brings a snapshot to this machine, readable by its owner only. `to` is absolute. */
export function planDownloadSnapshot(state: ClusterState, { host, path }: SnapshotOnNode, to: string): Plan {
  const blockers: Concern[] = isSnapshotPath(path, snapshotFolders(state, host))
    ? []
    : [{ host, message: say('{0} does not lie in a folder of snapshots', path) }];
  return {
    operation: 'download-snapshot',
    cluster: state.cluster.name,
    title: say('Bring {0} from {1} to this machine', path.slice(path.lastIndexOf('/') + 1), host),
    blockers,
    warnings: [
      {
        message: say('it holds every secret of the cluster'),
        remedy: say('keep it like a password; the server token, which k3s needs to restore it, is not in it'),
      },
    ],
    steps:
      blockers.length > 0
        ? []
        : [
            {
              id: `download@${host}`,
              host,
              title: say('Copy it to {0}', to),
              risk: 'read',
              download: { from: { path, root: true }, to },
            },
          ],
    wayBack: [],
    destructive: false,
  };
}

/** Puts a snapshot that lies on this machine, unpacked, onto a node and shows that it is whole there. */
export function planSendSnapshot(state: ClusterState, host: string, name: string, local: LocalFile): Plan {
  const path = `${havenSnapshotFolder}/${name}`;
  const blockers: Concern[] = [];
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/.test(name) || !isSnapshotPath(path, [havenSnapshotFolder])) {
    blockers.push({
      host,
      message: say('"{0}" cannot be the name of a snapshot', name),
      remedy: say('give the file a name of letters, digits, dots and dashes'),
    });
  }
  const there = state.nodes
    .filter((each) => each.node.name === host)
    .some((each) => statusOf(each)?.snapshots.some((file) => file.path === path) === true);
  if (there) {
    blockers.push({
      host,
      message: say('there is a snapshot of this name: {0}', path),
      remedy: say('give the file another name, or delete that one'),
    });
  }
  const whole: Probe = {
    host,
    command: checkSnapshotFile(havenSnapshotFolder, name),
    yesWhen: { stdoutMatches: `^whole \\d+ [0-9a-f]{64} ${path.replace(/[.]/g, '\\.')}$` },
    withinSec: 0,
  };
  const steps: Step[] = [
    makeFolderStep(host, havenSnapshotFolder, '0700'),
    {
      id: `send@${host}`,
      host,
      title: say('Write it to {0}', path),
      risk: 'change',
      upload: {
        content: { file: local.localPath, sha256: local.sha256, bytes: local.bytes },
        path,
        mode: '0600',
        root: true,
      },
    },
    { id: `whole@${host}`, host, title: say('See that it is whole there'), risk: 'read', waitFor: whole },
  ];
  return {
    operation: 'send-snapshot',
    cluster: state.cluster.name,
    title: say('Send the snapshot {0} to {1}', name, host),
    blockers,
    warnings: [],
    steps: blockers.length > 0 ? [] : steps,
    wayBack: blockers.length > 0 ? [] : [say('Delete {0} on {1}', path, host)],
    destructive: false,
  };
}
