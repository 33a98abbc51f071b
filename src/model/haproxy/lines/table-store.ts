import { say } from '../../../base/message';
import { nearest } from '../../../base/nearest';
import { existsIn, type Release, releaseText, valuesOf } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import type { Reader } from '../reader';
import { timeFault } from '../values';

/** How many counters of a kind a table can hold. */
const largestArray = 100;

/** Takes `a,b(1,2),c` apart at the commas outside of parentheses. */
function entriesOf(text: string): string[] {
  const entries: string[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at <= text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')') depth--;
    else if (at === text.length || (text[at] === ',' && depth <= 0)) {
      entries.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return entries.filter((each) => each !== '');
}

/** Reads what the entries of a stick-table hold (`parse_stick_table` in the program's stick_table.c). */
export function readStore(reader: Reader, word: Word, stored: Set<string>): void {
  const known = valuesOf('stick-table.store');
  for (const entry of entriesOf(word.text)) {
    const paren = entry.indexOf('(');
    const name = paren < 0 ? entry : entry.slice(0, paren);
    const value = known.get(name);
    if (value === undefined) {
      const suggestion = nearest(name, known.keys());
      reader.report('bad-value', word, say('"{0}" cannot be stored in a table', name), {
        suggestion: suggestion === undefined ? undefined : word.text.replace(name, suggestion),
      });
      return;
    }
    if (!existsIn(value, reader.release)) {
      reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', name, releaseText(value.since)));
      return;
    }
    const given =
      paren < 0
        ? []
        : entry
            .slice(paren + 1)
            .replace(/\)[\s\S]*$/, '')
            .split(',');
    const fault = faultOf(entry, value.usage, given);
    if (fault !== undefined) {
      reader.report('bad-value', word, fault);
      return;
    }
    stored.add(name);
  }
  for (const [array, single] of overridden)
    if (stored.has(array) && [...stored].some((each) => single.test(each))) {
      reader.report('conflicting-settings', word, say('"{0}" holds what the single counters hold, too', array));
      return;
    }
}

/** Arrays, and what cannot be stored beside them. */
const overridden: readonly [string, RegExp][] = [
  ['gpc', /^gpc[01]$/],
  ['gpc_rate', /^gpc[01]_rate$/],
  ['gpt', /^gpt0$/],
];

/** `usage` is what the catalog says stands in parentheses. */
function faultOf(entry: string, usage: string, given: readonly string[]): ReturnType<typeof say> | undefined {
  const name = entry.split('(')[0] ?? '';
  if (entry.includes('(') && !entry.endsWith(')')) return say('")" is missing behind the arguments of "{0}"', name);
  const wanted = usage === '' ? 0 : usage.split(',').length;
  if (wanted === 0 && given.some((each) => each !== '')) return say('"{0}" takes no arguments', name);
  if (given.length < wanted || (wanted > 0 && given[0] === ''))
    return say('"{0}" needs its argument in parentheses: {1}', name, `${name}${usage}`);
  if (usage.startsWith('(<nb')) {
    const size = Number.parseInt(given[0] ?? '', 10);
    if (!(size >= 1 && size <= largestArray))
      return say('{0} is out of range: {1} to {2} are possible', given[0] ?? '', 1, largestArray);
  }
  const period = usage.includes('period') ? given.at(-1) : undefined;
  return period === undefined ? undefined : timeFault(period);
}

/** The first release in which a table takes each word that it did not always take. */
export const tableWordSince: ReadonlyMap<string, Release> = new Map([
  ['write-to', 209],
  ['brates-factor', 301],
  ['recv-only', 301],
]);
