import type { FileKind } from '../../base/file-kind';
import type { Diagnostic, FileEdit } from '../../base/finding';
import { k3sFlags } from '../../catalog/runbook/k3s-flags';
import { analyseRunbook, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { allRules } from '../../rules';
import { runRules } from '../../rules/rule';
import { runbookRules } from '../../rules/runbook';
import { type Embedded, outerSpan } from '../../syntax/runbook/parse-runbook';
import { kindOf } from '../kind';
import { type AnyLanguage, language, type Versions } from '../language';
import { isTemplate } from '../template';
import { diagnoseRunbookCluster, type RunbookPart } from './cluster';
import { completeFlags, hoverFlag } from './flags';
import { completeInside, hoverInside } from './inside';
import { isLeftOpen } from './left-open';

interface Analysis extends RunbookAnalysis {
  readonly parts: readonly RunbookPart[];
}

/** Scripts, documents and cloud-init: the commands in them, and the configurations they write. */
export function runbook(languageOf: (kind: FileKind) => AnyLanguage | undefined): AnyLanguage {
  return language<Analysis>({
    kind: 'runbook',
    analyse({ path, text, versions }) {
      const own = analyseRunbook(path, text);
      return { ...own, parts: own.tree.embedded.flatMap((each) => partOf(each, text, versions, languageOf)) };
    },
    diagnose: (analysis) => [
      ...runRules(runbookRules, analysis),
      ...analysis.parts.flatMap((part) => diagnosePart(part)),
      ...diagnoseRunbookCluster(analysis.parts),
    ],
    complete: ({ parts, tree }, offset) => [...completeInside(parts, offset), ...completeFlags(tree.commands, offset)],
    hover: ({ parts, tree }, offset, context) =>
      hoverInside(parts, offset, context?.wallClock) ?? hoverFlag(tree.commands, offset),
  });
}

/** What a configuration inside a runbook is: by the path it is written to, else by what stands in it. */
export function kindOfEmbedded({ target, info, text }: Embedded, isOfRke2 = false): FileKind | undefined {
  const kind = target === undefined ? kindOfContent(info, text) : kindOfWritten(target, text);
  // The two have files of one form and many keys of their own.
  if (kind === 'k3s' && target === undefined && isOfRke2) return undefined;
  return kind === 'runbook' || isTemplate(text) ? undefined : kind;
}

/** By its path; where that says only the ending, by the content too. A path of another program says what it is not. */
function kindOfWritten(target: string, text: string): FileKind | undefined {
  const name = target.slice(target.lastIndexOf('/') + 1);
  const found = kindOf(target, text) ?? (/rke2/.test(target) ? undefined : kindOf(name, text));
  if (found !== undefined) return found;
  const guess = { cfg: 'part.cfg', conf: 'part.conf', yaml: 'part.yaml', yml: 'part.yaml' }[
    name.slice(name.lastIndexOf('.') + 1)
  ];
  return guess === undefined ? undefined : kindOf(guess, text);
}

function kindOfContent(info: string | undefined, text: string): FileKind | undefined {
  const ending = { yaml: 'config.yaml', yml: 'config.yaml', nginx: 'nginx.conf' }[info ?? ''];
  const guesses = ending === undefined ? ['part.cfg', 'part.conf', 'config.yaml'] : [ending];
  for (const guess of guesses) {
    const found = kindOf(guess, text);
    // Many programs have a token and a server in their configuration.
    if (found !== undefined && (found !== 'k3s' || speaksK3s(text))) return found;
  }
  return undefined;
}

/** Whether most keys are those of k3s. */
function speaksK3s(text: string): boolean {
  const keys = [...text.matchAll(/^([A-Za-z][\w.-]*)\+?:(?=\s|$)/gm)].map((found) => found[1] ?? '');
  const own = keys.filter((key) => k3sFlags.includes(key));
  return own.length * 2 > keys.length;
}

function partOf(
  embedded: Embedded,
  whole: string,
  versions: Versions,
  languageOf: (kind: FileKind) => AnyLanguage | undefined,
): readonly RunbookPart[] {
  const kind = kindOfEmbedded(embedded, /\brke2\b/.test(whole));
  const spoken = kind === undefined ? undefined : languageOf(kind);
  if (spoken === undefined) return [];
  const path = embedded.target ?? `part.${kind}`;
  const analysis = spoken.analyse({ path, text: embedded.text, versions });
  const { start } = outerSpan(embedded, { start: 0, end: 0 });
  const line = whole.slice(0, start).split('\n').length;
  return [{ embedded, language: spoken, analysis, name: path.slice(path.lastIndexOf('/') + 1), line }];
}

const rulesOfAbsence: ReadonlySet<string> = new Set(allRules.flatMap(({ id, absence }) => (absence ? [id] : [])));

function diagnosePart({ embedded, language: spoken, analysis }: RunbookPart): readonly Diagnostic[] {
  const excerpt = isExcerpt(embedded);
  return spoken.diagnose(analysis, []).flatMap((each): Diagnostic[] => {
    if (isLeftOpen(embedded, each) || (excerpt && rulesOfAbsence.has(each.rule))) return [];
    const edit = (one: FileEdit): FileEdit => ({ ...one, span: outerSpan(embedded, one.span) });
    return [
      {
        ...each,
        span: outerSpan(embedded, each.span),
        ...(each.related === undefined
          ? {}
          : { related: each.related.map((one) => ({ ...one, span: outerSpan(embedded, one.span) })) }),
        ...(each.fixes === undefined || embedded.opaque !== undefined
          ? { fixes: [] }
          : { fixes: each.fixes.map((fix) => ({ ...fix, edits: fix.edits.map(edit) })) }),
      },
    ];
  });
}

/** Lines to be added to a file, or shown of one: the settings that begin a whole file are not among them. */
function isExcerpt({ target, text, appends }: Embedded): boolean {
  return appends || (target === undefined && !/^\s*(global|defaults|global_defs)\b/m.test(text));
}
