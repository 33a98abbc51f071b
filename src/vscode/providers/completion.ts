import * as vscode from 'vscode';
import type { CompletionKind } from '../../service';
import { toRange, toText } from '../convert';
import type { LiveWorkspace } from '../live-workspace';

const kinds: Readonly<Record<CompletionKind, vscode.CompletionItemKind>> = {
  keyword: vscode.CompletionItemKind.Keyword,
  value: vscode.CompletionItemKind.EnumMember,
  reference: vscode.CompletionItemKind.Reference,
  function: vscode.CompletionItemKind.Function,
  snippet: vscode.CompletionItemKind.Snippet,
  file: vscode.CompletionItemKind.File,
  section: vscode.CompletionItemKind.Module,
};

export function completionProvider(live: LiveWorkspace): vscode.CompletionItemProvider {
  return {
    async provideCompletionItems(document, position) {
      const found = await live.fileFor(document);
      if (found === undefined) return [];
      const { file, workspace } = found;
      const offers = workspace.completionsAt(file.path, document.offsetAt(position), toText);
      return offers.map((offer) => {
        const item = new vscode.CompletionItem(offer.label, kinds[offer.kind]);
        item.range = toRange(file.lines, offer.span);
        item.insertText = offer.isSnippet === true ? new vscode.SnippetString(offer.newText) : offer.newText;
        item.sortText = `${String(offer.order ?? 5).padStart(3, '0')} ${offer.label}`;
        if (offer.detail !== undefined) item.detail = offer.detail;
        if (offer.documentation !== undefined) item.documentation = new vscode.MarkdownString(offer.documentation);
        if (offer.deprecated === true) item.tags = [vscode.CompletionItemTag.Deprecated];
        return item;
      });
    },
  };
}

export function signatureProvider(live: LiveWorkspace): vscode.SignatureHelpProvider {
  return {
    async provideSignatureHelp(document, position) {
      const found = await live.fileFor(document);
      const signature = found?.file.language.signature?.(found.file.analysis, document.offsetAt(position), toText);
      if (signature === undefined) return undefined;
      const information = new vscode.SignatureInformation(signature.label, signature.documentation);
      information.parameters = signature.parameters.map(
        (each) => new vscode.ParameterInformation(each.label, each.documentation),
      );
      const help = new vscode.SignatureHelp();
      help.signatures = [information];
      help.activeSignature = 0;
      help.activeParameter = signature.activeParameter;
      return help;
    },
  };
}
