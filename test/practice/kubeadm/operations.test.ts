import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import { certificateRows, planRenewCertificates } from '../../../src/ops/certificates';
import { certificatesCommand, type NodeCertificates, parseCertificates } from '../../../src/ops/commands/certificates';
import { removePeer } from '../../../src/ops/commands/etcd-peer';
import { havenSnapshotFolder } from '../../../src/ops/commands/snapshot';
import { planDefragment } from '../../../src/ops/defragment';
import type { Plan } from '../../../src/ops/plan';
import { planReaddMember } from '../../../src/ops/readd-member';
import { planRemoveMember } from '../../../src/ops/remove-member';
import { planSnapshot } from '../../../src/ops/snapshot';
import { readSnapshot } from '../../../src/ops/snapshot-file/etcd-snapshot';
import { configMapEntry, kubeadmKeys } from '../../../src/ops/snapshot-file/kubeadm-objects';
import { wayBackOf } from '../../../src/run/executor';
import type { RunRecord, StepOutcome } from '../../../src/run/journal';
import { membersOf } from '../../../src/run/quorum';
import { runAndTakeBack, runScene, type Scene } from '../../support/kill-points';
import {
  done,
  joiningKubeadm,
  KubeadmRestoreWorld,
  LocalFiles,
  programsOf,
  rolling,
  servers,
  watched,
  without,
  withoutMember,
} from '../../support/kubeadm-fleet';
import { PracticeWorld } from '../../support/practice';
import { kubeNodes, memberFacts, pass, removal, sceneOf, stamp, voters } from '../../support/practice-fleet';

const settingsOf = (world: PracticeWorld) => {
  const stored = world.practice.anyStore()?.get(kubeadmKeys.cluster);
  return configMapEntry(stored === undefined ? undefined : Buffer.from(stored), 'ClusterConfiguration') ?? '';
};
const acts = (plan: Plan) => plan.steps.map((each) => each.id.split('@')[0]);
const words = (list: readonly { readonly message: Parameters<typeof render>[0] }[]) =>
  list.map((each) => render(each.message)).join('\n');
/** Nothing of a run stays beside the files of Kubernetes: the folder of the manifests that it had taken out is gone. */
const noFolderStays = async (world: PracticeWorld) => {
  for (const name of servers) assert.doesNotMatch(await world.run(name, ['ls', '/etc/kubernetes']), /haven/, name);
};
const files = new LocalFiles();
after(() => files.remove());

describe('a snapshot of a kubeadm practice cluster', () => {
  for (const [way, prepare] of [
    [
      'with etcdctl on the host',
      (world: PracticeWorld) => {
        for (const each of servers) world.machine(each).missing.delete('etcdctl');
      },
    ],
    ['with etcdctl of the container', () => {}],
    [
      'over the gateway of etcd',
      (world: PracticeWorld) => {
        for (const each of servers)
          for (const name of world.machine(each).files.list('/proc'))
            if (world.machine(each).files.has(`/proc/${name}/root`))
              world.machine(each).files.remove(`/proc/${name}/root`);
      },
    ],
  ] as const) {
    test(`is saved whole ${way}`, async () => {
      const world = new PracticeWorld('kubeadm');
      prepare(world);
      const plan = planSnapshot(await world.state(), 'whole');
      await done(sceneOf(world, plan));
      const bytes = world.machine(plan.steps[0]?.host ?? '').files.read(`${havenSnapshotFolder}/whole`);
      const size = bytes.length - 32;
      const { keys, revision } = readSnapshot({ size, read: (at, length) => bytes.subarray(at, at + length) });
      assert.equal(keys, world.practice.anyStore()?.live.size);
      assert.ok(revision > 40);
    });
  }

  test('without a leader it is refused, and a program that hangs is not waited for', async () => {
    const world = new PracticeWorld('kubeadm');
    const plan = planSnapshot(await world.state(), 'late');
    for (const name of servers.filter((each) => each !== plan.steps[0]?.host))
      world.practice.powerOff(world.machine(name));
    await pass(world, 30);
    assert.match(words(planSnapshot(await world.state(), 'late').blockers), /etcd has lost its quorum/);
  });
});

describe('joining a kubeadm practice cluster', () => {
  const isIn = async (world: PracticeWorld, host: string) => {
    await pass(world, 15);
    assert.ok((await kubeNodes(world)).some((each) => each.name === host && each.ready));
    assert.equal(world.machine(host).units.get('kubelet')?.active, 'active');
    const leftTokens = await world.run('cp1', ['kubeadm', 'token', 'list']);
    assert.doesNotMatch(leftTokens, /haven-/);
    assert.ok(!world.machine(host).files.has(`/var/lib/haven/kept/${stamp}/join.yaml`));
  };

  test('a control plane that was removed joins as a new one and votes', async () => {
    const world = await without('cp3');
    await done(sceneOf(world, await joiningKubeadm(world, 'cp3')));
    await isIn(world, 'cp3');
    assert.deepEqual(await voters(world), servers);
    assert.ok(world.practice.isServerUp(world.machine('cp3')));
  });

  test('a worker that was removed joins', async () => {
    const world = await without('w1');
    await done(sceneOf(world, await joiningKubeadm(world, 'w1')));
    await isIn(world, 'w1');
  });

  test('token and certificate key stand in no plan and no command', async () => {
    const world = await without('cp3');
    const plan = await joiningKubeadm(world, 'cp3');
    const seen: string[] = [];
    await done({
      ...sceneOf(world, plan),
      connect: async (name) => {
        const transport = world.connect(name);
        return {
          ...transport,
          exec: (request, signal) => {
            seen.push(request.argv.join(' '));
            return transport.exec(request, signal);
          },
        };
      },
    });
    const text = seen.join('\n');
    assert.doesNotMatch(text, /\b[a-z0-9]{6}\.[a-z0-9]{16}\b/);
    assert.doesNotMatch(
      text.replace(/sha256:[0-9a-f]{64}/g, '').replace(/^[0-9a-f]{64} /gm, ''),
      /certificateKey: "[0-9a-f]/,
    );
  });

  test('leftovers of an earlier cluster are refused before anything is done', async () => {
    const world = await without('cp3');
    world.machine('cp3').files.place('/etc/kubernetes/kubelet.conf', 'old\n');
    assert.match(words((await joiningKubeadm(world, 'cp3')).blockers), /kubelet\.conf is left from an earlier cluster/);
  });

  test('a join that kubeadm refuses is reset and taken back, so that the next one works', async () => {
    const world = await without('cp3');
    const plan = await joiningKubeadm(world, 'cp3');
    // What nobody saw in time: data of an earlier member.
    world.machine('cp3').files.place('/var/lib/etcd/old', 'x');
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    assert.match(JSON.stringify(result.reason), /var-lib-etcd.*is not empty/);
    assert.deepEqual(await voters(world), ['cp1', 'cp2']);
    assert.doesNotMatch(await world.run('cp1', ['kubeadm', 'token', 'list']), /haven-/);
    await done(sceneOf(world, { ...(await joiningKubeadm(world, 'cp3', { stamp: '20261121-080000' })) }));
    assert.deepEqual(await voters(world), servers);
  });

  test('while a dead member is still in the list a join is refused; taken out, the machine joins again', async () => {
    const world = await without();
    const { files: disk } = world.machine('cp3');
    world.practice.powerOff(world.machine('cp3'));
    for (const each of ['/etc/kubernetes', '/var/lib/etcd', '/var/lib/kubelet']) disk.remove(each);
    disk.makeFolders('/etc/kubernetes');
    disk.makeFolders('/var/lib/kubelet');
    await pass(world, 60);
    world.practice.powerOn(world.machine('cp3'));
    await pass(world, 5);
    const refused = await joiningKubeadm(world, 'cp3');
    assert.match(words(refused.blockers), /cp3/);
    const facts = await memberFacts(world);
    const dead = [...facts.values()][0]?.members.find((each) => each.name === 'cp3');
    const out = planRemoveMember(await world.state(), facts, { id: dead?.id ?? '', nodes: await kubeNodes(world) });
    await done(sceneOf(world, out));
    assert.deepEqual(await voters(world), ['cp1', 'cp2']);
    await world.run('cp1', ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', 'delete', 'node', 'cp3']);
    await done(sceneOf(world, await joiningKubeadm(world, 'cp3')));
    assert.deepEqual(await voters(world), servers);
  });
});

describe('removing from a kubeadm practice cluster', () => {
  test('a control plane: reset takes the member out while the Node is there, and the Node goes last', async () => {
    const world = new PracticeWorld('kubeadm');
    const plan = await removal(world, 'cp3');
    assert.deepEqual(acts(plan), ['drain', 'keep', 'begin-reset', 'reset', 'member', 'delete-node']);
    await done(sceneOf(world, plan));
    await pass(world, 30);
    assert.deepEqual(await voters(world), ['cp1', 'cp2']);
    assert.ok(!(await kubeNodes(world)).some((each) => each.name === 'cp3'));
    assert.ok(world.machine('cp3').files.has(`/var/lib/haven/kept/${stamp}/etc/kubernetes/pki/ca.key`));
  });

  test('one of two: the other one goes on alone', async () => {
    const world = await without('cp3');
    await done(sceneOf(world, await removal(world, 'cp2')));
    assert.deepEqual(await voters(world), ['cp1']);
    assert.ok(world.practice.isServerUp(world.machine('cp1')));
  });

  test('a Node that somebody deleted before leaves its member to be taken out by the run', async () => {
    const world = new PracticeWorld('kubeadm');
    const scene = sceneOf(world, await removal(world, 'cp3'));
    await done({
      ...scene,
      connect: async (name) => {
        const transport = world.connect(name);
        return {
          ...transport,
          exec: async (request, signal) => {
            const deletion = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', 'delete', 'node', 'cp3'];
            if (request.argv.includes('reset')) await world.run('cp1', deletion);
            return transport.exec(request, signal);
          },
        };
      },
    });
    assert.deepEqual(await voters(world), ['cp1', 'cp2']);
  });

  test('a reset that fails half way is gone on with: nobody says that it can be taken back, and it ends', async () => {
    const world = new PracticeWorld('kubeadm');
    const plan = await removal(world, 'cp3');
    const steps = new Map<string, StepOutcome>();
    let isFirst = true;
    const scene: Scene = {
      ...sceneOf(world, plan),
      connect: async (name) => {
        const transport = world.connect(name);
        return {
          ...transport,
          exec: async (request, signal) => {
            if (!request.argv.includes('reset') || !isFirst) return transport.exec(request, signal);
            isFirst = false;
            // The member is out, and then something went wrong.
            await world.run('cp1', removePeer('kubeadm', world.machine('cp3').address).argv.map(String));
            return { code: 1, stdout: '', stderr: 'error execution phase cleanup-node: device or resource busy\n' };
          },
        };
      },
      deps: {
        members: async () => membersOf(await world.state()),
        onEvent: (event) => void (event.kind === 'step-ended' && steps.set(event.step.id, event.outcome)),
      },
    };
    const { result } = await runScene(scene);
    assert.equal(result.outcome, 'unknown');
    assert.equal(result.stoppedAt?.id, 'reset@cp3');
    const record = { id: 'x', plan, steps, captured: new Map(), startedMs: 0, lastMs: 0 } as unknown as RunRecord;
    assert.equal(steps.get('reset@cp3'), 'unknown');
    assert.deepEqual(wayBackOf(record), []);
    const before = new Map([...steps].filter(([id]) => !id.includes('reset')));
    assert.ok(wayBackOf({ ...record, steps: before }).length > 0, 'before the reset there is a way back');
    const again = await runScene(sceneOf(world, plan));
    assert.equal(again.result.outcome, 'done', JSON.stringify(again.result));
    assert.deepEqual(await voters(world), ['cp1', 'cp2']);
  });

  test('a worker, and a control plane that does not answer', async () => {
    const world = new PracticeWorld('kubeadm');
    await done(sceneOf(world, await removal(world, 'w1')));
    world.practice.powerOff(world.machine('cp3'));
    await pass(world, 60);
    await done(sceneOf(world, await removal(world, 'cp3')));
    assert.deepEqual(await voters(world), ['cp1', 'cp2']);
    assert.deepEqual(
      (await kubeNodes(world)).map((each) => each.name),
      ['cp1', 'cp2'],
    );
  });
});

describe('etcd of a kubeadm practice cluster', () => {
  test('is defragmented member by member, and an alarm goes when there is room again', async () => {
    const world = new PracticeWorld('kubeadm');
    for (const name of servers) {
      const process = world.practice.control.etcdOf(world.machine(name));
      if (process === undefined) continue;
      process.slackBytes = 200_000_000;
      process.store.alarms = [{ memberId: process.memberId, alarm: 'NOSPACE' }];
    }
    assert.match(await world.run('cp1', ['curl', '-s', 'http://127.0.0.1:2381/health']), /ALARM NOSPACE/);
    await done(sceneOf(world, planDefragment(await world.state(), await memberFacts(world), { stamp, disarm: true })));
    const facts = [...(await memberFacts(world)).values()];
    assert.deepEqual(
      facts.map((each) => each.alarms),
      [[], [], []],
    );
    assert.ok(facts.every((each) => each.databaseBytes < 1_000_000));
  });

  test('is defragmented also where the history was compacted and nobody could write that down', async () => {
    const world = new PracticeWorld('kubeadm');
    for (const name of servers) {
      const process = world.practice.control.etcdOf(world.machine(name));
      if (process !== undefined) process.store.alarms = [{ memberId: process.memberId, alarm: 'NOSPACE' }];
    }
    const plan = planDefragment(await world.state(), await memberFacts(world), { stamp, disarm: true });
    const { files } = world.machine(plan.steps[0]?.host ?? '');
    files.readOnly = true;
    assert.equal((await runScene(sceneOf(world, plan))).result.stoppedAt?.id, plan.steps[0]?.id);
    files.readOnly = false;
    await done(sceneOf(world, plan));
  });
});

test('a compaction that etcd refuses is not said to be done: a refusal of etcd 3.6 has no "error", only a "code"', async () => {
  const world = new PracticeWorld('kubeadm');
  const facts = await memberFacts(world);
  for (const [host, each] of facts) {
    facts.set(host, { ...each, revision: '999999', alarms: [{ memberId: each.memberId, alarm: 'NOSPACE' }] });
  }
  const plan = planDefragment(await world.state(), facts, { stamp, disarm: true });
  const { result } = await runScene(sceneOf(world, plan));
  assert.equal(result.outcome, 'failed');
  assert.equal(result.stoppedAt?.id, plan.steps[0]?.id);
  assert.match(JSON.stringify(result.reason), /code.*11.*future revision/);
});

describe('a member of etcd that was taken out while its machine stayed', () => {
  test('is a member again: it starts empty, is sent everything, and votes', async () => {
    const world = await withoutMember();
    assert.equal(world.practice.isServerUp(world.machine('cp3')), false);
    const plan = planReaddMember(await world.state(), await memberFacts(world), { stamp, host: 'cp3' });
    await done(sceneOf(world, plan));
    assert.deepEqual(await voters(world), servers);
    assert.ok(world.practice.isServerUp(world.machine('cp3')));
    const { files: disk } = world.machine('cp3');
    assert.ok(disk.has(`/var/lib/etcd/haven-removed-${stamp}/snap/db`));
    assert.match(
      disk.text('/etc/kubernetes/manifests/etcd.yaml'),
      /--initial-cluster=cp\d=\S+,cp\d=\S+,cp3=\S+\n.*--initial-cluster-state=existing\n/,
    );
  });

  test('is refused while it is still listed, and while another one is silent', async () => {
    const world = new PracticeWorld('kubeadm');
    const facts = await memberFacts(world);
    const listed = planReaddMember(await world.state(), facts, { stamp, host: 'cp3' });
    assert.match(words(listed.blockers), /its member is still in the list/);
    const other = await withoutMember();
    const known = new Map([...(await memberFacts(other))].filter(([name]) => name !== 'cp2'));
    const silent = planReaddMember(await other.state(), known, { stamp, host: 'cp3' });
    assert.match(words(silent.blockers), /cp2 does not answer, and etcd adds no member meanwhile/);
  });
});

describe('a restore of a kubeadm practice cluster', () => {
  const restored = async (world: KubeadmRestoreWorld) => {
    await pass(world, 30);
    assert.equal(await world.read('marker'), 'before');
    assert.equal(await world.read('later'), undefined);
    assert.notDeepEqual(world.ids(), world.members, 'a new cluster token gives new ids');
    assert.ok((await kubeNodes(world)).every((each) => each.ready));
  };

  test('brings back what the snapshot has, under new ids, and its way back what came later', async () => {
    const world = await KubeadmRestoreWorld.make(files);
    await done({ ...sceneOf(world, await world.plan()), intact: () => world.intact() });
    await restored(world);
    await noFolderStays(world);
    const other = await KubeadmRestoreWorld.make(files);
    const result = await runAndTakeBack(sceneOf(other, await other.plan()));
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    await noFolderStays(other);
    await pass(other, 60);
    assert.equal(await other.read('later'), 'x');
    assert.deepEqual(other.ids(), other.members);
    assert.ok(
      (await kubeNodes(other)).every((each) => each.ready),
      'kubelets were started anew',
    );
  });

  test('stops all servers at once: none waits for the 30 s of another', async () => {
    const world = await KubeadmRestoreWorld.make(files);
    const at = new Map<string, number>();
    await done({
      ...sceneOf(world, await world.plan()),
      connect: async (name) => {
        const transport = world.connect(name);
        return {
          ...transport,
          exec: (request, signal) => {
            const act = request.argv.find((each) => each === 'out' || each === 'swap');
            if (act !== undefined && !at.has(act)) at.set(act, world.time.ms);
            return transport.exec(request, signal);
          },
        };
      },
    });
    const tookMs = (at.get('swap') ?? Number.NaN) - (at.get('out') ?? Number.NaN);
    assert.ok(tookMs >= 30_000 && tookMs < 45_000, `${tookMs} ms`);
  });

  test('a way back without a restart of kubelet leaves Nodes that are called not ready with a fresh lease', async () => {
    const world = await KubeadmRestoreWorld.make(files);
    await done(sceneOf(world, await world.plan()));
    await pass(world, 30);
    const swap = (to: string, from: string) =>
      `cd /var/lib/etcd; mkdir /root/out; mv /etc/kubernetes/manifests/*.yaml /root/out/; sleep 31; mv member ${to}; mv ${from} member; mv /root/out/*.yaml /etc/kubernetes/manifests/`;
    await Promise.all(servers.map((each) => world.run(each, ['sh', '-c', swap('restored', `haven-before-${stamp}`)])));
    await pass(world, 120);
    assert.equal(await world.read('later'), 'x');
    const stale = (await kubeNodes(world)).filter((each) => !each.ready).map((each) => each.name);
    assert.ok(stale.length > 0);
    for (const name of stale) await world.run(name, ['systemctl', 'restart', 'kubelet']);
    await pass(world, 5);
    assert.ok((await kubeNodes(world)).every((each) => each.ready));
  });

  test('is refused where kubelet does not run: it would neither stop the pods nor start those of the restored data', async () => {
    const world = await KubeadmRestoreWorld.make(files);
    await world.run('cp2', ['systemctl', 'stop', 'kubelet']);
    const { blockers, steps } = await world.plan();
    assert.deepEqual(
      blockers.map((each) => `${each.host}: ${render(each.message)}`),
      ['cp2: kubelet does not run there'],
    );
    assert.deepEqual(steps, []);
  });

  test('without a server that is switched off, and a damaged snapshot stops it before anything is stopped', async () => {
    const world = await KubeadmRestoreWorld.make(files);
    const plan = await world.plan();
    const { files: disk } = world.machine('cp1');
    disk.write(world.path, Buffer.concat([disk.read(world.path).subarray(0, -1), Buffer.from('x')]));
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'failed');
    assert.match(result.stoppedAt?.id ?? '', /^copy@/);
    assert.equal(await world.read('later'), 'x');
  });

  test('data restored on one member alone: it finds nobody, and the others go on', async () => {
    const world = await KubeadmRestoreWorld.make(files);
    const members = servers.map((name) => `${name}=https://${world.machine(name).address}:2380`).join(',');
    world.machine('cp3').missing.delete('etcdutl');
    world.machine('cp3').files.place('/root/s.db', world.machine('cp1').files.read(world.path));
    const script = `mkdir /root/out; mv /etc/kubernetes/manifests/*.yaml /root/out/; sleep 31
etcdutl snapshot restore /root/s.db --data-dir /root/new --name cp3 --initial-cluster ${members} --initial-advertise-peer-urls https://${world.machine('cp3').address}:2380 --initial-cluster-token new 2>/dev/null
mv /var/lib/etcd/member /root/old; mv /root/new/member /var/lib/etcd/member; mv /root/out/*.yaml /etc/kubernetes/manifests/`;
    await world.run('cp3', ['sh', '-c', script]);
    await pass(world, 60);
    assert.equal(await world.read('later'), 'x');
    assert.equal(world.practice.isServerUp(world.machine('cp3')), false);
    assert.match(await world.run('cp3', ['curl', '-s', 'http://127.0.0.1:2381/health']), /RAFT NO LEADER/);
  });

  test('an empty data directory: the member panics under its old ids, and the others are not harmed', async () => {
    const world = await KubeadmRestoreWorld.make(files);
    for (const host of ['cp3', 'cp1']) {
      const script =
        'mkdir -p /root/out; mv /etc/kubernetes/manifests/*.yaml /root/out/; sleep 31; mv /var/lib/etcd /root/etcd; mv /root/out/*.yaml /etc/kubernetes/manifests/';
      await world.run(host, ['sh', '-c', script]);
      await pass(world, 60);
      assert.equal(world.practice.isServerUp(world.machine(host)), false);
      assert.ok(
        world.practice.journalOf(world.machine(host), 'etcd').some((each) => each.text.includes('is out of range')),
      );
      assert.equal(await world.read('later'), 'x');
      await world.run(host, [
        'sh',
        '-c',
        'mkdir -p /root/out; mv /etc/kubernetes/manifests/*.yaml /root/out/; sleep 31; rm -r /var/lib/etcd; mv /root/etcd /var/lib/etcd; mv /root/out/*.yaml /etc/kubernetes/manifests/',
      ]);
      await pass(world, 60);
      assert.ok(world.practice.isServerUp(world.machine(host)));
    }
  });
});

describe('certificates of a kubeadm practice cluster', () => {
  test('are renewed on one server after another, with a majority up all the time', async () => {
    const world = new PracticeWorld('kubeadm');
    const facts = new Map<string, NodeCertificates>();
    for (const name of [...servers, 'w1'])
      facts.set(
        name,
        parseCertificates(await world.run(name, certificatesCommand(['127.0.0.1:6443']).argv.map(String))),
      );
    const rows = certificateRows(facts, world.time.ms);
    assert.ok(rows.some((each) => each.place === '/etc/kubernetes/admin.conf' && each.daysLeft === 300));
    const plan = planRenewCertificates(await world.state(), facts, { stamp, hosts: [...servers, 'w1'] });
    assert.match(words(plan.warnings), /kubelet renews the certificate of a worker by itself/);
    await done(watched(world, sceneOf(world, plan)));
    for (const name of servers)
      assert.match(await world.run(name, ['kubeadm', 'certs', 'check-expiration']), /apiserver .* 364d/, name);
    await noFolderStays(world);
    assert.ok(world.machine('cp2').files.has(`/var/lib/haven/kept/${stamp}/etc/kubernetes/pki/apiserver.crt`));
  });

  test('taken back, its manifests are where they were; what somebody else has put beside them stays', async () => {
    const world = new PracticeWorld('kubeadm');
    const renewal = async (on: PracticeWorld) => {
      const command = certificatesCommand([]).argv.map(String);
      const facts = new Map([['cp2', parseCertificates(await on.run('cp2', command))]]);
      return sceneOf(on, planRenewCertificates(await on.state(), facts, { stamp, hosts: ['cp2'] }));
    };
    const result = await runAndTakeBack(await renewal(world));
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    await noFolderStays(world);
    const other = new PracticeWorld('kubeadm');
    const own = `/etc/kubernetes/haven-stopped-${stamp}/notes`;
    await other.run('cp2', ['sh', '-c', 'mkdir -p "${1%/*}" && echo mine >"$1"', 'sh', own]);
    await done(await renewal(other));
    assert.equal(other.machine('cp2').files.text(own), 'mine\n');
    assert.ok(other.machine('cp2').files.has('/etc/kubernetes/manifests/etcd.yaml'));
  });
});

describe('rolling through a kubeadm practice cluster', () => {
  test('a restart of kubelet leaves the pods alone', async () => {
    const world = new PracticeWorld('kubeadm');
    const ids = () =>
      servers.map((each) => world.practice.kubeadm.containersOf(world.machine(each)).map(({ id }) => id));
    const before = ids();
    await done(watched(world, sceneOf(world, await rolling(world))));
    assert.deepEqual(ids(), before);
    assert.ok((await kubeNodes(world)).every((each) => each.ready && !each.cordoned));
  });

  const runs = async (world: PracticeWorld, release: string) => {
    await pass(world, 15);
    assert.deepEqual(
      (await kubeNodes(world)).map((each) => `${each.name} ${each.version} ${each.ready} ${each.cordoned}`),
      [...servers, 'w1'].map((name) => `${name} ${release} true false`),
    );
    for (const name of servers) {
      const text = world.machine(name).files.text('/etc/kubernetes/manifests/kube-apiserver.yaml');
      assert.match(text, new RegExp(`kube-apiserver:${release}$`, 'm'));
    }
    assert.deepEqual(await voters(world), servers);
  };

  for (const release of ['v1.34.3', 'v1.35.0']) {
    test(`an upgrade to ${release}: a snapshot first, then one node after another, etcd with them`, async () => {
      const world = new PracticeWorld('kubeadm');
      const plan = await rolling(world, { upgrade: programsOf(files, release) });
      assert.match(plan.steps[0]?.id ?? '', /^save-snapshot@/);
      await done(watched(world, sceneOf(world, plan)));
      await runs(world, release);
      assert.match(settingsOf(world), new RegExp(release));
      assert.match(world.machine('cp3').files.text('/etc/kubernetes/manifests/etcd.yaml'), /etcd:3\.6\.[56]-0/);
    });
  }

  test('an upgrade within a minor release is taken back: pods, programs and settings are those of before', async () => {
    const world = new PracticeWorld('kubeadm');
    const plan = await rolling(world, { upgrade: programsOf(files, 'v1.34.3') });
    const result = await runAndTakeBack(watched(world, sceneOf(world, plan)));
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    await runs(world, 'v1.34.1');
    const settings = settingsOf(world);
    assert.match(settings, /^kubernetesVersion: v1\.34\.1$/m);
    assert.match(world.machine('cp3').files.text('/etc/kubernetes/manifests/etcd.yaml'), /etcd:3\.6\.4-0/);
  });

  test('an upgrade over a minor release says that its programs do not lead back', async () => {
    const world = new PracticeWorld('kubeadm');
    const plan = await rolling(world, { upgrade: programsOf(files, 'v1.35.0') });
    assert.match(plan.wayBack.map((each) => render(each)).join('\n'), /over a minor release the data may have changed/);
    assert.ok(!plan.steps.some((step) => step.id.startsWith('replace-') && 'undo' in step));
  });

  test('a release that skips a minor one is refused, by the plan and by kubeadm', async () => {
    const world = new PracticeWorld('kubeadm');
    const plan = await rolling(world, { upgrade: programsOf(files, 'v1.36.0') });
    assert.match(words(plan.blockers), /skips a minor release/);
    world.machine('cp1').files.write('/usr/bin/kubeadm', 'practice kubeadm v1.36.0\n');
    const argv = ['kubeadm', 'upgrade', 'apply', 'v1.36.0', '-y'];
    const { code, stderr } = await world.connect('cp1').exec({ argv, root: true, timeoutSec: 60 });
    assert.equal(code, 1);
    assert.match(stderr, /kubeadm can upgrade only 1 minor version at a time/);
  });

  test('programs of another release than they should be replace nothing', async () => {
    const world = new PracticeWorld('kubeadm');
    const upgrade = { ...programsOf(files, 'v1.34.2'), release: 'v1.34.3' };
    const { result } = await runScene(sceneOf(world, await rolling(world, { upgrade })));
    assert.equal(result.outcome, 'failed');
    assert.match(result.stoppedAt?.id ?? '', /^asked-kubeadm@/);
    await runs(world, 'v1.34.1');
  });
});
