import type { Message } from './message';
import type { Span } from './span';

/** Certain is an error, likely is a warning, style is a hint; what is unknown is not said. */
export type Severity = 'error' | 'warning' | 'info' | 'hint';

/** A stretch of one file of the workspace. */
export interface Place {
  readonly path: string;
  readonly span: Span;
}

/** The place alone of something that also says what stands there. */
export function placeOf({ path, span }: Place): Place {
  return { path, span };
}

/** The first character of a file: for what the file as a whole says, or lacks. */
export function startOf(path: string): Place {
  return { path, span: { start: 0, end: 0 } };
}

/** Another place that belongs to a finding. `path` is absent when it is in the same file. */
export interface Related {
  readonly path?: string;
  readonly span: Span;
  readonly message: Message;
}

export function related({ path, span }: Place, message: Message): Related {
  return { path, span, message };
}

/** One replacement of a fix. `path` is absent when it is in the file of the finding. */
export interface FileEdit {
  readonly path?: string;
  readonly span: Span;
  readonly newText: string;
}

/** A way to mend a finding. `safe` is only what cannot change behaviour; `--fix` applies those alone. */
export interface Fix {
  readonly title: Message;
  readonly edits: readonly FileEdit[];
  readonly confidence: 'safe' | 'review';
}

/** What a rule has to say about one place. */
export interface Finding {
  /** Absent when the finding is in the file under check; rules over a cluster name the file. */
  readonly path?: string;
  readonly span: Span;
  readonly message: Message;
  readonly related?: readonly Related[];
  readonly fixes?: readonly Fix[];
  readonly tag?: 'unnecessary' | 'deprecated';
  /** Given only where one rule is certain in one case and only likely in another. */
  readonly severity?: Severity;
  /**
   * Of a rule over a cluster: the rule that says the same of this place by the file alone. Its finding gets the related places of this
   * one, which is not told beside it.
   */
  readonly completes?: string;
}

/** A finding with the rule that made it, as every adapter receives it. */
export interface Diagnostic extends Finding {
  readonly rule: string;
  readonly severity: Severity;
}
