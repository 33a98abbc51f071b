import assert from 'node:assert/strict';
import { connect, createServer, type Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { connectSsh } from '../../src/run/ssh/connect-ssh';
import type { SshTransport } from '../../src/run/ssh/ssh-transport';
import { nobody, targetOf, trusting } from '../support/ssh-client';
import { type Sshd, sshdMissing, startSshd } from '../support/sshd';

/** What the server says is held back for so long, so that all of a short command arrives at once. */
const holdMs = 400;

describe('a busy machine reads everything a short command says at once', { skip: sshdMissing }, () => {
  let sshd: Sshd;
  let slow: Server;
  let transport: SshTransport;
  before(async () => {
    sshd = await startSshd();
    slow = createServer((client) => {
      const server = connect(sshd.port, '127.0.0.1');
      let held: Buffer[] = [];
      const timer = setInterval(() => {
        if (held.length > 0) client.write(Buffer.concat(held));
        held = [];
      }, holdMs);
      server.on('data', (chunk) => held.push(chunk));
      client.pipe(server);
      for (const each of [client, server])
        each
          .on('error', () => {})
          .on('close', () => {
            clearInterval(timer);
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
    for (const code of [0, 7, 0, 255]) {
      const result = await transport.exec({
        argv: ['sh', '-c', `echo said; exit ${code}`],
        root: false,
        timeoutSec: 10,
      });
      assert.deepEqual(result, { code, stdout: 'said\n', stderr: '' });
    }
  });
});
