import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { SmallDocument, SmallEditor, SmallUri } from '../support/small-vscode';

const editor = new SmallEditor();
const { LiveWorkspace, codeActionProvider } = editor.load(() => ({
  ...(require('../../src/vscode/live-workspace') as typeof import('../../src/vscode/live-workspace')),
  ...(require('../../src/vscode/providers/code-actions') as typeof import('../../src/vscode/providers/code-actions')),
}));
type Live = InstanceType<typeof LiveWorkspace>;

const typo = 'global\n  maxcon 10\n';
const rule = 'haproxy/unknown-keyword';

/** The next time that everything that changed has been checked, or that it failed. */
function checked(live: Live): Promise<void> {
  return new Promise((resolve, reject) => {
    const listening = live.onDidCheck(() => {
      listening.dispose();
      resolve();
    });
    editor.onError = reject;
  });
}

describe('the files of the window', () => {
  let live: Live;
  const config = SmallUri.file('/w/haproxy.cfg');
  const start = async (files: Record<string, string> = {}) => {
    for (const [path, text] of Object.entries(files)) editor.files.set(path, text);
    live = new LiveWorkspace(editor.log as never);
    if (Object.keys(files).length > 0) await checked(live);
  };
  beforeEach(() => editor.clear());
  afterEach(() => {
    live.dispose();
    assert.deepEqual(editor.errors, []);
  });

  test('what only shows a text, such as one side of a comparison, is no file of the folder', async () => {
    const inventory = 'clusters:\n  - name: a\n    nodes: [{ name: cp1, address: 10.0.0.1, roles: [server] }]\n';
    await start({ '/w/haven.yaml': inventory });
    for (const scheme of ['git', 'haven-plan']) {
      const shown = new SmallDocument(new SmallUri(scheme, '/w/haven.yaml'), 'yaml', inventory);
      editor.open(shown);
      assert.equal(await live.fileFor(shown as never), undefined);
    }
    assert.deepEqual(
      (await live.inventories()).map((each) => String(each.uri)),
      ['file:/w/haven.yaml'],
    );
    const unsaved = new SmallDocument(new SmallUri('untitled', 'Untitled-1'), 'haproxy', typo);
    editor.open(unsaved);
    assert.equal((await live.fileFor(unsaved as never))?.file.kind, 'haproxy');
  });

  test('what is wrong with an inventory is told with its line, in the order of the text, until it is mended', async () => {
    const nodes = '    nodes: [{ name: cp1, address: 10.0.0.1, roles: [server] }]\n';
    await start({ '/w/haven.yaml': `clusters:\n  - name: a\n${nodes}  - nodes: [\n` });
    const [fault, ...others] = await live.inventoryFaults();
    assert.deepEqual(others, []);
    assert.equal(String(fault?.uri), 'file:/w/haven.yaml');
    assert.ok(fault !== undefined && fault.line >= 4 && fault.text !== '', JSON.stringify(fault));
    editor.files.set('/w/haven.yaml', `clusters:\n  - name: a\n${nodes}`);
    editor.fileChanged.fire(SmallUri.file('/w/haven.yaml'));
    await checked(live);
    assert.deepEqual(await live.inventoryFaults(), []);
  });

  test('of a damaged inventory the damage is told, and not what it seems to lack', async () => {
    await start({ '/w/haven.yaml': 'clusters:\n  - name: a\n   distribution: k3s\n' });
    assert.equal((await live.inventoryFaults())[0]?.line, 3);
  });

  test('the files of a folder that came or went as a whole are taken in or forgotten, as nobody tells of them one by one', async () => {
    await start();
    const inventory = 'clusters:\n  - name: a\n    nodes: [{ name: cp1, address: 10.0.0.1, roles: [server] }]\n';
    editor.files.set('/w/new/haven.yaml', inventory);
    editor.entryCreated.fire(SmallUri.file('/w/new'));
    await checked(live);
    assert.deepEqual(
      (await live.inventories()).map((each) => String(each.uri)),
      ['file:/w/new/haven.yaml'],
    );
    editor.files.clear();
    editor.entryDeleted.fire(SmallUri.file('/w/new'));
    await checked(live);
    assert.deepEqual(await live.inventories(), []);
    // A folder that is passed over at the start, and one that has gone again.
    editor.files.set('/w/node_modules/haven.yaml', inventory);
    editor.entryCreated.fire(SmallUri.file('/w/node_modules'));
    editor.entryCreated.fire(SmallUri.file('/w/gone'));
    editor.files.set('/w/other/haven.yaml', inventory);
    editor.entryCreated.fire(SmallUri.file('/w/other'));
    await checked(live);
    assert.deepEqual(
      (await live.inventories()).map((each) => String(each.uri)),
      ['file:/w/other/haven.yaml'],
    );
  });

  test('the clusters of a folder stand before those of one whose name goes on after its own', async () => {
    const inventory = 'clusters:\n  - name: a\n    nodes: [{ name: cp1, address: 10.0.0.1, roles: [server] }]\n';
    await start({ '/w/practice-kubeadm/haven.yaml': inventory, '/w/practice/haven.yaml': inventory });
    assert.deepEqual(
      (await live.inventories()).map((each) => String(each.uri)),
      ['file:/w/practice/haven.yaml', 'file:/w/practice-kubeadm/haven.yaml'],
    );
  });

  test('a folder that is passed over at the start is passed over when a program writes into it', async () => {
    await start({ '/w/haproxy.cfg': typo });
    for (const path of ['/w/dist/haproxy.cfg', '/w/x/node_modules/y/haproxy.cfg']) {
      editor.files.set(path, typo);
      editor.fileCreated.fire(SmallUri.file(path));
    }
    editor.files.set('/w/lb/haproxy.cfg', typo);
    editor.fileCreated.fire(SmallUri.file('/w/lb/haproxy.cfg'));
    await checked(live);
    const files = (await live.current()).files().map((each) => each.path);
    assert.deepEqual(files.sort(), ['/w/haproxy.cfg', '/w/lb/haproxy.cfg']);
  });

  test('a setting that changes while files are checked counts for all of them', async () => {
    await start({ '/w/haproxy.cfg': typo });
    assert.deepEqual(editor.rulesAt(config), [rule]);
    const document = new SmallDocument(config, 'haproxy', typo);
    editor.open(document);
    await checked(live);
    // In the middle of a check, when what it found so far has not been told.
    const workspace = await live.current();
    const compare = workspace.compare.bind(workspace);
    workspace.compare = function* () {
      yield* compare();
      editor.settings.set('rules', { [rule]: 'off' });
      editor.configured.fire({ affectsConfiguration: () => true });
      let isReadAnew = false;
      const look = (now: Awaited<ReturnType<Live['current']>>): void => {
        if (now !== workspace && now.file(config.path) !== undefined) isReadAnew = true;
        else setImmediate(() => void live.current().then(look));
      };
      void live.current().then(look);
      while (!isReadAnew) yield;
    };
    editor.type(document, `${typo}\n`);
    await checked(live);
    assert.deepEqual(editor.rulesAt(config), []);
  });

  test('a quick fix that is asked for right after a keystroke changes the text that is there now', async () => {
    await start({ '/w/haproxy.cfg': typo });
    const document = new SmallDocument(config, 'haproxy', typo);
    editor.open(document);
    await checked(live);
    editor.type(document, `# a line more\n${typo}`);
    await new Promise(setImmediate);
    const ask = (triggerKind: number, line: number) =>
      codeActionProvider(live).provideCodeActions(
        document as never,
        editor.range(line) as never,
        { triggerKind } as never,
        {} as never,
      );
    const byItself = (await ask(2, 1)) as unknown[];
    assert.deepEqual(byItself, [], 'nothing is offered for a text that has gone');
    const actions = (await ask(1, 2)) as unknown as { readonly edit: { readonly edits: readonly unknown[][] } }[];
    assert.equal(actions.length, 2, 'the fix, and to ignore it');
    assert.deepEqual(actions[0]?.edit.edits[0]?.[1], editor.range(2, 2, 8));
  });
});
