import * as vscode from 'vscode';
import { toRange } from '../convert';
import type { LiveWorkspace } from '../live-workspace';

export function hoverProvider(live: LiveWorkspace): vscode.HoverProvider {
  return {
    async provideHover(document, position) {
      const found = await live.fileFor(document);
      const hover = found?.file.language.hover?.(found.file.analysis, document.offsetAt(position));
      if (found === undefined || hover === undefined) return undefined;
      return new vscode.Hover(new vscode.MarkdownString(hover.markdown), toRange(found.file.lines, hover.span));
    },
  };
}
