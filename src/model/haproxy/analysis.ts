import type { Span, TextEdit } from '../../base/span';
import type { Version } from '../../base/version';
import { newestRelease, type Release } from '../../catalog/haproxy/catalog';
import { type HaproxyDocument, readDocument, repeatedLength, replaced } from '../../syntax/haproxy/document';
import type { Line, Word } from '../../syntax/haproxy/line';
import { readConditionals } from './conditional';
import type { Outline } from './links';
import type { Problem } from './problem';
import { readStatement } from './read-statement';
import { readSection } from './section';
import type { OnLine, SectionFacts } from './section-facts';
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
export interface PreviousAnalysis {
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

/** Reads any text whatsoever. With `previous` the lines and sections that the edit left alone are taken over. */
export function analyseHaproxy(
  source: { readonly path: string; readonly text: string; readonly version: Version | undefined },
  previous?: PreviousAnalysis,
): HaproxyAnalysis {
  const release =
    source.version === undefined ? newestRelease : (source.version[0] ?? 0) * 100 + (source.version[1] ?? 0);
  const before = previous?.analysis.release === release ? previous : undefined;
  const document = readDocument(
    source.text,
    before === undefined ? undefined : { document: before.analysis.document, edits: before.edits },
  );
  const old = before !== undefined && before.edits.length > 0 ? before.analysis : undefined;
  const common = { path: source.path, release, releaseAssumed: source.version === undefined, document };
  const quick = old === undefined ? undefined : readOneSectionAgain(document, release, old);
  if (quick !== undefined) return { ...common, ...quick };
  const { raw, hasConditionals } = readStatements(document, release, old);
  const { statements, problems } = hasConditionals ? readConditionals(raw, release) : { statements: raw, problems: [] };
  return {
    ...common,
    statements,
    sections: readSections(statements, release, document.changed, old),
    hasConditionals,
    outline: {},
    serverNames: {},
    uses: {},
    conditionals: problems,
  };
}

/** What an analysis says of its lines; the rest is known of the file as a whole. */
type Meaning = Omit<HaproxyAnalysis, 'path' | 'release' | 'releaseAssumed' | 'document'>;

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
    serverNames: sameKeys(section.facts.servers, facts.servers) ? old.serverNames : {},
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
  if (a.numbers.length + b.numbers.length > 0) return false;
  if (a.mode !== b.mode || a.hasTable !== b.hasTable || a.hasTemplates !== b.hasTemplates) return false;
  return true;
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

function readStatements(
  document: HaproxyDocument,
  release: Release,
  old: HaproxyAnalysis | undefined,
): { readonly raw: Statement[]; readonly hasConditionals: boolean } {
  const { lines, changed } = document;
  const statements: Statement[] = [];
  let hasConditionals = false;
  const known = new Map<string, Map<unknown, Statement>>();
  let section = '';
  let memory = new Map<unknown, Statement>();
  known.set(section, memory);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line === undefined) break;
    let statement: Statement | undefined;
    if (old !== undefined && (i < changed.from || i >= changed.to)) {
      const kept = old.statements[i < changed.from ? i : i - changed.to + changed.oldTo];
      if (
        kept !== undefined &&
        kept.line === line &&
        !kept.uncertain &&
        (kept.section === section || kept.header !== undefined)
      )
        statement = kept;
    }
    if (statement === undefined) {
      const repeated = line.raw.length < repeatedLength;
      statement = repeated ? memory.get(line) : undefined;
      if (statement === undefined) {
        statement = readStatement(line, section, release);
        if (repeated) memory.set(line, statement);
      }
    }
    statements.push(statement);
    hasConditionals ||= statement.directive === undefined && beginsWithDot(line);
    if (statement.header !== undefined && statement.section !== section) {
      section = statement.section;
      memory = known.get(section) ?? new Map();
      known.set(section, memory);
    }
  }
  return { raw: statements, hasConditionals };
}

function readSections(
  statements: readonly Statement[],
  release: Release,
  changed: HaproxyDocument['changed'],
  old: HaproxyAnalysis | undefined,
): Section[] {
  const headers: number[] = [];
  for (let i = 0; i < statements.length; i++) if (statements[i]?.header !== undefined) headers.push(i);
  const oldByHeader = new Map<number, Section>();
  if (old !== undefined) for (const each of old.sections) oldByHeader.set(each.header, each);
  const shift = changed.to - changed.oldTo;
  const sections: Section[] = [];
  const defaultsByName = new Map<string, Section>();
  let latest: Section | undefined;
  headers.forEach((header, index) => {
    const end = headers[index + 1] ?? statements.length;
    const first = statements[header];
    if (first === undefined) return;
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
  });
  return sections;
}
