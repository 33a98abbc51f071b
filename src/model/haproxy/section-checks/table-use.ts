import { type Message, say } from '../../../base/message';
import type { Release, SampleType } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import { Reader } from '../reader';
import { readSample } from '../sample';
import { addressesTyped, canBecome } from '../sample-types';
import type { SectionState } from '../section-state';
import type { Statement } from '../statement';

/** What the keys of each type of table are. */
const keys: ReadonlyMap<string, SampleType> = new Map([
  ['ip', 'ipv4'],
  ['ipv4', 'ipv4'],
  ['ipv6', 'ipv6'],
  ['integer', 'int'],
  ['string', 'string'],
  ['binary', 'binary'],
]);

/** The expression of which a line makes keys of a table. */
function keyOf(statement: Statement): Word | undefined {
  const name = statement.directive?.name ?? '';
  if (name.startsWith('stick ')) return statement.arg(0);
  const isRule = name.startsWith('http-re') || name.startsWith('tcp-re');
  return isRule && /^track-sc\d/.test(statement.arg(0)?.text ?? '') ? statement.arg(1) : undefined;
}

/** What is wrong with a line that puts something into a table, or that takes its limits from there. */
interface TableFault {
  readonly at: { readonly start: number; readonly end: number };
  readonly message: Message;
  /** The first release that refuses it, where older ones do not. */
  readonly refusedFrom?: Release;
}

/** Holds a line against the words of the `stick-table` line that it works on. */
export function tableFault(statement: Statement, table: string, release: Release): TableFault | undefined {
  const limit = statement.directive?.name === 'filter' ? statement.arg(0) : undefined;
  if (limit !== undefined) {
    const rate = limit.text === 'bwlim-in' ? 'bytes_in_rate' : limit.text === 'bwlim-out' ? 'bytes_out_rate' : '';
    if (rate === '' || table.includes(`${rate}(`)) return undefined;
    return { at: limit, message: say('the table has to store "{0}" for this filter', rate) };
  }
  const word = keyOf(statement);
  const type = /(?:^| )type (\S+)/.exec(table)?.[1] ?? '';
  const key = keys.get(type);
  if (word === undefined || key === undefined || word.open || statement.problems.length > 0) return undefined;
  const sample = readSample(new Reader(release, statement.section, statement.line), word, 0, 'sample');
  if (sample === undefined || canBecome(sample.output, key, release)) return undefined;
  const message = say('"{0}" is {1}, which cannot be a key of a table of type {2}', word.text, sample.output, type);
  // Before, an address counted as a number.
  return sample.output === 'addr' ? { at: word, message, refusedFrom: addressesTyped } : { at: word, message };
}

/** Holds the lines of a section that name no table against its own one. */
export function checkOwnTable(state: SectionState, table: string): void {
  state.statements.forEach((statement, line) => {
    if (statement.uncertain || (keyOf(statement) === undefined && statement.directive?.name !== 'filter')) return;
    if (statement.args.some((each) => each.text === 'table')) return;
    // A filter has a table where it has a key.
    if (statement.directive?.name === 'filter' && !statement.args.some((each) => each.text === 'key')) return;
    const fault = tableFault(statement, table, state.release);
    if (fault === undefined) return;
    const { at, message, refusedFrom } = fault;
    state.report(line, at, 'conflicting-settings', message, refusedFrom === undefined ? {} : { refusedFrom });
  });
}
