/**
 * The files that `-f` arguments stand for, in load order: a name that is a folder stands for the files in it that end
 * with `.cfg` and are not hidden, in the order of their names (management guide, section 3, option -f).
 * `paths` are those that are known; names of which nothing is known are left out.
 */
export function expandStartList(names: readonly string[], paths: Iterable<string>): readonly string[] {
  const known = [...paths];
  return names.flatMap((name) => {
    const folder = `${name.replace(/\/+$/, '')}/`;
    if (known.includes(name)) return [name];
    return known
      .filter((each) => each.startsWith(folder) && /^[^/.][^/]*\.cfg$/.test(each.slice(folder.length)))
      .sort((a, b) => (a < b ? -1 : 1));
  });
}

/** Whether a file is one of those that the arguments stand for. */
export function isInStartList(names: readonly string[], path: string): boolean {
  return expandStartList(names, [path]).length > 0;
}

/**
 * Reads a list of lists of names, as settings have it: one list for each program, relative to `folder` where a name is
 * not absolute. A single list of names is that of one program.
 */
export function readStartLists(value: unknown, folder: string): readonly (readonly string[])[] {
  if (!Array.isArray(value)) return [];
  const lists: unknown[] = value.every((each) => typeof each === 'string') ? [value] : value;
  return lists.flatMap((list) => {
    const names = Array.isArray(list) ? list.filter((each): each is string => typeof each === 'string') : [];
    return names.length === 0 ? [] : [names.map((name) => placed(folder, name))];
  });
}

function placed(folder: string, name: string): string {
  const slashed = name.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
  if (/^(?:\/|[A-Za-z]:\/)/.test(slashed) || folder === '') return slashed;
  return `${folder.replace(/\/+$/, '')}/${slashed}`;
}
