import { say } from '../../base/message';
import type { Word } from '../../syntax/keepalived/tree';
import type { Checker } from './checker';

type Kind = readonly [type: string, ...parameters: string[]];

const timeouts: Readonly<Record<string, Kind>> = {
  tcp: ['int', '0', '2678400'],
  tcpfin: ['int', '0', '2678400'],
  udp: ['int', '0', '2678400'],
};

const syncOptions: Readonly<Record<string, Kind>> = {
  inst: ['any'],
  id: ['int', '0', '255'],
  maxlen: ['int', '1', '65507'],
  port: ['int', '1', '65535'],
  ttl: ['int', '1', '255'],
  group: ['multicast'],
};

/**
 * Checks `lvs_timeouts tcp 900 udp 30` and what stands behind the interface of `lvs_sync_daemon`: options, each with a value
 * (`lvs_timeouts` and `lvs_syncd_handler` in keepalived/core/global_parser.c).
 */
export function checkIpvsOptions(checker: Checker, words: readonly Word[]): void {
  const isSync = words[0]?.text === 'lvs_sync_daemon';
  const options = isSync ? syncOptions : timeouts;
  // The name of an instance stands there without a word before it.
  let at = isSync ? (options[words[2]?.text ?? ''] === undefined ? 3 : 2) : 1;
  while (at < words.length) {
    const option = words[at++];
    if (option === undefined) return;
    const kind = options[option.text];
    if (kind === undefined) {
      checker.bad(option, say('expected {0}, not "{1}"', Object.keys(options).join(', '), option.text));
      return;
    }
    const value = words[at++];
    if (value === undefined) checker.bad(option, say('"{0}" lacks a value', option.text));
    else {
      const [type, ...parameters] = kind;
      checker.value(type, parameters, value);
    }
  }
}
