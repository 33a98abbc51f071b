/** A stretch of text, in UTF-16 code units: `start` is its first unit, `end` the unit after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One replacement in a text. Offsets are those of the text before any edit of the same list. */
export interface TextEdit {
  readonly span: Span;
  readonly newText: string;
}

/** Whether `offset` lies in `span`, its end included: the cursor behind a word still belongs to it. */
export function touches(span: Span, offset: number): boolean {
  return span.start <= offset && offset <= span.end;
}

/**
 * Applies edits that do not overlap, in any order.
 * @throws RangeError if two edits overlap, because then no result is the right one.
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const ordered = [...edits].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  let result = '';
  let done = 0;
  for (const { span, newText } of ordered) {
    if (span.start < done) throw new RangeError(`edits overlap at offset ${span.start}`);
    result += text.slice(done, span.start) + newText;
    done = span.end;
  }
  return result + text.slice(done);
}
