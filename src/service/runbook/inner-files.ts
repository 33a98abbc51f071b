import type { Span, TextEdit } from '../../base/span';
import { indentAt, outerEdit, outerSpan } from '../../syntax/runbook/runbook-tree';
import type { InnerFile } from '../language';
import type { RunbookPart } from './cluster';

/**
 * The configurations that a cloud-init file writes on its node. A document or a script may show those of several nodes, or
 * none that exists, so nothing is taken from these; nor from lines that are added to a file.
 */
export function innerFiles(path: string, whole: string, parts: readonly RunbookPart[]): readonly InnerFile[] {
  if (/\.(?:md|sh|bash)$/.test(path)) return [];
  return parts.flatMap(({ embedded, language, analysis }): InnerFile[] => {
    const { target, text, appends, opaque } = embedded;
    if (target === undefined || appends) return [];
    return [
      {
        target,
        text,
        language,
        analysis,
        outerSpan: (span: Span) => outerSpan(embedded, span),
        outerEdit: (edit: TextEdit) => (opaque === undefined ? outerEdit(embedded, whole, edit) : undefined),
        indented: ({ span, newText }: TextEdit) =>
          opaque === undefined
            ? { span, newText: newText.replaceAll('\n', `\n${indentAt(embedded, whole, span.start)}`) }
            : isWithin(opaque, span)
              ? undefined
              : { span, newText },
      },
    ];
  });
}

function isWithin(whole: Span, part: Span): boolean {
  return whole.start <= part.start && part.end <= whole.end;
}
