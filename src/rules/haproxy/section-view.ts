import type { HaproxyAnalysis, Section } from '../../model/haproxy/analysis';
import type { SectionFacts } from '../../model/haproxy/section-facts';
import type { Statement } from '../../model/haproxy/statement';
import type { Word } from '../../syntax/haproxy/line';
import type { Entry, Settings } from './entry';
import { readServers, type Server } from './servers';

const noEntries: readonly Entry[] = [];

/** Hundreds of sections may start from the same defaults. */
const viewsOfDefaults = new WeakMap<Section, SectionView>();

/** One section as rules look at it: by the names of its settings, with those of its `defaults` behind it. */
export class SectionView implements Settings {
  readonly type: string;
  readonly facts: SectionFacts;
  private byName: Map<string, readonly Entry[]> | undefined;
  private knownServers: readonly Server[] | undefined;

  constructor(
    readonly analysis: HaproxyAnalysis,
    readonly section: Section,
  ) {
    this.type = section.type;
    this.facts = section.facts;
  }

  /** Whether every line can be judged: none in a branch of `.if` that is undecided, none that is wrong. */
  get certain(): boolean {
    return this.facts.certain;
  }

  get defaults(): SectionView | undefined {
    const { defaults } = this.section;
    if (defaults === undefined) return undefined;
    let view = viewsOfDefaults.get(defaults);
    if (view === undefined) {
      view = new SectionView(this.analysis, defaults);
      viewsOfDefaults.set(defaults, view);
    }
    return view;
  }

  own(name: string): readonly Entry[] {
    if (!this.facts.settings.own.has(name)) return noEntries;
    this.byName ??= new Map();
    let entries = this.byName.get(name);
    if (entries === undefined) {
      entries = this.readEntries(name);
      this.byName.set(name, entries);
    }
    return entries;
  }

  /** The lines of one setting: rules ask for few of those that a section has. */
  private readEntries(name: string): readonly Entry[] {
    const entries: Entry[] = [];
    const { statements } = this.analysis;
    const { header, end } = this.section;
    for (let at = header; at < end; at++) {
      const statement = statements[at];
      if (statement?.directive?.name === name && statement.prefix === undefined)
        entries.push({ line: at - header, statement });
    }
    return entries;
  }

  /** The settings that the section has lines of, in the order of their first ones. */
  get names(): Iterable<string> {
    return this.facts.settings.own;
  }

  /** The words behind the setting in force: those of the section's last line of it, or else of its defaults'. */
  value(name: string): readonly Word[] | undefined {
    return this.own(name).at(-1)?.statement.args ?? (this.has(name) ? this.defaults?.value(name) : undefined);
  }

  /** The servers of the section, with what defaults add to them. */
  get servers(): readonly Server[] {
    this.knownServers ??= readServers(this);
    return this.knownServers;
  }

  has(name: string): boolean {
    return this.facts.settings.has(name);
  }

  /** How many lines the section has, its header the first. */
  get length(): number {
    return this.section.end - this.section.header;
  }

  line(index: number): Statement | undefined {
    return this.analysis.statements[this.section.header + index];
  }
}
