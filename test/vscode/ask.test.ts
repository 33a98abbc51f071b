import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';

const asked: string[] = [];
/** What the person answers: a button of a message, a text, an item; undefined is Escape. */
let answers: (string | undefined)[] = [];
const answer = async (question: string) => {
  asked.push(question);
  return answers.shift();
};
const buttons: string[][] = [];
const vscode = {
  l10n: {
    t: (text: string, ...args: unknown[]) => text.replace(/\{(\d)\}/g, (_all, i: string) => String(args[Number(i)])),
  },
  window: {
    showWarningMessage: (text: string, _options: unknown, ...items: string[]) => {
      buttons.push(items);
      return answer(text);
    },
    showInputBox: ({ prompt }: { readonly prompt: string }) => answer(prompt),
    showQuickPick: async () => undefined,
  },
};
const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
const original = loader._load;
loader._load = (request, ...rest) => (request === 'vscode' ? vscode : original.call(loader, request, ...rest));
const { Ask } = require('../../src/vscode/hosts/ask') as typeof import('../../src/vscode/hosts/ask');
loader._load = original;

const state = mkdtempSync(join(tmpdir(), 'haven-ask-'));
const before = process.env.XDG_STATE_HOME;
process.env.XDG_STATE_HOME = state;
after(() => {
  if (before === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = before;
  rmSync(state, { recursive: true });
});
beforeEach(() => {
  for (const each of [asked, buttons]) each.length = 0;
  answers = [];
});

const newAsk = () => new Ask({ secrets: { get: async () => undefined, delete: async () => undefined } } as never);
const key = { host: 'cp1', port: 22, keyType: 'ssh-ed25519', fingerprint: 'SHA256:x', line: 'cp1 ssh-ed25519 AAAA' };

test('a key that was refused is asked about again only when the person begins something', async () => {
  const ask = newAsk();
  const { accept } = await ask.questions();
  assert.equal(await accept(key as never), false);
  assert.equal(await accept(key as never), false);
  assert.equal(asked.length, 1);
  // Another key of the same host is another question.
  assert.equal(await accept({ ...key, fingerprint: 'SHA256:y' } as never), false);
  assert.equal(asked.length, 2);
  ask.askAgain();
  await accept(key as never);
  assert.equal(asked.length, 3);
});

test('Enter, pressed while a key is asked about, trusts nothing', async () => {
  const { accept } = await newAsk().questions();
  answers = ['Do not connect'];
  assert.equal(await accept(key as never), false);
  assert.deepEqual(buttons, [['Do not connect', 'Trust this key']]);
});

test('a password that nobody gave is not asked for every half a minute, and a wrong one is not tried again', async () => {
  const ask = newAsk();
  const { secrets } = await ask.questions();
  const password = (again: boolean) => secrets.password('cp1', 'ops', { again } as never);
  answers = ['wrong', undefined];
  assert.equal((await password(false))?.reveal(), 'wrong');
  assert.equal(await password(true), undefined);
  assert.equal(await password(false), undefined);
  assert.equal(asked.length, 2);
  ask.askAgain();
  answers = ['right'];
  assert.equal((await password(false))?.reveal(), 'right');
  assert.equal((await password(false))?.reveal(), 'right');
  assert.equal(asked.length, 3);
});
