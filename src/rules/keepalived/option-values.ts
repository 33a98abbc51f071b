import { ipFamily } from '../../base/address';
import { type Message, say } from '../../base/message';
import { unknownText } from '../../syntax/keepalived/definitions';
import type { Word } from '../../syntax/keepalived/tree';
import type { Checker } from './checker';
import { integerFault } from './values';

/** What may stand behind an option of a route or a rule. Names that files of the machine give numbers to are let pass. */
export type OptionKind =
  | 'flag'
  | 'any'
  | 'interface'
  | 'network'
  | 'uint'
  | 'byte'
  | 'switch'
  | 'time'
  | 'name-or-byte'
  | 'table'
  | 'scope'
  | 'mark'
  | 'number-range'
  | 'track_group'
  | readonly string[];

/** `dev eth0 metric 100 …`: the words of a line, read one option after the other. */
export class OptionReader {
  /** The families of the addresses so far: a line has to keep to one. */
  private family: 4 | 6 | undefined;
  /** Whether anything was wrong. The program reads no further then. */
  failed = false;
  /** Whether it came to something that only the machine knows, so that nothing can be said of the whole line. */
  unsure = false;

  constructor(
    private readonly checker: Checker,
    private readonly words: readonly Word[],
    private at = 0,
  ) {}

  /** The next word; undefined at the end, or where nobody knows what stands there. */
  next(): Word | undefined {
    const word = this.failed || this.unsure ? undefined : this.words[this.at++];
    if (word === undefined || !isUnknown(word)) return word;
    this.unsure = true;
    return undefined;
  }

  /** Passes over the next word if it is one of these. */
  skip(...texts: readonly string[]): void {
    if (texts.includes(this.words[this.at]?.text ?? '')) this.at++;
  }

  /** Reads what stands behind `option`, and says what is wrong with it. */
  value(option: Word, kind: OptionKind): Word | undefined {
    if (kind === 'flag') return undefined;
    if (kind === 'network') this.skip('inet', 'inet6');
    const word = this.words[this.at++];
    if (word === undefined) {
      this.bad(option, say('"{0}" lacks a value', option.text));
      return undefined;
    }
    if (isUnknown(word)) {
      this.unsure = true;
      return undefined;
    }
    if (kind === 'network') this.network(word);
    else if (kind === 'track_group') this.checker.reference(word, 'track_group', true);
    else {
      const fault = faultOfOption(word.text, kind);
      if (fault !== undefined) this.bad(word, fault);
    }
    return word;
  }

  /** An address or a network, in the family of the line. */
  network(word: Word): void {
    if (['default', 'any', 'all'].includes(word.text)) return;
    const [ip = '', prefix] = word.text.split('/');
    const family = ipFamily(ip);
    const bits = family === 6 ? 128 : 32;
    if (family === undefined) this.bad(word, say('"{0}" is not an IP address', word.text));
    else if (prefix !== undefined && prefix !== '' && integerFault(prefix, '0', String(bits)) !== undefined)
      this.bad(word, say('the prefix length of "{0}" is not from 0 to {1}', word.text, bits));
    else if (this.family !== undefined && family !== this.family)
      this.bad(word, say('the addresses of this line are of both families; "{0}" cannot stand here', word.text));
    this.family ??= family;
  }

  get isIpv4(): boolean {
    return this.family === 4;
  }

  bad(word: Word, message: Message): void {
    this.checker.bad(word, message);
    this.failed = true;
  }
}

const isUnknown = ({ text }: Word): boolean => text.includes(unknownText) || text.includes('$');

const scopes = ['global', 'nowhere', 'host', 'link', 'site'];

function faultOfOption(text: string, kind: OptionKind): Message | undefined {
  switch (kind) {
    case 'uint':
      return integerFault(text, '0', '4294967295');
    case 'byte':
      return integerFault(text, '0', '255');
    case 'switch':
      return integerFault(text, '0', '1');
    case 'time':
      return /^\d+(?:(?:\.\d{0,3})?s|ms)?$/.test(text) ? undefined : say('"{0}" is not a number', text);
    case 'name-or-byte': {
      const isNumber = /^(?:0x[\da-f]+|\d+)$/i.test(text);
      return isNumber && Number(text) > 255 ? say('{0} is above the largest value, {1}', text, 255) : undefined;
    }
    case 'table': {
      const isNumber = /^\d+$/.test(text);
      const isNone = isNumber && Number(text) % 2 ** 32 === 0;
      return isNone ? say('"{0}" is no number of a routing table', text) : undefined;
    }
    case 'scope':
      return scopes.includes(text) || isByte(text) ? undefined : say('"{0}" is not a scope of addresses', text);
    case 'mark':
      return /^(?:0x[\da-f]+|\d+)(?:\/(?:0x[\da-f]+|\d+))?$/i.test(text)
        ? undefined
        : say('expected a mark such as 0x1 or 0x1/0xff, not "{0}"', text);
    case 'number-range':
      return /^\d+-\d+$/.test(text) ? undefined : say('expected a range such as 80-90, not "{0}"', text);
    default:
      if (typeof kind === 'string') return undefined;
      return kind.includes(text) ? undefined : say('expected {0}, not "{1}"', kind.join(', '), text);
  }
}

/** Whether a number, decimal, octal or hexadecimal, fits into a byte. */
export function isByte(text: string): boolean {
  return /^(?:0x[\da-f]+|\d+)$/i.test(text) && Number(text) <= 255;
}
