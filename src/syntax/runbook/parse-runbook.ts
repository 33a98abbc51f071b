import { constantsOf } from './constants';
import type { Unpack } from './encoded-text';
import { readCloudInit } from './read-cloud-init';
import { readMarkdown } from './read-markdown';
import { multipartOf } from './read-multipart';
import { readShell } from './read-shell';
import type { Constants } from './read-words';
import { type Line, linesOf } from './runbook-lines';
import type { Command, Embedded, Placed, RunbookTree } from './runbook-tree';

/** A command of more characters than this is made by a program, and is left alone: patterns need long for such a line. */
const longestCommand = 10_000;

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
