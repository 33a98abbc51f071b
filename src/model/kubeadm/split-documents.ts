import type { Span } from '../../base/span';

/** One part of a file as kubeadm cuts it: `span` is its text, without the separator line behind it. */
interface DocumentPart {
  readonly span: Span;
  /** What stands behind the dashes of the separator that ends the part, where nothing but a comment may. */
  readonly trailing: Span | undefined;
}

/**
 * Cuts a file at its `---` lines as k8s.io/apimachinery pkg/util/yaml YAMLReader does: before the YAML is read, so a
 * line that begins with `---` ends a document wherever it stands. A separator with nothing before it is a part of the
 * document that follows. A file without any text has no document.
 */
export function splitDocuments(text: string): readonly DocumentPart[] {
  const parts: DocumentPart[] = [];
  let start = 0;
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline + 1;
    if (text.startsWith('---', at)) {
      const behind = text.slice(at + 3, end);
      const rest = behind.trim();
      const lead = at + 3 + (behind.length - behind.trimStart().length);
      const trailing = rest === '' || rest.startsWith('#') ? undefined : { start: lead, end: lead + rest.length };
      if (at > start || trailing !== undefined) {
        parts.push({ span: { start, end: at }, trailing });
        start = end;
      }
    }
    at = end;
  }
  if (start < text.length) parts.push({ span: { start, end: text.length }, trailing: undefined });
  return parts;
}
