import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serverHealthCommand } from '../../../src/ops/commands/server-health';

describe('a server is healthy when its API says so', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-health-'));
    writeFileSync(join(folder, 'systemctl'), '#!/bin/sh\n', { mode: 0o755 });
  });
  after(() => rmSync(folder, { recursive: true }));

  /** What is found where `k3s kubectl` and `kubectl` do as `script` says. */
  const found = (distribution: 'k3s' | 'kubeadm', script: string) => {
    for (const name of ['k3s', 'kubectl']) writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const [program = '', ...words] = serverHealthCommand(distribution, false).argv.map(String);
    const env = { PATH: `${folder}:${process.env.PATH}` };
    const { status, stdout } = spawnSync(program, words, { encoding: 'utf8', env });
    return { status, stdout };
  };

  for (const distribution of ['k3s', 'kubeadm'] as const) {
    test(`${distribution}: with a warning beside it too`, () => {
      const warning = "echo 'W1122 07:00:00.000000 1 warnings.go:70] something is deprecated' >&2";
      for (const script of ['printf ok', `${warning}; printf ok`, `printf ok; ${warning}`])
        assert.deepEqual(found(distribution, script), { status: 0, stdout: 'healthy\n' }, script);
    });
    test(`${distribution}: not when it refuses, and its words are told`, () => {
      assert.deepEqual(found(distribution, "echo '[-]etcd failed: reason withheld' >&2; exit 1"), {
        status: 1,
        stdout: 'the API is not ready: [-]etcd failed: reason withheld\n',
      });
    });
  }
});
