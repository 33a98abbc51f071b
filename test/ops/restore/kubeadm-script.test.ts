import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { kubeadmRestoreScript } from '../../../src/ops/restore/kubeadm-script';
import { restoreFolder, restoreScriptPath } from '../../../src/ops/restore/restore-place';
import { SandboxHost } from '../../support/sandbox-host';

const stamp = '20261121-070000';

/** A node whose control plane is stopped and whose restored data are made. */
function stoppedNode(crictl = 'cat "$ROOT/running"'): SandboxHost {
  const host = new SandboxHost('cp1', { crictl });
  host.put('/running', '');
  host.put(restoreScriptPath(stamp), kubeadmRestoreScript({ stamp, dataDir: '/var/lib/etcd/' }));
  host.put(`${restoreFolder(stamp)}/prepare`, '');
  host.put(`${restoreFolder(stamp)}/stop`, '');
  host.put('/etc/kubernetes/manifests/other.yaml', '');
  return host;
}

const act = async (host: SandboxHost, ...words: string[]) =>
  host.exec({ argv: ['sh', restoreScriptPath(stamp), ...words], root: true, timeoutSec: 20 });

describe('the script of a restore of kubeadm, in a real shell', () => {
  for (const isHalf of [false, true])
    test(`a swap that was killed half way is brought to its end, and back${isHalf ? '' : ' (one that was not, too)'}`, async () => {
      const host = stoppedNode();
      try {
        host.put(`/var/lib/etcd/${isHalf ? `haven-before-${stamp}` : 'member'}/snap/db`, 'former');
        host.put(`/var/lib/etcd/haven-new-${stamp}/member/snap/db`, 'restored');
        const swap = await act(host, 'swap');
        assert.equal(swap.code, 0, swap.stderr);
        assert.equal(host.text('/var/lib/etcd/member/snap/db'), 'restored');
        assert.equal(host.text(`/var/lib/etcd/haven-before-${stamp}/snap/db`), 'former');
        assert.equal((await act(host, 'is-swap')).stdout, 'yes\n');
        for (const each of ['back-stop', 'back-data']) assert.equal((await act(host, each)).code, 0, each);
        assert.equal(host.text('/var/lib/etcd/member/snap/db'), 'former');
        assert.equal(host.text(`/var/lib/etcd/haven-restored-${stamp}/snap/db`), 'restored');
        assert.match((await act(host, 'swap')).stderr, /the way back of this run has begun/);
      } finally {
        host.close();
      }
    });

  test('an etcd that somebody runs as an application is not waited for, forth and back', async () => {
    const ofOthers =
      'case " $* " in *" --label io.kubernetes.pod.namespace=kube-system "*) cat "$ROOT/running";; *) echo foreign;; esac';
    const host = stoppedNode(ofOthers);
    try {
      host.put('/var/lib/etcd/member/snap/db', 'former');
      host.put(`/var/lib/etcd/haven-new-${stamp}/member/snap/db`, 'restored');
      for (const each of ['stop', 'swap', 'back-stop', 'back-data']) {
        host.put('/running', '');
        const { code, stderr } = await act(host, each);
        assert.equal(code, 0, `${each}: ${stderr}`);
      }
      assert.equal(host.text('/var/lib/etcd/member/snap/db'), 'former');
    } finally {
      host.close();
    }
  });

  test('a crictl that does not know labels is asked without, and one that says nothing has not said that nothing runs', async () => {
    for (const running of ['', 'abc\n']) {
      const host = stoppedNode('case "$*" in *--label*) exit 2;; esac; cat "$ROOT/running"');
      try {
        host.put('/running', running);
        host.put('/var/lib/etcd/member/snap/db', 'former');
        host.put(`/var/lib/etcd/haven-new-${stamp}/member/snap/db`, 'restored');
        assert.equal((await act(host, 'swap')).code, running === '' ? 0 : 1);
      } finally {
        host.close();
      }
    }
  });

  test('nothing changes places while a container of the control plane runs, or nobody can tell', async () => {
    const host = stoppedNode();
    try {
      host.put('/var/lib/etcd/member/snap/db', 'former');
      host.put(`/var/lib/etcd/haven-new-${stamp}/member/snap/db`, 'restored');
      const isRefused = async () => {
        const swap = await act(host, 'swap');
        assert.equal(swap.code, 1);
        assert.match(swap.stderr, /the control plane runs/);
        assert.equal(host.text('/var/lib/etcd/member/snap/db'), 'former');
      };
      host.put('/running', 'abc\n');
      await isRefused();
      rmSync(join(host.root, 'running'));
      await isRefused();
    } finally {
      host.close();
    }
  });
});
