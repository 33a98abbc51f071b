import { ipFamily } from '../../base/address';
import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { actionOf, type Directive, predefinedAcl, type Release } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { CheckSteps, stepOf } from './check-steps';
import { emptyNotes, type Noted } from './note';
import type { Problem, Reference } from './problem';
import { noServerWords, ServerWords, serverWordsIn, serverWordsOf } from './server-words';
import type { Statement } from './statement';
import { readAddress, readTime } from './values';

/** A problem or reference and the line it is on, counted from the header of its section. */
export interface OnLine<T> {
  readonly line: number;
  readonly value: T;
}

/** What one section means, with what it takes over from its `defaults`. Lines count from its header. */
export interface SectionFacts extends Noted {
  readonly type: string;
  /** `tcp` unless the section or its defaults say otherwise. */
  readonly mode: string;
  /** Names of timeouts in force (`client`, `connect`, …) that are not zero. */
  readonly timeouts: ReadonlySet<string>;
  /** ACL names and the first line that declares each; those of a named `defaults` are at line -1. */
  readonly acls: ReadonlyMap<string, number>;
  /** Servers (or peers) by name, with the line of each. */
  readonly servers: ReadonlyMap<string, number>;
  readonly hasTemplates: boolean;
  readonly hasTable: boolean;
  /** Some line may name any backend: by an expression, by a variable, or because it could not be read. */
  readonly dynamic: boolean;
  /** Every line can be judged: none is in a branch of `.if` that is undecided, none is wrong in itself. */
  readonly certain: boolean;
  readonly problems: readonly OnLine<Problem>[];
  /** References to what stands in other sections. */
  readonly references: readonly OnLine<Reference>[];
  readonly settings: Settings;
  /** The numbers that the lines `id` of a proxy give it. */
  readonly numbers: readonly OnLine<OwnNumber>[];
}

export interface OwnNumber {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

const noNumbers: readonly OnLine<OwnNumber>[] = [];

/** Full names of the directives in force: the section's own, and those of its defaults that it does not take back. */
export class Settings {
  /** The ones that the section has a line of. */
  readonly own = new Set<string>();
  private takenBack: Set<string> | undefined;

  constructor(private readonly inherited: Settings | undefined) {}

  has(name: string): boolean {
    if (this.takenBack?.has(name) === true) return false;
    return this.own.has(name) || this.inherited?.has(name) === true;
  }

  add(name: string): void {
    this.own.add(name);
    this.takenBack?.delete(name);
  }

  takeBack(name: string): void {
    this.takenBack ??= new Set();
    this.takenBack.add(name);
  }
}

const proxyTypes: ReadonlySet<string> = new Set(['frontend', 'backend', 'listen', 'defaults']);

/** Families of rules in the order in which the program runs them, whatever the order of the file. */
const requestFamilies: readonly string[] = [
  'quic-initial',
  'tcp-request connection',
  'tcp-request session',
  'tcp-request content',
  'monitor fail',
  'http-request',
  'redirect',
  'use_backend',
  'use-server',
];
const responseFamilies: readonly string[] = ['tcp-response content', 'http-response'];

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

const noTimeouts: ReadonlySet<string> = new Set();
const noAcls = new Map<string, number>();

/** What of a directive matters to its section, so that a line costs no comparison of names that cannot be its own. */
interface Traits {
  readonly kind: string;
  readonly isRule: boolean;
  /** Where its family stands among those that the program runs in their own order, or -1. */
  readonly requestOrder: number;
  readonly responseOrder: number;
  readonly needsHttp: boolean;
  readonly hasConflicts: boolean;
  /** It stores or matches entries of a stick-table. */
  readonly sticks: boolean;
  readonly loadsCode: boolean;
  readonly namesBackend: boolean;
  /** What it adds to a health check. */
  readonly step: ReturnType<typeof stepOf>;
}

const knownTraits = new Map<Directive, Traits>();

function traitsOf(directive: Directive): Traits {
  let traits = knownTraits.get(directive);
  if (traits === undefined) {
    traits = readTraits(directive);
    knownTraits.set(directive, traits);
  }
  return traits;
}

function readTraits({ name, ignoredInTcp }: Directive): Traits {
  const isHttpRule = name === 'http-request' || name === 'http-response' || name === 'http-after-response';
  return {
    kind: name.startsWith('timeout ') ? 'timeout' : name,
    isRule: isHttpRule || name.startsWith('tcp-re'),
    requestOrder: requestFamilies.indexOf(name),
    responseOrder: responseFamilies.indexOf(name),
    needsHttp: ignoredInTcp || name.startsWith('http-re') || name === 'http-after-response' || name === 'redirect',
    hasConflicts: withConflicts.has(name),
    sticks: name.startsWith('stick '),
    loadsCode: name.startsWith('lua-load'),
    namesBackend: name.endsWith('_backend'),
    step: stepOf(name),
  };
}

/** The directives that `checkSettings` compares with others. */
const withConflicts: ReadonlySet<string> = new Set([
  'bind',
  'cookie',
  'filter',
  'hash-balance-factor',
  'log-format',
  'mode',
  'stats auth',
  'stats http-request',
  'stats realm',
]);

/** Older releases take two peers of one name. */
const peersUnique: Release = 300;

/** The stretch of the words that name a directive. */
function keywordOf({ keyword }: Statement): { readonly start: number; readonly end: number } {
  return { start: keyword[0]?.start ?? 0, end: keyword.at(-1)?.end ?? 0 };
}

/** Reads the statements of one section, its header first. */
export function readSection(
  statements: readonly Statement[],
  release: Release,
  inherited: SectionFacts | undefined,
): SectionFacts {
  const type = statements[0]?.section ?? '';
  const isProxy = proxyTypes.has(type);
  const problems: OnLine<Problem>[] = [];
  const references: OnLine<Reference>[] = [];
  let acls = noAcls;
  if (inherited !== undefined && inherited.acls.size > 0)
    acls = new Map([...inherited.acls.keys()].map((name) => [name, -1]));
  const servers = new Map<string, number>();
  const settings = new Settings(inherited?.settings);
  const { own } = settings;
  let timeouts = inherited?.timeouts ?? noTimeouts;
  let defaultServer = noServerWords;
  let numbers: Set<string> | undefined;
  let finals: Map<string, string> | undefined;
  let ownNumbers = noNumbers;
  let filters: Set<string> | undefined;
  const checkSteps: { 'http-check'?: CheckSteps; 'tcp-check'?: CheckSteps } = {};
  let mode = inherited?.mode ?? 'tcp';
  let hasTemplates = false;
  let hasTable = false;
  let hasServers = false;
  let dynamic = false;
  let certain = true;
  let latestRequest = -1;
  let latestResponse = -1;
  const anonymousDefaults =
    type === 'defaults' && (statements[0]?.args[0] === undefined || statements[0].args[0].text === 'from');

  // Some things are known before anything else, because they may stand at the end of the section.
  let connectsToPort = false;
  let ownTable = false;
  let switchesMode = false;
  for (const statement of statements) {
    // Arguments are cut out with each question, so few lines are asked.
    switch (statement.directive?.name) {
      case 'mode':
        mode = statement.args[0]?.text ?? mode;
        break;
      case 'http-check connect':
      case 'tcp-check connect':
        connectsToPort ||= statement.args.some((word) => word.text === 'port');
        break;
      case 'stick-table':
        ownTable = true;
        break;
      case 'tcp-request content':
        switchesMode ||= statement.args[0]?.text === 'switch-mode';
    }
  }
  const report = (
    line: number,
    at: { start: number; end: number },
    mistake: Problem['mistake'],
    message: Problem['message'],
    more: Partial<Problem> = {},
  ): void => {
    problems.push({ line, value: { mistake, start: at.start, end: at.end, message, ...more } });
  };

  for (let line = 0; line < statements.length; line++) {
    const statement = statements[line];
    if (statement === undefined) continue;
    for (const value of statement.problems) problems.push({ line, value });
    for (const reference of statement.references) {
      if (reference.kind !== 'acl') references.push({ line, value: reference });
      else if (!acls.has(reference.name) && predefinedAcl(reference.name) === undefined) {
        const suggestion = nearest(reference.name, acls.keys());
        report(
          line,
          reference,
          'unknown-reference',
          suggestion === undefined
            ? say('ACL "{0}" is not declared above', reference.name)
            : say('ACL "{0}" is not declared above; "{1}" is', reference.name, suggestion),
          suggestion === undefined ? {} : { suggestion },
        );
      }
    }
    if (statement.uncertain === true || statement.problems.length > 0) certain = false;
    if (statement.line.spread) dynamic = true;
    const { directive, args } = statement;
    if (directive === undefined) continue;
    const { name } = directive;
    const traits = traitsOf(directive);
    if (traits.loadsCode || (traits.namesBackend && (args[0]?.open || args[0]?.text.includes('%')))) dynamic = true;
    const repeated = own.has(name);
    if (statement.prefix === undefined) settings.add(name);
    else settings.takeBack(name);
    if (repeated && type === 'global' && onceInGlobal.has(name))
      report(line, keywordOf(statement), 'duplicate-name', say('"{0}" was already given in this section', name), {
        severity: 'warning',
      });
    if (!isProxy) {
      if ((name === 'server' || name === 'peer' || name === 'nameserver' || name === 'mailer') && args[0] !== undefined)
        addServer(line, args[0], name !== 'mailer' && (type !== 'peers' || release >= peersUnique));
      continue;
    }

    switch (traits.kind) {
      case 'acl':
        if (args[0] !== undefined && !acls.has(args[0].text)) {
          if (acls === noAcls) acls = new Map();
          acls.set(args[0].text, line);
        }
        break;
      case 'timeout': {
        const which = name.slice(8);
        if (repeated && noticedTwice.has(name) && type !== 'defaults')
          report(line, keywordOf(statement), 'duplicate-name', say('"{0}" was already given in this section', name), {
            severity: 'warning',
          });
        const value = readTime(args[0]?.text ?? '');
        const inForce = args[0]?.open === true || (value !== undefined && value > 0);
        if (inForce !== timeouts.has(which)) {
          const changed = new Set(timeouts);
          if (inForce) changed.add(which);
          else changed.delete(which);
          timeouts = changed;
        }
        break;
      }
      case 'server':
        hasServers = true;
        if (args[0] !== undefined) addServer(line, args[0], true);
        checkServer(line, statement);
        break;
      case 'server-template':
        hasServers = true;
        hasTemplates = true;
        break;
      case 'default-server':
        defaultServer |= serverWordsIn(args, 0);
        break;
      case 'bind':
        checkBind(line, args);
        break;
      case 'id': {
        const word = args[0];
        if (word !== undefined && /^\d+$/.test(word.text))
          ownNumbers = [
            ...ownNumbers,
            { line, value: { number: Number(word.text), start: word.start, end: word.end } },
          ];
        break;
      }
      case 'stick-table':
        if (hasTable) report(line, keywordOf(statement), 'duplicate-name', say('this proxy has a stick-table already'));
        hasTable = true;
    }

    if (traits.isRule) checkFinal(line, statement);
    if ((traits.isRule || name === 'acl') && (anonymousDefaults || (type === 'defaults' && release < 205)))
      report(
        line,
        keywordOf(statement),
        'wrong-section',
        say('"{0}" is possible in a defaults section with a name only', name),
      );
    if (traits.needsHttp && mode === 'tcp' && type !== 'defaults' && !(switchesMode && type === 'listen'))
      report(line, keywordOf(statement), 'ignored-setting', say('"{0}" has no effect in mode tcp', name), {
        severity: 'warning',
      });
    if (traits.step !== undefined) checkStep(line, statement, traits.step);
    if (traits.hasConflicts) checkSettings(line, statement, name);
    if (traits.requestOrder >= 0 || traits.responseOrder >= 0) checkOrder(line, statement, traits);
    if (
      !ownTable &&
      (traits.sticks || (traits.isRule && args[0]?.text.startsWith('track-sc'))) &&
      !args.some((each) => each.text === 'table') &&
      type !== 'defaults' &&
      statement.problems.length === 0
    )
      report(
        line,
        keywordOf(statement),
        'missing-setting',
        say('this proxy has no stick-table; add one or name one with "table"'),
      );
  }

  const header = statements[0];
  const place = header?.args[0] ?? header?.keyword[0];
  if (header !== undefined && place !== undefined) {
    if (type === 'frontend' || type === 'listen') {
      if ((mode === 'tcp' || mode === 'http') && !timeouts.has('client'))
        report(
          0,
          place,
          'missing-setting',
          say('{0} "{1}" has no "timeout client": silent clients stay for ever', type, place.text),
          { severity: 'warning' },
        );
    }
    if ((type === 'backend' || type === 'listen') && hasServers && (mode === 'tcp' || mode === 'http')) {
      const lacking = ['connect', 'server'].filter(
        (each) => !timeouts.has(each) && !(each === 'server' && mode === 'tcp' && timeouts.has('tunnel')),
      );
      if (lacking.length > 0)
        report(
          0,
          place,
          'missing-setting',
          say('{0} "{1}" has servers but no "timeout {2}"', type, place.text, lacking.join('", "timeout ')),
          { severity: 'warning' },
        );
    }
    if (type === 'cache' && !settings.has('total-max-size'))
      report(0, place, 'missing-setting', say('cache "{0}" needs "total-max-size"', place.text));
    if (type === 'resolvers' && servers.size === 0 && !settings.has('parse-resolv-conf'))
      report(0, place, 'missing-setting', say('resolvers "{0}" has no "nameserver"', place.text), {
        severity: 'warning',
      });
  }
  if (type === 'cache') checkCache();
  if (type === 'userlist') checkUsers();

  return {
    type,
    mode,
    timeouts,
    acls,
    servers,
    hasTemplates,
    hasTable,
    dynamic: dynamic || !certain,
    certain,
    problems,
    references,
    settings,
    numbers: ownNumbers,
    notes: emptyNotes(),
  };

  function checkSettings(line: number, statement: Statement, name: string): void {
    const { args, usesHttp } = statement;
    const conflict = (message: Problem['message']): void =>
      report(line, keywordOf(statement), 'conflicting-settings', message);
    if (name === 'cookie') {
      const words = new Set(args.map((each) => each.text));
      const kinds = ['rewrite', 'insert', 'prefix'].filter((each) => words.has(each));
      if (kinds.length > 1) conflict(say('"{0}" and "{1}" cannot be used together', kinds[0] ?? '', kinds[1] ?? ''));
      else if (words.has('rewrite') && words.has('indirect'))
        conflict(say('"{0}" and "{1}" cannot be used together', 'rewrite', 'indirect'));
      else if (words.has('preserve') && !words.has('insert') && !words.has('indirect'))
        conflict(say('"preserve" needs "insert" or "indirect"'));
    } else if (name === 'filter') {
      const [kind, of] = args;
      if (kind?.text !== 'compression' && kind?.text !== 'cache') return;
      const filter = kind.text === 'cache' ? `cache ${of?.text ?? ''}` : 'compression';
      filters ??= new Set();
      if (filters.has(filter)) conflict(say('this section has "filter {0}" already', filter));
      filters.add(filter);
    } else if (name === 'hash-balance-factor') {
      const value = Number(args[0]?.text);
      if (value > 0 && value <= 100) conflict(say('the factor is 0 or above 100, not {0}', value));
    } else if (name === 'bind') {
      const proto = args.findIndex((each) => each.text === 'proto');
      const value = args[proto + 1]?.text ?? '';
      if (proto > 0 && (value === 'h2' || value === 'h1') && mode === 'tcp' && type !== 'defaults')
        conflict(say('"proto {0}" is not possible in mode tcp', value));
      checkNumber(line, name, args);
    } else if (name === 'mode' && type === 'frontend' && mode === 'log')
      conflict(say('a frontend cannot be in mode log'));
    else if ((name === 'stats auth' || name === 'stats realm') && own.has('stats http-request'))
      conflict(say('"{0}" and "{1}" cannot be used together', name, 'stats http-request'));
    else if (name === 'stats http-request' && (own.has('stats auth') || own.has('stats realm')))
      conflict(say('"{0}" and "{1}" cannot be used together', 'stats auth', name));
    else if (
      name === 'log-format' &&
      mode === 'tcp' &&
      usesHttp !== undefined &&
      release < 302 &&
      (type === 'frontend' || type === 'listen')
    )
      report(line, usesHttp, 'bad-expression', say('this log variable exists in mode http only'));
  }

  function checkStep(line: number, statement: Statement, step: NonNullable<Traits['step']>): void {
    const kind = statement.directive?.name.startsWith('http') === true ? 'http-check' : 'tcp-check';
    const steps = checkSteps[kind] ?? new CheckSteps(kind);
    checkSteps[kind] = steps;
    const fault = steps.add(step, kind === 'http-check' && settings.has('option httpchk'));
    if (fault !== undefined) report(line, keywordOf(statement), 'conflicting-settings', fault);
  }

  function checkCache(): void {
    const numberIn = (name: string): { line: number; word: Word; value: number } | undefined => {
      const line = statements.findIndex((each) => each.directive?.name === name);
      const word = statements[line]?.args[0];
      return word === undefined || word.open ? undefined : { line, word, value: Number.parseInt(word.text, 10) };
    };
    const largest = numberIn('max-object-size');
    const total = numberIn('total-max-size');
    const half = (total?.value ?? 0) * 512 * 1024;
    // A negative size is read as a huge one.
    if (largest === undefined || total === undefined || (largest.value >= 0 && largest.value <= half)) return;
    report(
      largest.line,
      largest.word,
      'conflicting-settings',
      say('an object may take half of "total-max-size" at most: {0} bytes', half),
    );
  }

  /** The numbers that servers and listeners are given by hand. */
  function checkNumber(line: number, kind: 'bind' | 'server', args: readonly Word[]): void {
    const id = args.findIndex((each, index) => index > 0 && each.text === 'id');
    const number = id < 0 ? undefined : args[id + 1];
    if (number === undefined || number.open) return;
    const key = `${kind} ${Number(number.text)}`;
    numbers ??= new Set();
    if (numbers.has(key))
      report(line, number, 'duplicate-name', say('the id {0} is taken by another line of this section', number.text));
    numbers.add(key);
  }

  function addServer(line: number, word: Word, unique: boolean): void {
    if (word.open) return;
    if (unique && servers.has(word.text))
      report(
        line,
        word,
        'duplicate-name',
        say('the name "{0}" is taken by another line of this section', word.text),
        type === 'peers' ? { refusedFrom: peersUnique } : {},
      );
    else servers.set(word.text, line);
  }

  function checkServer(line: number, statement: Statement): void {
    const { args } = statement;
    const [name, address] = args;
    if (name === undefined || address === undefined) return;
    const onLine = serverWordsOf(statement);
    if (onLine === 0 && defaultServer === 0) return;
    if ((onLine & ServerWords.id) !== 0) checkNumber(line, 'server', args);
    if (args.some((each) => each.open)) return;
    // A word and its "no-" form are neighbours, and the line has the last say.
    const has = (flag: number): boolean =>
      (onLine & (flag << 1)) === 0 && ((onLine & flag) !== 0 || (defaultServer & (flag | (flag << 1))) === flag);
    const given = (parameter: number): boolean => ((onLine | defaultServer) & parameter) !== 0;
    if (has(ServerWords.check) && given(ServerWords.track))
      report(line, name, 'conflicting-settings', say('server "{0}" has both "check" and "track"', name.text));
    else if (has(ServerWords.check) && !given(ServerWords.port | ServerWords.addr) && !connectsToPort) {
      const { port, isPath, host } = readAddress(address.text);
      if (!isPath && port === undefined && ipFamily(host) !== undefined)
        report(
          line,
          address,
          'missing-setting',
          say('server "{0}" is checked but has no port: add one to the address or with "port"', name.text),
        );
    }
    if (has(ServerWords.agentCheck) && !given(ServerWords.agentPort))
      report(line, name, 'missing-setting', say('"agent-check" needs "agent-port"'));
    if (has(ServerWords.ssl) && !given(ServerWords.caFile | ServerWords.verify))
      report(
        line,
        name,
        'missing-setting',
        say('server "{0}" uses TLS but has nothing to verify it with: add "ca-file", or "verify none"', name.text),
        { needsVerification: true },
      );
  }

  function checkBind(line: number, args: readonly Word[]): void {
    const ssl = args.find((each, index) => index > 0 && each.text === 'ssl');
    if (ssl === undefined || args.some((each) => each.open)) return;
    if (
      !args.some((each) => ['crt', 'crt-list', 'default-crt', 'generate-certificates'].includes(each.text)) &&
      !settings.has('ssl-f-use')
    )
      report(line, ssl, 'missing-setting', say('"ssl" needs a certificate: add "crt" or "crt-list"'));
  }

  function checkOrder(line: number, statement: Statement, { requestOrder, responseOrder }: Traits): void {
    const late = requestOrder >= 0 ? latestRequest : latestResponse;
    const own = requestOrder >= 0 ? requestOrder : responseOrder;
    if (own < late) {
      const above = (requestOrder >= 0 ? requestFamilies : responseFamilies)[late] ?? '';
      report(
        line,
        keywordOf(statement),
        'misordered-rule',
        say('this "{0}" runs before the "{1}" rules above it', statement.directive?.name ?? '', above),
        { severity: 'warning' },
      );
    } else if (requestOrder >= 0) latestRequest = own;
    else latestResponse = own;
  }

  function checkFinal(line: number, statement: Statement): void {
    const name = statement.directive?.name ?? '';
    if (name !== 'http-request' && name !== 'http-response' && name !== 'http-after-response') return;
    const before = finals?.get(name);
    if (before !== undefined) {
      report(
        line,
        keywordOf(statement),
        'unreachable-rule',
        say('this rule never runs: "{0} {1}" above ends the list without a condition', name, before),
        { severity: 'warning' },
      );
      return;
    }
    const [action] = statement.args;
    if (action === undefined || !(actionOf(action.text)?.final ?? false)) return;
    if (statement.args.some((each) => each.text === 'if' || each.text === 'unless')) return;
    finals ??= new Map();
    finals.set(name, action.text);
  }

  function checkUsers(): void {
    const groups = new Set<string>();
    const users = new Map<string, number>();
    statements.forEach((each, line) => {
      const [name] = each.args;
      if (name === undefined || each.directive === undefined) return;
      const isGroup = each.directive.name === 'group';
      if (isGroup ? groups.has(name.text) : users.has(name.text))
        report(
          line,
          name,
          'duplicate-name',
          say('the name "{0}" is taken by another line of this section', name.text),
          { severity: 'warning' },
        );
      if (isGroup) groups.add(name.text);
      else users.set(name.text, line);
    });
    statements.forEach((each, line) => {
      if (each.directive === undefined) return;
      const wanted = each.directive.name === 'group' ? 'users' : 'groups';
      const index = each.args.findIndex((word) => word.text === wanted);
      const list = index < 0 ? undefined : each.args[index + 1];
      if (list === undefined || list.open) return;
      for (const member of list.text.split(',')) {
        if (wanted === 'users' ? users.has(member) : groups.has(member)) continue;
        report(line, list, 'unknown-reference', say('"{0}" is not declared in this userlist', member));
      }
    });
  }
}
