import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render, say } from '../../src/base/message';
import type { InventoryCluster } from '../../src/model/inventory/inventory';
import type { Plan } from '../../src/ops/plan';
import { renderPlan } from '../../src/ops/render-plan';
import { planSnapshot, snapshotName } from '../../src/ops/snapshot';
import { type ClusterState, clusterState, type NodeReport } from '../../src/ops/status/cluster-state';
import { parseStatus, statusCommand } from '../../src/ops/status/node-status';
import { execute } from '../../src/run/executor';
import { listRuns, openJournal } from '../../src/run/journal';
import { freeLock, takeLock } from '../../src/run/lock';
import { PracticeCluster } from '../../src/run/practice/practice-cluster';
import { type PracticeServer, servePractice } from '../../src/run/practice/practice-server';
import type { RunEvent } from '../../src/run/run-deps';
import { connectSsh } from '../../src/run/ssh/connect-ssh';
import { parseKnownHosts } from '../../src/run/ssh/known-hosts';
import type { SshTransport } from '../../src/run/ssh/ssh-transport';
import { runScene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';

const nobody = {
  password: async () => undefined,
  passphrase: async () => undefined,
  answer: async () => undefined,
  sudoPassword: async () => undefined,
};

describe('the practice cluster', () => {
  const time = { ms: Date.UTC(2026, 10, 21, 3, 15, 0) };
  let practice: PracticeCluster;
  let server: PracticeServer;
  let folder: string;
  const lines = new Map<string, SshTransport>();
  let first: Plan | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-practice-'));
    practice = new PracticeCluster(() => time.ms, {
      sleep: async (ms) => {
        time.ms += ms;
      },
    });
    server = await servePractice(practice);
  });
  after(async () => {
    for (const each of lines.values()) each.close();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const connect = async (name: string): Promise<SshTransport> => {
    const known = lines.get(name);
    if (known !== undefined) return known;
    const node = practice.nodes.find((each) => each.name === name);
    assert.ok(node !== undefined, name);
    const keys = parseKnownHosts(server.knownHosts, 'practice');
    const line = await connectSsh(
      { name, address: node.address, port: server.port, user: 'practice', privateKeys: [], connectTimeoutSec: 5 },
      { known: () => keys, accept: async () => false },
      nobody,
    );
    lines.set(name, line);
    return line;
  };

  const gather = async (): Promise<ClusterState> => {
    const cluster: InventoryCluster = {
      name: 'practice',
      distribution: 'k3s',
      versions: {},
      configs: [],
      nodes: practice.nodes.map(({ name, address, role }) => ({ name, address, roles: [role], ssh: {} })),
    };
    const reports = new Map<string, NodeReport>();
    for (const { name } of practice.nodes) {
      const { argv, root, timeoutSec } = statusCommand();
      const { stdout } = await (await connect(name)).exec({ argv: argv.map(String), root, timeoutSec });
      reports.set(name, { kind: 'answered', status: parseStatus(stdout) });
    }
    return clusterState(cluster, reports, [practice.virtualAddress]);
  };

  const run = async (name: string, events: RunEvent[] = [], made?: Plan) => {
    const plan = made ?? planSnapshot(await gather(), name);
    const journal = await openJournal(folder, name);
    const deps = {
      connect,
      journal,
      now: () => time.ms,
      sleep: async (ms: number) => {
        time.ms += ms;
      },
      onEvent: (event: RunEvent) => events.push(event),
    };
    return { plan, result: await execute(plan, deps, new AbortController().signal) };
  };

  test('tells the same story as a real cluster: holder, leader, quorum', async () => {
    const state = await gather();
    assert.deepEqual(state.vips, [{ address: practice.virtualAddress, holders: ['lb1'] }]);
    assert.equal(state.quorum?.leader, 'cp1');
    assert.equal(state.quorum?.failuresLeft, 1);
    assert.deepEqual(new Set(state.nodes.map((each) => each.health)), new Set(['up']));
  });

  test('a snapshot is planned, taken, proved whole, and seen in the next status', async () => {
    const name = snapshotName(time.ms);
    assert.equal(name, 'haven-20261121-031500');
    const { plan, result } = await run(name);
    first = plan;
    assert.match(renderPlan(plan, render), /sudo k3s etcd-snapshot save --name haven-20261121-031500/);
    assert.deepEqual(result, { outcome: 'done' });
    const snapshots = (await gather()).nodes.flatMap(({ report }) =>
      report.kind === 'answered' ? report.status.snapshots : [],
    );
    assert.deepEqual(
      snapshots.map((each) => each.path.split('/').at(-1)),
      [`${name}-cp1-${time.ms / 1000}`],
    );
  });

  test('the same run again finds it done and takes no second one', async () => {
    const events: RunEvent[] = [];
    const { result } = await run('haven-20261121-031500', events, first);
    assert.equal(result.outcome, 'done');
    assert.ok(events.some((event) => event.kind === 'step-ended' && event.outcome === 'was-done'));
  });

  test('a program that says 0 and saves nothing is not believed', async () => {
    const plan = planSnapshot(await gather(), 'without-quorum');
    for (const name of ['cp2', 'cp3'])
      await (await connect(name)).exec({ argv: ['systemctl', 'stop', 'k3s'], root: true, timeoutSec: 5 });
    const journal = await openJournal(folder, 'without-quorum');
    const sleep = async (ms: number) => {
      time.ms += ms;
    };
    const result = await execute(
      plan,
      { connect, journal, now: () => time.ms, sleep, onEvent: () => {} },
      new AbortController().signal,
    );
    assert.equal(result.outcome, 'failed');
    assert.equal(result.reason?.host, 'cp1');
    assert.match(
      render(result.reason.message),
      /^the command ended with 0, and what it should have done cannot be seen: \S+ level=error msg="Failed to take etcd snapshot: etcdserver: no leader/,
    );
    const blocked = planSnapshot(await gather(), 'later');
    assert.ok(blocked.blockers.length > 0);
    for (const name of ['cp2', 'cp3'])
      await (await connect(name)).exec({ argv: ['systemctl', 'start', 'k3s'], root: true, timeoutSec: 5 });
  });

  test('the journals say how every run ended', async () => {
    const runs = await listRuns(folder);
    const outcomes = new Map(runs.map((each) => [each.id, each.outcome]));
    assert.equal(outcomes.get('without-quorum'), 'failed');
    assert.equal(outcomes.get('haven-20261121-031500'), 'done');
    assert.ok(!readFileSync(join(folder, 'without-quorum.jsonl'), 'utf8').includes('undefined'));
  });

  test('a second operator is told who is at work', async () => {
    const line = await connect('cp1');
    const first = { run: 'a', who: 'kim', what: 'snapshot', sinceMs: time.ms };
    assert.deepEqual(await takeLock(line, first), { kind: 'held' });
    assert.deepEqual(await takeLock(line, first), { kind: 'held' });
    assert.deepEqual(await takeLock(line, { ...first, run: 'b', who: 'lee' }), { kind: 'taken', by: first });
    await freeLock(line, { ...first, run: 'b', who: 'lee' });
    assert.equal((await takeLock(line, { ...first, run: 'b' })).kind, 'taken');
    await freeLock(line, first);
    assert.equal((await takeLock(line, { ...first, run: 'b' })).kind, 'held');
    await freeLock(line, { ...first, run: 'b' });
  });

  test('a name that a snapshot has already is refused: that one would be taken for the new one, and nothing saved', async () => {
    const world = new PracticeWorld();
    await world.run('cp1', ['k3s', 'etcd-snapshot', 'save', '--name', 'nightly']);
    const why = async (name: string) =>
      planSnapshot(await world.state(), name).blockers.map((each) => render(each.message));
    assert.match((await why('nightly')).join(), /^there is a snapshot of this name: .*\/nightly-cp1-\d+$/);
    assert.deepEqual([await why('nightl'), await why('nightly-2'), await why('night')], [[], [], []]);
    const kubeadm = new PracticeWorld('kubeadm');
    const first = planSnapshot(await kubeadm.state(), 'weekly');
    assert.deepEqual(first.blockers, []);
    assert.equal(
      (
        await runScene({
          plan: first,
          connect: async (name) => kubeadm.connect(name),
          time: kubeadm.time,
          check: () => {},
        })
      ).result.outcome,
      'done',
    );
    assert.match(
      render(planSnapshot(await kubeadm.state(), 'weekly').blockers[0]?.message ?? say('{0}', '')),
      /of this name: .*\/weekly$/,
    );
  });

  test('a name that could reach another folder is refused in the plan', async () => {
    const { blockers, steps } = planSnapshot(await gather(), '../../victim');
    assert.equal(steps.length, 0);
    assert.match(render(blockers[0]?.message ?? { template: '', args: [] }), /cannot be the name of a snapshot/);
  });
});
