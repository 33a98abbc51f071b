import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { planRenewCertificates } from '../../src/ops/certificates';
import { faultsOf } from '../../src/ops/check-plan';
import { renderPlan } from '../../src/ops/render-plan';
import { planRolling, type RollingParameters } from '../../src/ops/rolling';
import type { UpgradePrograms } from '../../src/ops/rolling-steps';
import { compareReleases, isRelease, skewConcerns } from '../../src/ops/version-skew';
import { type FleetNode, fleetState, kubeNodesOf, wholeFleet } from '../support/fleet';
import { matchesGolden } from '../support/golden';

const stamp = '20261121-070000';
const file = (name: string) => ({ localPath: `/w/${name}`, sha256: 'ab'.repeat(32), bytes: 7 });
const programs = (release: string): UpgradePrograms => ({
  release,
  files: new Map(['kubeadm', 'kubelet', 'kubectl'].map((name) => [`/usr/bin/${name}`, file(name)])),
  online: false,
});

function kubeadm(changes: Partial<RollingParameters> = {}, nodes: readonly FleetNode[] = wholeFleet) {
  const plan = planRolling(fleetState(nodes, 'kubeadm'), {
    stamp,
    hosts: ['cp1', 'cp2', 'w1'],
    nodes: kubeNodesOf(nodes, 'v1.33.5'),
    drain: true,
    ...changes,
  });
  assert.deepEqual(faultsOf(plan), []);
  return plan;
}
const acts = (plan: ReturnType<typeof kubeadm>, host: string) =>
  plan.steps.filter((step) => step.id.endsWith(`@${host}`)).map((step) => step.id.slice(0, step.id.lastIndexOf('@')));
const said = (concerns: readonly { readonly message: Parameters<typeof render>[0] }[]) =>
  concerns.map((each) => render(each.message)).join('\n');

describe('an upgrade with kubeadm', () => {
  test('the first server applies, the others follow, kubelet changes behind a drain', () => {
    const plan = kubeadm({ hosts: ['cp1', 'cp2', 'cp3', 'w1'], upgrade: programs('v1.34.1') });
    assert.equal(said(plan.blockers), '');
    // The leader comes last, so the other server is the first.
    assert.match(
      JSON.stringify(plan.steps.find((step) => step.id === 'kubeadm@cp2')),
      /"upgrade","apply","v1\.34\.1","-y"/,
    );
    assert.match(JSON.stringify(plan.steps.find((step) => step.id === 'kubeadm@cp1')), /"upgrade","node"/);
    const order = acts(plan, 'cp1');
    const at = (act: string) => order.indexOf(act);
    assert.ok(at('replace-kubeadm') < at('kubeadm') && at('kubeadm') < at('drain'));
    assert.ok(at('drain') < at('replace-kubelet') && at('replace-kubelet') < at('restart'));
    assert.ok(at('restart') < at('healthy') && at('healthy') < at('ready') && at('ready') < at('uncordon'));
    const alone = renderPlan(kubeadm({ hosts: ['cp1'], upgrade: programs('v1.34.1') }), render);
    // How the snapshot is saved has its own tests.
    matchesGolden('upgrade-kubeadm.md', alone.slice(0, alone.indexOf('## Steps')));
  });

  test('is refused while no other server answers that could be asked', () => {
    const alone = wholeFleet.map((each) => (each.name === 'w1' ? each : { ...each, silent: true as const }));
    assert.match(
      said(kubeadm({ hosts: ['w1'] }, alone).blockers),
      /no server answers that could be asked while w1 restarts/,
    );
  });

  test('needs the programs, a release, Nodes that are ready, and no learner', () => {
    assert.match(
      said(kubeadm({ upgrade: { release: 'v1.34.1', files: new Map(), online: false } }).blockers),
      /programs of v1\.34\.1 are needed/,
    );
    assert.match(said(kubeadm({ upgrade: programs('1.34') }).blockers), /"1\.34" is no release/);
    assert.match(said(kubeadm({ nodes: [] }).blockers), /the API did not list its Nodes/);
    const silent = wholeFleet.map((each) => (each.name === 'w1' ? { ...each, silent: true as const } : each));
    assert.match(said(kubeadm({}, silent).blockers), /the Node w1 is not ready now/);
    const learning = wholeFleet.map((each) => (each.name === 'cp3' ? { ...each, etcd: 'learner' as const } : each));
    assert.match(said(kubeadm({}, learning).blockers), /another server is joining/);
  });

  test('a Node that was cordoned before stays so', () => {
    const nodes = kubeNodesOf(wholeFleet, 'v1.33.5').map((each) => ({ ...each, cordoned: each.name === 'w1' }));
    const plan = kubeadm({ nodes });
    assert.ok(!acts(plan, 'w1').includes('drain') && !acts(plan, 'w1').includes('uncordon'));
    assert.match(said(plan.warnings), /w1 is cordoned now and stays so/);
  });
});

describe('releases', () => {
  test('are ordered by their numbers, candidates first, then by the number of k3s', () => {
    const sorted = ['v1.34.1+k3s2', 'v1.34.1-rc1+k3s1', 'v1.33.10+k3s1', 'v1.34.1+k3s1', 'v1.33.9+k3s1'].toSorted(
      compareReleases,
    );
    assert.deepEqual(sorted, ['v1.33.9+k3s1', 'v1.33.10+k3s1', 'v1.34.1-rc1+k3s1', 'v1.34.1+k3s1', 'v1.34.1+k3s2']);
    assert.ok(isRelease('v1.34.1+k3s1', 'k3s') && !isRelease('v1.34.1', 'k3s') && isRelease('v1.34.1', 'kubeadm'));
    assert.ok(!isRelease('v1.34.1+k3s1; reboot', 'k3s'));
  });

  const skew = (
    target: string,
    from: string,
    upgraded: readonly string[],
    distribution: 'k3s' | 'kubeadm' = 'kubeadm',
  ) =>
    said(
      skewConcerns(target, kubeNodesOf(wholeFleet, from), {
        distribution,
        servers: new Set(['cp1', 'cp2', 'cp3']),
        upgraded: new Set(upgraded),
      }),
    );

  test('go up by one minor at a time, never down, servers before agents', () => {
    const servers = ['cp1', 'cp2', 'cp3'];
    assert.equal(skew('v1.34.1', 'v1.33.5', servers), '');
    assert.match(skew('v1.35.0', 'v1.33.5', servers), /v1\.35\.0 skips a minor release/);
    assert.match(skew('v1.33.1', 'v1.33.5', servers), /is older than v1\.33\.5/);
    assert.match(skew('v1.34.1', 'v1.33.5', ['w1']), /a kubelet must not be newer than the API server/);
    assert.match(skew('v1.37.0', 'v1.33.5', servers), /three minor releases older/);
  });

  test('etcd 3.6 comes only after the release that mends the list of members', () => {
    const servers = ['cp1', 'cp2', 'cp3'];
    assert.match(skew('v1.34.3+k3s1', 'v1.33.5+k3s1', servers, 'k3s'), /brings etcd 3\.6/);
    assert.equal(skew('v1.34.3+k3s1', 'v1.33.8+k3s1', servers, 'k3s'), '');
  });
});

describe('renewing with kubeadm', () => {
  const witness = '/etc/kubernetes/pki/apiserver.crt';
  const facts = (names: readonly string[]) =>
    new Map(
      names.map((name) => [
        name,
        {
          files: [{ path: witness, subject: 'CN=kube-apiserver', serial: '0A', notAfterMs: 0, names: [] }],
          served: [],
          silent: [],
          unreadable: false,
        },
      ]),
    );

  test('keeps the old ones, renews, and starts the pods of one server after another', () => {
    const hosts = ['cp1', 'cp2', 'w1'];
    const plan = planRenewCertificates(fleetState(wholeFleet, 'kubeadm'), facts(hosts), { stamp, hosts });
    assert.deepEqual(faultsOf(plan), []);
    assert.equal(said(plan.blockers), '');
    assert.deepEqual(acts(plan, 'cp2'), ['images', 'keep', 'renew', 'renewed', 'stop-pods', 'start-pods', 'healthy']);
    assert.deepEqual(plan.steps.find((step) => step.id === 'stop-pods@cp2')?.quorum, { stops: ['cp2'] });
    assert.ok(
      plan.steps.findIndex((step) => step.id === 'healthy@cp2') <
        plan.steps.findIndex((step) => step.id === 'keep@cp1'),
    );
    assert.match(said(plan.warnings), /kubelet renews the certificate of a worker by itself/);
  });

  test('is refused where nobody could see whether it worked', () => {
    const blind = new Map([['cp1', { files: [], served: [], silent: [], unreadable: true }]]);
    const plan = planRenewCertificates(fleetState(wholeFleet, 'kubeadm'), blind, { stamp, hosts: ['cp1', 'cp2'] });
    assert.match(said(plan.blockers), /apiserver\.crt could not be read[\s\S]*openssl is missing/);
    assert.deepEqual(plan.steps, []);
  });
});
