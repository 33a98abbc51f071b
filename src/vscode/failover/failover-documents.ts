import * as vscode from 'vscode';
import { toText } from '../convert';
import type { LiveWorkspace } from '../live-workspace';

const scheme = 'haven-failover';

/** The failover matrix as a document that nobody can type in, made anew whenever the files have been checked again. */
export class FailoverDocuments implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly shown = new Map<string, vscode.Uri>();
  private readonly registration: vscode.Disposable;

  constructor(private readonly live: LiveWorkspace) {
    this.registration = vscode.Disposable.from(
      this.changed,
      vscode.workspace.registerTextDocumentContentProvider(scheme, {
        onDidChange: this.changed.event,
        provideTextDocumentContent: (uri) => this.text(uri),
      }),
      live.onDidCheck(() => {
        for (const uri of this.shown.values()) this.changed.fire(uri);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.shown.delete(document.uri.toString())),
    );
  }

  /** Shows what the failures of the machines around `document` do; says so where it has no partner. */
  async show(document: vscode.TextDocument | undefined): Promise<void> {
    const found = document === undefined ? undefined : await this.live.fileFor(document);
    const path = found === undefined || found.file.kind !== 'keepalived' ? await this.anyPath() : found.file.path;
    const workspace = await this.live.whole();
    if (path === undefined || workspace.together(path).length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t(
          'Haven found no two keepalived files that hold an address together. Name them after their machines, or list them in haven.yaml.',
        ),
      );
      return;
    }
    const uri = vscode.Uri.from({ scheme, path: `/${vscode.l10n.t('Failover Matrix')}.md`, query: path });
    this.shown.set(uri.toString(), uri);
    this.changed.fire(uri);
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  }

  /** A keepalived file of the window, for when none is in front. */
  private async anyPath(): Promise<string | undefined> {
    const workspace = await this.live.whole();
    return workspace.files().find((file) => file.kind === 'keepalived' && workspace.together(file.path).length > 0)
      ?.path;
  }

  private async text(uri: vscode.Uri): Promise<string> {
    const { failoverDocument } = await import('../../service');
    const workspace = await this.live.whole();
    return failoverDocument(workspace, uri.query, toText) ?? vscode.l10n.t('The files have no partners any more.');
  }

  dispose(): void {
    this.registration.dispose();
  }
}
