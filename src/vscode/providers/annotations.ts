import * as vscode from 'vscode';
import { themedTypes, tokenModifiers, tokenThemes } from '../../service/token-themes';
import { toRange, toText } from '../convert';
import type { LiveWorkspace } from '../live-workspace';

export const tokenLegend = new vscode.SemanticTokensLegend([...themedTypes], [...tokenModifiers]);

export function tokenProvider(live: LiveWorkspace): vscode.DocumentSemanticTokensProvider {
  return { provideDocumentSemanticTokens: (document, cancelled) => tokensOf(live, document, cancelled) };
}

/** The lines on the screen are coloured before the rest of a long file is. */
export function rangeTokenProvider(live: LiveWorkspace): vscode.DocumentRangeSemanticTokensProvider {
  return {
    provideDocumentRangeSemanticTokens: (document, range, cancelled) => tokensOf(live, document, cancelled, range),
  };
}

/** So many lines are read at a time; what the user does meanwhile comes first. */
const linesAtOnce = 2000;

async function tokensOf(
  live: LiveWorkspace,
  document: vscode.TextDocument,
  cancelled: vscode.CancellationToken,
  range: vscode.Range = new vscode.Range(0, 0, document.lineCount, 0),
) {
  const file = (await live.fileFor(document))?.file;
  if (file?.language.tokens === undefined) return undefined;
  const { version } = document;
  const builder = new vscode.SemanticTokensBuilder(tokenLegend);
  for (let line = range.start.line; line <= range.end.line; line += linesAtOnce) {
    const start = file.lines.lineStart(line);
    const end = file.lines.lineStart(Math.min(line + linesAtOnce, range.end.line + 1));
    for (const token of file.language.tokens(file.analysis, { start, end: Math.max(start, end - 1) })) {
      if (token.span.start < start || token.span.start >= end) continue;
      builder.push(toRange(file.lines, token.span), tokenThemes[token.type], [...(token.modifiers ?? [])]);
    }
    if (line + linesAtOnce > range.end.line) break;
    await new Promise((resolve) => setImmediate(resolve));
    // An edit in between uses the analysis up; VS Code asks again.
    if (cancelled.isCancellationRequested || document.version !== version) return undefined;
  }
  return builder.build();
}

export function hintProvider(live: LiveWorkspace): vscode.InlayHintsProvider {
  return {
    // What is inherited may stand in another file.
    onDidChangeInlayHints: live.onDidCheck,
    async provideInlayHints(document, range) {
      const found = await live.fileFor(document);
      if (found === undefined) return [];
      const { file, workspace } = found;
      const span = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
      return workspace.hintsIn(file.path, span).map((each) => {
        const hint = new vscode.InlayHint(document.positionAt(each.offset), toText(each.label));
        if (each.tooltip !== undefined) hint.tooltip = toText(each.tooltip);
        hint.paddingLeft = true;
        return hint;
      });
    },
  };
}

export function lensProvider(live: LiveWorkspace): vscode.CodeLensProvider {
  return {
    // Who takes over is a matter of other files too.
    onDidChangeCodeLenses: live.onDidCheck,
    async provideCodeLenses(document) {
      const found = await live.fileFor(document);
      if (found?.file.language.lenses === undefined) return [];
      const { file, workspace } = found;
      return (file.language.lenses?.(file.analysis, workspace.together(file.path)) ?? []).map((each) => {
        const command = each.command === undefined ? '' : `haven.${each.command}`;
        return new vscode.CodeLens(toRange(file.lines, each.span), { title: toText(each.title), command });
      });
    },
  };
}
