import type { Diagnostic } from '../base/finding';
import { say } from '../base/message';
import type { ConfigTarget } from './config-target';
import type { Concern } from './plan';
import type { PushFile, PushParameters } from './push-config';

/** The files of an inventory as they lie on this machine, and where they belong. */
export interface ClusterFiles {
  readonly targets: readonly ConfigTarget[];
  /** By the name the inventory gives a file; one that could not be read is absent. */
  readonly files: ReadonlyMap<string, RepositoryFile>;
  readonly unread: readonly string[];
}

export interface RepositoryFile {
  readonly localPath: string;
  readonly text: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What can be pushed: every file that was read, once for each node it belongs on. */
export function pushFiles({ targets, files }: ClusterFiles): PushFile[] {
  return targets.flatMap((target) => {
    const file = files.get(target.file);
    return file === undefined ? [] : [{ ...target, localPath: file.localPath, sha256: file.sha256, bytes: file.bytes }];
  });
}

/** What the diagnostics say against files: an error keeps a file from being pushed, a warning is shown. */
export function fileConcerns(
  files: readonly PushFile[],
  diagnose: (localPath: string) => readonly Pick<Diagnostic, 'severity'>[],
): PushParameters['concerns'] {
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  for (const path of new Set(files.map((each) => each.localPath))) {
    const name = files.find((each) => each.localPath === path)?.file ?? path;
    const found = diagnose(path);
    const errors = found.filter((each) => each.severity === 'error');
    const doubts = found.filter((each) => each.severity === 'warning');
    if (errors.length > 0) {
      blockers.push({
        message: say('Haven finds {0} errors in {1}', errors.length, name),
        remedy: say('mend them first; the Problems panel and "haven lint" list them'),
      });
    } else if (doubts.length > 0) {
      warnings.push({ message: say('Haven warns {0} times in {1}', doubts.length, name) });
    }
  }
  return { blockers, warnings };
}

/** Load balancer files of the repository in which the address of a node stands as a word of its own. */
export function filesThatSendTo({ targets, files }: ClusterFiles, address: string): readonly string[] {
  const balancers = targets.filter((each) => each.kind === 'haproxy' || each.kind === 'nginx').map((each) => each.file);
  const word = new RegExp(`(^|[^0-9A-Za-z.:])${address.replaceAll('.', '\\.')}(?![0-9A-Za-z.])`);
  return [...new Set(balancers)].filter((file) => word.test(files.get(file)?.text ?? ''));
}
