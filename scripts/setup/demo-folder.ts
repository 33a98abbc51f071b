import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { installPracticeFile, type PracticeCluster, practiceFile } from '../../src/run';
import { filesBelow } from '../../test/support/files';

/**
 * Writes the example's files for the practice cluster into `folder` and puts the same onto its nodes, so that whoever looks
 * for the first time sees a cluster in which all is well. Beside them lies one file with a mistake to try the editor on.
 */
export function furnishDemo(folder: string, practice: PracticeCluster, port: number): void {
  cpSync('examples', folder, { recursive: true });
  const options = { network: practice.network, port };
  for (const path of ['.yaml', '.cfg', '.conf'].flatMap((ending) => filesBelow(folder, ending))) {
    const text = practiceFile(readFileSync(path, 'utf8'), options);
    writeFileSync(path, text);
    installPracticeFile(practice, relative(folder, path), text);
  }
  cpSync('scripts/demo', folder, { recursive: true });
}

/** Makes a home folder that knows the keys of the practice nodes and nothing else. */
export function furnishHome(home: string, knownHosts: string): void {
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, '.ssh/known_hosts'), knownHosts);
}
