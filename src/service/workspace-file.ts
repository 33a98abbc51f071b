import type { FileKind } from '../base/file-kind';
import { LineIndex } from '../base/line-index';
import type { Steps } from '../base/steps';
import { isDamaged } from '../model/cluster/facts/damage';
import { factsOf } from '../model/cluster/facts/facts-of';
import type { FileFacts } from '../model/cluster/facts/file-facts';
import { hostNameIn, installedIn } from '../model/cluster/facts/host-name';
import { innerFacts } from '../model/cluster/facts/inner-facts';
import type { AnyLanguage } from './language';
import { isTemplate, leavesNames } from './template';

/** One file as it stands now. The analysis is made when it is first asked for. */
export interface WorkspaceFile {
  readonly path: string;
  readonly kind: FileKind;
  readonly text: string;
  readonly lines: LineIndex;
  readonly language: AnyLanguage;
  readonly analysis: unknown;
}

/** The same, with what the workspace keeps of it. */
export interface Entry extends WorkspaceFile {
  /** What the file says about its cluster; read when first asked for and kept while its text stays. */
  readonly facts: readonly FileFacts[];
  /** Its shape is broken, so nobody can rely on what it lacks. */
  readonly isDamaged: boolean;
  /** Makes the analysis, with stops, unless it is there. Who reads beside somebody else does a part of one work. */
  read(): Steps<void>;
  /** A program makes the configuration from it, so nobody knows what it will say. */
  readonly isTemplate: boolean;
}

/** A file whose analysis, in one go or with stops, is made when it is first asked for. */
export function makeEntry(
  path: string,
  kind: FileKind,
  spoken: AnyLanguage,
  text: string,
  analyse: () => unknown,
  analyseInSteps: () => Steps<unknown> | undefined = () => undefined,
): Entry {
  let analysis: { readonly value: unknown } | undefined;
  let steps: Steps<unknown> | undefined;
  let lines: LineIndex | undefined;
  let facts: readonly FileFacts[] | undefined;
  let template: boolean | undefined;
  let damaged: boolean | undefined;
  const entry: Entry = {
    path,
    kind,
    text,
    language: spoken,
    get lines() {
      lines ??= new LineIndex(text);
      return lines;
    },
    get analysis() {
      analysis ??= { value: analyse() };
      return analysis.value;
    },
    *read() {
      while (analysis === undefined) {
        steps ??= analyseInSteps();
        if (steps === undefined) return;
        const { done, value } = steps.next();
        if (done === true) analysis ??= { value };
        else yield;
      }
    },
    get facts() {
      facts ??= entry.isTemplate
        ? []
        : factsOfEntry(entry).map((each) => (entry.isDamaged ? { ...each, isDamaged: true } : each));
      return facts;
    },
    get isDamaged() {
      damaged ??= isDamagedEntry(entry);
      return damaged;
    },
    get isTemplate() {
      // A runbook may well show a template, and an inventory is nobody's.
      template ??= kind !== 'runbook' && kind !== 'inventory' && (isTemplate(text) || leavesNames(kind, text, path));
      return template;
    },
  };
  return entry;
}

function isDamagedEntry(entry: WorkspaceFile): boolean {
  const inner = entry.language.inner?.(entry.analysis);
  if (inner === undefined) return isDamaged(entry);
  if (inner.length === 0) return false;
  return (
    isDamaged(entry) || inner.some(({ text, language, analysis }) => isDamaged({ kind: language.kind, text, analysis }))
  );
}

/** What a file says, or what the configurations inside it do. */
function factsOfEntry(entry: WorkspaceFile): readonly FileFacts[] {
  const inner = entry.language.inner?.(entry.analysis);
  if (inner === undefined) {
    const own = factsOf(entry);
    return own === undefined ? [] : [own];
  }
  const facts = inner.flatMap(
    ({ target, text, language, analysis }) => factsOf({ path: target, kind: language.kind, text, analysis }) ?? [],
  );
  const isK3s = facts.some(({ kind }) => kind === 'k3s');
  const hostName = isK3s ? hostNameIn(entry.path, entry.text) : undefined;
  const installs = isK3s ? installedIn(entry.path, entry.text) : undefined;
  return innerFacts(
    entry.path,
    facts,
    (target, span) => inner.find((each) => each.target === target)?.outerSpan(span) ?? span,
  ).map((each) =>
    each.kind === 'k3s' ? { ...each, ...(hostName && { hostName }), ...(installs && { installs }) } : each,
  );
}
