import { parseIp } from '../../base/address';
import { say } from '../../base/message';
import { unknownText } from '../../syntax/keepalived/definitions';
import type { Statement } from '../../syntax/keepalived/tree';
import type { Defined, Report } from './conformance';
import { wrongNetwork, wrongValue } from './values';

const addressLists: ReadonlySet<string> = new Set([
  'virtual_ipaddress',
  'virtual_ipaddress_excluded',
  'static_ipaddress',
]);

/** Options behind an address, and how many words each takes with it. */
const addressOptions: Readonly<Record<string, number>> = {
  dev: 1,
  scope: 1,
  brd: 1,
  broadcast: 1,
  label: 1,
  peer: 1,
  preferred_lft: 1,
  track_group: 1,
  home: 0,
  '-nodad': 0,
  mngtmpaddr: 0,
  noprefixroute: 0,
  autojoin: 0,
  no_track: 0,
  use_vmac: 0,
};

interface Tracked {
  readonly what: string;
  readonly names: (defined: Defined) => ReadonlySet<string> | undefined;
  readonly limit: number;
}

const trackLists: Readonly<Record<string, Tracked>> = {
  track_interface: { what: 'interface', names: () => undefined, limit: 253 },
  track_script: { what: 'vrrp_script', names: (defined) => defined.scripts, limit: 253 },
  track_process: { what: 'vrrp_track_process', names: (defined) => defined.processes, limit: 254 },
  track_file: { what: 'track_file', names: (defined) => defined.files, limit: 254 },
  track_bfd: { what: 'bfd_instance', names: (defined) => defined.bfds, limit: 253 },
};

/** Checks one line of a block that is a list of lines. `entries` holds the names that the list had before. */
export function checkEntry(
  list: string,
  line: Statement,
  defined: Defined,
  entries: Set<string>,
  report: Report,
): void {
  const [first, ...rest] = line.words;
  if (first === undefined || first.text.includes(unknownText)) return;
  if (addressLists.has(list)) checkAddress(line, report);
  else if (list === 'unicast_peer') {
    if (parseIp(first.text) === undefined)
      report('badValue', first.span, say('"{0}" is not an IP address', first.text));
  } else if (list === 'group') {
    for (const word of line.words) {
      if (
        defined.complete &&
        defined.instances.size > 0 &&
        !defined.instances.has(word.text) &&
        !word.text.includes(unknownText)
      ) {
        report('unknownReference', word.span, say('there is no vrrp_instance "{0}"', word.text));
      }
    }
  } else {
    const tracked = trackLists[list];
    if (tracked === undefined) return;
    const known = tracked.names(defined);
    if (known !== undefined && defined.complete && !known.has(first.text)) {
      report('unknownReference', first.span, say('there is no {0} "{1}" above this line', tracked.what, first.text));
      return;
    }
    if (entries.has(first.text)) {
      report('duplicateName', first.span, say('"{0}" stands in this list twice', first.text));
      return;
    }
    entries.add(first.text);
    checkWeight(rest, tracked.limit, report);
  }
}

function checkAddress(line: Statement, report: Report): void {
  const { words } = line;
  let at = 0;
  const isAddress = (text: string) => text.includes('.') || text.includes(':');
  const first = words[at];
  if (first === undefined) return;
  const wrong = wrongNetwork(first.text);
  if (wrong !== undefined) {
    report('badValue', first.span, wrong);
    return;
  }
  at++;
  while (at < words.length) {
    const word = words[at];
    if (word === undefined) return;
    const takes = addressOptions[word.text];
    if (takes === undefined) {
      if (word.text.includes(unknownText)) return;
      const message = isAddress(word.text)
        ? say('a second address must stand on a line of its own')
        : say('"{0}" is no option of an address; known are {1}', word.text, Object.keys(addressOptions).join(', '));
      report('badValue', word.span, message);
      return;
    }
    const value = words[at + 1];
    if (takes > 0 && value === undefined) {
      report('missingArgument', word.span, say('"{0}" needs {1}', word.text, 'a value'));
      return;
    }
    if (takes > 0 && value !== undefined && (word.text === 'label' || word.text === 'dev')) {
      const long = wrongValue({ type: 'interface' }, value.text);
      if (long !== undefined) report('badValue', value.span, long);
    }
    at += 1 + takes;
  }
}

function checkWeight(words: Statement['words'], limit: number, report: Report): void {
  const [keyword, value, direction] = words;
  if (keyword === undefined) return;
  if (keyword.text !== 'weight') {
    report('badValue', keyword.span, say('"{0}" is not expected here; only "weight" may follow', keyword.text));
    return;
  }
  if (value === undefined) {
    report('missingArgument', keyword.span, say('"{0}" needs {1}', 'weight', `${-limit} … ${limit}`));
    return;
  }
  const wrong = wrongValue({ type: 'int', min: -limit, max: limit }, value.text);
  if (wrong !== undefined) report('badValue', value.span, wrong);
  else if (direction !== undefined && direction.text !== 'reverse' && direction.text !== 'noreverse') {
    report('badValue', direction.span, say('"{0}" is none of {1}', direction.text, 'reverse, noreverse'));
  }
}
