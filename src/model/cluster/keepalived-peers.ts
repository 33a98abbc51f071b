import { homeOf } from './build-model';
import type { FileFacts, KeepalivedFacts } from './facts/file-facts';
import { machineNamedIn } from './node-name';

/** More nodes than share one address; a folder with more is a collection. */
const mostPeers = 9;
/** How people name the files of two nodes when not after the machines. */
const role = /(?:^|[-_.])(?:master|backup|primary|secondary|active|standby|node|lb)[-_.]?[a-z\d]*$/i;

/**
 * The keepalived files of one place that are the nodes of the same virtual routers, where no inventory and no file of a
 * cluster says so. Of a folder of examples nothing is believed: all files must have the same instances, and each must be
 * told from the others by its name or its own address.
 */
export function keepalivedPeers(files: readonly FileFacts[]): KeepalivedFacts[][] {
  const groups = new Map<string, KeepalivedFacts[]>();
  for (const file of files) {
    if (file.kind !== 'keepalived' || file.routers.length === 0) continue;
    const names = file.routers.map((each) => each.name.value).sort();
    const key = [homeOf(file.path), ...names].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()].filter(
    (group) =>
      group.length > 1 &&
      group.length <= mostPeers &&
      haveOwnNames(group) &&
      group.every((file, index) => group.slice(index + 1).every((other) => sharesAddress(file, other))),
  );
}

function haveOwnNames(files: readonly KeepalivedFacts[]): boolean {
  const names = files.map((file) => machineNamedIn(file.path) ?? roleIn(file.path) ?? sourceOf(file));
  return !names.includes(undefined) && new Set(names).size === files.length;
}

function roleIn(path: string): string | undefined {
  return role.exec(path.replace(/^.*\//, '').replace(/\.[^.]+$/, ''))?.[0];
}

function sourceOf(file: KeepalivedFacts): string | undefined {
  return file.routers[0]?.unicastSource?.value;
}

function sharesAddress(a: KeepalivedFacts, b: KeepalivedFacts): boolean {
  const addresses = new Set(a.routers.flatMap((router) => router.virtualAddresses.map((each) => each.value)));
  return b.routers.some((router) => router.virtualAddresses.some((each) => addresses.has(each.value)));
}
