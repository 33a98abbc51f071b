import { ipFamily, ipv4Value } from '../../../base/address';
import { say } from '../../../base/message';
import type { Statement, Word } from '../../../syntax/keepalived/tree';
import type { RuleInfo } from '../../rule';
import type { Checker } from '../checker';
import type { Reporter } from '../reporter';
import type { Settings } from '../settings';
import { removal } from './instance';

export const addressAdvice = {
  repeatedAddress: {
    id: 'keepalived/repeated-address',
    severity: 'warning',
    summary: 'The same virtual address stands twice, and the other nodes count both.',
  },
  unusableAddress: {
    id: 'keepalived/unusable-address',
    severity: 'warning',
    summary: 'A virtual address is that of a network, a broadcast, multicast or the loopback.',
  },
  noPrefix: {
    id: 'keepalived/address-without-prefix',
    severity: 'hint',
    summary: 'A virtual address has no prefix length, so it is set up as a /32 without a route to its network.',
  },
  manyAddresses: {
    id: 'keepalived/many-addresses',
    severity: 'info',
    summary: 'An instance has more addresses than adverts are meant to carry.',
  },
  oddLabel: {
    id: 'keepalived/odd-label',
    severity: 'hint',
    summary: 'The label of an address does not begin with the name of its interface.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;

/** keepalived's manual speaks of 20 as the number that goes into adverts without trouble. */
const manyAddresses = 20;

/** What is odd about the addresses of one instance that keepalived takes all the same. */
export function adviseAddresses(checker: Checker, settings: Settings): void {
  const { reporter } = checker;
  const entries = settings.entries('virtual_ipaddress');
  if (entries.length > manyAddresses && entries.length <= 255 && settings.statement.words[1] !== undefined)
    reporter.add(addressAdvice.manyAddresses, {
      span: settings.statement.words[1].span,
      message: say(
        '{0} addresses make every advert large; put all but one into virtual_ipaddress_excluded',
        entries.length,
      ),
    });
  checker.notes.addresses = entries.flatMap((each) => each.words[0] ?? []);
  const seen = entries.length > 1 ? new Map<string, Word>() : undefined;
  let saidPrefix = false;
  for (const entry of entries) {
    const word = entry.words[0];
    if (word === undefined) continue;
    const { text } = word;
    const slash = text.indexOf('/');
    const plain = slash < 0 ? text : text.slice(0, slash);
    const first = seen?.get(plain);
    if (first !== undefined)
      reporter.add(addressAdvice.repeatedAddress, {
        span: word.span,
        message: say('"{0}" stands in this list already; the nodes compare how many there are', plain),
        related: [{ span: first.span, message: say('first set here') }],
        fixes: removal(checker, entry, say('Remove the second one')),
      });
    else seen?.set(plain, word);
    if (slash < 0) {
      if (saidPrefix || ipFamily(text) === undefined) continue;
      saidPrefix = true;
      reporter.add(addressAdvice.noPrefix, {
        span: word.span,
        message: text.includes(':')
          ? say('without a prefix length "{0}" is a /128; write that of the network, for example {0}/64', text)
          : say('without a prefix length "{0}" is a /32; write that of the network, for example {0}/24', text),
      });
    } else unusable(checker, word, plain, Number(text.slice(slash + 1)));
    label(checker, settings, entry.words);
  }
  repeatedExcluded(checker, settings, entries);
}

/** keepalived 2.3 leaves such a line out, earlier ones put the address there twice. */
function repeatedExcluded(checker: Checker, settings: Settings, entries: readonly Statement[]): void {
  const excluded = settings.entries('virtual_ipaddress_excluded');
  if (excluded.length === 0) return;
  const seen = new Map(
    entries.flatMap(({ words: [word] }) => (word === undefined ? [] : [[withoutPrefix(word), word]])),
  );
  for (const entry of excluded) {
    const word = entry.words[0];
    if (word === undefined) continue;
    const plain = withoutPrefix(word);
    const first = seen.get(plain);
    if (first === undefined) seen.set(plain, word);
    else
      checker.reporter.add(addressAdvice.repeatedAddress, {
        span: word.span,
        message: say('this instance has the address "{0}" already', plain),
        related: [{ span: first.span, message: say('first set here') }],
        fixes: removal(checker, entry, say('Remove the second one')),
      });
  }
}

/** Looks for an address that two instances of the daemon hold. */
export class HeldAddresses {
  private readonly first = new Map<string, Word>();
  /** No two instances have been found. */
  apart = true;

  /** Without `reporter` only `apart` tells of what was found. */
  add(words: readonly Word[], reporter?: Reporter): void {
    for (const word of words) {
      const plain = withoutPrefix(word);
      const other = this.first.get(plain);
      if (other === undefined) this.first.set(plain, word);
      else if (!words.includes(other)) {
        this.apart = false;
        reporter?.add(addressAdvice.repeatedAddress, {
          span: word.span,
          message: say(
            '"{0}" belongs to another instance too: when the two are on different nodes, both have it',
            plain,
          ),
          related: [{ span: other.span, message: say('first set here') }],
        });
      }
    }
  }

  remove(words: readonly Word[]): void {
    for (const word of words) {
      const plain = withoutPrefix(word);
      const other = this.first.get(plain);
      if (other !== undefined && words.includes(other)) this.first.delete(plain);
    }
  }
}

function withoutPrefix({ text }: Word): string {
  const slash = text.indexOf('/');
  return slash < 0 ? text : text.slice(0, slash);
}

function unusable(checker: Checker, word: Word, plain: string, prefix: number): void {
  const { text } = word;
  const report = (message: ReturnType<typeof say>) =>
    checker.reporter.add(addressAdvice.unusableAddress, { span: word.span, message });
  const value = ipv4Value(plain);
  if (value < 0) {
    if (/^ff/i.test(plain)) report(say('"{0}" is a multicast address', text));
    else if (plain === '::' || plain === '::1') report(say('"{0}" is no address of a network', text));
    return;
  }
  const top = Math.floor(value / 0x1000000);
  if (top === 127 || top === 0) report(say('"{0}" is no address of a network', text));
  else if (top >= 224) report(say('"{0}" is a multicast address', text));
  else if (prefix < 31) {
    const size = 2 ** (32 - prefix);
    if (value % size === 0) report(say('"{0}" is the address of its network and can be nobody\'s', text));
    else if (value % size === size - 1) report(say('"{0}" is the broadcast address of its network', text));
  }
}

/** ifconfig and what is built on it show an address only under a label that begins with the interface. */
function label(checker: Checker, settings: Settings, words: readonly Word[]): void {
  if (words.length < 3) return;
  const at = words.findIndex((each) => each.text === 'label');
  const value = at < 0 ? undefined : words[at + 1];
  if (value === undefined || value.text.includes('$')) return;
  const device = words[words.findIndex((each) => each.text === 'dev') + 1];
  const name = words.some((each) => each.text === 'dev') ? device?.text : settings.value('interface')?.text;
  if (name === undefined || value.text === name || value.text.startsWith(`${name}:`)) return;
  checker.reporter.add(addressAdvice.oddLabel, {
    span: value.span,
    message: say(
      'a label begins with its interface, as in "{0}:1"; some programs do not show the address otherwise',
      name,
    ),
  });
}
