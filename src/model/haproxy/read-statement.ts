import { say } from '../../base/message';
import { type Directive, type Release, sectionTypeOf } from '../../catalog/haproxy/catalog';
import type { Line, Word } from '../../syntax/haproxy/line';
import { findDirective } from './find-directive';
import { readHeader } from './header';
import { readArguments, refuseSurplus } from './lines';
import type { Mistake } from './problem';
import { Reader, reportExperimental } from './reader';
import { firstEmpty, Statement } from './statement';
import type { Visit } from './visit';

/** The line of the global section without which experimental directives are refused. */
const exposing = 'expose-experimental-directives';

/** Reads `line` inside a section of type `section`. */
export function readStatement(line: Line, section: string, release: Release, visit?: Visit): Statement {
  const { words } = line;
  const first = words[0];
  if (line.fault !== undefined)
    return Statement.meaningless(line, section, [{ mistake: 'unreadable-line', ...line.fault }]);
  if (first === undefined || first.text.startsWith('.') || first.open) return Statement.meaningless(line, section);
  if (first.text.startsWith('[') && first.start === 0) return Statement.meaningless(line, section);

  const header = sectionTypeOf(first.text);
  // A section of another release is read as one all the same, so that its lines are not taken for those of the one above.
  if (header !== undefined) return readHeader(line, header, release, visit);

  const reader = new Reader(release, section, line, visit);
  const prefix = first.text === 'no' || first.text === 'default' ? first.text : undefined;
  const start = prefix === undefined ? 0 : 1;
  if (words[start]?.open === true) return Statement.meaningless(line, section);
  const stop = firstEmpty(words, start);
  const directive = findDirective(reader, words, start, stop);
  const length = directive?.words ?? 1;
  const args = words.slice(start + length, stop);
  if (directive !== undefined && !line.spread) {
    if (prefix !== undefined) checkPrefix(reader, directive, prefix, first, args);
    // That a directive is deprecated says nothing of its words.
    if (reader.problems.every((each) => each.severity === 'hint' || resolvedInVain.has(directive.name))) {
      if (prefix === undefined) {
        readArguments(reader, directive, words[start + length - 1], args, words[stop]);
        if (reader.problems.length > 0) softenPassing(reader, directive.name);
        if (directive.experimental && directive.name !== exposing) reportExperimental(reader, first, directive.name);
      } else if (directive.surplusRefused && directive.grammar === '') refuseSurplus(reader, directive, args[0]);
      else if (directive.name === 'option host')
        readArguments(reader, directive, words[start + length - 1], args, words[stop]);
    }
  }
  return new Statement(
    line,
    section,
    undefined,
    directive,
    prefix,
    start + length,
    stop,
    reader.problems,
    reader.references,
    reader.usesHttp,
  );
}

/** Directives whose names have to be there even where they have no effect. */
const resolvedInVain: ReadonlySet<string> = new Set(['use_backend', 'default_backend', 'use-server']);

/** Mistakes that the program lets pass all the same, sometimes with a complaint, and then does without the setting. */
const passing: readonly { readonly section?: string; readonly directive: string; readonly mistake: Mistake }[] = [
  { section: 'global', directive: 'unix-bind', mistake: 'missing-argument' },
  { section: 'userlist', directive: 'user', mistake: 'missing-argument' },
  { section: 'log-forward', directive: 'bind', mistake: 'bad-value' },
  // They are read where a backend uses the application.
  { section: 'fcgi-app', directive: 'set-param', mistake: 'bad-expression' },
  // Any word may stand in the place of "len", and a length that is none counts as zero.
  { directive: 'capture cookie', mistake: 'bad-value' },
  // An expression for a port is read only where an address stands in front of it, and none in a defaults section.
  { directive: 'option forwarded', mistake: 'bad-expression' },
  // Formats are read where a frontend takes them over.
  ...['log-format', 'log-format-sd', 'error-log-format', 'unique-id-format'].flatMap((directive) =>
    (['bad-expression', 'too-new-keyword', 'removed-keyword'] as const).map((mistake) => ({
      section: 'defaults',
      directive,
      mistake,
    })),
  ),
];

function softenPassing(reader: Reader, name: string): void {
  for (const { section, directive, mistake } of passing)
    if (directive === name && (section === undefined || section === reader.section)) reader.soften(mistake);
}

/** Whether `no` and `default` may stand in front of a directive. An option under its older name is only ever set. */
export const takesNo = ({ negatable, name, deprecated }: Directive, release: number): boolean =>
  (negatable && !(olderNames.has(name) && release >= deprecated)) || switches.has(name);

/** Names that the program still reads where they stand alone, but not behind `no`: measured with 3.2.26 and 3.4.7. */
const olderNames: ReadonlySet<string> = new Set([
  'option accept-invalid-http-request',
  'option accept-invalid-http-response',
]);

const switches: ReadonlySet<string> = new Set([
  ...['log', 'busy-polling', 'set-dumpable', 'strict-limits', 'insecure-fork-wanted', 'numa-cpu-mapping'],
]);

/** From here on "default" brings back what an option is without the line; before, only options with words of their own took it. */
const defaultTaken: Release = 301;

/** Settings that can be taken back with "no" but have no "default" (2.6.12 to 3.4.7). */
const withoutDefault: ReadonlySet<string> = new Set([
  ...['log', 'option forwarded', 'option http-keep-alive', 'option http-server-close', 'option httpclose'],
]);

function checkPrefix(reader: Reader, directive: Directive, prefix: string, at: Word, args: readonly Word[]): void {
  const { name } = directive;
  const simple = reader.release < defaultTaken && directive.grammar === '' && name !== 'numa-cpu-mapping';
  const refused = prefix === 'default' && (simple || withoutDefault.has(name));
  if (refused || !takesNo(directive, reader.release))
    reader.report('bad-value', at, say('"{0}" is not possible in front of "{1}"', prefix, name));
  else if (name === 'log' && args[0] !== undefined && !args[0].open)
    reader.report('surplus-argument', args[0], say('"{0}" is not expected here: {1}', args[0].text, 'no log'));
}
