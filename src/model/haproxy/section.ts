import { say } from '../../base/message';
import { nearestName } from '../../base/nearest';
import { predefinedAcl, type Release } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { type Traits, traitsOf } from './directive-traits';
import { emptyNotes } from './note';
import type { Problem, Reference } from './problem';
import { checkAcme } from './section-checks/acme';
import { checkApplication, checkLonelyServers, checkSecondApplication } from './section-checks/application';
import { checkBuffers } from './section-checks/buffers';
import { checkCache } from './section-checks/cache';
import { checkCacheFilters, checkCompression, checkLimits } from './section-checks/cache-filters';
import { capturesOfDefaults, checkCaptures } from './section-checks/captures';
import { checkConflicts, checkLogBalance, checkTransparent } from './section-checks/conflicts';
import { checkHealthCheck } from './section-checks/health-check';
import { checkHttpVariable } from './section-checks/http-variables';
import { checkNeeds } from './section-checks/needs';
import { checkPeers } from './section-checks/peers';
import { isParameterReplaced, isReplaced } from './section-checks/replaced';
import { checkRing } from './section-checks/ring';
import { checkFinal, checkOrder, checkStep } from './section-checks/rules';
import {
  addServer,
  addTemplate,
  checkBind,
  checkServer,
  checkTracking,
  readDefaultProtocol,
} from './section-checks/servers';
import { checkOwnTable } from './section-checks/table-use';
import { checkUsers } from './section-checks/users';
import type { OnLine, OwnNumber, SectionFacts } from './section-facts';
import { SectionState } from './section-state';
import { serverWordsBehind, serverWordsIn } from './server-words';
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
    for (const value of statement.problems) {
      const seen = line === 0 ? asSeenInHeader(state, value) : value;
      state.problems.push({ line, value: isUnread(state, line, value) ? soft(value) : seen });
    }
    for (const reference of statement.references) readReference(state, line, reference);
    // What is only deprecated is understood all the same.
    if (statement.uncertain || statement.problems.some((each) => each.unless === undefined && each.severity !== 'hint'))
      state.certain = false;
    if (statement.line.spread) state.dynamic = true;
    const { directive } = statement;
    if (directive === undefined) continue;
    const { name } = directive;
    const traits = traitsOf(directive);
    if (traits.loadsCode || (traits.namesBackend && namesAnyBackend(statement))) state.dynamic = true;
    const repeated = state.settings.isSure(name);
    if (statement.prefix === undefined) state.settings.add(name, statement.uncertain);
    else state.settings.takeBack(name);
    if (repeated && state.type === 'global' && onceInGlobal.has(name)) reportRepeated(state, line, statement, name);
    if (repeated && name === 'use-fcgi-app') checkSecondApplication(state, line, statement);
    if (statement.usesHttp !== undefined) checkHttpVariable(state, line, statement);
    if (!state.isProxy) {
      if (traits.kind === 'acl') declareAcl(state, line, statement);
      if (traits.namesServer) addServer(state, line, statement.arg(0), name);
      if (state.type === 'ring' && name === 'server') checkServer(state, line, statement, 2);
      if (state.type === 'healthcheck' && traits.step !== undefined) checkStep(state, line, statement, traits.step);
      continue;
    }
    readProxyLine(state, line, statement, traits, repeated);
    checkProxyLine(state, line, statement, traits);
  }
  checkNeeds(state);
  if (state.captures !== undefined) checkCaptures(state, state.captures);
  sectionChecks.get(state.type)?.(state);
  if (state.tracking !== undefined) checkTracking(state, state.tracking);
  if (state.isProxy && state.type !== 'defaults') checkProxy(state);
  const { type, mode, timeouts, acls, servers, hasTemplates, hasTable, table, references, settings } = state;
  const { disabled } = state;
  const problems = disabled
    ? state.problems.map((each) =>
        isUnreadWhenDisabled(statements, each) ? { ...each, value: soft(each.value) } : each,
      )
    : state.problems;
  return {
    disabled,
    connectsWithTls: state.connectsWithTls,
    type,
    mode,
    timeouts,
    acls,
    servers,
    hasTemplates,
    templates: state.templatesKnown ? state.templates : undefined,
    hasTable,
    table,
    dynamic: state.dynamic || !state.certain,
    certain: state.certain,
    problems,
    references,
    settings,
    balance: state.balance,
    defaultServer: state.defaultServer,
    captures: state.type === 'defaults' ? capturesOfDefaults(statements) : 0,
    defaultProtocol: state.defaultProtocol,
    numbers: state.numbers ?? noNumbers,
    guids: state.guids ?? noGuids,
    notes: emptyNotes(),
  };
}

const noNumbers: readonly OnLine<OwnNumber>[] = [];
const noGuids: readonly OnLine<Word>[] = [];

/** What is looked at once all lines of a section are read, by its type. */
const sectionChecks: ReadonlyMap<string, (state: SectionState) => void> = new Map([
  ['acme', checkAcme],
  ['global', checkBuffers],
  ['cache', checkCache],
  ['healthcheck', checkHealthCheck],
  ['ring', checkRing],
  ['userlist', checkUsers],
  ['peers', checkPeers],
]);

/** The rules that may limit a bandwidth. */
const limiting = ['http-request', 'http-response', 'tcp-request content', 'tcp-response content'];

/** What is compared once all lines of a proxy are read. */
function checkProxy(state: SectionState): void {
  const { own } = state.settings;
  if (own.has('filter')) {
    checkCacheFilters(state);
    checkCompression(state);
  }
  checkTransparent(state);
  if (own.has('use-fcgi-app')) checkApplication(state);
  else checkLonelyServers(state);
  if (state.mode === 'log') checkLogBalance(state);
  if (limiting.some((each) => own.has(each))) checkLimits(state);
  if (state.table !== undefined && state.certain) checkOwnTable(state, state.table);
}

/** The words of `connect` steps that are followed by a value. */
const withValue: ReadonlySet<string> = new Set(['addr', 'alpn', 'comment', 'port', 'proto', 'sni']);

function connectsWithTls(args: readonly Word[]): boolean {
  for (let at = 0; at < args.length; at++) {
    const text = args[at]?.text ?? '';
    if (text === 'ssl') return true;
    if (withValue.has(text)) at++;
  }
  return false;
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
        state.connectsWithTls ||= !statement.uncertain && connectsWithTls(statement.args);
        break;
      case 'stick-table':
        state.ownTable = true;
        break;
      case 'tcp-request content':
        state.switchesMode ||= statement.arg(0)?.text === 'switch-mode';
    }
  }
}

/** Whether an expression stands where another one takes its place, or in a `default-server` line that no server takes over. */
function isUnread({ type, statements }: SectionState, line: number, { mistake, start }: Problem): boolean {
  if (mistake !== 'bad-expression' && mistake !== 'too-new-keyword' && mistake !== 'removed-keyword') return false;
  const name = statements[line]?.directive?.name ?? '';
  // Names of parameters are read at once, and so are those of ways to balance.
  if (mistake !== 'bad-expression' && !name.includes('format')) return false;
  // Whose servers start from a defaults section is not known here.
  if (name === 'default-server' && type === 'defaults') return true;
  return isReplaced(statements, line) || isParameterReplaced(statements, line, start);
}

/** What is looked at once the lines of a proxy are read, and so not in a disabled one (2.6.12, 3.0.11, 3.2.26, 3.4.7). */
const foundLate: ReadonlySet<Problem['mistake']> = new Set([
  ...(['missing-setting', 'duplicate-name', 'conflicting-settings'] as const),
]);

function isUnreadWhenDisabled(statements: readonly Statement[], { line, value }: OnLine<Problem>): boolean {
  if (foundLate.has(value.mistake)) return value.evenDisabled !== true;
  return value.mistake === 'bad-expression' && readLate.has(statements[line]?.directive?.name ?? '');
}

/** Older releases blame what stands behind the name of a proxy on the lines below it, so without any they take it (3.0.11). */
const headersChecked: Release = 302;

function asSeenInHeader({ type, isProxy, release, statements }: SectionState, problem: Problem): Problem {
  if (!isProxy || type === 'defaults' || statements[0]?.line.words[2]?.start !== problem.start) return problem;
  if (problem.mistake !== 'surplus-argument' && problem.mistake !== 'missing-argument') return problem;
  const hasLines = statements.some(
    (each, index) => index > 0 && !each.uncertain && (each.directive !== undefined || each.problems.length > 0),
  );
  if (hasLines) return problem;
  return { ...problem, refusedFrom: headersChecked, ...(release < headersChecked && { severity: 'warning' }) };
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
  if (state.namesAnyAcl || state.acls.has(reference.name) || predefinedAcl(reference.name) !== undefined) return;
  if (state.inherited?.acls.has(reference.name)) {
    state.report(
      line,
      reference,
      'unknown-reference',
      say('ACL "{0}" of the defaults section counts there only: declare it here', reference.name),
    );
    return;
  }
  if (isReadLate(state.statements[line], reference) && (state.type === 'defaults' || isDeclared(state, reference)))
    return;
  const suggestion = nearestName(reference.name, state.acls);
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

/** Expressions that the program reads once the whole section is known. */
const readLate: ReadonlySet<string> = new Set([
  ...['log-format', 'log-format-sd', 'error-log-format', 'unique-id-format', 'balance', 'use_backend', 'use-server'],
]);

function isReadLate(statement: Statement | undefined, { start }: Reference): boolean {
  const name = statement?.directive?.name ?? '';
  if (!readLate.has(name)) return false;
  // Conditions are read at once.
  return !name.startsWith('use') || start < (statement?.arg(0)?.end ?? 0);
}

function isDeclared(state: SectionState, { name }: Reference): boolean {
  if (state.everyAcl === undefined) {
    state.everyAcl = new Set();
    for (const each of state.statements)
      if (each.directive?.name === 'acl') state.everyAcl.add(each.arg(0)?.text ?? '');
  }
  return state.everyAcl.has(name);
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
  ...['tune.maxpollevents', 'tune.maxaccept', 'spread-checks', 'log-send-hostname', 'server-state-base'],
  ...['tune.sndbuf.client', 'tune.sndbuf.server', 'tune.rcvbuf.client', 'tune.rcvbuf.server', 'cluster-secret'],
]);

function reportRepeated(state: SectionState, line: number, statement: Statement, name: string): void {
  state.report(line, statement.keywordStretch, 'duplicate-name', say('"{0}" was already given in this section', name), {
    severity: 'warning',
  });
}

function declareAcl(state: SectionState, line: number, statement: Statement): void {
  const name = statement.arg(0);
  if (name === undefined) return;
  state.declareAcl(name.text, line);
  state.namesAnyAcl ||= name.open;
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
      declareAcl(state, line, statement);
      break;
    case 'timeout':
      if (repeated && noticedTwice.has(name) && state.type !== 'defaults') reportRepeated(state, line, statement, name);
      state.setTimeout(name.slice('timeout '.length), isTimeInForce(first));
      break;
    case 'server':
      state.hasServers = true;
      addServer(state, line, first, name);
      checkServer(state, line, statement, 2);
      break;
    case 'server-template':
      state.hasServers = true;
      state.hasTemplates = true;
      addTemplate(state, line, statement);
      checkServer(state, line, statement, 3);
      break;
    case 'default-server':
      state.defaultServer = serverWordsBehind(state.defaultServer, serverWordsIn(statement.args, 0));
      readDefaultProtocol(state, statement);
      break;
    case 'mode':
      state.modeSoFar = first?.text ?? state.modeSoFar;
      break;
    case 'balance':
      state.balance = first?.open === true ? undefined : first?.text;
      break;
    case 'disabled':
    case 'enabled':
      state.disabled = kind === 'disabled';
      break;
    case 'bind':
      checkBind(state, line, statement.args);
      break;
    case 'id':
      if (first !== undefined && /^\d+$/.test(first.text)) {
        state.numbers ??= [];
        state.numbers.push({ line, value: { number: Number(first.text), start: first.start, end: first.end } });
      }
      break;
    case 'guid':
      state.addGuid(line, first, true);
      break;
    case 'stick-table':
      if (state.tableIsSure)
        state.report(line, statement.keywordStretch, 'duplicate-name', say('this proxy has a stick-table already'));
      state.tableIsSure ||= !statement.uncertain;
      state.hasTable = true;
      state.table ??= statement.args.map((each) => each.text).join(' ');
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
  if (isRule) {
    checkFinal(state, line, statement);
    if (statement.arg(0)?.text === 'capture') {
      state.captures ??= [];
      state.captures.push(line);
    }
  }
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
