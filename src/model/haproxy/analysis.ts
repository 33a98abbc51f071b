import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import type { Span, TextEdit } from '../../base/span';
import type { Version } from '../../base/version';
import { newestRelease, type Release, releaseText } from '../../catalog/haproxy/catalog';
import { type HaproxyDocument, readDocument, repeatedLength } from '../../syntax/haproxy/document';
import type { Word } from '../../syntax/haproxy/line';
import { readConditionals } from './conditional';
import { Note } from './note';
import type { NameKind, Problem } from './problem';
import { type OnLine, readSection, type SectionFacts } from './section';
import { readStatement, type Statement } from './statement';

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
  /** The same object for as long as nothing changes that other sections refer to. */
  readonly outline: object;
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
  const raw = readStatements(document, release, old);
  const hasConditionals = raw.some((each) => each.line.words[0]?.text.startsWith('.') === true);
  const { statements, problems } = hasConditionals ? readConditionals(raw, release) : { statements: raw, problems: [] };
  return {
    ...common,
    statements,
    sections: readSections(statements, release, document.changed, old),
    hasConditionals,
    outline: {},
    conditionals: problems,
  };
}

/** The usual edit: lines inside one section, none of them a header. Everything else is taken over as it is. */
function readOneSectionAgain(
  document: HaproxyDocument,
  release: Release,
  old: HaproxyAnalysis,
): Pick<HaproxyAnalysis, 'statements' | 'sections' | 'hasConditionals' | 'outline' | 'conditionals'> | undefined {
  const { from, to, oldTo } = document.changed;
  const section = sectionAt(old, from);
  if (old.hasConditionals || to !== oldTo || section === undefined || section.header >= from || section.end < oldTo)
    return undefined;
  if (section.type === 'defaults') return undefined;
  const statements = old.statements.slice();
  for (let line = from; line < to; line++) {
    const value = document.lines[line];
    if (value === undefined || value.words[0]?.text.startsWith('.') === true) return undefined;
    const statement = readStatement(value, section.type, release);
    if (statement.header !== undefined) return undefined;
    statements[line] = statement;
  }
  const facts = readSection(statements.slice(section.header, section.end), release, section.defaults?.facts);
  const sections = old.sections.slice();
  sections[sections.indexOf(section)] = { ...section, facts };
  const outline = looksTheSame(section.facts, facts) && section.type !== 'peers' ? old.outline : {};
  return { statements, sections, hasConditionals: false, outline, conditionals: [] };
}

function looksTheSame(a: SectionFacts, b: SectionFacts): boolean {
  if (a.mode !== b.mode || a.hasTable !== b.hasTable || a.hasTemplates !== b.hasTemplates) return false;
  if (a.servers.size !== b.servers.size) return false;
  for (const name of a.servers.keys()) if (!b.servers.has(name)) return false;
  return true;
}

function readStatements(document: HaproxyDocument, release: Release, old: HaproxyAnalysis | undefined): Statement[] {
  const { lines, changed } = document;
  const statements: Statement[] = [];
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
    if (statement.header !== undefined && statement.section !== section) {
      section = statement.section;
      memory = known.get(section) ?? new Map();
      known.set(section, memory);
    }
  }
  return statements;
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

/** Sections of one instance by what other sections call them. */
export interface Names {
  find(kind: NameKind, name: string): Section | undefined;
  all(kind: NameKind): Iterable<string>;
}

const kindsOfType: Readonly<Record<string, readonly NameKind[]>> = {
  frontend: ['frontend', 'proxy', 'table'],
  backend: ['backend', 'proxy', 'table'],
  listen: ['frontend', 'backend', 'proxy', 'table'],
  userlist: ['userlist'],
  peers: ['peers'],
  resolvers: ['resolvers'],
  cache: ['cache'],
  mailers: ['mailers'],
  'http-errors': ['http-errors'],
  'fcgi-app': ['fcgi-app'],
  ring: ['ring'],
  'log-profile': ['log-profile'],
  acme: ['acme'],
  healthcheck: ['healthcheck'],
  defaults: ['defaults'],
};

/** The names that `analyses`, the files of one instance in load order, define. */
export function namesOf(analyses: readonly HaproxyAnalysis[]): Names {
  const tables = new Map<NameKind, Map<string, Section>>();
  for (const analysis of analyses) {
    for (const section of analysis.sections) {
      if (section.name === undefined) continue;
      for (const kind of kindsOfType[section.type] ?? []) {
        let table = tables.get(kind);
        if (table === undefined) {
          table = new Map();
          tables.set(kind, table);
        }
        if (!table.has(section.name.text)) table.set(section.name.text, section);
      }
      if (section.type === 'peers') {
        let table = tables.get('table');
        if (table === undefined) {
          table = new Map();
          tables.set('table', table);
        }
        for (let line = section.header; line < section.end; line++) {
          const statement = analysis.statements[line];
          if (statement?.directive?.name === 'table' && statement.args[0] !== undefined)
            table.set(`${section.name.text}/${statement.args[0].text}`, section);
        }
      }
    }
  }
  return {
    find: (kind, name) => tables.get(kind)?.get(name),
    all: (kind) => tables.get(kind)?.keys() ?? [],
  };
}

interface Links {
  readonly outline: object;
  readonly problems: readonly OnLine<Problem>[];
}

/** What linking found in a section, for as long as the outline of the file stays; lines count from its header. */
const linksOf = new Note<Links>();
const duplicatesOf = new WeakMap<object, readonly OnLine<Problem>[]>();

/** Problems that only show when the sections of all files of an instance are seen together; lines are those of `analysis`. */
export function linkHaproxy(analysis: HaproxyAnalysis, siblings: readonly HaproxyAnalysis[]): OnLine<Problem>[] {
  const { outline, release } = analysis;
  const alone = siblings.length === 0;
  const problems: OnLine<Problem>[] = [];
  let duplicates = duplicatesOf.get(outline);
  if (duplicates === undefined) {
    const found: OnLine<Problem>[] = [];
    const seen = new Map<string, Section>();
    for (const section of analysis.sections) checkDuplicate(section, seen, release, found);
    duplicates = found;
    duplicatesOf.set(outline, found);
  }
  problems.push(...duplicates);
  let names: Names | undefined;
  const uncertain = (): boolean =>
    [analysis, ...siblings].some((each) => each.sections.some((section) => section.name?.open === true));
  for (const section of analysis.sections) {
    if (section.facts.references.length === 0) continue;
    let links = alone ? linksOf.get(section.facts) : undefined;
    if (links?.outline !== outline) {
      names ??= namesOf([analysis, ...siblings]);
      links = { outline, problems: linkSection(analysis, section, names, uncertain) };
      if (alone) linksOf.set(section.facts, links);
    }
    for (const { line, value } of links?.problems ?? []) problems.push({ line: section.header + line, value });
  }
  return problems;
}

function linkSection(
  analysis: HaproxyAnalysis,
  section: Section,
  names: Names,
  uncertain: () => boolean,
): OnLine<Problem>[] {
  const problems: OnLine<Problem>[] = [];
  for (const { line, value } of section.facts.references) {
    const add = (message: Message, suggestion?: string): void => {
      const { start, end } = value;
      const more = suggestion === undefined ? {} : { suggestion };
      problems.push({ line, value: { mistake: 'unknown-reference', start, end, message, ...more } });
    };
    if (value.kind === 'server') {
      linkServer(section, value.name, names, add);
      continue;
    }
    const target = names.find(value.kind, value.name);
    if (target === undefined) {
      const elsewhere = value.kind === 'ring' && section.type === 'log-forward';
      if (elsewhere || (value.kind === 'resolvers' && value.name === 'default') || uncertain()) continue;
      const suggestion = nearest(value.name, names.all(value.kind));
      add(
        suggestion === undefined
          ? say('there is no {0} "{1}"', value.kind, value.name)
          : say('there is no {0} "{1}"; "{2}" exists', value.kind, value.name, suggestion),
        suggestion,
      );
    } else if (value.kind === 'table' && target.type !== 'peers' && !target.facts.hasTable) {
      add(say('"{0}" has no stick-table', value.name));
    } else if (value.kind === 'backend' && section.type !== 'defaults') {
      const from = section.facts.mode;
      const to = target.facts.mode;
      const directive = analysis.statements[section.header + line]?.directive?.name;
      if (target.name?.text === section.name?.text && target.type === section.type)
        problems.push({
          line,
          value: {
            mistake: 'conflicting-settings',
            start: value.start,
            end: value.end,
            message: say('"{0}" is this section itself', value.name),
          },
        });
      if (from === to || (from === 'tcp' && to === 'http')) continue;
      if (directive !== 'default_backend' && directive !== 'use_backend') continue;
      const message = say('"{0}" is in mode {1}, but this section is in mode {2}', value.name, to, from);
      problems.push({ line, value: { mistake: 'conflicting-settings', start: value.start, end: value.end, message } });
    }
  }
  return problems;
}

function linkServer(
  section: Section,
  name: string,
  names: Names,
  add: (message: Message, suggestion?: string) => void,
): void {
  const slash = name.indexOf('/');
  const backend = name.slice(0, Math.max(0, slash));
  const owner = slash < 0 ? section : names.find('backend', backend);
  const server = name.slice(slash + 1);
  if (owner === undefined) add(say('there is no backend "{0}"', backend), nearest(backend, names.all('backend')));
  else if (!owner.facts.hasTemplates && !owner.facts.servers.has(server) && owner.type !== 'defaults')
    add(
      say('there is no server "{0}" in "{1}"', server, owner.name?.text ?? ''),
      nearest(server, owner.facts.servers.keys()),
    );
}

const uniqueTypes: ReadonlySet<string> = new Set([
  'peers',
  'mailers',
  'resolvers',
  'cache',
  'ring',
  'http-errors',
  'fcgi-app',
  'log-profile',
  'acme',
  'healthcheck',
  'log-forward',
  'program',
]);

/** A `listen` and a `backend` of one name are refused from here on. */
const sameNameRefused: Release = 302;
/** A `frontend` and a `backend` of one name are warned about before, and refused from here on. */
const sidesRefused: Release = 303;

function checkDuplicate(
  section: Section,
  seen: Map<string, Section>,
  release: Release,
  problems: OnLine<Problem>[],
): void {
  const { name, type } = section;
  if (name === undefined || name.open) return;
  const report = (severity: 'error' | 'warning', refusedFrom?: Release): void => {
    problems.push({
      line: section.header,
      value: {
        mistake: 'duplicate-name',
        start: name.start,
        end: name.end,
        message:
          refusedFrom === undefined
            ? say('the name "{0}" is taken by another section', name.text)
            : say(
                'the name "{0}" is taken by another section, which releases from {1} on refuse',
                name.text,
                releaseText(refusedFrom),
              ),
        severity,
        ...(refusedFrom === undefined ? {} : { refusedFrom }),
      },
    });
  };
  const sides =
    type === 'listen'
      ? ['frontend', 'backend']
      : type === 'frontend' || type === 'log-forward'
        ? ['frontend']
        : type === 'backend'
          ? ['backend']
          : uniqueTypes.has(type) || type === 'userlist'
            ? [type]
            : [];
  let worst: 'error' | 'warning' | undefined;
  let younger: Release = 0;
  for (const side of sides) {
    const other = seen.get(`${side} ${name.text}`);
    if (other === undefined) seen.set(`${side} ${name.text}`, section);
    else if (type === 'userlist') worst ??= 'warning';
    else if (side === 'backend' && other.type !== type) younger = Math.max(younger, sameNameRefused);
    else worst = 'error';
  }
  const opposite = type === 'frontend' ? 'backend' : type === 'backend' ? 'frontend' : undefined;
  if (seen.get(`${opposite} ${name.text}`)?.type === opposite && opposite !== undefined)
    younger = Math.max(younger, sidesRefused);
  if (worst !== undefined) report(worst);
  else if (younger > 0 && release >= sameNameRefused) report(release >= younger ? 'error' : 'warning', younger);
}
