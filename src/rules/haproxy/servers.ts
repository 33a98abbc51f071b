import { serverParams } from '../../catalog/haproxy/catalog';
import { type Address, readAddress } from '../../model/haproxy/values';
import type { Word } from '../../syntax/haproxy/line';
import type { Entry, SectionView } from './section-view';

/** A `server` or `server-template` line with what `default-server` lines add to it. */
export interface Server extends Entry {
  readonly name: Word;
  readonly address: Word;
  readonly at: Address;
  /** Whether a word such as `check` is in force: on the line, or in a default, and not taken back. */
  has(flag: string): boolean;
  /** The word behind a parameter such as `port`. */
  value(parameter: string): Word | undefined;
  /** The port that the checks of this server go to. */
  readonly checkPort: number | undefined;
  readonly port: number | undefined;
}

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
  if (findParameter(words, `no-${flag}`, from) >= 0) return false;
  return findParameter(words, flag, from) >= 0 ? true : undefined;
}

/** The servers of a section, in the order of its lines. Those with variables in them are left out, as nothing is known. */
export function serversOf(view: SectionView): readonly Server[] {
  const servers: Server[] = [];
  const templates = view.own('server-template');
  const defaults = [...(view.defaults?.own('default-server') ?? []), ...view.own('default-server')].map(
    (each) => each.statement.args,
  );
  for (const entry of [...view.own('server'), ...templates]) {
    const { args } = entry.statement;
    const first = entry.statement.directive?.name === 'server' ? 2 : 3;
    const name = args[0];
    const address = args[first - 1];
    if (name === undefined || address === undefined || args.some((each) => each.open)) continue;
    const at = readAddress(address.text);
    const wordBehind = (parameter: string): Word | undefined => {
      const own = findParameter(args, parameter, first);
      if (own >= 0) return args[own + 1];
      for (const words of [...defaults].reverse()) {
        const found = findParameter(words, parameter, 0);
        if (found >= 0) return words[found + 1];
      }
      return undefined;
    };
    const port = at.port === undefined ? undefined : Number(at.port);
    servers.push({
      ...entry,
      name,
      address,
      at,
      port,
      get checkPort() {
        const given = wordBehind('port');
        return given === undefined ? port : Number(given.text);
      },
      has(flag) {
        let holds = false;
        for (const words of defaults) holds = saidOn(words, flag, 0) ?? holds;
        return saidOn(args, flag, first) ?? holds;
      },
      value: wordBehind,
    });
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
