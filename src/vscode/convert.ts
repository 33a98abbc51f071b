import * as vscode from 'vscode';
import type { Diagnostic, Fix, Severity } from '../base/finding';
import type { LineIndex } from '../base/line-index';
import { type Message, render } from '../base/message';
import type { Span } from '../base/span';
import { textIn } from './texts';

/** The text of a message in the language that VS Code shows. */
export function toText(message: Message): string {
  return render(message, textIn(vscode.env.language));
}

export function toRange(lines: LineIndex, span: Span): vscode.Range {
  const start = lines.positionAt(span.start);
  const end = lines.positionAt(span.end);
  return new vscode.Range(start.line, start.column, end.line, end.column);
}

const severities: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

/** The page of a rule, as the Problems panel links to it. */
function pageOf(rule: string): vscode.Uri {
  return vscode.Uri.parse(`command:haven.explainRule?${encodeURIComponent(JSON.stringify([rule]))}`);
}

/** Where a file of the workspace is; the lines convert its offsets. */
interface Placed {
  readonly uri: vscode.Uri;
  readonly lines: LineIndex;
}

export type Place = (path: string) => Placed | undefined;

/** A diagnostic that remembers the finding it was made of, so that its fixes are at hand. */
export class HavenDiagnostic extends vscode.Diagnostic {
  constructor(
    readonly finding: Diagnostic,
    lines: LineIndex,
  ) {
    super(toRange(lines, finding.span), toText(finding.message), severities[finding.severity]);
  }
}

export function toDiagnostic(finding: Diagnostic, path: string, place: Place, lines: LineIndex): HavenDiagnostic {
  const diagnostic = new HavenDiagnostic(finding, lines);
  diagnostic.source = 'haven';
  diagnostic.code = { value: finding.rule, target: pageOf(finding.rule) };
  if (finding.tag === 'unnecessary') diagnostic.tags = [vscode.DiagnosticTag.Unnecessary];
  if (finding.tag === 'deprecated') diagnostic.tags = [vscode.DiagnosticTag.Deprecated];
  diagnostic.relatedInformation = (finding.related ?? []).flatMap((each) => {
    const placed = place(each.path ?? path);
    if (placed === undefined) return [];
    const location = new vscode.Location(placed.uri, toRange(placed.lines, each.span));
    return [new vscode.DiagnosticRelatedInformation(location, toText(each.message))];
  });
  return diagnostic;
}

/** The edit of a fix over all files it changes; undefined when one of them is not at hand. */
export function toWorkspaceEdit(fix: Fix, path: string, place: Place): vscode.WorkspaceEdit | undefined {
  const edit = new vscode.WorkspaceEdit();
  for (const each of fix.edits) {
    const placed = place(each.path ?? path);
    if (placed === undefined) return undefined;
    edit.replace(placed.uri, toRange(placed.lines, each.span), each.newText);
  }
  return edit;
}
