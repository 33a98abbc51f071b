import * as vscode from 'vscode';
import type { Plan } from '../../ops/plan';

const scheme = 'haven-plan';

/** Plans and files of nodes as documents. They are only looked at: nothing typed there changes a plan or a node. */
export class PlanDocuments implements vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: (uri) => this.texts.get(uri.toString()) ?? '',
  });
  private readonly plans = new Map<string, Plan>();
  private last: Plan | undefined;
  private count = 0;

  /** `plan` is what the document shows, if it shows one. */
  async show(name: string, markdown: string, plan?: Plan): Promise<void> {
    const uri = this.keep(`${name}.md`, markdown);
    if (plan !== undefined) {
      this.plans.set(uri.toString(), plan);
      this.last = plan;
    }
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  /** The plan that a document shows; of any other document, the one that was shown last. */
  shown(uri: vscode.Uri | undefined): Plan | undefined {
    return (uri && this.plans.get(uri.toString())) ?? this.last;
  }

  /** What became of a plan, in a tab that stays; whoever types elsewhere goes on typing there. */
  async tell(name: string, markdown: string, plan: Plan): Promise<void> {
    const uri = this.keep(`${name}.md`, markdown);
    this.plans.set(uri.toString(), plan);
    this.last = plan;
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: false, preserveFocus: true });
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
