import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as vscode from 'vscode';
import { couldBeOurs, type FileKind, globOfOurs, largestFileBytes } from '../base/file-kind';
import type { TextEdit } from '../base/span';
import type { Steps } from '../base/steps';
import { parseVersion } from '../base/version';
import type { InventoryCluster } from '../model/inventory/inventory';
import type { InventoryAnalysis } from '../model/inventory/parse-inventory';
import type { Severities, Versions, Workspace, WorkspaceFile } from '../service';
import { type Place, toDiagnostic, toText } from './convert';

/** What files say of each other is told when all were read; a folder that takes longer is not waited for. */
const longestStartMs = 1500;
/** Work starts this long after the last keystroke. */
const quietMs = 150;
const mostFiles = 2000;
const passedOver = '**/{node_modules,.git,dist,out}/**';
const isPassedOver = /(?:^|\/)(?:node_modules|\.git|dist|out)\//;

/** A cluster as an inventory names it, and the virtual addresses that its files give. */
interface NamedCluster {
  readonly uri: vscode.Uri;
  readonly cluster: InventoryCluster;
  readonly virtualAddresses: readonly string[];
}

/** What is wrong with an inventory, and on which line, counted from 1. */
interface InventoryFault {
  readonly uri: vscode.Uri;
  readonly line: number;
  readonly text: string;
}

const kindOfLanguage: Readonly<Record<string, FileKind>> = { haproxy: 'haproxy', keepalived: 'keepalived' };

/**
 * Keeps the language side's files in step with the editor: open documents as they are typed, the other files of the
 * folder as they lie on the disk. The language side is loaded when the first file is there that it could know.
 */
export class LiveWorkspace implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('haven');
  private readonly uris = new Map<string, vscode.Uri>();
  private readonly changed = new Set<string>();
  /** Files that somebody added by name; they need not lie in the folders. */
  private readonly added = new Map<string, vscode.Uri>();
  /** How often a file was to be checked anew, and how often when the last check began that was told to its end. */
  private changes = 0;
  private told = 0;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly checked = new vscode.EventEmitter<void>();
  private workspace: Promise<Workspace> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Done when the files that lay in the folders at the start have been read. */
  private started: Promise<void> = Promise.resolve();
  private hasStarted = false;
  /** Fires after changed files were checked anew. */
  readonly onDidCheck = this.checked.event;

  constructor(private readonly log: vscode.LogOutputChannel) {
    const watcher = vscode.workspace.createFileSystemWatcher(globOfOurs);
    const folders = vscode.workspace.createFileSystemWatcher('**', false, true, false);
    this.subscriptions.push(
      this.collection,
      this.checked,
      watcher,
      watcher.onDidChange((uri) => this.written(uri)),
      watcher.onDidCreate((uri) => this.written(uri)),
      watcher.onDidDelete((uri) => this.guard(async () => this.forget(uri))),
      folders,
      folders.onDidCreate((uri) => this.guard(() => this.readFolder(uri))),
      folders.onDidDelete((uri) => this.guard(() => this.forgetFolder(uri))),
      vscode.workspace.onDidOpenTextDocument((document) => this.guard(() => this.opened(document))),
      vscode.workspace.onDidCloseTextDocument((document) => this.readAgain(document.uri)),
      vscode.workspace.onDidChangeTextDocument((event) => this.guard(() => this.edited(event))),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('haven')) this.guard(() => this.reload());
      }),
    );
    this.guard(() => this.restart());
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const each of this.subscriptions) each.dispose();
  }

  /** The file of a document as it stands now, with the workspace it belongs to. */
  async fileFor(
    document: vscode.TextDocument,
  ): Promise<{ readonly workspace: Workspace; readonly file: WorkspaceFile } | undefined> {
    if (this.workspace === undefined && !isWorthReading(document)) return undefined;
    const workspace = await this.load();
    const path = pathOf(document.uri);
    const known = workspace.file(path);
    if (known === undefined && kindOfLanguage[document.languageId] === undefined) return undefined;
    const file = known?.text === document.getText() ? known : await this.opened(document);
    if (file === undefined) return undefined;
    await unhurried(workspace.read(path));
    // Somebody may have typed meanwhile.
    return { workspace, file: workspace.file(path) ?? file };
  }

  /** Where a file of the language side lies for the editor. */
  async places(): Promise<Place> {
    const workspace = await this.load();
    return (path) => {
      const file = workspace.file(path);
      const uri = this.uris.get(path);
      return file === undefined || uri === undefined ? undefined : { uri, lines: file.lines };
    };
  }

  async current(): Promise<Workspace> {
    return this.load();
  }

  /** The language side once every file of the folders has been read: for whoever judges the whole and not one file. */
  async whole(): Promise<Workspace> {
    await this.started;
    return this.load();
  }

  /** The clusters of every inventory; none, and nothing loaded, while no file of ours was seen. */
  async inventories(): Promise<readonly NamedCluster[]> {
    const workspace = await this.workspace;
    if (workspace === undefined) return [];
    const models = workspace.clusterModels();
    // In the order of their paths, a folder before one that its name begins: files are found in another one each time.
    const files = workspace.files().toSorted((a, b) => (orderOf(a.path) < orderOf(b.path) ? -1 : 1));
    return files.flatMap((file) => {
      const uri = this.uris.get(file.path);
      if (file.kind !== 'inventory' || uri === undefined) return [];
      return (file.analysis as InventoryAnalysis).inventory.clusters.map((cluster) => {
        const model = models.find((each) => each.inventory === file.path && each.name === cluster.name);
        const virtualAddresses = (model?.virtualAddresses ?? []).map((each) => each.value.split('/')[0] ?? '');
        return { uri, cluster, virtualAddresses: [...new Set(virtualAddresses)] };
      });
    });
  }

  /** Whether every diagnostic is of the texts that are there now. */
  get isSettled(): boolean {
    return this.told === this.changes;
  }

  /** Checks what was typed a moment ago without waiting; false where somebody typed on meanwhile. */
  async settle(): Promise<boolean> {
    if (!this.isSettled) {
      clearTimeout(this.timer);
      await this.diagnose();
    }
    return this.isSettled;
  }

  /** Of each inventory that is wrong, its first error: what it means to name may be missing from `inventories`. */
  async inventoryFaults(): Promise<readonly InventoryFault[]> {
    const workspace = await this.workspace;
    if (workspace === undefined) return [];
    return workspace.files().flatMap(({ path, kind, lines }) => {
      const uri = this.uris.get(path);
      if (kind !== 'inventory' || uri === undefined) return [];
      const errors = workspace.diagnose(path).filter((each) => each.severity === 'error');
      // A damage comes first: what is missing in front of it may stand behind it.
      const rank = ({ rule }: { readonly rule: string }) => (rule === 'inventory/syntax' ? 0 : 1);
      const [first] = errors
        .filter((each) => each.rule.startsWith('inventory/'))
        .toSorted((a, b) => rank(a) - rank(b) || a.span.start - b.span.start);
      if (first === undefined) return [];
      return [{ uri, line: lines.positionAt(first.span.start).line + 1, text: toText(first.message) }];
    });
  }

  /** Takes a file in that does not lie in the folders of the window. */
  async add(uri: vscode.Uri): Promise<void> {
    this.added.set(pathOf(uri), uri);
    await this.readFile(uri);
  }

  private load(): Promise<Workspace> {
    this.workspace ??= import('../service').then(({ longestUnpacked, readStartLists, reportBugsTo, Workspace }) => {
      reportBugsTo(({ id }, error) => this.log.error(id, error));
      const named = vscode.workspace.getConfiguration('haven').get<unknown>('haproxy.files');
      const folders = vscode.workspace.workspaceFolders?.map(({ uri }) => pathOf(uri)) ?? [''];
      const startLists = folders.flatMap((folder) => readStartLists(named, folder));
      return new Workspace(versions(), severities(), startLists, (packed) =>
        gunzipSync(packed, { maxOutputLength: longestUnpacked }),
      );
    });
    return this.workspace;
  }

  private restart(): Promise<void> {
    this.hasStarted = false;
    this.started = this.readFolders().finally(() => {
      this.hasStarted = true;
    });
    return this.started;
  }

  private async readFolders(): Promise<void> {
    for (const document of vscode.workspace.textDocuments) await this.opened(document);
    const found = await vscode.workspace.findFiles(globOfOurs, passedOver, mostFiles);
    for (const uri of [...found, ...this.added.values()]) {
      if (!this.uris.has(pathOf(uri))) await this.readFile(uri);
    }
  }

  private async reload(): Promise<void> {
    this.workspace = undefined;
    this.uris.clear();
    this.collection.clear();
    await this.restart();
  }

  private async opened(document: vscode.TextDocument): Promise<WorkspaceFile | undefined> {
    if (!isFile(document.uri) || (this.workspace === undefined && !isWorthReading(document))) return undefined;
    return this.take(document.uri, document.getText(), kindOfLanguage[document.languageId]);
  }

  private async take(uri: vscode.Uri, text: string, kind?: FileKind): Promise<WorkspaceFile | undefined> {
    const workspace = await this.load();
    const path = pathOf(uri);
    this.uris.set(path, uri);
    const file = workspace.open(path, text, kind);
    this.recheck(path);
    return file;
  }

  private async edited(event: vscode.TextDocumentChangeEvent): Promise<void> {
    if (event.contentChanges.length === 0 || !isFile(event.document.uri)) return;
    const workspace = this.workspace === undefined ? undefined : await this.workspace;
    const path = pathOf(event.document.uri);
    const before = workspace?.file(path);
    if (workspace === undefined || before === undefined) {
      await this.opened(event.document);
      return;
    }
    const edits = event.contentChanges.map((change): TextEdit => {
      const span = { start: change.rangeOffset, end: change.rangeOffset + change.rangeLength };
      return { span, newText: change.text };
    });
    const text = event.document.getText();
    const grown = edits.reduce((sum, each) => sum + each.newText.length - (each.span.end - each.span.start), 0);
    // A text that came in another way than by these edits is read anew; so is one whose kind its first lines decide.
    if (before.text.length + grown !== text.length || !isOrdered(edits)) await this.opened(event.document);
    else if (workspace.edit(path, edits)?.text !== text) await this.opened(event.document);
    this.recheck(path);
  }

  /** A file of the folder was written; in folders that are passed over at the start, programs write copies. */
  private written(uri: vscode.Uri): void {
    if (!isPassedOver.test(vscode.workspace.asRelativePath(uri, false))) this.readAgain(uri);
  }

  private readAgain(uri: vscode.Uri): void {
    this.guard(async () => {
      const open = vscode.workspace.textDocuments.some(
        (each) => !each.isClosed && each.uri.toString() === uri.toString(),
      );
      if (!open) await this.readFile(uri);
    });
  }

  /** What was created is a folder: nobody tells of the files that were in it before it was watched. */
  private async readFolder(uri: vscode.Uri): Promise<void> {
    if (isPassedOver.test(`${vscode.workspace.asRelativePath(uri, false)}/`)) return;
    const isFolder = await vscode.workspace.fs.stat(uri).then(
      ({ type }) => (type & vscode.FileType.Directory) !== 0,
      // It has gone again.
      () => false,
    );
    if (!isFolder) return;
    const found = await vscode.workspace.findFiles(new vscode.RelativePattern(uri, globOfOurs), passedOver, mostFiles);
    for (const each of found) if (!this.uris.has(pathOf(each))) await this.readFile(each);
  }

  /** Of a folder that goes only its own end is told, and not that of what was in it. */
  private async forgetFolder(uri: vscode.Uri): Promise<void> {
    const inside = `${pathOf(uri)}/`;
    for (const [path, each] of [...this.uris]) if (path.startsWith(inside)) this.readAgain(each);
  }

  private async readFile(uri: vscode.Uri): Promise<void> {
    try {
      const { size, type } = await vscode.workspace.fs.stat(uri);
      if ((type & vscode.FileType.File) === 0 || size > largestFileBytes) return;
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
      await this.take(uri, text);
    } catch (error) {
      // A file that went away between the search and the reading has nothing to say.
      if (error instanceof vscode.FileSystemError) await this.forget(uri);
      else throw error;
    }
  }

  private async forget(uri: vscode.Uri): Promise<void> {
    const path = pathOf(uri);
    if (!this.uris.has(path)) return;
    const workspace = await this.load();
    for (const each of workspace.related(path)) this.changed.add(each);
    workspace.close(path);
    this.uris.delete(path);
    this.collection.delete(uri);
    this.recheck(path);
  }

  private recheck(path: string): void {
    this.changed.add(path);
    this.changes++;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.guard(() => this.diagnose()), quietMs);
  }

  private async diagnose(): Promise<void> {
    if (!this.hasStarted)
      // A fault of the reading is told where it was begun.
      await Promise.race([
        this.started.catch(() => undefined),
        new Promise((resolve) => setTimeout(resolve, longestStartMs)),
      ]);
    const { changes } = this;
    const loaded = this.load();
    const workspace = await loaded;
    const place = await this.places();
    // When the settings change, every file is read anew and checked then.
    const isOver = () => this.workspace !== loaded;
    for (const path of [...this.changed]) {
      await unhurried(workspace.prepare(path));
      await breath();
    }
    await unhurried(workspace.compare());
    if (isOver()) return;
    const related = [...this.changed].flatMap((path) => [path, ...workspace.related(path)]);
    const paths = new Set([...related, ...workspace.takeOutdated()]);
    this.changed.clear();
    for (const path of paths) {
      const uri = this.uris.get(path);
      const file = workspace.file(path);
      if (uri === undefined) continue;
      if (file === undefined) this.collection.delete(uri);
      else
        this.collection.set(
          uri,
          workspace.diagnose(path).map((each) => toDiagnostic(each, path, place, file.lines)),
        );
      await breath();
      if (isOver()) return;
    }
    this.told = changes;
    this.checked.fire();
  }

  /** Lets work go on that nobody waits for: its fault is logged. */
  guard(work: () => Promise<unknown>): void {
    work().catch((error: unknown) => this.log.error(error instanceof Error ? error : String(error)));
  }
}

/** Work stops after this long. */
const sliceMs = 15;

/** Does work in slices, between which what the user does comes first. */
async function unhurried(steps: Steps<void>): Promise<void> {
  let start = performance.now();
  while (steps.next().done !== true) {
    if (performance.now() - start < sliceMs) continue;
    await breath();
    start = performance.now();
  }
}

/** Between one file and the next what the user does meanwhile comes first. */
function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The path under which the language side knows a document. */
export function pathOf(uri: vscode.Uri): string {
  return uri.scheme === 'file' || uri.scheme === 'vscode-remote' ? uri.path : `${uri.scheme}:${uri.path}`;
}

/** A path as it is sorted: `/` comes before all that a name may hold. */
function orderOf(path: string): string {
  return path.replaceAll('/', '\0');
}

/** A file of the language side by its name as an inventory in `folder` writes it; undefined when it is none of ours. */
export function namedFile(workspace: Workspace, folder: string, name: string): ReturnType<Workspace['file']> {
  return workspace.file(pathOf(vscode.Uri.file(join(folder, name))));
}

/**
 * Whether a document is one that somebody keeps or writes. The other side of a comparison, what a version control shows of
 * the past and pages of an extension are opened as documents too, and a copy of a file is no other node of its cluster.
 */
function isFile({ scheme }: vscode.Uri): boolean {
  if (scheme === 'file' || scheme === 'vscode-remote' || scheme === 'untitled') return true;
  const isOfFolder = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.scheme === scheme) === true;
  return isOfFolder || vscode.workspace.fs.isWritableFileSystem(scheme) === true;
}

function isWorthReading(document: vscode.TextDocument): boolean {
  return kindOfLanguage[document.languageId] !== undefined || couldBeOurs(document.uri.path);
}

function isOrdered(edits: readonly TextEdit[]): boolean {
  const spans = edits.map((each) => each.span).sort((a, b) => a.start - b.start);
  return spans.every((each, i) => (spans[i - 1]?.end ?? 0) <= each.start);
}

function versions(): Versions {
  const settings = vscode.workspace.getConfiguration('haven');
  const of = (name: string) => {
    const version = parseVersion(settings.get<string>(name, ''));
    return version === undefined ? {} : { [name.split('.')[0] ?? name]: version };
  };
  return { ...of('haproxy.version'), ...of('keepalived.version'), ...of('k3s.version'), ...of('kubernetes.version') };
}

function severities(): Severities {
  return vscode.workspace.getConfiguration('haven').get<Severities>('rules', {});
}
