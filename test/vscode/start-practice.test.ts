import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

test('two commands in a row start one practice cluster, and one that could not start is tried again', async () => {
  const work = mkdtempSync(join(tmpdir(), 'haven-start-practice-'));
  const uri = (path: string) => ({ fsPath: path });
  const vscode = {
    workspace: { isTrusted: true, getConfiguration: () => ({ get: () => undefined }) },
    window: { showInformationMessage: async () => undefined },
    commands: { executeCommand: async () => undefined },
    l10n: { t: (text: string) => text },
    Uri: { file: uri, joinPath: (base: { fsPath: string }, name: string) => uri(join(base.fsPath, name)) },
  };
  const servers: { closed: boolean }[] = [];
  let isBroken = true;
  const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
  const original = loader._load;
  loader._load = (request, ...rest) => {
    if (request === 'vscode') return vscode;
    const loaded = original.call(loader, request, ...rest);
    if (request !== '../../run') return loaded;
    const servePractice = async () => {
      await new Promise(setImmediate);
      if (isBroken) throw new Error('the address is in use');
      const server = { closed: false };
      servers.push(server);
      const close = async () => {
        server.closed = true;
      };
      return { port: 2222, knownHosts: '', close };
    };
    return { ...(loaded as object), servePractice };
  };
  try {
    const { PracticeCommand } =
      require('../../src/vscode/commands/start-practice') as typeof import('../../src/vscode/commands/start-practice');
    const context = { extensionUri: uri(resolve('.')), globalStorageUri: uri(work) };
    const practice = new PracticeCommand(
      context as never,
      { add: async () => undefined } as never,
      {
        trust: () => undefined,
      } as never,
    );
    await assert.rejects(practice.start('k3s'), /in use/);
    isBroken = false;
    await Promise.all([practice.start('k3s'), practice.start('k3s')]);
    await practice.start('k3s');
    assert.equal(servers.length, 1);
    await practice.start('kubeadm');
    assert.equal(servers.length, 2);
    practice.dispose();
    await new Promise(setImmediate);
    assert.deepEqual(
      servers.map((each) => each.closed),
      [true, true],
    );
  } finally {
    loader._load = original;
    rmSync(work, { recursive: true });
  }
});
