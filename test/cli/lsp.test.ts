import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  type CodeAction,
  type CompletionItem,
  createMessageConnection,
  type DocumentSymbol,
  type InlayHint,
  type Location,
  type MessageConnection,
  type PublishDiagnosticsParams,
  type SemanticTokens,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import { LineIndex } from '../../src/base/line-index';
import { applyEdits } from '../../src/base/span';

/** A client of the server, as an editor other than VS Code is one. */
class Client {
  readonly connection: MessageConnection;
  private readonly published = new Map<string, PublishDiagnosticsParams>();
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly server: ChildProcess) {
    const { stdout, stdin } = server;
    assert.ok(stdout !== null && stdin !== null);
    this.connection = createMessageConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    this.connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.published.set(params.uri, params);
      for (const each of this.waiting.splice(0)) each();
    });
    this.connection.onRequest('client/registerCapability', () => null);
    this.connection.listen();
  }

  request<Result>(method: string, params: unknown): Promise<Result> {
    return this.connection.sendRequest(method, params);
  }

  notify(method: string, params: unknown): Promise<void> {
    return this.connection.sendNotification(method, params);
  }

  /** The messages about a file, once `wanted` holds of them. */
  async diagnostics(uri: string, wanted: (messages: readonly string[]) => boolean): Promise<readonly string[]> {
    for (;;) {
      const messages = this.published.get(uri)?.diagnostics.map((each) => `${each.code}: ${each.message}`);
      if (messages !== undefined && wanted(messages)) return messages;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Says goodbye as the protocol asks; resolves to the exit code. */
  async end(): Promise<number | null> {
    const exit = new Promise<number | null>((resolve) => this.server.once('exit', resolve));
    await this.request('shutdown', undefined);
    await this.notify('exit', undefined);
    return exit;
  }
}

function startClient(): Client {
  return new Client(
    spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'lsp', '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
}

const haproxy = 'frontend f\nbind :6443\ndefault_backend nowhere\nbackend api\nserver cp1 10.0.0.1:6443 check\n';

describe('haven lsp', { timeout: 60_000 }, () => {
  let folder: string;
  let client: Client;
  const uri = (name: string) => pathToFileURL(join(folder, name)).href;
  const at = (name: string, line: number, character: number) => ({
    textDocument: { uri: uri(name) },
    position: { line, character },
  });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haven-lsp-'));
    cpSync('examples', folder, { recursive: true });
    writeFileSync(join(folder, 'other-haproxy.cfg'), haproxy);
    client = startClient();
    await client.request('initialize', {
      processId: process.pid,
      capabilities: {},
      workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'cluster' }],
      initializationOptions: { rules: { 'haproxy/missing-timeout': 'off' }, format: { columns: 'single' } },
    });
    await client.notify('initialized', {});
    await client.notify('textDocument/didOpen', {
      textDocument: { uri: uri('other-haproxy.cfg'), languageId: 'haproxy', version: 1, text: haproxy },
    });
  });
  after(async () => {
    await client?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  test('diagnoses what is typed and what lies beside it', async () => {
    const found = await client.diagnostics(uri('other-haproxy.cfg'), (all) => all.length > 0);
    assert.ok(
      found.some((each) => /^haproxy\/unknown-reference: .*"nowhere"/.test(each)),
      found.join('\n'),
    );
    await client.notify('textDocument/didChange', {
      textDocument: { uri: uri('other-haproxy.cfg'), version: 2 },
      contentChanges: [{ range: { start: { line: 2, character: 16 }, end: { line: 2, character: 23 } }, text: 'api' }],
    });
    await client.diagnostics(uri('other-haproxy.cfg'), (all) => !all.some((each) => /unknown-reference/.test(each)));
    assert.deepEqual(await client.diagnostics(uri('lb/haproxy.cfg'), () => true), []);
  });

  test('completes, explains and shows how a line is written', async () => {
    const items = await client.request<CompletionItem[]>('textDocument/completion', at('other-haproxy.cfg', 2, 17));
    assert.ok(items.some((each) => each.label === 'api'));
    const hover = await client.request<{ contents: { value: string } }>(
      'textDocument/hover',
      at('other-haproxy.cfg', 1, 1),
    );
    assert.match(hover.contents.value, /bind/);
    const help = await client.request<{ signatures: { label: string }[] }>(
      'textDocument/signatureHelp',
      at('other-haproxy.cfg', 4, 12),
    );
    assert.match(help.signatures[0]?.label ?? '', /^server /);
  });

  test('follows and renames names', async () => {
    const place = at('other-haproxy.cfg', 2, 17);
    const [definition] = await client.request<Location[]>('textDocument/definition', place);
    assert.equal(definition?.range.start.line, 3);
    const edit = await client.request<WorkspaceEdit>('textDocument/rename', { ...place, newName: 'servers' });
    const lines = (edit.changes?.[uri('other-haproxy.cfg')] ?? []).map((each) => each.range.start.line);
    assert.deepEqual(lines.sort(), [2, 3]);
    await assert.rejects(client.request('textDocument/rename', { ...place, newName: 'a b' }), /letters/);
    const found = await client.request<{ name: string }[]>('workspace/symbol', { query: 'cp2' });
    assert.ok(found.some((each) => each.name === 'cp2'));
  });

  test('lays out, outlines, colours and annotates', async () => {
    const textDocument = { uri: uri('other-haproxy.cfg') };
    const edits = await client.request<TextEdit[]>('textDocument/formatting', {
      textDocument,
      options: { tabSize: 4, insertSpaces: true },
    });
    const text = haproxy.replace('nowhere', 'api');
    const lines = new LineIndex(text);
    const offset = (position: TextEdit['range']['start']) =>
      lines.offsetAt({ line: position.line, column: position.character });
    const laidOut = applyEdits(
      text,
      edits.map(({ range, newText }) => ({ span: { start: offset(range.start), end: offset(range.end) }, newText })),
    );
    assert.match(laidOut, /^frontend f\n {4}bind :6443\n {4}default_backend api\nbackend api\n {4}server cp1/);
    const symbols = await client.request<DocumentSymbol[]>('textDocument/documentSymbol', { textDocument });
    assert.deepEqual(
      symbols.map((each) => each.name),
      ['f', 'api'],
    );
    const tokens = await client.request<SemanticTokens>('textDocument/semanticTokens/full', { textDocument });
    assert.ok(tokens.data.length >= 5 * 8 && tokens.data.length % 5 === 0);
    const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
    const keepalived = { uri: uri('lb/keepalived-lb1.conf') };
    const hints = await client.request<InlayHint[]>('textDocument/inlayHint', { textDocument: keepalived, range });
    assert.match(String(hints[0]?.label), /effective 130 to 150/);
  });

  test('offers fixes for a whole cluster', async () => {
    const path = join(folder, 'k3s/cp2.yaml');
    const whole = readFileSync(path, 'utf8');
    const text = whole.replace(/\n\s*- "?192\.168\.1\.100"?(?=\n)/, '');
    assert.notEqual(text, whole);
    await client.notify('textDocument/didOpen', {
      textDocument: { uri: uri('k3s/cp2.yaml'), languageId: 'yaml', version: 1, text },
    });
    await client.diagnostics(uri('k3s/cp2.yaml'), (all) => all.some((each) => /vip-not-in-tls-san/.test(each)));
    const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri: uri('k3s/cp2.yaml') },
      range: { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } },
      context: { diagnostics: [] },
    });
    const edited = actions.flatMap((each) => Object.keys(each.edit?.changes ?? {}));
    assert.ok(edited.includes(uri('k3s/cp2.yaml')), JSON.stringify(actions));
  });
});

test('haven lsp knows files that lie nowhere, and ends with its client', { timeout: 60_000 }, async () => {
  const client = startClient();
  await client.request('initialize', { processId: null, capabilities: {}, rootUri: null, locale: 'ko-KR' });
  await client.notify('initialized', {});
  const uri = 'untitled:haproxy.cfg';
  await client.notify('textDocument/didOpen', {
    textDocument: { uri, languageId: 'haproxy', version: 1, text: haproxy },
  });
  await client.diagnostics(uri, (all) => all.some((each) => /nowhere/.test(each)));
  assert.equal(await client.end(), 0);
});
