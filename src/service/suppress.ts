import type { Diagnostic, Severity } from '../base/finding';
import type { LineIndex } from '../base/line-index';
import type { TextEdit } from '../base/span';

/** Severities by rule id that the user chose; `off` silences a rule. */
export type Severities = Readonly<Record<string, Severity | 'off'>>;

const comment = /(?:#|!|;|\/\/|<!--)\s*haven-ignore(-file)?:\s*([\w/*-]+(?:\s*,\s*[\w/*-]+)*)/g;

/**
 * Leaves out what the text or the settings ask not to be told. `# haven-ignore: rule-id` speaks of its own line and of
 * the next, `# haven-ignore-file: rule-id` of the whole file; several ids are separated by commas.
 */
export function applySettings(
  diagnostics: readonly Diagnostic[],
  text: string,
  lines: LineIndex,
  severities: Severities,
): readonly Diagnostic[] {
  if (diagnostics.length === 0) return diagnostics;
  const everywhere = new Set<string>();
  const onLine = new Map<number, Set<string>>();
  if (text.includes('haven-ignore')) {
    for (const found of text.matchAll(comment)) {
      const ids = (found[2] ?? '').split(',').map((id) => id.trim());
      const line = lines.positionAt(found.index).line;
      const before = text.slice(lines.lineStart(line), found.index).trim();
      for (const id of ids) {
        if (found[1] !== undefined) everywhere.add(id);
        else for (const at of before === '' ? [line, line + 1] : [line]) add(onLine, at, id);
      }
    }
  }
  return diagnostics.flatMap((each): Diagnostic[] => {
    const severity = severities[each.rule] ?? each.severity;
    if (severity === 'off' || everywhere.has(each.rule)) return [];
    if (onLine.size > 0 && onLine.get(lines.positionAt(each.span.start).line)?.has(each.rule) === true) return [];
    return [severity === each.severity ? each : { ...each, severity }];
  });
}

/** The edit that silences `rule` for the line of `diagnostic`: a comment above it, indented alike. */
export function suppressionEdit(diagnostic: Diagnostic, text: string, lines: LineIndex): TextEdit {
  const start = lines.lineStart(lines.positionAt(diagnostic.span.start).line);
  const indent = /^[ \t]*/.exec(text.slice(start, start + 200))?.[0] ?? '';
  const newLine = text.includes('\r\n') ? '\r\n' : '\n';
  return { span: { start, end: start }, newText: `${indent}# haven-ignore: ${diagnostic.rule}${newLine}` };
}

function add(map: Map<number, Set<string>>, line: number, id: string): void {
  const ids = map.get(line);
  if (ids === undefined) map.set(line, new Set([id]));
  else ids.add(id);
}
