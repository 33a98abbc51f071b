import { type Message, say } from '../base/message';
import type { Plan } from './plan';
import { concernText, type Say } from './render-plan';
import type { SnapshotContent } from './snapshot-file/etcd-snapshot';

/** What lies in the folder of a backup once its run is over. */
export interface SealedBackup {
  /** Kinds whose objects could not be read, and why. */
  readonly unread: readonly { readonly kind: string; readonly why: string }[];
  /** Below the folder; absent where there is none. */
  readonly snapshot?: { readonly file: string; readonly read: SnapshotContent | { readonly damaged: Message } };
  /** Files that the plan wanted and that are not there. */
  readonly missing: readonly string[];
}

/** What is wrong with a backup that was collected: empty when it holds all that its plan says. */
export function backupProblems({ unread, snapshot, missing }: SealedBackup): readonly Message[] {
  return [
    ...(snapshot !== undefined && 'damaged' in snapshot.read ? [snapshot.read.damaged] : []),
    ...missing.map((file) => say('{0} is missing', file)),
    ...unread.map(({ kind, why }) => say('{0} could not be read: {1}', kind, why)),
  ];
}

/** The page beside the files, for whoever stands before them on a bad day: what is there, what is not, what to do with it. */
export function backupPage(plan: Plan, sealed: SealedBackup, distribution: 'k3s' | 'kubeadm', text: Say): string {
  const { snapshot } = sealed;
  const lines = [`# ${text(say('Backup of {0}', plan.cluster))}`, ''];
  const prose = (message: Message) => lines.push(text(message), '');
  const items = (messages: readonly Message[]) => lines.push(...messages.map((each) => `- ${text(each)}`), '');
  prose(say('"sha256sum -c SHA256SUMS" in this folder says whether every file is as it was brought here.'));

  const problems = backupProblems(sealed);
  if (plan.warnings.length > 0 || problems.length > 0) {
    lines.push(`## ${text(say('What is missing, and what to know'))}`, '');
    lines.push(...plan.warnings.map((each) => `- ${concernText(each, text)}`));
    items(problems);
  }

  if (snapshot !== undefined) {
    lines.push(`## ${text(say('The snapshot'))}`, '');
    const { file, read } = snapshot;
    if ('damaged' in read) items([read.damaged]);
    else {
      items([
        say('{0}: revision {1}, {2} keys', file, String(read.revision), String(read.keys)),
        ...(read.tokenHashes.length === 0
          ? []
          : [say('It opens with the server token whose SHA-256 begins with {0}', read.tokenHashes.join(', '))]),
      ]);
      prose(say('It brings every object of the cluster back, onto the same machines or onto new ones:'));
      lines.push('```sh', `haven run restore ${file}`, '```', '');
      prose(
        distribution === 'k3s'
          ? say(
              'By hand: stop k3s on all servers, see that one has the token of that time in its configuration, run "k3s server --cluster-reset --cluster-reset-restore-path=FILE" there, start it, move the "db" folder of the others aside and start them.',
            )
          : say(
              'By hand: move the static pods away on all control planes, run "etcdutl snapshot restore" on each with its own name, peer URL and a new --initial-cluster-token, move the old data directory aside, and put the pods back.',
            ),
      );
    }
  }

  if (plan.steps.some((each) => each.id.startsWith('resources-'))) {
    lines.push(`## ${text(say('The resources'))}`, '');
    prose(
      say(
        'resources/ holds one file for each kind, as kubectl prints it. Take from them what was deleted or changed by mistake; a whole cluster comes back from the snapshot.',
      ),
    );
    lines.push('```sh', 'kubectl apply --dry-run=server -f resources/deployments.apps.yaml', '```', '');
  }

  lines.push(`## ${text(say('The nodes'))}`, '');
  prose(
    say(
      'Each file lies below the name of its node under the path that it has there; about.txt says which system and which releases the node runs. A machine that is gone: install the same releases, put its files back, then let it join or restore onto it.',
    ),
  );
  for (const host of new Set(plan.steps.map((each) => each.host))) {
    const copies = plan.steps.filter((each) => each.host === host && each.id.startsWith('copy-'));
    if (copies.length === 0) continue;
    lines.push(`### ${host}`, '');
    items(copies.map((each) => each.title));
  }
  return lines.join('\n');
}
