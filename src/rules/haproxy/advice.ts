import type { Diagnostic, Fix, Severity } from '../../base/finding';
import type { Message } from '../../base/message';
import { type HaproxyAnalysis, type Section, spanOf } from '../../model/haproxy/analysis';
import { Note } from '../../model/haproxy/note';
import type { RuleInfo } from '../rule';
import { SectionView } from './section-view';

/** A stretch of one line, counted from its start. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A replacement on a line, which is counted from the header of the section. */
export interface LineEdit extends Stretch {
  readonly line: number;
  readonly newText: string;
}

export interface LineFix {
  readonly title: Message;
  readonly edits: readonly LineEdit[];
  readonly confidence: Fix['confidence'];
}

export interface More {
  readonly severity?: Severity;
  readonly fix?: LineFix;
  readonly tag?: 'unnecessary';
}

/** Says something about a stretch of a line of the section, counted from its header. */
export type Report = (line: number, at: Stretch, message: Message, more?: More) => void;

/**
 * A rule over one section and its defaults. What it finds is kept for as long as neither changes, so it looks at nothing
 * else and counts lines from the header.
 */
export interface SectionRule extends RuleInfo {
  /** The types of section it looks at. */
  readonly sections: readonly string[];
  /** It has nothing to say of a section that has a line of none of these. */
  readonly settings?: readonly string[];
  check(view: SectionView, report: Report): void;
}

/** The files of one instance in load order: the one that is judged, and the others. */
export interface Instance {
  readonly analysis: HaproxyAnalysis;
  readonly siblings: readonly HaproxyAnalysis[];
  /** The view of a section of the judged file. */
  view(section: Section): SectionView;
}

/** A rule over the whole file. It is run after each edit, so it looks closely at few sections. */
export interface FileRule extends RuleInfo {
  checkFile(instance: Instance, reportIn: (section: Section) => Report): void;
}

/** Names the type of a rule where it is written. */
export const sectionRule = (definition: SectionRule): SectionRule => definition;
export const fileRule = (definition: FileRule): FileRule => definition;

interface Advice extends More, Stretch {
  readonly rule: RuleInfo;
  readonly line: number;
  readonly message: Message;
}

const kept = new Note<readonly Advice[]>();
const none: readonly Advice[] = [];

/** What the rules say of a file whose language is right: what `haproxy -c` does not say. */
export function advise(
  analysis: HaproxyAnalysis,
  siblings: readonly HaproxyAnalysis[],
  sectionRules: readonly SectionRule[],
  fileRules: readonly FileRule[],
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const section of analysis.sections) {
    let found = kept.get(section.facts);
    if (found === undefined) {
      found = adviseSection(analysis, section, sectionRules);
      kept.set(section.facts, found);
    }
    for (const each of found) diagnostics.push(placed(analysis, section, each));
  }
  const views = new Map<Section, SectionView>();
  const instance: Instance = {
    analysis,
    siblings,
    view(section) {
      let view = views.get(section);
      if (view === undefined) {
        view = new SectionView(analysis, section);
        views.set(section, view);
      }
      return view;
    },
  };
  for (const rule of fileRules)
    rule.checkFile(instance, (section) => (line, at, message, more) => {
      diagnostics.push(placed(analysis, section, { rule, line, start: at.start, end: at.end, message, ...more }));
    });
  return diagnostics;
}

function adviseSection(analysis: HaproxyAnalysis, section: Section, rules: readonly SectionRule[]): readonly Advice[] {
  let found: Advice[] | undefined;
  let view: SectionView | undefined;
  let rule: SectionRule | undefined;
  const report: Report = (line, at, message, more) => {
    if (rule === undefined) return;
    found ??= [];
    found.push({ rule, line, start: at.start, end: at.end, message, ...more });
  };
  for (rule of rules) {
    if (!rule.sections.includes(section.type)) continue;
    if (rule.settings !== undefined && !rule.settings.some((each) => section.facts.settings.own.has(each))) continue;
    view ??= new SectionView(analysis, section);
    rule.check(view, report);
  }
  return found ?? none;
}

function placed(analysis: HaproxyAnalysis, section: Section, advice: Advice): Diagnostic {
  const { rule, line, message, severity, fix, tag } = advice;
  return {
    rule: rule.id,
    severity: severity ?? rule.severity,
    span: spanOf(analysis, section.header + line, advice),
    message,
    ...(tag === undefined ? {} : { tag }),
    ...(fix === undefined
      ? {}
      : {
          fixes: [
            {
              title: fix.title,
              confidence: fix.confidence,
              edits: fix.edits.map((each) => ({
                span: spanOf(analysis, section.header + each.line, each),
                newText: each.newText,
              })),
            },
          ],
        }),
  };
}

/** The stretch of a whole statement, without its comment. */
export function wholeOf(statement: {
  readonly keyword: readonly Stretch[];
  readonly args: readonly Stretch[];
}): Stretch {
  const start = statement.keyword[0]?.start ?? 0;
  return { start, end: statement.args.at(-1)?.end ?? statement.keyword.at(-1)?.end ?? start };
}

/** The stretch of the words that name the setting. */
export function keywordOf(statement: { readonly keyword: readonly Stretch[] }): Stretch {
  const start = statement.keyword[0]?.start ?? 0;
  return { start, end: statement.keyword.at(-1)?.end ?? start };
}

/** The blanks that a line begins with. */
export const indentOf = (raw: string): string => /^\s*/.exec(raw)?.[0] ?? '';
