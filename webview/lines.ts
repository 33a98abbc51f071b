import type { PanelCard, PanelRow } from '../src/vscode/panel/panel-model';

/** More cards beside each other would make a picture that nobody finds their way about in. */
const mostBeside = 6;

/** Cards that stand beside each other. */
export interface CardLine {
  /** Empty where the line goes on with the row above it. */
  readonly title: string;
  readonly cards: readonly PanelCard[];
  /** Whether the next line goes on with this row. */
  readonly goesOn: boolean;
}

/** The rows of the picture, a long one in several lines of about the same length. */
export function linesOf(rows: readonly PanelRow[]): readonly CardLine[] {
  return rows.flatMap(({ title, cards }) => {
    const count = Math.ceil(cards.length / mostBeside);
    const each = Math.ceil(cards.length / count);
    return Array.from({ length: count }, (_, i) => ({
      title: i === 0 ? title : '',
      cards: cards.slice(i * each, (i + 1) * each),
      goesOn: i + 1 < count,
    }));
  });
}
