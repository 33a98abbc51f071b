/** Letters that fill two columns of a terminal and of an editor: those that Unicode calls wide or fullwidth (UAX #11), as Hangul. */
const wide =
  /[\u1100-\u115f\u2614\u26d4\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]/g;

/** How many columns a text fills. */
export function columnsOf(text: string): number {
  return text.length + (text.match(wide)?.length ?? 0);
}

/** The text with blanks behind it until it fills `columns`: `padEnd` for texts that may be Korean. */
export function padColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}
