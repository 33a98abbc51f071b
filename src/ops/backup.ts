import { type Message, say } from '../base/message';
import type { Distribution } from '../model/inventory/inventory';
import { aboutCommand } from './commands/about';
import { type ApiResources, isMadeAnew, readResources } from './commands/api-resources';
import type { SurveyedFile } from './commands/config-survey';
import { readSnapshot } from './commands/read-snapshot';
import type { ConfigTarget } from './config-target';
import type { Concern, Download, Plan, Step } from './plan';
import { planSnapshot } from './snapshot';
import { fileOf, type SnapshotOnNode, snapshotGroups } from './snapshot-files';
import { saveFolder } from './snapshot-folders';
import type { ClusterState } from './status/cluster-state';

/** What a node says of itself, below its name in a backup. */
const aboutFile = 'about.txt';

/** The files that each host told of; a host that did not answer is absent. */
export type Survey = ReadonlyMap<string, readonly SurveyedFile[]>;

export interface BackupParameters {
  /** Absolute, on this machine; new for each backup. */
  readonly folder: string;
  /** Set when tokens, keys and authorities are in it, and the Secrets among the resources. */
  readonly secrets: boolean;
  /** The name of the snapshot that is taken for it; absent where only settings are wanted. */
  readonly snapshot?: string;
  /** What the API can list; absent where only settings are wanted. */
  readonly resources?: ApiResources;
  /** What the inventory puts on the nodes; `hashOf` gives the SHA-256 of a file of the repository. */
  readonly repository?: {
    readonly targets: readonly ConfigTarget[];
    readonly hashOf: (file: string) => string | undefined;
  };
}

/**
 * Brings a cluster's settings, and a snapshot and the resources where they are wanted, into one folder of this machine. What
 * cannot be had now is left out and told, so that half a cluster gives half a backup.
 */
export function planBackup(state: ClusterState, survey: Survey, parameters: BackupParameters): Plan {
  const { cluster } = state;
  const { folder, secrets } = parameters;
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
  } else if (parameters.snapshot !== undefined) {
    warnings.push({
      message: say('the folder holds a snapshot: whoever reads it reads every Secret of the cluster'),
      remedy: say('keep it encrypted and out of every repository'),
    });
  }
  const settings = settingsPart(survey, parameters);
  const parts = [
    ...(parameters.snapshot === undefined ? [] : [snapshotPart(state, parameters.snapshot, folder)]),
    ...(parameters.resources === undefined
      ? []
      : [resourcesPart(cluster.distribution, parameters.resources, { folder, secrets })]),
    settings,
  ];
  warnings.push(...parts.flatMap((each) => each.warnings));
  return {
    operation: 'backup',
    cluster: cluster.name,
    title:
      parts.length === 1
        ? say('Copy {0} files of {1} nodes to {2}', settings.files, survey.size, folder)
        : say('Collect a backup of {0} in {1}', cluster.name, folder),
    blockers,
    warnings,
    steps: blockers.length > 0 ? [] : parts.flatMap((each) => each.steps),
    wayBack: [],
    destructive: false,
  };
}

interface Part {
  readonly steps: readonly Step[];
  readonly warnings: readonly Concern[];
}

/** The folder of a backup's plan on this machine; undefined for a plan of something else. */
export function folderOfBackup({ operation, steps }: Plan): string | undefined {
  if (operation !== 'backup') return undefined;
  for (const step of steps) {
    const tail = `/${step.host}/${aboutFile}`;
    if ('download' in step && step.download.to.endsWith(tail)) return step.download.to.slice(0, -tail.length);
  }
  return undefined;
}

/** Each file under its own path below the name of its node, and beside them what the node says of itself. */
function settingsPart(survey: Survey, { folder, repository }: BackupParameters): Part & { readonly files: number } {
  const rows = backupRows(survey, repository?.targets ?? [], repository?.hashOf ?? (() => undefined));
  const steps = [...survey.keys()].flatMap((host): Step[] => {
    const about: Step = {
      id: `about@${host}`,
      host,
      title: say('Write down which system and which releases {0} runs', host),
      risk: 'read',
      download: { from: { command: aboutCommand }, to: `${folder}/${host}/${aboutFile}` },
    };
    const copies = rows
      .filter((each) => each.host === host && each.sha256 !== undefined && isPlain(each.path))
      .map(
        (row): Step => ({
          id: `copy-${row.path}@${host}`,
          host,
          title: copyTitle(row),
          risk: 'read',
          download: { from: { path: row.path, root: true }, to: `${folder}/${host}${row.path}` },
        }),
      );
    return [about, ...copies];
  });
  const warnings = rows
    .filter((each) => each.standing === 'missing')
    .map(
      ({ host, path, file = '' }): Concern => ({
        host,
        message: say('{0} is not there, which the inventory puts there from {1}', path, file),
      }),
    );
  const withheld = new Set(rows.filter((each) => each.standing === 'withheld').map((each) => each.path));
  if (withheld.size > 0)
    warnings.push({
      message: say('these hold keys or tokens, so they are left out: {0}', [...withheld].join(', ')),
      remedy: say('collect the backup with keys to have them'),
    });
  return { steps, warnings, files: steps.length - survey.size };
}

function copyTitle({ path, standing, file }: BackupRow): Message {
  if (file === undefined) return say('Copy {0}', path);
  if (standing === 'differs') return say('Copy {0}, which differs from {1} here', path, file);
  return say('Copy {0}, the same as {1} here', path, file);
}

/** A new snapshot; where none can be taken, the newest that a node has. */
function snapshotPart(state: ClusterState, name: string, folder: string): Part {
  const taken = planSnapshot(state, name, 'here');
  const host = taken.steps[0]?.host;
  if (host !== undefined) {
    const from = { command: readSnapshot(saveFolder(state, host), name) };
    return { steps: [...taken.steps, bringStep(host, from, `${folder}/snapshot/${name}`)], warnings: [] };
  }
  const warnings: Concern[] = taken.blockers.map(({ message, remedy }) => ({
    message,
    remedy: remedy ?? say('the backup goes on without a new snapshot'),
  }));
  const [newest] = [...snapshotGroups(state).values()]
    .flat()
    .map((each) => ({ ...each, sec: timeOf(state, each) }))
    .toSorted((a, b) => b.sec - a.sec);
  if (newest === undefined) {
    warnings.push({
      message: say('there is no snapshot in the backup'),
      remedy: say('put one there by hand: a dump of the external database, or a snapshot that was saved elsewhere'),
    });
    return { steps: [], warnings };
  }
  const file = newest.path.slice(newest.path.lastIndexOf('/') + 1);
  warnings.push({
    host: newest.host,
    message: say('no snapshot can be taken now, so the backup has the newest that lies on a node: {0}', file),
  });
  const from = { path: newest.path, root: true };
  return { steps: [bringStep(newest.host, from, `${folder}/snapshot/${file}`)], warnings };
}

/** When it was saved; of one that nobody can tell, long ago. */
function timeOf(state: ClusterState, { host, path }: SnapshotOnNode): number {
  const file = fileOf(state, host, path);
  return file === undefined || file.fromAhead === true ? 0 : file.modifiedSec;
}

const bringStep = (host: string, from: Download['from'], to: string): Step => ({
  id: `bring-snapshot@${host}`,
  host,
  title: say('Bring the snapshot here'),
  risk: 'read',
  download: { from, to },
});

/** A file for each kind of object that somebody wrote; what the cluster makes anew by itself is left out. */
function resourcesPart(
  distribution: Distribution,
  { host, kinds, unheard }: ApiResources,
  { folder, secrets }: Pick<BackupParameters, 'folder' | 'secrets'>,
): Part {
  const warnings: Concern[] = unheard.map((why) => ({
    message: say('the API does not tell all that it has: {0}', why),
  }));
  if (host === undefined) {
    warnings.push({
      message: say('the API answers on no server, so there are no resources in the backup'),
      remedy: say('a snapshot holds them all; they can be read from one that is restored'),
    });
    return { steps: [], warnings };
  }
  const wanted = kinds.filter((kind) => !isMadeAnew(kind) && (secrets || kind !== 'secrets'));
  if (!secrets && kinds.includes('secrets'))
    warnings.push({ message: say('the resources are without Secrets; the snapshot holds them') });
  const steps = wanted.map(
    (kind): Step => ({
      id: `resources-${kind}@${host}`,
      host,
      title: say('Write down all {0}', kind),
      risk: 'read',
      download: { from: { command: readResources(distribution, kind) }, to: `${folder}/resources/${kind}.yaml` },
    }),
  );
  return { steps, warnings };
}

/** A name of a host comes from it: a path that leads elsewhere on this machine is left out. */
function isPlain(path: string): boolean {
  return (
    path.startsWith('/') && !/[\0\n\\]/.test(path) && !path.split('/').some((part) => part === '..' || part === '.')
  );
}

/** How a file of a node stands to the repository. */
type BackupStanding = 'same' | 'differs' | 'not-in-inventory' | 'missing' | 'withheld';

interface BackupRow extends SurveyedFile {
  readonly host: string;
  readonly standing: BackupStanding;
  /** The file of the repository, where the inventory names one. */
  readonly file: string | undefined;
}

function standingOf(
  { sha256 }: SurveyedFile,
  target: ConfigTarget | undefined,
  hashOf: (file: string) => string | undefined,
): BackupStanding {
  if (sha256 === undefined) return 'withheld';
  if (target === undefined) return 'not-in-inventory';
  return hashOf(target.file) === sha256 ? 'same' : 'differs';
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
      return { ...each, host, standing: standingOf(each, target, hashOf), file: target?.file };
    }),
  );
  const missing = targets
    .filter(({ host, path }) => survey.get(host)?.some((each) => each.path === path) === false)
    .map(({ host, path, file }): BackupRow => ({ host, path, sha256: undefined, standing: 'missing', file }));
  return [...found, ...missing];
}
