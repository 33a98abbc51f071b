import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Answer, ask, plain, recorded, sameAs, told, unrecorded, verdict } from '../../support/kubeadm-recordings';
import { PracticeWorld } from '../../support/practice';
import { pass } from '../../support/practice-fleet';

const admin = 'export KUBECONFIG=/etc/kubernetes/admin.conf;';

/** A machine as it was before it joined, and the line with which it joins. */
async function outside(host: string) {
  const world = new PracticeWorld('kubeadm');
  await ask(world, host, 'kubeadm reset -f; rm -rf /etc/kubernetes/* /var/lib/etcd');
  await pass(world, 10);
  await ask(world, 'cp1', `${admin} kubectl delete node ${host}`);
  const key = (await ask(world, 'cp1', 'kubeadm init phase upload-certs --upload-certs')).stdout
    .trim()
    .split('\n')
    .at(-1);
  const line = (await ask(world, 'cp1', 'kubeadm token create --print-join-command')).stdout.trim();
  return { world, line, asServer: `${line} --control-plane --certificate-key ${key}` };
}

describe('kubeadm of the practice cluster, beside recordings of a real one', { skip: unrecorded }, () => {
  test('a control plane joins', async () => {
    const { world, asServer } = await outside('cp3');
    sameAs(recorded('join/control-plane-cp3'), await ask(world, 'cp3', asServer));
  });

  test('the first server of a new cluster, up to the words that stand for a person', async () => {
    const world = new PracticeWorld('kubeadm');
    for (const host of ['cp3', 'cp2']) {
      await ask(world, host, 'kubeadm reset -f');
      await pass(world, 10);
      await ask(world, 'cp1', `${admin} kubectl delete node ${host}`);
    }
    const settings = (
      await ask(
        world,
        'cp1',
        `${admin} kubectl -n kube-system get cm kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}'`,
      )
    ).stdout;
    await ask(world, 'cp1', 'kubeadm reset -f; rm -rf /etc/kubernetes/* /var/lib/etcd');
    await pass(world, 10);
    world.machine('cp1').files.place('/root/kubeadm-config.yaml', settings);
    const want = recorded('init');
    const upTo = (text: string) => text.slice(0, text.indexOf('initialized successfully!'));
    const have = await ask(world, 'cp1', 'kubeadm init --config /root/kubeadm-config.yaml --upload-certs');
    sameAs({ ...want, stdout: upTo(want.stdout) }, { ...have, stdout: upTo(have.stdout) });
    assert.equal((await ask(world, 'cp1', `${admin} kubectl get nodes -o name`)).stdout.trim(), 'node/cp1');
  });

  test('a worker joins', async () => {
    const { world, line } = await outside('w1');
    sameAs(recorded('join/worker-w1'), await ask(world, 'w1', line));
  });

  const failing: readonly (readonly [
    name: string,
    host: string,
    isServer: boolean,
    change: (line: string) => string,
  ])[] = [
    ['join/control-plane-wrong-key', 'cp3', true, (line) => line.replace(/[0-9a-f]{64}$/, '0'.repeat(64))],
    ['join/fail-wrong-ca-hash', 'w1', false, (line) => line.replace(/[0-9a-f]{64}/, '0'.repeat(64))],
    ['join/fail-wrong-token-id', 'w1', false, (line) => line.replace(/--token \S+/, '--token aaaaaa.0123456789abcdef')],
    [
      'join/fail-wrong-token-secret',
      'w1',
      false,
      (line) => line.replace(/(--token [a-z0-9]{6})\.\S+/, '$1.0123456789abcdef'),
    ],
  ];
  for (const [name, host, isServer, change] of failing) {
    test(`${name}: fails in the same words after the same time`, async () => {
      const { world, line, asServer } = await outside(host);
      sameAs(recorded(name), await ask(world, host, change(isServer ? asServer : line)));
    });
  }

  test('an expired token is as one that was never made', async () => {
    const { world, line } = await outside('w1');
    const short = (await ask(world, 'cp1', 'kubeadm token create --ttl 2s')).stdout.trim();
    await pass(world, 20);
    sameAs(
      recorded('join/fail-expired-token'),
      await ask(world, 'w1', line.replace(/--token \S+/, `--token ${short}`)),
    );
  });

  test('nobody listens at the endpoint', async () => {
    const { world, line } = await outside('w1');
    const want = recorded('join/fail-endpoint-refused');
    const have = await ask(world, 'w1', line.replace('lb.example.com:6443', '127.77.1.100:9443'));
    assert.equal(have.exit, want.exit);
    assert.ok(Math.abs(have.seconds - want.seconds) < 6);
    assert.match(have.stderr, /failed to request the cluster-info ConfigMap: .*connect: connection refused/);
  });

  for (const [name, isServer, before] of [
    ['join/fail-leftovers-join-twice', false, ''],
    ['join/fail-leftovers-control-plane', true, ''],
    ['join/fail-leftovers-kubelet-stopped', false, 'systemctl stop kubelet;'],
  ] as const) {
    test(`${name}: a machine that has joined already`, async () => {
      const { world, line, asServer } = await outside('w1');
      await ask(world, 'w1', line);
      sameAs(recorded(name), await ask(world, 'w1', `${before} ${isServer ? asServer : line}`));
    });
  }

  test('a name that is taken is noticed late, leaves files, and the next try stumbles over them', async () => {
    const { world, line } = await outside('w1');
    await ask(world, 'cp1', `${admin} kubectl get nodes`);
    const taken = await ask(world, 'w1', `${line} --node-name cp2`);
    const want = recorded('join/fail-name-taken');
    assert.deepEqual(plain(taken.stdout), plain(want.stdout));
    assert.deepEqual(
      verdict(taken.stderr),
      verdict(want.stderr).map((each) => each.replace('"w1"', '"cp2"')),
    );
    assert.deepEqual(world.machine('w1').files.list('/etc/kubernetes').sort(), ['bootstrap-kubelet.conf', 'pki']);
    sameAs(recorded('join/fail-name-taken-then-right-name'), await ask(world, 'w1', line));
    await ask(world, 'w1', 'kubeadm reset -f');
    assert.equal((await ask(world, 'w1', line)).exit, 0);
  });

  test('a taken name of a control plane leaves everything but the manifest of etcd', async () => {
    const { world, asServer } = await outside('cp3');
    const have = await ask(world, 'cp3', `${asServer} --node-name cp2`);
    assert.match(have.stderr, /a Node with name "cp2" and status "Ready" already exists/);
    const left = recorded('join/fail-name-taken-control-plane-then-tree').stdout;
    const files = [...left.matchAll(/^-\S+ .* (\/etc\/kubernetes\/\S+)$/gm)].map((each) => each[1]).sort();
    const own = (await ask(world, 'cp3', 'find /etc/kubernetes -type f')).stdout.trim().split('\n').sort();
    assert.deepEqual(own, files);
    assert.equal(world.machine('cp3').units.get('kubelet')?.active, 'inactive');
  });

  test('a machine without its disk: the join waits two minutes for the dead member and fails; without it, it works', async () => {
    const { world, asServer } = await outside('cp3');
    await ask(world, 'cp3', asServer);
    await pass(world, 30);
    world.practice.powerOff(world.machine('cp3'));
    await ask(world, 'cp1', 'true');
    const { files } = world.machine('cp3');
    for (const each of ['/etc/kubernetes', '/var/lib/etcd', '/var/lib/kubelet']) {
      files.remove(each);
      if (each !== '/var/lib/etcd') files.makeFolders(each);
    }
    await pass(world, 60);
    world.practice.powerOn(world.machine('cp3'));
    const name = 'loss/disk-of-cp3';
    const want = told(name, 'cp3$ kubeadm join');
    const have = await ask(world, 'cp3', asServer);
    assert.deepEqual(verdict(have.stderr), verdict(want.stderr));
    assert.equal(have.exit, want.exit);
    assert.ok(Math.abs(have.seconds - want.seconds) < 10, `${have.seconds}`);
    const tree = told(name, 'find /etc/kubernetes -type f').stdout;
    const own = (await ask(world, 'cp3', 'find /etc/kubernetes -type f')).stdout;
    // The next machine joined with what was there: bootstrap-kubelet.conf is written after the look at etcd.
    assert.deepEqual(own.trim().split('\n').sort(), tree.match(/^\/etc\/kubernetes\/\S+$/gm)?.sort());
    const reset = await ask(world, 'cp3', 'kubeadm reset -f');
    assert.deepEqual(plain(reset.stdout), plain(told(name, 'cp3$ kubeadm reset').stdout));
    assert.match(reset.stderr, /doesn't have kubeadm.alpha.kubernetes.io\/cri-socket annotation/);
    const tls = ['ca.crt', 'healthcheck-client.crt', 'healthcheck-client.key'].map(
      (each) => `/etc/kubernetes/pki/etcd/${each}`,
    );
    const flags = `--endpoints=https://127.0.0.1:2379 --cacert=${tls[0]} --cert=${tls[1]} --key=${tls[2]}`;
    const etcdctl = `crictl exec $(crictl ps --name etcd -q) etcdctl ${flags}`;
    const list = (await ask(world, 'cp1', `${etcdctl} member list`)).stdout;
    const dead = /^([0-9a-f]+), started, cp3/m.exec(list)?.[1];
    assert.match(
      (await ask(world, 'cp1', `${etcdctl} member remove ${dead}`)).stdout,
      /^Member \S+ removed from cluster/,
    );
    await ask(world, 'cp1', `${admin} kubectl delete node cp3`);
    const again = await ask(world, 'cp3', asServer);
    assert.equal(again.exit, 0, again.stderr);
    assert.ok(again.seconds > 8 && again.seconds < 22, `${again.seconds}`);
  });

  test('reset of a control plane takes its member out, while its Node is there', async () => {
    const world = new PracticeWorld('kubeadm');
    const want = told('reset/control-plane-cp3', 'cp3$ kubeadm reset');
    const have = await ask(world, 'cp3', 'kubeadm reset -f');
    sameAs(want, have);
    assert.equal(world.practice.anyStore()?.members.length, 2);
    const left = (
      await ask(
        world,
        'cp3',
        'find /etc/kubernetes /var/lib/etcd /var/lib/kubelet; systemctl is-active kubelet; systemctl is-enabled kubelet',
      )
    ).stdout;
    assert.deepEqual(left.trim().split('\n'), [
      '/etc/kubernetes',
      '/etc/kubernetes/manifests',
      '/etc/kubernetes/pki',
      '/var/lib/etcd',
      '/var/lib/kubelet',
      'inactive',
      'enabled',
    ]);
  });

  test('reset after the Node is gone leaves the member in the list, and says 0', async () => {
    const world = new PracticeWorld('kubeadm');
    await ask(world, 'cp1', `${admin} kubectl delete node cp3`);
    const have = await ask(world, 'cp3', 'kubeadm reset -f');
    assert.equal(have.exit, 0);
    assert.match(have.stderr, /failed to get corresponding node: nodes "cp3" not found/);
    assert.equal(world.practice.anyStore()?.members.length, 3);
    assert.deepEqual(world.machine('cp3').files.list('/var/lib/etcd'), []);
  });

  test('reset of a worker, the taken name right after it, and the join when it is called not ready', async () => {
    const { world, line } = await outside('w1');
    await ask(world, 'w1', line);
    sameAs(recorded('reset/worker-1-reset'), await ask(world, 'w1', 'kubeadm reset -f'));
    sameAs(recorded('reset/worker-3-rejoin-at-once'), await ask(world, 'w1', line));
    await pass(world, 52);
    sameAs(
      recorded('reset/worker-5-rejoin-when-not-ready'),
      await ask(world, 'w1', `kubeadm reset -f >/dev/null 2>&1; ${line}`),
    );
  });

  test('requests through the address of all fail for seconds after a control plane has gone', async () => {
    const world = new PracticeWorld('kubeadm');
    await ask(world, 'cp3', 'kubeadm reset -f');
    const answers: Answer[] = [];
    for (let i = 0; i < 3; i++) answers.push(await ask(world, 'cp1', `${admin} kubectl get nodes`));
    assert.deepEqual(
      answers.map((each) => each.exit),
      [0, 0, 1],
    );
    assert.equal(answers[2]?.stderr.trim(), 'Unable to connect to the server: EOF');
    await pass(world, 7);
    for (let i = 0; i < 3; i++) assert.equal((await ask(world, 'cp1', `${admin} kubectl get nodes`)).exit, 0);
  });

  test('tokens and uploaded certificates', async () => {
    const world = new PracticeWorld('kubeadm');
    sameAs(recorded('token/upload-certs'), await ask(world, 'cp1', 'kubeadm init phase upload-certs --upload-certs'));
    const line = await ask(world, 'cp1', 'kubeadm token create --print-join-command');
    sameAs(recorded('token/create-print-join-command'), line);
    const list = recorded('token/list').stdout;
    const shape = (text: string) => text.split('\n')[0]?.trimEnd();
    const have = (await ask(world, 'cp1', 'kubeadm token list')).stdout;
    assert.equal(shape(have), shape(list));
    const usages = (text: string) => [...text.matchAll(/(authentication,signing|<none>) {3}/g)].map((each) => each[1]);
    assert.deepEqual(new Set(usages(have)), new Set(['authentication,signing', '<none>']));
    await pass(world, 7300);
    assert.doesNotMatch((await ask(world, 'cp1', 'kubeadm token list')).stdout, /Proxy for managing/);
    const gone = await ask(world, 'cp1', `${admin} kubectl -n kube-system get secret kubeadm-certs -o name`);
    assert.equal(gone.exit, 1);
  });

  test('the days that certificates have left, as a table and as JSON, and on a worker', async () => {
    const world = new PracticeWorld('kubeadm');
    const words = (text: string) =>
      plain(text).map((line) =>
        line.replace(/\w{3} \d\d, \d{4} \d\d:\d\d UTC/, 'DATE').replace(/\b(\d+d|\d+y)\b/, (left) => left.slice(-1)),
      );
    const want = recorded('certs/check-expiration');
    const have = await ask(world, 'cp1', 'kubeadm certs check-expiration');
    assert.deepEqual(words(have.stdout), words(want.stdout));
    const json = (text: string) =>
      JSON.stringify(JSON.parse(text), (key, value) =>
        key === 'expirationDate' || key === 'residualTime' ? typeof value : value,
      );
    const asked = await ask(world, 'cp1', 'kubeadm certs check-expiration -o json');
    assert.equal(json(asked.stdout), json(recorded('certs/check-expiration-json').stdout));
    sameAs(recorded('certs/check-expiration-worker'), await ask(world, 'w1', 'kubeadm certs check-expiration'));
  });

  test('renewed certificates have other serial numbers and the same names', async () => {
    const world = new PracticeWorld('kubeadm');
    const look = 'openssl x509 -noout -serial -ext subjectAltName -in /etc/kubernetes/pki/apiserver.crt';
    const before = (await ask(world, 'cp3', look)).stdout.split('\n');
    sameAs(
      told('certs/renew-all-and-restart', 'kubeadm certs renew all'),
      await ask(world, 'cp3', 'kubeadm certs renew all'),
    );
    const after = (await ask(world, 'cp3', look)).stdout.split('\n');
    assert.notEqual(after[0], before[0]);
    assert.deepEqual(after.slice(1), before.slice(1));
  });

  for (const host of ['cp1', 'cp2'] as const) {
    test(`the manifests of ${host}, line by line`, async () => {
      const world = new PracticeWorld('kubeadm');
      const { files } = world.machine(host);
      const text = recorded(`files/manifests-${host}`).stdout;
      const blocks = [...text.matchAll(/^=== (\S+)\n([\s\S]*?)(?=^=== |(?![\s\S]))/gm)];
      assert.equal(blocks.length, 4);
      for (const [, path = '', body = ''] of blocks) {
        const own = files.text(path).split('\n');
        // The recorder left lines out where it says so.
        const [start = '', rest = ''] = body.split(/\[… \d+ lines? left out …\]\n/);
        const want = plain(start);
        assert.deepEqual(plain(own.slice(0, want.length).join('\n')).slice(0, want.length), want, path);
        const end = plain(rest);
        if (end.length > 0) assert.deepEqual(plain(own.join('\n')).slice(-end.length), end, path);
      }
    });
  }

  for (const host of ['cp1', 'cp2', 'w1'] as const) {
    test(`files of ${host} below /etc/kubernetes with their modes`, async () => {
      const world = new PracticeWorld('kubeadm');
      const lines = recorded(`files/tree-${host}`).stdout.split('\n');
      const want = lines.flatMap(
        (line) => /^\S+ (\d+) \S+ +\d+ (\/etc\/kubernetes\S*)$/.exec(line)?.slice(1, 3).join(' ') ?? [],
      );
      const found = (await ask(world, host, "find /etc/kubernetes -printf '%m %p\\n'")).stdout.trim().split('\n');
      assert.deepEqual(found.sort(), want.sort());
    });
  }
});
