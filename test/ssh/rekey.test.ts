import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { downloadFile, uploadFile } from '../../src/run/files';
import { connectSsh } from '../../src/run/ssh/connect-ssh';
import type { HostKeyPolicy } from '../../src/run/ssh/host-key-policy';
import { nobody, targetOf } from '../support/ssh-client';
import { sshdMissing, startSshd } from '../support/sshd';
import '../support/end-after-failure';

describe('a server that exchanges keys anew in the middle of a file', { skip: sshdMissing }, () => {
  test('the file arrives whole in both directions, and nobody is asked about the key again', async () => {
    const sshd = await startSshd(['RekeyLimit 256K']);
    let asked = 0;
    const policy: HostKeyPolicy = {
      known: () => [],
      accept: async () => ++asked === 1,
    };
    try {
      const line = await connectSsh(targetOf(sshd), policy, nobody);
      const content = randomBytes(3_000_000);
      const [path, to] = [join(sshd.folder, 'up'), join(sshd.folder, 'down')];
      await uploadFile(line, content, { path, mode: '0600', root: false });
      assert.deepEqual(readFileSync(path), content);
      await downloadFile(line, { path, root: false }, to, () => {});
      assert.deepEqual(readFileSync(to), content);
      assert.equal(asked, 1);
      line.close();
    } finally {
      await sshd.stop();
    }
  });
});
