import type { FileFacts, KeepalivedFacts } from './facts/file-facts';
import { homeOf } from './home-folder';
import { machineNamedIn } from './node-name';

/** More nodes than share one address; a folder with more is a collection. */
const mostPeers = 9;
/** How people name the files of two nodes when not after the machines. */
const role = /(?:^|[-_.])(?:master|backup|primary|secondary|active|standby|node|lb)[-_.]?[a-z\d]*$/i;

/**
 * The keepalived files of one place that are the nodes of the same virtual routers, where no inventory and no file of a
 * cluster says so. Of a folder of examples nothing is believed: each file must be told from the others by its name or its
 * own address.
 */
export function keepalivedPeers(files: readonly FileFacts[]): KeepalivedFacts[][] {
  const groups: { readonly home: string; files: KeepalivedFacts[] }[] = [];
  for (const file of files) {
    if (file.kind !== 'keepalived' || file.routers.length === 0) continue;
    const home = homeOf(file.path);
    const [first, ...more] = groups.filter(
      (group) => group.home === home && group.files.some((other) => belongTogether(file, other)),
    );
    if (first === undefined) {
      groups.push({ home, files: [file] });
      continue;
    }
    first.files.push(file);
    for (const each of more) {
      first.files.push(...each.files);
      each.files = [];
    }
  }
  return groups
    .map((group) => group.files)
    .filter((group) => (group.length > 1 || hasOwnHosts(group)) && group.length <= mostPeers && haveOwnNames(group));
}

/** They hold the same address, or one sends its adverts to the other. */
function belongTogether(a: KeepalivedFacts, b: KeepalivedFacts): boolean {
  const addresses = new Set(a.routers.flatMap((router) => router.virtualAddresses.map((each) => each.value)));
  return (
    b.routers.some((router) => router.virtualAddresses.some((each) => addresses.has(each.value))) ||
    speaksTo(a, b) ||
    speaksTo(b, a)
  );
}

function speaksTo(a: KeepalivedFacts, b: KeepalivedFacts): boolean {
  const sources = new Set(b.routers.flatMap((router) => router.unicastSource?.value ?? []));
  return a.routers.some((router) => router.unicastPeers.some((each) => sources.has(each.value)));
}

/** One file in which lines name the hosts they are for is the file of all of them. */
function hasOwnHosts(files: readonly KeepalivedFacts[]): boolean {
  return files.some((file) => file.hosts.length > 1);
}

function haveOwnNames(files: readonly KeepalivedFacts[]): boolean {
  if (files.length === 1) return true;
  const names = files.map((file) => machineNamedIn(file.path) ?? roleIn(file.path) ?? sourceOf(file));
  return !names.includes(undefined) && new Set(names).size === files.length;
}

function roleIn(path: string): string | undefined {
  return role.exec(path.replace(/^.*\//, '').replace(/\.[^.]+$/, ''))?.[0];
}

function sourceOf(file: KeepalivedFacts): string | undefined {
  return file.routers[0]?.unicastSource?.value;
}
