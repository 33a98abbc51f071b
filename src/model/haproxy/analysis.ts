import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import type { Span, TextEdit } from '../../base/span';
import type { Version } from '../../base/version';
import { newestRelease, type Release } from '../../catalog/haproxy/catalog';
import { type HaproxyDocument, readDocument } from '../../syntax/haproxy/document';
import type { Word } from '../../syntax/haproxy/line';
import { readConditionals } from './conditional';
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
  const raw = readStatements(document, release, old);
  const { statements, problems } = readConditionals(raw, release);
  return {
    path: source.path,
    release,
    releaseAssumed: source.version === undefined,
    document,
    statements,
    sections: readSections(statements, release, document.changed, old),
    conditionals: problems,
  };
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
      statement = memory.get(line);
      if (statement === undefined) {
        statement = readStatement(line, section, release);
        memory.set(line, statement);
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

/** Problems that only show when the sections of all files of an instance are seen together; lines are those of `analysis`. */
export function linkHaproxy(analysis: HaproxyAnalysis, siblings: readonly HaproxyAnalysis[]): OnLine<Problem>[] {
  const problems: OnLine<Problem>[] = [];
  const names = namesOf([analysis, ...siblings]);
  const uncertain = [analysis, ...siblings].some((each) =>
    each.sections.some((section) => section.name?.open === true),
  );
  const seen = new Map<string, Section>();
  for (const section of analysis.sections) {
    checkDuplicate(section, seen, analysis.release, problems);
    for (const { line, value } of section.facts.references) {
      const at = { line: section.header + line };
      const add = (message: Message, suggestion?: string): void => {
        problems.push({
          ...at,
          value: {
            mistake: 'unknown-reference',
            start: value.start,
            end: value.end,
            message,
            ...(suggestion === undefined ? {} : { suggestion }),
          },
        });
      };
      if (value.kind === 'server') {
        const slash = value.name.indexOf('/');
        const owner = slash < 0 ? section : names.find('backend', value.name.slice(0, slash));
        const server = value.name.slice(slash + 1);
        if (owner === undefined)
          add(
            say('there is no backend "{0}"', value.name.slice(0, slash)),
            nearest(value.name.slice(0, slash), names.all('backend')),
          );
        else if (!owner.facts.hasTemplates && !owner.facts.servers.has(server) && owner.type !== 'defaults')
          add(
            say('there is no server "{0}" in "{1}"', server, owner.name?.text ?? ''),
            nearest(server, owner.facts.servers.keys()),
          );
        continue;
      }
      const target = names.find(value.kind, value.name);
      if (target === undefined) {
        if (
          (value.kind === 'ring' && section.type === 'log-forward') ||
          uncertain ||
          (value.kind === 'resolvers' && value.name === 'default')
        )
          continue;
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
        const directive = analysis.statements[at.line]?.directive?.name;
        if (
          from !== to &&
          !(from === 'tcp' && to === 'http') &&
          (directive === 'default_backend' || directive === 'use_backend')
        )
          problems.push({
            ...at,
            value: {
              mistake: 'conflicting-settings',
              start: value.start,
              end: value.end,
              message: say('"{0}" is in mode {1}, but this section is in mode {2}', value.name, to, from),
            },
          });
      }
    }
  }
  return problems;
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

function checkDuplicate(
  section: Section,
  seen: Map<string, Section>,
  release: Release,
  problems: OnLine<Problem>[],
): void {
  const { name, type } = section;
  if (name === undefined || name.open) return;
  const report = (severity: 'error' | 'warning'): void => {
    problems.push({
      line: section.header,
      value: {
        mistake: 'duplicate-name',
        start: name.start,
        end: name.end,
        message: say('the name "{0}" is taken by another section', name.text),
        severity,
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
  for (const side of sides) {
    const other = seen.get(`${side} ${name.text}`);
    if (other === undefined) seen.set(`${side} ${name.text}`, section);
    else if (type === 'userlist') worst ??= 'warning';
    else if (side === 'backend' && other.type !== type && release < 302) continue;
    else worst = 'error';
  }
  const opposite = type === 'frontend' ? 'backend' : type === 'backend' ? 'frontend' : undefined;
  if (worst === undefined && opposite !== undefined && release >= 302 && seen.has(`${opposite} ${name.text}`))
    worst = release >= 303 ? 'error' : 'warning';
  if (worst !== undefined) report(worst);
}
