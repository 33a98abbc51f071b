import { posix } from 'node:path';
import * as vscode from 'vscode';
import type { LineIndex } from '../../base/line-index';
import type { DocumentSymbol, SymbolKind } from '../../service';
import { toRange, toText } from '../convert';
import type { LiveWorkspace } from '../live-workspace';

const kinds: Readonly<Record<SymbolKind, vscode.SymbolKind>> = {
  section: vscode.SymbolKind.Namespace,
  block: vscode.SymbolKind.Struct,
  proxy: vscode.SymbolKind.Interface,
  server: vscode.SymbolKind.Object,
  acl: vscode.SymbolKind.Function,
  address: vscode.SymbolKind.Constant,
  key: vscode.SymbolKind.Property,
  node: vscode.SymbolKind.Object,
  value: vscode.SymbolKind.String,
};

type StructureProvider = vscode.DocumentSymbolProvider &
  vscode.FoldingRangeProvider &
  vscode.SelectionRangeProvider &
  vscode.DocumentLinkProvider;

export function workspaceSymbolProvider(live: LiveWorkspace): vscode.WorkspaceSymbolProvider {
  return {
    async provideWorkspaceSymbols(query) {
      const { findSymbols } = await import('../../service');
      const place = await live.places();
      return findSymbols(await live.current(), query).flatMap(({ path, symbol, container }) => {
        const placed = place(path);
        if (placed === undefined) return [];
        const location = new vscode.Location(placed.uri, toRange(placed.lines, symbol.nameSpan));
        return [
          new vscode.SymbolInformation(symbol.name, kinds[symbol.kind], container ?? symbol.detail ?? '', location),
        ];
      });
    },
  };
}

export function structureProvider(live: LiveWorkspace): StructureProvider {
  return {
    async provideDocumentSymbols(document) {
      const file = (await live.fileFor(document))?.file;
      return file?.language.symbols?.(file.analysis).map((each) => toSymbol(each, file.lines)) ?? [];
    },

    async provideFoldingRanges(document) {
      const file = (await live.fileFor(document))?.file;
      return (
        file?.language.folds?.(file.analysis).map(({ span, kind }) => {
          const { start, end } = toRange(file.lines, span);
          return new vscode.FoldingRange(
            start.line,
            end.line,
            kind === 'comment' ? vscode.FoldingRangeKind.Comment : undefined,
          );
        }) ?? []
      );
    },

    async provideSelectionRanges(document, positions) {
      const file = (await live.fileFor(document))?.file;
      if (file?.language.selection === undefined) return [];
      return positions.map((position) => {
        const spans = file.language.selection?.(file.analysis, document.offsetAt(position)) ?? [];
        const outermost = new vscode.SelectionRange(new vscode.Range(position, position));
        return [...spans].reverse().reduce<vscode.SelectionRange>((parent, span, i) => {
          const range = toRange(file.lines, span);
          return i === 0 ? new vscode.SelectionRange(range) : new vscode.SelectionRange(range, parent);
        }, outermost);
      });
    },

    async provideDocumentLinks(document) {
      const file = (await live.fileFor(document))?.file;
      return (
        file?.language.links?.(file.analysis).map((each) => {
          const link = new vscode.DocumentLink(toRange(file.lines, each.span), targetOf(document.uri, each.target));
          if (each.tooltip !== undefined) link.tooltip = toText(each.tooltip);
          return link;
        }) ?? []
      );
    },
  };
}

function toSymbol(symbol: DocumentSymbol, lines: LineIndex): vscode.DocumentSymbol {
  const range = toRange(lines, symbol.span);
  const name = symbol.name === '' ? '…' : symbol.name;
  const made = new vscode.DocumentSymbol(
    name,
    symbol.detail ?? '',
    kinds[symbol.kind],
    range,
    toRange(lines, symbol.nameSpan),
  );
  made.children = symbol.children.map((each) => toSymbol(each, lines));
  return made;
}

function targetOf(document: vscode.Uri, target: string): vscode.Uri {
  if (target.startsWith('https:')) return vscode.Uri.parse(target);
  const path = posix.isAbsolute(target) ? target : posix.join(posix.dirname(document.path), target);
  return document.with({ path });
}
