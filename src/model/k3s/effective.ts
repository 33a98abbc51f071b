import type { Place } from '../../base/finding';
import { type K3sAnalysis, type K3sSetting, type K3sValue, mainPath } from './analysis';

/** A value with the file that it stands in. */
interface PlacedValue {
  readonly path: string;
  readonly value: K3sValue;
}

/** What a node runs with for one key, after its main file and its drop-ins have been read. */
interface EffectiveSetting {
  readonly values: readonly PlacedValue[];
  /** The entries whose values do not count any more: thrown away by a later plain key. */
  readonly replaced: readonly Place[];
  /** The entry that threw them away. */
  readonly replacedBy: { readonly path: string; readonly setting: K3sSetting } | undefined;
}

/** The files of one node in the order k3s reads them: the main file, then the drop-ins by the bytes of their names. */
export function readingOrder(files: readonly K3sAnalysis[]): readonly K3sAnalysis[] {
  const nameOf = ({ path }: K3sAnalysis) => path.slice(path.lastIndexOf('/') + 1);
  const isMain = (file: K3sAnalysis) => mainPath(file.path) === file.path;
  return [...files].sort(
    (a, b) => Number(isMain(b)) - Number(isMain(a)) || (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0),
  );
}

/**
 * Merges one key over files in reading order: a later plain key replaces what was collected, lists included, and
 * `key+` adds to it; of a key with one value the last counts (k3s-io/k3s pkg/configfilearg/parser.go).
 */
export function effectiveSetting(files: readonly K3sAnalysis[], key: string): EffectiveSetting | undefined {
  let values: PlacedValue[] = [];
  let counted: Place[] = [];
  const replaced: Place[] = [];
  let replacedBy: EffectiveSetting['replacedBy'];
  let found = false;
  for (const file of files)
    for (const setting of file.settings) {
      if (setting.key.key !== key) continue;
      found = true;
      const { path } = file;
      if (!setting.entry.key.endsWith('+')) {
        if (counted.length > 0) replacedBy = { path, setting };
        replaced.push(...counted);
        counted = [];
        values = [];
      }
      counted.push({ path, span: setting.entry.keySpan });
      values.push(...setting.values.map((value) => ({ path, value })));
      if (setting.key.type !== 'string-slice') values = values.slice(-1);
    }
  return found ? { values, replaced, replacedBy } : undefined;
}
