import { catalogText, render, type Speak } from '../../base/message';
import { trailing } from '../../base/trailing';
import { directivesOf, existsIn, placementOf, sectionTypes } from '../../catalog/haproxy/catalog';
import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import { takesNo } from '../../model/haproxy/read-statement';
import type { Expected } from '../../model/haproxy/visit';
import type { Completion, Sibling } from '../language';
import { enclosedOffers } from './enclosed';
import { environmentOffers, preprocessorOffers } from './environment';
import { isCommaList } from './known-values';
import { neighbourOffers } from './neighbours';
import type { Offer, Question } from './offer';
import { offersFor } from './offers';
import { patternOffers } from './patterns';
import { lineUpTo, type UnfinishedLine } from './place';
import type { Visited } from './visits';

type Span = Completion['span'];

/**
 * Sections and directives at the start of a line; behind it what the reader of the line looks for at the cursor:
 * arguments, names, parameters, actions, conditions, fetches, converters, log variables.
 */
export function completeHaproxy(
  analysis: HaproxyAnalysis,
  offset: number,
  siblings: readonly Sibling<HaproxyAnalysis>[],
  speak: Speak = render,
): readonly Completion[] {
  const place = lineUpTo(analysis, offset);
  if (place === undefined) return [];
  const { release } = analysis;
  const { section, line, statement } = place;
  const found = new Map<string, Completion>();
  const add = (offer: Offer, span: Span): void => {
    if (offer.label === '' || found.has(offer.label)) return;
    // Offers are made for this one question, so they need no copy; a file may have thousands of names.
    const completion = Object.assign(offer, { span, newText: offer.newText ?? offer.label });
    const { documentation } = offer;
    if (documentation !== undefined && documentation !== '')
      Object.assign(completion, { documentation: speak(catalogText(documentation)) });
    found.set(offer.label, completion);
  };
  const whole = spanOfWord(place);
  const upToCursor = analysis.document.text.slice(place.start, offset);
  const typed = upToCursor.slice(place.word?.start ?? place.column);
  const directive = statement.directive?.name;
  const question: Question = { analysis, siblings, section, line, directive, release, typed };
  const environment = /\$\{?(\w*)$/.exec(upToCursor);
  if (environment !== null) {
    const span = { start: offset - (environment[1] ?? '').length, end: endOfName(analysis, offset) };
    for (const each of environmentOffers(analysis)) add(each, span);
    return [...found.values()];
  }
  const enclosed = enclosedOffers(upToCursor, question);
  if (enclosed !== undefined) {
    const span = { start: place.start + enclosed.start, end: endOfName(analysis, offset) };
    for (const each of enclosed.offers) add(each, span);
    return [...found.values()];
  }
  for (const each of preprocessorOffers(upToCursor, release))
    add(each, { start: offset - trailing(upToCursor, /[\w.]/).length, end: endOfName(analysis, offset) });
  for (const each of directiveOffers(place, release)) add(each, whole);
  // The closest reader speaks first.
  for (const visit of [...place.visits].reverse()) {
    if (visit.start > place.column || visit.end < place.column || isReadInParts(visit, place)) continue;
    const start = startOfPart(upToCursor, visit.start, visit.expected);
    const span = isPart(visit.expected) ? { start: place.start + start, end: endOfName(analysis, offset) } : whole;
    for (const each of offersFor(visit.expected, question)) add(each, span);
    for (const each of patternOffers(visit, place, question)) add(each, whole);
  }
  for (const each of neighbourOffers(place, question)) add(each, whole);
  return [...found.values()];
}

/** Whether a word may hold several of what is looked for, with commas between them. */
const isList = (expected: Expected): boolean =>
  (expected.kind === 'node' && expected.node.kind === 'argument' && isCommaList(expected.node)) ||
  (expected.kind === 'words' && expected.list === true) ||
  expected.kind === 'address';

/** Whether the cursor is behind the name that was looked for, in a part of the word that was looked at by itself. */
const isReadInParts = ({ start, expected }: Visited, { visits, column, statement }: UnfinishedLine): boolean =>
  expected.kind === 'node' && expected.node.kind === 'argument' && expected.node.type === 'sample'
    ? visits.some((each) => each.expected.kind === 'fetch' && each.start >= start && each.end < column)
    : expected.kind === 'action' && statement.line.raw.slice(start, column).includes('(');

/** Whether a part of a word is looked for, not all of it. */
const isPart = (expected: Expected): boolean =>
  ['condition', 'fetch', 'converter', 'function-argument', 'log-variable'].includes(expected.kind) || isList(expected);

/** Where the part of the word begins that the cursor is in: behind the last comma of a list, behind "!". */
function startOfPart(upToCursor: string, start: number, expected: Expected): number {
  const text = upToCursor.slice(start);
  if (expected.kind === 'condition') return start + (/^!+(?=.)/.exec(text)?.[0].length ?? 0);
  return isList(expected) ? start + text.lastIndexOf(',') + 1 : start;
}

function spanOfWord({ start, column, word }: UnfinishedLine): Span {
  const offset = start + column;
  if (word === undefined) return { start: offset, end: offset };
  return { start: start + word.start, end: start + word.end };
}

function endOfName(analysis: HaproxyAnalysis, offset: number): number {
  const { text } = analysis.document;
  let end = offset;
  while (/[\w.-]/.test(text[end] ?? '')) end++;
  return end;
}

function* directiveOffers({ statement, section }: UnfinishedLine, release: number): Iterable<Offer> {
  const all = statement.line.words.map((each) => each.text);
  const prefix = all.length > 1 && (all[0] === 'no' || all[0] === 'default') ? all[0] : undefined;
  const typed = prefix === undefined ? all : all.slice(1);
  const words = typed.slice(0, -1);
  const type = section?.type ?? statement.section;
  const heads = new Set<string>();
  for (const directive of directivesOf(type).values()) {
    const names = directive.name.split(' ');
    if (!existsIn(directive, release) || (prefix !== undefined && !takesNo(directive, release))) continue;
    const placement = placementOf(directive, type, release);
    if (placement !== 'yes' && (placement !== 'named-only' || section?.name === undefined)) continue;
    if (!words.every((each, i) => names[i] === each)) continue;
    const next = names[words.length];
    if (next === undefined) continue;
    const isWhole = names.length === words.length + 1;
    if (!isWhole && heads.has(next)) continue;
    heads.add(next);
    const deprecated = directive.deprecated > 0 && directive.deprecated <= release;
    yield isWhole
      ? {
          label: next,
          kind: 'keyword',
          detail: directive.usage,
          documentation: directive.summary,
          ...(deprecated && { deprecated, order: 7 }),
        }
      : { label: next, kind: 'keyword' };
  }
  if (all.length > 1) return;
  if (heads.has('option')) yield { label: 'no', kind: 'keyword', order: 7 };
  for (const each of sectionTypes)
    if (existsIn(each, release)) yield { label: each.name, kind: 'section', documentation: each.summary, order: 8 };
}
