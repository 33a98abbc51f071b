import * as vscode from 'vscode';
import type { Span } from '../../base/span';
import type { FormatOptions } from '../../service';
import { toRange } from '../convert';
import type { LiveWorkspace } from '../live-workspace';

type FormattingProvider = vscode.DocumentFormattingEditProvider & vscode.DocumentRangeFormattingEditProvider;

export function formattingProvider(live: LiveWorkspace): FormattingProvider {
  const format = async (document: vscode.TextDocument, options: vscode.FormattingOptions, range?: Span) => {
    const file = (await live.fileFor(document))?.file;
    const edits = file?.language.format?.(file.analysis, { ...options, columns: columnsFor(document) }, range) ?? [];
    return file === undefined
      ? []
      : edits.map((each) => vscode.TextEdit.replace(toRange(file.lines, each.span), each.newText));
  };
  return {
    provideDocumentFormattingEdits: (document, options) => format(document, options),
    provideDocumentRangeFormattingEdits: (document, range, options) =>
      format(document, options, { start: document.offsetAt(range.start), end: document.offsetAt(range.end) }),
  };
}

function columnsFor(document: vscode.TextDocument): NonNullable<FormatOptions['columns']> {
  return vscode.workspace.getConfiguration('haven', document).get('format.columns', 'keep');
}
