import type { Span } from '../../base/span';

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
}

/** One command with its continuation lines, as written. */
export interface Command {
  readonly text: string;
  readonly span: Span;
  /** Commands of one script or fence have the same number. */
  readonly block: number;
}

export interface RunbookTree {
  readonly embedded: readonly Embedded[];
  readonly commands: readonly Command[];
}

interface Line {
  readonly text: string;
  readonly start: number;
}

const shellInfo = /^(bash|sh|shell|zsh|console|terminal|shell-session)$/i;

/** Reads a shell script, a Markdown document or a cloud-init file. Accepts any text. */
export function parseRunbook(path: string, text: string): RunbookTree {
  const embedded: Embedded[] = [];
  const commands: Command[] = [];
  const lines = linesOf(text);
  if (/\.md$/.test(path)) readMarkdown(lines, embedded, commands);
  else if (/\.(sh|bash)$/.test(path)) readShell(lines, { block: 0, expands: false }, embedded, commands);
  else readCloudInit(lines, embedded, commands);
  return { embedded, commands };
}

function readMarkdown(lines: readonly Line[], embedded: Embedded[], commands: Command[]): void {
  let block = 0;
  for (let i = 0; i < lines.length; i++) {
    const open = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)/.exec(lines[i]?.text ?? '');
    if (open === null) continue;
    const mark = (open[2] ?? '')[0] ?? '`';
    const info = (open[3] ?? '') === '' ? undefined : open[3];
    let end = i + 1;
    // A fence that was never closed ends where the next one with an info string begins.
    while (end < lines.length && !isFence(lines[end]?.text ?? '', mark)) end++;
    const isClosed = /^\s*(`{3,}|~{3,})\s*$/.test(lines[end]?.text ?? '');
    const body = isClosed ? lines.slice(i + 1, end) : withoutProse(lines.slice(i + 1, end));
    block++;
    if (info !== undefined && shellInfo.test(info)) readShell(body, { block, expands: false }, embedded, commands);
    else
      embedded.push({ ...embed(body, 0), target: targetAround(lines, i, body), info, expands: false, appends: false });
    i = isClosed ? end : end - 1;
  }
}

/** Of a fence that was never closed, what comes before the first line that is plainly text of the document again. */
function withoutProse(lines: readonly Line[]): readonly Line[] {
  const prose = lines.findIndex(
    (line, index) =>
      index > 0 && (lines[index - 1]?.text ?? '').trim() === '' && /^(`[^`]|[-*] |[^\x00-\x7f]|\*\*)/.test(line.text),
  );
  return prose < 0 ? lines : lines.slice(0, prose);
}

function isFence(line: string, mark: string): boolean {
  const trimmed = line.trimStart();
  return trimmed.startsWith(mark.repeat(3)) && /^(`{3,}|~{3,})\s*[\w-]*\s*$/.test(trimmed);
}

/** A path in the first comment of the text, or in backticks in the line before its fence. */
function targetAround(lines: readonly Line[], fence: number, body: readonly Line[]): string | undefined {
  for (const line of body.slice(0, 2)) {
    const found = /^\s*[#!]\s*(\/[\w./-]+\.(?:ya?ml|cfg|conf|sh))\b/.exec(line.text);
    if (found !== null) return found[1];
  }
  for (let i = fence - 1; i >= Math.max(0, fence - 2); i--) {
    const found = /`((?:[\w.-]*\/)*[\w.-]+\.(?:ya?ml|cfg|conf|sh))`/.exec(lines[i]?.text ?? '');
    if (found !== null) return found[1];
    if ((lines[i]?.text ?? '').trim() !== '') break;
  }
  return undefined;
}

/** The script that lines belong to, and whether a heredoc around it is expanded before its own shell reads it. */
interface Script {
  readonly block: number;
  readonly expands: boolean;
}

function readShell(lines: readonly Line[], script: Script, embedded: Embedded[], commands: Command[]): void {
  for (let i = 0; i < lines.length; i++) {
    const first = lines[i];
    if (first === undefined || /^\s*(#|$)/.test(first.text)) continue;
    let last = i;
    while (/\\\s*$/.test(lines[last]?.text ?? '') && last + 1 < lines.length) last++;
    // A pipe at the end of a line continues as well.
    while (/\|\s*(\\)?\s*$/.test(lines[last]?.text ?? '') && last + 1 < lines.length) {
      last++;
      while (/\\\s*$/.test(lines[last]?.text ?? '') && last + 1 < lines.length) last++;
    }
    const lastLine = lines[last] ?? first;
    const text = lines
      .slice(i, last + 1)
      .map((line) => line.text)
      .join('\n');
    commands.push({
      text,
      span: { start: first.start, end: lastLine.start + lastLine.text.length },
      block: script.block,
    });
    i = last;
    const heredoc = heredocOf(text);
    if (heredoc === undefined) continue;
    let end = last + 1;
    while (end < lines.length && !endsHeredoc(lines[end]?.text ?? '', heredoc.word, heredoc.tabs)) end++;
    // Without its closing word nobody knows where the text ends: a variable may stand for the line break before it.
    if (end === lines.length) {
      i = end;
      continue;
    }
    const body = lines.slice(last + 1, end);
    const expands = heredoc.expands || script.expands;
    if (heredoc.target === undefined && heredoc.feedsShell)
      readShell(body, { block: script.block, expands }, embedded, commands);
    else
      embedded.push({ ...embed(body, 0), target: heredoc.target, info: undefined, expands, appends: heredoc.appends });
    i = end;
  }
}

/** What a command says of the heredoc behind it. */
interface Heredoc {
  readonly word: string;
  /** Tabs before the closing word do not count. */
  readonly tabs: boolean;
  readonly expands: boolean;
  readonly target: string | undefined;
  readonly appends: boolean;
  /** The text is a script: it goes to a shell, here or on another machine. */
  readonly feedsShell: boolean;
}

function heredocOf(command: string): Heredoc | undefined {
  const found = /<<(-?)\s*(?:'([\w-]+)'|"([\w-]+)"|\\?([\w-]+))/.exec(command);
  if (found === null || /<<</.test(command)) return undefined;
  const rest = command.replace(/<<-?\s*\S+/, '');
  const target = /(>>?|\btee\b((?:\s+-\S+)*))\s*"?((?:[\w.$~{}-]*\/)*[\w.${}-]+)"?/.exec(rest);
  return {
    word: found[2] ?? found[3] ?? found[4] ?? '',
    tabs: found[1] === '-',
    expands: found[4] !== undefined && !/<<-?\s*\\/.test(command),
    target: target?.[3],
    appends: target?.[1] === '>>' || /\s-(?:\w*a|-append)/.test(target?.[2] ?? ''),
    feedsShell: /(?:^|[\s;|&"'/])(?:ba|da|z|k)?sh\b|\bssh\b|\bsu\b/.test(rest),
  };
}

/** Inside `bash -c '… << EOF` the closing word may be followed by the quote that ends the whole. */
function endsHeredoc(line: string, word: string, tabs: boolean): boolean {
  const bare = tabs ? line.replace(/^\t+/, '') : line;
  return bare === word || bare.replace(/['")]+;?$/, '') === word;
}

/** `write_files` with a path and a block of content, and the lines of `runcmd`. */
function readCloudInit(lines: readonly Line[], embedded: Embedded[], commands: Command[]): void {
  let target: string | undefined;
  let inCommands = false;
  for (let i = 0; i < lines.length; i++) {
    const text = lines[i]?.text ?? '';
    if (/^\S/.test(text) && !text.startsWith('-') && !text.startsWith('#'))
      inCommands = /^(runcmd|bootcmd):/.test(text);
    const item = /^(\s*)-\s/.exec(text);
    if (item !== null && !inCommands) target = undefined;
    const path = /^\s*(?:-\s+)?path:\s*["']?([^"'\s]+)/.exec(text);
    if (path !== null) target = path[1];
    const content = /^(\s*(?:-\s+)?)content:\s*[|>][-+]?\s*$/.exec(text);
    if (content !== null) {
      const depth = (content[1] ?? '').length;
      let end = i + 1;
      while (end < lines.length && (/^\s*$/.test(lines[end]?.text ?? '') || indentOf(lines[end]?.text ?? '') > depth))
        end++;
      const body = lines.slice(i + 1, end);
      const indent = Math.min(...body.filter((line) => line.text.trim() !== '').map((line) => indentOf(line.text)));
      target ??= /^\s*path:\s*["']?([^"'\s]+)/.exec(lines[end]?.text ?? '')?.[1];
      embedded.push({
        ...embed(body, Number.isFinite(indent) ? indent : 0),
        target,
        info: undefined,
        expands: false,
        appends: false,
      });
      i = end - 1;
    } else if (inCommands) {
      const command = /^\s*-\s+(?!\[)["']?(.+?)["']?\s*$/.exec(text);
      const line = lines[i];
      if (command?.[1] !== undefined && line !== undefined) {
        const start = line.start + text.indexOf(command[1]);
        commands.push({ text: command[1], span: { start, end: start + command[1].length }, block: 0 });
      }
    }
  }
}

function embed(body: readonly Line[], indent: number): Pick<Embedded, 'text' | 'lines'> {
  let text = '';
  const lines = body.map((line) => {
    const cut = Math.min(indent, indentOf(line.text));
    const at = { inner: text.length, outer: line.start + cut };
    text += `${line.text.slice(cut)}\n`;
    return at;
  });
  return { text, lines };
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function linesOf(text: string): Line[] {
  let start = 0;
  return text.split('\n').map((line) => {
    const each = { text: line.replace(/\r$/, ''), start };
    start += line.length + 1;
    return each;
  });
}

/** The place in the outer text of a span in an embedded one. */
export function outerSpan({ lines }: Embedded, span: Span): Span {
  const outer = (offset: number) => {
    const line = lines.findLast((each) => each.inner <= offset) ?? { inner: 0, outer: 0 };
    return line.outer + offset - line.inner;
  };
  const start = outer(span.start);
  return { start, end: Math.max(start, outer(span.end)) };
}
