import * as vscode from 'vscode';
import type { Span } from '../../base/span';
import { toRange } from '../convert';
import type { LiveWorkspace } from '../live-workspace';

type FormattingProvider = vscode.DocumentFormattingEditProvider & vscode.DocumentRangeFormattingEditProvider;

export function formattingProvider(live: LiveWorkspace): FormattingProvider {
  const format = async (document: vscode.TextDocument, options: vscode.FormattingOptions, range?: Span) => {
    const file = (await live.fileFor(document))?.file;
    const edits = file?.language.format?.(file.analysis, options, range) ?? [];
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
