import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import {
  createMessageConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { serve } from '../../src/lsp';
import { Workspace } from '../../src/service';

test('a fault of ours in one file is logged; the server lives, and the other files get their answer', async (t) => {
  const original = Workspace.prototype.diagnose;
  t.mock.method(Workspace.prototype, 'diagnose', function (this: Workspace, path: string) {
    if (path.endsWith('haproxy-odd.cfg')) throw new Error('a fault of ours');
    return original.call(this, path);
  });
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  // The server ends its process when its client does.
  const exit = t.mock.method(process, 'exit', (() => undefined) as never);
  const served = serve(toServer, toClient);
  const client = createMessageConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
  const logged: string[] = [];
  client.onNotification('window/logMessage', ({ message }: { readonly message: string }) => logged.push(message));
  client.onRequest('client/registerCapability', () => null);
  const answers = new Map<string, PublishDiagnosticsParams>();
  let come: () => void = () => undefined;
  client.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
    answers.set(params.uri, params);
    come();
  });
  client.listen();
  await client.sendRequest('initialize', { processId: null, rootUri: null, capabilities: {} });
  await client.sendNotification('initialized', {});
  const openFile = (uri: string) =>
    client.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'haproxy', version: 1, text: 'global\n    maxcon 10\n' },
    });
  const answered = async (uri: string) => {
    while (!answers.has(uri))
      await new Promise<void>((resolve) => {
        come = resolve;
      });
    return answers.get(uri)?.diagnostics.length;
  };
  await openFile('file:///w/a/haproxy-odd.cfg');
  await openFile('file:///w/b/haproxy-good.cfg');
  assert.equal(await answered('file:///w/b/haproxy-good.cfg'), 1);
  assert.match(logged.join('\n'), /a fault of ours/);
  await openFile('file:///w/c/haproxy-later.cfg');
  assert.equal(await answered('file:///w/c/haproxy-later.cfg'), 1);
  await client.sendRequest('shutdown');
  await client.sendNotification('exit');
  await served;
  assert.ok(exit.mock.callCount() <= 1);
  client.dispose();
});
