import type { HaproxyAnalysis, Section } from '../../model/haproxy/analysis';
import { sectionAt } from '../../model/haproxy/analysis';
import type { Statement } from '../../model/haproxy/statement';
import { lineAt } from '../../syntax/haproxy/document';
import type { Word } from '../../syntax/haproxy/line';

/** Where an offset is: its line, the word it touches, and the words before that. */
export interface Place {
  readonly line: number;
  readonly section: Section | undefined;
  readonly statement: Statement | undefined;
  readonly word: Word | undefined;
  /** The words of the line in front of the cursor's word, as the program reads them. */
  readonly before: readonly string[];
  /** Offset of the line in the file. */
  readonly start: number;
}

export function placeAt(analysis: HaproxyAnalysis, offset: number): Place {
  const { document } = analysis;
  const line = lineAt(document.starts, offset);
  const start = document.starts[line] ?? 0;
  const column = offset - start;
  const words = document.lines[line]?.words ?? [];
  const word = words.find((each) => each.start <= column && column <= each.end);
  const before = words.filter((each) => each.end < column && each !== word).map((each) => each.text);
  return { line, section: sectionAt(analysis, line), statement: analysis.statements[line], word, before, start };
}
