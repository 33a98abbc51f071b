import type { FileKind } from '../base/file-kind';
import { type AnyLanguage, language } from './language';

/** A kind of file that has no features of its own: it is only a part of its cluster. */
export function plain(kind: FileKind): AnyLanguage {
  return language<undefined>({ kind, analyse: () => undefined, diagnose: () => [] });
}
