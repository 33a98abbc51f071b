import { type Message, say } from '../../base/message';
import { type Release, releaseText, valuesOf } from '../../catalog/haproxy/catalog';
import type { Mistake } from './problem';

/** Whether a condition holds, as far as its text and the release decide it. */
export type Truth = boolean | undefined;

/** What an expression behind `.if` or `.elif` is, or why the program refuses it. */
type Judged =
  | { readonly truth: Truth; readonly fault?: undefined }
  | { readonly truth: undefined; readonly fault: { readonly message: Message; readonly mistake: Mistake } };

/** What the packages of every distribution are built with. */
const usualFeatures: ReadonlySet<string> = new Set([
  ...['THREAD', 'OPENSSL', 'EPOLL', 'POLL', 'GETADDRINFO', 'CRYPT_H', 'LIBCRYPT', 'TPROXY', 'NETFILTER', 'ACCEPT4'],
  ...['LUA', 'NS', 'RT', 'TFO'],
]);

/** Predicates that compare two texts; all others take one word or none. */
const ofTwo: ReadonlySet<string> = new Set(['streq', 'strneq', 'strstr']);

export const not = (a: Truth): Truth => (a === undefined ? undefined : !a);
export const and = (a: Truth, b: Truth): Truth =>
  a === false || b === false ? false : a === undefined || b === undefined ? undefined : true;
export const or = (a: Truth, b: Truth): Truth => not(and(not(a), not(b)));

/** Quotes and the like leave open what the words in the parentheses are. */
class Unclear extends Error {}

class Fault extends Error {
  constructor(
    readonly said: Message,
    readonly mistake: Mistake = 'bad-condition',
  ) {
    super();
  }
}

/**
 * Reads an expression as the program does (cfgcond.c): `||` binds less than `&&`, `!` and parentheses more, and all of
 * it is read before any of it is asked, so that a mistake behind `1 ||` counts (2.6.12, 3.0.11, 3.2.26, 3.4.7).
 */
export function judgeExpression(text: string, release: Release): Judged {
  if (text.trim() === '') return { truth: false };
  try {
    return { truth: new Expression(text, release).read() };
  } catch (error) {
    if (error instanceof Unclear) return { truth: undefined };
    if (!(error instanceof Fault)) throw error;
    return { truth: undefined, fault: { message: error.said, mistake: error.mistake } };
  }
}

/** What is wrong with the name of the predicate that a word begins with; the rest of the word is not known. */
export function faultOfName(word: string, release: Release): Extract<Judged, { fault: object }>['fault'] | undefined {
  const name = /^[!(]*([a-z_]+)\(/.exec(word)?.[1];
  if (name === undefined) return undefined;
  const fault = nameFault(name, release);
  return fault === undefined ? undefined : { message: fault.said, mistake: fault.mistake };
}

function nameFault(name: string, release: Release): Fault | undefined {
  const known = valuesOf('preprocessor.predicate');
  const since = known.get(name)?.since;
  if (since === undefined)
    return new Fault(say('"{0}" is not a predicate; known are: {1}', name, [...known.keys()].join(', ')));
  return since <= release
    ? undefined
    : new Fault(say('"{0}" exists from {1} on', name, releaseText(since)), 'too-new-keyword');
}

class Expression {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly release: Release,
  ) {}

  read(): Truth {
    const truth = this.either();
    if (this.at < this.text.length) throw this.surplus();
    return truth;
  }

  private surplus(): Fault {
    return new Fault(say('"{0}" is not expected behind the condition', this.text.slice(this.at)));
  }

  private skipBlanks(): void {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t') this.at++;
  }

  private takes(operator: string): boolean {
    if (!this.text.startsWith(operator, this.at)) return false;
    this.at += operator.length;
    return true;
  }

  private either(): Truth {
    const first = this.both();
    return this.takes('||') ? or(first, this.either()) : first;
  }

  private both(): Truth {
    const first = this.term();
    return this.takes('&&') ? and(first, this.both()) : first;
  }

  private term(): Truth {
    let negated = false;
    this.skipBlanks();
    while (this.takes('!')) {
      negated = !negated;
      this.skipBlanks();
    }
    const truth = this.takes('(') ? this.enclosed() : (this.number() ?? this.predicate());
    this.skipBlanks();
    return negated ? not(truth) : truth;
  }

  private enclosed(): Truth {
    const truth = this.either();
    if (!this.takes(')'))
      throw this.at < this.text.length ? this.surplus() : new Fault(say('"(" is not closed: ")" is missing'));
    return truth;
  }

  private number(): boolean | undefined {
    const digits = /^[+-]?\d+/.exec(this.text.slice(this.at))?.[0];
    if (digits === undefined) return undefined;
    this.at += digits.length;
    return Number(digits) !== 0;
  }

  private predicate(): Truth {
    const rest = this.text.slice(this.at);
    const name = /^\w+/.exec(rest)?.[0];
    if (name === undefined)
      throw new Fault(
        rest === ''
          ? say('a condition is missing at the end')
          : say('a condition is expected in the place of "{0}"', rest),
      );
    const unknown = nameFault(name, this.release);
    if (unknown !== undefined) throw unknown;
    this.at += name.length;
    const words = this.arguments();
    const most = ofTwo.has(name) ? 2 : 1;
    if (words.length > most || (most === 2 && words.length < 2))
      throw new Fault(say('"{0}" takes {1} words in its parentheses, separated by commas', name, most));
    return this.truthOf(name, words);
  }

  /** The words in parentheses; a predicate without any has one that is empty. */
  private arguments(): readonly string[] {
    if (!this.takes('(')) return [''];
    const end = this.text.indexOf(')', this.at);
    const inside = this.text.slice(this.at, end < 0 ? undefined : end);
    if (/["'\\]/.test(this.text.slice(this.at))) throw new Unclear();
    if (end < 0) throw new Fault(say('"(" is not closed: ")" is missing'));
    this.at = end + 1;
    return inside.split(',').map((each) => each.trim());
  }

  private truthOf(name: string, [first = '', second = '']: readonly string[]): Truth {
    switch (name) {
      case 'feature':
        return usualFeatures.has(first) ? true : undefined;
      case 'streq':
        return first === second;
      case 'strneq':
        return first !== second;
      case 'version_atleast':
      case 'version_before': {
        const wanted = /^(\d+)(?:\.(\d+))?/.exec(first);
        if (wanted === null) return undefined;
        const number = Number(wanted[1]) * 100 + Number(wanted[2] ?? 0);
        return name === 'version_atleast' ? this.release >= number : this.release < number;
      }
      case 'openssl_version_atleast':
      case 'openssl_version_before':
        // Only what is asked is judged, and what stands alone is.
        if (!/^\d+\.\d+\.\d+/.test(first) && this.at === this.text.length && this.text.trimStart().startsWith(name))
          throw new Fault(say('"{0}" is no version such as {1}', first, '1.1.1'), 'bad-value');
    }
    return undefined;
  }
}
