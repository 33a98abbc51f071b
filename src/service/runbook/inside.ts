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
export function completeInside(parts: readonly RunbookPart[], offset: number): readonly Completion[] {
  const found = partAt(parts, offset);
  if (found === undefined) return [];
  const { embedded, language, analysis } = found.part;
  return (language.complete?.(analysis, found.inner, []) ?? []).map((each) => ({
    ...each,
    span: outerSpan(embedded, each.span),
  }));
}

/** What the language of the configuration around a place says of it. */
export function hoverInside(
  parts: readonly RunbookPart[],
  offset: number,
  wallClock: number | undefined,
): Hover | undefined {
  const found = partAt(parts, offset);
  if (found === undefined) return undefined;
  const { embedded, language, analysis } = found.part;
  const context: HoverContext<unknown> | undefined = wallClock === undefined ? undefined : { siblings: [], wallClock };
  const hover = language.hover?.(analysis, found.inner, context);
  return hover === undefined ? undefined : { ...hover, span: outerSpan(embedded, hover.span) };
}
