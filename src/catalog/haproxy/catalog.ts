import aclNameRows from './acl-names.json';
import actionRows from './actions.json';
import bindRows from './bind-params.json';
import converterRows from './converters.json';
import directiveRows from './directives.json';
import fetchRows from './fetches.json';
import aliasRows from './log-aliases.json';
import predefinedRows from './predefined-acls.json';
import serverRows from './server-params.json';
import valueRows from './values.json';

/** A release line as one number: 2.6 is 206. Zero in a row stands for "older than any release Haven reads for". */
export type Release = number;

/** What Haven reads a file for when nobody says otherwise. */
export const newestRelease: Release = 304;

/** The oldest release whose behaviour the tables tell. */
export const oldestRelease: Release = 204;

export const releaseText = (release: Release): string => `${Math.floor(release / 100)}.${release % 100}`;

/** When a word exists. `removed` is the first release without it, zero while it is still there. */
export interface Lifetime {
  readonly since: Release;
  readonly removed: Release;
}

export const existsIn = (each: Lifetime, release: Release): boolean =>
  each.since <= release && (each.removed === 0 || release < each.removed);

export const proxyTypes = ['defaults', 'frontend', 'listen', 'backend'] as const;

export interface Directive extends Lifetime {
  readonly name: string;
  /** How many words the name has. */
  readonly words: number;
  /**
   * The types of section that have it, with blanks between; for proxies one letter for each of `proxyTypes`: `y` yes, `-`
   * refused, `i` silently without effect, `n` only in a named `defaults`. `placementOf` tells what stands behind a slash.
   */
  readonly sections: string;
  readonly deprecated: Release;
  readonly surplusRefused: boolean;
  readonly negatable: boolean;
  readonly experimental: boolean;
  readonly ignoredInTcp: boolean;
  /** The program may be built without it, so its absence is not the file's mistake. */
  readonly optionalBuild: boolean;
  /** How many arguments the program asks for; undefined where nobody has tried. */
  readonly leastArguments: number | undefined;
  /** What may stand behind it, in the notation of `Node` (`model/haproxy/grammar.ts`): without checks no value is refused. */
  readonly grammar: string;
  readonly summary: string;
  readonly defaultValue: string;
  readonly replacement: string;
  /** The line as a manual writes it, for a reader. */
  readonly usage: string;
}

type Placement = 'yes' | 'refused' | 'ignored' | 'named-only';

/** The columns of directives.json. Letters of `flags`: `x` surplusRefused, `n` negatable, `e` experimental, `t` ignoredInTcp, `F` optionalBuild. */
type DirectiveRow = [
  name: string,
  sections: string,
  since: Release,
  removed: Release,
  deprecated: Release,
  flags: string,
  leastArguments: number | null,
  grammar: string,
  summary: string,
  defaultValue: string,
  replacement: string,
  usage: string,
];

const directives: readonly Directive[] = (directiveRows as unknown as DirectiveRow[]).map((row) => ({
  name: row[0],
  words: row[0].split(' ').length,
  sections: row[1],
  since: row[2],
  removed: row[3],
  deprecated: row[4],
  surplusRefused: row[5].includes('x'),
  negatable: row[5].includes('n'),
  experimental: row[5].includes('e'),
  ignoredInTcp: row[5].includes('t'),
  optionalBuild: row[5].includes('F'),
  leastArguments: row[6] ?? undefined,
  grammar: row[7],
  summary: row[8],
  defaultValue: row[9],
  replacement: row[10],
  usage: row[11],
}));

/** Whether the row speaks of proxy sections: its `sections` is then one letter for each of `proxyTypes`. */
const isProxyRow = (each: Directive): boolean => /^[-yin?]{4}/.test(each.sections);

/** By section family (`proxy`, or the section type), then by full name such as `timeout client`. */
const byFamily = new Map<string, Map<string, Directive>>();
/** First words that need a second one (`timeout`, `option`, `stats`), each with what may stand behind it. */
const firstWords = new Map<string, Map<string, Map<string, Directive>>>();

for (const each of directives) {
  for (const family of isProxyRow(each) ? ['proxy'] : each.sections.split(' ')) {
    let names = byFamily.get(family);
    if (names === undefined) {
      names = new Map();
      byFamily.set(family, names);
    }
    names.set(each.name, each);
    const space = each.name.indexOf(' ');
    if (space > 0) {
      let heads = firstWords.get(family);
      if (heads === undefined) {
        heads = new Map();
        firstWords.set(family, heads);
      }
      const head = each.name.slice(0, space);
      const rests = heads.get(head) ?? new Map<string, Directive>();
      heads.set(head, rests.set(each.name.slice(space + 1), each));
    }
  }
}

/** A health check of its own has the steps that one inside a proxy has. */
const takenByHealthChecks = ['http-check', 'tcp-check'];
for (const head of takenByHealthChecks) {
  const rests = firstWords.get('proxy')?.get(head) ?? new Map<string, Directive>();
  const heads = firstWords.get('healthcheck') ?? new Map<string, Map<string, Directive>>();
  firstWords.set('healthcheck', heads.set(head, rests));
  for (const each of rests.values()) byFamily.get('healthcheck')?.set(each.name, each);
}

const placeOfProxy: ReadonlyMap<string, number> = new Map(proxyTypes.map((each, index) => [each, index]));
const isProxy = (section: string): boolean => placeOfProxy.has(section);

/** The key of the table in which the directives of `section` are kept. */
const familyOf = (section: string): string => (isProxy(section) ? 'proxy' : section);

const noNames: ReadonlyMap<string, Directive> = new Map();
const noHeads: Heads = new Map();
type Heads = ReadonlyMap<string, ReadonlyMap<string, Directive>>;

/** Every directive of the family of `section`, whatever the release, by full name. */
export const directivesOf = (section: string): ReadonlyMap<string, Directive> =>
  byFamily.get(familyOf(section)) ?? noNames;

/** The directives of several words in `section`, by their first word and then by the rest of the name. */
export const headsOf = (section: string): Heads => firstWords.get(familyOf(section)) ?? noHeads;

/** The section types in which a directive of that full name is known at all. */
export function sectionsKnowing(name: string): readonly string[] {
  const found: string[] = [];
  for (const [family, names] of byFamily) {
    const each = names.get(name);
    if (each === undefined) continue;
    if (family !== 'proxy') found.push(family);
    else for (const type of proxyTypes) if (placementOf(each, type, newestRelease) === 'yes') found.push(type);
  }
  return found;
}

/** What the program does with a directive of this family's table in `section`. Release 2.6 is the only one known to differ. */
export function placementOf(each: Directive, section: string, release: Release): Placement {
  const place = placeOfProxy.get(section);
  if (place === undefined) return 'yes';
  // Four letters for now, behind a slash four for the releases before 3.2 where they differ, and behind another those of 3.2.
  const from = release < 302 && each.sections.length > 4 ? 5 : release < 303 && each.sections.length > 9 ? 10 : 0;
  switch (each.sections[from + place]) {
    case 'y':
      return 'yes';
    case 'i':
      return 'ignored';
    case 'n':
      return 'named-only';
    default:
      return 'refused';
  }
}

export interface SectionType extends Lifetime {
  readonly name: string;
  readonly naming: 'none' | 'optional' | 'required';
  /** Whether the program refuses characters other than letters, digits and `.:_-` in the name. */
  readonly strictName: boolean;
  readonly summary: string;
}

const section = (
  name: string,
  naming: SectionType['naming'],
  strictName: boolean,
  since: number,
  removed: number,
  summary: string,
): SectionType => ({ name, naming, strictName, since, removed, summary });

/** Every section a configuration can have, in the order of a usual file. */
export const sectionTypes: readonly SectionType[] = [
  section('global', 'none', false, 0, 0, 'Settings of the whole process.'),
  section('defaults', 'optional', false, 0, 0, 'Settings that the proxies below start from.'),
  section('frontend', 'required', true, 0, 0, 'Accepts connections from clients.'),
  section('backend', 'required', true, 0, 0, 'Sends connections to servers.'),
  section('listen', 'required', true, 0, 0, 'A frontend and a backend in one.'),
  section('userlist', 'required', true, 0, 0, 'Users and groups for authentication.'),
  section('peers', 'required', true, 0, 0, 'Instances that share stick tables.'),
  section('mailers', 'required', true, 0, 0, 'Mail servers that alerts are sent through.'),
  section('resolvers', 'required', true, 0, 0, 'Name servers that are asked at run time.'),
  section('cache', 'required', false, 0, 0, 'A cache of HTTP responses in memory.'),
  section('program', 'required', true, 0, 303, 'A program started by the master process.'),
  section('namespace_list', 'none', false, 0, 0, 'Network namespaces in use.'),
  section('fcgi-app', 'required', false, 0, 0, 'A FastCGI application.'),
  section('http-errors', 'required', true, 0, 0, 'A set of error pages.'),
  section('ring', 'required', true, 0, 0, 'A buffer in memory that logs are written to.'),
  section('log-forward', 'required', true, 0, 0, 'Receives logs and sends them on.'),
  section('crt-store', 'optional', false, 300, 0, 'Where certificates are loaded from.'),
  section('traces', 'none', false, 301, 0, 'Which internal events are traced.'),
  section('log-profile', 'required', true, 301, 0, 'Log formats for each step of a transaction.'),
  section('acme', 'required', false, 302, 0, 'Where certificates are asked for automatically.'),
  section('healthcheck', 'required', true, 304, 0, 'A health check that several backends share.'),
];

const openers = new Map<string, ReadonlySet<string>>();

/** What a line in `section` may begin with, whatever the release: a directive, or the header of the next section. */
export function openersOf(section: string): ReadonlySet<string> {
  const family = familyOf(section);
  let words = openers.get(family);
  if (words === undefined) {
    const names = [...directivesOf(section).keys()].map((each) => each.split(' ')[0] ?? '');
    words = new Set([...names, ...sectionTypes.map((each) => each.name)]);
    openers.set(family, words);
  }
  return words;
}

const sectionsByName: ReadonlyMap<string, SectionType> = new Map(sectionTypes.map((each) => [each.name, each]));

export const sectionTypeOf = (name: string): SectionType | undefined => sectionsByName.get(name);

export interface Action extends Lifetime {
  readonly name: string;
  /** Ends its rule set when it has no condition. */
  readonly final: boolean;
  /** Arguments in parentheses are glued to the name. */
  readonly glued: boolean;
  readonly experimental: boolean;
  readonly grammar: string;
  readonly ruleSets: Readonly<Record<string, readonly [since: Release, removed: Release]>>;
  readonly summary: string;
  readonly usage: string;
}

/** The columns of actions.json. Letters of `flags`: `f` final, `p` glued, `e` experimental. */
type ActionRow = [
  name: string,
  flags: string,
  grammar: string,
  ruleSets: Record<string, [since: Release, removed: Release]>,
  summary: string,
  usage: string,
];

const actions: ReadonlyMap<string, Action> = new Map(
  (actionRows as unknown as ActionRow[]).map((row) => [
    row[0],
    {
      name: row[0],
      final: row[1].includes('f'),
      glued: row[1].includes('p'),
      experimental: row[1].includes('e'),
      grammar: row[2],
      ruleSets: row[3],
      summary: row[4],
      usage: row[5],
      since: 0,
      removed: 0,
    },
  ]),
);

export const actionOf = (name: string): Action | undefined => actions.get(name);

/** The actions that a rule set such as `http-request` or `tcp-request content` has in a release. */
export function actionsOf(ruleSet: string, release: Release): readonly Action[] {
  return [...actions.values()].filter((each) => {
    const life = each.ruleSets[ruleSet];
    return life !== undefined && existsIn({ since: life[0], removed: life[1] }, release);
  });
}

export type SampleType = 'int' | 'string' | 'binary' | 'bool' | 'addr' | 'ipv4' | 'ipv6' | 'method' | 'any' | 'same';

/** A sample fetch or converter. `args` has one letter for each argument: s text, i number, T table, B backend, F frontend, S server, U userlist, A ACL; `?` if optional. */
export interface SampleFunction extends Lifetime {
  readonly name: string;
  readonly args: readonly string[];
  readonly leastArguments: number;
  /** What a converter takes; absent for a fetch. */
  readonly input?: SampleType;
  readonly output: SampleType;
  readonly httpOnly: boolean;
  readonly responseOnly: boolean;
  /**
   * Where a fetch has nothing to read: C and S rules of connections and sessions, Q of requests, F of requests in a
   * frontend, A of answers, K steps of health checks, L log formats, V connections to servers.
   */
  readonly absentIn: string;
  /** The same before 3.2, where it differs; behind a slash in its row. */
  readonly absentBefore?: string;
  readonly summary: string;
  readonly replacement: string;
  readonly usage: string;
}

/** The columns of fetches.json. `flags` are `h` httpOnly, `r` responseOnly, and the capital letters of `absentIn`. */
type FetchRow = [
  name: string,
  args: string,
  leastArguments: number,
  output: string,
  since: Release,
  removed: Release,
  flags: string,
  summary: string,
  replacement: string,
  usage: string,
];

/** The columns of converters.json. */
type ConverterRow = [
  name: string,
  args: string,
  leastArguments: number,
  input: string,
  output: string,
  since: Release,
  removed: Release,
  summary: string,
  usage: string,
];

const splitArgs = (text: string): readonly string[] => (text === '' ? [] : text.split(','));

const absent = (letters = ''): string => letters.replace(/[^A-Z]/g, '');

const fetches: ReadonlyMap<string, SampleFunction> = new Map(
  (fetchRows as unknown as FetchRow[]).map((row) => [
    row[0],
    {
      name: row[0],
      args: splitArgs(row[1]),
      leastArguments: row[2],
      output: row[3] as SampleType,
      since: row[4],
      removed: row[5],
      httpOnly: row[6].includes('h'),
      responseOnly: row[6].includes('r'),
      absentIn: absent(row[6].split('/')[0]),
      ...(row[6].includes('/') && { absentBefore: absent(row[6].split('/')[1]) }),
      summary: row[7],
      replacement: row[8],
      usage: row[9],
    },
  ]),
);

const converters: ReadonlyMap<string, SampleFunction> = new Map(
  (converterRows as unknown as ConverterRow[]).map((row) => [
    row[0],
    {
      name: row[0],
      args: splitArgs(row[1]),
      leastArguments: row[2],
      input: row[3] as SampleType,
      output: row[4] as SampleType,
      since: row[5],
      removed: row[6],
      httpOnly: false,
      responseOnly: false,
      absentIn: '',
      summary: row[7],
      replacement: '',
      usage: row[8],
    },
  ]),
);

export const fetchOf = (name: string): SampleFunction | undefined => fetches.get(name);
export const converterOf = (name: string): SampleFunction | undefined => converters.get(name);
export const allFetches = (): readonly SampleFunction[] => [...fetches.values()];
export const allConverters = (): readonly SampleFunction[] => [...converters.values()];

/** ACL names that stand for a fetch and a match method: `path_beg` is `path -m beg`. */
interface AclName {
  readonly name: string;
  readonly fetch: string;
  readonly match: string;
}

const aclNames: ReadonlyMap<string, AclName> = new Map(
  (aclNameRows as unknown as [name: string, fetch: string, match: string][]).map((row) => [
    row[0],
    { name: row[0], fetch: row[1], match: row[2] },
  ]),
);

export const aclNameOf = (name: string): AclName | undefined => aclNames.get(name);
export const allAclNames = (): readonly AclName[] => [...aclNames.values()];

interface PredefinedAcl extends Lifetime {
  readonly name: string;
  readonly expression: string;
}

const predefined: ReadonlyMap<string, PredefinedAcl> = new Map(
  (predefinedRows as unknown as [name: string, expression: string, since: Release][]).map((row) => [
    row[0],
    { name: row[0], expression: row[1], since: row[2], removed: 0 },
  ]),
);

export const predefinedAcl = (name: string): PredefinedAcl | undefined => predefined.get(name);
export const allPredefinedAcls = (): readonly PredefinedAcl[] => [...predefined.values()];

/** A parameter of `server` or `bind` lines, followed by `arity` words; -1 stands for a number that depends on them. */
export interface Parameter extends Lifetime {
  readonly name: string;
  readonly arity: number;
  readonly grammar: string;
  readonly inDefaultServer: boolean;
  readonly experimental: boolean;
  /** Values that exist from a later release on than the parameter. */
  readonly younger: ReadonlyMap<string, Release> | undefined;
  readonly summary: string;
  readonly usage: string;
}

const youngerValues: ReadonlyMap<string, ReadonlyMap<string, Release>> = new Map([
  ['hash-key', new Map(['guid', 'id32'].map((each) => [each, 304]))],
  ['quic-cc-algo', new Map([['bbr', 302]])],
  [
    'proto',
    new Map([
      ['spop', 301],
      ['qmux', 304],
    ]),
  ],
]);

const experimentalParameters: ReadonlySet<string> = new Set(['ech', 'ktls', 'nbconn']);

/** The columns of server-params.json. */
type ServerRow = [
  name: string,
  arity: number,
  grammar: string,
  inDefaultServer: 0 | 1,
  since: Release,
  removed: Release,
  summary: string,
  usage: string,
];

/** The columns of bind-params.json. */
type BindRow = [
  name: string,
  arity: number,
  grammar: string,
  since: Release,
  removed: Release,
  summary: string,
  usage: string,
];

export const serverParams: ReadonlyMap<string, Parameter> = new Map(
  (serverRows as unknown as ServerRow[]).map((row) => [
    row[0],
    {
      name: row[0],
      arity: row[1],
      grammar: row[2],
      inDefaultServer: row[3] === 1,
      experimental: experimentalParameters.has(row[0]),
      younger: youngerValues.get(row[0]),
      since: row[4],
      removed: row[5],
      summary: row[6],
      usage: row[7],
    },
  ]),
);

export const bindParams: ReadonlyMap<string, Parameter> = new Map(
  (bindRows as unknown as BindRow[]).map((row) => [
    row[0],
    {
      name: row[0],
      arity: row[1],
      grammar: row[2],
      inDefaultServer: false,
      experimental: experimentalParameters.has(row[0]),
      younger: youngerValues.get(row[0]),
      since: row[3],
      removed: row[4],
      summary: row[5],
      usage: row[6],
    },
  ]),
);

/** A `%name` of log formats. */
interface LogAlias extends Lifetime {
  readonly name: string;
  readonly httpOnly: boolean;
  readonly summary: string;
}

/** The columns of log-aliases.json. */
type AliasRow = [name: string, since: Release, removed: Release, httpOnly: 0 | 1, summary: string];

export const logAliases: ReadonlyMap<string, LogAlias> = new Map(
  (aliasRows as unknown as AliasRow[]).map((row) => [
    row[0].slice(1),
    { name: row[0], since: row[1], removed: row[2], httpOnly: row[3] === 1, summary: row[4] },
  ]),
);

/** One word of an enumeration such as `log.facility` or `retry-on`. */
interface Value extends Lifetime {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
}

/** The columns of values.json. */
type ValueRow = [group: string, name: string, since: Release, removed: Release, summary: string, usage: string];

const valuesByGroup = new Map<string, Map<string, Value>>();
for (const row of valueRows as unknown as ValueRow[]) {
  let group = valuesByGroup.get(row[0]);
  if (group === undefined) {
    group = new Map();
    valuesByGroup.set(row[0], group);
  }
  group.set(row[1], { name: row[1], since: row[2], removed: row[3], summary: row[4], usage: row[5] });
}

const noValues: ReadonlyMap<string, Value> = new Map();

export const valuesOf = (group: string): ReadonlyMap<string, Value> => valuesByGroup.get(group) ?? noValues;
