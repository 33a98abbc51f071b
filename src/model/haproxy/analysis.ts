import type { Span, TextEdit } from '../../base/span';
import { finish, type Steps } from '../../base/steps';
import type { Version } from '../../base/version';
import { newestRelease, type Release } from '../../catalog/haproxy/catalog';
import { type HaproxyDocument, readDocumentInSteps, replaced, tendsToReturn } from '../../syntax/haproxy/document';
import type { Line, Word } from '../../syntax/haproxy/line';
import { readConditionals } from './conditional';
import type { Outline } from './outline';
import type { Problem } from './problem';
import { readStatement } from './read-statement';
import { readSection } from './section';
import type { OnLine, SectionFacts, Templates } from './section-facts';
import type { Statement } from './statement';

/** One section: its header is line `header` of the file, and it reaches up to line `end`, exclusive. */
export interface Section {
  readonly type: string;
  readonly name: Word | undefined;
  readonly header: number;
  readonly end: number;
  /** The `defaults` section it takes over from. */
  readonly defaults: Section | undefined;
  readonly facts: SectionFacts;
}

/** Everything known of one HAProxy file. `statements[i]` is line `i` of `document`. */
export interface HaproxyAnalysis {
  readonly path: string;
  readonly release: Release;
  /** Nobody said which release it is for. */
  readonly releaseAssumed: boolean;
  readonly document: HaproxyDocument;
  readonly statements: readonly Statement[];
  /** In file order; lines before the first header belong to none. */
  readonly sections: readonly Section[];
  /** Whether a line begins with a dot; see `conditional.ts`. */
  readonly hasConditionals: boolean;
  /** The same object for as long as no section changes in what others refer to, its servers apart. */
  readonly outline: Outline;
  /** The same object for as long as the names of servers stay. */
  readonly serverNames: object;
  /** The same object for as long as each section refers to the same names as before. */
  readonly uses: object;
  /** Problems of `.if` and its kin. */
  readonly conditionals: readonly OnLine<Problem>[];
}

/** The analysis of the text before an edit, and the edit in offsets of that text. */
interface PreviousAnalysis {
  readonly analysis: HaproxyAnalysis;
  readonly edits: readonly TextEdit[];
}

/** Where `part` of line `line` lies in the file. */
export function spanOf(
  analysis: HaproxyAnalysis,
  line: number,
  part: { readonly start: number; readonly end: number },
): Span {
  const start = analysis.document.starts[line] ?? 0;
  return { start: start + part.start, end: start + part.end };
}

/** The section that holds line `line`. */
export function sectionAt(analysis: HaproxyAnalysis, line: number): Section | undefined {
  const { sections } = analysis;
  let low = 0;
  let high = sections.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sections[middle]?.header ?? 0) <= line) low = middle;
    else high = middle - 1;
  }
  const found = sections[low];
  return found !== undefined && found.header <= line && line < found.end ? found : undefined;
}

/** One text, and the release that it is read for; undefined is the newest that Haven knows. */
interface HaproxySource {
  readonly path: string;
  readonly text: string;
  readonly version: Version | undefined;
}

/** Reads any text whatsoever. With `previous` the lines and sections that the edit left alone are taken over. */
export function analyseHaproxy(source: HaproxySource, previous?: PreviousAnalysis): HaproxyAnalysis {
  return finish(analyseHaproxyInSteps(source, previous));
}

/** The same, with a stop every few hundred lines. */
export function* analyseHaproxyInSteps(source: HaproxySource, previous?: PreviousAnalysis): Steps<HaproxyAnalysis> {
  const release =
    source.version === undefined ? newestRelease : (source.version[0] ?? 0) * 100 + (source.version[1] ?? 0);
  const before = previous?.analysis.release === release ? previous : undefined;
  const document = yield* readDocumentInSteps(
    source.text,
    before === undefined ? undefined : { document: before.analysis.document, edits: before.edits },
  );
  const old = before !== undefined && before.edits.length > 0 ? before.analysis : undefined;
  const meaning =
    (old === undefined ? undefined : readOneSectionAgain(document, release, old)) ??
    (yield* readEverySection(document, release, old));
  // No spread here: an object made by one gets a shape of its own, and all code that was made quick for the last
  // file's is thrown away for this one.
  return {
    path: source.path,
    release,
    releaseAssumed: source.version === undefined,
    document,
    statements: meaning.statements,
    sections: meaning.sections,
    hasConditionals: meaning.hasConditionals,
    outline: meaning.outline,
    serverNames: meaning.serverNames,
    uses: meaning.uses,
    conditionals: meaning.conditionals,
  };
}

/** What an analysis says of its lines; the rest is known of the file as a whole. */
type Meaning = Omit<HaproxyAnalysis, 'path' | 'release' | 'releaseAssumed' | 'document'>;

function* readEverySection(
  document: HaproxyDocument,
  release: Release,
  old: HaproxyAnalysis | undefined,
): Steps<Meaning> {
  const reader = new StatementReader(document, release, old);
  while (reader.read(lineStride)) yield;
  const { statements: raw, hasConditionals } = reader;
  const { statements, problems } = hasConditionals ? readConditionals(raw, release) : { statements: raw, problems: [] };
  return {
    statements,
    sections: yield* readSections(statements, release, document.changed, old),
    hasConditionals,
    outline: {},
    serverNames: {},
    uses: {},
    conditionals: problems,
  };
}

/** The usual edit: lines inside one section, none of them a header. Everything else is taken over as it is. */
function readOneSectionAgain(document: HaproxyDocument, release: Release, old: HaproxyAnalysis): Meaning | undefined {
  const { from, to, oldTo } = document.changed;
  const section = sectionAt(old, from);
  if (old.hasConditionals || section === undefined || section.header >= from || section.end < oldTo) return undefined;
  if (section.type === 'defaults') return undefined;
  const changed: Statement[] = [];
  for (let line = from; line < to; line++) {
    const value = document.lines[line];
    if (value === undefined || beginsWithDot(value)) return undefined;
    const statement = readStatement(value, section.type, release);
    if (statement.header !== undefined) return undefined;
    changed.push(statement);
  }
  const statements = replaced(old.statements, from, oldTo, changed);
  const shift = to - oldTo;
  const end = section.end + shift;
  const facts = readSection(statements.slice(section.header, end), release, section.defaults?.facts);
  const at = old.sections.indexOf(section);
  const sections = shift === 0 ? old.sections.slice() : movedBehind(old.sections, at, shift);
  sections[at] = { ...section, end, facts };
  return {
    statements,
    sections,
    hasConditionals: false,
    outline: looksTheSame(section.facts, facts) && section.type !== 'peers' ? old.outline : {},
    serverNames: namesTheSameServers(section.facts, facts) ? old.serverNames : {},
    uses: refersToTheSame(section.facts, facts) ? old.uses : {},
    conditionals: [],
  };
}

/** The sections with those behind index `at` moved by `shift` lines, and what they start from with them. */
function movedBehind(sections: readonly Section[], at: number, shift: number): Section[] {
  const moved = sections.slice(0, at + 1);
  const defaults = new Map<Section, Section>();
  for (let i = at + 1; i < sections.length; i++) {
    const each = sections[i];
    if (each === undefined) break;
    const section: Section = {
      type: each.type,
      name: each.name,
      header: each.header + shift,
      end: each.end + shift,
      defaults: each.defaults === undefined ? undefined : (defaults.get(each.defaults) ?? each.defaults),
      facts: each.facts,
    };
    if (each.type === 'defaults') defaults.set(each, section);
    moved.push(section);
  }
  return moved;
}

function beginsWithDot({ words }: Line): boolean {
  return words[0]?.text.startsWith('.') === true;
}

function looksTheSame(a: SectionFacts, b: SectionFacts): boolean {
  if (a.numbers.length + b.numbers.length + a.guids.length + b.guids.length > 0) return false;
  if (a.mode !== b.mode || a.hasTable !== b.hasTable || a.table !== b.table || a.hasTemplates !== b.hasTemplates)
    return false;
  return true;
}

function namesTheSameServers(a: SectionFacts, b: SectionFacts): boolean {
  return sameKeys(a.servers, b.servers) && sameTemplates(a.templates, b.templates);
}

function sameTemplates(a: Templates | undefined, b: Templates | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const told = (all: Templates): string =>
    [...all].map(([prefix, list]) => list.map(({ first, last }) => `${prefix} ${first}-${last}`).join()).join();
  return told(a) === told(b);
}

function sameKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  if (a.size !== b.size) return false;
  for (const name of a.keys()) if (!b.has(name)) return false;
  return true;
}

function refersToTheSame(a: SectionFacts, b: SectionFacts): boolean {
  if (a.references.length !== b.references.length || a.dynamic !== b.dynamic) return false;
  return a.references.every(({ value }, index) => {
    const other = b.references[index]?.value;
    return other !== undefined && other.kind === value.kind && other.name === value.name;
  });
}

/** How many lines are read between one stop and the next. */
const lineStride = 500;

/** Reads line by line what a file says; a line that returns in sections of one type is read once. */
class StatementReader {
  readonly statements: Statement[] = [];
  hasConditionals = false;
  private section = '';
  private memory = new Map<Line, Statement>();
  private readonly memories = new Map([[this.section, this.memory]]);

  constructor(
    private readonly document: HaproxyDocument,
    private readonly release: Release,
    private readonly old: HaproxyAnalysis | undefined,
  ) {}

  /** Reads the next `count` lines; whether more are left. */
  read(count: number): boolean {
    const { statements } = this;
    const { lines } = this.document;
    const until = Math.min(lines.length, statements.length + count);
    for (let i = statements.length; i < until; i++) {
      const line = lines[i];
      if (line === undefined) break;
      const statement = this.kept(line, i) ?? this.readLine(line);
      statements.push(statement);
      this.hasConditionals ||= statement.directive === undefined && beginsWithDot(line);
      if (statement.header !== undefined && statement.section !== this.section) this.enter(statement.section);
    }
    return until < lines.length;
  }

  /** What line `at` said before the edit, if it is the same line in the same place. */
  private kept(line: Line, at: number): Statement | undefined {
    const { changed } = this.document;
    if (this.old === undefined || (at >= changed.from && at < changed.to)) return undefined;
    const kept = this.old.statements[at < changed.from ? at : at - changed.to + changed.oldTo];
    const holds =
      kept?.line === line && !kept.uncertain && (kept.section === this.section || kept.header !== undefined);
    return holds ? kept : undefined;
  }

  private readLine(line: Line): Statement {
    const { raw } = line;
    if (!tendsToReturn(raw, 0, raw.length)) return readStatement(line, this.section, this.release);
    let statement = this.memory.get(line);
    if (statement === undefined) {
      statement = readStatement(line, this.section, this.release);
      this.memory.set(line, statement);
    }
    return statement;
  }

  private enter(section: string): void {
    this.section = section;
    this.memory = this.memories.get(section) ?? new Map();
    this.memories.set(section, this.memory);
  }
}

/** How many sections are read between one stop and the next. */
const sectionStride = 50;

function* readSections(
  statements: readonly Statement[],
  release: Release,
  changed: HaproxyDocument['changed'],
  old: HaproxyAnalysis | undefined,
): Steps<Section[]> {
  const headers: number[] = [];
  for (let i = 0; i < statements.length; i++) if (statements[i]?.header !== undefined) headers.push(i);
  const oldByHeader = new Map<number, Section>();
  if (old !== undefined) for (const each of old.sections) oldByHeader.set(each.header, each);
  const shift = changed.to - changed.oldTo;
  const sections: Section[] = [];
  const defaultsByName = new Map<string, Section>();
  let latest: Section | undefined;
  for (const [index, header] of headers.entries()) {
    if (index % sectionStride === sectionStride - 1) yield;
    const end = headers[index + 1] ?? statements.length;
    const first = statements[header];
    if (first === undefined) continue;
    const type = first.section;
    const isProxy = type === 'frontend' || type === 'backend' || type === 'listen' || type === 'defaults';
    const from = first.references.find((each) => each.kind === 'defaults');
    const defaults = !isProxy
      ? undefined
      : from !== undefined
        ? defaultsByName.get(from.name)
        : type === 'defaults'
          ? undefined
          : latest;
    const before =
      end <= changed.from
        ? oldByHeader.get(header)
        : header >= changed.to
          ? oldByHeader.get(header - shift)
          : undefined;
    const reusable =
      before !== undefined &&
      before.end - before.header === end - header &&
      before.defaults?.facts === defaults?.facts &&
      old?.statements[before.header] === first;
    const facts = reusable ? before.facts : readSection(statements.slice(header, end), release, defaults?.facts);
    const name = first.args[0]?.text === 'from' && type === 'defaults' ? undefined : first.args[0];
    const section: Section = { type, name, header, end, defaults, facts };
    sections.push(section);
    if (type === 'defaults') {
      latest = section;
      if (name !== undefined) defaultsByName.set(name.text, section);
    }
  }
  return sections;
}
