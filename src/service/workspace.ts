import type { FileKind } from '../base/file-kind';
import type { Diagnostic } from '../base/finding';
import { LineIndex } from '../base/line-index';
import { applyEdits, type TextEdit } from '../base/span';
import { kindOf } from './kind';
import type { AnyLanguage, Sibling, Versions } from './language';
import { languageOf } from './registry';

/** One file as it stands now. The analysis is made when it is first asked for. */
export interface WorkspaceFile {
  readonly path: string;
  readonly kind: FileKind;
  readonly text: string;
  readonly lines: LineIndex;
  readonly language: AnyLanguage;
  readonly analysis: unknown;
}

interface Entry extends WorkspaceFile {
  readonly siblings: readonly Sibling<unknown>[];
}

/**
 * The files that are looked at together: what an editor has open or a command line was given. Adapters tell it what
 * changed and ask the functions of this folder about one of its files. It reads nothing itself.
 */
export class Workspace {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly versions: Versions = {}) {}

  /**
   * Adds or replaces a file. `kind` is given when something better than name and text decides: the editor's language
   * mode or the inventory. Undefined is returned for a file that Haven leaves alone.
   */
  open(path: string, text: string, kind: FileKind | undefined = kindOf(path, text)): WorkspaceFile | undefined {
    this.entries.delete(path);
    const spoken = kind === undefined ? undefined : languageOf(kind);
    if (kind === undefined || spoken === undefined) return undefined;
    return this.keep(path, kind, spoken, text, () => spoken.analyse({ path, text, versions: this.versions }));
  }

  /** Changes a file by edits whose offsets are those of its text before; keeps the work on lines they do not touch. */
  edit(path: string, edits: readonly TextEdit[]): WorkspaceFile | undefined {
    const before = this.entries.get(path);
    if (before === undefined) return undefined;
    const text = applyEdits(before.text, edits);
    return this.keep(path, before.kind, before.language, text, () =>
      before.language.analyse({ path, text, versions: this.versions }, { analysis: before.analysis, edits }),
    );
  }

  close(path: string): void {
    this.entries.delete(path);
  }

  file(path: string): WorkspaceFile | undefined {
    return this.entries.get(path);
  }

  files(): readonly WorkspaceFile[] {
    return [...this.entries.values()];
  }

  diagnose(path: string): readonly Diagnostic[] {
    const entry = this.entries.get(path);
    return entry === undefined ? [] : entry.language.diagnose(entry.analysis, entry.siblings);
  }

  siblingsOf(path: string): readonly Sibling<unknown>[] {
    return this.entries.get(path)?.siblings ?? [];
  }

  private keep(path: string, kind: FileKind, spoken: AnyLanguage, text: string, analyse: () => unknown): Entry {
    let analysis: { readonly value: unknown } | undefined;
    let lines: LineIndex | undefined;
    const entry: Entry = {
      path,
      kind,
      text,
      language: spoken,
      siblings: [],
      get lines() {
        lines ??= new LineIndex(text);
        return lines;
      },
      get analysis() {
        analysis ??= { value: analyse() };
        return analysis.value;
      },
    };
    this.entries.set(path, entry);
    return entry;
  }
}
