import {
  type CodeAction,
  CodeActionKind,
  type CodeLens,
  type CompletionItem,
  CompletionItemTag,
  type Connection,
  ErrorCodes,
  InsertTextFormat,
  type Location,
  type TextEdit as LspEdit,
  type DocumentSymbol as LspSymbol,
  MarkupKind,
  ResponseError,
  type SelectionRange,
  SemanticTokensBuilder,
} from 'vscode-languageserver';
import type { Fix } from '../base/finding';
import { type Message, say } from '../base/message';
import { touches } from '../base/span';
import { type DocumentSymbol, type FileSpan, findSymbols, suppressionEdit, type WorkspaceFile } from '../service';
import {
  completionKinds,
  foldKinds,
  symbolKinds,
  tokenModifierBits,
  tokenTypeIndex,
  toOffset,
  toRange,
  toSpan,
} from './convert';
import type { Files } from './files';
import type { Settings } from './settings';

/** What the handlers of requests look at. */
export interface Session {
  readonly files: Files;
  readonly settings: Settings;
  readonly text: (message: Message) => string;
}

/** What handlers ask first: the file that a request is about, and where its answers lie for the client. */
interface Reader {
  readonly session: () => Session;
  readonly fileOf: (request: { readonly textDocument: { readonly uri: string } }) => WorkspaceFile | undefined;
  readonly siblings: (file: WorkspaceFile) => ReturnType<Files['workspace']['siblingsOf']>;
  readonly located: (file: WorkspaceFile, spans: readonly FileSpan[]) => Location[];
}

/** Answers the requests of a client by the functions of the language side. `session` may be another one each time. */
export function answerRequests(connection: Connection, session: () => Session): void {
  const reader: Reader = {
    session,
    fileOf: ({ textDocument }) => session().files.file(textDocument.uri),
    siblings: (file) => session().files.workspace.siblingsOf(file.path),
    located: (file, spans) => {
      const { files } = session();
      return spans.flatMap(({ path = file.path, span }) => {
        const other = files.workspace.file(path);
        return other === undefined ? [] : [{ uri: files.uriOf(path), range: toRange(other.lines, span) }];
      });
    },
  };
  explainWords(connection, reader);
  followNames(connection, reader);
  outlineFiles(connection, reader);
  formatFiles(connection, reader);
  annotateFiles(connection, reader);
  offerFixes(connection, reader);
}

/** Completion, hover and signature help. */
function explainWords(connection: Connection, { session, fileOf, siblings }: Reader): void {
  connection.onCompletion((params): CompletionItem[] => {
    const file = fileOf(params);
    if (file === undefined) return [];
    const offset = toOffset(file.lines, params.position);
    return session()
      .files.workspace.completionsAt(file.path, offset, session().text)
      .map((each) => ({
        label: each.label,
        kind: completionKinds[each.kind],
        textEdit: { range: toRange(file.lines, each.span), newText: each.newText },
        insertTextFormat: each.isSnippet === true ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
        sortText: `${String(each.order ?? 5).padStart(3, '0')} ${each.label}`,
        ...(each.detail !== undefined && { detail: each.detail }),
        ...(each.documentation !== undefined && {
          documentation: { kind: MarkupKind.Markdown, value: each.documentation },
        }),
        ...(each.deprecated === true && { tags: [CompletionItemTag.Deprecated] }),
      }));
  });

  connection.onHover((params) => {
    const file = fileOf(params);
    const now = new Date();
    const hover = file?.language.hover?.(file.analysis, toOffset(file.lines, params.position), {
      siblings: siblings(file),
      wallClock: now.getTime() - now.getTimezoneOffset() * 60_000,
      speak: session().text,
    });
    if (file === undefined || hover === undefined) return null;
    return { contents: { kind: MarkupKind.Markdown, value: hover.markdown }, range: toRange(file.lines, hover.span) };
  });

  connection.onSignatureHelp((params) => {
    const file = fileOf(params);
    const found = file?.language.signature?.(file.analysis, toOffset(file.lines, params.position), session().text);
    if (found === undefined) return null;
    const { label, documentation, activeParameter } = found;
    const parameters = found.parameters.map((each) => ({ ...each }));
    const signature = { label, parameters, ...(documentation !== undefined && { documentation }) };
    return { signatures: [signature], activeSignature: 0, activeParameter };
  });
}

/** Definition, references, highlights and rename. */
function followNames(connection: Connection, { session, fileOf, siblings, located }: Reader): void {
  connection.onDefinition((params) => {
    const file = fileOf(params);
    if (file === undefined) return [];
    const offset = toOffset(file.lines, params.position);
    return located(file, session().files.workspace.definitionsAt(file.path, offset));
  });

  const references = (file: WorkspaceFile, offset: number) =>
    file.language.references?.(file.analysis, offset, siblings(file)) ?? [];

  connection.onReferences((params) => {
    const file = fileOf(params);
    if (file === undefined) return [];
    const offset = toOffset(file.lines, params.position);
    return located(file, session().files.workspace.referencesAt(file.path, offset));
  });

  connection.onDocumentHighlight((params) => {
    const file = fileOf(params);
    if (file === undefined) return [];
    const here = references(file, toOffset(file.lines, params.position)).filter(
      ({ path = file.path }) => path === file.path,
    );
    return here.map(({ span }) => ({ range: toRange(file.lines, span) }));
  });

  connection.onPrepareRename((params) => {
    const file = fileOf(params);
    if (file === undefined) return null;
    const offset = toOffset(file.lines, params.position);
    const name = file.language.renameable?.(file.analysis, offset, siblings(file));
    if (name !== undefined) return { range: toRange(file.lines, name.span), placeholder: name.name };
    const why = file.language.whyFixed?.(file.analysis, offset, siblings(file));
    if (why !== undefined) throw new ResponseError(ErrorCodes.InvalidRequest, session().text(why));
    return null;
  });

  connection.onRenameRequest((params) => {
    const file = fileOf(params);
    const offset = file === undefined ? 0 : toOffset(file.lines, params.position);
    if (file?.language.renameable?.(file.analysis, offset, siblings(file)) === undefined) return null;
    const wrong = file.language.checkName?.(file.analysis, offset, params.newName, siblings(file));
    if (wrong !== undefined) throw new ResponseError(ErrorCodes.InvalidParams, session().text(wrong));
    const changes: Record<string, LspEdit[]> = {};
    for (const { uri, range } of located(file, references(file, offset))) {
      changes[uri] ??= [];
      changes[uri].push({ range, newText: params.newName });
    }
    return { changes };
  });
}

/** Outline, symbols of the workspace, folding, selection and links. */
function outlineFiles(connection: Connection, { session, fileOf, located }: Reader): void {
  connection.onDocumentSymbol((params) => {
    const file = fileOf(params);
    return file?.language.symbols?.(file.analysis).map((each) => toSymbol(file, each)) ?? [];
  });

  connection.onWorkspaceSymbol(({ query }) => {
    const { files } = session();
    return findSymbols(files.workspace, query).flatMap(({ path, symbol, container }) => {
      const [location] = located({ path } as WorkspaceFile, [{ path, span: symbol.nameSpan }]);
      const kind = symbolKinds[symbol.kind];
      const containerName = container ?? symbol.detail;
      if (location === undefined) return [];
      return [{ name: symbol.name, kind, location, ...(containerName !== undefined && { containerName }) }];
    });
  });

  connection.onFoldingRanges((params) => {
    const file = fileOf(params);
    return (
      file?.language.folds?.(file.analysis).map(({ span, kind }) => {
        const { start, end } = toRange(file.lines, span);
        return { startLine: start.line, endLine: end.line, kind: foldKinds[kind] };
      }) ?? []
    );
  });

  connection.onSelectionRanges((params) => {
    const file = fileOf(params);
    if (file?.language.selection === undefined) return [];
    return params.positions.map((position): SelectionRange => {
      const spans = file.language.selection?.(file.analysis, toOffset(file.lines, position)) ?? [];
      let around: SelectionRange | undefined;
      for (const span of [...spans].reverse())
        around = { range: toRange(file.lines, span), ...(around !== undefined && { parent: around }) };
      return around ?? { range: { start: position, end: position } };
    });
  });

  connection.onDocumentLinks((params) => {
    const file = fileOf(params);
    return (
      file?.language.links?.(file.analysis).map(({ span, target }) => {
        const isAddress = target.startsWith('https:');
        const path = target.startsWith('/') ? target : `${file.path.replace(/[^/]*$/, '')}${target}`;
        return { range: toRange(file.lines, span), target: isAddress ? target : session().files.uriOf(path) };
      }) ?? []
    );
  });
}

/** Formatting of a file or of a part of it. */
function formatFiles(connection: Connection, { session, fileOf }: Reader): void {
  const format = (
    file: WorkspaceFile | undefined,
    { tabSize, insertSpaces }: { readonly tabSize: number; readonly insertSpaces: boolean },
    range?: Parameters<typeof toSpan>[1],
  ): LspEdit[] => {
    if (file === undefined) return [];
    const options = { tabSize, insertSpaces, columns: session().settings.columns };
    const span = range === undefined ? undefined : toSpan(file.lines, range);
    return (file.language.format?.(file.analysis, options, span) ?? []).map((each) => ({
      range: toRange(file.lines, each.span),
      newText: each.newText,
    }));
  };
  connection.onDocumentFormatting((params) => format(fileOf(params), params.options));
  connection.onDocumentRangeFormatting((params) => format(fileOf(params), params.options, params.range));
}

/** Semantic tokens, inlay hints and code lenses. */
function annotateFiles(connection: Connection, { session, fileOf }: Reader): void {
  const tokens = (file: WorkspaceFile | undefined, range?: Parameters<typeof toSpan>[1]) => {
    const builder = new SemanticTokensBuilder();
    if (file === undefined) return builder.build();
    const span = range === undefined ? undefined : toSpan(file.lines, range);
    for (const each of file.language.tokens?.(file.analysis, span) ?? []) {
      const { line, column } = file.lines.positionAt(each.span.start);
      const length = each.span.end - each.span.start;
      builder.push(line, column, length, tokenTypeIndex(each.type), tokenModifierBits(each.modifiers));
    }
    return builder.build();
  };
  connection.languages.semanticTokens.on((params) => tokens(fileOf(params)));
  connection.languages.semanticTokens.onRange((params) => tokens(fileOf(params), params.range));

  connection.languages.inlayHint.on((params) => {
    const file = fileOf(params);
    if (file === undefined) return [];
    const hints = session().files.workspace.hintsIn(file.path, toSpan(file.lines, params.range));
    return hints.map(({ offset, label, tooltip }) => ({
      position: toRange(file.lines, { start: offset, end: offset }).start,
      label: session().text(label),
      paddingLeft: true,
      ...(tooltip !== undefined && { tooltip: session().text(tooltip) }),
    }));
  });

  connection.onCodeLens((params): CodeLens[] => {
    const file = fileOf(params);
    return (
      file?.language.lenses?.(file.analysis, session().files.workspace.together(file.path)).map(({ span, title }) => ({
        range: toRange(file.lines, span),
        command: { title: session().text(title), command: '' },
      })) ?? []
    );
  });
}

/** Quick fixes of findings, and the comment that silences one. */
function offerFixes(connection: Connection, { session, fileOf }: Reader): void {
  connection.onCodeAction((params): CodeAction[] => {
    const file = fileOf(params);
    if (file === undefined) return [];
    const { files, text } = session();
    const asked = toSpan(file.lines, params.range);
    const here = files.workspace
      .diagnose(file.path)
      .filter(({ span }) => touches(span, asked.start) || touches(asked, span.start));
    return here.flatMap((finding) => {
      const fixes = (finding.fixes ?? []).flatMap((fix): CodeAction[] => {
        const changes = changesOf(fix, file, files);
        const title = text(fix.title);
        return changes === undefined ? [] : [{ title, kind: CodeActionKind.QuickFix, edit: { changes } }];
      });
      const { span, newText } = suppressionEdit(finding, file.text, file.lines);
      const changes = { [params.textDocument.uri]: [{ range: toRange(file.lines, span), newText }] };
      const title = text(say('Ignore {0} on this line', finding.rule));
      return [...fixes, { title, kind: CodeActionKind.QuickFix, edit: { changes } }];
    });
  });
}

function toSymbol(file: WorkspaceFile, symbol: DocumentSymbol): LspSymbol {
  const { name, detail, kind, span, nameSpan, children } = symbol;
  return {
    name: name === '' ? '…' : name,
    kind: symbolKinds[kind],
    range: toRange(file.lines, span),
    selectionRange: toRange(file.lines, nameSpan),
    children: children.map((each) => toSymbol(file, each)),
    ...(detail !== undefined && { detail }),
  };
}

/** The edits of a fix by file; undefined when one of them is not at hand. */
function changesOf(fix: Fix, file: WorkspaceFile, files: Files): Record<string, LspEdit[]> | undefined {
  const changes: Record<string, LspEdit[]> = {};
  for (const { path = file.path, span, newText } of fix.edits) {
    const other = files.workspace.file(path);
    if (other === undefined) return undefined;
    const uri = files.uriOf(path);
    changes[uri] ??= [];
    changes[uri].push({ range: toRange(other.lines, span), newText });
  }
  return changes;
}
