import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
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
  const path = socketOf(folder, id);
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
export function isClaimed(folder: string, id: string): Promise<boolean> {
  return answers(socketOf(folder, id));
}

/** In a short place: the path of a socket cannot have more than about a hundred characters. */
function socketOf(folder: string, id: string): string {
  const name = createHash('sha256').update(`${userInfo().username}\0${folder}\0${id}`).digest('hex').slice(0, 24);
  return process.platform === 'win32' ? `\\\\.\\pipe\\haven-${name}` : join(tmpdir(), `haven-${name}.sock`);
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE'
        ? resolve(undefined)
        : reject(
            new HereError(
              say(
                'no file for the time of this run can be made in {0}: {1}; mend that folder, or set TMPDIR',
                tmpdir(),
                error.message,
              ),
              { cause: error },
            ),
          ),
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
