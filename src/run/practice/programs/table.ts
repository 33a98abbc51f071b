/** A table with lines around, as etcd's tools draw it: heads in the middle, words that are numbers or truths to the right. */
export function box(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((word, i) => Math.max(word.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+\n`;
  const middle = (word: string, width: number) => {
    const before = Math.ceil((width - word.length) / 2);
    return `${' '.repeat(before)}${word}${' '.repeat(width - word.length - before)}`;
  };
  const put = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const body = rows.map((row) => put(row.map((word, i) => word.padStart(widths[i] ?? 0))));
  return `${line}${put(head.map((word, i) => middle(word, widths[i] ?? 0)))}${line}${body.join('')}${line}`;
}
