import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { say } from '../base/message';
import { draftPath } from '../ops/commands/config-file';
import { type Content, HereError, HostError, type Transport, TransportError } from './transport';

/** The scripts that files travel by. */
const fileScripts = {
  /** $1 draft, $2 path. Prints the bytes and the hash of what arrived. Noclobber: nobody else's link is written through. One that
   * cannot be finished or looked at does not stay: it may hold a secret. Where the connection is lost, sshd may notice minutes
   * later: by then the draft may be that of the next try, which is not this one's to remove. */
  write:
    'umask 077; [ ! -d "$2" ] && [ ! -L "$2" ] || { echo "is a folder or a link: $2" >&2; exit 1; }; ' +
    'rm -f -- "$1" && set -C && { cat >&3 && { sync -- "$1" 2>/dev/null || sync; } && wc -c <"$1" && sha256sum <"$1" || ' +
    '{ [ -e /proc/self/fd/3 ] && ! [ "$1" -ef /proc/self/fd/3 ] || rm -f -- "$1"; exit 1; }; } 3>"$1"',
  /** $1 draft, $2 path, $3 mode, $4 where the old file is kept (`$4.absent` says that there was none), or nothing. Where there
   * is no room for that, nothing half stays. */
  place:
    'trap \'[ $? = 0 ] || rm -f -- "$1" "${4:+$4.part}"\' EXIT; ' +
    'if [ -n "$4" ] && [ ! -e "$4" ] && [ ! -e "$4.absent" ]; then mkdir -p -- "${4%/*}" || exit; ' +
    'if [ -e "$2" ]; then cp -a -- "$2" "$4.part" && mv -f -- "$4.part" "$4" || exit; else : >"$4.absent" || exit; fi; fi; ' +
    'chmod "$3" "$1" || exit; [ ! -e "$2" ] || chown "$(stat -c %u:%g -- "$2")" "$1" || exit; mv -f -- "$1" "$2" || exit; ' +
    'command -v restorecon >/dev/null && restorecon -- "$2"; sync -- "${2%/*}/" 2>/dev/null || sync',
  /** $1 path. Prints the octal mode, the bytes and the hash; nothing where there is no file. */
  look: '[ -f "$1" ] || exit 0; stat -c %a -- "$1" && wc -c <"$1" && sha256sum <"$1"',
  /** $1 path. Prints the bytes; nothing where there is no file. */
  size: '[ -f "$1" ] || exit 0; wc -c <"$1"',
} as const;

/** What a file holds, without its content. */
interface FileFacts {
  readonly mode: string;
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

const timeoutSec = 3600;
/** Written to the disk at once. */
const blockBytes = 1024 * 1024;

/** What lies at `path` on the host; undefined where there is no file. */
export async function lookAt(
  transport: Transport,
  path: string,
  root: boolean,
  signal?: AbortSignal,
): Promise<FileFacts | undefined> {
  const argv = ['sh', '-c', fileScripts.look, 'sh', path];
  const { code, stdout, stderr } = await transport.exec({ argv, root, timeoutSec }, signal);
  // Killed, or not allowed to look: that is not "there is no file".
  if (code === null) throw killed(transport.host, path);
  if (code !== 0) throw new HostError(transport.host, say('cannot read {0}: {1}', path, stderr.trim()));
  const found = /^(\d+)\s+(\d+)\s+([0-9a-f]{64})\b/.exec(stdout);
  if (found === null) return undefined;
  return { mode: (found[1] ?? '').padStart(4, '0'), bytes: Number(found[2]), sha256: found[3] ?? '' };
}

/**
 * Writes a file so that its path shows either the old or the whole new content: a hidden draft beside it, which programs
 * that read every file of a folder pass over, is compared with what was sent, flushed to the disk, and renamed. An
 * existing file hands its owner on.
 * @throws HostError when the host cannot write it or something else arrived
 */
export async function uploadFile(
  transport: Transport,
  content: Content,
  file: { readonly path: string; readonly mode: string; readonly root: boolean; readonly keep?: string },
  signal?: AbortSignal,
  onProgress: (bytes: number) => void = () => {},
): Promise<void> {
  const { path, mode, root, keep = '' } = file;
  const draft = draftPath(path);
  const sent = createHash('sha256');
  let bytes = 0;
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const chunk of pieces(content)) {
      sent.update(chunk);
      const told = Math.floor(bytes / blockBytes);
      bytes += chunk.length;
      if (Math.floor(bytes / blockBytes) > told) onProgress(bytes);
      yield chunk;
    }
  }
  const script = (text: string, ...args: string[]) => ({ argv: ['sh', '-c', text, 'sh', draft, path, ...args], root });
  const wrote = await transport.exec({ ...script(fileScripts.write), timeoutSec, stdin: counted() }, signal);
  const cannot = (stderr: string) => new HostError(transport.host, say('cannot write {0}: {1}', path, stderr.trim()));
  if (wrote.code === null) throw killed(transport.host, path);
  if (wrote.code !== 0) throw cannot(wrote.stderr);
  const [arrived, hash] = wrote.stdout.trim().split(/\s+/);
  if (Number(arrived) !== bytes || hash !== sent.digest('hex')) {
    await transport.exec({ argv: ['rm', '-f', '--', draft], root, timeoutSec: 20 }, signal);
    throw new HostError(
      transport.host,
      say('{0} of {1} bytes of {2} arrived or they are not the same; try again', arrived ?? '0', bytes, path),
    );
  }
  const placed = await transport.exec({ ...script(fileScripts.place, mode, keep), timeoutSec: 60 }, signal);
  if (placed.code === null) throw killed(transport.host, path);
  if (placed.code !== 0) throw cannot(placed.stderr);
}

/**
 * Brings a file to `to` on this machine, readable by its owner only. What an earlier try left in `to.part` is gone on
 * with, unless it turns out to be of another file; the file gets its name when its hash is that of the host's.
 * @throws HostError when the host cannot read it or something else arrived; HereError when it cannot be written here
 */
export async function downloadFile(
  transport: Transport,
  from: { readonly path: string; readonly root: boolean },
  to: string,
  onProgress: (bytes: number, of: number) => void,
  signal?: AbortSignal,
): Promise<FileFacts> {
  const size = { argv: ['sh', '-c', fileScripts.size, 'sh', from.path], root: from.root, timeoutSec: 60 };
  const { code: sized, stdout: digits } = await transport.exec(size, signal);
  if (sized === null) throw killed(transport.host, from.path);
  const total = Number(digits.trim());
  if (digits.trim() === '') throw new HostError(transport.host, say('there is no file {0}', from.path));
  // The host reads the file for its hash while it is on its way here.
  const looking = lookAt(transport, from.path, from.root, signal);
  // Whoever waits for it hears of its failure; where the download fails first, nobody does.
  looking.catch(() => {});
  const part = partPath(to);
  const local = new LocalFile(to);
  await local.tried(() => mkdir(dirname(to), { recursive: true, mode: 0o700 }));
  const there = await stat(part).then(
    ({ size }) => size,
    // It is not there: the first try.
    () => 0,
  );
  const start = there <= total ? there : 0;
  const hash = createHash('sha256');
  if (start > 0) for await (const chunk of createReadStream(part)) hash.update(chunk as Uint8Array);
  const file = await local.tried(() => open(part, start > 0 ? 'a' : 'w', 0o600));
  await file.chmod(0o600);
  let bytes = start;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  const write = async () => {
    const block = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    await local.tried(() => file.appendFile(block));
    onProgress(bytes, total);
  };
  try {
    const argv = start > 0 ? ['tail', '-c', `+${start + 1}`, '--', from.path] : ['cat', '--', from.path];
    const { code, stderr } = await local.during(
      transport.stream(
        { argv, root: from.root, timeoutSec },
        (chunk) => {
          hash.update(chunk);
          bytes += chunk.length;
          waiting.push(chunk);
          waitingBytes += chunk.length;
          return waitingBytes >= blockBytes ? write() : undefined;
        },
        signal,
      ),
    );
    if (code === null) throw killed(transport.host, from.path);
    if (code !== 0) throw new HostError(transport.host, say('cannot read {0}: {1}', from.path, stderr.trim()));
    await write();
    await local.tried(() => file.sync());
  } finally {
    // What came before the connection broke need not come again. Behind a block that was not written whole there is no place.
    if (waitingBytes > 0 && local.fault === undefined) await write();
    await file.close();
  }
  const facts = await looking;
  if (hash.digest('hex') !== facts?.sha256) {
    await rm(part, { force: true });
    // It went on with what an earlier try had left, and that may have been of another file under this name.
    if (start > 0 && facts !== undefined) return downloadFile(transport, from, to, onProgress, signal);
    throw new HostError(
      transport.host,
      say('{0} changed while it was read, or was damaged on the way; try again', from.path),
    );
  }
  await rename(part, to);
  return facts;
}

/** Where the beginning of a file lies until all of it has come. */
export function partPath(to: string): string {
  return `${to}.part`;
}

/** The output of a command as a file on this machine; it is taken from the start each time, so nothing of a broken one stays. */
export async function downloadOutput(
  transport: Transport,
  request: { readonly argv: readonly string[]; readonly root: boolean; readonly timeoutSec: number },
  to: string,
  onProgress: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const part = partPath(to);
  const local = new LocalFile(to);
  await local.tried(() => mkdir(dirname(to), { recursive: true, mode: 0o700 }));
  const file = await local.tried(() => open(part, 'w', 0o600));
  let bytes = 0;
  try {
    const { code, stderr } = await local.during(
      transport.stream(
        request,
        async (chunk) => {
          await local.tried(() => file.appendFile(chunk));
          bytes += chunk.length;
          onProgress(bytes);
        },
        signal,
      ),
    );
    if (code === null) throw killed(transport.host, request.argv[0] ?? '');
    if (code !== 0) {
      throw new HostError(
        transport.host,
        say('{0} ended with {1}: {2}', request.argv[0] ?? '', code ?? '-', stderr.trim()),
      );
    }
    await local.tried(() => file.sync());
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(part, to);
}

/** A file that is being written on this machine, and what this machine has against it. */
class LocalFile {
  fault: HereError | undefined;

  constructor(private readonly path: string) {}

  /** @throws HereError */
  async tried<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      this.fault ??= new HereError(
        say('cannot write {0} on this machine: {1}; make room or choose another folder, then resume', this.path, words),
        { cause },
      );
      throw this.fault;
    }
  }

  /** What ended a transfer because this machine could not take it is a fault of this machine, not of the connection. */
  async during<Result>(transfer: Promise<Result>): Promise<Result> {
    try {
      return await transfer;
    } catch (error) {
      throw this.fault ?? error;
    }
  }
}

/** The facts of a file of this machine; undefined where there is none. */
export async function localFacts(path: string): Promise<FileFacts | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() !== true) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return { mode: (info.mode & 0o7777).toString(8).padStart(4, '0'), bytes: info.size, sha256: hash.digest('hex') };
}

/** Nobody knows what it would have said. */
function killed(host: string, what: string): TransportError {
  return new TransportError(host, 'lost', say('{0}: the command was killed on the host', what));
}

async function* pieces(content: Content): AsyncIterable<Uint8Array> {
  if (typeof content === 'string') yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield content;
  else yield* content;
}
