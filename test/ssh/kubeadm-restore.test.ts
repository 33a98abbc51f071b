import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import { type KubeadmServerFacts, kubeadmFactsCommand, parseKubeadmFacts } from '../../src/ops/restore/kubeadm-facts';
import { planKubeadmRestore } from '../../src/ops/restore/plan-kubeadm';
import { clusterState } from '../../src/ops/status/cluster-state';
import { readLocalSnapshot } from '../../src/run/read-snapshot';
import { breakEverywhere, runAndTakeBack, runScene, type Scene } from '../support/kill-points';
import { etcdMissing, KubeadmHosts } from '../support/kubeadm-hosts';

const stamp = '20261121-070000';

/** Three real members, a snapshot on this machine, and something written after it. */
async function make(): Promise<
  Scene & { readonly world: KubeadmHosts; readonly facts: readonly KubeadmServerFacts[] }
> {
  const world = await KubeadmHosts.make();
  const folder = mkdtempSync(join(tmpdir(), 'haven-kubeadm-'));
  for (let i = 0; i < 20; i++) world.etcdctl('cp1', 'put', `/registry/c${i}`, String(i));
  world.etcdctl('cp1', 'put', '/registry/marker', 'before');
  const path = join(folder, 'snapshot.db');
  world.etcdctl('cp1', 'snapshot', 'save', path);
  world.etcdctl('cp1', 'put', '/registry/marker', 'after');
  world.etcdctl('cp1', 'put', '/registry/later', 'x');
  const local = await readLocalSnapshot(path, 'cp1');
  const { bytes, hash, content } = local;
  const facts: KubeadmServerFacts[] = [];
  for (const [name, host] of world.hosts) {
    const { argv } = kubeadmFactsCommand(undefined);
    const { stdout } = await host.exec({ argv: argv.map(String), root: true, timeoutSec: 20 });
    const found = parseKubeadmFacts(name, stdout.replaceAll(`${host.root}//`, '/'));
    assert.ok(found !== undefined, stdout);
    // The stand-in of a node has its folders elsewhere than its manifest says.
    const flags = new Map([...found.flags, ['data-dir', found.dataDir]] as const);
    facts.push({ ...found, flags, missing: [] });
  }
  const state = clusterState(world.cluster, new Map(), []);
  const plan = planKubeadmRestore(state, facts, {
    stamp,
    absent: [],
    snapshot: { host: undefined, path: '/backup/snapshot.db', bytes, hash, content, local },
  });
  assert.deepEqual(
    plan.blockers.map((each) => render(each.message)),
    [],
  );
  assert.deepEqual(faultsOf(plan), []);
  return {
    world,
    facts,
    plan,
    connect: async (name) => ({ ...transportOf(world, name) }),
    deps: {
      now: Date.now,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 100))),
    },
    check: () => {
      assert.deepEqual(world.values('/registry/marker'), ['before', 'before', 'before']);
      assert.deepEqual(world.values('/registry/later'), ['', '', '']);
      for (const host of world.hosts.values()) {
        assert.deepEqual(host.list('/etc/kubernetes/manifests').length, 4);
        assert.ok(host.list('/var/lib/etcd').includes(`haven-before-${stamp}`));
        assert.equal(host.restartsOfKubelet, 1, 'etcdctl 3.4 cannot raise the revision');
      }
    },
    checkUndone: async () => {
      await world.settled();
      assert.deepEqual(world.values('/registry/marker'), ['after', 'after', 'after']);
      assert.deepEqual(world.values('/registry/later'), ['x', 'x', 'x']);
      for (const host of world.hosts.values()) assert.equal(host.list('/etc/kubernetes/manifests').length, 4);
    },
    close: () => {
      world.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function transportOf(world: KubeadmHosts, name: string) {
  const host = world.host(name);
  return {
    host: name,
    exec: host.exec.bind(host),
    stream: host.stream.bind(host),
    close: () => {},
  };
}

describe('a restore of a kubeadm cluster, with real members of etcd', { skip: etcdMissing }, () => {
  test('brings back what the snapshot has, under a new cluster id, and goes back', async () => {
    const made = await make();
    try {
      const before = JSON.parse(made.world.etcdctl('cp1', 'endpoint', 'status', '-w', 'json'));
      const { result } = await runScene(made);
      assert.equal(result.outcome, 'done', JSON.stringify(result.reason));
      await made.check(result);
      const after = JSON.parse(made.world.etcdctl('cp1', 'endpoint', 'status', '-w', 'json'));
      assert.notEqual(after[0].Status.header.cluster_id, before[0].Status.header.cluster_id);
      const back = await runAndTakeBack(made);
      assert.equal(back.outcome, 'undone', JSON.stringify(back.reason));
      await made.checkUndone?.();
    } finally {
      await made.close?.();
    }
  });

  test('goes on after the editor died', async () => {
    await breakEverywhere(make, { inTurn: true, sample: 40, faults: ['death-after', 'death-before', 'killed-after'] });
  });

  test('is taken back from the middle', async () => {
    await breakEverywhere(make, {
      inTurn: true,
      sample: 45,
      afterwards: 'undo',
      faults: ['death-after', 'killed-before'],
    });
  });
});
