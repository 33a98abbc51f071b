import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { containersLeft } from '../../../src/ops/commands/containers-left';
import { staticPodsStopped, stopStaticPods } from '../../../src/ops/commands/static-pods';
import { SandboxHost } from '../../support/sandbox-host';

/** What `left` prints on a machine whose crictl is `script`. */
function left(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'haven-left-'));
  try {
    writeFileSync(join(folder, 'crictl'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'crictl'), 0o755);
    const env = { PATH: `${folder}:${process.env.PATH}` };
    return spawnSync('/bin/sh', ['-c', `${containersLeft()}\nleft`], { encoding: 'utf8', env }).stdout.trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('how many containers of the control plane are left', () => {
  test('none, some, and one that cannot be asked about', () => {
    assert.equal(left('exit 0'), '0');
    assert.equal(left('echo 3f1c; echo 77aa'), '2');
    assert.equal(left('echo "connect: connection refused" >&2; exit 1'), '1');
  });

  test('static pods are not stopped while the runtime is silent', async () => {
    const host = new SandboxHost('cp1', {
      crictl: 'if [ -e "$ROOT/answers" ]; then exit 0; fi; echo "connect: connection refused" >&2; exit 1',
      sleep: '[ "$(wc -c <"$ROOT/times")" -lt 3 ] || : >"$ROOT/answers"; printf x >>"$ROOT/times"',
    });
    try {
      host.put('/times', '');
      host.put('/etc/kubernetes/manifests/etcd.yaml', 'name: etcd\n');
      const { argv } = stopStaticPods('s');
      const ended = await host.exec({ argv: argv.map(String), root: true, timeoutSec: 20 });
      assert.equal(ended.code, 0, ended.stderr);
      assert.equal(host.text('/times'), 'xxxx', 'it waited for an answer');
      const probe = staticPodsStopped('cp1', 's').command;
      const seen = await host.exec({ argv: probe.argv.map(String), root: true, timeoutSec: 20 });
      assert.equal(seen.code, 0);
    } finally {
      host.close();
    }
  });
});
