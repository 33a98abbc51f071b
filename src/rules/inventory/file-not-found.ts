import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { folderOf, joined, type PlacedInventory } from '../../model/cluster/build-model';
import { rule } from '../rule';

/** An inventory among the files of its workspace. */
interface InventoryInPlace extends PlacedInventory {
  readonly paths: ReadonlySet<string>;
}

export const fileNotFound = rule<InventoryInPlace>({
  id: 'inventory/file-not-found',
  severity: 'warning',
  summary: '`configs` names a file that is not there.',

  *check({ path, analysis, paths }) {
    const folder = folderOf(path);
    const files = analysis.clusters.flatMap((cluster) => cluster.configs.flatMap((config) => config.file ?? []));
    const isThere = (file: string) => paths.has(joined(folder, file));
    // Where none of the files is known, the inventory was opened alone and nothing can be said.
    if (!files.some((file) => isThere(file.value))) return;
    for (const file of files) {
      if (isThere(file.value) || file.value.startsWith('/') || !/\.(ya?ml|cfg|conf)$/.test(file.value)) continue;
      const below = [...paths].flatMap((each) =>
        each.startsWith(folder) && each !== path ? [each.slice(folder.length)] : [],
      );
      const meant = nearest(file.value, below);
      yield {
        path,
        span: file.span,
        message:
          meant === undefined
            ? say('"{0}" is not there; paths are relative to the folder of the inventory', file.value)
            : say('"{0}" is not there; did you mean "{1}"?', file.value, meant),
        ...(meant === undefined
          ? {}
          : {
              fixes: [
                {
                  title: say('Change to "{0}"', meant),
                  edits: [{ path, span: file.span, newText: meant }],
                  confidence: 'review' as const,
                },
              ],
            }),
      };
    }
  },
});
