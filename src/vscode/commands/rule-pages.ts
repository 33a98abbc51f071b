import { brotliDecompressSync } from 'node:zlib';
import * as vscode from 'vscode';

const scheme = 'haven-rule';

/** The pages of the rules as documents, read when the first one is opened. */
export class RulePages implements vscode.Disposable {
  private pages: Promise<Readonly<Record<string, string>>> | undefined;
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: async ({ path }) => (await this.all())[path.replace(/^\/|\.md$/g, '')] ?? '',
  });

  constructor(private readonly extension: vscode.Uri) {}

  /** Opens the page of a rule beside the editor. `rule` comes from a link, so it may be anything. */
  async explain(rule: unknown): Promise<void> {
    if (typeof rule !== 'string' || !/^[a-z0-9]+\/[a-z0-9-]+$/.test(rule)) return;
    const page = vscode.Uri.from({ scheme, path: `/${rule}.md` });
    await vscode.commands.executeCommand('markdown.showPreviewToSide', page);
  }

  dispose(): void {
    this.registration.dispose();
  }

  private all(): Promise<Readonly<Record<string, string>>> {
    this.pages ??= read(vscode.Uri.joinPath(this.extension, 'dist', 'rule-pages.json.br'));
    return this.pages;
  }
}

async function read(uri: vscode.Uri): Promise<Readonly<Record<string, string>>> {
  const text = brotliDecompressSync(await vscode.workspace.fs.readFile(uri)).toString();
  return JSON.parse(text) as Readonly<Record<string, string>>;
}
