import * as vscode from 'vscode';
import type { FileSpan, WorkspaceFile } from '../../service';
import { toRange, toText } from '../convert';
import { type LiveWorkspace, pathOf } from '../live-workspace';

type NavigationProvider = vscode.DefinitionProvider &
  vscode.ReferenceProvider &
  vscode.DocumentHighlightProvider &
  vscode.RenameProvider;

export function navigationProvider(live: LiveWorkspace): NavigationProvider {
  return {
    async provideDefinition(document, position) {
      const found = await live.fileFor(document);
      if (found === undefined) return [];
      const spans = found.workspace.definitionsAt(found.file.path, document.offsetAt(position));
      return locations(live, found.file, spans);
    },

    async provideReferences(document, position) {
      const found = await live.fileFor(document);
      if (found === undefined) return [];
      const spans = found.workspace.referencesAt(found.file.path, document.offsetAt(position));
      return locations(live, found.file, spans);
    },

    async provideDocumentHighlights(document, position) {
      const found = await live.fileFor(document);
      if (found === undefined) return [];
      const here = references(found, document, position).filter((each) => isHere(found.file, each));
      return here.map((each) => new vscode.DocumentHighlight(toRange(found.file.lines, each.span)));
    },

    async prepareRename(document, position) {
      const found = await live.fileFor(document);
      const siblings = found?.workspace.siblingsOf(found.file.path);
      const word = found?.file.language.renameable?.(found.file.analysis, document.offsetAt(position), siblings);
      if (found === undefined || word === undefined) {
        const why = found?.file.language.whyFixed?.(found.file.analysis, document.offsetAt(position), siblings);
        throw new Error(why === undefined ? vscode.l10n.t('There is no name here that can be changed.') : toText(why));
      }
      return { range: toRange(found.file.lines, word.span), placeholder: word.name };
    },

    async provideRenameEdits(document, position, newName) {
      const found = await live.fileFor(document);
      if (found === undefined) return undefined;
      const { file, workspace } = found;
      const siblings = workspace.siblingsOf(file.path);
      const wrong = file.language.checkName?.(file.analysis, document.offsetAt(position), newName, siblings);
      if (wrong !== undefined) throw new Error(toText(wrong));
      const edit = new vscode.WorkspaceEdit();
      for (const each of await locations(live, found.file, references(found, document, position))) {
        edit.replace(each.uri, each.range, newName);
      }
      return edit;
    },
  };
}

type Found = NonNullable<Awaited<ReturnType<LiveWorkspace['fileFor']>>>;

function references(
  { file, workspace }: Found,
  document: vscode.TextDocument,
  position: vscode.Position,
): readonly FileSpan[] {
  const siblings = workspace.siblingsOf(pathOf(document.uri));
  return file.language.references?.(file.analysis, document.offsetAt(position), siblings) ?? [];
}

function isHere(file: WorkspaceFile, span: FileSpan): boolean {
  return span.path === undefined || span.path === file.path;
}

async function locations(
  live: LiveWorkspace,
  file: WorkspaceFile,
  spans: readonly FileSpan[],
): Promise<vscode.Location[]> {
  const place = await live.places();
  return spans.flatMap((each) => {
    const placed = place(each.path ?? file.path);
    return placed === undefined ? [] : [new vscode.Location(placed.uri, toRange(placed.lines, each.span))];
  });
}
