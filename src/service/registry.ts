import type { FileKind } from '../base/file-kind';
import type { AnyLanguage } from './language';

/** Every language Haven speaks. A new one is written in a folder of its own and named here. */
const languages: readonly AnyLanguage[] = [];

const byKind: ReadonlyMap<FileKind, AnyLanguage> = new Map(languages.map((each) => [each.kind, each]));

export function languageOf(kind: FileKind): AnyLanguage | undefined {
  return byKind.get(kind);
}
