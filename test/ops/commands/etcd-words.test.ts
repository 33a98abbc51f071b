import assert from 'node:assert/strict';
import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { render, say } from '../../../src/base/message';
import { Secret } from '../../../src/base/secret';
import type { Probe } from '../../../src/ops/command';
import { serverHealthy } from '../../../src/ops/commands/server-health';
import type { Plan } from '../../../src/ops/plan';
import { kubeadmRestoreScript } from '../../../src/ops/restore/kubeadm-script';
import { acted } from '../../../src/ops/restore/restore-act';
import { restoreFolder, restoreScriptPath } from '../../../src/ops/restore/restore-place';
import { execute } from '../../../src/run/executor';
import { SandboxHost } from '../../support/sandbox-host';

const stamp = '20261121-070000';
const log = '/var/log/pods/kube-system_etcd-cp1_0123/etcd/3.log';
const line = (level: string, words: string) =>
  `2026-11-21T07:00:00.1Z stderr F {"level":"${level}","msg":"${words}"}\n`;
const kubelet =
  'E1121 07:00:00.1 76 pod_workers.go:1301] "Error syncing pod" err="CrashLoopBackOff: etcd pod=etcd-cp1"';

describe('a wait for etcd that is in vain', () => {
  let host: SandboxHost;
  beforeEach(() => {
    host = new SandboxHost('cp1', {
      curl: 'exit 7',
      kubectl: 'echo "connection refused" >&2; exit 1',
      journalctl: 'cat "$ROOT/kubelet" 2>/dev/null',
    });
    host.put('/units/kubelet', 'active\n');
    host.put('/etc/kubernetes/kubelet.conf', 'server: https://10.0.0.1:6443\n');
    host.put(restoreScriptPath(stamp), kubeadmRestoreScript({ stamp, dataDir: '/var/lib/etcd/' }));
    for (const each of ['swap', 'etcd']) host.put(`${restoreFolder(stamp)}/${each}`, '');
    utimesSync(join(host.root, restoreFolder(stamp), 'swap'), 1000, 1000);
  });
  afterEach(() => host.close());

  const probes: Readonly<Record<string, Probe>> = {
    'of a restore': acted('cp1', stamp, ['is-healthy']),
    'of a server that was started anew': serverHealthy('cp1', 'kubeadm', true, 0),
  };
  async function reasonOf(waitFor: Probe, secrets: ReadonlyMap<string, Secret> = new Map()): Promise<string> {
    const step = { id: 'wait', host: 'cp1', title: say('{0}', 'wait'), risk: 'read', waitFor } as const;
    const plan: Plan = {
      operation: 'test',
      cluster: 'test',
      title: say('{0}', 'test'),
      blockers: [],
      warnings: [],
      steps: [step],
      wayBack: [],
      destructive: false,
    };
    const deps = {
      connect: async () => host,
      journal: { id: 'run', write: async () => {} },
      now: () => 0,
      sleep: async () => {},
      onEvent: () => {},
      secrets,
    };
    const { outcome, reason } = await execute(plan, deps, new AbortController().signal);
    assert.equal(outcome, 'failed');
    return reason === undefined ? '' : render(reason.message);
  }

  for (const [whose, probe] of Object.entries(probes)) {
    test(`${whose}: tells the worst that etcd has said last, without secrets`, async () => {
      host.put(log, line('fatal', 'no room in hidden-word') + line('warn', 'ballast') + line('info', 'closed'));
      host.put('/kubelet', `${kubelet}\n`);
      const words = await reasonOf(probe, new Map([['word', new Secret('hidden-word')]]));
      assert.match(words, /"msg":"no room in •••"/);
      assert.doesNotMatch(words, /ballast|closed|stderr F|CrashLoopBackOff/);
    });

    test(`${whose}: warnings where there was nothing worse`, async () => {
      host.put(log, line('warn', 'no leader') + line('info', 'ballast'));
      assert.match(await reasonOf(probe), /"msg":"no leader"/);
    });

    test(`${whose}: what kubelet says where etcd has said nothing since`, async () => {
      host.put(log, line('fatal', 'of another start'));
      utimesSync(join(host.root, log), 500, 500);
      host.put('/kubelet', `I1121 etcd is well\n${kubelet}\n`);
      const words = await reasonOf(probe);
      assert.match(words, /CrashLoopBackOff/);
      assert.doesNotMatch(words, /another start|is well/);
      rmSync(join(host.root, log));
      assert.match(await reasonOf(probe), /CrashLoopBackOff/);
    });
  }
});
