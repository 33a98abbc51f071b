import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Workspace } from '../../src/service';
import { filesBelow } from './files';

const root = join('test', 'fixtures', 'clusters');

/** The valid clusters, one for each architecture, by name; paths are relative to their folder. */
export function clusterFixtures(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  return new Map(
    readdirSync(root)
      .sort()
      .map((name) => {
        const folder = join(root, name);
        const files = filesBelow(folder, '').map((path): [string, string] => [
          path.slice(folder.length + 1),
          readFileSync(path, 'utf8'),
        ]);
        return [name, new Map(files)];
      }),
  );
}

export function workspaceOf(files: ReadonlyMap<string, string>): Workspace {
  const workspace = new Workspace();
  for (const [path, text] of files) workspace.open(path, text);
  return workspace;
}
