import { say } from '../base/message';
import type { SurveyedFile } from './commands/config-survey';
import type { ConfigTarget } from './config-target';
import type { Concern, Plan, Step } from './plan';
import type { ClusterState } from './status/cluster-state';

/** The files that each host told of; a host that did not answer is absent. */
export type Survey = ReadonlyMap<string, readonly SurveyedFile[]>;

export interface BackupParameters {
  /** Absolute, on this machine; new for each backup. */
  readonly folder: string;
  /** Set when tokens, keys and authorities are in it. */
  readonly secrets: boolean;
}

/** Brings the settings of all nodes to this machine, each under its own path below the name of its node. */
export function planBackup(state: ClusterState, survey: Survey, { folder, secrets }: BackupParameters): Plan {
  const { cluster } = state;
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  const silent = cluster.nodes.filter((each) => !survey.has(each.name));
  for (const { name } of silent) {
    warnings.push({ host: name, message: say('the node did not answer, so its files are missing from the backup') });
  }
  if (silent.length === cluster.nodes.length) {
    blockers.push({
      message: say('no node answers, so there is nothing to back up'),
      remedy: say('see that SSH reaches them'),
    });
  }
  if (secrets) {
    warnings.push({
      message: say('the folder holds tokens and keys: whoever reads them owns the cluster'),
      remedy: say('keep it encrypted and out of every repository'),
    });
  }
  const steps = [...survey].flatMap(([host, files]) =>
    files
      .filter((each) => isPlain(each.path))
      .map(
        ({ path }): Step => ({
          id: `copy-${path}@${host}`,
          host,
          title: say('Copy {0}', path),
          risk: 'read',
          download: { from: { path, root: true }, to: `${folder}/${host}${path}` },
        }),
      ),
  );
  return {
    operation: 'backup-config',
    cluster: cluster.name,
    title: say('Copy {0} files of {1} nodes to {2}', steps.length, survey.size, folder),
    blockers,
    warnings,
    steps: blockers.length > 0 ? [] : steps,
    wayBack: [],
    destructive: false,
  };
}

/** A name of a host comes from it: a path that leads elsewhere on this machine is left out. */
function isPlain(path: string): boolean {
  return (
    path.startsWith('/') && !/[\0\n\\]/.test(path) && !path.split('/').some((part) => part === '..' || part === '.')
  );
}

/** How a file of a node stands to the repository. */
export type BackupStanding = 'same' | 'differs' | 'not-in-inventory' | 'missing';

export interface BackupRow extends SurveyedFile {
  readonly host: string;
  readonly standing: BackupStanding;
  /** The file of the repository, where the inventory names one. */
  readonly file: string | undefined;
}

/** Every file beside what the inventory says; `hashOf` gives the SHA-256 of a file of the repository. */
export function backupRows(
  survey: Survey,
  targets: readonly ConfigTarget[],
  hashOf: (file: string) => string | undefined,
): readonly BackupRow[] {
  const found = [...survey].flatMap(([host, files]) =>
    files.map((each): BackupRow => {
      const target = targets.find((one) => one.host === host && one.path === each.path);
      const standing =
        target === undefined ? 'not-in-inventory' : hashOf(target.file) === each.sha256 ? 'same' : 'differs';
      return { ...each, host, standing, file: target?.file };
    }),
  );
  const missing = targets
    .filter(({ host, path }) => survey.get(host)?.some((each) => each.path === path) === false)
    .map(({ host, path, file }): BackupRow => ({ host, path, sha256: '', standing: 'missing', file }));
  return [...found, ...missing];
}

/** The lines of a `SHA256SUMS` beside the files: `sha256sum -c` checks them. */
export function checksumLines(rows: readonly BackupRow[]): string {
  return rows
    .filter((each) => each.standing !== 'missing' && isPlain(each.path))
    .map(({ sha256, host, path }) => `${sha256}  ${host}${path}\n`)
    .join('');
}
