import type { FileKind } from '../base/file-kind';
import type { Diagnostic } from '../base/finding';
import type { Message, Speak } from '../base/message';
import type { Span, TextEdit } from '../base/span';
import type { Steps } from '../base/steps';
import type { Version } from '../base/version';
import type { Unpack } from '../syntax/runbook/encoded-text';

/** The release of each product a file is read for; absent means the newest that Haven knows. */
export interface Versions {
  readonly haproxy?: Version;
  readonly keepalived?: Version;
  readonly k3s?: Version;
  readonly kubernetes?: Version;
}

/** What a language needs to analyse one text. */
export interface SourceText {
  /** Slashes separate folders; only its ending is looked at. */
  readonly path: string;
  readonly text: string;
  readonly versions: Versions;
  /** What the node does that the file lives on, where the inventory says so. */
  readonly role?: 'server' | 'agent' | undefined;
  /** How a gzip file is unpacked, which an adapter knows; what is packed is left alone without. */
  readonly unpack?: Unpack | undefined;
}

/** The analysis before an edit and the edit that led to the new text, so that untouched lines keep their work. */
interface Previous<Analysis> {
  readonly analysis: Analysis;
  readonly edits: readonly TextEdit[];
}

/** Another file of the same running instance (haproxy's `-f` list, keepalived's includes), in load order. */
export interface Sibling<Analysis> {
  readonly path: string;
  readonly analysis: Analysis;
  /** It is loaded before the file that is asked about; undefined where nobody stated the order. */
  readonly before?: boolean;
}

/** A file of a cluster, and the machines of the inventory that it is for; none where nobody says. */
export interface PlacedFile<Analysis> extends Sibling<Analysis> {
  readonly machines: readonly { readonly name: string; readonly address: string }[];
  /** The other files that the same program reads. */
  readonly siblings: readonly Sibling<Analysis>[];
}

export type CompletionKind = 'keyword' | 'value' | 'reference' | 'function' | 'snippet' | 'file' | 'section';

export interface Completion {
  readonly label: string;
  readonly kind: CompletionKind;
  /** What is replaced: the word under the cursor. */
  readonly span: Span;
  readonly newText: string;
  /** `newText` has tab stops in snippet syntax. */
  readonly isSnippet?: boolean;
  readonly detail?: string;
  readonly documentation?: string;
  readonly deprecated?: boolean;
  /** Lower comes first among equals. */
  readonly order?: number;
}

export interface Hover {
  readonly span: Span;
  readonly markdown: string;
}

/** What a hover may need beside its file. */
export interface HoverContext<Analysis> {
  readonly siblings: readonly Sibling<Analysis>[];
  /** What the reader's clock shows, in milliseconds since 1970 as if it showed UTC: nothing here has a clock of its own. */
  readonly wallClock: number;
  /** English where it is absent. */
  readonly speak?: Speak;
}

export interface Signature {
  readonly label: string;
  readonly documentation?: string;
  readonly parameters: readonly { readonly label: string; readonly documentation?: string }[];
  readonly activeParameter: number;
}

export type SymbolKind = 'section' | 'block' | 'proxy' | 'server' | 'acl' | 'address' | 'key' | 'node' | 'value';

export interface DocumentSymbol {
  readonly name: string;
  readonly detail?: string;
  readonly kind: SymbolKind;
  readonly span: Span;
  readonly nameSpan: Span;
  readonly children: readonly DocumentSymbol[];
}

export interface Fold {
  readonly span: Span;
  readonly kind: 'region' | 'comment';
}

export interface Link {
  readonly span: Span;
  /** A file, absolute or relative to the file with the link, or an https address. */
  readonly target: string;
  readonly tooltip?: Message;
}

export type TokenType =
  | 'keyword'
  | 'property'
  | 'reference'
  | 'definition'
  | 'function'
  | 'number'
  | 'string'
  | 'variable'
  | 'type';

export interface SemanticToken {
  readonly span: Span;
  readonly type: TokenType;
  readonly modifiers?: readonly ('definition' | 'deprecated' | 'unused')[];
}

export interface InlayHint {
  readonly offset: number;
  readonly label: Message;
  readonly tooltip?: Message;
}

export interface CodeLens {
  readonly span: Span;
  readonly title: Message;
  /** A command of Haven's, without its prefix: `showFailover`. */
  readonly command?: string;
}

export interface FormatOptions {
  readonly tabSize: number;
  readonly insertSpaces: boolean;
  /** Blanks between the words of a line: as they are, one each, or so that neighbouring lines stand in columns. */
  readonly columns?: 'keep' | 'single' | 'align';
}

/**
 * Everything Haven can do with one kind of file: pure functions over the analysis of its text.
 * A language leaves out what it does not have; adapters show nothing then.
 */
export interface Language<Analysis> {
  readonly kind: FileKind;

  /** Reads any text whatsoever; never throws. */
  analyse(source: SourceText, previous?: Previous<Analysis>): Analysis;
  /** The same in steps, for files whose reading takes long; much of what `diagnose` does may be done with it. */
  analyseInSteps?(source: SourceText): Steps<Analysis>;
  diagnose(analysis: Analysis, siblings: readonly Sibling<Analysis>[]): readonly Diagnostic[];

  /** The other files of the running instance that `path` belongs to, in load order; `files` are all of this language. */
  instance?(path: string, files: readonly Sibling<Analysis>[]): readonly Sibling<Analysis>[];

  /** The configurations of a node that a file of this kind holds; each as its own language reads it. */
  inner?(analysis: Analysis): readonly InnerFile[];

  /** What only shows when the files of several nodes of one cluster are seen together; each diagnostic names its file. */
  diagnoseTogether?(files: readonly PlacedFile<Analysis>[]): readonly Diagnostic[];

  /** Texts are in the language of `speak`, English without it. */
  complete?(
    analysis: Analysis,
    offset: number,
    siblings: readonly Sibling<Analysis>[],
    speak?: Speak,
  ): readonly Completion[];
  hover?(analysis: Analysis, offset: number, context?: HoverContext<Analysis>): Hover | undefined;
  signature?(analysis: Analysis, offset: number, speak?: Speak): Signature | undefined;
  /** Where the name under the cursor is written down; `path` is absent for the file itself. */
  definition?(analysis: Analysis, offset: number, siblings: readonly Sibling<Analysis>[]): readonly FileSpan[];
  /** Every place that names what is under the cursor, its definition included. */
  references?(analysis: Analysis, offset: number, siblings: readonly Sibling<Analysis>[]): readonly FileSpan[];
  /** The name under the cursor if it can be renamed. */
  renameable?(
    analysis: Analysis,
    offset: number,
    siblings?: readonly Sibling<Analysis>[],
  ): { readonly span: Span; readonly name: string } | undefined;
  /** Why the name under the cursor is not renameable; undefined where it is, or where there is none. */
  whyFixed?(analysis: Analysis, offset: number, siblings?: readonly Sibling<Analysis>[]): Message | undefined;
  /** Why `newName` cannot be a name here; undefined if it can. */
  checkName?(
    analysis: Analysis,
    offset: number,
    newName: string,
    siblings?: readonly Sibling<Analysis>[],
  ): Message | undefined;
  symbols?(analysis: Analysis): readonly DocumentSymbol[];
  folds?(analysis: Analysis): readonly Fold[];
  /** The spans around `offset`, from the inside out. */
  selection?(analysis: Analysis, offset: number): readonly Span[];
  /** Edits that lay the text (or the lines of `range`) out anew without changing a token. */
  format?(analysis: Analysis, options: FormatOptions, range?: Span): readonly TextEdit[];
  links?(analysis: Analysis): readonly Link[];
  /** In the order of the file; with `range` at least those of its lines. */
  tokens?(analysis: Analysis, range?: Span): readonly SemanticToken[];
  hints?(analysis: Analysis, range: Span, siblings?: readonly Sibling<Analysis>[]): readonly InlayHint[];
  /** `together` are the files of its cluster, the file itself among them; empty where it is alone. */
  lenses?(analysis: Analysis, together: readonly PlacedFile<Analysis>[]): readonly CodeLens[];
}

/** A configuration that another file holds and writes to a path of its node, as cloud-init does. */
export interface InnerFile {
  /** The path on the node. */
  readonly target: string;
  readonly text: string;
  readonly language: AnyLanguage;
  readonly analysis: unknown;
  /** The place in the outer file. */
  outerSpan(span: Span): Span;
  /** The edit of the outer file; undefined where the text stands there encoded. */
  outerEdit(edit: TextEdit): TextEdit | undefined;
  /** The text that an edit of the outer file puts in, with the indentation of this file's lines there; as `outerEdit`. */
  indented(edit: TextEdit): TextEdit | undefined;
}

/** A span, and the file it is in when that is not the file asked about. */
export interface FileSpan {
  readonly path?: string;
  readonly span: Span;
}

/** A language whose analysis type only it knows, as the registry holds it. */
export type AnyLanguage = Language<unknown>;

/** Hides the analysis type: the registry hands each language back only what that language made. */
export function language<Analysis>(definition: Language<Analysis>): AnyLanguage {
  return definition as unknown as AnyLanguage;
}
