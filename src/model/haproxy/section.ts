import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { predefinedAcl, type Release } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { type Traits, traitsOf } from './directive-traits';
import { emptyNotes } from './note';
import type { Problem, Reference } from './problem';
import { checkCache } from './section-checks/cache';
import { checkConflicts } from './section-checks/conflicts';
import { checkNeeds } from './section-checks/needs';
import { checkFinal, checkOrder, checkStep } from './section-checks/rules';
import { addServer, checkBind, checkServer, isTakenOver } from './section-checks/servers';
import { checkUsers } from './section-checks/users';
import type { SectionFacts } from './section-facts';
import { SectionState } from './section-state';
import { serverWordsIn } from './server-words';
import type { Statement } from './statement';
import { readTime } from './values';

/** Reads the statements of one section, its header first. */
export function readSection(
  statements: readonly Statement[],
  release: Release,
  inherited: SectionFacts | undefined,
): SectionFacts {
  const state = new SectionState(statements, release, inherited);
  lookAhead(state);
  for (let line = 0; line < statements.length; line++) {
    const statement = statements[line];
    if (statement === undefined) continue;
    for (const value of statement.problems)
      state.problems.push({ line, value: isUnread(state, statements, line, value) ? soft(value) : value });
    for (const reference of statement.references) readReference(state, line, reference);
    if (statement.uncertain || statement.problems.some((each) => each.unless === undefined)) state.certain = false;
    if (statement.line.spread) state.dynamic = true;
    const { directive } = statement;
    if (directive === undefined) continue;
    const { name } = directive;
    const traits = traitsOf(directive);
    if (traits.loadsCode || (traits.namesBackend && namesAnyBackend(statement))) state.dynamic = true;
    const repeated = state.settings.own.has(name);
    if (statement.prefix === undefined) state.settings.add(name);
    else state.settings.takeBack(name);
    if (repeated && state.type === 'global' && onceInGlobal.has(name)) reportRepeated(state, line, statement, name);
    if (!state.isProxy) {
      if (traits.namesServer) addServer(state, line, statement.arg(0), name);
      continue;
    }
    readProxyLine(state, line, statement, traits, repeated);
    checkProxyLine(state, line, statement, traits);
  }
  checkNeeds(state);
  if (state.type === 'cache') checkCache(state);
  if (state.type === 'userlist') checkUsers(state);
  const { type, mode, timeouts, acls, servers, hasTemplates, hasTable, problems, references, settings } = state;
  return {
    type,
    mode,
    timeouts,
    acls,
    servers,
    hasTemplates,
    hasTable,
    dynamic: state.dynamic || !state.certain,
    certain: state.certain,
    problems,
    references,
    settings,
    numbers: state.numbers,
    notes: emptyNotes(),
  };
}

/** Some things are known before anything else, because they may stand at the end of the section. */
function lookAhead(state: SectionState): void {
  for (const statement of state.statements) {
    switch (statement.directive?.name) {
      case 'mode':
        state.mode = statement.arg(0)?.text ?? state.mode;
        break;
      case 'http-check connect':
      case 'tcp-check connect':
        state.connectsToPort ||= statement.args.some((word) => word.text === 'port');
        break;
      case 'stick-table':
        state.ownTable = true;
        break;
      case 'tcp-request content':
        state.switchesMode ||= statement.arg(0)?.text === 'switch-mode';
    }
  }
}

/** Whether an expression stands in a `default-server` line that no server takes over. */
function isUnread(state: SectionState, statements: readonly Statement[], line: number, problem: Problem): boolean {
  if (problem.mistake !== 'bad-expression' || state.type === 'defaults') return false;
  return statements[line]?.directive?.name === 'default-server' && !isTakenOver(statements, line);
}

const soft = (problem: Problem): Problem => ({ ...problem, severity: 'warning' });

function namesAnyBackend(statement: Statement): boolean {
  const name = statement.arg(0);
  return name !== undefined && (name.open || name.text.includes('%'));
}

function readReference(state: SectionState, line: number, reference: Reference): void {
  if (reference.kind !== 'acl') {
    state.references.push({ line, value: reference });
    return;
  }
  if (state.acls.has(reference.name) || predefinedAcl(reference.name) !== undefined) return;
  if (state.inherited?.acls.has(reference.name)) {
    state.report(
      line,
      reference,
      'unknown-reference',
      say('ACL "{0}" of the defaults section counts there only: declare it here', reference.name),
    );
    return;
  }
  const suggestion = nearest(reference.name, state.acls.keys());
  state.report(
    line,
    reference,
    'unknown-reference',
    suggestion === undefined
      ? say('ACL "{0}" is not declared above', reference.name)
      : say('ACL "{0}" is not declared above; "{1}" is', reference.name, suggestion),
    suggestion === undefined ? {} : { suggestion },
  );
}

/** Directives of which a later one silently takes the place of an earlier one, and that the program warns about. */
const noticedTwice: ReadonlySet<string> = new Set(['timeout client', 'timeout server', 'timeout connect']);

/** Global settings that the program announces as given twice. */
const onceInGlobal: ReadonlySet<string> = new Set([
  'uid',
  'gid',
  'user',
  'group',
  'maxconn',
  'ulimit-n',
  'pidfile',
  'chroot',
  'maxpipes',
  'maxconnrate',
  'maxsessrate',
  'maxsslconn',
  'maxsslrate',
  'maxcomprate',
  'maxzlibmem',
  'maxcompcpuusage',
  'node',
  'description',
]);

function reportRepeated(state: SectionState, line: number, statement: Statement, name: string): void {
  state.report(line, statement.keywordStretch, 'duplicate-name', say('"{0}" was already given in this section', name), {
    severity: 'warning',
  });
}

/** Takes in what a line of a proxy gives to the lines below it. */
function readProxyLine(
  state: SectionState,
  line: number,
  statement: Statement,
  { kind, name }: Traits,
  repeated: boolean,
): void {
  const first = statement.arg(0);
  switch (kind) {
    case 'acl':
      if (first !== undefined) state.declareAcl(first.text, line);
      break;
    case 'timeout':
      if (repeated && noticedTwice.has(name) && state.type !== 'defaults') reportRepeated(state, line, statement, name);
      state.setTimeout(name.slice('timeout '.length), isTimeInForce(first));
      break;
    case 'server':
      state.hasServers = true;
      addServer(state, line, first, name);
      checkServer(state, line, statement);
      break;
    case 'server-template':
      state.hasServers = true;
      state.hasTemplates = true;
      break;
    case 'default-server':
      state.defaultServer |= serverWordsIn(statement.args, 0);
      break;
    case 'bind':
      checkBind(state, line, statement.args);
      break;
    case 'id':
      if (first !== undefined && /^\d+$/.test(first.text))
        state.numbers = [
          ...state.numbers,
          { line, value: { number: Number(first.text), start: first.start, end: first.end } },
        ];
      break;
    case 'stick-table':
      if (state.hasTable)
        state.report(line, statement.keywordStretch, 'duplicate-name', say('this proxy has a stick-table already'));
      state.hasTable = true;
  }
}

function isTimeInForce(word: Word | undefined): boolean {
  if (word?.open === true) return true;
  const value = readTime(word?.text ?? '');
  return value !== undefined && value > 0;
}

/** Holds a line of a proxy against the type, mode and other lines of the proxy. */
function checkProxyLine(state: SectionState, line: number, statement: Statement, traits: Traits): void {
  const { type, mode } = state;
  const { name, isRule } = traits;
  if (isRule) checkFinal(state, line, statement);
  if (state.refusesRules && (isRule || name === 'acl'))
    state.report(
      line,
      statement.keywordStretch,
      'wrong-section',
      say('"{0}" is possible in a defaults section with a name only', name),
    );
  if (traits.needsHttp && mode === 'tcp' && type !== 'defaults' && !(state.switchesMode && type === 'listen'))
    state.report(line, statement.keywordStretch, 'ignored-setting', say('"{0}" has no effect in mode tcp', name), {
      severity: 'warning',
    });
  if (traits.step !== undefined) checkStep(state, line, statement, traits.step);
  if (traits.hasConflicts) checkConflicts(state, line, statement);
  if (traits.requestOrder >= 0 || traits.responseOrder >= 0) checkOrder(state, line, statement, traits);
  if (
    !state.ownTable &&
    (traits.sticks || (isRule && statement.arg(0)?.text.startsWith('track-sc'))) &&
    !statement.args.some((each) => each.text === 'table') &&
    type !== 'defaults' &&
    statement.problems.length === 0
  )
    state.report(
      line,
      statement.keywordStretch,
      'missing-setting',
      say('this proxy has no stick-table; add one or name one with "table"'),
    );
}
