import type { HaproxyAnalysis, Section } from '../../model/haproxy/analysis';
import { partOf } from '../../model/haproxy/reader';
import type { Statement } from '../../model/haproxy/statement';
import type { Word } from '../../syntax/haproxy/line';
import { findSection, type InstanceFile, type Target } from './targets';
import { visitsOf } from './visits';

/** A name in a line, counted from its start. */
interface NameInLine {
  readonly at: { readonly start: number; readonly end: number };
  readonly target: Target;
  readonly isDefinition: boolean;
}

/** What a line is asked for names. */
interface Asked {
  readonly files: readonly InstanceFile[];
  readonly analysis: HaproxyAnalysis;
  readonly statement: Statement;
  readonly section: Section;
}

/**
 * Names that the program does not look up where it reads them, or that only a part of one section knows, and which
 * mean one thing all the same: accounts, limits, certificates, peers, sections on the page of statistics.
 */
export function innerNames(asked: Asked): readonly NameInLine[] {
  const { statement } = asked;
  const ofLine = byDirective.get(statement.directive?.name ?? '');
  const found = ofLine === undefined ? [] : [...ofLine(asked)];
  const { raw } = statement.line;
  if (raw.includes('http_auth_group(')) found.push(...groupsCompared(asked));
  if (raw.includes('set-bandwidth-limit')) found.push(...filterUsed(asked, 'set-bandwidth-limit', 'limit'));
  if (raw.includes('send-spoe-group')) found.push(...filterUsed(asked, 'send-spoe-group', 'engine'));
  if (raw.includes('@')) found.push(...certificatesUsed(asked));
  return found;
}

type OfLine = (asked: Asked) => Iterable<NameInLine>;

const byDirective: ReadonlyMap<string, OfLine> = new Map<string, OfLine>([
  ['user', accounts],
  ['group', accounts],
  ['filter', filterNamed],
  ['stats scope', proxyShown],
  ['peer', peerGiven],
  ['server', peerGiven],
  ['localpeer', peerMeant],
  ['load', certificateLoaded],
]);

/** Words of an expression that are not as the program sees them cannot be told apart in the line. */
const isPlain = (word: Word | undefined): word is Word => word !== undefined && !word.open && word.raw === undefined;

function whole(word: Word | undefined, target: (name: string) => Target, isDefinition: boolean): NameInLine[] {
  return isPlain(word) ? [{ at: word, target: target(word.text), isDefinition }] : [];
}

const ofSection =
  (kind: 'user' | 'group' | 'limit' | 'certificate' | 'engine', section: Section) =>
  (name: string): Target => ({ kind, section, name });

/** `user <name> … groups <a,b>` and `group <name> users <a,b>`. */
function* accounts({ statement, section }: Asked): Iterable<NameInLine> {
  if (section.type !== 'userlist') return;
  const own = statement.directive?.name === 'user' ? 'user' : 'group';
  const other = own === 'user' ? 'group' : 'user';
  const { args } = statement;
  yield* whole(args[0], ofSection(own, section), true);
  const list = args[args.findIndex((each, index) => index > 0 && each.text === `${other}s`) + 1];
  if (list === args[0] || !isPlain(list)) return;
  let start = 0;
  for (const name of list.text.split(',')) {
    if (name !== '')
      yield {
        at: partOf(list, start, start + name.length),
        target: { kind: other, section, name },
        isDefinition: false,
      };
    start += name.length + 1;
  }
}

function* filterNamed({ statement, section }: Asked): Iterable<NameInLine> {
  const { args } = statement;
  const engine = args.findIndex((each) => each.text === 'engine');
  if (args[0]?.text === 'spoe' && engine > 0) yield* whole(args[engine + 1], ofSection('engine', section), true);
  if (/^bwlim-(?:in|out)$/.test(statement.arg(0)?.text ?? ''))
    yield* whole(statement.arg(1), ofSection('limit', section), true);
}

/** The name behind an action that makes use of a filter. */
function filterUsed({ statement, section }: Asked, action: string, kind: 'limit' | 'engine'): NameInLine[] {
  const { words } = statement.line;
  const found = words.findIndex((each) => each.text === action);
  return found > 0 ? whole(words[found + 1], ofSection(kind, section), false) : [];
}

function* proxyShown({ files, statement, section }: Asked): Iterable<NameInLine> {
  const word = statement.arg(0);
  const shown = word === undefined ? undefined : findSection(files, 'proxy', word.text, section);
  if (shown !== undefined) yield* whole(word, (name) => ({ kind: 'section', section: shown, name }), false);
}

const peer = (name: string): Target => ({ kind: 'peer', name });

function* peerGiven({ statement, section }: Asked): Iterable<NameInLine> {
  if (section.type === 'peers') yield* whole(statement.arg(0), peer, true);
}

function* peerMeant({ statement }: Asked): Iterable<NameInLine> {
  yield* whole(statement.arg(0), peer, false);
}

function* certificateLoaded({ statement, section }: Asked): Iterable<NameInLine> {
  const { args } = statement;
  const alias = args.findIndex((each) => each.text === 'alias');
  if (alias >= 0) yield* whole(args[alias + 1], ofSection('certificate', section), true);
}

/** `@store/alias`; a store without a name has an empty one. */
function* certificatesUsed({ files, statement }: Asked): Iterable<NameInLine> {
  for (const word of statement.line.words) {
    const [, store, alias] = /^@([\w.-]*)\/(.+)$/.exec(word.text) ?? [];
    if (store === undefined || alias === undefined || !isPlain(word)) continue;
    const section = storeNamed(files, store);
    if (section === undefined) continue;
    const slash = 1 + store.length;
    if (store !== '')
      yield { at: partOf(word, 1, slash), target: { kind: 'section', section, name: store }, isDefinition: false };
    const target: Target = { kind: 'certificate', section, name: alias };
    yield { at: partOf(word, slash + 1, word.text.length), target, isDefinition: false };
  }
}

function storeNamed(files: readonly InstanceFile[], name: string): Section | undefined {
  for (const { analysis } of files)
    for (const section of analysis.sections)
      if (section.type === 'crt-store' && (section.name?.text ?? '') === name) return section;
  return undefined;
}

/** The groups that `http_auth_group(list)` is compared with. */
function* groupsCompared({ files, analysis, statement, section }: Asked): Iterable<NameInLine> {
  const { raw } = statement.line;
  let list: Section | undefined;
  for (const visit of visitsOf(analysis, statement)) {
    const { expected } = visit;
    const text = raw.slice(visit.start, visit.end);
    if (expected.kind === 'fetch' || expected.kind === 'condition') list = undefined;
    else if (expected.kind === 'function-argument' && expected.of.name === 'http_auth_group')
      list = findSection(files, 'userlist', text, section);
    else if (expected.kind === 'pattern' && list !== undefined && /^[\w.:-]+$/.test(text))
      yield { at: visit, target: { kind: 'group', section: list, name: text }, isDefinition: false };
  }
}
