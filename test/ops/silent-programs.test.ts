import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { type Command, holds, type Probe } from '../../src/ops/command';
import { parseSurvey, surveyCommand } from '../../src/ops/commands/config-survey';
import { noteTokenHash, tokenHashIsNoted } from '../../src/ops/commands/k3s-token';
import { kubectl, nodeGone } from '../../src/ops/commands/kubectl';
import { checkSnapshotFile, havenSnapshotFolder, scheduledSave } from '../../src/ops/commands/snapshot';
import { snapshotFunctions } from '../../src/ops/commands/unpack-snapshot';
import type { Plan } from '../../src/ops/plan';
import { planReaddMember } from '../../src/ops/readd-member';
import { planRemoveMember } from '../../src/ops/remove-member';
import { planRemove } from '../../src/ops/remove-node';
import { kubeadmRestoreScript } from '../../src/ops/restore/kubeadm-script';
import { restoreFolder, restoreScriptPath } from '../../src/ops/restore/restore-place';
import { parseStatus, statusCommand } from '../../src/ops/status/node-status';
import { keepSettings } from '../../src/ops/upgrade-back';
import { fleetState, kubeNodesOf, memberFactsOf, wholeFleet } from '../support/fleet';
import { SandboxHost } from '../support/sandbox-host';

// A program that is missing, or fails and prints nothing, must never be taken for the answer "yes, safe".

const stamp = '20261121-070000';
const gone = 'exit 127';

async function on<Result>(
  programs: Readonly<Record<string, string>>,
  work: (host: SandboxHost) => Promise<Result>,
): Promise<Result> {
  const host = new SandboxHost('cp1', programs);
  try {
    return await work(host);
  } finally {
    host.close();
  }
}

const run = (host: SandboxHost, { argv }: Pick<Command, 'argv'>) =>
  host.exec({ argv: argv.map(String), root: true, timeoutSec: 20 });

const isYes = async (host: SandboxHost, { command, yesWhen }: Probe) => holds(yesWhen, await run(host, command));

function stepOf(plan: Pick<Plan, 'steps'>, act: string) {
  const all = plan.steps.flatMap((step) => [step, ...('undo' in step ? (step.undo ?? []) : [])]);
  const found = all.find((step) => step.id.startsWith(`${act}@`));
  assert.ok(found !== undefined && 'run' in found, act);
  return found;
}

function doneOf(plan: Pick<Plan, 'steps'>, act: string): Probe {
  const step = stepOf(plan, act);
  assert.ok('done' in step && step.done !== undefined);
  return step.done;
}

/** A process of etcd below the /proc of the host that has its data open there. */
function etcdOn(host: SandboxHost, data: string): void {
  host.put('/proc/77/comm', 'etcd\n');
  mkdirSync(join(host.root, 'proc/77/fd'), { recursive: true });
  symlinkSync(join(host.root, data, 'member/snap/db'), join(host.root, 'proc/77/fd/9'));
}

describe('a runtime that knows of no container', () => {
  test('is not believed where an etcd has the data open that a restore would move', () =>
    on({ crictl: 'exit 0' }, async (host) => {
      host.put(restoreScriptPath(stamp), kubeadmRestoreScript({ stamp, dataDir: '/var/lib/etcd/' }));
      for (const mark of ['prepare', 'stop']) host.put(`${restoreFolder(stamp)}/${mark}`, '');
      host.put('/etc/kubernetes/manifests/other.yaml', '');
      host.put('/var/lib/etcd/member/snap/db', 'former');
      host.put(`/var/lib/etcd/haven-new-${stamp}/member/snap/db`, 'restored');
      etcdOn(host, '/var/lib/etcd');
      const act = (name: string) => run(host, { argv: ['sh', restoreScriptPath(stamp), name] });
      assert.match((await act('swap')).stderr, /the control plane runs/);
      assert.equal(host.text('/var/lib/etcd/member/snap/db'), 'former');
      // The etcd of a cluster inside this one has data of its own, whatever they are called there.
      host.put('/proc/77/comm', 'etcd\n');
      host.put('/elsewhere/var/lib/etcd/member/snap/db', 'of a pod');
      await run(host, { argv: ['rm', join(host.root, 'proc/77/fd/9')] });
      symlinkSync(join(host.root, 'elsewhere/var/lib/etcd/member/snap/db'), join(host.root, 'proc/77/fd/9'));
      assert.equal((await act('swap')).code, 0);
      assert.equal(host.text('/var/lib/etcd/member/snap/db'), 'restored');
    }));

  test('a way back is not over before kubelet has started again', () =>
    on({ crictl: 'exit 0' }, async (host) => {
      host.put(restoreScriptPath(stamp), kubeadmRestoreScript({ stamp, dataDir: '/var/lib/etcd/' }));
      for (const mark of ['stop', 'back-data']) host.put(`${restoreFolder(stamp)}/${mark}`, '');
      host.put('/etc/kubernetes/manifests/other.yaml', '');
      host.put('/units/kubelet.refuses', 'exit 0');
      const act = (name: string) => run(host, { argv: ['sh', restoreScriptPath(stamp), name] });
      assert.match((await act('back-start')).stderr, /kubelet does not start again/);
      assert.equal((await act('is-back-start')).stdout, '');
    }));
});

describe('a member that is added again', () => {
  const nodes = wholeFleet.filter((each) => each.name !== 'cp3');
  const state = fleetState(wholeFleet, 'kubeadm');
  const units = [{ name: 'kubelet', active: 'active', sub: 'running', restarts: 0 }];
  const withKubelet = {
    ...state,
    nodes: state.nodes.map((each) =>
      each.report.kind === 'answered'
        ? { ...each, report: { ...each.report, status: { ...each.report.status, units } } }
        : each,
    ),
  };
  const plan = planReaddMember(withKubelet, memberFactsOf(nodes), { stamp, host: 'cp3' });
  const manifest = ['spec:', '  - command:', '    - etcd', '    - --name=cp3', '    - --data-dir=/var/lib/etcd']
    .concat(
      '    - --initial-cluster=cp3=https://10.0.0.13:2380',
      '    - --initial-advertise-peer-urls=https://10.0.0.13:2380',
    )
    .concat('    name: etcd-data')
    .join('\n');
  const out = `/etc/kubernetes/haven-readd-${stamp}`;

  test('its data stay where they are while its container runs, or nobody can tell', async () => {
    assert.deepEqual(plan.blockers, []);
    await on({ crictl: 'cat "$ROOT/running"' }, async (host) => {
      host.put(`${out}/etcd.yaml`, manifest.replace('/var/lib/etcd', join(host.root, 'var/lib/etcd')));
      host.put(`${out}/stopped`, '');
      host.put('/etc/kubernetes/manifests/other.yaml', '');
      host.put('/var/lib/etcd/member/snap/db', 'former');
      const aside = stepOf(plan, 'aside');
      for (const isAnswering of [true, false]) {
        if (isAnswering) host.put('/running', '3f1c\n');
        else await run(host, { argv: ['rm', join(host.root, 'running')] });
        const { code, stderr } = await run(host, aside.run);
        assert.equal(code, 1);
        assert.match(stderr, /etcd runs, or its data are not known/);
        assert.ok(!(await isYes(host, doneOf(plan, 'aside'))));
        assert.ok(
          !(await isYes(host, doneOf(plan, 'stop-again'))),
          'a manifest that is away is no etcd that has ended',
        );
      }
      assert.equal(host.text('/var/lib/etcd/member/snap/db'), 'former');
      host.put('/running', '');
      assert.ok(await isYes(host, doneOf(plan, 'stop-again')));
      assert.equal((await run(host, aside.run)).code, 0);
      assert.equal(host.text(`/var/lib/etcd/haven-removed-${stamp}/snap/db`), 'former');
      // On the way back too: what has started meanwhile is not moved away under itself.
      host.put('/running', '3f1c\n');
      host.put('/var/lib/etcd/member/snap/db', 'new');
      assert.equal((await run(host, stepOf(plan, 'data-back').run)).code, 1);
      assert.equal(host.text('/var/lib/etcd/member/snap/db'), 'new');
    });
  });

  test('a manifest whose last line has no end keeps that line', () =>
    on({ crictl: 'exit 0' }, async (host) => {
      host.put(`${out}/etcd.yaml`, manifest);
      host.put('/etc/kubernetes/manifests/other.yaml', '');
      assert.equal((await run(host, stepOf(plan, 'start-etcd').run)).code, 0);
      assert.match(
        host.text('/etc/kubernetes/manifests/etcd.yaml') ?? '',
        /state=existing\n.*\n {4}name: etcd-data\n$/,
      );
    }));
});

describe('a member that is said to be dead', () => {
  test('is not taken out while its node says that it is well, or another member is connected with it', async () => {
    const facts = new Map([...memberFactsOf(wholeFleet)].filter(([host]) => host !== 'cp3'));
    const blocked = planRemoveMember(fleetState(wholeFleet), facts, { id: '103', nodes: kubeNodesOf(wholeFleet) });
    assert.equal(blocked.blockers[0]?.message.template, 'the member {0} answers: it is alive');
    const silent = wholeFleet.map((each) => (each.name === 'cp3' ? { ...each, silent: true as const } : each));
    const plan = planRemoveMember(fleetState(silent), memberFactsOf(silent), { id: '103', nodes: kubeNodesOf(silent) });
    assert.equal(plan.steps[0]?.id, 'silent@cp1');
    await on({ curl: 'cat "$ROOT/metrics"' }, async (host) => {
      const peer = (id: string, count: number) => `etcd_network_active_peers{Local="65",Remote="${id}"} ${count}\n`;
      host.put('/metrics', peer('66', 1) + peer('67', 1));
      const { code, stderr } = await run(host, stepOf(plan, 'silent').run);
      assert.equal(code, 1);
      assert.match(stderr, /the member cp3-00000002 is alive/);
      host.put('/metrics', peer('66', 1) + peer('67', 0));
      assert.equal((await run(host, stepOf(plan, 'silent').run)).code, 0);
      host.put('/metrics', 'etcd_server_has_leader 1\n');
      assert.equal((await run(host, stepOf(plan, 'silent').run)).code, 0, 'it never was connected');
    });
  });

  test('is not taken out where etcd does not say with whom it is connected: an answer that did not come is not the silence of the member', async () => {
    const silent = wholeFleet.map((each) => (each.name === 'cp3' ? { ...each, silent: true as const } : each));
    const plan = planRemoveMember(fleetState(silent), memberFactsOf(silent), { id: '103', nodes: kubeNodesOf(silent) });
    const metrics = `echo 'etcd_network_active_peers{Local="65",Remote="67"} 0'`;
    const worlds: readonly Readonly<Record<string, string>>[] = [
      { curl: 'exit 7' },
      { curl: "echo '404 page not found'" },
      { curl: metrics, grep: gone },
    ];
    for (const programs of worlds)
      await on(programs, async (host) => {
        assert.notEqual((await run(host, stepOf(plan, 'silent').run)).code, 0);
      });
  });
});

describe('a program that is not there', () => {
  test('grep: a Node in the list is not gone', () =>
    on({ k3s: 'echo node/cp1; echo node/cp10', grep: gone }, async (host) => {
      assert.equal(kubectl('k3s', [], 0).argv[0], 'k3s');
      assert.ok(!(await isYes(host, nodeGone('cp1', 'k3s', 'cp1', 0))));
      assert.ok(await isYes(host, nodeGone('cp1', 'k3s', 'cp', 0)));
    }));

  test('sha256sum and od: no snapshot is whole', () =>
    on({ sha256sum: gone, od: gone }, async (host) => {
      host.put('/var/s/good', 'x'.repeat(512 + 32));
      const judged = await run(host, { argv: ['sh', '-c', `${snapshotFunctions}judged /var/s/good`] });
      assert.match(judged.stdout, /^damaged /);
      assert.match((await run(host, checkSnapshotFile('/var/s', 'good'))).stdout, /^damaged /);
    }));

  test('grep, find or sha256sum: keys do not go into a backup without keys, and half a list is none', async () => {
    const survey = (programs: Readonly<Record<string, string>>) =>
      on(programs, async (host) => {
        host.put('/etc/haproxy/haproxy.cfg', 'global\n');
        host.put('/etc/haproxy/site.pem', '-----BEGIN PRIVATE KEY-----\n');
        const found = parseSurvey((await run(host, surveyCommand(false))).stdout);
        return found?.map((each) => [each.path.slice(host.root.length), each.sha256 !== undefined]);
      });
    const cfg = '/etc/haproxy/haproxy.cfg';
    const pem = '/etc/haproxy/site.pem';
    const sorted = async (programs: Readonly<Record<string, string>>) => (await survey(programs))?.sort();
    assert.deepEqual(await sorted({}), [
      [cfg, true],
      [pem, false],
    ]);
    assert.deepEqual(await sorted({ grep: gone }), [
      [cfg, false],
      [pem, false],
    ]);
    assert.deepEqual(await sorted({ grep: 'exit 2' }), [
      [cfg, false],
      [pem, false],
    ]);
    const half: Readonly<Record<string, string>>[] = [
      { find: gone },
      { sha256sum: gone },
      { find: '/usr/bin/find "$@"; exit 1' },
    ];
    for (const each of half) assert.equal(await survey(each), undefined);
  });

  test('a find that cannot print for itself: snapshots are seen all the same', () =>
    on(
      { find: 'case "$*" in *-printf*) exit 1;; esac; exec /usr/bin/find "$@"', k3s: gone, etcdctl: gone },
      async (host) => {
        host.put(`${havenSnapshotFolder}/one`, 'abc');
        const [found] = parseStatus((await run(host, statusCommand())).stdout).snapshots;
        assert.equal(found?.path.slice(host.root.length), `${havenSnapshotFolder}/one`);
        assert.equal(found?.bytes, 3);
        assert.ok((found?.modifiedSec ?? 0) > 1_700_000_000);
      },
    ));
});

/** The words that take k3s off a machine whose script of k3s deletes the folder of k3s with all that is in it. */
function takesOff(host: SandboxHost): [string, ...string[]] {
  const plan = planRemove(fleetState(wholeFleet), memberFactsOf(wholeFleet), {
    stamp,
    host: 'cp3',
    nodes: kubeNodesOf(wholeFleet),
    drain: false,
    uninstall: true,
    inBackends: [],
  });
  const uninstall = join(host.root, 'local/k3s-uninstall.sh');
  host.put(
    '/local/k3s-uninstall.sh',
    `#!/bin/sh\n: >'${host.root}/taken-off'; rm -rf '${host.root}/var/lib/rancher/k3s'\n`,
    0o755,
  );
  host.put('/var/lib/rancher/k3s/server/token', 'secret');
  const argv = stepOf(plan, 'uninstall').run.argv.map((each) =>
    String(each).replaceAll('/usr/local/bin', dirname(uninstall)),
  );
  const [program = '', ...words] = argv;
  return [program, ...words];
}

describe('k3s is taken off a machine', () => {
  test('the volumes of its pods, which the script of k3s deletes, stay beside its data', () =>
    on({}, async (host) => {
      const argv = takesOff(host);
      const kept = `/var/lib/haven/kept/${stamp}/var/lib/rancher/k3s`;
      const volume = 'storage/pvc-1_default_data/table';
      host.put(`/var/lib/rancher/k3s/${volume}`, 'rows');
      // Of an earlier try that broke off: what lies in both places is for a person to judge.
      host.put(`${kept}/storage/half`, '');
      const refused = await run(host, { argv });
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /volumes lie in .* already/);
      assert.equal(host.text('/taken-off'), undefined);
      await run(host, { argv: ['rm', '-r', join(host.root, kept, 'storage')] });
      assert.equal((await run(host, { argv })).code, 0);
      assert.equal(host.text('/taken-off'), '');
      assert.equal(host.text(`${kept}/${volume}`), 'rows');
      // Once more, as when the connection was lost at its end.
      assert.equal((await run(host, { argv })).code, 0);
    }));
});

describe('a full disk', () => {
  test('k3s is not taken off before the copy of its data is whole', () =>
    on({ cp: 'echo "No space left on device" >&2; exit 1' }, async (host) => {
      const argv = takesOff(host);
      const { code, stderr } = await run(host, { argv });
      assert.equal(code, 1);
      assert.match(stderr, /No space left/);
      assert.equal(host.text('/taken-off'), undefined);
      // With room again the same step goes on.
      await run(host, { argv: ['rm', join(host.root, 'bin/cp')] });
      assert.equal((await run(host, { argv })).code, 0);
      assert.equal(host.text('/taken-off'), '');
      assert.equal(host.text(`/var/lib/haven/kept/${stamp}/var/lib/rancher/k3s/server/token`), 'secret');
    }));

  test('settings of the cluster that were kept without a release are not said to be back', () =>
    on({ kubectl: 'exit 1' }, async (host) => {
      const step = keepSettings('cp1', stamp, true);
      const [back] = step.undo ?? [];
      assert.ok(back !== undefined && 'done' in back && back.done !== undefined);
      host.put(`/var/lib/haven/kept/${stamp}/kubeadm-config.yaml`, 'apiServer: {}\n');
      assert.ok(!(await isYes(host, back.done)));
    }));
});

describe('a clock that was ahead', () => {
  test('what a timer saves now is not the oldest, and is kept', () =>
    on(
      { date: 'echo 20261121-070000', etcdctl: 'for f; do :; done; case "$*" in *save*) cp "$ROOT/good" "$f";; esac' },
      async (host) => {
        const content = Buffer.alloc(1024, 'etcd');
        const whole = Buffer.concat([content, createHash('sha256').update(content).digest()]);
        mkdirSync(join(host.root, 'var/lib/haven/snapshots'), { recursive: true });
        writeFileSync(join(host.root, 'good'), whole);
        const names = ['20300101-000000', '20300102-000000', '20261120-070000', '20261119-070000'];
        for (const name of names)
          linkSync(join(host.root, 'good'), join(host.root, havenSnapshotFolder, `scheduled-${name}`));
        host.put('/var/lib/haven/save.sh', scheduledSave(2));
        const saved = await run(host, { argv: ['sh', '/var/lib/haven/save.sh'] });
        assert.equal(saved.code, 0, saved.stderr);
        assert.deepEqual(host.list(havenSnapshotFolder), ['scheduled-20261120-070000', 'scheduled-20261121-070000']);
      },
    ));
});

describe('an unzip that fails', () => {
  test('does not make a snapshot one that no token seals', async () => {
    const folder = '/var/lib/rancher/k3s/server/db/snapshots';
    const note = { name: 'before', folder, any: true };
    const database = Buffer.concat([Buffer.alloc(512, 'etcd'), Buffer.from('/bootstrap/0123456789ab'.padEnd(512))]);
    const content = Buffer.concat([database, createHash('sha256').update(database).digest()]);
    const systemctl = `exit 0`;
    const given = (unzip: string) => ({ systemctl, unzip });
    await on(given('echo "not enough memory" >&2; exit 9'), async (host) => {
      host.put(`${folder}/before-cp1-1.zip`, 'PK');
      const { code, stderr } = await run(host, noteTokenHash(note));
      assert.equal(code, 1);
      assert.match(stderr, /before-cp1-1\.zip cannot be read/);
      assert.equal(await isYes(host, tokenHashIsNoted('cp1', note)), false);
    });
    await on(given(`printf %s '${content.toString('base64')}' | base64 -d`), async (host) => {
      host.put(`${folder}/before-cp1-1.zip`, 'PK');
      assert.equal((await run(host, noteTokenHash(note))).code, 0);
      assert.equal(await isYes(host, tokenHashIsNoted('cp1', note)), true);
      assert.equal(host.text(`${folder}/../.haven-token-hashes/before-cp1-1.zip`), '0123456789ab\n');
    });
  });
});
