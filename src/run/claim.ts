import { createHash } from 'node:crypto';
import { lstat, mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { say } from '../base/message';
import { HereError } from './transport';

/**
 * Makes this process the only one on this machine that works on a run: two windows that resume the same journal would hold
 * the same lock on the cluster. The claim is a listening socket, so that it ends with its process, however that ends.
 * Undefined when another window has it; else a function that gives it up.
 * @throws HereError where this machine has no place for it
 */
export async function claimRun(folder: string, id: string): Promise<(() => void) | undefined> {
  const place = await ownPlace(true);
  if (place === undefined) throw noPlace(new Error('EACCES'));
  const path = join(place, nameOf(folder, id));
  let server = await listen(path);
  if (server === undefined) {
    if (await answers(path)) return undefined;
    // Its process is gone and left the name behind.
    await rm(path, { force: true });
    server = await listen(path);
  }
  const claim = server;
  // A window that is closed must not wait for it.
  claim?.unref();
  return claim && (() => void claim.close());
}

/** Whether some process on this machine works on the run right now. */
export async function isClaimed(folder: string, id: string): Promise<boolean> {
  const place = await ownPlace(false);
  return place !== undefined && (await answers(join(place, nameOf(folder, id))));
}

function nameOf(folder: string, id: string): string {
  const hash = createHash('sha256').update(`${userInfo().username}\0${folder}\0${id}`).digest('hex').slice(0, 24);
  return process.platform === 'win32' ? `haven-${hash}` : `${hash}.sock`;
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

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(noPlace(error)),
    );
    server.listen(path, () => resolve(server));
  });
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
