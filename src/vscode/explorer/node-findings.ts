import * as vscode from 'vscode';
import type { UnservedName } from '../../ops/served-names';
import { toRange, toText } from '../convert';
import type { LiveWorkspace } from '../live-workspace';

/** A file as it was when something was said of it. */
interface Judged {
  readonly uri: vscode.Uri;
  readonly text: string;
  readonly cluster: string;
}

/** What nodes show that the files want otherwise, at its place in the files, until a file changes. */
export class NodeFindings implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('haven-nodes');
  private readonly judged = new Map<string, Judged>();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly live: LiveWorkspace) {
    this.subscription = live.onDidCheck(() => live.guard(() => this.dropChanged()));
  }

  dispose(): void {
    this.subscription.dispose();
    this.collection.dispose();
  }

  /** Takes the place of what was said of the cluster before; `cluster` is the key of its view. */
  async show(cluster: string, found: readonly UnservedName[]): Promise<void> {
    this.clear(cluster);
    const [workspace, place] = [await this.live.current(), await this.live.places()];
    for (const path of new Set(found.map((each) => each.path))) {
      const [placed, text] = [place(path), workspace.file(path)?.text];
      if (placed === undefined || text === undefined) continue;
      this.judged.set(path, { uri: placed.uri, text, cluster });
      const own = found.filter((each) => each.path === path);
      const diagnostics = own.map(({ span, message, servedBy }) => {
        const range = toRange(placed.lines, span);
        const diagnostic = new vscode.Diagnostic(range, toText(message), vscode.DiagnosticSeverity.Warning);
        diagnostic.source = `haven · ${servedBy}`;
        return diagnostic;
      });
      this.collection.set(placed.uri, diagnostics);
    }
  }

  clear(cluster: string): void {
    this.drop((each) => each.cluster === cluster);
  }

  /** What was typed or written since is not what was judged. */
  private async dropChanged(): Promise<void> {
    if (this.judged.size === 0) return;
    const workspace = await this.live.current();
    this.drop(({ text }, path) => workspace.file(path)?.text !== text);
  }

  private drop(isOver: (judged: Judged, path: string) => boolean): void {
    for (const [path, each] of this.judged) {
      if (!isOver(each, path)) continue;
      this.judged.delete(path);
      this.collection.delete(each.uri);
    }
  }
}
