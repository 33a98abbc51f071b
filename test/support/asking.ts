import type { FileSpan, Language, Sibling, Versions } from '../../src/service/language';
import { withCursor } from './with-cursor';

interface Around<Analysis> {
  readonly path?: string;
  readonly versions?: Versions;
  readonly siblings?: readonly Sibling<Analysis>[];
}

/** Reads `marked`, whose `<|>` is the cursor. */
export function asking<Analysis>(language: Language<Analysis>, marked: string, around: Around<Analysis> = {}) {
  const { text, offset } = withCursor(marked);
  const { path = 'file.conf', versions = {}, siblings = [] } = around;
  return { text, offset, siblings, analysis: language.analyse({ path, text, versions }) };
}

/** The labels that are offered at the cursor. */
export function labelsAt<Analysis>(
  language: Language<Analysis>,
  marked: string,
  around: Around<Analysis> = {},
): readonly string[] {
  const { analysis, offset, siblings } = asking(language, marked, around);
  return language.complete?.(analysis, offset, siblings).map((each) => each.label) ?? [];
}

/** `text` with every place of `spans` set in brackets: what a reader sees at a glance. */
export function bracketed(text: string, spans: readonly Pick<FileSpan, 'span'>[]): string {
  let marked = text;
  for (const { span } of [...spans].sort((a, b) => b.span.start - a.span.start))
    marked = `${marked.slice(0, span.start)}[${marked.slice(span.start, span.end)}]${marked.slice(span.end)}`;
  return marked;
}
