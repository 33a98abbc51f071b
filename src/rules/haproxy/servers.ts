import { serverParams } from '../../catalog/haproxy/catalog';
import type { Statement } from '../../model/haproxy/statement';
import { type Address, readAddress } from '../../model/haproxy/values';
import type { Word } from '../../syntax/haproxy/line';
import type { Entry, SectionView } from './section-view';

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

/** What holds of a parameter on one line: given, taken back by its `no-` form, or not spoken of. */
function saidOn(words: readonly Word[], flag: string, from: number): boolean | undefined {
  const given = findParameter(words, flag, from) >= 0;
  return findParameter(words, `no-${flag}`, from) >= 0 ? false : given ? true : undefined;
}

/** A `server` or `server-template` line with what `default-server` lines add to it. */
export class Server implements Entry {
  private parts: Address | undefined;

  constructor(
    readonly line: number,
    readonly statement: Statement,
    readonly name: Word,
    readonly address: Word,
    /** Where the parameters begin among the words. */
    private readonly first: number,
    private readonly defaults: readonly (readonly Word[])[],
  ) {}

  get at(): Address {
    this.parts ??= readAddress(this.address.text);
    return this.parts;
  }

  get port(): number | undefined {
    const { port } = this.at;
    return port === undefined ? undefined : Number(port);
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
    const own = saidOn(this.statement.args, flag, this.first);
    if (own !== undefined) return own;
    let holds = false;
    for (const words of this.defaults) holds = saidOn(words, flag, 0) ?? holds;
    return holds;
  }

  /** The word behind a parameter such as `port`. */
  value(parameter: string): Word | undefined {
    const { args } = this.statement;
    const own = findParameter(args, parameter, this.first);
    if (own >= 0) return args[own + 1];
    for (let i = this.defaults.length - 1; i >= 0; i--) {
      const words = this.defaults[i] ?? [];
      const found = findParameter(words, parameter, 0);
      if (found >= 0) return words[found + 1];
    }
    return undefined;
  }
}

/** The servers of a section, in the order of its lines. Those with variables in them are left out, as nothing is known. */
export function readServers(view: SectionView): readonly Server[] {
  const servers: Server[] = [];
  const defaults: (readonly Word[])[] = [];
  for (const from of [view.defaults, view])
    for (const { statement } of from?.own('default-server') ?? []) defaults.push(statement.args);
  for (const setting of ['server', 'server-template']) {
    const first = setting === 'server' ? 2 : 3;
    for (const { line, statement } of view.own(setting)) {
      const { args } = statement;
      const name = args[0];
      const address = args[first - 1];
      if (name === undefined || address === undefined || args.some((each) => each.open)) continue;
      servers.push(new Server(line, statement, name, address, first, defaults));
    }
  }
  return servers;
}

/** Where the API server of kubeadm and k3s answers, and where the k3s supervisor does. */
export const apiPorts: ReadonlySet<number> = new Set([6443, 9345]);

/** Ports on which TLS is spoken by everything that a control plane runs there. */
export const tlsPorts: ReadonlySet<number> = new Set([443, 2379, 6443, 8443, 9345, 10250, 10257, 10259]);

/** Whether these servers are API servers, by the port that they are reached at. */
export const areApiServers = (servers: readonly Server[]): boolean =>
  servers.length > 0 && servers.every((each) => each.port !== undefined && apiPorts.has(each.port));
