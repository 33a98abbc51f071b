/** What stands at a path. Times are milliseconds since 1970. */
type Entry =
  | { readonly kind: 'file'; content: Buffer; mode: number; modifiedMs: number }
  | { readonly kind: 'folder'; mode: number; modifiedMs: number }
  | { readonly kind: 'link'; readonly target: string; mode: number; modifiedMs: number };

/** A file operation that the system refused, in the words programs print after a colon. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

const absent = () => new FileError('No such file or directory');

/**
 * The disk of one practice machine: folders, files and links in memory, with modes and times. Paths are absolute and
 * may hold `.` and `..`.
 */
export class FileTree {
  private readonly entries = new Map<string, Entry>();
  /** Bytes that may still be written below a folder: a small disk, to learn what a full one does. */
  readonly limits = new Map<string, number>();
  /** The disk has been mounted anew for reading only, as ext4 does after an error; what lies in memory is not on it. */
  readOnly = false;
  /** Goes up with every change of what stands where, though not of modes and times. */
  changes = 0;
  /** Where paths lead, with the last link followed and not, as long as no link comes or goes. */
  private readonly resolved = { followed: new Map<string, string>(), kept: new Map<string, string>() };

  constructor(private readonly now: () => number) {
    this.entries.set('/', { kind: 'folder', mode: 0o755, modifiedMs: now() });
  }

  /** The path with links followed in every part but, when `last` is false, the last one. */
  resolve(path: string, last = true): string {
    const known = last ? this.resolved.followed : this.resolved.kept;
    let found = known.get(path);
    if (found === undefined) {
      found = this.walk(path, last);
      known.set(path, found);
    }
    return found;
  }

  private walk(path: string, last: boolean): string {
    let done = '';
    const rest = path.split('/').filter((part) => part !== '' && part !== '.');
    for (let hops = 0; rest.length > 0; ) {
      const part = rest.shift() ?? '';
      if (part === '..') {
        done = done.slice(0, Math.max(0, done.lastIndexOf('/')));
        continue;
      }
      const entry = this.entries.get(`${done}/${part}`);
      if (entry?.kind === 'link' && (last || rest.length > 0)) {
        if (++hops > 40) throw new FileError('Too many levels of symbolic links');
        rest.unshift(...entry.target.split('/').filter((each) => each !== '' && each !== '.'));
        if (entry.target.startsWith('/')) done = '';
      } else done = `${done}/${part}`;
    }
    return done === '' ? '/' : done;
  }

  /** What stands at the path, links followed. */
  get(path: string): Entry | undefined {
    return this.entries.get(this.resolve(path));
  }

  /** What stands at the path itself. */
  getLink(path: string): Entry | undefined {
    return this.entries.get(this.resolve(path, false));
  }

  has(path: string): boolean {
    return this.get(path) !== undefined;
  }

  isFolder(path: string): boolean {
    return this.get(path)?.kind === 'folder';
  }

  /** @throws FileError when there is no file to read. */
  read(path: string): Buffer {
    const entry = this.get(path);
    if (entry === undefined) throw absent();
    if (entry.kind !== 'file') throw new FileError('Is a directory');
    return entry.content;
  }

  text(path: string): string {
    return this.read(path).toString('utf8');
  }

  /** The content of a file, or nothing where there is none. */
  textOr(path: string, otherwise: string): string {
    return this.get(path)?.kind === 'file' ? this.text(path) : otherwise;
  }

  /**
   * Replaces the content of a file, or makes it with this mode.
   * @throws FileError when the folder is missing, the path is a folder or the disk is full
   */
  write(path: string, content: Buffer | string, mode = 0o644): void {
    const at = this.resolve(path);
    if (!this.isFolder(folderOf(at))) throw absent();
    const old = this.entries.get(at);
    if (old?.kind === 'folder') throw new FileError('Is a directory');
    this.guard(at);
    const bytes = Buffer.from(content);
    const before = old?.kind === 'file' ? old.content.length : 0;
    for (const [folder, limit] of this.limits) {
      // What takes no more room than before, an empty file for one, is there also on a full disk.
      if (bytes.length <= before || !isBelow(at, folder) || (folder === '/' && isInMemory(at))) continue;
      if (this.bytesBelow(folder) - before + bytes.length > limit) {
        const part = Math.max(0, limit - this.bytesBelow(folder) + before);
        this.put(at, {
          kind: 'file',
          content: bytes.subarray(0, part),
          mode: old?.mode ?? mode,
          modifiedMs: this.now(),
        });
        throw new FileError('No space left on device');
      }
    }
    this.put(at, { kind: 'file', content: bytes, mode: old?.mode ?? mode, modifiedMs: this.now() });
  }

  /** Shows in a file what was on the disk all the time: it needs no room, and nobody writes. */
  reveal(path: string, content: Buffer, mode: number): void {
    const at = this.resolve(path);
    this.put(at, { kind: 'file', content, mode: this.entries.get(at)?.mode ?? mode, modifiedMs: this.now() });
  }

  /** Writes a file and the folders above it: for setting a scene. */
  place(path: string, content: Buffer | string, mode = 0o644): void {
    this.makeFolders(folderOf(path));
    this.write(path, content, mode);
  }

  /** @throws FileError when something stands there or the folder above is missing. */
  makeFolder(path: string, mode = 0o755): void {
    const at = this.resolve(path);
    if (this.entries.has(at)) throw new FileError('File exists');
    if (!this.isFolder(folderOf(at))) throw absent();
    this.guard(at);
    this.put(at, { kind: 'folder', mode, modifiedMs: this.now() });
  }

  /** Makes a folder with those above it; what is there already stays. */
  makeFolders(path: string, mode = 0o755): void {
    let at = '';
    for (const part of this.resolve(path).split('/').filter(Boolean)) {
      at = `${at}/${part}`;
      const entry = this.entries.get(at);
      if (entry === undefined) {
        this.guard(at);
        this.put(at, { kind: 'folder', mode, modifiedMs: this.now() });
      } else if (entry.kind !== 'folder') throw new FileError('Not a directory');
    }
  }

  link(target: string, path: string): void {
    const at = this.resolve(path, false);
    if (this.entries.has(at)) throw new FileError('File exists');
    if (!this.isFolder(folderOf(at))) throw absent();
    this.guard(at);
    this.put(at, { kind: 'link', target, mode: 0o777, modifiedMs: this.now() });
  }

  /** Removes a file, link, or folder with all that is in it. */
  remove(path: string): void {
    const at = this.resolve(path, false);
    this.guard(at);
    for (const each of this.below(at)) this.entries.delete(each);
    this.entries.delete(at);
    this.forgetPaths();
    this.touch(folderOf(at));
  }

  /** As rename(2): a file replaces a file, a folder an empty folder. */
  rename(from: string, to: string): void {
    const [source, target] = [this.resolve(from, false), this.resolve(to, false)];
    const entry = this.entries.get(source);
    if (entry === undefined || !this.isFolder(folderOf(target))) throw absent();
    if (source === target) return;
    this.guard(source);
    this.guard(target);
    if (isBelow(target, source)) throw new FileError('Invalid argument');
    const old = this.entries.get(target);
    if (old?.kind === 'folder' && entry.kind !== 'folder') throw new FileError('Is a directory');
    if (old !== undefined && old.kind !== 'folder' && entry.kind === 'folder') throw new FileError('Not a directory');
    if (old?.kind === 'folder' && this.list(target).length > 0) throw new FileError('Directory not empty');
    const moved = [source, ...this.below(source)].map((path) => [path, this.entries.get(path)] as const);
    for (const [path] of moved) this.entries.delete(path);
    for (const [path, each] of moved)
      if (each !== undefined) this.entries.set(`${target}${path.slice(source.length)}`, each);
    this.forgetPaths();
    this.touch(folderOf(source));
    this.touch(folderOf(target));
  }

  copy(from: string, to: string): void {
    const [source, target] = [this.resolve(from), this.resolve(to)];
    for (const path of [source, ...this.below(source)]) {
      const entry = this.entries.get(path);
      const at = `${target}${path.slice(source.length)}`;
      if (entry?.kind === 'folder') {
        if (!this.isFolder(at)) this.makeFolder(at, entry.mode);
      } else if (entry?.kind === 'file') this.write(at, entry.content, entry.mode);
      else if (entry !== undefined) this.put(at, { ...entry });
    }
  }

  /** The names in a folder, sorted as `ls` does in the C locale. */
  list(path: string): string[] {
    const at = this.resolve(path);
    const start = at === '/' ? '/' : `${at}/`;
    return [...this.entries.keys()]
      .filter((each) => each !== '/' && each.startsWith(start) && !each.slice(start.length).includes('/'))
      .map((each) => each.slice(start.length))
      .sort();
  }

  /** Every path below this one, parents first. */
  below(path: string): string[] {
    const start = path === '/' ? '/' : `${path}/`;
    return [...this.entries.keys()].filter((each) => each !== '/' && each.startsWith(start)).sort();
  }

  bytesBelow(path: string): number {
    const at = this.resolve(path);
    let sum = 0;
    for (const each of [at, ...this.below(at)]) {
      const entry = this.entries.get(each);
      if (entry?.kind === 'file') sum += entry.content.length;
    }
    return sum;
  }

  /** @throws FileError when nothing can be changed there now */
  private guard(at: string): void {
    if (this.readOnly && !isInMemory(at)) throw new FileError('Read-only file system');
  }

  private put(path: string, entry: Entry): void {
    const isNew = !this.entries.has(path);
    this.entries.set(path, entry);
    this.changes++;
    if (entry.kind === 'link') this.forgetPaths();
    if (isNew) this.touch(folderOf(path));
  }

  /** After something went that may have been a link, or a link came. */
  private forgetPaths(): void {
    this.changes++;
    this.resolved.followed.clear();
    this.resolved.kept.clear();
  }

  private touch(path: string): void {
    const entry = this.entries.get(path);
    if (entry !== undefined) entry.modifiedMs = this.now();
  }
}

/** Folders that lie in memory and on no disk. */
const inMemory = ['/run', '/proc', '/dev', '/tmp'];

/** The folder that a path stands in. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function isInMemory(path: string): boolean {
  return inMemory.some((folder) => isBelow(path, folder));
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}
