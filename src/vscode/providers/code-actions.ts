import * as vscode from 'vscode';
import { HavenDiagnostic, toText, toWorkspaceEdit } from '../convert';
import { type LiveWorkspace, pathOf } from '../live-workspace';

export function codeActionProvider(live: LiveWorkspace): vscode.CodeActionProvider {
  return {
    async provideCodeActions(document, range, { triggerKind }) {
      // Offsets of a text that has gone would change another place. A lamp comes back with the next check.
      const isAsked = triggerKind === vscode.CodeActionTriggerKind.Invoke;
      if (!(isAsked ? await live.settle() : live.isSettled)) return [];
      const found = await live.fileFor(document);
      if (found === undefined) return [];
      const path = pathOf(document.uri);
      const place = await live.places();
      // The editor hands diagnostics over as copies without our finding, so they are looked up where we put them.
      const here = vscode.languages
        .getDiagnostics(document.uri)
        .filter(
          (each): each is HavenDiagnostic =>
            each instanceof HavenDiagnostic && each.range.intersection(range) !== undefined,
        );
      const { suppressionEdit } = await import('../../service');
      return here.flatMap((diagnostic) => {
        const actions: vscode.CodeAction[] = [];
        for (const fix of diagnostic.finding.fixes ?? []) {
          const edit = toWorkspaceEdit(fix, path, place);
          if (edit === undefined) continue;
          const action = new vscode.CodeAction(toText(fix.title), vscode.CodeActionKind.QuickFix);
          action.edit = edit;
          action.diagnostics = [diagnostic];
          action.isPreferred = actions.length === 0;
          actions.push(action);
        }
        const ignore = new vscode.CodeAction(
          vscode.l10n.t('Ignore {0} on this line', diagnostic.finding.rule),
          vscode.CodeActionKind.QuickFix,
        );
        ignore.edit = new vscode.WorkspaceEdit();
        const { span, newText } = suppressionEdit(diagnostic.finding, found.file.text, found.file.lines);
        ignore.edit.replace(
          document.uri,
          new vscode.Range(document.positionAt(span.start), document.positionAt(span.end)),
          newText,
        );
        ignore.diagnostics = [diagnostic];
        actions.push(ignore);
        return actions;
      });
    },
  };
}
