import type { Diagnostic, Fix, Severity } from '../../base/finding';
import type { Message } from '../../base/message';
import { type HaproxyAnalysis, type Section, spanOf } from '../../model/haproxy/analysis';
import { Note } from '../../model/haproxy/note';
import type { RuleInfo } from '../rule';
import { nothingToSay, type SectionSummary, summaryOf } from './section-summary';
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
  /** The sections of the judged file that the summary says something of. */
  readonly summarised: readonly Summarised[];
  /** The sections of a type in the judged file. */
  ofType(type: string): readonly Section[];
  /** The view of a section of the judged file. */
  view(section: Section): SectionView;
}

export interface Summarised {
  readonly section: Section;
  readonly summary: SectionSummary;
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

/** What is kept with a section for as long as it and its defaults stay as they are. */
interface Kept {
  readonly advice: readonly Advice[];
  readonly summary: SectionSummary;
}

const kept = new Note<Kept>();
const noAdvice: readonly Advice[] = [];
const noSections: readonly Section[] = [];

/** Runs rules over files whose language is right: they say what `haproxy -c` does not say. */
export class Adviser {
  /** For each setting the rules that speak of it, by their place in the list. */
  private readonly bySetting = new Map<string, number[]>();
  /** For each type of section whether a rule looks at it, and at any of them whatever its settings. */
  private readonly byType = new Map<string, Uint8Array>();

  constructor(
    private readonly sectionRules: readonly SectionRule[],
    private readonly fileRules: readonly FileRule[],
  ) {
    sectionRules.forEach((rule, index) => {
      for (const setting of rule.settings ?? []) {
        const known = this.bySetting.get(setting);
        if (known === undefined) this.bySetting.set(setting, [index]);
        else known.push(index);
      }
      for (const type of rule.sections) {
        let looks = this.byType.get(type);
        if (looks === undefined) {
          looks = new Uint8Array(sectionRules.length);
          this.byType.set(type, looks);
        }
        looks[index] = rule.settings === undefined ? always : ifSet;
      }
    });
  }

  advise(analysis: HaproxyAnalysis, siblings: readonly HaproxyAnalysis[]): Diagnostic[] {
    const diagnostics: Diagnostic[] = [];
    const summarised: Summarised[] = [];
    const sectionsByType = new Map<string, Section[]>();
    for (const section of analysis.sections) {
      let known = kept.get(section.facts);
      if (known === undefined) {
        known = { advice: this.adviseSection(analysis, section), summary: summaryOf(analysis, section) };
        kept.set(section.facts, known);
      }
      for (const each of known.advice) diagnostics.push(placed(analysis, section, each));
      if (known.summary !== nothingToSay) summarised.push({ section, summary: known.summary });
      const alike = sectionsByType.get(section.type);
      if (alike === undefined) sectionsByType.set(section.type, [section]);
      else alike.push(section);
    }
    const views = new Map<Section, SectionView>();
    const instance: Instance = {
      analysis,
      siblings,
      summarised,
      ofType: (type) => sectionsByType.get(type) ?? noSections,
      view(section) {
        let view = views.get(section);
        if (view === undefined) {
          view = new SectionView(analysis, section);
          views.set(section, view);
        }
        return view;
      },
    };
    for (const rule of this.fileRules)
      rule.checkFile(instance, (section) => (line, at, message, more) => {
        diagnostics.push(placed(analysis, section, { rule, line, start: at.start, end: at.end, message, ...more }));
      });
    return diagnostics;
  }

  private adviseSection(analysis: HaproxyAnalysis, section: Section): readonly Advice[] {
    const looks = this.byType.get(section.type);
    if (looks === undefined) return noAdvice;
    const runs = looks.map((each) => (each === always ? 1 : 0));
    for (const setting of section.facts.settings.own)
      for (const index of this.bySetting.get(setting) ?? []) if (looks[index] === ifSet) runs[index] = 1;
    const found: Advice[] = [];
    const view = new SectionView(analysis, section);
    for (let index = 0; index < runs.length; index++) {
      const rule = this.sectionRules[index];
      if (runs[index] !== 1 || rule === undefined) continue;
      rule.check(view, (line, at, message, more) => {
        found.push({ rule, line, start: at.start, end: at.end, message, ...more });
      });
    }
    return found.length === 0 ? noAdvice : found;
  }
}

/** How a rule looks at a type of section: at each one, or at those with a line of one of its settings. */
const always = 2;
const ifSet = 1;

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
