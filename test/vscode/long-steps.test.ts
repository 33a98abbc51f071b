import assert from 'node:assert/strict';
import Module from 'node:module';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { say } from '../../src/base/message';
import type { ConfirmStep } from '../../src/ops/plan';

let box: { placeholder: string; hide(): void } | undefined;
const vscode = {
  l10n: {
    t: (text: string, ...args: unknown[]) => text.replace(/\{(\d)\}/g, (_all, i: string) => String(args[Number(i)])),
  },
  env: { language: 'en' },
  DiagnosticSeverity: {},
  Diagnostic: class {},
  window: {
    createQuickPick: () => {
      let hidden = () => {};
      const made = {
        placeholder: '',
        selectedItems: [],
        onDidAccept: () => undefined,
        onDidHide: (listener: () => void) => {
          hidden = listener;
        },
        hide: () => hidden(),
        show: () => undefined,
        dispose: () => undefined,
      };
      box = made;
      return made;
    },
  },
};
const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
const original = loader._load;
loader._load = (request, ...rest) => (request === 'vscode' ? vscode : original.call(loader, request, ...rest));
const { StepProgress } =
  require('../../src/vscode/operations/step-progress') as typeof import('../../src/vscode/operations/step-progress');
const { askOperator } =
  require('../../src/vscode/operations/ask-operator') as typeof import('../../src/vscode/operations/ask-operator');
loader._load = original;

beforeEach(() => mock.timers.enable({ apis: ['setInterval', 'Date'] }));
afterEach(() => mock.timers.reset());

const step = { id: 'keep@lb2', host: 'lb2', title: say('Keep the files') };

test('a step that takes long says for how many seconds, and which one it is while its host is silent', () => {
  const said: string[] = [];
  const progress = new StepProgress((message) => said.push(message));
  progress.hear({ kind: 'step-began', step, index: 12, of: 26 } as never);
  assert.deepEqual(said.splice(0), ['13/26 Keep the files']);
  mock.timers.tick(5000);
  assert.equal(said.at(-1), '13/26 Keep the files (5 s)');
  progress.hear({ kind: 'reconnecting', step, reason: { host: 'lb2', message: say('the line broke') } } as never);
  assert.equal(said.at(-1), '13/26 Keep the files · lb2: the line broke (5 s)');
  mock.timers.tick(60_000);
  assert.equal(said.at(-1), '13/26 Keep the files · lb2: the line broke (65 s)');
  progress.dispose();
  said.length = 0;
  mock.timers.tick(60_000);
  assert.deepEqual(said, []);
});

test('the seconds that are left for an answer are counted down', async () => {
  const confirm = { question: say('Keep them?'), withinSec: 120 };
  const answer = askOperator({ ...step, risk: 'read', confirm } as ConfirmStep, new AbortController().signal);
  assert.match(box?.placeholder ?? '', /120 seconds/);
  mock.timers.tick(30_000);
  assert.match(box?.placeholder ?? '', / 90 seconds/);
  box?.hide();
  assert.equal(await answer, false);
});
