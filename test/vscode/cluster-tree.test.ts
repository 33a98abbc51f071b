import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { say } from '../../src/base/message';
import type { NodeReport } from '../../src/ops/status/cluster-state';
import { clusterState } from '../../src/ops/status/cluster-state';
import { silentReport } from '../../src/run/ask-cluster';
import { TransportError, type TransportFailure } from '../../src/run/transport';
import { SmallEditor, SmallEvent, SmallUri } from '../support/small-vscode';

const editor = new SmallEditor();
const { ClusterTree } = editor.load(
  () => require('../../src/vscode/explorer/cluster-tree') as typeof import('../../src/vscode/explorer/cluster-tree'),
);
const guard = (work: () => Promise<unknown>) => void work().catch((error: unknown) => editor.errors.push(error));

const silent = (reason: string): NodeReport => ({ kind: 'silent', reason });

function viewOf(names: readonly string[], reports: Readonly<Record<string, NodeReport>>, network = '10.0.0') {
  const nodes = names.map((name, i) => ({
    name,
    address: `${network}.${i + 1}`,
    roles: ['server' as const],
    ssh: {},
  }));
  const cluster = { name: 'prod', distribution: 'k3s' as const, versions: {}, configs: [], nodes };
  return {
    key: 'k',
    inventory: SmallUri.file('/w/haven.yaml'),
    state: clusterState(cluster, new Map(Object.entries(reports)), []),
    configs: [],
    seenMs: undefined,
    refreshing: false,
  };
}

test('only the rows that are others are drawn anew, and a row keeps its place, so that a menu on it is not lost', async () => {
  const changed = new SmallEvent();
  let view = viewOf(['cp1', 'cp2'], {});
  const store = { onDidChange: changed.event, clusters: async () => [view] };
  mock.timers.enable({ apis: ['setTimeout'] });
  const tree = new ClusterTree(store as never, guard);
  const drawn: (readonly string[] | undefined)[] = [];
  (tree.onDidChangeTreeData as unknown as SmallEvent['event'])((places) =>
    drawn.push((places as readonly { readonly id: string }[] | undefined)?.map((each) => each.id)),
  );
  const redraw = async () => {
    changed.fire();
    mock.timers.tick(100);
    for (let left = 5; left > 0; left--) await new Promise(setImmediate);
    return drawn.splice(0);
  };
  try {
    const [cluster] = await tree.getChildren();
    const group = (await tree.getChildren(cluster)).find((each) => each.id === 'k/server');
    const [cp1, cp2] = await tree.getChildren(group);
    assert.deepEqual(cp1?.subject, { cluster: 'k', node: 'cp1' });
    assert.deepEqual(await redraw(), []);
    view = { ...view, refreshing: true };
    assert.deepEqual(await redraw(), [['k/server/cp1', 'k/server/cp2']]);
    assert.match(String(tree.getTreeItem(cp1 as never).description), /being asked/);
    view = { ...view, refreshing: false };
    await redraw();
    view = viewOf(['cp1', 'cp2'], { cp1: silent('no route') });
    assert.deepEqual(await redraw(), [['k/server/cp1']]);
    assert.match(String(tree.getTreeItem(cp1 as never).description), /does not answer/);
    // The other one is the same object to VS Code, also after it was asked for its rows again.
    assert.equal((await tree.getChildren(group))[1], cp2);
    view = viewOf(['cp1', 'cp2', 'cp3'], { cp1: silent('no route') });
    assert.deepEqual(await redraw(), [['k/server']]);
    assert.equal((await tree.getChildren(group))[0], cp1);
    // What the cluster can bear changes with every node: not in its own row, or all rows below it would be forgotten.
    const etcd = { healthy: true, leader: true, learner: false, memberId: '1', members: [], alarms: [] };
    const status = { units: [], addresses: [], snapshots: [], certificates: [], etcd };
    view = viewOf(['cp1', 'cp2', 'cp3'], { cp1: { kind: 'answered', status } as never, cp2: silent('') });
    assert.deepEqual(await redraw(), [['k/quorum', 'k/server/cp1', 'k/server/cp2', 'k/etcd']]);
    view = { ...view, key: 'other' };
    assert.deepEqual(await redraw(), [undefined]);
    // A row that VS Code asks about when it has gone does no harm.
    tree.getTreeItem(cp1 as never);
    assert.deepEqual(editor.errors, []);
  } finally {
    mock.timers.reset();
    tree.dispose();
  }
});

test('a row that changes while VS Code is being given it is told twice: the first time may find it on its way', async () => {
  const changed = new SmallEvent();
  let view = viewOf(['cp1', 'cp2'], {});
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const tree = new ClusterTree({ onDidChange: changed.event, clusters: async () => [view] } as never, guard);
  const drawn: string[][] = [];
  (tree.onDidChangeTreeData as unknown as SmallEvent['event'])((places) =>
    drawn.push((places as readonly { readonly id: string }[]).map((each) => each.id)),
  );
  const change = async (reports: Readonly<Record<string, NodeReport>>) => {
    view = viewOf(['cp1', 'cp2'], reports);
    changed.fire();
    mock.timers.tick(100);
    for (let left = 5; left > 0; left--) await new Promise(setImmediate);
  };
  try {
    mock.timers.tick(10_000);
    const [cluster] = await tree.getChildren();
    const group = (await tree.getChildren(cluster)).find((each) => each.id === 'k/server');
    for (const each of await tree.getChildren(group)) tree.getTreeItem(each);
    await change({ cp1: silent('no route') });
    assert.deepEqual(drawn.splice(0), [['k/server/cp1']]);
    mock.timers.tick(2000);
    assert.deepEqual(drawn.splice(0), [['k/server/cp1']]);
    mock.timers.tick(60_000);
    // It lies there for long now.
    await change({});
    assert.equal(drawn.splice(0).length, 1);
    mock.timers.tick(60_000);
    assert.deepEqual(drawn, []);
  } finally {
    mock.timers.reset();
    tree.dispose();
  }
});

test('a cluster that is played says so first, where a narrow view cuts nothing off', async () => {
  const store = (network: string) => ({
    onDidChange: new SmallEvent().event,
    clusters: async () => [viewOf(['cp1'], {}, network)],
  });
  const descriptionOf = async (network: string) => {
    const tree = new ClusterTree(store(network) as never, guard);
    const [cluster] = await tree.getChildren();
    return String(tree.getTreeItem(cluster as never).description);
  };
  assert.match(await descriptionOf('127.77.1'), /^simulated · /);
  assert.doesNotMatch(await descriptionOf('10.0.0'), /simulated/);
});

test('a cluster without nodes is not taken for a played one, and says how it gets some', async () => {
  const store = { onDidChange: new SmallEvent().event, clusters: async () => [viewOf([], {})] };
  const tree = new ClusterTree(store as never, guard);
  const [cluster] = await tree.getChildren();
  assert.equal(tree.getTreeItem(cluster as never).description, 'k3s');
  const rows = (await tree.getChildren(cluster)).map((each) => tree.getTreeItem(each).label);
  assert.match(String(rows[0]), /^No node yet: .*haven\.yaml/);
});

test('a node that answered and was not logged into is not said to be silent', async () => {
  const failed = (failure: TransportFailure) => silentReport(new TransportError('cp1', failure, say('{0}', 'no')));
  const rowOf = async (report: NodeReport) => {
    const store = { onDidChange: new SmallEvent().event, clusters: async () => [viewOf(['cp1'], { cp1: report })] };
    const tree = new ClusterTree(store as never, guard);
    const [cluster] = await tree.getChildren();
    const group = (await tree.getChildren(cluster)).find((each) => each.id === 'k/server');
    const [row] = await tree.getChildren(group);
    return String(tree.getTreeItem(row as never).description);
  };
  assert.equal(await rowOf(failed('host-key-unknown')), 'host key not trusted · 10.0.0.1');
  assert.equal(await rowOf(failed('host-key-changed')), 'host key not trusted · 10.0.0.1');
  assert.equal(await rowOf(failed('authentication')), 'login refused · 10.0.0.1');
  assert.equal(await rowOf(failed('unreachable')), 'does not answer · 10.0.0.1');
});

test('a member of etcd whose node is silent or that is not healthy is marked, one of an older life of a node is not', async () => {
  const member = (name: string, id: string) => ({ id, name, learner: false });
  const members = [member('cp2-22222222', '2'), member('cp1-11111111', '1'), member('cp1-00000000', '0')];
  const etcd = { healthy: true, leader: true, learner: false, memberId: '1', members, alarms: [] };
  const answered = (told: object) =>
    ({ kind: 'answered', status: { units: [], addresses: [], snapshots: [], certificates: [], etcd: told } }) as never;
  const rowsWith = async (told: object) => {
    const view = viewOf(['cp1', 'cp2'], { cp1: answered(told), cp2: silent('no route') });
    const store = { onDidChange: new SmallEvent().event, clusters: async () => [view] };
    const tree = new ClusterTree(store as never, guard);
    const [cluster] = await tree.getChildren();
    const group = (await tree.getChildren(cluster)).find((each) => each.id === 'k/etcd');
    return [group, ...(await tree.getChildren(group))].map((each) => {
      const { label, description } = tree.getTreeItem(each as never);
      return `${String(label)}: ${String(description)}`;
    });
  };
  assert.deepEqual(await rowsWith(etcd), [
    'etcd members: to look at: 1',
    'cp1-00000000: voter',
    'cp1-11111111: voter · leader',
    'cp2-22222222: voter · does not answer',
  ]);
  assert.deepEqual(await rowsWith({ ...etcd, healthy: false, leader: false, memberId: '', members: [] }), [
    'etcd members: to look at: 2',
    'cp1: voter · not healthy',
    'cp2: voter · does not answer',
  ]);
});

test('a row says why a node is not up', async () => {
  const unit = (name: string, active: string) => ({ name, active, sub: 'dead', restarts: 0 });
  const rowWith = async (units: readonly object[], etcd?: object) => {
    const status = { units, addresses: [], snapshots: [], certificates: [], ...(etcd && { etcd }) };
    const view = viewOf(['cp1'], { cp1: { kind: 'answered', status } as never });
    const store = { onDidChange: new SmallEvent().event, clusters: async () => [view] };
    const tree = new ClusterTree(store as never, guard);
    const [cluster] = await tree.getChildren();
    const group = (await tree.getChildren(cluster)).find((each) => each.id === 'k/server');
    const [row] = await tree.getChildren(group);
    return String(tree.getTreeItem(row as never).description);
  };
  const rowOf = (...units: readonly object[]) => rowWith(units);
  assert.equal(await rowOf(unit('k3s', 'inactive')), 'down · k3s: inactive · 10.0.0.1');
  assert.equal(await rowOf(unit('k3s', 'active'), unit('k3s-agent', 'inactive')), 'up · 10.0.0.1');
  const etcd = { healthy: true, leader: false, learner: false, members: [], alarms: [] };
  const k3s = [unit('k3s', 'active')];
  assert.equal(await rowWith(k3s, { ...etcd, healthy: false }), 'degraded · etcd is not healthy · 10.0.0.1');
  // What was stopped is said first, and not what follows from it.
  const stopped = [unit('k3s', 'inactive')];
  assert.equal(await rowWith(stopped, { ...etcd, healthy: false }), 'down · k3s: inactive · 10.0.0.1');
  const restarting = [unit('k3s', 'activating')];
  assert.equal(
    await rowWith(restarting, { ...etcd, healthy: false }),
    'down · k3s: activating · etcd is not healthy · 10.0.0.1',
  );
  const alarms = ['1', '2'].map((memberId) => ({ memberId, alarm: 'NOSPACE' }));
  assert.equal(await rowWith(k3s, { ...etcd, alarms }), 'degraded · etcd alarm NOSPACE · 10.0.0.1');
});

test('a row of a snapshot begins with what tells it from others, and its whole name is in the hover', async (t) => {
  const folder = '/var/lib/rancher/k3s/server/db/snapshots';
  const nowSec = 1_795_000_000;
  const file = (name: string, minutes: number, token?: string) => ({
    path: `${folder}/${name}`,
    bytes: 5 << 20,
    modifiedSec: nowSec - minutes * 60,
    token,
  });
  const snapshots = [
    file('etcd-snapshot-n1-1795000000.zip', 47 * 60 + 59, 'other'),
    file('by-hand', 48 * 60),
    file('haven-20261118-110640-n1-1795000000', 59, 'now'),
  ];
  mock.timers.enable({ apis: ['Date'], now: nowSec * 1000 });
  t.after(() => mock.timers.reset());
  const status = { hostName: 'n1', units: [], addresses: [], snapshots, certificates: [] };
  const view = viewOf(['cp1'], { cp1: { kind: 'answered', status } as never });
  const tree = new ClusterTree({ onDidChange: new SmallEvent().event, clusters: async () => [view] } as never, guard);
  const [cluster] = await tree.getChildren();
  const group = (await tree.getChildren(cluster)).find((each) => each.id === 'k/snapshots');
  const items = (await tree.getChildren(group)).map((each) => tree.getTreeItem(each as never));
  assert.deepEqual(
    items.map((each) => each.label),
    ['haven', 'etcd-snapshot', 'by-hand'],
  );
  // A row of the usual width has room for so much, beside where it is indented and the name of its group.
  assert.deepEqual(
    items.map((each) => each.description),
    ['59 min · 5.0 MiB · cp1', 'other token · 47 h · 5.0 MiB · cp1', '2 d · 5.0 MiB · cp1'],
  );
  assert.equal(tree.getTreeItem(group as never).description, 'newest: under 1 h old');
  assert.match(
    String(items[0]?.tooltip),
    /haven-20261118-110640-n1-1795000000\n.*2026.*\nopens with the token of now$/,
  );
});

test('a cluster whose servers were asked and told nothing of an etcd says which', async () => {
  const answered = { kind: 'answered', status: { units: [], addresses: [], snapshots: [], certificates: [] } } as never;
  const rowsWith = async (reports: Readonly<Record<string, NodeReport>>) => {
    const view = viewOf(['cp1', 'cp2'], reports);
    const store = { onDidChange: new SmallEvent().event, clusters: async () => [view] };
    const tree = new ClusterTree(store as never, guard);
    const [cluster] = await tree.getChildren();
    return (await tree.getChildren(cluster))
      .filter((each) => ['k/quorum', 'k/snapshots'].includes(each.id))
      .map((each) => String(tree.getTreeItem(each as never).description));
  };
  assert.deepEqual(await rowsWith({}), ['etcd not seen yet', 'not seen yet']);
  assert.deepEqual(await rowsWith({ cp1: silent('') }), ['etcd not seen yet', 'not seen yet']);
  assert.deepEqual(await rowsWith({ cp1: silent(''), cp2: silent('') }), ['no server answers', 'none seen']);
  assert.deepEqual(await rowsWith({ cp1: silent(''), cp2: answered }), [
    'no etcd on the servers that answer',
    'none seen',
  ]);
});
