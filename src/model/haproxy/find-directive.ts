import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import {
  type Directive,
  directivesOf,
  headsOf,
  placementOf,
  releaseText,
  sectionsKnowing,
  sectionTypes,
} from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import type { Reader } from './reader';

const notFound = { directive: undefined, length: 1 } as const;
/** The directive that a line names from word `start` on, and of how many words its name is; reports why there is none. */
export function findDirective(
  reader: Reader,
  words: readonly Word[],
  start: number,
  stop: number,
  section: string,
): { readonly directive: Directive | undefined; readonly length: number } {
  const first = words[start];
  if (first === undefined || start >= stop) {
    const word = words[0];
    if (word !== undefined && start > 0)
      reader.report('missing-argument', word, say('a setting is missing behind "{0}"', word.text));
    return notFound;
  }
  const names = directivesOf(section);
  let directive: Directive | undefined;
  let length = 1;
  if (headsOf(section).has(first.text)) {
    const second = plain(words[start + 1]);
    const third = plain(words[start + 2]);
    if (second !== undefined) {
      directive = third === undefined || first.text !== 'capture' ? undefined : names.get(`capture ${second} ${third}`);
      length = 3;
      if (directive === undefined) {
        directive = names.get(`${first.text} ${second}`);
        length = 2;
      }
    }
  }
  if (directive === undefined) {
    directive = names.get(first.text);
    length = 1;
  }
  if (directive === undefined) {
    reportUnknown(reader, words, start, section, names);
    return notFound;
  }
  const whole = { start: first.start, end: words[start + length - 1]?.end ?? first.end };
  if (directive.since > reader.release) {
    reader.report(
      'too-new-keyword',
      whole,
      say('"{0}" exists from {1} on', directive.name, releaseText(directive.since)),
    );
    return notFound;
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
    return notFound;
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
    return notFound;
  }
  if (placement === 'ignored') {
    reader.report('ignored-setting', whole, say('"{0}" has no effect in a {1} section', directive.name, section), {
      severity: 'warning',
    });
    return { directive, length };
  }
  if (directive.deprecated !== 0 && directive.deprecated <= reader.release && directive.replacement !== '')
    reader.report(
      'removed-keyword',
      whole,
      say('"{0}" is deprecated; use {1}', directive.name, directive.replacement),
      { severity: 'hint' },
    );
  return { directive, length };
}

/** The word without arguments in parentheses: `set-var(txn.a)` is found as `set-var`. */
function plain(word: Word | undefined): string | undefined {
  if (word === undefined) return undefined;
  const paren = word.text.indexOf('(');
  return paren > 0 ? word.text.slice(0, paren) : word.text;
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
  const suggestion = nearest(first.text, [
    ...[...names.keys()].map((each) => each.split(' ')[0] ?? ''),
    ...sectionTypes.map((each) => each.name),
  ]);
  reader.report(
    'unknown-keyword',
    first,
    suggestion === undefined
      ? say('"{0}" is not a setting of a {1} section', first.text, section)
      : say('"{0}" is not a setting of a {1} section; "{2}" is', first.text, section, suggestion),
    { suggestion },
  );
}
