import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connectSsh } from '../../src/run/ssh/connect-ssh';
import type { SshTransport } from '../../src/run/ssh/ssh-transport';
import { nobody, targetOf, trusting } from '../support/ssh-client';
import { type Sshd, sshdMissing, startSshd } from '../support/sshd';
import '../support/end-after-failure';

/** What the server says is held back until it has been silent for so long. */
const holdMs = 400;

describe('a busy machine reads everything a short command says at once', { skip: sshdMissing }, () => {
  let sshd: Sshd;
  let slow: Server;
  let transport: SshTransport;
  /** How many more times the server is heard at once. */
  let free = Number.POSITIVE_INFINITY;
  before(async () => {
    sshd = await startSshd();
    slow = createServer((client) => {
      const server = connect(sshd.port, '127.0.0.1');
      let held: Buffer[] = [];
      let timer: NodeJS.Timeout | undefined;
      const release = () => {
        // That the channel is open comes alone; the rest only when the command is over, however long it takes to begin.
        if (free === 0 && !existsSync(join(sshd.folder, 'over'))) {
          timer = setTimeout(release, holdMs);
          return;
        }
        if (free > 0) free--;
        client.write(Buffer.concat(held));
        held = [];
      };
      server.on('data', (chunk) => {
        held.push(chunk);
        clearTimeout(timer);
        timer = setTimeout(release, holdMs);
      });
      client.pipe(server);
      for (const each of [client, server])
        each
          .on('error', () => {})
          .on('close', () => {
            clearTimeout(timer);
            client.destroy();
            server.destroy();
          });
    });
    await new Promise<void>((listening) => slow.listen(0, '127.0.0.1', listening));
    const address = slow.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const known = `[127.0.0.1]:${port} ${sshd.hostKey}\n`;
    transport = await connectSsh({ ...targetOf(sshd), port }, trusting(known), nobody);
  });
  after(async () => {
    transport?.close();
    slow.close();
    await sshd.stop();
  });

  test('and still knows how it ended', async () => {
    const over = join(sshd.folder, 'over');
    const told = (code: number) =>
      transport.exec({
        argv: ['sh', '-c', `echo said; : >"$1"; exit ${code}`, 'sh', over],
        root: false,
        timeoutSec: 60,
      });
    await told(0);
    for (const code of [0, 7, 255]) {
      rmSync(over);
      free = 1;
      assert.deepEqual(await told(code), { code, stdout: 'said\n', stderr: '' });
    }
  });
});
