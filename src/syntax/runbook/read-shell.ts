import type { Command, Embedded } from './parse-runbook';
import { dedented, embed, isCommandLine, type Line, prompt } from './runbook-lines';

/** The script that lines belong to. */
export interface Script {
  readonly block: number;
  readonly section: number;
  /** A heredoc around it is expanded before its own shell reads it. */
  readonly expands: boolean;
  /** The lines are shown in a document: an editor is followed by what is typed into it. */
  readonly shown: boolean;
}

/** Gathers the commands of a script and the configurations it writes. Accepts any text. */
export function readShell(lines: readonly Line[], script: Script, embedded: Embedded[], commands: Command[]): void {
  const { block, section } = script;
  for (let i = 0; i < lines.length; i++) {
    const first = lines[i];
    if (first === undefined || /^\s*(#|$)/.test(first.text)) continue;
    const written = script.shown ? typedInto(lines, i) : undefined;
    if (written !== undefined) {
      const { target, end } = written;
      embedded.push({ ...embed(lines.slice(i + 1, end)), target, info: undefined, expands: true, appends: false });
      i = end - 1;
      continue;
    }
    const quoted = quotedText(lines, i);
    if (quoted !== undefined) {
      const { target, end, expands, appends } = quoted;
      embedded.push({ ...embed(lines.slice(i + 1, end)), target, info: undefined, expands, appends });
      i = end;
      continue;
    }
    const last = lastLineOf(lines, i);
    const lastLine = lines[last] ?? first;
    const text = lines
      .slice(i, last + 1)
      .map((line) => line.text)
      .join('\n');
    commands.push({ text, span: { start: first.start, end: lastLine.start + lastLine.text.length }, block, section });
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
    const body = lines.slice(last + 1, end).map((line) => (heredoc.tabs ? withoutTabs(line) : line));
    const expands = heredoc.expands || script.expands;
    if (heredoc.target === undefined && heredoc.feedsShell)
      readShell(body, { ...script, expands, shown: false }, embedded, commands);
    else embedded.push({ ...embed(body), target: heredoc.target, info: undefined, expands, appends: heredoc.appends });
    i = end;
  }
}

/** The last line of the command that begins at `first`: a backslash or a pipe at the end of a line continues. */
function lastLineOf(lines: readonly Line[], first: number): number {
  let last = first;
  const more = () => last + 1 < lines.length;
  while (/\\\s*$/.test(lines[last]?.text ?? '') && more()) last++;
  while (/\|\s*(\\)?\s*$/.test(lines[last]?.text ?? '') && more()) {
    last++;
    while (/\\\s*$/.test(lines[last]?.text ?? '') && more()) last++;
  }
  return last;
}

const opened =
  /^\s*(?:sudo\s+(?:-\S+\s+)*)?(?:vim?|nano|emacs|cat|more|less)\s+"?((?:[\w.$~{}-]*\/)*[\w.${}-]+\.(?:ya?ml|cfg|conf))"?\s*$/;
const configuration =
  /^\s*(?:!|---|(?:global|defaults|frontend|backend|listen|global_defs|vrrp_\w+|stream|events|apiVersion)\b|[\w.-]+\+?:(?:\s|$))/;

/** In a document an editor, or `cat`, and below it what the file holds then. */
function typedInto(lines: readonly Line[], at: number): { readonly target: string; readonly end: number } | undefined {
  const target = opened.exec((lines[at]?.text ?? '').replace(prompt, ''))?.[1];
  const next = lines.slice(at + 1).find((line) => !/^\s*(#|$)/.test(line.text));
  if (target === undefined || next === undefined || prompt.test(next.text) || !configuration.test(next.text))
    return undefined;
  let end = at + 1;
  while (end < lines.length && !prompt.test(lines[end]?.text ?? '') && !isCommandAt(lines[end])) end++;
  return { target, end };
}

/** A command at the start of a line ends what was typed into the file before it. */
function isCommandAt(line: Line | undefined): boolean {
  return line !== undefined && /^\S/.test(line.text) && isCommandLine(line.text);
}

interface Quoted {
  readonly target: string | undefined;
  readonly end: number;
  readonly expands: boolean;
  readonly appends: boolean;
}

/** `echo "` with a text over several lines, and behind its closing quote the file it goes to. */
function quotedText(lines: readonly Line[], at: number): Quoted | undefined {
  const open = /\b(?:echo|printf)\s+(?:-\w+\s+)*(["']+)\s*$/.exec(lines[at]?.text ?? '')?.[1];
  if (open === undefined || open.length % 2 === 0) return undefined;
  const closing = new RegExp(`^\\s*${open}\\s*(?:\\|\\s*(?:sudo\\s+)?tee\\s+(-a\\s+)?|(>>?)\\s*)"?([^\\s"|;&]+)`);
  for (let end = at + 1; end < lines.length; end++) {
    const found = closing.exec(lines[end]?.text ?? '');
    if (found !== null)
      return {
        target: found[3],
        end,
        expands: open.startsWith('"'),
        appends: found[1] !== undefined || found[2] === '>>',
      };
    // Any other line with the quote at its start ends the text, and nobody knows where it goes.
    if (/^\s*["']/.test(lines[end]?.text ?? '')) return { target: undefined, end, expands: true, appends: true };
  }
  return undefined;
}

/** What a command says of the heredoc behind it. */
interface Heredoc {
  readonly word: string;
  /** Tabs before the lines and the closing word do not count. */
  readonly tabs: boolean;
  readonly expands: boolean;
  readonly target: string | undefined;
  readonly appends: boolean;
  /** The text is a script: it goes to a shell, here or on another machine. */
  readonly feedsShell: boolean;
}

const file = String.raw`"?((?:[\w.$~{}-]*\/)*[\w.\${}-]+)"?`;
const redirection = new RegExp(String.raw`(>>?|\btee\b((?:\s+-\S+)*))\s*${file}`);
/** `install -m 0600 /dev/stdin FILE`, `cp /dev/stdin FILE`, `dd of=FILE`. */
const otherWriter = new RegExp(String.raw`(?:\b(?:install|cp)\b.*\/dev\/stdin\s+|\bdd\b.*\bof=)${file}`);

function heredocOf(command: string): Heredoc | undefined {
  const found = /<<(-?)\s*(?:'([\w-]+)'|"([\w-]+)"|\\?([\w-]+))/.exec(command);
  if (found === null || /<<</.test(command)) return undefined;
  const rest = command.replace(/<<-?\s*\S+/, '').replace(/\d?>\s*\/dev\/null/g, '');
  const target = redirection.exec(rest);
  return {
    word: found[2] ?? found[3] ?? found[4] ?? '',
    tabs: found[1] === '-',
    expands: found[4] !== undefined && !/<<-?\s*\\/.test(command),
    target: otherWriter.exec(rest)?.[1] ?? target?.[3],
    appends: target?.[1] === '>>' || /\s-(?:\w*a|-append)/.test(target?.[2] ?? ''),
    feedsShell: /(?:^|[\s;|&"'/])(?:ba|da|z|k)?sh\b|\bssh\b|\bsu\b/.test(rest),
  };
}

/** Inside `bash -c '… << EOF` the closing word may be followed by the quote that ends the whole. */
function endsHeredoc(line: string, word: string, tabs: boolean): boolean {
  const bare = tabs ? line.replace(/^\t+/, '') : line;
  return bare === word || bare.replace(/['")]+;?$/, '') === word;
}

function withoutTabs(line: Line): Line {
  return dedented(line, /^\t*/.exec(line.text)?.[0].length ?? 0);
}
