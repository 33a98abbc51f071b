import {
  CompletionItemKind,
  DiagnosticSeverity,
  FoldingRangeKind,
  SymbolKind as LspSymbolKind,
  type Range,
} from 'vscode-languageserver';
import type { Severity } from '../base/finding';
import type { LineIndex } from '../base/line-index';
import type { Span } from '../base/span';
import type { CompletionKind, Fold, SymbolKind, TokenType } from '../service';
import { themedTypes, tokenModifiers, tokenThemes } from '../service/token-themes';

export function toRange(lines: LineIndex, { start, end }: Span): Range {
  const from = lines.positionAt(start);
  const to = lines.positionAt(end);
  return { start: { line: from.line, character: from.column }, end: { line: to.line, character: to.column } };
}

export function toSpan(lines: LineIndex, { start, end }: Range): Span {
  return { start: toOffset(lines, start), end: toOffset(lines, end) };
}

export function toOffset(lines: LineIndex, position: Range['start']): number {
  return lines.offsetAt({ line: position.line, column: position.character });
}

export const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

export const completionKinds: Readonly<Record<CompletionKind, CompletionItemKind>> = {
  keyword: CompletionItemKind.Keyword,
  value: CompletionItemKind.EnumMember,
  reference: CompletionItemKind.Reference,
  function: CompletionItemKind.Function,
  snippet: CompletionItemKind.Snippet,
  file: CompletionItemKind.File,
  section: CompletionItemKind.Module,
};

export const symbolKinds: Readonly<Record<SymbolKind, LspSymbolKind>> = {
  section: LspSymbolKind.Namespace,
  block: LspSymbolKind.Struct,
  proxy: LspSymbolKind.Interface,
  server: LspSymbolKind.Object,
  acl: LspSymbolKind.Function,
  address: LspSymbolKind.Constant,
  key: LspSymbolKind.Property,
  node: LspSymbolKind.Object,
  value: LspSymbolKind.String,
};

export const foldKinds: Readonly<Record<Fold['kind'], FoldingRangeKind>> = {
  region: FoldingRangeKind.Region,
  comment: FoldingRangeKind.Comment,
};

export function tokenTypeIndex(type: TokenType): number {
  return themedTypes.indexOf(tokenThemes[type]);
}

export function tokenModifierBits(modifiers: readonly (typeof tokenModifiers)[number][] | undefined): number {
  return (modifiers ?? []).reduce((bits, each) => bits | (1 << tokenModifiers.indexOf(each)), 0);
}
