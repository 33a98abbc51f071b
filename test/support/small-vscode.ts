import Module from 'node:module';

type Listener = (event: unknown) => unknown;

/** As much of an event of VS Code as listening and firing. */
export class SmallEvent {
  private readonly listeners = new Set<Listener>();
  readonly event = (listener: Listener) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };
  fire(event?: unknown): void {
    for (const each of [...this.listeners]) each(event);
  }
  dispose(): void {
    this.listeners.clear();
  }
}

/** As much of an address as a scheme and a path. */
export class SmallUri {
  constructor(
    readonly scheme: string,
    readonly path: string,
  ) {}
  static file(path: string): SmallUri {
    return new SmallUri('file', path);
  }
  static joinPath({ scheme, path }: SmallUri, ...names: string[]): SmallUri {
    return new SmallUri(scheme, [path, ...names].join('/'));
  }
  static parse(text: string): SmallUri {
    const [scheme = '', ...path] = text.split(':');
    return new SmallUri(scheme, path.join(':'));
  }
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    return `${this.scheme}:${this.path}`;
  }
}

class SmallRange {
  constructor(
    readonly startLine: number,
    readonly startColumn: number,
    readonly endLine: number,
    readonly endColumn: number,
  ) {}
  intersection(other: SmallRange): SmallRange | undefined {
    return other.startLine > this.endLine || other.endLine < this.startLine ? undefined : this;
  }
}

class SmallFileSystemError extends Error {}

/** A document that can be typed in by replacing its text. */
export class SmallDocument {
  isClosed = false;
  version = 1;
  constructor(
    readonly uri: SmallUri,
    readonly languageId: string,
    public text: string,
  ) {}
  getText(): string {
    return this.text;
  }
  positionAt(offset: number): { readonly line: number; readonly character: number } {
    const before = this.text.slice(0, offset).split('\n');
    return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  }
}

/**
 * An editor as small as the parts under test need it: documents, files, settings and diagnostics. What is not here is not
 * there, so that a part that begins to use more fails.
 */
export class SmallEditor {
  readonly files = new Map<string, string>();
  readonly documents: SmallDocument[] = [];
  readonly settings = new Map<string, unknown>();
  /** By the address of the file: what was said of it last. */
  readonly diagnostics = new Map<string, readonly { readonly finding?: { readonly rule: string } }[]>();
  readonly errors: unknown[] = [];
  /** What panels were sent, in order. */
  readonly posted: unknown[] = [];
  readonly opened = new SmallEvent();
  readonly closed = new SmallEvent();
  readonly edited = new SmallEvent();
  readonly configured = new SmallEvent();
  readonly fileChanged = new SmallEvent();
  readonly fileCreated = new SmallEvent();
  readonly fileDeleted = new SmallEvent();
  /** Of anything, folders too. */
  readonly entryCreated = new SmallEvent();
  readonly entryDeleted = new SmallEvent();
  /** Called with what is logged as an error. */
  onError: (error: unknown) => void = () => undefined;
  readonly log = {
    error: (error: unknown) => {
      this.errors.push(error);
      this.onError(error);
    },
  };

  /** As it was at the start, for the next test. */
  clear(): void {
    for (const each of [this.files, this.settings, this.diagnostics]) each.clear();
    for (const each of [this.documents, this.errors, this.posted]) each.length = 0;
  }

  range(line: number, from = 0, to = from): object {
    return new SmallRange(line, from, line, to);
  }

  /** Loads a module of `src/vscode` into this editor. */
  load<Loaded>(load: () => Loaded): Loaded {
    const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
    const original = loader._load;
    loader._load = (request, ...rest) => (request === 'vscode' ? this.api : original.call(loader, request, ...rest));
    try {
      return load();
    } finally {
      loader._load = original;
    }
  }

  open(document: SmallDocument): void {
    this.documents.push(document);
    this.opened.fire(document);
  }

  /** Puts a text in the place of the whole document, as one edit. */
  type(document: SmallDocument, text: string): void {
    const rangeLength = document.text.length;
    document.text = text;
    document.version++;
    this.edited.fire({ document, contentChanges: [{ rangeOffset: 0, rangeLength, text }] });
  }

  rulesAt(uri: SmallUri): readonly (string | undefined)[] {
    return (this.diagnostics.get(String(uri)) ?? []).map((each) => each.finding?.rule);
  }

  private readonly api = {
    Uri: SmallUri,
    Range: SmallRange,
    EventEmitter: SmallEvent,
    FileType: { File: 1, Directory: 2 },
    FileSystemError: SmallFileSystemError,
    RelativePattern: class {
      constructor(readonly baseUri: SmallUri) {}
    },
    DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
    DiagnosticTag: { Unnecessary: 1, Deprecated: 2 },
    CodeActionKind: { QuickFix: 'quickfix' },
    CodeActionTriggerKind: { Invoke: 1, Automatic: 2 },
    Diagnostic: class {
      constructor(
        readonly range: SmallRange,
        readonly message: string,
        readonly severity: number,
      ) {}
    },
    DiagnosticRelatedInformation: class {},
    Location: class {},
    CodeAction: class {
      edit: unknown;
      diagnostics: unknown;
      constructor(
        readonly title: string,
        readonly kind: string,
      ) {}
    },
    WorkspaceEdit: class {
      readonly edits: unknown[] = [];
      replace(...edit: unknown[]): void {
        this.edits.push(edit);
      }
    },
    l10n: {
      t: (text: string, ...args: unknown[]) =>
        text.replace(/\{(\d)\}/g, (all, i: string) => String(args[Number(i)] ?? all)),
    },
    env: { language: 'en' },
    ViewColumn: { Active: -1 },
    ProgressLocation: { Notification: 15 },
    TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
    TreeItem: class {
      description: unknown;
      constructor(
        readonly label: string,
        readonly collapsibleState: number,
      ) {}
    },
    ThemeIcon: class {
      constructor(readonly id: string) {}
    },
    ThemeColor: class {},
    window: {
      createWebviewPanel: () => ({
        webview: {
          asWebviewUri: (uri: SmallUri) => uri,
          cspSource: '',
          html: '',
          onDidReceiveMessage: new SmallEvent().event,
          postMessage: async (message: unknown) => this.posted.push(message),
        },
        onDidDispose: new SmallEvent().event,
        reveal: () => undefined,
      }),
      withProgress: (_options: unknown, work: (progress: unknown, token: unknown) => unknown) =>
        work({ report: () => undefined }, { onCancellationRequested: () => undefined }),
    },
    languages: {
      createDiagnosticCollection: () => ({
        set: (uri: SmallUri, found: never[]) => this.diagnostics.set(String(uri), found),
        delete: (uri: SmallUri) => this.diagnostics.delete(String(uri)),
        clear: () => this.diagnostics.clear(),
        dispose: () => undefined,
      }),
      getDiagnostics: (uri: SmallUri) => this.diagnostics.get(String(uri)) ?? [],
    },
    workspace: {
      textDocuments: this.documents,
      isTrusted: true,
      workspaceFolders: [{ uri: new SmallUri('file', '/w') }],
      asRelativePath: (uri: SmallUri) => uri.path.replace(/^\/w\//, ''),
      createFileSystemWatcher: (glob: string) => ({
        onDidChange: this.fileChanged.event,
        onDidCreate: glob === '**' ? this.entryCreated.event : this.fileCreated.event,
        onDidDelete: glob === '**' ? this.entryDeleted.event : this.fileDeleted.event,
        dispose: () => undefined,
      }),
      onDidOpenTextDocument: this.opened.event,
      onDidCloseTextDocument: this.closed.event,
      onDidChangeTextDocument: this.edited.event,
      onDidChangeConfiguration: this.configured.event,
      findFiles: async (where: string | { readonly baseUri: SmallUri }) =>
        [...this.files.keys()]
          .filter((path) => typeof where === 'string' || path.startsWith(`${where.baseUri.path}/`))
          .map((path) => SmallUri.file(path)),
      getConfiguration: () => ({
        get: (name: string, fallback?: unknown) => (this.settings.has(name) ? this.settings.get(name) : fallback),
      }),
      fs: {
        isWritableFileSystem: (scheme: string) => scheme === 'file' || (scheme === 'git' ? false : undefined),
        stat: async ({ path }: SmallUri) => {
          if ([...this.files.keys()].some((each) => each.startsWith(`${path}/`))) return { type: 2, size: 0 };
          const text = this.files.get(path);
          if (text === undefined) throw new SmallFileSystemError(path);
          return { type: 1, size: text.length };
        },
        readFile: async ({ path }: SmallUri) => new TextEncoder().encode(this.files.get(path) ?? ''),
      },
    },
  };
}
