import * as vscode from 'vscode';
import type { LiveWorkspace } from '../live-workspace';
import { hintProvider, lensProvider, rangeTokenProvider, tokenLegend, tokenProvider } from './annotations';
import { codeActionProvider } from './code-actions';
import { completionProvider, signatureProvider } from './completion';
import { formattingProvider } from './formatting';
import { hoverProvider } from './hover';
import { navigationProvider } from './navigation';
import { structureProvider, workspaceSymbolProvider } from './structure';

/** Files that some language of ours may know; each provider answers only where the language has the feature. */
const selector: vscode.DocumentSelector = [
  { language: 'haproxy' },
  { language: 'keepalived' },
  { language: 'yaml' },
  { language: 'shellscript' },
  { language: 'markdown' },
  { pattern: '**/*.conf' },
];

export function registerProviders(live: LiveWorkspace): vscode.Disposable {
  const navigation = navigationProvider(live);
  const structure = structureProvider(live);
  const formatting = formattingProvider(live);
  const { languages } = vscode;
  return vscode.Disposable.from(
    languages.registerCompletionItemProvider(
      selector,
      completionProvider(live),
      ' ',
      '/',
      ':',
      '(',
      ',',
      '{',
      '[',
      '%',
      '$',
    ),
    languages.registerSignatureHelpProvider(selector, signatureProvider(live), ' ', '(', ','),
    languages.registerHoverProvider(selector, hoverProvider(live)),
    languages.registerDefinitionProvider(selector, navigation),
    languages.registerReferenceProvider(selector, navigation),
    languages.registerDocumentHighlightProvider(selector, navigation),
    languages.registerRenameProvider(selector, navigation),
    languages.registerDocumentSymbolProvider(selector, structure),
    languages.registerWorkspaceSymbolProvider(workspaceSymbolProvider(live)),
    languages.registerFoldingRangeProvider(selector, structure),
    languages.registerSelectionRangeProvider(selector, structure),
    languages.registerDocumentLinkProvider(selector, structure),
    languages.registerDocumentFormattingEditProvider(selector, formatting),
    languages.registerDocumentRangeFormattingEditProvider(selector, formatting),
    languages.registerDocumentSemanticTokensProvider(selector, tokenProvider(live), tokenLegend),
    languages.registerDocumentRangeSemanticTokensProvider(selector, rangeTokenProvider(live), tokenLegend),
    languages.registerInlayHintsProvider(selector, hintProvider(live)),
    languages.registerCodeLensProvider(selector, lensProvider(live)),
    languages.registerCodeActionsProvider(selector, codeActionProvider(live), {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
  );
}
