import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { couldBeOurs, type FileKind, largestFileBytes } from '../base/file-kind';
import type { TextEdit } from '../base/span';
import { longestUnpacked, readStartLists, Workspace, type WorkspaceFile } from '../service';
import type { Settings } from './settings';

const kindOfLanguage: Readonly<Record<string, FileKind>> = { haproxy: 'haproxy', keepalived: 'keepalived' };
const passedOver: ReadonlySet<string> = new Set(['node_modules', '.git', 'dist', 'out']);
const mostFiles = 2000;

/** The files of a client: those that it has open as they are typed, the others of its folders as they lie on the disk. */
export class Files {
  readonly workspace: Workspace;
  private readonly uris = new Map<string, string>();

  constructor(settings: Settings, folders: readonly string[]) {
    const startLists = folders.flatMap((folder) => readStartLists(settings.startLists, folder));
    this.workspace = new Workspace(settings.versions, settings.severities, startLists, (packed) =>
      gunzipSync(packed, { maxOutputLength: longestUnpacked }),
    );
  }

  /** Reads what lies below the folders; files that a client has open stay as it says. */
  async readFolders(folders: readonly string[]): Promise<void> {
    let left = mostFiles;
    const below = async (folder: string): Promise<void> => {
      for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
        const path = join(folder, entry.name);
        if (entry.isDirectory() && !passedOver.has(entry.name)) await below(path);
        else if (entry.isFile() && couldBeOurs(entry.name) && left-- > 0) await this.readFile(slashed(path));
      }
    };
    for (const folder of folders) await below(folder);
  }

  async readFile(path: string): Promise<void> {
    if (this.uris.has(path)) return;
    try {
      if ((await stat(path)).size <= largestFileBytes) this.workspace.open(path, await readFile(path, 'utf8'));
    } catch {
      // It went away since it was listed.
      this.workspace.close(path);
    }
  }

  /** Takes the text of an open document; where it was known before, only what differs is read again. */
  take(uri: string, languageId: string, text: string): WorkspaceFile | undefined {
    const path = pathOf(uri);
    this.uris.set(path, uri);
    const before = this.workspace.file(path);
    if (before === undefined) return this.workspace.open(path, text, kindOfLanguage[languageId]);
    return before.text === text ? before : this.workspace.edit(path, [difference(before.text, text)]);
  }

  /** The document is closed: from now on the file on the disk counts. */
  async release(uri: string): Promise<void> {
    const path = pathOf(uri);
    this.uris.delete(path);
    this.workspace.close(path);
    await this.readFile(path);
  }

  file(uri: string): WorkspaceFile | undefined {
    return this.workspace.file(pathOf(uri));
  }

  /** The address under which the client knows a file. */
  uriOf(path: string): string {
    return this.uris.get(path) ?? (/^[a-z-]{2,}:/.test(path) ? path : pathToFileURL(path).href);
  }
}

export function pathOf(uri: string): string {
  return uri.startsWith('file:') ? slashed(fileURLToPath(uri)) : uri;
}

const slashed = (path: string): string => path.replaceAll('\\', '/');

/** The one edit that makes `after` of `before`. */
export function difference(before: string, after: string): TextEdit {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let same = 0;
  while (
    same < shorter - start &&
    before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)
  )
    same++;
  return { span: { start, end: before.length - same }, newText: after.slice(start, after.length - same) };
}
