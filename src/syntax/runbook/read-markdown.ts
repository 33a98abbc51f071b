import type { Command, Embedded } from './parse-runbook';
import { readShell } from './read-shell';
import { dedented, embed, indentOf, isCommandLine, type Line } from './runbook-lines';

const shellInfo = /^(bash|sh|shell|zsh|console|terminal|shell-session)$/i;
/** Info strings that say nothing of what stands in the fence. */
const plainInfo = /^(text|txt|plain|plaintext|cmd|powershell|cat|code|none|nohighlight)$/i;

/** Gathers the commands and configurations in the fences of a Markdown document. */
export function readMarkdown(lines: readonly Line[], embedded: Embedded[], commands: Command[]): void {
  let block = 0;
  let section = 0;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]?.text ?? '';
    if (/^#{1,6}\s/.test(line)) section++;
    const open = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)/.exec(line);
    if (open === null) continue;
    const mark = (open[2] ?? '')[0] ?? '`';
    const info = (open[3] ?? '') === '' ? undefined : open[3];
    let end = i + 1;
    // A fence that was never closed ends where the next one with an info string begins.
    while (end < lines.length && !isFence(lines[end]?.text ?? '', mark)) end++;
    const isClosed = /^\s*(`{3,}|~{3,})\s*$/.test(lines[end]?.text ?? '');
    const whole = isClosed ? lines.slice(i + 1, end) : withoutProse(lines.slice(i + 1, end));
    const body = unindented(whole, (open[1] ?? '').length);
    block++;
    if (isShell(info, body)) readShell(body, { block, section, expands: false, shown: true }, embedded, commands);
    else {
      const target = targetAround(lines, i, body);
      embedded.push({ ...embed(body), target, info, expands: false, appends: false });
    }
    i = isClosed ? end : end - 1;
  }
}

/** A fence in a list is indented with the list, and so are its lines: its content is not. */
function unindented(body: readonly Line[], fence: number): readonly Line[] {
  const written = body.filter((line) => line.text.trim() !== '');
  const common = Math.min(...written.map((line) => indentOf(line.text)));
  const cut = fence > 0 && Number.isFinite(common) ? Math.max(fence, common) : fence;
  return cut === 0 ? body : body.map((line) => dedented(line, cut));
}

function isShell(info: string | undefined, body: readonly Line[]): boolean {
  if (info !== undefined && shellInfo.test(info)) return true;
  if (info !== undefined && !plainInfo.test(info)) return false;
  const first = body.find((line) => !/^\s*(#|$)/.test(line.text));
  return first !== undefined && isCommandLine(first.text);
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
    const text = lines[i]?.text ?? '';
    const found =
      /`((?:[\w.-]*\/)*[\w.-]+\.(?:ya?ml|cfg|conf|sh))`/.exec(text) ??
      /(?:^|\s|\*\*)(\/(?:[\w.-]+\/)+[\w.-]+\.(?:ya?ml|cfg|conf|sh))\b/.exec(text);
    if (found !== null) return found[1];
    if (text.trim() !== '') break;
  }
  return undefined;
}
