import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { criticalDifferences, nodeArguments } from '../../src/model/k3s/critical-values';
import { faultsOf, secretsOf } from '../../src/ops/check-plan';
import { holds } from '../../src/ops/command';
import { peerVotes } from '../../src/ops/commands/etcd-peer';
import { type JoinFacts, joinFactsCommand, parseJoinFacts } from '../../src/ops/commands/join-facts';
import { planJoin } from '../../src/ops/join/join';
import { comparedBeforeJoin } from '../../src/ops/join/join-questions';
import type { JoinParameters } from '../../src/ops/join/join-work';
import { renderPlan } from '../../src/ops/render-plan';
import type { ExecRequest } from '../../src/run/transport';
import { type FleetNode, fleetState, kubeNodesOf, memberFactsOf, wholeFleet } from '../support/fleet';
import { matchesGolden } from '../support/golden';
import { SandboxHost } from '../support/sandbox-host';

const cluster: readonly FleetNode[] = wholeFleet;
const joiner: FleetNode = { name: 'cp4', roles: ['server'] };
const worker: FleetNode = { name: 'w2', roles: ['agent'] };

const machine: JoinFacts = {
  hostName: 'cp4',
  clockSec: 1_795_230_900,
  ports: new Set([22]),
  units: new Map([['k3s', 'inactive']]),
  k3sVersion: 'v1.34.1+k3s1',
  kubeadmVersion: undefined,
  kubeletVersion: undefined,
  leftovers: [],
  hasRoute: true,
  freeKib: 20_000_000,
  hasContainerRuntime: true,
  swaps: false,
  settings: [],
  unreached: [],
};
const kubeadmMachine: JoinFacts = {
  ...machine,
  k3sVersion: undefined,
  units: new Map(),
  kubeadmVersion: 'v1.34.1',
  kubeletVersion: 'v1.34.1',
};

interface Changes extends Partial<JoinParameters> {
  readonly cluster?: readonly FleetNode[];
  readonly joiner?: FleetNode;
  /** Of whom the members speak; the nodes of the cluster unless another list is given. */
  readonly listed?: readonly FleetNode[];
  readonly distribution?: 'k3s' | 'kubeadm';
}

function join({
  cluster: nodes = cluster,
  joiner: one = joiner,
  distribution = 'k3s',
  listed = nodes,
  ...changes
}: Changes = {}) {
  const release = distribution === 'k3s' ? 'v1.34.1+k3s1' : 'v1.34.1';
  // The machine is in the inventory and says nothing of an etcd of its own.
  const state = fleetState([...nodes, one], distribution);
  const joined = state.nodes.find((each) => each.node.name === one.name);
  assert.ok(joined !== undefined);
  const running = { name: distribution === 'k3s' ? 'k3s' : 'kubelet', active: 'active', sub: 'running', restarts: 0 };
  for (const each of state.nodes) {
    if (each.report.kind === 'answered' && each.node.roles.includes('server') && each !== joined)
      Object.assign(each.report.status, { units: [running] });
  }
  const plan = planJoin(state, memberFactsOf(listed), {
    stamp: '20261121-070000',
    host: one.name,
    nodes: kubeNodesOf(nodes, release),
    facts:
      distribution === 'k3s'
        ? {
            ...machine,
            hostName: one.name,
            units: new Map([[one.roles[0] === 'server' ? 'k3s' : 'k3s-agent', 'inactive']]),
          }
        : { ...kubeadmMachine, hostName: one.name },
    clockSkewSec: 0.2,
    programs: { from: 'machine' },
    release,
    config: undefined,
    differences: [],
    servedNames: undefined,
    caHash: distribution === 'kubeadm' ? 'ab'.repeat(32) : undefined,
    inBackends: [],
    concerns: { blockers: [], warnings: [] },
    ...changes,
  });
  assert.deepEqual(faultsOf(plan), []);
  return plan;
}

const acts = (plan: ReturnType<typeof join>) => plan.steps.map((step) => step.id);
const blockers = (plan: ReturnType<typeof join>) => plan.blockers.map((each) => render(each.message));
const warnings = (plan: ReturnType<typeof join>) => plan.warnings.map((each) => render(each.message));

describe('joining a k3s server', () => {
  test('reads the token on the server, starts, and sees it vote, work and live', () => {
    const plan = join();
    assert.deepEqual(blockers(plan), []);
    assert.deepEqual(acts(plan), [
      'folder-/etc/rancher/k3s/config.yaml.d@cp4',
      'folder-/var/lib/haven/kept/20261121-070000@cp4',
      'token@cp1',
      'token-file@cp4',
      'drop-in@cp4',
      'join@cp4',
      'votes@cp4',
      'healthy@cp4',
      'ready@cp4',
    ]);
    assert.deepEqual(secretsOf(plan), [], 'the run asks nobody for a secret');
    matchesGolden('join-server.md', renderPlan(plan, render));
  });

  test('an agent joins with the token for agents and has no member', () => {
    const plan = join({ joiner: worker });
    assert.deepEqual(blockers(plan), []);
    assert.ok(!acts(plan).some((each) => each.startsWith('votes')));
    assert.match(JSON.stringify(plan), /"node-token"/);
  });

  test('its own file is written, with the token where the file wants it', () => {
    const file = { localPath: '/w/k3s/cp4.yaml', sha256: 'cd'.repeat(32), bytes: 120 };
    const settings = new Map([
      ['server', 'https://10.0.0.12:6443'],
      ['token-file', '/etc/rancher/k3s/token'],
    ]);
    const plan = join({ config: { file, name: 'k3s/cp4.yaml', settings } });
    assert.deepEqual(blockers(plan), []);
    assert.ok(acts(plan).includes('config@cp4') && !acts(plan).includes('drop-in@cp4'));
    const token = plan.steps.find((step) => step.id === 'token-file@cp4');
    assert.equal(token !== undefined && 'upload' in token && token.upload.path, '/etc/rancher/k3s/token');
  });

  test('a path for the token that is more than a path is not taken', () => {
    const file = { localPath: '/w/k3s/cp4.yaml', sha256: 'cd'.repeat(32), bytes: 120 };
    const settings = new Map([['token-file', '/etc/../$(reboot)']]);
    const plan = join({ config: { file, name: 'k3s/cp4.yaml', settings } });
    const token = plan.steps.find((step) => step.id === 'token-file@cp4');
    assert.equal(token !== undefined && 'upload' in token && token.upload.path, '/etc/rancher/k3s/haven-join-token');
  });

  test('is installed from files of this machine without being started', () => {
    const file = (name: string) => ({ localPath: `/w/${name}`, sha256: 'ef'.repeat(32), bytes: 7 });
    const plan = join({
      programs: { from: 'files', k3s: file('k3s'), installer: file('install.sh') },
      facts: { ...machine, k3sVersion: undefined, units: new Map() },
    });
    assert.deepEqual(blockers(plan), []);
    assert.deepEqual(acts(plan).slice(5, 9), ['program@cp4', 'installer@cp4', 'install@cp4', 'join@cp4']);
    assert.match(JSON.stringify(plan), /INSTALL_K3S_SKIP_START=true/);
    // A k3s that lies there unused is another cluster's, or somebody's.
    const program = plan.steps.find((each) => each.id === 'program@cp4');
    assert.match(
      program !== undefined && 'upload' in program ? (program.upload.keep ?? '') : '',
      /kept.*\/usr\/local\/bin\/k3s$/,
    );
  });

  test('a way back that removes the member before it stops it', () => {
    const step = join().steps.find((each) => each.id === 'join@cp4');
    const undo = step !== undefined && 'undo' in step ? (step.undo ?? []) : [];
    assert.deepEqual(
      undo.map((each) => each.id),
      ['hold@cp4', 'leave@cp4', 'stop@cp4', 'forget-node@cp4'],
    );
  });

  const refusals: readonly (readonly [string, Changes, RegExp])[] = [
    ['a clock that is off', { clockSkewSec: -90 }, /its clock is -90 s off/],
    ['a port in use', { facts: { ...machine, ports: new Set([2380, 10250]) } }, /port 2380, 10250/],
    ['k3s that runs already', { facts: { ...machine, units: new Map([['k3s', 'active']]) } }, /k3s runs there already/],
    [
      'an agent on the machine',
      {
        facts: {
          ...machine,
          units: new Map([
            ['k3s', 'inactive'],
            ['k3s-agent', 'inactive'],
          ]),
        },
      },
      /unit k3s-agent as well/,
    ],
    [
      'a server that cannot be reached',
      { facts: { ...machine, unreached: [{ url: 'https://10.0.0.11:2380', code: 28 }] } },
      /cannot be reached from there/,
    ],
    [
      'a name nobody knows',
      { facts: { ...machine, unreached: [{ url: 'https://k8s.lab:6443', code: 6 }] } },
      /is not known there/,
    ],
    ['no route', { facts: { ...machine, hasRoute: false } }, /no default route/],
    ['a full disk', { facts: { ...machine, freeKib: 100_000 } }, /only 97 MiB are free/],
    ['no k3s', { facts: { ...machine, k3sVersion: undefined } }, /k3s is not installed there/],
    ['a newer k3s', { facts: { ...machine, k3sVersion: 'v1.35.0+k3s1' } }, /newer than v1\.34\.1\+k3s1/],
    ['a k3s that is too old', { facts: { ...machine, k3sVersion: 'v1.32.9+k3s1' } }, /too old beside/],
    ['a machine that does not answer', { facts: undefined }, /the machine did not answer/],
    ['a name that is taken', { facts: { ...machine, hostName: 'cp2' } }, /has a Node cp2 already/],
    ['a host name that is none', { facts: { ...machine, hostName: 'cp_4' } }, /"cp_4" cannot be the name/],
    ['an API that is silent', { nodes: [] }, /did not list its Nodes/],
    ['no unit of k3s', { facts: { ...machine, units: new Map() } }, /there is no unit k3s$/m],
    [
      'a load balancer',
      { joiner: { name: 'lb9', roles: ['loadbalancer'] } },
      /lb9 is no server or agent of this cluster/,
    ],
    [
      'no release to install',
      {
        programs: { from: 'online' },
        release: undefined,
        facts: { ...machine, k3sVersion: undefined, units: new Map() },
      },
      /nobody told which release the servers run/,
    ],
    [
      'no kubelet',
      { distribution: 'kubeadm', facts: { ...kubeadmMachine, kubeletVersion: undefined } },
      /kubeadm or kubelet is not installed there/,
    ],
    [
      'a critical value',
      { differences: [{ key: 'cluster-cidr', own: '10.42.0.0/16', running: '10.52.0.0/16' }] },
      /cluster-cidr is 10\.42\.0\.0\/16 here and 10\.52\.0\.0\/16/,
    ],
    ['a certificate without the name', { servedNames: ['10.0.0.12'] }, /not good for 10\.0\.0\.11/],
    [
      'an error in its file',
      {
        concerns: {
          blockers: [{ message: { template: 'Haven finds {0} errors in {1}', args: [1, 'k3s/cp4.yaml'] } }],
          warnings: [],
        },
      },
      /1 errors in k3s\/cp4\.yaml/,
    ],
    [
      'a member that is down',
      { cluster: cluster.map((each) => (each.name === 'cp3' ? { ...each, silent: true as const } : each)) },
      /cp3-00000002 does not answer/,
    ],
    [
      'a learner',
      { cluster: cluster.map((each) => (each.name === 'cp3' ? { ...each, etcd: 'learner' as const } : each)) },
      /still learning/,
    ],
    [
      'no server',
      { cluster: cluster.map((each) => ({ ...each, silent: true as const })) },
      /no server of the cluster answers/,
    ],
  ];
  for (const [name, changes, said] of refusals) {
    test(`is refused with ${name}`, () => {
      const plan = join(changes);
      assert.match(blockers(plan).join('\n'), said);
      assert.deepEqual(plan.steps, []);
    });
  }

  test('a machine that is at work in the cluster is not told to be reset', () => {
    const ports = new Set([22, 2379, 2380, 6443, 10250]);
    const leftovers = ['/etc/kubernetes/kubelet.conf', '/var/lib/etcd/member'];
    const [, there = joiner] = cluster;
    const others = cluster.filter((each) => each !== there);
    const all = [...others, there];
    const plan = (ownPorts: ReadonlySet<number>) =>
      join({
        cluster: others,
        joiner: there,
        listed: all,
        distribution: 'kubeadm',
        nodes: kubeNodesOf(all, 'v1.34.1'),
        facts: { ...kubeadmMachine, hostName: there.name, ports: ownPorts, leftovers },
      });
    assert.deepEqual(blockers(plan(ports)), [`it is in the cluster already: its Node ${there.name} is ready`]);
    // Its Node stays Ready for a while, but no kubelet listens there any more.
    assert.match(blockers(plan(new Set([22]))).join('\n'), /kubelet\.conf is left from an earlier cluster/);
  });

  test('a member that is still listed at its address is to be taken out first', () => {
    const plan = join({ listed: [...cluster, { ...joiner, etcd: 'voter', silent: true }] });
    assert.match(blockers(plan).join('\n'), /etcd still lists a member of 10\.0\.0\.17/);
  });

  test('says of an older patch release, of swap, and of a server without a member', () => {
    assert.match(
      warnings(join({ facts: { ...machine, k3sVersion: 'v1.34.0+k3s1' } })).join('\n'),
      /it has v1\.34\.0\+k3s1, and the servers run v1\.34\.1\+k3s1/,
    );
    const swaps = join({ distribution: 'kubeadm', facts: { ...kubeadmMachine, swaps: true } });
    assert.match(warnings(swaps).join('\n'), /swap is on/);
    const file = { localPath: '/w/k3s/cp4.yaml', sha256: 'cd'.repeat(32), bytes: 120 };
    const settings = new Map([['disable-etcd', 'true']]);
    const plan = join({ config: { file, name: 'k3s/cp4.yaml', settings } });
    assert.match(warnings(plan).join('\n'), /disable-etcd is set: it joins without a member/);
    assert.ok(!acts(plan).includes('votes@cp4'));
    for (const none of [join(), join({ distribution: 'kubeadm' })])
      assert.doesNotMatch(warnings(none).join('\n'), /servers run|swap is on|disable-etcd/);
  });

  test('says what two and four members are worth', () => {
    const two = join({ cluster: cluster.filter((each) => !['cp2', 'cp3'].includes(each.name)) });
    assert.match(warnings(two).join('\n'), /of two members none may fail/);
    assert.match(warnings(join()).join('\n'), /4 members bear no more failures than 3/);
  });

  test('warns of the virtual address, of a small skew and of a load balancer that sends already', () => {
    const settings = new Map([['server', 'https://10.0.0.100:6443']]);
    const file = { localPath: '/w/k3s/cp4.yaml', sha256: 'cd'.repeat(32), bytes: 120 };
    const plan = join({
      config: { file, name: 'k3s/cp4.yaml', settings },
      clockSkewSec: 7,
      inBackends: ['lb/haproxy.cfg'],
    });
    assert.deepEqual(blockers(plan), []);
    assert.match(
      warnings(plan).join('\n'),
      /its clock is 7 s off[\s\S]*haproxy\.cfg sends to cp4[\s\S]*|virtual address 10\.0\.0\.100/,
    );
    assert.match(warnings(plan).join('\n'), /virtual address 10\.0\.0\.100, which can lead it to itself/);
  });
});

describe('joining with kubeadm', () => {
  test('a control plane: token and key in one file for root, reset as the way back', () => {
    const plan = join({ distribution: 'kubeadm' });
    assert.deepEqual(blockers(plan), []);
    assert.deepEqual(acts(plan), [
      'token@cp1',
      'certificates@cp1',
      'folder-/var/lib/haven/kept/20261121-070000@cp4',
      'settings@cp4',
      'join@cp4',
      'votes@cp4',
      'healthy@cp4',
      'ready@cp4',
      'tidy@cp4',
      'forget-token-end@cp1',
    ]);
    assert.deepEqual(secretsOf(plan), []);
    matchesGolden('join-kubeadm-control-plane.md', renderPlan(plan, render));
  });

  test('a worker needs no key and has no member', () => {
    const plan = join({ distribution: 'kubeadm', joiner: worker });
    assert.deepEqual(blockers(plan), []);
    assert.ok(!acts(plan).some((each) => /^(?:certificates|votes|healthy)/.test(each)));
    assert.doesNotMatch(JSON.stringify(plan), /certificate-key|controlPlane/);
  });

  test('is refused over what an earlier cluster left, without a runtime, and without the hash of the authority', () => {
    const left = { ...kubeadmMachine, leftovers: ['/etc/kubernetes/kubelet.conf'], hasContainerRuntime: false };
    const said = blockers(join({ distribution: 'kubeadm', facts: left, caHash: undefined })).join('\n');
    assert.match(said, /kubelet\.conf is left from an earlier cluster/);
    assert.match(said, /no container runtime/);
    assert.match(said, /certificate of the cluster could not be read/);
  });
});

describe('what a join asks', () => {
  test('the facts of a machine are read from what it printed, and half an answer is none', () => {
    const text = [
      '=== host',
      'CP4',
      '',
      '=== clock',
      '1795230900',
      '',
      '=== listen',
      '00000000:0016',
      '00000000000000000000000000000000:192B',
      '',
      '=== units',
      'Id=k3s.service',
      'LoadState=loaded',
      'ActiveState=inactive',
      '',
      'Id=kubelet.service',
      'LoadState=not-found',
      'ActiveState=inactive',
      '',
      '=== k3s',
      'k3s version v1.34.1+k3s1 (abcdef12)',
      '',
      '=== left',
      '/var/lib/etcd/member',
      '',
      '=== route',
      'default via 10.0.0.1 dev eth0',
      '',
      '=== room',
      'Filesystem 1024-blocks Used Available Capacity Mounted on',
      '/dev/vda1 41943040 10485760 20971520 26% /',
      '',
      '=== swap',
      'Filename Type Size Used Priority',
      '/swapfile file 1 0 -2',
      '',
      '=== reach',
      '60 https://10.0.0.11:6443',
      '7 https://10.0.0.11:2380',
      '=== end',
      '',
    ].join('\n');
    const facts = parseJoinFacts(text);
    assert.equal(facts?.hostName, 'cp4');
    assert.deepEqual([...(facts?.ports ?? [])], [22, 6443]);
    assert.deepEqual([...(facts?.units ?? [])], [['k3s', 'inactive']]);
    assert.deepEqual(facts?.unreached, [{ url: 'https://10.0.0.11:2380', code: 7 }]);
    assert.deepEqual([facts?.freeKib, facts?.swaps, facts?.hasRoute], [20_971_520, true, true]);
    assert.equal(parseJoinFacts(text.slice(0, 300)), undefined);
  });

  test('settings that lie on the machine count as those of its file here, and no secret leaves it', async () => {
    const argv = '/usr/local/bin/k3s server --disable-network-policy --token hidden --egress-selector-mode disabled';
    const host = new SandboxHost('cp4', {
      systemctl: `case "$*" in *ExecStart*) echo 'ExecStart={ path=/k3s ; argv[]=${argv} ; ignore_errors=no }';; esac`,
    });
    const running = new Map([
      ['flannel-backend', 'none'],
      ['cluster-cidr', '10.50.0.0/16,fd00:50::/56'],
      ['service-cidr', '10.60.0.0/16'],
      ['cluster-dns', '10.60.0.10'],
      ['egress-selector-mode', 'disabled'],
      ['disable-network-policy', 'true'],
    ]);
    try {
      host.put(
        '/etc/rancher/k3s/config.yaml',
        `token: hidden\n"flannel-backend": 'wireguard-native'\nservice-cidr: 10.60.0.0/16 # ours\nagent-token: hidden\n`,
      );
      host.put(
        '/etc/rancher/k3s/config.yaml.d/10-net.yaml',
        'cluster-cidr:\n# hidden\n- 10.50.0.0/16\n\n  - fd00:50::/56\n  # hidden\ndisable:\n  - hidden\ncluster-dns: ["10.60.0.10"]\n',
      );
      host.put('/etc/rancher/k3s/config.yaml.d/20-flannel.yaml', 'flannel-backend: none');
      const { stdout } = await host.exec(joinFactsCommand([]) as ExecRequest);
      assert.doesNotMatch(stdout, /hidden/);
      const facts = parseJoinFacts(stdout);
      const state = fleetState(cluster, 'k3s');
      const keys = (given?: ReadonlyMap<string, string>) =>
        comparedBeforeJoin(state, [], running, given, facts).differences.map((each) => each.key);
      assert.deepEqual(keys(), []);
      // Its config.yaml is replaced by the file of the inventory; drop-ins and the unit stay.
      assert.deepEqual(keys(new Map([['flannel-backend', 'vxlan']])), ['service-cidr']);
      assert.deepEqual(keys(new Map([['service-cidr', '10.60.0.0/16']])), []);
    } finally {
      host.close();
    }
  });

  test('the clock is told last: addresses that are not reached take seconds, and would look like a clock that is behind', async () => {
    const host = new SandboxHost('cp4', {
      curl: ': >"$ROOT/asked"; exit 28',
      date: '[ ! -e "$ROOT/asked" ] || echo 1795217485',
    });
    try {
      const { stdout } = await host.exec(joinFactsCommand(['https://10.0.0.11:6443']) as ExecRequest);
      assert.equal(parseJoinFacts(stdout)?.clockSec, 1_795_217_485);
    } finally {
      host.close();
    }
  });

  test('a member votes when it is started and no learner', () => {
    const { yesWhen } = peerVotes('cp1', 'k3s', '10.0.0.14', 0);
    const answer = (member: string) =>
      holds(yesWhen, {
        code: 0,
        stderr: '',
        stdout: `{"header":{},"members":[{"ID":"1","name":"cp1","peerURLs":["https://10.0.0.11:2380"],"clientURLs":["x"]},${member}]}`,
      });
    const urls = '"peerURLs":["https://10.0.0.14:2380"]';
    assert.equal(answer(`{"ID":"2","name":"cp4-1","${urls.slice(1)},"clientURLs":["y"]}`), true);
    assert.equal(answer(`{"ID":"2",${urls}}`), false, 'added, never started');
    assert.equal(answer(`{"ID":"2","name":"cp4-1",${urls},"clientURLs":["y"],"isLearner":true}`), false);
    assert.equal(answer('{"ID":"2","name":"cp4-1","peerURLs":["https://10.0.0.141:2380"]}'), false);
  });

  test('critical values are compared with what k3s has when nothing is set', () => {
    const running = nodeArguments(
      '["server","--cluster-init","true","--flannel-backend","none","--tls-san","a","--tls-san","b"]',
    );
    assert.equal(running?.get('tls-san'), 'a,b');
    assert.deepEqual(criticalDifferences(new Map([['flannel-backend', 'none']]), running ?? new Map()), []);
    assert.deepEqual(criticalDifferences(new Map(), running ?? new Map()), [
      { key: 'flannel-backend', own: 'vxlan', running: 'none' },
    ]);
    assert.equal(nodeArguments('["server"'), undefined);
  });
});

test('data of an earlier cluster are not moved away under a k3s of which nobody can say that it is off', async () => {
  const leftovers = ['/var/lib/rancher/k3s/server/db/etcd/member'];
  const aside = join({ facts: { ...machine, leftovers } }).steps.find((each) => each.id.startsWith('aside@'));
  assert.ok(aside !== undefined && 'run' in aside);
  for (const [systemctl, code] of [
    ['echo active', 1],
    ['echo "Failed to connect to bus" >&2; exit 1', 1],
    ['echo inactive; exit 3', 0],
  ] as const) {
    const host = new SandboxHost('cp4', { systemctl });
    try {
      host.put('/var/lib/rancher/k3s/server/db/etcd/member/snap/db', 'former');
      const ended = await host.exec({ argv: aside.run.argv.map(String), root: true, timeoutSec: 20 });
      assert.equal(ended.code, code, systemctl);
      assert.equal(host.list('/var/lib/rancher/k3s/server').includes('db'), code === 1);
    } finally {
      host.close();
    }
  }
});
