import assert from 'node:assert/strict';
import Module from 'node:module';
import { test } from 'node:test';
import type { Concern, Plan } from '../../src/ops/plan';
import { PracticeWorld } from '../support/practice';

test('a snapshot that S3 keeps from being taken is offered on the server alone, as a plan that is agreed to', async () => {
  const world = new PracticeWorld();
  const { files } = world.machine('cp1');
  files.makeFolders('/etc/rancher/k3s/config.yaml.d');
  files.place('/etc/rancher/k3s/config.yaml.d/91-s3.yaml', 'etcd-s3: true\n');
  const state = await world.state();
  const label = 'Take It on the Server Alone';
  const offered: string[][] = [];
  const agreed: string[] = [];
  const ran: Plan[] = [];
  const reasons: (Concern | undefined)[] = [];
  const l10n = { t: (text: string) => text };
  const window = {
    showInformationMessage: async (text: string, _options: unknown, go: string) => {
      agreed.push(text);
      return go;
    },
    showErrorMessage: async (_text: string, ...ways: string[]) => {
      offered.push(ways);
      return ways.find((each) => each === label);
    },
  };
  const instead: Readonly<Record<string, unknown>> = {
    vscode: { window, l10n, env: { language: 'en' }, DiagnosticSeverity: {}, Diagnostic: class {} },
    './gather': { asking: async () => state },
    './choose': { chooseCluster: async () => ({ key: 'practice', state }) },
    './run-plan': {
      runPlan: async (_parts: unknown, _view: unknown, plan: Plan) => {
        ran.push(plan);
        const reason = reasons.shift();
        return reason === undefined ? { outcome: 'done' } : { outcome: 'failed', reason };
      },
    },
    '../../run': {
      listRuns: async () => [],
      runsFolder: () => '',
      isUnfinished: () => false,
      copiesIn: () => [],
      copiesFolder: () => '',
    },
  };
  const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
  const original = loader._load;
  loader._load = (request, ...rest) => instead[request] ?? original.call(loader, request, ...rest);
  try {
    const { takeSnapshot } =
      require('../../src/vscode/operations/take-snapshot') as typeof import('../../src/vscode/operations/take-snapshot');
    const said: Promise<unknown>[] = [];
    const parts = {
      plans: { show: async () => undefined },
      nodeFindings: { clear: () => undefined },
      store: { refresh: async () => undefined },
      live: { guard: (work: () => Promise<unknown>) => said.push(work()) },
      output: { appendLine: () => undefined, show: () => undefined },
    };
    const take = async (reason: (plan: Plan) => Concern) => {
      for (const list of [offered, agreed, ran]) list.length = 0;
      const { planSnapshot } = require('../../src/ops/snapshot') as typeof import('../../src/ops/snapshot');
      reasons.push(reason(planSnapshot(state, 'as-planned')));
      await takeSnapshot(parts as never, undefined);
      while (said.length > 0) await said.shift();
    };
    const message = { template: 'refused', args: [] };
    await take(({ steps: [save] }) => ({ message, remedy: save?.remedies?.[0]?.remedy ?? message }));
    assert.deepEqual(offered, [[label, 'Show Output']]);
    assert.ok(ran[0]?.steps.some(({ id }) => id === 'see-s3@cp1'));
    const [, alone] = ran;
    assert.ok(alone?.steps.every(({ id }) => id !== 'see-s3@cp1'));
    assert.match(JSON.stringify(alone?.steps[0]), /--etcd-s3=false/);
    assert.equal(agreed.length, 3, 'both plans were agreed to, and the end of the second was told');

    await take(() => ({ message }));
    assert.deepEqual(offered, [['Show Output']], 'another reason has nothing to do with S3');
    assert.equal(ran.length, 1);
  } finally {
    loader._load = original;
  }
});
