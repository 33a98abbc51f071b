import assert from 'node:assert/strict';
import Module from 'node:module';
import { test } from 'node:test';

test('a menu whose row was lost does nothing and says so; the cluster or node of another row is not taken instead', async () => {
  const commands = new Map<string, (...called: unknown[]) => Promise<void>>();
  const said: string[] = [];
  const say = async (text: string) => void said.push(text);
  const vscode = {
    workspace: { isTrusted: true },
    window: {
      showWarningMessage: say,
      showInformationMessage: say,
      withProgress: async (_: unknown, work: () => unknown) => work(),
    },
    l10n: { t: (text: string) => text },
    DiagnosticSeverity: {},
    Diagnostic: class {},
    ProgressLocation: { Window: 10 },
    commands: {
      registerCommand: (name: string, command: (...called: unknown[]) => Promise<void>) => {
        commands.set(name, command);
        return { dispose: () => {} };
      },
    },
    Disposable: { from: () => ({ dispose: () => {} }) },
  };
  const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
  const original = loader._load;
  loader._load = (request, ...rest) => (request === 'vscode' ? vscode : original.call(loader, request, ...rest));
  try {
    const { registerOperations } =
      require('../../src/vscode/explorer/register-operations') as typeof import('../../src/vscode/explorer/register-operations');
    const { chooseCluster, chooseNode, chooseNodes } =
      require('../../src/vscode/operations/choose') as typeof import('../../src/vscode/operations/choose');
    const view = { key: 'other', state: { cluster: { name: 'other' } } };
    const parts = { store: { clusters: async () => [view] }, live: { whole: async () => undefined } } as never;
    registerOperations(parts, { askAgain: () => undefined } as never);
    // As VS Code calls it from a menu: the row, of which it knows nothing any more, and the selection.
    await commands.get('haven.takeSnapshot')?.(undefined, undefined);
    assert.match(said.join(), /Nothing was done/);
    said.length = 0;
    assert.equal(await chooseCluster(parts, { cluster: 'gone' }), undefined);
    assert.match(said.join(), /in no haven\.yaml any more/);
    assert.equal((await chooseCluster(parts, { cluster: 'other' }))?.key, 'other');
    assert.equal((await chooseCluster(parts, undefined))?.key, 'other');
    said.length = 0;
    const nodes = [{ name: 'cp1', address: '10.0.0.1', roles: ['server' as const], ssh: {} }];
    assert.equal(await chooseNode(nodes, { cluster: 'other', node: 'cp2' }, 'Which?'), undefined);
    assert.equal(await chooseNodes(nodes, { cluster: 'other', node: 'cp2' }, 'Which?'), undefined);
    assert.deepEqual(said.length, 2);
    for (const each of said) assert.match(each, /Nothing was done/);
    assert.equal((await chooseNode(nodes, { cluster: 'other', node: 'cp1' }, 'Which?'))?.name, 'cp1');
    assert.equal((await chooseNodes(nodes, { cluster: 'other', node: 'cp1' }, 'Which?'))?.length, 1);
    // In a folder that nobody trusts each of them says so, whichever way it was called.
    vscode.workspace.isTrusted = false;
    said.length = 0;
    for (const command of commands.values()) await command();
    assert.ok(commands.size > 20);
    assert.deepEqual(
      said,
      [...commands].map(() => 'Haven connects to nodes only from a folder that you trust.'),
    );
  } finally {
    loader._load = original;
  }
});
