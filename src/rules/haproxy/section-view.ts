import type { HaproxyAnalysis, Section } from '../../model/haproxy/analysis';
import type { SectionFacts } from '../../model/haproxy/section';
import type { Statement } from '../../model/haproxy/statement';
import type { Word } from '../../syntax/haproxy/line';
import { readServers, type Server } from './servers';

/** A statement and its line, counted from the header of its section. */
export interface Entry {
  readonly line: number;
  readonly statement: Statement;
}

const noEntries: readonly Entry[] = [];

/** Hundreds of sections may start from the same defaults. */
const viewsOfDefaults = new WeakMap<Section, SectionView>();

/** One section as rules look at it: by the names of its settings, with those of its `defaults` behind it. */
export class SectionView {
  readonly type: string;
  readonly facts: SectionFacts;
  /** Whether every line can be judged: none in a branch of `.if` that is undecided, none that is wrong. */
  readonly certain: boolean;
  private readonly byName = new Map<string, Entry[]>();
  private knownServers: readonly Server[] | undefined;

  constructor(
    readonly analysis: HaproxyAnalysis,
    readonly section: Section,
  ) {
    this.type = section.type;
    this.facts = section.facts;
    let certain = true;
    for (let line = 0; line < section.end - section.header; line++) {
      const statement = analysis.statements[section.header + line];
      if (statement === undefined) continue;
      if (statement.uncertain === true || statement.problems.length > 0) certain = false;
      if (statement.directive === undefined || statement.prefix !== undefined) continue;
      const entries = this.byName.get(statement.directive.name);
      if (entries === undefined) this.byName.set(statement.directive.name, [{ line, statement }]);
      else entries.push({ line, statement });
    }
    this.certain = certain;
  }

  get header(): Statement | undefined {
    return this.analysis.statements[this.section.header];
  }

  /** The section's name as the user wrote it, or its type where it has none. */
  get place(): Word | undefined {
    return this.section.name ?? this.header?.keyword[0];
  }

  /** The `defaults` section that this one starts from. */
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

  /** The section's own lines of a setting. */
  own(name: string): readonly Entry[] {
    return this.byName.get(name) ?? noEntries;
  }

  /** The settings that the section has lines of, in the order of their first ones. */
  get names(): Iterable<string> {
    return this.byName.keys();
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

  /** Whether the setting is in force, here or from the defaults. */
  has(name: string): boolean {
    return this.facts.settings.has(name);
  }

  /** Every line of the section, its header first. */
  *lines(): Iterable<Entry> {
    for (let line = 0; line < this.section.end - this.section.header; line++) {
      const statement = this.analysis.statements[this.section.header + line];
      if (statement !== undefined) yield { line, statement };
    }
  }
}
