import { ipFamily } from '../../../base/address';
import { say } from '../../../base/message';
import type { Release } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import type { SectionState } from '../section-state';
import { ServerWords, serverWordsOf } from '../server-words';
import type { Statement } from '../statement';
import { readAddress } from '../values';

/** Older releases take two peers of one name. */
const peersUnique: Release = 300;

/** Takes the name of a server, peer, name server or mailer into the section. */
export function addServer(state: SectionState, line: number, word: Word | undefined, kind: string): void {
  if (word === undefined || word.open) return;
  const { servers, type, release } = state;
  const unique = kind !== 'mailer' && (type !== 'peers' || release >= peersUnique);
  if (unique && servers.has(word.text))
    state.report(
      line,
      word,
      'duplicate-name',
      say('the name "{0}" is taken by another line of this section', word.text),
      type === 'peers' ? { severity: 'warning' } : {},
    );
  else servers.set(word.text, line);
}

/** Compares the parameters of a `server` line, and those of `default-server` above it, with each other. */
export function checkServer(state: SectionState, line: number, statement: Statement): void {
  const name = statement.arg(0);
  const address = statement.arg(1);
  if (name === undefined || address === undefined) return;
  const { defaultServer } = state;
  const onLine = serverWordsOf(statement);
  if (onLine === 0 && defaultServer === 0) return;
  if ((onLine & ServerWords.id) !== 0) checkNumber(state, line, 'server', statement.args);
  if (statement.hasOpenArg) return;
  // A word and its "no-" form are neighbours, and the line has the last say.
  const has = (flag: number): boolean =>
    (onLine & (flag << 1)) === 0 && ((onLine & flag) !== 0 || (defaultServer & (flag | (flag << 1))) === flag);
  const given = (parameter: number): boolean => ((onLine | defaultServer) & parameter) !== 0;
  if (has(ServerWords.check) && given(ServerWords.track))
    state.report(line, name, 'conflicting-settings', say('server "{0}" has both "check" and "track"', name.text));
  else if (has(ServerWords.check) && !given(ServerWords.port | ServerWords.addr) && !state.connectsToPort) {
    const { port, isPath, host } = readAddress(address.text);
    if (!isPath && port === undefined && ipFamily(host) !== undefined)
      state.report(
        line,
        address,
        'missing-setting',
        say('server "{0}" is checked but has no port: add one to the address or with "port"', name.text),
        // A program of one's own may know where to connect to.
        state.settings.has('option external-check') ? { severity: 'warning' } : {},
      );
  }
  if (has(ServerWords.agentCheck) && !given(ServerWords.agentPort))
    state.report(line, name, 'missing-setting', say('"agent-check" needs "agent-port"'));
  if (has(ServerWords.ssl) && !given(ServerWords.caFile | ServerWords.verify))
    state.report(
      line,
      name,
      'missing-setting',
      say('server "{0}" uses TLS but has nothing to verify it with: add "ca-file", or "verify none"', name.text),
      { unless: 'ssl-server-verify none' },
    );
}

/** The numbers that servers and listeners are given by hand. */
export function checkNumber(state: SectionState, line: number, kind: 'bind' | 'server', args: readonly Word[]): void {
  const id = args.findIndex((each, index) => index > 0 && each.text === 'id');
  const number = id < 0 ? undefined : args[id + 1];
  if (number === undefined || number.open) return;
  const key = `${kind} ${Number(number.text)}`;
  state.numbersTaken ??= new Set();
  if (state.numbersTaken.has(key))
    state.report(
      line,
      number,
      'duplicate-name',
      say('the id {0} is taken by another line of this section', number.text),
    );
  state.numbersTaken.add(key);
}

/** TLS on a listener needs something to show. */
export function checkBind(state: SectionState, line: number, args: readonly Word[]): void {
  const ssl = args.find((each, index) => index > 0 && each.text === 'ssl');
  if (ssl === undefined || args.some((each) => each.open)) return;
  if (
    !args.some((each) => ['crt', 'crt-list', 'default-crt', 'generate-certificates'].includes(each.text)) &&
    !state.settings.has('ssl-f-use')
  )
    state.report(line, ssl, 'missing-setting', say('"ssl" needs a certificate: add "crt" or "crt-list"'));
}

const servers: ReadonlySet<string> = new Set(['server', 'server-template', 'peer']);

/** Whether a server of its section takes over what the `default-server` line at `line` sets; only then the program reads it. */
export function isTakenOver(statements: readonly Statement[], line: number): boolean {
  for (let at = line + 1; at < statements.length; at++) {
    const statement = statements[at];
    if (statement?.header !== undefined) return false;
    if (servers.has(statement?.directive?.name ?? '')) return true;
  }
  return false;
}
