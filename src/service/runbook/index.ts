import type { FileKind } from '../../base/file-kind';
import type { Diagnostic, FileEdit } from '../../base/finding';
import { LineIndex } from '../../base/line-index';
import { k3sFlags } from '../../catalog/runbook/k3s-flags';
import { analyseRunbook, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { allRules } from '../../rules';
import { runRules } from '../../rules/rule';
import { runbookRules } from '../../rules/runbook';
import { isCommandLine } from '../../syntax/runbook/runbook-lines';
import { type Embedded, outerEdit, outerSpan } from '../../syntax/runbook/runbook-tree';
import { kindOf } from '../kind';
import { type AnyLanguage, language, type Versions } from '../language';
import { isTemplate } from '../template';
import { diagnoseRunbookCluster, type RunbookPart } from './cluster';
import { completeFlags, hoverFlag } from './flags';
import { innerFiles } from './inner-files';
import { completeInside, hoverInside } from './inside';
import { isGoneOnWith, isLeftOpen } from './left-open';

interface Analysis extends RunbookAnalysis {
  readonly parts: readonly RunbookPart[];
}

/** Scripts, documents and cloud-init: the commands in them, and the configurations they write. */
export function runbook(languageOf: (kind: FileKind) => AnyLanguage | undefined): AnyLanguage {
  return language<Analysis>({
    kind: 'runbook',
    analyse({ path, text, versions, unpack }) {
      const own = analyseRunbook(path, text, unpack);
      const whole = { lines: new LineIndex(text), isOfRke2: /\brke2\b/.test(text) };
      return { ...own, parts: own.tree.embedded.flatMap((each) => partOf(each, whole, versions, languageOf)) };
    },
    inner: ({ path, text, parts }) => innerFiles(path, text, parts),
    diagnose: (analysis) => [
      ...runRules(runbookRules, analysis),
      ...analysis.parts.flatMap((part) => diagnosePart(part, analysis.text)),
      ...diagnoseRunbookCluster(analysis.parts, analysis.text),
    ],
    complete: ({ text, parts, tree }, offset, _siblings, speak) => [
      ...completeInside(parts, offset, text, speak),
      ...completeFlags(tree.commands, offset, speak),
    ],
    hover: ({ parts, tree }, offset, context) =>
      hoverInside(parts, offset, context) ?? hoverFlag(tree.commands, offset, context?.speak),
  });
}

/** What a configuration inside a runbook is: by the path it is written to, else by what stands in it. */
function kindOfEmbedded({ target, info, text, shown }: Embedded, isOfRke2 = false): FileKind | undefined {
  if (shown === true && isMixture(text)) return undefined;
  const kind = target === undefined ? kindOfContent(info, text) : kindOfWritten(target, text);
  // The two have files of one form and many keys of their own.
  if (kind === 'k3s' && target === undefined && isOfRke2) return undefined;
  return kind === 'runbook' || isTemplate(text) ? undefined : kind;
}

/** A script that writes the configuration, a command and its output, or a list of what several documents begin with. */
function isMixture(text: string): boolean {
  const first = text.split('\n').find((line) => !/^\s*(?:#(?!!)|$)/.test(line)) ?? '';
  const heads = text.split(/^---/m).map((each) => each.match(/^apiVersion:/gm)?.length ?? 0);
  return /^#!\s*\//m.test(text) || isCommandLine(first) || heads.some((count) => count > 1);
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

/** What is asked of the whole runbook for each configuration in it. */
interface Whole {
  readonly lines: LineIndex;
  readonly isOfRke2: boolean;
}

function partOf(
  embedded: Embedded,
  { lines, isOfRke2 }: Whole,
  versions: Versions,
  languageOf: (kind: FileKind) => AnyLanguage | undefined,
): readonly RunbookPart[] {
  const kind = kindOfEmbedded(embedded, isOfRke2);
  const spoken = kind === undefined ? undefined : languageOf(kind);
  if (spoken === undefined) return [];
  const path = embedded.target ?? `part.${kind}`;
  const analysis = spoken.analyse({ path, text: embedded.text, versions });
  const { start } = outerSpan(embedded, { start: 0, end: 0 });
  const line = lines.positionAt(start).line + 1;
  return [{ embedded, language: spoken, analysis, name: path.slice(path.lastIndexOf('/') + 1), line }];
}

const rulesOfAbsence: ReadonlySet<string> = new Set(allRules.flatMap(({ id, absence }) => (absence ? [id] : [])));

function diagnosePart({ embedded, language: spoken, analysis }: RunbookPart, whole: string): readonly Diagnostic[] {
  // A document that shows a manifest shows what it speaks of, whatever file it names.
  const excerpt = isExcerpt(embedded) || (embedded.shown === true && spoken.kind === 'static-pod');
  const { length } = embedded.text;
  const behind = whole.slice(outerSpan(embedded, { start: length, end: length }).end);
  return spoken.diagnose(analysis, []).flatMap((each): Diagnostic[] => {
    if (isLeftOpen(embedded, each) || (excerpt && rulesOfAbsence.has(each.rule))) return [];
    if (excerpt && isBeforeSections(each)) return [];
    if (isGoneOnWith(embedded, behind, each.rule)) return [];
    const edit = (one: FileEdit): FileEdit => ({ ...one, ...outerEdit(embedded, whole, one) });
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

/** Lines that stand in a section of the whole file, of which an excerpt does not show the beginning. */
function isBeforeSections({ rule, message }: Diagnostic): boolean {
  return rule === 'haproxy/wrong-section' && message.template.endsWith('stands before the first section');
}

/**
 * Lines to be added to a file, or shown of one: the settings that begin a whole file are not among them. Nor are they in
 * one of several files that one haproxy reads, which bears another name than the file it starts with.
 */
function isExcerpt({ target, text, appends, shown }: Embedded): boolean {
  if (appends) return true;
  const isPart = target !== undefined && /\.cfg$/.test(target) && !/(?:^|\/)haproxy\.cfg$/.test(target);
  const isWhole = target !== undefined && !isPart && !(shown === true && /\.(?:cfg|conf)$/.test(target));
  return !isWhole && !/^[ \t]*(global|defaults|global_defs)\b/m.test(text);
}
