import type { Release } from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/word';
import type { CheckSteps } from './check-steps';
import type { Problem, Reference } from './problem';
import { type OnLine, type OwnNumber, type SectionFacts, Settings, type TemplateNumbers } from './section-facts';
import { noServerWords } from './server-words';
import type { Statement } from './statement';

const noTimeouts: ReadonlySet<string> = new Set();
const noAcls: ReadonlyMap<string, number> = new Map();
const proxyTypes: ReadonlySet<string> = new Set(['frontend', 'backend', 'listen', 'defaults']);

/** A server whose name ends with a number. */
export interface NumberedName {
  readonly name: string;
  readonly number: number;
}

interface NumberedNames {
  readonly rest: Iterator<string>;
  count: number;
  readonly byPrefix: Map<string, NumberedName[]>;
}

/** What is known of a section while its lines are read one after the other. */
export class SectionState {
  readonly type: string;
  readonly isProxy: boolean;
  /** Rules and ACLs may stand in a `defaults` section from 2.5 on, if it has a name. */
  readonly refusesRules: boolean;
  readonly problems: OnLine<Problem>[] = [];
  readonly references: OnLine<Reference>[] = [];
  readonly servers = new Map<string, number>();
  /** Those servers by what stands in front of the number, once a template asks: `rest` are the names not looked at yet. */
  numbered: NumberedNames | undefined;
  /** What the templates above are numbered by, under what stands in front of the number. */
  templates: Map<string, TemplateNumbers[]> | undefined;
  /** What stands in front of those numbers, under what it begins with before its own digits. */
  prefixes: Map<string, Set<string>> | undefined;
  /** Each of them is among those. */
  templatesKnown = true;
  /** The names of servers without a number of their own, of the lines up to `until`, once a name returns. */
  unnumbered: { readonly names: Set<string>; until: number } | undefined;
  readonly settings: Settings;
  acls: ReadonlyMap<string, number> = noAcls;
  /** A line above takes the name of its ACL from the environment: it may be any. */
  namesAnyAcl = false;
  timeouts: ReadonlySet<string>;
  mode: string;
  /** That of the lines read so far. */
  modeSoFar: string;
  /** Of `enabled` and `disabled` the later one holds. */
  disabled: boolean;
  numbers: OnLine<OwnNumber>[] | undefined;
  guids: OnLine<Word>[] | undefined;
  /** The line of its own one: a later one takes its place. */
  ownGuid: OnLine<Word> | undefined;
  hasServers = false;
  hasTemplates = false;
  /** One of them says on its own line what it speaks. */
  namesProtocol = false;
  hasTable = false;
  /** Whether one of its tables stands outside all branches of `.if` that are undecided. */
  tableIsSure = false;
  table: string | undefined;
  /** See `SectionFacts`. */
  balance: string | undefined;
  /** The names of the ACLs of all its lines, once somebody asked for them. */
  everyAcl: Set<string> | undefined;
  /** See `SectionFacts`. */
  dynamic = false;
  certain = true;

  /** Known before anything else, because it may stand at the end of the section. */
  connectsToPort = false;
  /** A step of a check connects with TLS, here or in the `defaults`: all servers are prepared for it then. */
  connectsWithTls: boolean;
  ownTable = false;
  switchesMode = false;

  /** The words of `default-server` lines so far, those of the `defaults` section first. */
  defaultServer: number;
  /** See `SectionFacts`. */
  defaultProtocol: string | undefined;
  /** The numbers given by hand, the filters and the steps of checks so far. */
  numbersTaken: Set<string> | undefined;
  filters: Set<string> | undefined;
  readonly checkSteps: { 'http-check'?: CheckSteps; 'tcp-check'?: CheckSteps } = {};
  /** The lines of servers that take over the state of another one. */
  tracking: number[] | undefined;
  /** The lines of rules that capture something. */
  captures: number[] | undefined;
  /** The action that ends each set of rules. */
  finals: Map<string, string> | undefined;
  /** Which family of rules came latest, by its place in the order of the program. */
  latestRequest = -1;
  latestResponse = -1;

  private ownAcls: Map<string, number> | undefined;

  constructor(
    readonly statements: readonly Statement[],
    readonly release: Release,
    readonly inherited: SectionFacts | undefined,
  ) {
    this.type = statements[0]?.section ?? '';
    this.isProxy = proxyTypes.has(this.type);
    const name = statements[0]?.args[0];
    this.refusesRules = this.type === 'defaults' && (name === undefined || name.text === 'from' || release < 205);
    this.settings = new Settings(inherited?.settings);
    this.timeouts = inherited?.timeouts ?? noTimeouts;
    this.mode = inherited?.mode ?? 'tcp';
    this.balance = inherited?.balance;
    this.modeSoFar = this.mode;
    this.disabled = inherited?.disabled ?? false;
    this.connectsWithTls = inherited?.connectsWithTls ?? false;
    this.defaultServer = inherited?.defaultServer ?? noServerWords;
    this.defaultProtocol = inherited?.defaultProtocol;
  }

  /** Keeps a name that nothing else in the process may have. */
  addGuid(line: number, word: Word | undefined, isOwn: boolean): void {
    const statement = this.statements[line];
    if (word === undefined || word.open || statement?.uncertain !== false || statement.problems.length > 0) return;
    const entry = { line, value: word };
    this.guids ??= [];
    if (isOwn && this.ownGuid !== undefined) this.guids.splice(this.guids.indexOf(this.ownGuid), 1);
    this.guids.push(entry);
    if (isOwn) this.ownGuid = entry;
  }

  /** Most sections have no ACL, so the map is made with the first one. */
  declareAcl(name: string, line: number): void {
    if (this.ownAcls === undefined) {
      this.ownAcls = new Map();
      this.acls = this.ownAcls;
    }
    if (!this.ownAcls.has(name)) this.ownAcls.set(name, line);
  }

  /** Whether the timeout `which` is in force from here on. Equal sections share one set, so it is copied to change it. */
  setTimeout(which: string, inForce: boolean): void {
    if (inForce === this.timeouts.has(which)) return;
    const changed = new Set(this.timeouts);
    if (inForce) changed.add(which);
    else changed.delete(which);
    this.timeouts = changed;
  }

  /** The word that stands for the section as a whole: its name, or the keyword of a section without one. */
  get title(): Word | undefined {
    const header = this.statements[0];
    return header?.args[0] ?? header?.keyword[0];
  }

  /** Reports at the keyword of `line`, or at the title where no line says it (-1) and the setting comes from `defaults`. */
  reportSetting(line: number, mistake: Problem['mistake'], message: Problem['message']): void {
    const at = line < 0 ? this.title : this.statements[line]?.keywordStretch;
    if (at !== undefined) this.report(Math.max(0, line), at, mistake, message);
  }

  report(
    line: number,
    at: { readonly start: number; readonly end: number },
    mistake: Problem['mistake'],
    message: Problem['message'],
    more?: Partial<Problem>,
  ): void {
    // The program may skip the branch that the line stands in, and then it says nothing of it.
    if (this.statements[line]?.uncertain === true) return;
    this.problems.push({ line, value: { mistake, start: at.start, end: at.end, message, ...more } });
  }
}
