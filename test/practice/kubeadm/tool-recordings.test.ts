import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Answer, ask, recorded, unrecorded } from '../../support/kubeadm-recordings';
import { PracticeWorld } from '../../support/practice';
import { pass } from '../../support/practice-fleet';
import { sharedFolder } from '../../support/shared';

const admin = 'export KUBECONFIG=/etc/kubernetes/admin.conf;';
const tls = (name: string) => {
  const folder = '/etc/kubernetes/pki/etcd';
  return `--endpoints=https://127.0.0.1:2379 --cacert=${folder}/ca.crt --cert=${folder}/${name}.crt --key=${folder}/${name}.key`;
};

/** The messages of etcd's log lines, without times, sizes and ids. */
const messages = ({ stderr }: Answer) =>
  [...stderr.matchAll(/"msg":"([^"]+)"/g)]
    .map((each) => each[1])
    .filter((each) => !each?.startsWith('streamer failed'));
const errors = ({ stderr }: Answer) => stderr.split('\n').filter((line) => /^(?:Error|ls):/.test(line));
const sizeless = (text: string) => text.replace(/^(?:total|[d-]\S{9}) .*\n/gm, '').trim();

/** A world with etcd's tools on the hosts. */
function withTools(): PracticeWorld {
  const world = new PracticeWorld('kubeadm');
  for (const name of ['cp1', 'cp2', 'cp3'])
    for (const tool of ['etcdctl', 'etcdutl']) world.machine(name).missing.delete(tool);
  return world;
}

describe('the tools on a kubeadm practice node, beside recordings of real ones', { skip: unrecorded }, () => {
  const cases: readonly (readonly [name: string, command: string])[] = [
    [
      'host-save-target-exists',
      `mkdir -p -m 700 /var/backups/etcd; echo keep >/var/backups/etcd/old.db; etcdctl ${tls('healthcheck-client')} snapshot save /var/backups/etcd/old.db`,
    ],
    [
      'host-save-no-certs',
      'mkdir -p /var/backups/etcd; etcdctl --endpoints=https://127.0.0.1:2379 --command-timeout=5s snapshot save /var/backups/etcd/c.db',
    ],
    [
      'host-save-two-endpoints',
      `etcdctl ${tls('healthcheck-client').replace('2379 ', '2379,https://10.77.0.12:2379 ')} snapshot save /var/backups/etcd/b.db`,
    ],
    [
      'pod-crictl-exec-tmp',
      `crictl exec $(crictl ps --name etcd -q) etcdctl ${tls('server')} snapshot save /tmp/s.db; ls -la /tmp/s.db`,
    ],
    [
      'pod-crictl-exec',
      `crictl exec $(crictl ps --name etcd -q) etcdctl ${tls('server')} snapshot save /var/lib/etcd/snapshot2.db`,
    ],
    [
      'pod-kubectl-exec',
      `${admin} kubectl -n kube-system exec etcd-cp1 -- etcdctl ${tls('server')} snapshot save /var/lib/etcd/snapshot.db`,
    ],
  ];
  for (const [name, command] of cases) {
    test(`snapshot/${name}: the same words, exit code and time`, async () => {
      const want = recorded(`snapshot/${name}`);
      const have = await ask(withTools(), 'cp1', command);
      assert.equal(sizeless(have.stdout), sizeless(want.stdout).replace(/\n\{.*$/s, ''));
      assert.deepEqual(messages(have), messages(want));
      assert.deepEqual(errors(have), errors(want));
      assert.equal(have.exit, want.exit);
      assert.ok(Math.abs(have.seconds - want.seconds) < 1.5, `${have.seconds} s`);
    });
  }

  test('a saved file is for root alone, and what was there is overwritten without a word', async () => {
    const world = withTools();
    await ask(world, 'cp1', cases[0]?.[1] ?? '');
    const entry = world.machine('cp1').files.get('/var/backups/etcd/old.db');
    assert.ok(entry?.kind === 'file' && entry.content.length > 10_000);
    assert.ok(!world.machine('cp1').files.has('/var/backups/etcd/old.db.part'));
    const status = await ask(
      world,
      'cp1',
      'etcdutl snapshot status /var/backups/etcd/old.db -w json; etcdutl snapshot status /var/backups/etcd/old.db -w table',
    );
    const want = recorded('snapshot/host-save').stdout;
    const json = (text: string) => Object.keys(JSON.parse(/^\{.*\}$/m.exec(text)?.[0] ?? '{}') as object);
    assert.deepEqual(json(status.stdout), json(want));
    const head = (text: string) => /^\| +HASH.*$/m.exec(text)?.[0].replace(/ +/g, ' ');
    assert.equal(head(status.stdout), head(want));
  });

  test('the image of etcd has no shell', async () => {
    const want = recorded('snapshot/pod-kubectl-exec-shell');
    const have = await ask(
      new PracticeWorld('kubeadm'),
      'cp1',
      `${admin} kubectl -n kube-system exec etcd-cp1 -- sh -c "echo x"`,
    );
    const plain = (text: string) => text.replace(/[0-9a-f]{64}/, 'ID');
    assert.equal(plain(have.stderr), plain(want.stderr));
    assert.equal(have.exit, want.exit);
  });

  test('the members as text, as a table and as JSON', async () => {
    const world = withTools();
    const want = recorded('snapshot/kubectl-exec-other-node').stdout;
    const plain = (text: string) =>
      text
        .replace(/^ *[0-9a-f]{15,16},/gm, 'ID,')
        .replace(/10\.77\.0\.1([123])/g, (_, n: string) => `127.77.1.1${Number(n) - 1}`)
        .trim()
        .split('\n')
        .sort();
    const have = await ask(
      world,
      'cp1',
      `${admin} kubectl -n kube-system exec etcd-cp2 -- etcdctl ${tls('server')} member list`,
    );
    assert.deepEqual(plain(have.stdout), plain(want));
    const members = recorded('status/etcd-members').stdout;
    const all = await ask(
      world,
      'cp1',
      `etcdctl ${tls('healthcheck-client')} member list -w table; etcdctl ${tls('healthcheck-client')} member list -w json`,
    );
    const head = (text: string) => /^\| +ID.*$/m.exec(text)?.[0].replace(/ +/g, ' ');
    assert.equal(head(all.stdout), head(members));
    const keys = (text: string) => {
      const { header, members: list } = JSON.parse(/^\{"header".*"members".*$/m.exec(text)?.[0] ?? '{}') as {
        header: object;
        members: object[];
      };
      return [Object.keys(header), Object.keys(list[0] ?? {})];
    };
    assert.deepEqual(keys(all.stdout), keys(members));
  });

  test('containers as a table and as JSON', async () => {
    const world = new PracticeWorld('kubeadm');
    const json = (text: string) => {
      const { containers } = JSON.parse(text) as { containers: Record<string, object>[] };
      return containers.map((each) => [
        Object.keys(each),
        Object.keys(each.labels ?? {}),
        Object.keys(each.annotations ?? {}),
      ]);
    };
    const asked = await ask(world, 'cp1', 'crictl ps --name etcd -o json');
    assert.deepEqual(json(asked.stdout), json(recorded('status/crictl-ps-etcd.json').stdout));
    const table = (await ask(world, 'cp1', 'crictl ps -a')).stdout.split('\n');
    const want = recorded('status/crictl-ps').stdout.split('\n');
    assert.equal(table[0]?.replace(/ +/g, ' '), want[0]?.replace(/ +/g, ' '));
    const names = (lines: readonly string[]) =>
      lines
        .slice(1, 5)
        .map((line) => /Running +(\S+)/.exec(line)?.[1])
        .sort();
    assert.deepEqual(names(table), names(want));
  });

  test('kubelet before the machine has joined: started again and again', async () => {
    const world = new PracticeWorld('kubeadm');
    await ask(world, 'w1', 'kubeadm reset -f; systemctl start kubelet');
    await pass(world, 60);
    const have = await ask(
      world,
      'w1',
      'systemctl show kubelet -p LoadState,ActiveState,SubState,Result,NRestarts,ExecMainStatus,UnitFileState; journalctl -u kubelet --no-pager -o cat -n 1',
    );
    const want = recorded('files/kubelet-before-join').stdout;
    const plain = (text: string) =>
      text
        .split('\n')
        .filter((line) => /^\w+=/.test(line))
        .map((line) => line.replace(/(NRestarts=)\d+/, '$1N'))
        .sort();
    assert.deepEqual(plain(have.stdout), plain(want));
    const cause = (text: string) => /"command failed" err=.*/.exec(text)?.[0];
    assert.equal(cause(have.stdout), cause(want));
  });

  test('what etcd says of its health, and the API to somebody without a certificate', async () => {
    const world = new PracticeWorld('kubeadm');
    const have = await ask(world, 'cp1', 'curl -s http://127.0.0.1:2381/health');
    assert.equal(have.stdout, /^\{"health".*\}/m.exec(recorded('status/etcd-health-2381').stdout)?.[0]);
    assert.equal((await ask(world, 'w1', 'curl -sk https://lb.example.com:6443/readyz')).stdout, 'ok');
  });
});

describe('etcdutl restore on a practice node, beside recordings of a real one', {
  skip: sharedFolder('facts', 'etcd', 'recordings') === undefined && 'there are no recordings beside the checkout',
}, () => {
  interface Row {
    readonly cmd: string;
    readonly exit: number;
    readonly stderr: string;
  }
  const rows = (): Row[] => {
    const folder = sharedFolder('facts', 'etcd', 'recordings') ?? '';
    const { rows: all } = JSON.parse(readFileSync(join(folder, '04-restore.json'), 'utf8')) as { readonly rows: Row[] };
    return all.filter(({ cmd, exit }) => /^etcdutl snapshot restore/.test(cmd) && exit > 0);
  };

  test('every refusal in the same words, with the same exit code', async () => {
    const refused = rows();
    assert.ok(refused.length >= 10, `${refused.length} rows`);
    let compared = 0;
    for (const { cmd, exit, stderr } of refused) {
      const world = withTools();
      const make = `mkdir -p /lab/snap /lab/full1/x /lab/lf/lost+found /lab/empty; etcdctl ${tls('healthcheck-client')} snapshot save /lab/snap/a.db`;
      await ask(world, 'cp1', make);
      const wants = stderr.trim().split('\n').at(-1) ?? '';
      // Not played: URLs that cannot be read, one name with two URLs, the second use of a folder that a row before filled.
      if (/first path segment|len\(\[|data-dir "\/lab\/empty"/.test(wants)) continue;
      const have = await ask(world, 'cp1', cmd);
      assert.equal(have.stderr.trim().split('\n').at(-1), wants, cmd);
      assert.equal(have.exit, exit, cmd);
      compared++;
    }
    assert.ok(compared >= 8, `${compared} compared`);
  });
});
