import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import {
  type Directive,
  directivesOf,
  headsOf,
  openersOf,
  placementOf,
  releaseText,
  sectionsKnowing,
  sectionTypes,
} from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import type { Reader } from './reader';

/** The directive that the words from `start` on name; reports why there is none. */
export function findDirective(
  reader: Reader,
  words: readonly Word[],
  start: number,
  stop: number,
): Directive | undefined {
  const { section } = reader;
  const first = words[start];
  if (first === undefined || start >= stop) {
    const word = words[0];
    if (word !== undefined && start > 0)
      reader.report('missing-argument', word, say('a setting is missing behind "{0}"', word.text));
    return undefined;
  }
  const names = directivesOf(section);
  const directive = lookUp(words, start, headsOf(section).get(first.text)) ?? ofWords(1, names.get(first.text));
  if (directive === undefined) {
    reportUnknown(reader, words, start, section, names);
    return undefined;
  }
  const whole = { start: first.start, end: words[start + directive.words - 1]?.end ?? first.end };
  if (directive.since > reader.release) {
    reader.report(
      'too-new-keyword',
      whole,
      say('"{0}" exists from {1} on', directive.name, releaseText(directive.since)),
    );
    return undefined;
  }
  if (directive.removed !== 0 && reader.release >= directive.removed) {
    reader.report(
      'removed-keyword',
      whole,
      directive.replacement === ''
        ? say('"{0}" was removed in {1}', directive.name, releaseText(directive.removed))
        : say(
            '"{0}" was removed in {1}; use {2}',
            directive.name,
            releaseText(directive.removed),
            directive.replacement,
          ),
    );
    return undefined;
  }
  const placement = placementOf(directive, section, reader.release);
  if (placement === 'refused') {
    reader.report(
      'wrong-section',
      whole,
      say(
        '"{0}" is not possible in a {1} section, but in: {2}',
        directive.name,
        section,
        sectionsKnowing(directive.name).join(', '),
      ),
    );
    return undefined;
  }
  if (placement === 'ignored') {
    reader.report('ignored-setting', whole, say('"{0}" has no effect in a {1} section', directive.name, section), {
      severity: 'warning',
    });
    return directive;
  }
  if (directive.deprecated !== 0 && directive.deprecated <= reader.release && directive.replacement !== '')
    reader.report(
      'removed-keyword',
      whole,
      say('"{0}" is deprecated; use {1}', directive.name, directive.replacement),
      { severity: 'hint' },
    );
  return directive;
}

/** The directive of several words that begins at `start`, by the rest of its name. */
function lookUp(
  words: readonly Word[],
  start: number,
  byRest: ReadonlyMap<string, Directive> | undefined,
): Directive | undefined {
  if (byRest === undefined) return undefined;
  const second = plain(words[start + 1]);
  if (second === undefined) return undefined;
  const third = words[start]?.text === 'capture' ? plain(words[start + 2]) : undefined;
  return (third === undefined ? undefined : byRest.get(`${second} ${third}`)) ?? ofWords(2, byRest.get(second));
}

/** A word with a blank in it is no name of several words. */
function ofWords(count: number, directive: Directive | undefined): Directive | undefined {
  return directive?.words === count ? directive : undefined;
}

/** The word without arguments in parentheses: `set-var(txn.a)` is found as `set-var`. */
function plain(word: Word | undefined): string | undefined {
  if (word === undefined) return undefined;
  const paren = word.text.indexOf('(');
  return paren > 0 ? word.text.slice(0, paren) : word.text;
}

let latest: { readonly word: string; readonly section: string; readonly meant: string | undefined } | undefined;

/** What the first word of a line was meant to be. `everyReleaseRefuses` reads a line ten times, so the latest answer is kept. */
function nearestOpener(word: string, section: string): string | undefined {
  if (latest?.word !== word || latest.section !== section)
    latest = { word, section, meant: nearest(word, openersOf(section)) };
  return latest.meant;
}

function reportUnknown(
  reader: Reader,
  words: readonly Word[],
  start: number,
  section: string,
  names: ReadonlyMap<string, Directive>,
): void {
  const first = words[start];
  if (first === undefined) return;
  const second = words[start + 1];
  if (headsOf(section).has(first.text)) {
    const seconds = [...names.keys()]
      .filter((each) => each.startsWith(`${first.text} `))
      .map((each) => each.slice(first.text.length + 1));
    if (second === undefined || second.text === '') {
      reader.report(
        'missing-argument',
        first,
        say('a word is missing behind "{0}", such as {1}', first.text, seconds.slice(0, 5).join(', ')),
      );
      return;
    }
    if (second.open) return;
    const suggestion = nearest(second.text, seconds);
    const elsewhere = sectionsKnowing(`${first.text} ${second.text}`);
    reader.report(
      elsewhere.length > 0 ? 'wrong-section' : 'unknown-keyword',
      second,
      elsewhere.length > 0
        ? say(
            '"{0}" is not possible in a {1} section, but in: {2}',
            `${first.text} ${second.text}`,
            section,
            elsewhere.join(', '),
          )
        : suggestion === undefined
          ? say('"{0}" does not exist behind "{1}"', second.text, first.text)
          : say('"{0}" does not exist behind "{1}"; "{2}" does', second.text, first.text, suggestion),
      // A ring takes an unknown timeout without a word, and without effect.
      { suggestion, ...(section === 'ring' ? { severity: 'warning' as const } : {}) },
    );
    return;
  }
  const elsewhere = sectionsKnowing(first.text);
  if (section === '') {
    const sections = sectionTypes.map((each) => each.name);
    reader.report('wrong-section', first, say('"{0}" stands before the first section', first.text), {
      suggestion: nearest(first.text, sections),
    });
    return;
  }
  if (elsewhere.length > 0) {
    reader.report(
      'wrong-section',
      first,
      say('"{0}" is not possible in a {1} section, but in: {2}', first.text, section, elsewhere.join(', ')),
    );
    return;
  }
  const suggestion = nearestOpener(first.text, section);
  reader.report(
    'unknown-keyword',
    first,
    suggestion === undefined
      ? say('"{0}" is not a setting of a {1} section', first.text, section)
      : say('"{0}" is not a setting of a {1} section; "{2}" is', first.text, section, suggestion),
    { suggestion },
  );
}
