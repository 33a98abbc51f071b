// Activates the built extension in this process and prints what that loaded and how long it took, as one line of JSON.
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { withFakeVscode } from './fake-vscode';

const load = createRequire(join(process.cwd(), 'package.json'));
const before = new Set(Object.keys(load.cache));
const memento = { get: (_name: string, none: unknown) => none };
const context = {
  subscriptions: [],
  extensionUri: {},
  globalStorageUri: {},
  secrets: {},
  globalState: memento,
  workspaceState: memento,
};

withFakeVscode(() => {
  const start = performance.now();
  (load('./dist/extension.js') as { activate(context: object): void }).activate(context);
  const ms = performance.now() - start;
  const loaded = Object.keys(load.cache).filter((path) => !before.has(path));
  process.stdout.write(
    `${JSON.stringify({ ms, loaded: loaded.map((path) => relative(process.cwd(), path)) })}\n`,
    // What activation started would keep the process alive.
    () => process.exit(0),
  );
});
