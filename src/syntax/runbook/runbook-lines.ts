import type { Embedded } from './parse-runbook';

/** One line of a runbook without what does not belong to its content: the indentation of a fence, a carriage return. */
export interface Line {
  readonly text: string;
  readonly start: number;
}

export function linesOf(text: string): Line[] {
  let start = 0;
  return text.split('\n').map((line) => {
    const each = { text: line.replace(/\r$/, ''), start };
    start += line.length + 1;
    return each;
  });
}

export function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** A line without up to `most` characters of what it is indented by. */
export function dedented({ text, start }: Line, most: number): Line {
  const cut = Math.min(most, indentOf(text));
  return { text: text.slice(cut), start: start + cut };
}

/** The lines as the text of a configuration of their own. */
export function embed(body: readonly Line[]): Pick<Embedded, 'text' | 'lines'> {
  let text = '';
  const lines = body.map((line) => {
    const at = { inner: text.length, outer: line.start };
    text += `${line.text}\n`;
    return at;
  });
  return { text, lines };
}
