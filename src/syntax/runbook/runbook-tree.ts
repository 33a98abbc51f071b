import type { Span, TextEdit } from '../../base/span';
import type { Constants } from './read-words';

/** A text inside another file. Inner and outer lines are the same but for indentation and a prefix. */
export interface Placed {
  readonly text: string;
  /** Where each inner line begins, in the inner and in the outer text. */
  readonly lines: readonly { readonly inner: number; readonly outer: number }[];
  /** Where the text stands encoded: no place in it has one in the file. */
  readonly opaque?: Span;
}

/** A configuration inside another file. */
export interface Embedded extends Placed {
  /** The path it is written to, where a command, a comment or the text before it says so. */
  readonly target: string | undefined;
  /** The info string of a fence: `yaml`, `text` … */
  readonly info: string | undefined;
  /** The shell replaces `$NAME` and `$(…)` before the text is written. */
  readonly expands: boolean;
  /** No command writes it: it stands in a fence, and the words before it say which file it is or is part of. */
  readonly shown?: true;
  /** The text is added to what the target holds already. */
  readonly appends: boolean;
}

/** One command with its continuation lines, as written. */
export interface Command extends Placed {
  readonly span: Span;
  /** Commands of one script or fence have the same number. */
  readonly block: number;
  /** Commands below the same heading have the same number. */
  readonly section: number;
}

export interface RunbookTree {
  readonly embedded: readonly Embedded[];
  readonly commands: readonly Command[];
  /** The variables of known value. */
  readonly constants: Constants;
}

/** An edit of an embedded text as one of the outer text `whole`: further lines get the indentation of the block. */
export function outerEdit(embedded: Embedded, whole: string, { span, newText }: TextEdit): TextEdit {
  const outer = outerSpan(embedded, span);
  return { span: outer, newText: newText.replaceAll('\n', `\n${indentAt(embedded, whole, outer.start)}`) };
}

/** What stands before the lines of an embedded text around a place of the outer one; nothing where it does not lie there. */
export function indentAt({ lines, text }: Embedded, whole: string, at: number): string {
  const line = lines[lineAround(lines, 'outer', at)];
  if (line === undefined || line.inner + at - line.outer > text.length) return '';
  return whole.slice(whole.lastIndexOf('\n', line.outer - 1) + 1, line.outer);
}

/** The index of the last of `lines` that begins at or before a place of the inner or outer text; -1 where none does. */
export function lineAround(lines: Placed['lines'], side: 'inner' | 'outer', at: number): number {
  let low = -1;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lines[middle]?.[side] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The place in the outer text of a span in an embedded one. */
export function outerSpan({ lines, opaque }: Omit<Placed, 'text'>, span: Span): Span {
  if (opaque !== undefined) return opaque;
  const outer = (offset: number) => {
    const line = lines[lineAround(lines, 'inner', offset)] ?? { inner: 0, outer: 0 };
    return line.outer + offset - line.inner;
  };
  const start = outer(span.start);
  return { start, end: Math.max(start, outer(span.end)) };
}
