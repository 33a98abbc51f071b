import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import {
  type Directive,
  directivesOf,
  existsIn,
  headsOf,
  placementOf,
  type Release,
  releaseText,
  type SectionType,
  sectionsKnowing,
  sectionTypeOf,
  sectionTypes,
  valuesOf,
} from '../../catalog/haproxy/catalog';
import type { Line, Word } from '../../syntax/haproxy/line';
import { readByGrammar, readRedirect } from './arguments';
import { readAcl, readCondition } from './condition';
import { argumentNode, grammarOf } from './grammar';
import {
  checkBindAddresses,
  checkServerAddress,
  readBindParams,
  readEndingParams,
  readServerParams,
} from './parameters';
import type { Mistake, Problem, Reference } from './problem';
import { Reader } from './reader';
import { readSample } from './sample';
import { addressFault, isReadInPart, regexFault, sizeFault, timeFault } from './values';
import { type Expected, expected, type Visit } from './visit';

/** One line as the section around it reads it. It knows no line number: equal lines of equal sections share one value. */
export interface Statement {
  readonly line: Line;
  /** The type of the section it stands in; empty before the first one. */
  readonly section: string;
  /** Given when the line opens a section. */
  readonly header: SectionType | undefined;
  readonly directive: Directive | undefined;
  readonly prefix: 'no' | 'default' | undefined;
  /** The words of the directive's name, without `no` or `default`. */
  readonly keyword: readonly Word[];
  /** The words behind the keyword, up to an empty one: the program stops there. */
  readonly args: readonly Word[];
  readonly problems: readonly Problem[];
  readonly references: readonly Reference[];
  /** Where a log variable stands that only HTTP has. */
  readonly usesHttp: { readonly start: number; readonly end: number } | undefined;
  /** It stands in a branch of `.if` that is false, or that the text alone does not decide. */
  readonly uncertain?: boolean;
}

const none: readonly never[] = [];

/**
 * A line with a meaning. Keyword and arguments are cut out when somebody asks: two lists more for each line of a large
 * file are what the garbage collector would be busy with.
 */
class ReadStatement implements Statement {
  readonly header = undefined;

  constructor(
    readonly line: Line,
    readonly section: string,
    readonly directive: Directive | undefined,
    readonly prefix: 'no' | 'default' | undefined,
    private readonly keywordLength: number,
    /** Where the arguments end among the words. */
    private readonly stop: number,
    readonly problems: readonly Problem[],
    readonly references: readonly Reference[],
    readonly usesHttp: Statement['usesHttp'],
  ) {}

  get keyword(): readonly Word[] {
    const start = this.prefix === undefined ? 0 : 1;
    return this.line.words.slice(start, start + this.keywordLength);
  }

  get args(): readonly Word[] {
    return this.line.words.slice((this.prefix === undefined ? 0 : 1) + this.keywordLength, this.stop);
  }
}

/** Reads `line` inside a section of type `section`. */
export function readStatement(line: Line, section: string, release: Release, visit?: Visit): Statement {
  const { words } = line;
  const first = words[0];
  if (line.fault !== undefined) return meaningless(line, section, [{ mistake: 'unreadable-line', ...line.fault }]);
  if (first === undefined || first.text.startsWith('.') || first.open) return meaningless(line, section, none);
  if (first.text.startsWith('[') && first.start === 0) return meaningless(line, section, none);

  const header = sectionTypeOf(first.text);
  // A section of another release is read as one all the same, so that its lines are not taken for those of the one above.
  if (header !== undefined) return readHeader(line, header, release, visit);

  const reader = new Reader(release, section, line, visit);
  const prefix = first.text === 'no' || first.text === 'default' ? first.text : undefined;
  const start = prefix === undefined ? 0 : 1;
  const stop = firstEmpty(words, start);
  const { directive, length } = lookUp(reader, words, start, stop, section);
  const args = words.slice(start + length, stop);
  if (directive !== undefined && !line.spread) {
    if (prefix !== undefined) checkPrefix(reader, directive, prefix, first);
    if (reader.problems.length === 0) {
      if (prefix === undefined) {
        readArguments(reader, directive, words[start + length - 1], args, words[stop]);
        if (reader.problems.length > 0) softenPassing(reader, directive.name);
      } else if (directive.surplusRefused && directive.grammar === '') refuseSurplus(reader, directive, args[0]);
    }
  }
  return new ReadStatement(
    line,
    section,
    directive,
    prefix,
    length,
    stop,
    reader.problems,
    reader.references,
    reader.usesHttp,
  );
}

/** A line that sets nothing: blank, a comment, a condition, or one that cannot be read. */
function meaningless(line: Line, section: string, problems: readonly Problem[]): Statement {
  return {
    line,
    section,
    header: undefined,
    directive: undefined,
    prefix: undefined,
    keyword: none,
    args: none,
    problems,
    references: none,
    usesHttp: undefined,
  };
}

/** The program ends the list of arguments at an empty word. */
function firstEmpty(words: readonly Word[], from: number): number {
  for (let i = from; i < words.length; i++) if (words[i]?.text === '' && words[i]?.open === false) return i;
  return words.length;
}

/** Mistakes that the program lets pass all the same, sometimes with a complaint, and then does without the setting. */
const passing: readonly { readonly section?: string; readonly directive: string; readonly mistake: Mistake }[] = [
  { section: 'global', directive: 'unix-bind', mistake: 'missing-argument' },
  { section: 'userlist', directive: 'user', mistake: 'missing-argument' },
  { section: 'log-forward', directive: 'bind', mistake: 'bad-value' },
  // Any word may stand in the place of "len", and a length that is none counts as zero.
  { directive: 'capture cookie', mistake: 'bad-value' },
];

function softenPassing(reader: Reader, name: string): void {
  for (const { section, directive, mistake } of passing)
    if (directive === name && (section === undefined || section === reader.section)) reader.soften(mistake);
}

function checkPrefix(reader: Reader, directive: Directive, prefix: string, at: Word): void {
  if (directive.negatable || directive.name === 'log') return;
  if (
    /^(option|log|busy-polling|set-dumpable|strict-limits|insecure-fork-wanted|numa-cpu-mapping)\b/.test(
      directive.name,
    ) &&
    !directive.name.startsWith('option ')
  )
    return;
  reader.report('bad-value', at, say('"{0}" is not possible in front of "{1}"', prefix, directive.name));
}

const defaultsName = argumentNode('name', 'ref', 'defaults');

function readHeader(line: Line, header: SectionType, release: Release, visit: Visit | undefined): Statement {
  const reader = new Reader(release, header.name, line, visit);
  const [keyword, name] = line.words;
  const stop = firstEmpty(line.words, 1);
  const isProxy = ['frontend', 'backend', 'listen', 'defaults'].includes(header.name);
  if (name !== undefined && header.naming !== 'none' && name.text !== 'from') reader.expect(name, expected.name);
  if (keyword !== undefined && !existsIn(header, release)) {
    if (header.since > release)
      reader.report(
        'too-new-keyword',
        keyword,
        say('"{0}" exists from {1} on', header.name, releaseText(header.since)),
      );
    else
      reader.report(
        'removed-keyword',
        keyword,
        say('"{0}" was removed in {1}', header.name, releaseText(header.removed)),
      );
  } else if (keyword !== undefined) {
    if (header.naming === 'required' && (name === undefined || stop === 1)) {
      reader.report('bad-section', keyword, say('section "{0}" needs a name', header.name));
    } else if (name !== undefined && header.strictName && !name.open && /[^\w.:-]/.test(name.text)) {
      reader.report(
        'bad-section',
        name,
        say('the name "{0}" may hold only letters, digits, ".", ":", "_" and "-"', name.text),
      );
    }
    const from = line.words.findIndex((each, index) => index > 0 && each.text === 'from');
    if (isProxy && release >= 204 && from > 0 && (from === 2 || (header.name === 'defaults' && from === 1))) {
      const target = line.words[from + 1];
      reader.expect(line.words[from], { kind: 'words', words: ['from'] });
      reader.expectNode(target, defaultsName);
      if (target === undefined)
        reader.report(
          'missing-argument',
          line.words[from] ?? keyword,
          say('the name of a defaults section is missing behind "from"'),
        );
      else reader.refer('defaults', target.text, target);
      const surplus = line.words[from + 2];
      if (surplus !== undefined && !surplus.open && stop === line.words.length)
        reader.report(
          'surplus-argument',
          surplus,
          say('"{0}" is one word too many behind the section name', surplus.text),
        );
    } else {
      const surplus = line.words[header.naming === 'none' ? 1 : 2];
      const refused = ![
        'defaults',
        'resolvers',
        'mailers',
        'ring',
        'http-errors',
        'namespace_list',
        'healthcheck',
        'acme',
      ].includes(header.name);
      if (surplus !== undefined && refused && stop === line.words.length)
        reader.report(
          'surplus-argument',
          surplus,
          say('"{0}" is one word too many behind the section name', surplus.text),
        );
    }
  }
  return {
    line,
    section: header.name,
    header,
    directive: undefined,
    prefix: undefined,
    keyword: line.words.slice(0, 1),
    args: line.words.slice(1, stop),
    problems: reader.problems,
    references: reader.references,
    usesHttp: undefined,
  };
}

const notFound = { directive: undefined, length: 1 } as const;

function lookUp(
  reader: Reader,
  words: readonly Word[],
  start: number,
  stop: number,
  section: string,
): { readonly directive: Directive | undefined; readonly length: number } {
  const first = words[start];
  if (first === undefined || start >= stop) {
    const word = words[0];
    if (word !== undefined && start > 0)
      reader.report('missing-argument', word, say('a setting is missing behind "{0}"', word.text));
    return notFound;
  }
  const names = directivesOf(section);
  let directive: Directive | undefined;
  let length = 1;
  if (headsOf(section).has(first.text)) {
    const second = plain(words[start + 1]);
    const third = plain(words[start + 2]);
    if (second !== undefined) {
      directive = third === undefined || first.text !== 'capture' ? undefined : names.get(`capture ${second} ${third}`);
      length = 3;
      if (directive === undefined) {
        directive = names.get(`${first.text} ${second}`);
        length = 2;
      }
    }
  }
  if (directive === undefined) {
    directive = names.get(first.text);
    length = 1;
  }
  if (directive === undefined) {
    reportUnknown(reader, words, start, section, names);
    return notFound;
  }
  const whole = { start: first.start, end: words[start + length - 1]?.end ?? first.end };
  if (directive.since > reader.release) {
    reader.report(
      'too-new-keyword',
      whole,
      say('"{0}" exists from {1} on', directive.name, releaseText(directive.since)),
    );
    return notFound;
  }
  if (directive.removed !== 0 && reader.release >= directive.removed) {
    reader.report(
      'removed-keyword',
      whole,
      directive.replacement === ''
        ? say('"{0}" was removed in {1}', directive.name, releaseText(directive.removed))
        : say(
            '"{0}" was removed in {1}; use {2}',
            directive.name,
            releaseText(directive.removed),
            directive.replacement,
          ),
    );
    return notFound;
  }
  const placement = placementOf(directive, section, reader.release);
  if (placement === 'refused') {
    reader.report(
      'wrong-section',
      whole,
      say(
        '"{0}" is not possible in a {1} section, but in: {2}',
        directive.name,
        section,
        sectionsKnowing(directive.name).join(', '),
      ),
    );
    return notFound;
  }
  if (placement === 'ignored') {
    reader.report('ignored-setting', whole, say('"{0}" has no effect in a {1} section', directive.name, section), {
      severity: 'warning',
    });
    return { directive, length };
  }
  if (directive.deprecated !== 0 && directive.deprecated <= reader.release && directive.replacement !== '')
    reader.report(
      'removed-keyword',
      whole,
      say('"{0}" is deprecated; use {1}', directive.name, directive.replacement),
      { severity: 'hint' },
    );
  return { directive, length };
}

/** The word without arguments in parentheses: `set-var(txn.a)` is found as `set-var`. */
function plain(word: Word | undefined): string | undefined {
  if (word === undefined) return undefined;
  const paren = word.text.indexOf('(');
  return paren > 0 ? word.text.slice(0, paren) : word.text;
}

function reportUnknown(
  reader: Reader,
  words: readonly Word[],
  start: number,
  section: string,
  names: ReadonlyMap<string, Directive>,
): void {
  const first = words[start];
  if (first === undefined) return;
  const second = words[start + 1];
  if (headsOf(section).has(first.text)) {
    const seconds = [...names.keys()]
      .filter((each) => each.startsWith(`${first.text} `))
      .map((each) => each.slice(first.text.length + 1));
    if (second === undefined || second.text === '') {
      reader.report(
        'missing-argument',
        first,
        say('a word is missing behind "{0}", such as {1}', first.text, seconds.slice(0, 5).join(', ')),
      );
      return;
    }
    if (second.open) return;
    const suggestion = nearest(second.text, seconds);
    const elsewhere = sectionsKnowing(`${first.text} ${second.text}`);
    reader.report(
      elsewhere.length > 0 ? 'wrong-section' : 'unknown-keyword',
      second,
      elsewhere.length > 0
        ? say(
            '"{0}" is not possible in a {1} section, but in: {2}',
            `${first.text} ${second.text}`,
            section,
            elsewhere.join(', '),
          )
        : suggestion === undefined
          ? say('"{0}" does not exist behind "{1}"', second.text, first.text)
          : say('"{0}" does not exist behind "{1}"; "{2}" does', second.text, first.text, suggestion),
      // A ring takes an unknown timeout without a word, and without effect.
      { suggestion, ...(section === 'ring' ? { severity: 'warning' as const } : {}) },
    );
    return;
  }
  const elsewhere = sectionsKnowing(first.text);
  if (section === '') {
    const sections = sectionTypes.map((each) => each.name);
    reader.report('wrong-section', first, say('"{0}" stands before the first section', first.text), {
      suggestion: nearest(first.text, sections),
    });
    return;
  }
  if (elsewhere.length > 0) {
    reader.report(
      'wrong-section',
      first,
      say('"{0}" is not possible in a {1} section, but in: {2}', first.text, section, elsewhere.join(', ')),
    );
    return;
  }
  const suggestion = nearest(first.text, [
    ...[...names.keys()].map((each) => each.split(' ')[0] ?? ''),
    ...sectionTypes.map((each) => each.name),
  ]);
  reader.report(
    'unknown-keyword',
    first,
    suggestion === undefined
      ? say('"{0}" is not a setting of a {1} section', first.text, section)
      : say('"{0}" is not a setting of a {1} section; "{2}" is', first.text, section, suggestion),
    { suggestion },
  );
}

function readArguments(
  reader: Reader,
  directive: Directive,
  at: Word | undefined,
  args: readonly Word[],
  emptyWord: Word | undefined,
): void {
  if (at === undefined) return;
  if (args.length < (reader.section === 'peers' ? 0 : (leastOfSpecial.get(directive.name) ?? 0))) {
    const last = emptyWord ?? args.at(-1) ?? at;
    reader.report('missing-argument', last, say('"{0}" needs more: {1}', directive.name, directive.usage));
    return;
  }
  const special = specials.get(directive.name);
  if (special !== undefined) {
    special(reader, args, at);
    return;
  }
  const end = readByGrammar(reader, grammarOf(directive.grammar), args, 0, directive.leastArguments);
  if (end >= 0 && directive.surplusRefused) refuseSurplus(reader, directive, args[end]);
}

function refuseSurplus(reader: Reader, { usage }: Directive, surplus: Word | undefined): void {
  if (surplus !== undefined && !surplus.open)
    reader.report('surplus-argument', surplus, say('"{0}" is not expected here: {1}', surplus.text, usage));
}

/** How many words the lines that are not read by a grammar need. */
const leastOfSpecial: ReadonlyMap<string, number> = new Map([
  ['acl', 2],
  ['bind', 1],
  ['server', 1],
  ['server-template', 3],
  ['peer', 1],
  ['use_backend', 1],
  ['filter', 1],
  ['errorfile', 2],
  ['errorloc', 2],
  ['errorloc302', 2],
  ['errorloc303', 2],
  ['stats socket', 1],
]);

type Special = (reader: Reader, args: readonly Word[], at: Word) => void;

const statsAction: Expected = { kind: 'words', words: ['allow', 'deny', 'auth'] };

const specials: ReadonlyMap<string, Special> = new Map<string, Special>([
  ['acl', readAclLine],
  ['bind', readBindLine],
  ['server', readServerLine],
  ['server-template', readServerTemplate],
  ['default-server', (reader, args) => readServerParams(reader, args, 0, 'default-server')],
  ['peer', readPeerLine],
  ['use_backend', readUseBackend],
  [
    'redirect',
    (reader, args) => {
      const end = readRedirect(reader, args, 0);
      if (end >= 0 && args[end] !== undefined) readCondition(reader, args, end + 1);
    },
  ],
  ['stick-table', readStickTable],
  [
    'table',
    (reader, args) =>
      readStickTable(reader, args.slice(1), args[0] ?? reader.words[0] ?? { text: '', start: 0, end: 0, open: false }),
  ],
  [
    'stats socket',
    (reader, args) => {
      const [address] = args;
      reader.expect(address, expected.address);
      const fault =
        address === undefined || address.open
          ? undefined
          : addressFault(address.text, { required: true, range: false, offset: false, nonZero: true });
      if (address !== undefined && fault !== undefined) reader.report('bad-value', address, fault);
      readBindParams(reader, args, 1);
    },
  ],
  [
    'dgram-bind',
    (reader, args) => {
      const [address] = args;
      if (address !== undefined) checkBindAddresses(reader, address);
      readBindParams(reader, args, 1);
    },
  ],
  ['source', readSource],
  ['option httpchk', readHttpchk],
  ['http-check expect', readHttpExpect],
  ['filter', readFilter],
  ['stats http-request', (reader, args) => reader.expect(args[0], statsAction)],
  ['errorfile', readErrorCode],
  ['errorloc', readErrorCode],
  ['errorloc302', readErrorCode],
  ['errorloc303', readErrorCode],
  ['balance', readBalance],
]);

function readAclLine(reader: Reader, args: readonly Word[]): void {
  const [name, criterion] = args;
  reader.expect(name, expected.name);
  if (name === undefined || criterion === undefined) return;
  if (!name.open && (/[^\w.:-]/.test(name.text) || name.text === 'or')) {
    reader.report(
      'bad-condition',
      name,
      say('"{0}" cannot be the name of an ACL: letters, digits, ".", ":", "_" and "-" can', name.text),
    );
    return;
  }
  readAcl(reader, args.slice(1), criterion);
}

function readBindLine(reader: Reader, args: readonly Word[]): void {
  const [address] = args;
  if (address === undefined) return;
  checkBindAddresses(reader, address);
  readBindParams(reader, args, 1);
}

function readServerLine(reader: Reader, args: readonly Word[]): void {
  const [name, address] = args;
  if (name === undefined) return;
  checkServerName(reader, name);
  if (reader.section === 'peers') {
    if (address !== undefined && !/^[a-z-]+$/.test(address.text)) checkServerAddress(reader, address, false);
    readServerParams(reader, args, 2, 'server');
    return;
  }
  if (address === undefined) {
    reader.report('missing-argument', name, say('server "{0}" needs an address', name.text));
    return;
  }
  checkServerAddress(reader, address, false);
  const { ending } = reader.line;
  // With a prefix such as "no" the words are not where the ending has them.
  if (ending !== undefined && ending.words.length === args.length - 2) readEndingParams(reader, args, 2, ending);
  else readServerParams(reader, args, 2, 'server');
}

function checkServerName(reader: Reader, name: Word): void {
  reader.expect(name, expected.name);
  if (!name.open && /[^\w.:-]/.test(name.text))
    reader.report(
      'bad-value',
      name,
      say('the name "{0}" may hold only letters, digits, ".", ":", "_" and "-"', name.text),
    );
}

function readServerTemplate(reader: Reader, args: readonly Word[]): void {
  const [prefix, count, address] = args;
  reader.expect(prefix, expected.name);
  reader.expect(count, expected.number);
  if (count !== undefined && !count.open && !/^\d+(-\d+)?$/.test(count.text))
    reader.report('bad-value', count, say('"{0}" is not a number of servers', count.text));
  if (address !== undefined) checkServerAddress(reader, address, false);
  readServerParams(reader, args, 3, 'server');
}

function readPeerLine(reader: Reader, args: readonly Word[]): void {
  const [name, address] = args;
  reader.expect(name, expected.name);
  if (address === undefined) return;
  checkServerAddress(reader, address, false);
  readServerParams(reader, args, 2, 'server');
}

const backendName = argumentNode('backend', 'ref', 'backend');

function readUseBackend(reader: Reader, args: readonly Word[]): void {
  const [target, word] = args;
  reader.expectNode(target, backendName);
  reader.expect(word, expected.conditionWord);
  if (target === undefined) return;
  if (target.text.includes('%')) {
    const grammar = grammarOf('<backend:logformat>');
    readByGrammar(reader, grammar, args, 0);
  } else if (!target.open) reader.refer('backend', target.text, target);
  if (word === undefined || word.open) return;
  if (word.text !== 'if' && word.text !== 'unless') {
    reader.report('bad-condition', word, say('"if" or "unless" is expected here, not "{0}"', word.text), {
      suggestion: nearest(word.text, ['if', 'unless']),
    });
    return;
  }
  readCondition(reader, args, 2);
}

function readFilter(reader: Reader, args: readonly Word[]): void {
  const [name, second] = args;
  if (name === undefined || name.open || name.text.startsWith('lua.')) return;
  const known = valuesOf('filter');
  reader.expect(name, { kind: 'words', words: known.keys() });
  if (name.text === 'cache' || name.text === 'fcgi-app')
    reader.expectNode(second, argumentNode('name', 'ref', name.text));
  const found = known.get(name.text);
  if (found === undefined || !existsIn(found, reader.release)) {
    reader.report(
      'bad-value',
      name,
      say('"{0}" is not a filter; known are: {1}', name.text, [...known.keys()].join(', ')),
      { suggestion: nearest(name.text, known.keys()) },
    );
  } else if (second !== undefined && (name.text === 'cache' || name.text === 'fcgi-app'))
    reader.refer(name.text, second.text, second);
  else if (second !== undefined && !second.open && name.text === 'compression')
    reader.report(
      'surplus-argument',
      second,
      say('"{0}" is not expected here: {1}', second.text, 'filter compression'),
    );
}

const fixedAddress = { required: false, range: false, offset: false, nonZero: false } as const;

function readSource(reader: Reader, args: readonly Word[]): void {
  const [address, how, second] = args;
  reader.expect(address, expected.address);
  reader.expect(how, { kind: 'words', words: ['usesrc', 'interface'] });
  for (const each of [address, how?.text === 'usesrc' ? second : undefined]) {
    if (
      each === undefined ||
      each.open ||
      ['client', 'clientip'].includes(each.text) ||
      each.text.startsWith('hdr_ip(')
    )
      continue;
    const fault = addressFault(each.text, fixedAddress);
    if (fault !== undefined) reader.report('bad-value', each, fault);
  }
  if (how === undefined || how.open) return;
  if (how.text !== 'usesrc' && how.text !== 'interface')
    reader.report('bad-value', how, say('"{0}" is not possible here; expected: {1}', how.text, 'usesrc, interface'), {
      suggestion: nearest(how.text, ['usesrc', 'interface']),
    });
  else if (second === undefined)
    reader.report('missing-argument', how, say('a value is missing behind "{0}"', how.text));
  else {
    const next = args[3];
    if (next !== undefined && !next.open && next.text !== 'interface' && next.text !== 'usesrc')
      reader.report(
        'bad-value',
        next,
        say('"{0}" is not possible here; expected: {1}', next.text, 'usesrc, interface'),
        { suggestion: nearest(next.text, ['usesrc', 'interface']) },
      );
  }
}

/** From here on the host of the request may stand behind the version. */
const hostTaken: Release = 208;

const checkMethod: Expected = {
  kind: 'words',
  words: ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'CONNECT', 'TRACE', 'PATCH'],
};
const checkUri = argumentNode('uri', 'url');
const checkVersion: Expected = { kind: 'words', words: ['HTTP/1.0', 'HTTP/1.1'] };

/** `[[<method>] <uri> [<version> [<host>]]]`: a single word is the URI. */
function readHttpchk(reader: Reader, args: readonly Word[]): void {
  const [first, uri, version, host] = args;
  reader.expectNode(uri ?? first, checkUri);
  if (uri !== undefined || first?.text.startsWith('/') !== true) reader.expect(first, checkMethod);
  reader.expect(version, checkVersion);
  if (reader.release < hostTaken && host !== undefined && !host.open)
    reader.report(
      'surplus-argument',
      host,
      say('"{0}" is possible here from {1} on; use "http-check send hdr host {0}"', host.text, releaseText(hostTaken)),
    );
}

const expectOptions: ReadonlySet<string> = new Set([
  'min-recv',
  'comment',
  'ok-status',
  'error-status',
  'tout-status',
  'on-success',
  'on-error',
  'status-code',
]);
const expectMatches: ReadonlySet<string> = new Set([
  'status',
  'rstatus',
  'hdr',
  'fhdr',
  'string',
  'rstring',
  'string-lf',
]);

function readHttpExpect(reader: Reader, args: readonly Word[], line: Word): void {
  let at = 0;
  const words = [...expectMatches, ...expectOptions, '!'];
  reader.expect(args[at], { kind: 'words', words });
  while (expectOptions.has(args[at]?.text ?? '')) {
    at += 2;
    reader.expect(args[at], { kind: 'words', words });
  }
  if (args[at]?.text === '!') at++;
  const match = args[at];
  const pattern = args[at + 1];
  reader.expect(match, { kind: 'words', words });
  reader.expect(pattern, expected.pattern);
  if (match === undefined) {
    reader.report(
      'missing-argument',
      args.at(-1) ?? line,
      say('a match is missing: {0}', [...expectMatches].join(', ')),
    );
    return;
  }
  if (match.open) return;
  if (!expectMatches.has(match.text)) {
    reader.report(
      'bad-value',
      match,
      say('"{0}" is not possible here; expected: {1}', match.text, [...expectMatches].join(', ')),
      {
        suggestion: nearest(match.text, expectMatches),
      },
    );
  } else if (pattern === undefined)
    reader.report('missing-argument', match, say('a value is missing behind "{0}"', match.text));
  else if (
    args[at + 2] !== undefined &&
    args[at + 2]?.open === false &&
    !match.text.includes('hdr') &&
    !expectOptions.has(args[at + 2]?.text ?? '')
  )
    reader.report(
      'surplus-argument',
      args[at + 2] ?? line,
      say('"{0}" is not expected here: {1}', args[at + 2]?.text ?? '', `${match.text} <pattern>`),
    );
  else if (match.text === 'status' && !pattern.open && !/^-?\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/.test(pattern.text))
    reader.report('bad-value', pattern, say('"{0}" is not a list of status codes such as 200,300-399', pattern.text));
  else if (match.text.startsWith('r') && !pattern.open) {
    const fault = regexFault(pattern.text);
    if (fault !== undefined) reader.report('bad-value', pattern, fault);
  }
}

function readErrorCode(reader: Reader, args: readonly Word[]): void {
  const [code, file] = args;
  reader.expect(code, { kind: 'words', words: valuesOf('errorfile.code').keys() });
  reader.expectNode(file, argumentNode('file', 'file'));
  if (code !== undefined && !code.open && !valuesOf('errorfile.code').has(code.text))
    reader.report(
      'bad-value',
      code,
      say(
        '"{0}" is not a status with an error page; they are: {1}',
        code.text,
        [...valuesOf('errorfile.code').keys()].join(', '),
      ),
    );
}

const uriWords: readonly string[] = ['len', 'depth', 'path-only', 'whole'];

function readUriWords(reader: Reader, args: readonly Word[]): void {
  for (let at = 1; at < args.length; at++) {
    const word = args[at];
    if (word === undefined || word.open) return;
    if (!uriWords.includes(word.text)) {
      reader.report(
        'bad-value',
        word,
        say('"{0}" is not possible here; expected: {1}', word.text, uriWords.join(', ')),
        { suggestion: nearest(word.text, uriWords) },
      );
      return;
    }
    if (word.text !== 'len' && word.text !== 'depth') continue;
    const value = args[++at];
    if (value === undefined) reader.report('missing-argument', word, say('a value is missing behind "{0}"', word.text));
  }
}

function readBalance(reader: Reader, args: readonly Word[]): void {
  const [name, second] = args;
  if (name === undefined) return;
  if (name.text === 'uri') reader.expect(second, { kind: 'words', words: uriWords });
  readByGrammar(reader, grammarOf('<algorithm:balancealg>'), args, 0);
  if (name.text === 'hash' && second !== undefined && !second.open) readSample(reader, second, 0, 'sample');
  if (name.text === 'uri') readUriWords(reader, args);
  const third = args[2];
  if (name.text === 'url_param' && third !== undefined && !third.open && third.text !== 'check_post')
    reader.report('bad-value', third, say('"{0}" is not possible here; expected: {1}', third.text, 'check_post'));
  if (name.text === 'url_param' && second === undefined)
    reader.report('missing-argument', name, say('the name of a parameter is missing behind "{0}"', name.text));
}

const tableTypes: ReadonlySet<string> = new Set(['ip', 'ipv4', 'ipv6', 'integer', 'string', 'binary']);

const tableWords = [
  'type',
  'size',
  'expire',
  'store',
  'peers',
  'nopurge',
  'recv-only',
  'srvkey',
  'write-to',
  'brates-factor',
];
const peersName = argumentNode('name', 'ref', 'peers');

function tableValues(word: string): Expected {
  switch (word) {
    case 'type':
      return { kind: 'words', words: tableTypes };
    case 'store':
      return { kind: 'words', words: valuesOf('stick-table.store').keys() };
    case 'peers':
      return { kind: 'node', node: peersName };
    case 'srvkey':
      return { kind: 'words', words: ['name', 'addr'] };
    default:
      return expected.number;
  }
}

function readStickTable(reader: Reader, args: readonly Word[], line: Word): void {
  let hasType = false;
  let hasSize = false;
  for (let i = 0; i < args.length; i++) {
    const word = args[i];
    reader.expect(word, { kind: 'words', words: tableWords });
    if (word === undefined || word.open) continue;
    if (word.text === 'nopurge' || word.text === 'recv-only') continue;
    const value = args[++i];
    reader.expect(value, tableValues(word.text));
    if (!['type', 'size', 'expire', 'store', 'peers', 'srvkey', 'write-to', 'brates-factor'].includes(word.text)) {
      reader.report(
        'bad-value',
        word,
        say(
          '"{0}" is not possible here; expected: {1}',
          word.text,
          'type, size, expire, store, peers, nopurge, srvkey, write-to',
        ),
        {
          suggestion: nearest(word.text, ['type', 'size', 'expire', 'store', 'peers', 'nopurge', 'srvkey']),
        },
      );
      return;
    }
    if (value === undefined) {
      if (word.text !== 'store')
        reader.report('missing-argument', word, say('a value is missing behind "{0}"', word.text));
      return;
    }
    if (value.open) continue;
    if (word.text === 'type') {
      hasType = true;
      if (!tableTypes.has(value.text)) {
        reader.report(
          'bad-value',
          value,
          say('"{0}" is not possible here; expected: {1}', value.text, [...tableTypes].join(', ')),
          { suggestion: nearest(value.text, tableTypes) },
        );
        return;
      }
      if (args[i + 1]?.text === 'len') i += 2;
    } else if (word.text === 'size') {
      hasSize = true;
      const fault =
        sizeFault(value.text) ??
        (Number.parseInt(value.text, 10) === 0 ? say('the size of a table cannot be zero') : undefined);
      if (fault !== undefined) {
        reader.report('bad-value', value, fault);
        return;
      }
    } else if (word.text === 'expire') {
      const fault = timeFault(value.text);
      if (fault !== undefined) {
        reader.report('bad-value', value, fault, isReadInPart(value.text) ? { severity: 'warning' } : {});
        return;
      }
    } else if (word.text === 'peers') reader.refer('peers', value.text, value);
    else if (word.text === 'store') {
      const stores = valuesOf('stick-table.store');
      for (const each of value.text.replace(/\([^)]*\)/g, '').split(',')) {
        if (each === '' || stores.has(each)) continue;
        reader.report('bad-value', value, say('"{0}" cannot be stored in a table', each), { suggestion: undefined });
        return;
      }
    }
  }
  if (!hasType || !hasSize) reader.report('missing-argument', line, say('a table needs "type" and "size"'));
}
