import type { Span } from '../../base/span';
import { readCloudInit } from './read-cloud-init';
import { readMarkdown } from './read-markdown';
import { readShell } from './read-shell';
import { linesOf } from './runbook-lines';

/** A configuration inside another file. Inner and outer lines are the same but for indentation and a prefix. */
export interface Embedded {
  /** The path it is written to, where a command, a comment or the text before it says so. */
  readonly target: string | undefined;
  /** The info string of a fence: `yaml`, `text` … */
  readonly info: string | undefined;
  readonly text: string;
  /** Where each inner line begins, in the inner and in the outer text. */
  readonly lines: readonly { readonly inner: number; readonly outer: number }[];
  /** The shell replaces `$NAME` and `$(…)` before the text is written. */
  readonly expands: boolean;
  /** The text is added to what the target holds already. */
  readonly appends: boolean;
  /** Where the text stands encoded: no place in it has one in the file. */
  readonly opaque?: Span;
}

/** One command with its continuation lines, as written. */
export interface Command {
  readonly text: string;
  readonly span: Span;
  /** Commands of one script or fence have the same number. */
  readonly block: number;
  /** Commands below the same heading have the same number. */
  readonly section: number;
}

export interface RunbookTree {
  readonly embedded: readonly Embedded[];
  readonly commands: readonly Command[];
}

/** Reads a shell script, a Markdown document or a cloud-init file. Accepts any text. */
export function parseRunbook(path: string, text: string): RunbookTree {
  const embedded: Embedded[] = [];
  const commands: Command[] = [];
  const lines = linesOf(text);
  if (/\.md$/.test(path)) readMarkdown(lines, embedded, commands);
  else if (/\.(sh|bash)$/.test(path))
    readShell(lines, { block: 0, section: 0, expands: false, shown: false }, embedded, commands);
  else readCloudInit(lines, embedded, commands);
  return { embedded, commands };
}

/** The place in the outer text of a span in an embedded one. */
export function outerSpan({ lines, opaque }: Embedded, span: Span): Span {
  if (opaque !== undefined) return opaque;
  const outer = (offset: number) => {
    const line = lines.findLast((each) => each.inner <= offset) ?? { inner: 0, outer: 0 };
    return line.outer + offset - line.inner;
  };
  const start = outer(span.start);
  return { start, end: Math.max(start, outer(span.end)) };
}
