import type { Speak } from '../../base/message';
import { lineAround, outerSpan, type Placed } from '../../syntax/runbook/runbook-tree';
import type { Completion, Hover, HoverContext } from '../language';
import type { RunbookPart } from './cluster';

/** The configuration around a place of the runbook and the same place in its own text; undefined between them. */
function partAt(
  parts: readonly RunbookPart[],
  offset: number,
): { readonly part: RunbookPart; readonly inner: number } | undefined {
  for (const part of parts) {
    const inner = innerOffset(part.embedded, offset);
    if (inner !== undefined) return { part, inner };
  }
  return undefined;
}

/** Where a place of the runbook is in an embedded text; what stands there encoded has no places. */
export function innerOffset({ lines, text, opaque }: Placed, offset: number): number | undefined {
  if (opaque !== undefined) return undefined;
  const at = lineAround(lines, 'outer', offset);
  const line = lines[at];
  if (line === undefined) return undefined;
  const end = (lines[at + 1]?.inner ?? text.length + 1) - 1;
  const inner = line.inner + offset - line.outer;
  return inner <= end ? inner : undefined;
}

/** What the language of the configuration around a place offers there. */
export function completeInside(
  parts: readonly RunbookPart[],
  offset: number,
  whole: string,
  speak?: Speak,
): readonly Completion[] {
  const found = partAt(parts, offset) ?? partBefore(parts, offset, whole);
  if (found === undefined) return [];
  const { embedded, language, analysis } = found.part;
  const isBehind = partAt(parts, offset) === undefined;
  return (language.complete?.(analysis, found.inner, [], speak) ?? []).map((each) => ({
    ...each,
    span: isBehind ? { start: offset, end: offset } : outerSpan(embedded, each.span),
  }));
}

/** The configuration of cloud-init that ends in the line above a place which is indented like it, where its next line is begun. */
function partBefore(parts: readonly RunbookPart[], offset: number, whole: string): ReturnType<typeof partAt> {
  const lineStart = whole.lastIndexOf('\n', offset - 1) + 1;
  const blanks = whole.slice(lineStart, offset);
  if (/[^ ]/.test(blanks) || /^[^\n\r]/.test(whole.slice(offset))) return undefined;
  for (const part of parts) {
    const { lines, text, opaque } = part.embedded;
    const last = lines.at(-1);
    const inner = text.endsWith('\n') ? text.length : undefined;
    if (opaque !== undefined || last === undefined || inner === undefined) continue;
    const isNext = whole.slice(last.outer, lineStart).trimEnd() === text.slice(last.inner).trimEnd();
    const indent = last.outer - whole.lastIndexOf('\n', last.outer - 1) - 1;
    if (last.outer < offset && isNext && indent === blanks.length) return { part, inner };
  }
  return undefined;
}

/** What the language of the configuration around a place says of it. */
export function hoverInside(
  parts: readonly RunbookPart[],
  offset: number,
  outer: HoverContext<unknown> | undefined,
): Hover | undefined {
  const found = partAt(parts, offset);
  if (found === undefined) return undefined;
  const { embedded, language, analysis } = found.part;
  const context: HoverContext<unknown> | undefined = outer === undefined ? undefined : { ...outer, siblings: [] };
  const hover = language.hover?.(analysis, found.inner, context);
  return hover === undefined ? undefined : { ...hover, span: outerSpan(embedded, hover.span) };
}
