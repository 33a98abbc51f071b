import type { Span, TextEdit } from '../../base/span';
import { constantsOf } from './constants';
import { readCloudInit, type Unpack } from './read-cloud-init';
import { readMarkdown } from './read-markdown';
import { multipartOf } from './read-multipart';
import { readShell } from './read-shell';
import type { Constants } from './read-words';
import { type Line, linesOf } from './runbook-lines';

/** A text inside another file. Inner and outer lines are the same but for indentation and a prefix. */
export interface Placed {
  readonly text: string;
  /** Where each inner line begins, in the inner and in the outer text. */
  readonly lines: readonly { readonly inner: number; readonly outer: number }[];
  /** Where the text stands encoded: no place in it has one in the file. */
  readonly opaque?: Span;
}

/** A configuration inside another file. */
export interface Embedded extends Placed {
  /** The path it is written to, where a command, a comment or the text before it says so. */
  readonly target: string | undefined;
  /** The info string of a fence: `yaml`, `text` … */
  readonly info: string | undefined;
  /** The shell replaces `$NAME` and `$(…)` before the text is written. */
  readonly expands: boolean;
  /** No command writes it: it stands in a fence, and the words before it say which file it is or is part of. */
  readonly shown?: true;
  /** The text is added to what the target holds already. */
  readonly appends: boolean;
}

/** One command with its continuation lines, as written. */
export interface Command extends Placed {
  readonly span: Span;
  /** Commands of one script or fence have the same number. */
  readonly block: number;
  /** Commands below the same heading have the same number. */
  readonly section: number;
}

/** A command of more characters than this is made by a program, and is left alone: patterns need long for such a line. */
const longestCommand = 10_000;

export interface RunbookTree {
  readonly embedded: readonly Embedded[];
  readonly commands: readonly Command[];
  /** The variables of known value. */
  readonly constants: Constants;
}

const isCloudInit = /^(?:## template:.*\n)?#cloud-config\b/;

/** The lines of an embedded text with their places in the file. */
function linesIn({ text, lines }: Placed): readonly Line[] {
  return text.split('\n').flatMap((each, index) => {
    const place = lines[index];
    return place === undefined ? [] : [{ text: each, start: place.outer }];
  });
}

/** Reads a shell script, a Markdown document or a cloud-init file. Accepts any text. */
export function parseRunbook(path: string, text: string, unpack?: Unpack): RunbookTree {
  const embedded: Embedded[] = [];
  const commands: Command[] = [];
  const lines = linesOf(text);
  const script = { block: 0, section: 0, expands: false, shown: false };
  const parts = multipartOf(lines);
  if (/\.md$/.test(path)) readMarkdown(lines, embedded, commands);
  else if (/\.(sh|bash)$/.test(path) || text.startsWith('#!')) readShell(lines, script, embedded, commands);
  else if (parts.length === 0) readCloudInit(lines, embedded, commands, unpack);
  for (const part of parts)
    if (part.kind === 'script') readShell(part.lines, script, embedded, commands);
    else readCloudInit(part.lines, embedded, commands, unpack);
  // A document or a script may show or write a cloud-init file in turn.
  for (const [index, each] of embedded.entries()) {
    if (each.opaque !== undefined || !isCloudInit.test(each.text)) continue;
    const inner: Command[] = [];
    readCloudInit(linesIn(each), embedded, inner, unpack);
    for (const command of inner) commands.push({ ...command, block: -1 - index });
  }
  const constants = constantsOf(lines);
  return {
    embedded: embedded.map((each) => withTarget(each, constants)),
    commands: commands.filter((each) => each.text.length <= longestCommand),
    constants,
  };
}

/** A configuration whose path is written with variables of known value. */
function withTarget(embedded: Embedded, constants: Constants): Embedded {
  const target = embedded.target?.replace(
    /\$(?:(\w+)|\{(\w+)(?::?-([^{}$]*))?\})/g,
    (whole, plain, braced, otherwise) => constants.get(plain ?? braced) ?? otherwise ?? whole,
  );
  return target === embedded.target ? embedded : { ...embedded, target };
}

/** An edit of an embedded text as one of the outer text `whole`: further lines get the indentation of the block. */
export function outerEdit(embedded: Embedded, whole: string, { span, newText }: TextEdit): TextEdit {
  const outer = outerSpan(embedded, span);
  return { span: outer, newText: newText.replaceAll('\n', `\n${indentAt(embedded, whole, outer.start)}`) };
}

/** What stands before the lines of an embedded text around a place of the outer one; nothing where it does not lie there. */
export function indentAt({ lines, text }: Embedded, whole: string, at: number): string {
  const line = lines[lineAround(lines, 'outer', at)];
  if (line === undefined || line.inner + at - line.outer > text.length) return '';
  return whole.slice(whole.lastIndexOf('\n', line.outer - 1) + 1, line.outer);
}

/** The index of the last of `lines` that begins at or before a place of the inner or outer text; -1 where none does. */
export function lineAround(lines: Placed['lines'], side: 'inner' | 'outer', at: number): number {
  let low = -1;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lines[middle]?.[side] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The place in the outer text of a span in an embedded one. */
export function outerSpan({ lines, opaque }: Omit<Placed, 'text'>, span: Span): Span {
  if (opaque !== undefined) return opaque;
  const outer = (offset: number) => {
    const line = lines[lineAround(lines, 'inner', offset)] ?? { inner: 0, outer: 0 };
    return line.outer + offset - line.inner;
  };
  const start = outer(span.start);
  return { start, end: Math.max(start, outer(span.end)) };
}
