import { alternatives, fitsGlob } from '../../base/glob';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Sibling } from '../language';

type File = Sibling<KeepalivedAnalysis>;

/**
 * The files that one keepalived reads: what a file includes, what that includes, and every file that includes it with
 * all that those include. A file that the files of two machines include belongs to both.
 */
export function instanceOf(path: string, files: readonly File[]): readonly File[] {
  const own = files.find((each) => each.path === path);
  if (own === undefined || files.every(({ analysis }) => includesOf(analysis).length === 0)) return [];
  const roots = files.filter((each) => each !== own && reach(each, files).has(own));
  const found = new Set<File>();
  for (const each of roots.length === 0 ? [own] : roots) for (const file of reach(each, files)) found.add(file);
  found.delete(own);
  return files.filter((each) => found.has(each));
}

/** A file and all that it includes, directly or not. */
function reach(file: File, files: readonly File[]): ReadonlySet<File> {
  const found = new Set([file]);
  for (const each of found) {
    const patterns = includesOf(each.analysis).map((pattern) => matcher(each.path, pattern));
    for (const other of files) if (patterns.some((fits) => fits(other.path))) found.add(other);
  }
  return found;
}

const includesOf = ({ views }: KeepalivedAnalysis): readonly string[] =>
  views.flatMap(({ tree }) => tree.includes.map((each) => each.pattern));

/**
 * A pattern counts from the folder of its file (keepalived changes to it). One from the root of the machine means, in a
 * repository, what stands below the same folder of keepalived's.
 */
function matcher(path: string, pattern: string): (name: string) => boolean {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const below = pattern.replace(/^\/etc\/keepalived\//, '');
  const start = below.startsWith('/') ? '' : folder;
  const forms = below.length > longestPattern ? [] : alternatives(below.replace(/^(?:\.\/)+/, ''));
  return (name) => name.startsWith(start) && forms.some((each) => fitsGlob(each, name.slice(start.length)));
}

/** No path is longer (PATH_MAX). */
const longestPattern = 4096;
