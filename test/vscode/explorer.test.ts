import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { say } from '../../src/base/message';
import type { Plan } from '../../src/ops/plan';
import { clusterState } from '../../src/ops/status/cluster-state';
import { scrollStart } from '../../webview/scroll';
import { PracticeWorld } from '../support/practice';
import { SmallEditor, SmallEvent, SmallUri } from '../support/small-vscode';

const editor = new SmallEditor();
const { ClusterStore, ClusterPanels, PanelTrial, runPlan, toPanelModel } = editor.load(() => ({
  ...(require('../../src/vscode/explorer/cluster-store') as typeof import('../../src/vscode/explorer/cluster-store')),
  ...(require('../../src/vscode/panel/cluster-panel') as typeof import('../../src/vscode/panel/cluster-panel')),
  ...(require('../../src/vscode/panel/panel-trial') as typeof import('../../src/vscode/panel/panel-trial')),
  ...(require('../../src/vscode/panel/to-panel-model') as typeof import('../../src/vscode/panel/to-panel-model')),
  ...(require('../../src/vscode/operations/run-plan') as typeof import('../../src/vscode/operations/run-plan')),
}));
const guard = (work: () => Promise<unknown>) => void work().catch((error: unknown) => editor.errors.push(error));
const cluster = {
  name: 'a',
  distribution: 'k3s' as const,
  versions: {},
  configs: [],
  nodes: [{ name: 'cp1', address: '10.0.0.1', roles: ['server' as const], ssh: {} }],
};

test('a connection that could not even begin is tried again', async () => {
  const hosts = {};
  let tries = 0;
  const connect = async () => {
    tries++;
    if (tries === 1) throw new Error('the file of accepted keys cannot be read');
    return hosts;
  };
  const store = new ClusterStore({} as never, { get: () => ({}) } as never, connect as never);
  await assert.rejects(store.connections());
  assert.equal(await store.connections(), hosts);
  assert.equal(await store.connections(), hosts);
  assert.equal(tries, 2);
});

test('nodes are asked by the addresses of an inventory when it is saved, or when somebody wants it', async () => {
  const uri = SmallUri.file('/w/haven.yaml');
  let asks = 0;
  const connect = async () => {
    asks++;
    throw new Error('nobody is there');
  };
  const live = { inventories: async () => [{ uri, cluster, virtualAddresses: [] }] };
  const store = new ClusterStore(live as never, { get: () => ({}) } as never, connect as never);
  const written = { isDirty: true, uri };
  editor.documents.push(written as never);
  await store.inventoriesChanged({ ask: true });
  await store.refresh({ byItself: true });
  assert.equal(asks, 0);
  await assert.rejects(store.refresh());
  assert.equal(asks, 1);
  written.isDirty = false;
  await assert.rejects(store.refresh({ byItself: true }));
  assert.equal(asks, 2);
  editor.documents.pop();
});

test('the picture of a cluster is never put back to what was seen before', async () => {
  const changed = new SmallEvent();
  const view = (name: string) => ({
    key: 'k',
    inventory: SmallUri.file('/w/haven.yaml'),
    state: clusterState({ ...cluster, name }, new Map(), []),
    configs: [],
    seenMs: undefined,
    refreshing: false,
  });
  const answers: ((name: string) => void)[] = [];
  let asks: 'at once' | 'later' = 'at once';
  const store = {
    onDidChange: changed.event,
    refresh: async () => undefined,
    clusters: () =>
      asks === 'at once'
        ? Promise.resolve([view('first')])
        : new Promise((resolve) => answers.push((name) => resolve([view(name)]))),
  };
  const panels = new ClusterPanels(SmallUri.file('/x') as never, store as never, { guard } as never);
  await panels.show('k');
  asks = 'later';
  changed.fire();
  changed.fire();
  answers[1]?.('new');
  await new Promise(setImmediate);
  answers[0]?.('old');
  await new Promise(setImmediate);
  assert.deepEqual(
    editor.posted.map((each) => (each as { readonly title: string }).title),
    ['new'],
  );
  assert.deepEqual(editor.errors, []);
});

test('while failures are tried, the picture tells of a load balancer what was tried of it', () => {
  const unit = (name: string, active: string) => ({ name, active, sub: '', restarts: 0 });
  const lb2 = { name: 'lb2', address: '10.0.0.9', roles: ['loadbalancer' as const], ssh: {} };
  const units = [unit('haproxy', 'failed'), unit('keepalived', 'active')];
  const status = { units, addresses: [], snapshots: [], certificates: [] };
  const reports = new Map([['lb2', { kind: 'answered', status } as never]]);
  const view = {
    key: 'k',
    inventory: SmallUri.file('/w/haven.yaml'),
    state: clusterState({ ...cluster, nodes: [lb2] }, reports, []),
    configs: [],
    seenMs: undefined,
    refreshing: false,
  };
  const trial = new PanelTrial(() => true);
  const played = { nodes: [{ name: 'lb2', checks: ['chk_haproxy'] }], start: [], steps: [] };
  const card = () => {
    const [row] = toPanelModel(view as never, { trial, played: played as never }).rows;
    return { health: row?.cards[0]?.health, notes: row?.cards[0]?.notes };
  };
  trial.press('lb2', 'chk_haproxy');
  assert.deepEqual(card(), { health: 'degraded', notes: ['haproxy: failed'] });
  trial.press('lb2', 'chk_haproxy');
  assert.deepEqual(card(), { health: 'up', notes: [] });
  // What is so on the node is not changed by it.
  assert.deepEqual(toPanelModel(view as never, undefined).rows[0]?.cards[0]?.notes, ['haproxy: failed']);
});

test('a picture that is wider than the panel begins at its middle, and stays where it was scrolled to', () => {
  const wide = { scrollLeft: 0, scrollWidth: 1000, clientWidth: 600 };
  const whole = { scrollLeft: 0, scrollWidth: 600, clientWidth: 600 };
  assert.equal(scrollStart(null, wide), 200);
  assert.equal(scrollStart(null, whole), 0);
  assert.equal(scrollStart({ ...wide, scrollLeft: 30 }, wide), 30);
  assert.equal(scrollStart({ ...wide, scrollLeft: 0 }, wide), 0);
  // It was whole, or in a tab that nobody saw.
  assert.equal(scrollStart(whole, wide), 200);
  assert.equal(scrollStart({ scrollLeft: 0, scrollWidth: 0, clientWidth: 0 }, wide), 200);
});

test('what only watches a run does not hide how it ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'haven-run-plan-'));
  const before = process.env.XDG_STATE_HOME;
  process.env.XDG_STATE_HOME = folder;
  try {
    const world = new PracticeWorld();
    const plan: Plan = {
      operation: 'test',
      cluster: 'practice',
      title: say('{0}', 'test'),
      blockers: [],
      warnings: [],
      steps: [
        {
          id: 'look@cp1',
          host: 'cp1',
          title: say('{0}', 'look'),
          risk: 'read',
          run: { argv: ['true'], root: true, timeoutSec: 20 },
        },
      ],
      wayBack: [],
      destructive: false,
    };
    const lines: string[] = [];
    const hosts = {
      connect: async ({ name }: { readonly name: string }) => world.connect(name),
      status: () => undefined,
    };
    const parts = {
      store: { connections: async () => hosts },
      output: { appendLine: (line: string) => lines.push(line) },
    };
    const view = { inventory: SmallUri.file('/w/haven.yaml'), state: clusterState(world.cluster, new Map(), []) };
    const meanwhile = () => Promise.reject(new Error('the watcher fell asleep'));
    const result = await runPlan(parts as never, view as never, plan, { meanwhile });
    assert.equal(result?.outcome, 'done');
    assert.ok(lines.some((each) => each.includes('the watcher fell asleep')));
  } finally {
    if (before === undefined) delete process.env.XDG_STATE_HOME;
    else process.env.XDG_STATE_HOME = before;
    rmSync(folder, { recursive: true });
  }
});
