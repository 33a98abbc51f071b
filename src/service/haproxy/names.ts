import type { Span } from '../../base/span';
import { type HaproxyAnalysis, type Section, sectionAt, spanOf } from '../../model/haproxy/analysis';
import { kindsOfSection } from '../../model/haproxy/instance-names';
import type { NameKind, Reference } from '../../model/haproxy/problem';
import type { Statement } from '../../model/haproxy/statement';
import type { FileSpan, Sibling } from '../language';
import { environmentNames } from './environment-names';
import { innerNames } from './inner-names';
import { findSection, type InstanceFile, type Target } from './targets';
import { visitsOf } from './visits';

export function filesOf(
  analysis: HaproxyAnalysis,
  siblings: readonly Sibling<HaproxyAnalysis>[],
): readonly InstanceFile[] {
  return [{ path: undefined, analysis }, ...siblings];
}

/** A name in a file: where it stands there and what it stands for. */
export interface NameAt {
  readonly span: Span;
  readonly target: Target;
  /** Whether it is given here, not only spoken of. */
  readonly isDefinition: boolean;
}

/** The names of a kind that the sections of a file give; those of servers and ACLs are their section's own. */
export function* namesGiven(analysis: HaproxyAnalysis, kind: NameKind): Iterable<string> {
  if (kind === 'server' || kind === 'acl') return;
  for (const { type, name, facts, header, end } of analysis.sections) {
    if (name === undefined || name.open) continue;
    if (kindsOfSection[type]?.includes(kind) && (kind !== 'table' || facts.hasTable)) yield name.text;
    if (kind !== 'table' || type !== 'peers') continue;
    for (const { directive, args } of analysis.statements.slice(header + 1, end))
      if (directive?.name === 'table' && args[0] !== undefined) yield `${name.text}/${args[0].text}`;
  }
}

const hasReferringName: ReadonlySet<string> = new Set([
  ...Object.keys(kindsOfSection),
  ...['crt-store', 'log-forward', 'program'],
]);

/** The names of the line that `offset` is in, in their order. */
function namesAt(files: readonly InstanceFile[], analysis: HaproxyAnalysis, line: number): NameAt[] {
  const statement = analysis.statements[line];
  const section = sectionAt(analysis, line);
  if (statement === undefined) return [];
  const found: NameAt[] = [];
  const add = (at: { start: number; end: number }, target: Target | undefined, isDefinition: boolean): void => {
    if (target !== undefined) found.push({ span: spanOf(analysis, line, at), target, isDefinition });
  };
  const given = section === undefined ? undefined : definitionOf(statement, section);
  if (given !== undefined) add(given.at, given.target, true);
  for (const reference of statement.references) {
    for (const { at, target } of targetsOf(files, section, reference)) add(at, target, false);
  }
  if (section !== undefined)
    for (const { at, target, isDefinition } of innerNames({ files, analysis, statement, section }))
      add(at, target, isDefinition);
  for (const { at, name, sets } of variablesOf(analysis, statement)) add(at, { kind: 'variable', name }, sets);
  for (const { at, name, sets } of environmentNames(statement)) add(at, { kind: 'environment', name }, sets);
  return found;
}

/** The name that a line gives to its section, server, ACL or table. */
function definitionOf(
  statement: Statement,
  section: Section,
): { readonly at: { start: number; end: number }; readonly target: Target } | undefined {
  const [word] = statement.args;
  if (statement.header !== undefined) {
    const { name } = section;
    if (name === undefined || name.open || !hasReferringName.has(section.type)) return undefined;
    return { at: name, target: { kind: 'section', section, name: name.text } };
  }
  if (word === undefined || word.open) return undefined;
  const directive = statement.directive?.name ?? '';
  const kind =
    directive === 'acl'
      ? 'acl'
      : directive === 'table' && section.type === 'peers'
        ? 'table'
        : directive === 'server' && section.type !== 'peers'
          ? 'server'
          : undefined;
  return kind === undefined ? undefined : { at: word, target: { kind, section, name: word.text } };
}

/** What a reference leads to: `backend/server` is two names. */
function targetsOf(
  files: readonly InstanceFile[],
  section: Section | undefined,
  reference: Reference,
): { readonly at: { start: number; end: number }; readonly target: Target }[] {
  const { kind, name, start, end } = reference;
  const whole = { start, end };
  const only = (target: Target | undefined) => (target === undefined ? [] : [{ at: whole, target }]);
  if (kind === 'acl') {
    return only(section?.facts.acls.has(name) === true ? { kind: 'acl', section, name } : undefined);
  }
  const slash = name.indexOf('/');
  // Where quotes stand around a part, the two names cannot be told apart in the line.
  const plain = end - start === name.length;
  if (kind === 'server') {
    const backend = slash < 0 ? section : findSection(files, 'backend', name.slice(0, slash), section);
    const server = name.slice(slash + 1);
    const target: Target | undefined = backend?.facts.servers.has(server)
      ? { kind: 'server', section: backend, name: server }
      : undefined;
    return both(backend, target);
  }
  if (kind === 'table' && slash >= 0) {
    const peers = findSection(files, 'peers', name.slice(0, slash), section);
    return both(peers, peers && { kind: 'table', section: peers, name: name.slice(slash + 1) });
  }
  const found = findSection(files, kind, name, section);
  return only(found && { kind: 'section', section: found, name });

  function both(owner: Section | undefined, inner: Target | undefined) {
    if (slash < 0) return only(inner);
    if (!plain || owner === undefined) return [];
    const target: Target = { kind: 'section', section: owner, name: name.slice(0, slash) };
    const first = { at: { start, end: start + slash }, target };
    return inner === undefined ? [first] : [first, { at: { start: start + slash + 1, end }, target: inner }];
  }
}

const mayHoldVariable = /\b(?:proc|sess|txn|req|res|check)\./;
const variableName = /^(?:proc|sess|txn|req|res|check)\.[\w.]+$/;

/** Functions whose arguments, the first or others, may be names of variables. */
const variableFunctions: ReadonlySet<string> = new Set([
  ...['var', 'set-var', 'unset-var', 'concat', 'add_item', 'strcmp', 'secure_memcmp', 'bytes'],
  ...['add', 'sub', 'mul', 'div', 'mod', 'and', 'or', 'xor'],
  ...['aes_gcm_dec', 'aes_gcm_enc', 'aes_cbc_dec', 'aes_cbc_enc', 'hmac', 'jwt_verify', 'jwt_verify_cert'],
]);

/** Actions that keep what they find in the variable in their parentheses. */
const settingAction = /^(?:(?:un)?set-var(?:-fmt)?|do-resolve)\(([\w.]+)/;

/** The variables that a line speaks of, with their scope: `txn.tenant`. */
function variablesOf(
  analysis: HaproxyAnalysis,
  statement: Statement,
): { readonly at: { start: number; end: number }; readonly name: string; readonly sets: boolean }[] {
  const { raw, words } = statement.line;
  if (!mayHoldVariable.test(raw)) return [];
  const found: { at: { start: number; end: number }; name: string; sets: boolean }[] = [];
  for (const word of words) {
    const action = settingAction.exec(word.text);
    if (action?.[1] === undefined || word.raw !== undefined) continue;
    const start = word.start + action[0].length - action[1].length;
    found.push({ at: { start, end: start + action[1].length }, name: action[1], sets: !word.text.startsWith('un') });
  }
  for (const { start, end, expected } of visitsOf(analysis, statement)) {
    const isArgument = expected.kind === 'function-argument' && variableFunctions.has(expected.of.name);
    // The line "set-var" of "global" has the variable as a word of its own.
    const isWord = expected.kind === 'node' && expected.node.kind === 'argument' && expected.node.type === 'varname';
    const name = raw.slice(start, end);
    if ((isArgument || isWord) && variableName.test(name) && !found.some((each) => each.at.start === start))
      found.push({ at: { start, end }, name, sets: isWord || (isArgument && expected.of.name === 'set-var') });
  }
  return found;
}

const isSame = (a: Target, b: Target): boolean =>
  a.kind === b.kind && a.name === b.name && sectionOf(a) === sectionOf(b);

const sectionOf = (target: Target): Section | undefined => ('section' in target ? target.section : undefined);

/** The name that the cursor touches. */
export function nameAt(
  files: readonly InstanceFile[],
  analysis: HaproxyAnalysis,
  line: number,
  offset: number,
): NameAt | undefined {
  return namesAt(files, analysis, line).find(({ span }) => span.start <= offset && offset <= span.end);
}

/** Every place in the files that names `target`. */
export function placesOf(
  files: readonly InstanceFile[],
  target: Target,
): (FileSpan & { readonly isDefinition: boolean })[] {
  const found: (FileSpan & { isDefinition: boolean })[] = [];
  for (const { path, analysis } of files) {
    for (const line of candidates(analysis, target)) {
      for (const each of namesAt(files, analysis, line)) {
        if (!isSame(each.target, target)) continue;
        const { span, isDefinition } = each;
        found.push(path === undefined ? { span, isDefinition } : { path, span, isDefinition });
      }
    }
  }
  return found;
}

/** The lines on which the letters of the name stand: the only ones worth a closer look. */
function* candidates(analysis: HaproxyAnalysis, { name }: Target): Iterable<number> {
  const { text, starts } = analysis.document;
  let line = 0;
  for (let at = text.indexOf(name); at >= 0 && name !== ''; ) {
    while (line + 1 < starts.length && (starts[line + 1] ?? 0) <= at) line++;
    yield line;
    const next = starts[line + 1];
    if (next === undefined) return;
    at = text.indexOf(name, next);
  }
}
