import { say } from '../base/message';
import { timeWords } from '../base/time-words';
import { noteTokenHash, type TokenNote, tokenHashIsNoted } from './commands/k3s-token';
import { isSnapshotName, savedInS3, saveK3sSnapshot, saveKubeadmSnapshot, snapshotIsWhole } from './commands/snapshot';
import type { Concern, Plan, Step } from './plan';
import { saveFolder } from './snapshot-folders';
import type { ClusterState, NodeState } from './status/cluster-state';
import { statusOf } from './status/cluster-state';

/** The name of a snapshot taken at `ms` (milliseconds since 1970): `haven-20261121-031500`, in UTC. */
export function snapshotName(ms: number): string {
  return `haven-${timeWords(ms)}`;
}

/**
 * Saves the datastore on one healthy member and proves that the file is whole. Nothing is changed or removed. `here`: not in S3
 * too, where that is set.
 */
export function planSnapshot(state: ClusterState, name: string, where?: 'here'): Plan {
  const { cluster, quorum } = state;
  const member = memberFor(state);
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  if (!isSnapshotName(name)) {
    blockers.push({
      message: say('"{0}" cannot be the name of a snapshot', name),
      remedy: say('use small letters, digits and dashes'),
    });
  }
  // Where the quorum is lost, that is the reason.
  if (member === undefined && quorum?.verdict !== 'lost') {
    blockers.push({
      message: say('no healthy etcd member answered, so there is nothing to take a snapshot of'),
      remedy: say(
        'refresh the cluster and look at what its servers say; with an external datastore, use the tools of that database',
      ),
    });
  }
  if (quorum?.verdict === 'lost') {
    blockers.push({
      message: say('etcd has lost its quorum'),
      remedy: say('bring back a member, or restore from an earlier snapshot'),
    });
  } else if (quorum !== undefined && quorum.failuresLeft === 0) {
    warnings.push({ message: say('the next member that fails takes the quorum with it') });
  }

  const host = member?.node.name ?? '';
  if (where === 'here' && savesToS3(state, host))
    warnings.push({
      message: say('it stays on {0}: it does not go to S3, though the settings there ask for it', host),
      remedy: say('download it, for it is lost with that machine'),
    });
  const taken = member === undefined ? undefined : takenBy(state, member, name);
  if (taken !== undefined) {
    blockers.push({
      host,
      // It would be taken for the new one, and nothing would be saved.
      message: say('there is a snapshot of this name: {0}', taken),
      remedy: say('choose another name'),
    });
  }
  return {
    operation: 'snapshot',
    cluster: cluster.name,
    title:
      member === undefined
        ? say('Take a snapshot of {0}', cluster.name)
        : say('Take a snapshot of {0} on {1}', cluster.name, host),
    blockers,
    warnings,
    steps: blockers.length > 0 ? [] : saveSteps(state, host, name, where),
    wayBack: [],
    destructive: false,
  };
}

/** A file of before that `snapshotIsWhole` would see under this name. */
function takenBy(state: ClusterState, member: NodeState, name: string): string | undefined {
  if (!isSnapshotName(name)) return undefined;
  const own = new RegExp(`^${name}(?:-.*-[0-9].*)?$`);
  const folder = `${saveFolder(state, member.node.name)}/`;
  return statusOf(member)
    ?.snapshots.map((each) => each.path)
    .find((path) => path.startsWith(folder) && own.test(path.slice(folder.length)) && !path.endsWith('.part'));
}

/**
 * Saves what etcd holds on this member, where its distribution keeps snapshots, and notes which token opens it: without that
 * token nobody restores a snapshot of k3s. `here`: on the server alone, whatever becomes of S3, which comes last, so that what
 * is on the server is all there when S3 is not.
 */
export function saveSteps(state: ClusterState, host: string, name: string, where?: 'here'): Step[] {
  const isK3s = state.cluster.distribution === 'k3s';
  const folder = saveFolder(state, host);
  const asksForS3 = isK3s && savesToS3(state, host);
  const goesToS3 = asksForS3 && where !== 'here';
  const save: Step = {
    id: `save-snapshot@${host}`,
    host,
    title:
      asksForS3 && !goesToS3
        ? say('Save etcd snapshot {0} to {1} alone, not to S3, and check that the file is whole', name, folder)
        : say('Save etcd snapshot {0} to {1} and check that the file is whole', name, folder),
    risk: 'change',
    run: isK3s ? saveK3sSnapshot(name, goesToS3 ? 'S3' : where) : saveKubeadmSnapshot(name),
    done: snapshotIsWhole(host, folder, name),
    ...(goesToS3 && { remedies: [{ said: 'S3 client', remedy: aloneRemedy }] }),
  };
  if (!isK3s) return [save];
  const note = noteStep(host, { name, folder });
  return goesToS3 ? [save, note, intoS3Step(host, name)] : [save, note];
}

const aloneRemedy = say(
  'without S3 k3s has saved nothing on the server either; take it on the server alone (--no-s3), or resume when S3 answers',
);

/** Whether k3s on this server is told to send its snapshots to S3. */
function savesToS3({ nodes }: ClusterState, host: string): boolean {
  const node = nodes.find((each) => each.node.name === host);
  return node !== undefined && statusOf(node)?.savesToS3 === true;
}

/** k3s exits with 0 also when the file did not get to S3, and never tries again (k3s-io/k3s #13087): so it is taken once more. */
function intoS3Step(host: string, name: string): Step {
  return {
    id: `see-s3@${host}`,
    host,
    title: say(
      'See that the snapshot has come to S3 too, as the settings of {0} ask for; if not, take it once more',
      host,
    ),
    risk: 'change',
    run: saveK3sSnapshot(name, 'S3'),
    done: savedInS3(host, name),
    remedies: [
      { remedy: say('the one on {0} is whole and stays; resume when S3 answers to take one that goes there', host) },
    ],
  };
}

/** Which server token opens the snapshot, told by its hash: only k3s seals what is inside with it. */
export function noteStep(host: string, note: TokenNote): Step {
  return {
    id: `note-token@${host}`,
    host,
    title: say('Note beside the snapshot which server token opens it, by the start of its SHA-256'),
    risk: 'change',
    run: noteTokenHash(note),
    done: tokenHashIsNoted(host, note),
  };
}

/**
 * Whether the server of this plan could be saved on its own: it was told to send its snapshots to S3, and `said` is why it has
 * saved nothing.
 */
export function canSaveAlone(said: Concern | undefined): boolean {
  return said?.remedy?.template === aloneRemedy.template;
}

/** The leader, else any healthy voter: a learner refuses to be saved. */
function memberFor({ nodes }: ClusterState): NodeState | undefined {
  const healthy = nodes.filter((each) => {
    const etcd = statusOf(each)?.etcd;
    return etcd?.healthy === true && !etcd.learner;
  });
  return healthy.find((each) => statusOf(each)?.etcd?.leader === true) ?? healthy[0];
}
