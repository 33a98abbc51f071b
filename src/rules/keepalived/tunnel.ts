import { type Message, say } from '../../base/message';
import type { Word } from '../../syntax/keepalived/tree';
import type { Checker } from './checker';
import { conformance } from './conformance';
import { integerFault } from './values';

const types = ['ipip', 'gue', 'gre'];
const checksums = new Set(['csum', 'nocsum', 'remcsum']);

/**
 * Checks the options behind a forwarding method (`lbkind_handler` in keepalived/check/check_parser.c). The program reads them
 * behind every method, and uses them for tunnels alone.
 */
export function checkTunnel(checker: Checker, words: readonly Word[]): void {
  const [head, method, first] = words;
  if (head === undefined || method === undefined || first === undefined) return;
  const faults = checker.reporter.diagnostics.length;
  const bad = (word: Word, message: Message) => checker.bad(word, message);
  let type: Word | undefined;
  let port: Word | undefined;
  let checksum: Word | undefined;
  for (let at = 2; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) break;
    if (checksums.has(word.text)) checksum = word;
    else if (word.text === 'type' || word.text === 'port') {
      const value = words[++at];
      if (value === undefined) {
        bad(word, say('"{0}" lacks a value', word.text));
        return;
      }
      if (word.text === 'type') type = value;
      else port = value;
    } else {
      bad(word, say('"{0}" is no option of the forwarding method {1}', word.text, method.text));
      return;
    }
  }
  const kind = type?.text ?? 'ipip';
  if (type !== undefined && !types.includes(kind))
    bad(type, say('expected {0}, not "{1}"', types.join(', '), type.text));
  const fault = port === undefined ? undefined : integerFault(port.text, '1', '65535');
  if (port !== undefined && fault !== undefined) bad(port, fault);
  if (kind === 'gue' && port === undefined)
    bad(type ?? first, say('a tunnel of type gue needs a port: add "port <number>"'));
  else if (kind !== 'gue' && port !== undefined) bad(port, say('only a tunnel of type gue has a port'));
  else if (checksum !== undefined && (kind === 'ipip' || (kind === 'gre' && checksum.text === 'remcsum')))
    bad(checksum, say('a tunnel of type {0} has no option "{1}"', kind, checksum.text));
  if (method.text !== 'TUN' && checker.reporter.diagnostics.length === faults)
    checker.reporter.add(conformance.badValue, {
      span: first.span,
      severity: 'warning',
      message: say('"{0}" is no option of the forwarding method {1}', first.text, method.text),
    });
}
