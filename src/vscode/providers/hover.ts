import * as vscode from 'vscode';
import { toRange, toText } from '../convert';
import type { LiveWorkspace } from '../live-workspace';

export function hoverProvider(live: LiveWorkspace): vscode.HoverProvider {
  return {
    async provideHover(document, position) {
      const found = await live.fileFor(document);
      if (found === undefined) return undefined;
      const { file, workspace } = found;
      const now = new Date();
      const hover = file.language.hover?.(file.analysis, document.offsetAt(position), {
        siblings: workspace.siblingsOf(file.path),
        wallClock: now.getTime() - now.getTimezoneOffset() * 60_000,
        speak: toText,
      });
      if (hover === undefined) return undefined;
      return new vscode.Hover(new vscode.MarkdownString(hover.markdown), toRange(file.lines, hover.span));
    },
  };
}
