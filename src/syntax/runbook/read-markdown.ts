import { asTyped, indentedCode, unquoted, withoutLabel } from './prompts';
import { readShell } from './read-shell';
import { dedented, embed, indentOf, isCommandLine, type Line } from './runbook-lines';
import type { Command, Embedded } from './runbook-tree';

const shellInfo =
  /^(bash|sh|ksh|dash|shell|shellscript|zsh|console|terminal|shell-?session|sh-session|bash-session|shellsession)$/i;
/** Info strings that say nothing of what stands in the fence. */
const plainInfo = /^(text|txt|plain|plaintext|cmd|powershell|cat|code|none|nohighlight)$/i;

/** Gathers the commands and configurations in the fences of a Markdown document. */
export function readMarkdown(lines: readonly Line[], embedded: Embedded[], commands: Command[]): void {
  let block = 0;
  let section = 0;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]?.text ?? '';
    if (/^#{1,6}\s/.test(line)) section++;
    const indented = indentedCode(lines, i);
    if (indented !== undefined) {
      block++;
      const script = { block, section, expands: false, shown: true };
      readShell(asTyped(indented), script, embedded, commands);
      i += indented.length - 1;
      continue;
    }
    const open = /^(\s*)(?:((?:>\s?)+)(\s*))?(`{3,}|~{3,})\s*(.*)$/.exec(line);
    if (open === null) continue;
    const [, lead = '', quote = '', behind = '', mark = '`', said = ''] = open;
    // Three marks around a word are code within a line.
    if (mark.startsWith('`') && said.includes('`')) continue;
    const info = infoOf(said);
    const rest = quote === '' ? upToFence(lines, i + 1, mark) : quotedUpToFence(lines, i + 1, mark);
    // A fence that was never closed ends where the next one with an info string begins.
    let length = rest.findIndex((each) => isFence(each.text, mark));
    if (length < 0) length = rest.length;
    const isClosed = /^\s*(`{3,}|~{3,})\s*$/.test(rest[length]?.text ?? '');
    const whole = isClosed ? rest.slice(0, length) : withoutProse(rest.slice(0, length));
    const body = withoutLabel(unindented(whole, quote === '' ? lead.length : behind.length));
    block++;
    const target = targetIn(said) ?? targetAround(lines, i, body);
    if (isShell(info, body) && !isOfTarget(target, body)) {
      const script = { block, section, expands: false, shown: true };
      readShell(asTyped(body), script, embedded, commands);
    } else {
      embedded.push({ ...embed(body), target, info, expands: false, appends: false, shown: true });
    }
    i += isClosed ? length + 1 : length;
  }
}

/** The lines from `from` to the next fence, which is the last of them. */
function upToFence(lines: readonly Line[], from: number, mark: string): readonly Line[] {
  let end = from;
  while (end < lines.length && !isFence(lines[end]?.text ?? '', mark)) end++;
  return lines.slice(from, end + 1);
}

/** The same in the quotation that goes on at `from`, without its marks. */
function quotedUpToFence(lines: readonly Line[], from: number, mark: string): readonly Line[] {
  const found: Line[] = [];
  for (let i = from; i < lines.length; i++) {
    const line = lines[i];
    if (line === undefined || !isQuoted(line)) break;
    const own = unquoted(line);
    found.push(own);
    if (isFence(own.text, mark)) break;
  }
  return found;
}

const isQuoted = ({ text }: Line) => /^\s{0,3}>/.test(text);

/** The language of a fence: `bash`, `{.bash .numberLines}`, `yaml:config.yaml`, `bash title="x"`. */
function infoOf(said: string): string | undefined {
  return /^(?:\{\s*\.?)?([\w-]+)/.exec(said)?.[1];
}

/** The file that a fence names itself: `yaml title="/etc/x.yaml"`, `yaml:/etc/x.yaml`. */
function targetIn(said: string): string | undefined {
  return /(?:^[\w-]+:|\b(?:title|file|filename|name|path)=["']?)((?:[\w.-]*\/)*[\w.-]+\.(?:ya?ml|cfg|conf|sh))\b/.exec(
    said,
  )?.[1];
}

/** A fence in a list is indented with the list, and so are its lines: its content is not. */
function unindented(body: readonly Line[], fence: number): readonly Line[] {
  const written = body.filter((line) => line.text.trim() !== '');
  const common = written.reduce((least, line) => Math.min(least, indentOf(line.text)), Number.POSITIVE_INFINITY);
  const cut = fence > 0 && Number.isFinite(common) ? Math.max(fence, common) : fence;
  return cut === 0 ? body : body.map((line) => dedented(line, cut));
}

function isShell(info: string | undefined, body: readonly Line[]): boolean {
  if (info !== undefined && shellInfo.test(info)) return true;
  if (info !== undefined && !plainInfo.test(info)) return false;
  const first = body.find((line) => !/^\s*(#|$)/.test(line.text));
  if (first !== undefined && isCommandLine(first.text)) return true;
  return body.some((line) => /^\s*(?:# )?(?:sudo\s+)?(?:cat|tee)\b.*<<-?\s*["'\\]?\w/.test(line.text));
}

/** How the files begin that people show in a fence for shells, by the ending of the path that they name for it. */
const beginnings: Readonly<Record<string, RegExp>> = {
  yaml: /^[a-z][\w-]*\+?:(?:\s|$)/i,
  yml: /^[a-z][\w-]*\+?:(?:\s|$)/i,
  cfg: /^(?:global|defaults)\s*$|^(?:frontend|backend|listen)\s+[\w.-]+\s*$/,
  conf: /^(?:global_defs|vrrp_(?:script|instance|sync_group)|stream|events|upstream)\b[^;|&]*\{\s*$/,
};

/** Whether a fence holds the file that is named for it and no commands, whatever language it says it has. */
function isOfTarget(target: string | undefined, body: readonly Line[]): boolean {
  const form = beginnings[target?.slice(target.lastIndexOf('.') + 1) ?? ''];
  const written = body.filter(({ text }) => !/^\s*(?:[#!]|$)/.test(text));
  const [first] = written;
  return (
    form !== undefined &&
    first !== undefined &&
    form.test(first.text) &&
    !written.some(({ text }) => isCommandLine(text))
  );
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
  const trimmed = line.trim();
  return trimmed.startsWith(mark) && /^(`{3,}|~{3,})\s*[\w-]*$/.test(trimmed);
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
