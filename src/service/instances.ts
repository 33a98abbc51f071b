import { namedConfigs } from './inventory/named-configs';
import type { Sibling } from './language';
import type { Entry } from './workspace-file';

type Entries = ReadonlyMap<string, Entry>;

/** The others of the files that somebody said one program is started with, in load order; undefined where nobody said so. */
export function siblingsInOrder(
  own: Entry,
  order: readonly string[] | undefined,
  entries: Entries,
): readonly Sibling<unknown>[] | undefined {
  const place = order?.indexOf(own.path) ?? -1;
  return order?.flatMap((path, index) => {
    const file = entries.get(path);
    return index === place || file?.language !== own.language
      ? []
      : [{ path, analysis: file.analysis, before: index < place }];
  });
}

/**
 * Where an inventory says at which paths of a node files lie, they belong together by those paths: in the repository
 * they may have any names.
 */
export function deployedSiblings(entry: Entry, entries: Entries): readonly Sibling<unknown>[] | undefined {
  const { instance } = entry.language;
  if (instance === undefined) return undefined;
  const named = [...namedConfigs(entries.values())];
  for (const { path, config, cluster, inventory } of named) {
    if (path !== entry.path || config.path === undefined) continue;
    const local = new Map<string, string>();
    for (const each of named)
      if (
        each.inventory === inventory &&
        each.cluster === cluster &&
        each.config.path !== undefined &&
        each.config.on.some((node) => config.on.includes(node))
      )
        local.set(each.config.path, each.path);
    const files = [...local].flatMap(([deployed, here]) => {
      const file = entries.get(here);
      return file?.language === entry.language ? [{ path: deployed, analysis: file.analysis }] : [];
    });
    const found = instance(config.path, files).map((each) => ({ ...each, path: local.get(each.path) ?? each.path }));
    if (found.length > 0) return found;
  }
  return undefined;
}
