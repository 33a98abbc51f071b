import * as vscode from 'vscode';

const scheme = 'haven-plan';

/** Plans and files of nodes as documents. They are only looked at: nothing typed there changes a plan or a node. */
export class PlanDocuments implements vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: (uri) => this.texts.get(uri.toString()) ?? '',
  });
  private count = 0;

  async show(name: string, markdown: string): Promise<void> {
    const document = await vscode.workspace.openTextDocument(this.keep(`${name}.md`, markdown));
    await vscode.window.showTextDocument(document, { preview: true });
  }

  /** Gives a text an address of its own, under which the editor can open it while the window is open. */
  keep(name: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme, path: `/${++this.count}/${name}` });
    this.texts.set(uri.toString(), text);
    return uri;
  }

  dispose(): void {
    this.registration.dispose();
  }
}
