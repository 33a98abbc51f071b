import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { say } from '../base/message';
import { HereError } from './transport';

/**
 * Makes this process the only one on this machine that works on a run: two windows that resume the same journal would hold
 * the same lock on the cluster. The claim is a listening socket, so that it ends with its process, however that ends.
 * Undefined when another window has it, also for each of two that try at the same moment; else a function that gives it up.
 *
 * Each claim lies under a name that no other one ever has, and looks for others only once it is there and answers. So the
 * later of two always sees the earlier one, and the name of a dead process can be removed without hitting a live one.
 * @throws HereError where this machine has no place for it
 */
export async function claimRun(folder: string, id: string): Promise<(() => void) | undefined> {
  const place = await ownPlace(true);
  if (place === undefined) throw noPlace(new Error('EACCES'));
  const name = nameOf(folder, id);
  const claim = hasPipes
    ? await listen(pipeOf(name))
    : await listenIn(place, `${name}-${randomBytes(4).toString('hex')}`);
  // A window that is closed must not wait for it.
  claim?.server.unref();
  if (claim === undefined || hasPipes) return claim?.close;
  for (const other of await namesIn(place, name)) {
    if (other === claim.name) continue;
    if (await answers(join(place, other))) {
      claim.close();
      return undefined;
    }
    // Its process is gone and left the name behind.
    await rm(join(place, other), { force: true });
  }
  return claim.close;
}

/** Whether some process on this machine works on the run right now. */
export async function isClaimed(folder: string, id: string): Promise<boolean> {
  const name = nameOf(folder, id);
  if (hasPipes) return answers(pipeOf(name));
  const place = await ownPlace(false);
  if (place === undefined) return false;
  for (const each of await namesIn(place, name)) if (await answers(join(place, each))) return true;
  return false;
}

/** A pipe of Windows has no name that stays behind: one at most listens under it, and its end is the end of the name. */
const hasPipes = process.platform === 'win32';

const pipeOf = (name: string) => `\\\\.\\pipe\\haven-${name}`;

/** Short, because the path of a socket cannot have more than about a hundred characters. */
function nameOf(folder: string, id: string): string {
  return createHash('sha256').update(`${userInfo().username}\0${folder}\0${id}`).digest('hex').slice(0, 16);
}

async function namesIn(place: string, name: string): Promise<string[]> {
  const all = await readdir(place).catch((error: Error) => {
    throw noPlace(error);
  });
  return all.filter((each) => each.startsWith(`${name}-`));
}

/** Folders that are tried: one that somebody else has put there under the name of ours is passed over by all of our processes. */
const mostPlaces = 8;

/**
 * Where only this user can put a socket: one of another user would say that a run is at work, or stop it from being claimed.
 * It is a short place, because the path of a socket cannot have more than about a hundred characters. Undefined where there
 * is none.
 */
async function ownPlace(isMade: boolean): Promise<string | undefined> {
  const uid = process.getuid?.();
  if (uid === undefined) return '\\\\.\\pipe';
  for (let i = 0; i < mostPlaces; i++) {
    const path = join(tmpdir(), `haven-${uid}${i === 0 ? '' : `-${i}`}`);
    if (isMade) {
      await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw noPlace(error);
      });
    }
    // Not there, or gone again: then nobody has claimed anything in it.
    const found = await lstat(path).catch(() => undefined);
    if (found?.isDirectory() === true && found.uid === uid && (found.mode & 0o077) === 0) return path;
  }
  return undefined;
}

function noPlace(error: Error): HereError {
  const words = say(
    'no file for the time of this run can be made in {0}: {1}; mend that folder, or set TMPDIR',
    tmpdir(),
    error.message,
  );
  return new HereError(words, { cause: error });
}

interface Claim {
  readonly server: Server;
  readonly name: string;
  readonly close: () => void;
}

/** Undefined where another process listens there. */
function listen(path: string): Promise<Claim | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(noPlace(error)),
    );
    server.listen(path, () => resolve({ server, name: path, close: () => void server.close() }));
  });
}

/** A socket that has its name only once it answers: before, it would be taken for that of a dead process. */
async function listenIn(place: string, name: string): Promise<Claim | undefined> {
  const path = join(place, name);
  const claim = await listen(join(place, `~${name}`));
  if (claim === undefined) return undefined;
  const close = () => {
    claim.close();
    rmSync(path, { force: true });
  };
  try {
    await rename(join(place, `~${name}`), path);
  } catch (error) {
    close();
    throw noPlace(error as Error);
  }
  return { server: claim.server, name, close };
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
