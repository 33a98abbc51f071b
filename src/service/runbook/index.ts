import type { FileKind } from '../../base/file-kind';
import type { Diagnostic, FileEdit } from '../../base/finding';
import type { Span } from '../../base/span';
import { analyseRunbook, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { allRules } from '../../rules';
import { runRules } from '../../rules/rule';
import { runbookRules } from '../../rules/runbook';
import { type Embedded, outerSpan } from '../../syntax/runbook/parse-runbook';
import { kindOf } from '../kind';
import { type AnyLanguage, language, type Versions } from '../language';
import { diagnoseRunbookCluster } from './cluster';

interface Part {
  readonly embedded: Embedded;
  readonly language: AnyLanguage;
  readonly analysis: unknown;
}

interface Analysis extends RunbookAnalysis {
  readonly parts: readonly Part[];
}

/** Scripts, documents and cloud-init: the commands in them, and the configurations they write. */
export function runbook(languageOf: (kind: FileKind) => AnyLanguage | undefined): AnyLanguage {
  return language<Analysis>({
    kind: 'runbook',
    analyse({ path, text, versions }) {
      const own = analyseRunbook(path, text);
      return { ...own, parts: own.tree.embedded.flatMap((each) => partOf(each, versions, languageOf)) };
    },
    diagnose: (analysis) => [
      ...runRules(runbookRules, analysis),
      ...analysis.parts.flatMap((part) => diagnosePart(part)),
      ...diagnoseRunbookCluster(analysis.parts),
    ],
  });
}

/** What a configuration inside a runbook is: by the path it is written to, else by what stands in it. */
export function kindOfEmbedded({ target, info, text }: Embedded): FileKind | undefined {
  if (target !== undefined) {
    const name = target.slice(target.lastIndexOf('/') + 1);
    const found = kindOf(target, text) ?? kindOf(name, text);
    if (found !== undefined && found !== 'runbook') return found;
    // A path that is not a configuration of ours says what the text is not.
    if (!/\.(ya?ml|cfg|conf)$/.test(name)) return undefined;
  }
  const ending = { yaml: 'config.yaml', yml: 'config.yaml', nginx: 'nginx.conf' }[info ?? ''];
  const guesses = ending === undefined ? ['part.cfg', 'part.conf', 'config.yaml'] : [ending];
  for (const guess of guesses) {
    const found = kindOf(guess, text);
    if (found !== undefined && found !== 'runbook') return found;
  }
  return undefined;
}

function partOf(
  embedded: Embedded,
  versions: Versions,
  languageOf: (kind: FileKind) => AnyLanguage | undefined,
): readonly Part[] {
  const kind = kindOfEmbedded(embedded);
  const spoken = kind === undefined ? undefined : languageOf(kind);
  if (spoken === undefined) return [];
  const path = embedded.target ?? `part.${kind}`;
  return [{ embedded, language: spoken, analysis: spoken.analyse({ path, text: embedded.text, versions }) }];
}

const rulesOfAbsence: ReadonlySet<string> = new Set(allRules.flatMap(({ id, absence }) => (absence ? [id] : [])));

function diagnosePart({ embedded, language: spoken, analysis }: Part): readonly Diagnostic[] {
  const excerpt = isExcerpt(embedded);
  return spoken.diagnose(analysis, []).flatMap((each): Diagnostic[] => {
    if (isOpen(embedded, each.span) || (excerpt && rulesOfAbsence.has(each.rule))) return [];
    const edit = (one: FileEdit): FileEdit => ({ ...one, span: outerSpan(embedded, one.span) });
    return [
      {
        ...each,
        span: outerSpan(embedded, each.span),
        ...(each.related === undefined
          ? {}
          : { related: each.related.map((one) => ({ ...one, span: outerSpan(embedded, one.span) })) }),
        ...(each.fixes === undefined
          ? {}
          : { fixes: each.fixes.map((fix) => ({ ...fix, edits: fix.edits.map(edit) })) }),
      },
    ];
  });
}

/** Lines to be added to a file, or shown of one: the settings that begin a whole file are not among them. */
function isExcerpt({ target, text, appends }: Embedded): boolean {
  return appends || (target === undefined && !/^\s*(global|defaults|global_defs)\b/m.test(text));
}

/** Nothing is said of a value that the shell or the reader has yet to fill in. */
function isOpen({ text, expands }: Embedded, span: Span): boolean {
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
  const lineEnd = text.indexOf('\n', span.end);
  const line = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd);
  const said = text.slice(span.start, Math.max(span.end, span.start + 1));
  return /<[A-Za-z_][\w -]*>|\.\.\.|…|\{\{/.test(said) || (expands && /[$`]/.test(line));
}
