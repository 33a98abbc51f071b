// The door to the language server: `haven lsp` loads it and hands it its streams.
import {
  CodeActionKind,
  createConnection,
  DiagnosticTag,
  DidChangeConfigurationNotification,
  type InitializeParams,
  type Diagnostic as LspDiagnostic,
  ProposedFeatures,
  type ServerCapabilities,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { reportBugsTo, type WorkspaceFile } from '../service';
import { themedTypes, tokenModifiers } from '../service/token-themes';
import { severities, toRange } from './convert';
import { answerRequests, type Session } from './features';
import { Files, pathOf } from './files';
import { readSettings, speaker } from './settings';

/** Work starts this long after the last keystroke. */
const quietMs = 150;

const capabilities: ServerCapabilities = {
  textDocumentSync: TextDocumentSyncKind.Incremental,
  completionProvider: { triggerCharacters: [' ', '/', ':', '(', ',', '{', '[', '%', '$'] },
  hoverProvider: true,
  signatureHelpProvider: { triggerCharacters: [' ', '(', ','] },
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  documentSymbolProvider: true,
  workspaceSymbolProvider: true,
  foldingRangeProvider: true,
  selectionRangeProvider: true,
  documentFormattingProvider: true,
  documentRangeFormattingProvider: true,
  documentLinkProvider: {},
  semanticTokensProvider: {
    legend: { tokenTypes: [...themedTypes], tokenModifiers: [...tokenModifiers] },
    full: true,
    range: true,
  },
  inlayHintProvider: true,
  codeLensProvider: {},
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
};

/** Speaks the Language Server Protocol on two streams, until the client says goodbye. */
export function serve(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<void> {
  const connection = createConnection(ProposedFeatures.all, input, output);
  const documents = new TextDocuments(TextDocument);
  let settings = readSettings(undefined);
  let folders: readonly string[] = [];
  let session: Session = { files: new Files(settings, folders), settings, text: speaker(undefined) };
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const recheck = (path: string): void => {
    changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(publish, quietMs);
  };
  reportBugsTo(({ id }, error) => connection.console.error(`${id}: ${(error as Error).stack}`));
  /** Nobody waits for an answer in which a fault could be told. */
  const tell = (error: unknown): void =>
    connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const guard = (work: Promise<unknown>): void => {
    work.catch(tell);
  };
  const publish = (): void => {
    const { workspace } = session.files;
    const asked = [...changed];
    changed.clear();
    const paths = new Set(asked);
    // A fault in one file must neither end the server nor leave the others without an answer.
    const attempt = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        tell(error);
      }
    };
    attempt(() => {
      for (const path of [...asked.flatMap((each) => workspace.related(each)), ...workspace.takeOutdated()])
        paths.add(path);
    });
    for (const path of paths)
      attempt(() => {
        const file = workspace.file(path);
        const diagnostics = file === undefined ? [] : diagnosticsOf(session, file);
        guard(connection.sendDiagnostics({ uri: session.files.uriOf(path), diagnostics }));
      });
  };
  const restart = async (): Promise<void> => {
    session = { ...session, files: new Files(settings, folders), settings };
    for (const each of documents.all()) session.files.take(each.uri, each.languageId, each.getText());
    await session.files.readFolders(folders);
    for (const each of session.files.workspace.files()) recheck(each.path);
  };

  connection.onInitialize((params: InitializeParams) => {
    settings = readSettings(params.initializationOptions);
    const roots = params.workspaceFolders?.map((each) => each.uri) ?? (params.rootUri ? [params.rootUri] : []);
    folders = roots.filter((each) => each.startsWith('file:')).map(pathOf);
    session = { files: new Files(settings, folders), settings, text: speaker(params.locale) };
    return { capabilities, serverInfo: { name: 'haven' } };
  });
  connection.onInitialized(() => {
    void connection.client.register(DidChangeConfigurationNotification.type, undefined).catch(() => undefined);
    guard(restart());
  });
  connection.onDidChangeConfiguration((change) => {
    settings = readSettings(change.settings);
    guard(restart());
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    for (const { uri } of changes) guard(session.files.readFile(pathOf(uri)).then(() => recheck(pathOf(uri))));
  });
  documents.onDidChangeContent(({ document }) => {
    session.files.take(document.uri, document.languageId, document.getText());
    recheck(pathOf(document.uri));
  });
  documents.onDidClose(async ({ document }) => {
    await session.files.release(document.uri);
    recheck(pathOf(document.uri));
  });
  answerRequests(connection, () => session);
  documents.listen(connection);
  return new Promise((resolve) => {
    connection.onExit(() => {
      clearTimeout(timer);
      resolve();
    });
    connection.listen();
  });
}

function diagnosticsOf({ files, text }: Session, file: WorkspaceFile): LspDiagnostic[] {
  return files.workspace.diagnose(file.path).map((each): LspDiagnostic => {
    const tag =
      each.tag === 'unnecessary'
        ? DiagnosticTag.Unnecessary
        : each.tag === 'deprecated'
          ? DiagnosticTag.Deprecated
          : undefined;
    const related = (each.related ?? []).flatMap(({ path = file.path, span, message }) => {
      const other = files.workspace.file(path);
      if (other === undefined) return [];
      return [{ location: { uri: files.uriOf(path), range: toRange(other.lines, span) }, message: text(message) }];
    });
    return {
      range: toRange(file.lines, each.span),
      severity: severities[each.severity],
      code: each.rule,
      source: 'haven',
      message: text(each.message),
      ...(tag !== undefined && { tags: [tag] }),
      ...(related.length > 0 && { relatedInformation: related }),
    };
  });
}
