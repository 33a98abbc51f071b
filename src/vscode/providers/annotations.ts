import * as vscode from 'vscode';
import type { Span } from '../../base/span';
import { toRange, toText } from '../convert';
import type { LiveWorkspace } from '../live-workspace';

const types = [
  'keyword',
  'property',
  'reference',
  'definition',
  'function',
  'number',
  'string',
  'variable',
  'type',
] as const;
const modifiers = ['definition', 'deprecated', 'unused'] as const;

/** `reference` and `definition` are names that a file gives; themes know them as variables and classes. */
const themed: Readonly<Record<(typeof types)[number], string>> = {
  keyword: 'keyword',
  property: 'property',
  reference: 'variable',
  definition: 'class',
  function: 'function',
  number: 'number',
  string: 'string',
  variable: 'variable',
  type: 'type',
};

export const tokenLegend = new vscode.SemanticTokensLegend([...new Set(Object.values(themed))], [...modifiers]);

export function tokenProvider(live: LiveWorkspace): vscode.DocumentSemanticTokensProvider {
  return { provideDocumentSemanticTokens: (document) => tokensOf(live, document) };
}

/** The lines on the screen are coloured before the rest of a long file is. */
export function rangeTokenProvider(live: LiveWorkspace): vscode.DocumentRangeSemanticTokensProvider {
  return {
    provideDocumentRangeSemanticTokens: (document, range) =>
      tokensOf(live, document, { start: document.offsetAt(range.start), end: document.offsetAt(range.end) }),
  };
}

async function tokensOf(live: LiveWorkspace, document: vscode.TextDocument, range?: Span) {
  const file = (await live.fileFor(document))?.file;
  if (file?.language.tokens === undefined) return undefined;
  const builder = new vscode.SemanticTokensBuilder(tokenLegend);
  for (const token of file.language.tokens(file.analysis, range)) {
    builder.push(toRange(file.lines, token.span), themed[token.type], [...(token.modifiers ?? [])]);
  }
  return builder.build();
}

export function hintProvider(live: LiveWorkspace): vscode.InlayHintsProvider {
  return {
    async provideInlayHints(document, range) {
      const file = (await live.fileFor(document))?.file;
      if (file === undefined) return [];
      const span = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
      return (file.language.hints?.(file.analysis, span) ?? []).map((each) => {
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
