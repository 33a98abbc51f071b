import type { Diagnostic, Fix, Severity } from '../../base/finding';
import type { Message } from '../../base/message';
import type { Steps } from '../../base/steps';
import { type HaproxyAnalysis, type Section, spanOf } from '../../model/haproxy/analysis';
import { Note } from '../../model/haproxy/note';
import type { RuleInfo } from '../rule';
import { nothingToSay, type SectionSummary, summaryOf } from './section-summary';
import { SectionView } from './section-view';

/** A stretch of one line, counted from its start. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A replacement on a line, which is counted from the header of the section. */
interface LineEdit extends Stretch {
  readonly line: number;
  readonly newText: string;
}

interface LineFix {
  readonly title: Message;
  readonly edits: readonly LineEdit[];
  readonly confidence: Fix['confidence'];
}

interface More {
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

interface Summarised {
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

/** How many sections are looked at between one stop and the next. */
const sectionStride = 50;

/** Runs rules over files whose language is right: they say what `haproxy -c` does not say. */
export class Adviser {
  /** The rules that speak of a setting, one bit each. */
  private readonly bySetting = new Map<string, number>();
  /** The rules that look at a type of section: at each one, and at those with a line of one of their settings. */
  private readonly byType = new Map<string, { always: number; ifSet: number }>();

  constructor(
    private readonly sectionRules: readonly SectionRule[],
    private readonly fileRules: readonly FileRule[],
  ) {
    if (sectionRules.length > 31) throw new Error('a number has no more bits: keep two of them');
    sectionRules.forEach((rule, index) => {
      const bit = 1 << index;
      for (const setting of rule.settings ?? []) this.bySetting.set(setting, (this.bySetting.get(setting) ?? 0) | bit);
      for (const type of rule.sections) {
        const looks = this.byType.get(type) ?? { always: 0, ifSet: 0 };
        if (rule.settings === undefined) looks.always |= bit;
        else looks.ifSet |= bit;
        this.byType.set(type, looks);
      }
    });
  }

  /** Looks at each section, with a stop every now and then; `advise` has little left to do after it. */
  *prepare(analysis: HaproxyAnalysis): Steps<void> {
    for (const [index, section] of analysis.sections.entries()) {
      if (index % sectionStride === sectionStride - 1) yield;
      this.keptOf(analysis, section);
    }
  }

  advise(analysis: HaproxyAnalysis, siblings: readonly HaproxyAnalysis[]): Diagnostic[] {
    const diagnostics: Diagnostic[] = [];
    const summarised: Summarised[] = [];
    const sectionsByType = new Map<string, Section[]>();
    for (const section of analysis.sections) {
      const known = this.keptOf(analysis, section);
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

  private keptOf(analysis: HaproxyAnalysis, section: Section): Kept {
    let known = kept.get(section.facts);
    if (known === undefined) {
      known = { advice: this.adviseSection(analysis, section), summary: summaryOf(analysis, section) };
      kept.set(section.facts, known);
    }
    return known;
  }

  private adviseSection(analysis: HaproxyAnalysis, section: Section): readonly Advice[] {
    const looks = this.byType.get(section.type);
    if (looks === undefined) return noAdvice;
    let wanted = 0;
    for (const setting of section.facts.settings.own) wanted |= this.bySetting.get(setting) ?? 0;
    wanted = (wanted & looks.ifSet) | looks.always;
    if (wanted === 0) return noAdvice;
    let found: Advice[] | undefined;
    let rule: SectionRule | undefined;
    const view = new SectionView(analysis, section);
    const report: Report = (line, at, message, more) => {
      if (rule === undefined) return;
      found ??= [];
      found.push({ rule, line, start: at.start, end: at.end, message, ...more });
    };
    for (let index = 0; wanted >> index !== 0; index++) {
      if (((wanted >> index) & 1) === 0) continue;
      rule = this.sectionRules[index];
      rule?.check(view, report);
    }
    return found ?? noAdvice;
  }
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
