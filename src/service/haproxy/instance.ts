import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import type { Sibling } from '../language';

/**
 * The files that one haproxy is started with: `-f haproxy.cfg -f conf.d`. A folder whose name ends with `.d` belongs to
 * the `haproxy*.cfg` beside it; files load in the order of their names, those of the folder last (manual, section 2.1 of
 * the management guide, option -f). A file beside the `haproxy*.cfg` that has neither `global` nor `defaults` is started after
 * it by another `-f`: it takes over its defaults, and which others are started with it nobody knows.
 */
export function instanceOf(
  path: string,
  files: readonly Sibling<HaproxyAnalysis>[],
): readonly Sibling<HaproxyAnalysis>[] {
  const [folder] = cut(path);
  const inParts = isPartsFolder(folder);
  const main = inParts ? cut(folder)[0] : folder;
  const isMain = (each: string) => cut(each)[0] === main && /^haproxy[^/]*\.cfg$/.test(cut(each)[1]);
  const isPart = (each: string) =>
    inParts ? cut(each)[0] === folder : isPartsFolder(cut(each)[0]) && cut(cut(each)[0])[0] === main;
  const others = files.filter((each) => each.path !== path);
  const byPath = (a: Sibling<unknown>, b: Sibling<unknown>) => (a.path < b.path ? -1 : 1);
  if (!inParts && !isMain(path)) {
    const own = files.find((each) => each.path === path);
    return own === undefined || standsAlone(own.analysis)
      ? []
      : others.filter((each) => isMain(each.path)).sort(byPath);
  }
  // Two main files in one folder are those of two machines.
  const mains = inParts ? others.filter((each) => isMain(each.path)) : [];
  return [...mains.sort(byPath), ...others.filter((each) => isPart(each.path)).sort(byPath)];
}

const standsAlone = ({ sections }: HaproxyAnalysis): boolean =>
  sections.some(({ type }) => type === 'global' || type === 'defaults');

const isPartsFolder = (folder: string): boolean => /(?:^|\/)[^/]+\.d$/.test(folder);

/** The folder of a path and the name in it. */
function cut(path: string): readonly [folder: string, name: string] {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)];
}
