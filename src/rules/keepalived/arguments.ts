import { type Message, say } from '../../base/message';
import type { Version } from '../../base/version';
import type { Argument, Context, Entry } from '../../catalog/keepalived';
import { scriptWords } from '../../syntax/keepalived/script-words';
import { lineOf, type Statement, type Word } from '../../syntax/keepalived/tree';
import type { Checker } from './checker';
import { checkCommand } from './commands';
import { conformance } from './conformance';
import { checkIpvsOptions } from './ipvs-options';
import { checkTunnel } from './tunnel';
import { faultOf, integerFault, isOlder, umaskFault } from './values';

/** Judges the words behind a keyword that opens no block. */
export function checkArguments(checker: Checker, statement: Statement, entry: Entry, context: Context): void {
  const { words } = statement;
  const head = words[0];
  if (head === undefined) return;
  const first = entry.arguments[0];
  if (first === undefined) return;
  if (first.type === 'script' || first.type === 'regex') {
    checkScript(checker, statement, first);
    return;
  }
  if (first.type === 'lvs-timeouts' || head.text === 'lvs_sync_daemon') checkIpvsOptions(checker, words);
  if (first.type === 'umask' && words.length > 2) {
    checkUmask(checker, words);
    return;
  }
  checkCount(checker, head, words, context);
  let at = 1;
  for (let index = 0; index < entry.arguments.length; index++) {
    const argument = entry.arguments[index];
    if (argument === undefined) break;
    const word = words[at];
    if (word === undefined) {
      if (!argument.optional && (argument.type !== 'any' || at === 1))
        checker.reporter.add(conformance.missingArgument, {
          span: head.span,
          ...(isUnjudged(head.text) && { severity: 'warning' as const }),
          message: say('"{0}" lacks a value', head.text),
        });
      return;
    }
    const fault = argumentFault(checker, argument.type, argument.parameters, word, head.text, context);
    if (fault !== undefined && regexSettings.has(head.text))
      checker.reporter.add(conformance.badValue, { span: word.span, severity: 'warning', message: fault });
    else if (fault !== undefined) checker.bad(word, fault);
    else if (word.text === '' && numbers.has(argument.type))
      checker.reporter.add(conformance.badValue, {
        span: word.span,
        severity: 'warning',
        message: say('an empty value counts as 0'),
      });
    at++;
    if (argument.repeated && words[at] !== undefined) index--;
  }
  if (head.text === 'lb_kind' || head.text === 'lvs_method') checkTunnel(checker, words);
}

/** Names of bits may stand apart, with `|` between them. */
function checkUmask(checker: Checker, words: readonly Word[]): void {
  const [, first, second] = words;
  const last = words.at(-1);
  const names = words.slice(1).map((each) => each.text);
  if (first === undefined || last === undefined || second === undefined) return;
  if (/^\d/.test(first.text))
    checker.bad(second, say('"{0}" takes one value; "{1}" is too many', 'umask', second.text));
  else {
    const fault = umaskFault(names.join(''));
    if (fault !== undefined) checker.bad(last, fault);
  }
}

/** Words too many or too few, where the program minds them. */
function checkCount(checker: Checker, head: Word, words: readonly Word[], { block }: Context): void {
  const [, first, second] = words;
  if (extraArps.has(head.text) && first?.text === 'all' && second === undefined)
    checker.bad(first, say('"{0}" lacks a value', head.text));
  const isOne = oneWord.has(head.text) || (head.text === 'name' && block.name === 'BFD_CHECK');
  if (second !== undefined && head.text === 'notification_email_from')
    checker.reporter.add(conformance.badValue, {
      span: second.span,
      severity: 'warning',
      message: say('"{0}" takes one value; "{1}" is too many', head.text, second.text),
    });
  if (second !== undefined && isOne)
    checker.bad(second, say('"{0}" takes one value; "{1}" is too many', head.text, second.text));
}

/** What is wrong with one word, given its type and what it belongs to. */
function argumentFault(
  checker: Checker,
  type: string,
  parameters: readonly string[],
  word: Word,
  keyword: string,
  context: Context,
): Message | undefined {
  const block = context.block.name;
  if (type === 'name') {
    checker.reference(word, parameters[0] ?? '', true);
    return undefined;
  }
  if (block === 'vrrp_script' && (keyword === 'interval' || keyword === 'timeout')) {
    const whole = isOlder(checker.version, [2, 3, 2]);
    if (Number(word.text) === 0) return say('{0} is below the smallest value, {1}', word.text, whole ? '1' : '0.001');
    return whole
      ? integerFault(word.text, '1', '4294')
      : faultOf({ type: 'float', parameters: ['0.001', '4294', '3'], optional: false }, word);
  }
  if (keyword === 'use_vmac' && word.text === '') return say('an interface needs a name');
  if (extraArps.has(keyword) && word.text !== 'all')
    return integerFault(word.text, keyword.startsWith('vrrp_') ? '1' : '0', '86400');
  if (keyword === 'vrrp_rx_bufs_policy' && !/^(?:mtu|advert)$/i.test(word.text))
    return integerFault(word.text, '0', '4294967295');
  if (keyword === 'include_check' && !/^[+-]?(?:read|match|wildcard_match|brace_match)$/.test(word.text))
    return say('expected {0}, not "{1}"', 'read, match, wildcard_match, brace_match', word.text);
  if (block === 'vrrp_instance' && keyword === 'interface' && word.text === 'lo')
    return say('VRRP cannot run on the loopback interface "{0}"', word.text);
  // Numbers of processors alone may have a minus sign before a zero.
  if (keyword.endsWith('_cpu_affinity') && /^-0+$/.test(word.text)) return undefined;
  if (microseconds.has(keyword)) {
    const largest = largestTime(block, parameters[1] ?? '', checker.version);
    return faultOf({ type, parameters: [parameters[0] ?? '', largest, '6'], optional: false }, word, checker.version);
  }
  if (zeroIsRefused.has(keyword) && /^\+?0+$/.test(word.text))
    return say('{0} is below the smallest value, {1}', '0', '1');
  if (keyword === 'auth_pass' && byteLength(word.text) > 8)
    return say('only the first 8 bytes of a password count; this one has {0}', byteLength(word.text));
  if (type === 'string' && parameters[0] === '15' && word.text.length > 15)
    return say('"{0}" is longer than 15 characters and is cut', word.text);
  if (block === 'DNS_CHECK' && keyword === 'name' && /^\.|\.\./.test(word.text) && word.text !== '.')
    return say('"{0}" has an empty label', word.text);
  // Only what it is used for would notice that it is too long.
  if (keyword === 'default_interface' && word.text !== '') return undefined;
  return faultOf({ type, parameters, optional: false }, word, checker.version);
}

/** Scripts and patterns have quotes and escapes of their own and are read from the line as a whole. */
function checkScript(checker: Checker, statement: Statement, { type, optional }: Argument): void {
  const line = lineOf(statement, checker.text);
  const words = scriptWords(line);
  const head = statement.words[0];
  if (head === undefined) return;
  if (words === undefined) {
    checker.reporter.add(conformance.unterminatedQuote, {
      span: statement.span,
      message: say('a quotation mark of this command is not closed'),
    });
    return;
  }
  const command = words[1];
  if ((command === undefined && !optional) || command?.text.trim() === '')
    checker.reporter.add(conformance.missingArgument, {
      span: head.span,
      // An empty notification is taken without a word, and nothing can be run.
      ...((type === 'regex' || (command !== undefined && !neededCommands.has(head.text))) && {
        severity: 'warning' as const,
      }),
      message: say('"{0}" lacks a command', head.text),
    });
  else if (command !== undefined && scriptWords(command.text) === undefined)
    checker.reporter.add(conformance.unterminatedQuote, {
      span: statement.span,
      message: say('a quotation mark of this command is not closed'),
    });
  else if (type === 'script' && statement.block === undefined && !pipes.test(head.text)) {
    checker.notes.firstScript ??= statement;
    checkCommand(checker, statement, words);
  }
}

/** Commands that are refused when they are empty; of all others none is run. */
const neededCommands = new Set(['script', 'misc_path', 'startup_script', 'shutdown_script']);

/** Settings of which the program takes one word and refuses more. */
const oneWord = new Set(['reload_time_file', 'snmp_socket', 'snmp_name']);

/** Their values are read when a reply is compared, so the configuration test says nothing of them. */
const regexSettings = new Set(['regex_options', 'regex_stack', 'regex_min_offset', 'regex_max_offset']);
const isUnjudged = (keyword: string): boolean => regexSettings.has(keyword) || keyword === 'status_code';

const numbers = new Set(['int', 'float']);

/** Times that the program keeps in microseconds. */
const microseconds = new Set(['garp_interval', 'gna_interval', 'vrrp_garp_interval', 'vrrp_gna_interval']);

/** The longest of those times: 2.1.5 counts whole seconds, and 2.2.7 keeps those of a `garp_group` in 31 bits. */
function largestTime(block: string, newest: string, version: Version | undefined): string {
  const own = block === 'garp_group' && isOlder(version, [2, 2, 8]) ? '2147.483647' : newest;
  return isOlder(version, [2, 2, 0]) ? String(Math.floor(Number(own))) : own;
}

const zeroIsRefused = new Set([
  'garp_master_repeat',
  'garp_master_refresh_repeat',
  'vrrp_garp_master_repeat',
  'vrrp_garp_master_refresh_repeat',
  'smtp_connect_timeout',
]);

/** Periods in seconds, with `all` before or behind them. */
const extraArps = new Set(['garp_extra_if', 'vmac_garp_intvl', 'vrrp_garp_extra_if', 'vrrp_vmac_garp_intvl']);

/** Commands that read from a pipe; they are started differently. */
const pipes = /notify_fifo/;

/** In UTF-8, without making the bytes: every instance has a password. */
function byteLength(text: string): number {
  let bytes = 0;
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
