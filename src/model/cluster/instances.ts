import type { FileFacts, KeepalivedFacts, LoadBalancerFacts } from './facts/file-facts';

/** The other files that the program of a file reads, by path. */
export type SiblingsOf = (path: string) => readonly string[];

/**
 * The files with those of one running program made one: what haproxy loads from `conf.d` and keepalived includes counts
 * where the main file does. A file that the programs of two machines read becomes part of both.
 */
export function joinInstances(files: readonly FileFacts[], siblingsOf: SiblingsOf): readonly FileFacts[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const instances = new Map<FileFacts, ReadonlySet<FileFacts>>();
  for (const file of files) {
    if (file.kind !== 'loadbalancer' && file.kind !== 'keepalived') continue;
    const others = siblingsOf(file.path).flatMap((path) => byPath.get(path) ?? []);
    const read = others.filter((other) => other.kind === file.kind);
    if (read.length > 0) instances.set(file, new Set([file, ...read]));
  }
  if (instances.size === 0) return files;
  return files.flatMap((file): FileFacts[] => {
    const own = instances.get(file);
    if (own === undefined) return [file];
    // A part is looked at where its main files are: the sets of those lie within its own.
    const mains = [...own].filter((other) => {
      const theirs = instances.get(other);
      return theirs !== undefined && isWithin(theirs, own) && (theirs.size < own.size || comesFirst(other, file));
    });
    if (mains.length > 0) return [];
    return [joined(file, [...own])];
  });
}

function isWithin(part: ReadonlySet<FileFacts>, whole: ReadonlySet<FileFacts>): boolean {
  return [...part].every((each) => whole.has(each));
}

/** Of two files with the same others the main one is that which does not lie in a folder of parts. */
function comesFirst(a: FileFacts, b: FileFacts): boolean {
  if (a === b) return false;
  const [mine, theirs] = [isPart(a.path), isPart(b.path)];
  return mine === theirs ? a.path < b.path : theirs;
}

function isPart(path: string): boolean {
  return /\.d\/[^/]+$|(^|\/)conf\//.test(path);
}

function joined(main: FileFacts, all: readonly FileFacts[]): FileFacts {
  const paths = all.map((each) => each.path);
  if (main.kind === 'loadbalancer') {
    const parts = all.filter((each): each is LoadBalancerFacts => each.kind === 'loadbalancer');
    return {
      ...main,
      paths,
      listeners: parts.flatMap((each) => each.listeners),
      backends: parts.flatMap((each) => each.backends),
      routes: new Map(parts.flatMap((each) => [...each.routes])),
    };
  }
  if (main.kind === 'keepalived') {
    const parts = all.filter((each): each is KeepalivedFacts => each.kind === 'keepalived');
    const ids = [...new Set(parts.flatMap((each) => each.hosts.map(({ id }) => id)))];
    return {
      ...main,
      paths,
      routers: parts.flatMap((each) => each.routers),
      commands: parts.flatMap((each) => each.commands),
      hosts: ids.map((id) => ({
        id,
        routers: parts.flatMap((each) => (each.hosts.find((host) => host.id === id) ?? each).routers),
      })),
    };
  }
  return main;
}
