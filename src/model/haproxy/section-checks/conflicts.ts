import { say } from '../../../base/message';
import type { Release } from '../../../catalog/haproxy/catalog';
import type { SectionState } from '../section-state';
import type { Statement } from '../statement';
import { checkNumber } from './servers';

/** Holds a line against the mode and the other settings of its section; `Traits.hasConflicts` says which lines. */
export function checkConflicts(state: SectionState, line: number, statement: Statement): void {
  const { mode, type } = state;
  const { own } = state.settings;
  const { args } = statement;
  const name = statement.directive?.name ?? '';
  const conflict = (message: ReturnType<typeof say>): void =>
    state.report(line, statement.keywordStretch, 'conflicting-settings', message);
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
    state.filters ??= new Set();
    if (state.filters.has(filter)) conflict(say('this section has "filter {0}" already', filter));
    if (!statement.uncertain) state.filters.add(filter);
  } else if (name === 'hash-balance-factor') {
    const value = Number(args[0]?.text);
    if (value > 0 && value <= 100) conflict(say('the factor is 0 or above 100, not {0}', value));
  } else if (name === 'bind') {
    const proto = args.findLastIndex((each) => each.text === 'proto');
    const value = args[proto + 1]?.text ?? '';
    if (proto > 0 && (value === 'h2' || value === 'h1') && mode === 'tcp' && type !== 'defaults')
      conflict(say('"proto {0}" is not possible in mode tcp', value));
    else if (
      proto > 0 &&
      ((value === 'none' && mode === 'http') ||
        value === 'spop' ||
        value === 'fcgi' ||
        (value === 'quic' && !/quic/.test(args[0]?.text ?? '')))
    )
      conflict(say('"proto {0}" is not possible for this address', value));
    const connections = args.find((each, index) => index > 0 && each.text === 'nbconn');
    if (connections !== undefined && args[0]?.text.startsWith('rhttp@') === false)
      conflict(say('"nbconn" is for listeners at rhttp@ only'));
    checkNumber(state, line, name, args);
    if (/,|:\d+-\d/.test(args[0]?.text ?? '') && args.some((each, index) => index > 0 && each.text === 'id'))
      conflict(say('"id" is possible for a single address and port only'));
  } else if (name === 'mode') {
    const mistaken = type === 'frontend' ? mode === 'log' || mode === 'spop' : type === 'backend' && mode === 'haterm';
    if (mistaken) conflict(say('a {0} cannot be in mode {1}', type, mode));
  } else if ((name === 'stats auth' || name === 'stats realm') && own.has('stats http-request'))
    conflict(say('"{0}" and "{1}" cannot be used together', name, 'stats http-request'));
  else if (name === 'stats http-request' && (own.has('stats auth') || own.has('stats realm')))
    conflict(say('"{0}" and "{1}" cannot be used together', 'stats auth', name));
}

const passingOn: readonly string[] = ['option transparent', 'transparent'];

/** Connections go on to where they were meant for, or to one of several servers. */
export function checkTransparent(state: SectionState): void {
  const { settings, statements, type } = state;
  const name = passingOn.find((each) => settings.has(each));
  if (type === 'frontend' || name === undefined || !settings.has('balance')) return;
  if (statements.some(({ uncertain, line }) => uncertain && /transparent|balance/.test(line.raw))) return;
  state.reportSetting(
    statements.findIndex(({ directive }) => directive?.name === name || directive?.name === 'balance'),
    'conflicting-settings',
    say('"{0}" and "{1}" cannot be used together', name, 'balance'),
  );
}

/** From here on a frontend in mode log is not asked how it balances. */
const frontendsPass: Release = 303;

/** What shares out logs (proxy_init_logsrv and its like in the program's proxy.c; 3.0.11, 3.2.26, 3.4.7). */
const sharesLogs = /^(?:roundrobin|random|sticky|log-hash)/;

/** Logs are shared out in ways of their own; the way may come from the `defaults`. */
export function checkLogBalance(state: SectionState): void {
  const { balance, type, release, statements } = state;
  if (type === 'frontend') {
    // Its own line was looked at already; whatever balances for others, a frontend has nothing that could.
    if (release < frontendsPass && !state.settings.own.has('mode'))
      state.reportSetting(-1, 'conflicting-settings', say('a {0} cannot be in mode {1}', type, state.mode));
    return;
  }
  if (balance === undefined || sharesLogs.test(balance)) return;
  state.reportSetting(
    statements.findLastIndex(({ directive }) => directive?.name === 'balance'),
    'conflicting-settings',
    say('"{0}" is not possible in mode {1}', `balance ${balance}`, state.mode),
  );
}
