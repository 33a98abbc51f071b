import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import type { Span } from '../../base/span';
import {
  aclNameOf,
  allAclNames,
  allConverters,
  allFetches,
  converterOf,
  existsIn,
  fetchOf,
  releaseText,
  type SampleFunction,
  type SampleType,
} from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { partOf, type Reader } from './reader';
import { readArguments } from './sample-arguments';
import { placeLacking } from './sample-place';
import { canBecome, outputOf } from './sample-types';
import { expected } from './visit';

/** What a sample expression yields. */
export interface Sample {
  readonly output: SampleType;
  /** The match method that a derived ACL name brings along. */
  readonly match: string | undefined;
  readonly fetch: string;
  /** Converters follow the fetch. */
  readonly converted: boolean;
  /** Where the expression ends in the text. */
  readonly end: number;
}

/** Reads `fetch(args),converter(args)…` from `from` on; problems go to the reader. Undefined after a problem. */
export function readSample(reader: Reader, word: Word, from: number, purpose: 'acl' | 'sample'): Sample | undefined {
  const { text } = word;
  const nameEnd = endOfName(text, from);
  const name = text.slice(from, nameEnd);
  const derived = purpose === 'acl' ? aclNameOf(name) : undefined;
  const fetch = fetchOf(derived?.fetch ?? name);
  const at = partOf(word, from, nameEnd);
  reader.expect(at, purpose === 'acl' ? expected.aclFetch : expected.sampleFetch);
  if (fetch === undefined) {
    reportUnknownFetch(reader, name, name === '' ? word : at, purpose);
    return undefined;
  }
  if (!lives(reader, fetch, at, name) || (purpose === 'sample' && !isThere(reader, fetch, at, name))) return undefined;
  let end = readArguments(reader, word, nameEnd, fetch, at);
  if (end === undefined) return undefined;
  let output = outputOf(fetch, undefined, reader.release);
  const converted = text[end] === ',';
  while (text[end] === ',') {
    const start: number = end + 1;
    const stop = endOfName(text, start);
    const place = partOf(word, start, stop);
    reader.expect(place, expected.converter);
    // Nothing is written behind the comma yet.
    if (stop === start && start === text.length) {
      end = start;
      break;
    }
    const converterName = text.slice(start, stop);
    const converter = converterOf(converterName);
    if (converter === undefined) {
      reportUnknownConverter(reader, converterName, stop === start ? word : place);
      return undefined;
    }
    if (!lives(reader, converter, place, converterName)) return undefined;
    end = readArguments(reader, word, stop, converter, place);
    if (end === undefined) return undefined;
    if (!canBecome(output, converter.input ?? 'any', reader.release)) {
      reader.report(
        'bad-expression',
        place,
        say('"{0}" takes {1}, and what stands in front of it is {2}', converterName, converter.input ?? '', output),
      );
      return undefined;
    }
    output = outputOf(converter, output, reader.release);
  }
  return { output, match: derived?.match, fetch: fetch.name, converted, end };
}

/** Functions of Lua scripts have names of their own. */
const isOfLua = (name: string): boolean => name.startsWith('lua.');

function reportUnknownFetch(reader: Reader, name: string, at: Span, purpose: 'acl' | 'sample'): void {
  if (isOfLua(name)) return;
  const names = allFetches().map((each) => each.name);
  const suggestion = nearest(name, purpose === 'acl' ? [...names, ...allAclNames().map((each) => each.name)] : names);
  reader.report(
    'bad-expression',
    at,
    suggestion === undefined
      ? say('"{0}" is not a sample fetch', name)
      : say('"{0}" is not a sample fetch; "{1}" is', name, suggestion),
    { suggestion },
  );
}

function reportUnknownConverter(reader: Reader, name: string, at: Span): void {
  if (isOfLua(name)) return;
  const suggestion = nearest(
    name,
    allConverters().map((each) => each.name),
  );
  reader.report(
    'bad-expression',
    at,
    suggestion === undefined
      ? say('"{0}" is not a converter', name)
      : say('"{0}" is not a converter; "{1}" is', name, suggestion),
    { suggestion },
  );
}

/** Whether what a fetch reads is there when the line's expressions are evaluated. */
function isThere(reader: Reader, fetch: SampleFunction, at: Span, name: string): boolean {
  const place = placeLacking(reader, fetch, name);
  if (place === undefined) return true;
  reader.report(
    'bad-expression',
    at,
    say('"{0}" is not possible in "{1}": what it reads is not there at that time', name, place.name),
    // It is refused where a frontend takes the format over.
    place.letter === 'L' && reader.section === 'defaults' ? { severity: 'warning' } : {},
  );
  return false;
}

/** Whether a function exists in the release that the file is read for. */
function lives(reader: Reader, each: SampleFunction, at: Span, name: string): boolean {
  if (existsIn(each, reader.release)) return true;
  if (each.since > reader.release) {
    reader.report('too-new-keyword', at, say('"{0}" exists from {1} on', name, releaseText(each.since)));
  } else if (each.replacement === '') {
    reader.report('removed-keyword', at, say('"{0}" was removed in {1}', name, releaseText(each.removed)));
  } else {
    reader.report(
      'removed-keyword',
      at,
      say('"{0}" was removed in {1}; use {2}', name, releaseText(each.removed), each.replacement),
    );
  }
  return false;
}

function endOfName(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    const plain =
      (unit >= 97 && unit <= 122) ||
      (unit >= 48 && unit <= 57) ||
      (unit >= 65 && unit <= 90) ||
      unit === 45 ||
      unit === 46 ||
      unit === 95;
    // "base32+src" is one name.
    if (!plain && !text.startsWith('+src', at)) break;
    at++;
  }
  return at;
}
