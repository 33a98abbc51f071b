import type { Section } from '../../model/haproxy/analysis';
import { type HaproxyAnalysis, sectionAt } from '../../model/haproxy/analysis';
import { readStatement } from '../../model/haproxy/read-statement';
import type { Statement } from '../../model/haproxy/statement';
import { lineAt } from '../../syntax/haproxy/document';
import { scanLine, type Word } from '../../syntax/haproxy/line';
import type { Visited } from './visits';

/** Where an offset is: its line, the word it touches. */
export interface Place {
  readonly line: number;
  /** Counted from the start of the line. */
  readonly column: number;
  readonly section: Section | undefined;
  readonly statement: Statement | undefined;
  readonly word: Word | undefined;
  /** Offset of the line in the file. */
  readonly start: number;
}

export function placeAt(analysis: HaproxyAnalysis, offset: number): Place {
  const { document } = analysis;
  const line = lineAt(document.starts, offset);
  const start = document.starts[line] ?? 0;
  const column = offset - start;
  const word = document.lines[line]?.words.find((each) => each.start <= column && column <= each.end);
  return { line, column, section: sectionAt(analysis, line), statement: analysis.statements[line], word, start };
}

/** A line as it would be read if it ended at the cursor, and what the reader looks for on the way there. */
export interface UnfinishedLine extends Place {
  readonly statement: Statement;
  readonly visits: readonly Visited[];
}

/** Stands for the word that is yet to be written. */
export const missingWord = '\u2026';

/** Undefined in a comment. */
export function lineUpTo(analysis: HaproxyAnalysis, offset: number): UnfinishedLine | undefined {
  const place = placeAt(analysis, offset);
  const whole = analysis.document.lines[place.line];
  if (whole === undefined || (whole.comment >= 0 && whole.comment < place.column)) return undefined;
  const written = whole.raw.slice(0, place.column);
  let line = scanLine(written);
  // The quote that the cursor stands in is closed for the moment.
  for (const quote of ['"', "'"]) {
    if (line.fault === undefined) break;
    line = scanLine(`${written}${quote}`);
    // The program reads no further than to an empty word.
    if (line.fault === undefined && line.words.at(-1)?.text === '') line = scanLine(written + missingWord + quote);
  }
  const touched = line.words.at(-1);
  if (touched === undefined || touched.end < place.column) line = scanLine(written + missingWord);
  const visits: Visited[] = [];
  const section = analysis.statements[place.line]?.header === undefined ? place.section?.type : undefined;
  const before = place.line === 0 ? '' : (analysis.statements[place.line - 1]?.section ?? '');
  const statement = readStatement(line, section ?? before, analysis.release, ({ start, end }, expected) => {
    visits.push({ start, end, expected });
  });
  return { ...place, statement, visits };
}
