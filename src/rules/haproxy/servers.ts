import { serverParams } from '../../catalog/haproxy/catalog';
import { Note } from '../../model/haproxy/note';
import type { Statement } from '../../model/haproxy/statement';
import { type Address, readAddress, readPort } from '../../model/haproxy/values';
import type { Word } from '../../syntax/haproxy/line';
import type { Entry, Settings } from './entry';

/** Where a parameter stands among `words`, its values passed over; -1 if it does not. */
export function findParameter(words: readonly Word[], name: string, from: number): number {
  for (let at = from; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) return -1;
    if (word.text === name) return at;
    at += Math.max(0, serverParams.get(word.text)?.arity ?? 0);
  }
  return -1;
}

/** The words that stand as parameters, each with the word behind it. */
class Parameters {
  private readonly values = new Map<string, Word | undefined>();
  /** The names that a `no-` form takes back. */
  private readonly takenBack = new Set<string>();

  constructor(words: readonly Word[], from: number) {
    for (let at = from; at < words.length; at++) {
      const name = words[at]?.text ?? '';
      if (!this.values.has(name)) this.values.set(name, words[at + 1]);
      if (name.startsWith('no-')) this.takenBack.add(name.slice(3));
      at += Math.max(0, serverParams.get(name)?.arity ?? 0);
    }
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  get(name: string): Word | undefined {
    return this.values.get(name);
  }

  /** What holds of a parameter: given, taken back by its `no-` form, or not spoken of. */
  says(flag: string): boolean | undefined {
    if (this.takenBack.has(flag)) return false;
    return this.values.has(flag) ? true : undefined;
  }
}

const ofEnding = new Note<Parameters>();

/** A `server` or `server-template` line with what `default-server` lines add to it. */
export class Server implements Entry {
  private parts: Address | undefined;
  private own: Parameters | undefined;
  /** The port of the address, where it is a number. */
  readonly port: number | undefined;

  constructor(
    readonly line: number,
    readonly statement: Statement,
    readonly name: Word,
    readonly address: Word,
    /** Where the parameters begin among the words. */
    private readonly first: number,
    private readonly defaults: readonly Parameters[],
  ) {
    // Most rules begin with it, so it is read once.
    this.port = readPort(address.text);
  }

  /** The parameters of the line itself; lines that end alike share them. */
  private get parameters(): Parameters {
    if (this.own === undefined) {
      const { ending: shared } = this.statement.line;
      const ending = shared?.words.length === this.statement.argCount - this.first ? shared : undefined;
      this.own = ending === undefined ? undefined : ofEnding.get(ending);
      if (this.own === undefined) {
        this.own = new Parameters(this.statement.args, this.first);
        if (ending !== undefined) ofEnding.set(ending, this.own);
      }
    }
    return this.own;
  }

  get at(): Address {
    this.parts ??= readAddress(this.address.text);
    return this.parts;
  }

  /** The port that the checks of this server go to. */
  get checkPort(): number | undefined {
    const given = this.value('port');
    return given === undefined ? this.port : Number(given.text);
  }

  /** Where the last word of the line ends. */
  get end(): number {
    return this.statement.args.at(-1)?.end ?? this.address.end;
  }

  /** Whether a word such as `check` is in force: on the line, or in a default, and not taken back. */
  has(flag: string): boolean {
    const own = this.parameters.says(flag);
    if (own !== undefined) return own;
    let holds = false;
    for (const each of this.defaults) holds = each.says(flag) ?? holds;
    return holds;
  }

  /** Whether the line itself says that a word such as `check` is not to hold. */
  takesBack(flag: string): boolean {
    return this.parameters.says(flag) === false;
  }

  /** The word behind a parameter of the line itself. */
  ownValue(parameter: string): Word | undefined {
    return this.parameters.get(parameter);
  }

  /** The word behind a parameter such as `port`, of the line or of a default. */
  value(parameter: string): Word | undefined {
    if (this.parameters.has(parameter)) return this.parameters.get(parameter);
    for (let i = this.defaults.length - 1; i >= 0; i--)
      if (this.defaults[i]?.has(parameter) === true) return this.defaults[i]?.get(parameter);
    return undefined;
  }
}

/** The servers of a section, in the order of its lines. Those with variables in them are left out, as nothing is known. */
export function readServers(view: Settings): readonly Server[] {
  const servers: Server[] = [];
  const defaults: Parameters[] = [];
  // What another file gives to every server is not known here.
  if (view.has('default-server') && ![view, view.defaults].some((each) => each?.own('default-server').length))
    return [];
  for (const from of [view.defaults, view])
    for (const { statement } of from?.own('default-server') ?? []) defaults.push(new Parameters(statement.args, 0));
  addServers(servers, view.own('server'), 2, defaults);
  addServers(servers, view.own('server-template'), 3, defaults);
  return servers;
}

function addServers(
  servers: Server[],
  entries: readonly Entry[],
  first: number,
  defaults: readonly Parameters[],
): void {
  for (const { line, statement } of entries) {
    const name = statement.arg(0);
    const address = statement.arg(first - 1);
    if (name === undefined || address === undefined || statement.hasOpenArg) continue;
    servers.push(new Server(line, statement, name, address, first, defaults));
  }
}

/** Where the API server of kubeadm and k3s answers, and where the k3s supervisor does. */
export const apiPorts: ReadonlySet<number> = new Set([6443, 9345]);

/** Ports on which TLS is spoken by everything that a control plane runs there. */
export const tlsPorts: ReadonlySet<number> = new Set([443, 2379, 6443, 8443, 9345, 10250, 10257, 10259, 16443]);

/** Whether these servers are API servers, by the port that they are reached at. */
export const areApiServers = (servers: readonly Server[]): boolean =>
  servers.length > 0 && servers.every((each) => each.port !== undefined && apiPorts.has(each.port));
