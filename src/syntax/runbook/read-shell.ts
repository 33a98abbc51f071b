import { dedented, embed, isCommandLine, type Line, prompt } from './runbook-lines';
import type { Command, Embedded } from './runbook-tree';

/** The script that lines belong to. */
interface Script {
  readonly block: number;
  readonly section: number;
  /** A heredoc around it is expanded before its own shell reads it. */
  readonly expands: boolean;
  /** The lines are shown in a document: an editor is followed by what is typed into it. */
  readonly shown: boolean;
}

/** Nobody hands a shell to a shell more often than this; deeper ones are not read. */
const deepestScript = 8;

/** Gathers the commands of a script and the configurations it writes. Accepts any text. */
export function readShell(
  lines: readonly Line[],
  script: Script,
  embedded: Embedded[],
  commands: Command[],
  depth = 0,
): void {
  const { block, section } = script;
  // Behind a quoted text that never ends no other one does.
  let isEndless = false;
  for (let i = 0; i < lines.length; i++) {
    const first = lines[i];
    if (first === undefined || /^\s*(#|$)/.test(first.text)) continue;
    const written = script.shown ? typedInto(lines, i) : undefined;
    if (written !== undefined) {
      const { target, end } = written;
      // Whoever types into an editor or shows a file with cat may leave out the rest of it.
      const body = embed(lines.slice(i + 1, end));
      embedded.push({ ...body, target, info: undefined, expands: true, appends: false, shown: true });
      i = end - 1;
      continue;
    }
    const quoted = isEndless ? undefined : quotedText(lines, i);
    if (quoted === 'endless') isEndless = true;
    else if (quoted !== undefined) {
      const { target, end, expands, appends } = quoted;
      embedded.push({ ...embed(lines.slice(i + 1, end)), target, info: undefined, expands, appends });
      i = end;
      continue;
    }
    const last = lastLineOf(lines, i);
    const lastLine = lines[last] ?? first;
    const { text: whole, lines: places } = embed(lines.slice(i, last + 1));
    const text = whole.slice(0, -1);
    const span = { start: first.start, end: lastLine.start + lastLine.text.length };
    commands.push({ text, lines: places, span, block, section });
    i = last;
    const heredoc = heredocOf(text);
    if (heredoc === undefined) {
      embedded.push(...writtenInline(lines, first, last));
      continue;
    }
    let end = last + 1;
    while (end < lines.length && !endsHeredoc(lines[end]?.text ?? '', heredoc.word, heredoc.tabs)) end++;
    // Without its closing word nobody knows where the text ends: a variable may stand for the line break before it.
    if (end === lines.length) {
      i = end;
      continue;
    }
    const body = lines.slice(last + 1, end).map((line) => (heredoc.tabs ? withoutTabs(line) : line));
    const expands = heredoc.expands || script.expands;
    if (heredoc.target === undefined && heredoc.feedsShell) {
      if (depth < deepestScript) readShell(body, { ...script, expands, shown: false }, embedded, commands, depth + 1);
    } else
      embedded.push({ ...embed(body), target: heredoc.target, info: undefined, expands, appends: heredoc.appends });
    i = end;
  }
}

/** The last line of the command that begins at `first`: a backslash or a pipe at the end of a line continues. */
function lastLineOf(lines: readonly Line[], first: number): number {
  let last = first;
  const ending = () => (last + 1 < lines.length ? (lines[last]?.text ?? '').trimEnd() : '');
  while (ending().endsWith('\\')) last++;
  while (ending().replace(/\\$/, '').trimEnd().endsWith('|')) {
    last++;
    while (ending().endsWith('\\')) last++;
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
  if (target === undefined) return undefined;
  let below = at + 1;
  while (below < lines.length && /^\s*(#|$)/.test(lines[below]?.text ?? '')) below++;
  const next = lines[below];
  if (next === undefined || prompt.test(next.text) || !configuration.test(next.text)) return undefined;
  let end = at + 1;
  while (end < lines.length && !prompt.test(lines[end]?.text ?? '') && !isCommandAt(lines[end])) end++;
  return { target, end };
}

/** A command at the start of a line ends what was typed into the file before it. */
function isCommandAt(line: Line | undefined): boolean {
  return line !== undefined && /^\S/.test(line.text) && isCommandLine(line.text);
}

const intoFile = String.raw`(?:\|\s*(?:sudo\s+)?tee\s+(-a\s+|--append\s+)?|(>>?)\s*)"?([^\s"|;&<>()]+)`;
/** `echo 'text' > FILE`, `echo 'text' | tee FILE`. */
const echoed = new RegExp(String.raw`\becho\s+(?:'([^'\\]*)'|"([^"\\]*)")\s*${intoFile}`, 'd');
/** `printf 'one\ntwo\n' > FILE` and `echo -e` with the same. */
const printed = new RegExp(
  String.raw`\b(?:echo\s+-(?:e|ne|en)|printf)\s+(?:--\s+)?(?:'([^']*)'|"([^"]*)")\s*${intoFile}`,
  'd',
);
/** `printf '%s\n' 'one' 'two' > FILE`. */
const listed = new RegExp(
  String.raw`\bprintf\s+(?:--\s+)?['"]%s\\n['"]((?:\s+(?:'[^']*'|"[^"\\]*"))+)\s*${intoFile}`,
  'd',
);
/** `tee FILE <<< 'text'`, with the text over one line or more. */
const given = /\b(?:tee\s+(-a\s+)?|cat\s*(>>?)\s*)"?([^\s"|;&<>()]+)"?\s*<<<\s*(["'])/d;

/** What a command writes into a file from a text of its own line, or one that begins there. */
function writtenInline(lines: readonly Line[], first: Line, last: number): readonly Embedded[] {
  const line = echoed.exec(first.text);
  const at = line?.indices?.[1] ?? line?.indices?.[2];
  if (line !== null && at !== undefined) {
    const body = { text: first.text.slice(...at), start: first.start + at[0] };
    const appends = line[3] !== undefined || line[4] === '>>';
    return [{ ...embed([body]), target: line[5], info: undefined, expands: line[2] !== undefined, appends }];
  }
  const many = printedLines(first);
  if (many !== undefined) return [many];
  const opening = given.exec(first.text);
  const quote = opening?.[4];
  if (opening === null || quote === undefined) return [];
  const from = opening.index + opening[0].length;
  const closing = quote === '"' ? /(?<!\\)"/ : /'/;
  const body = [{ text: first.text.slice(from), start: first.start + from }];
  for (let i = last + 1; !closing.test(body.at(-1)?.text ?? ''); i++) {
    const next = lines[i];
    if (next === undefined) return [];
    body.push(next);
  }
  const end = body.pop();
  if (end === undefined) return [];
  body.push({ text: end.text.slice(0, closing.exec(end.text)?.index), start: end.start });
  const appends = opening[1] !== undefined || opening[2] === '>>';
  const read = quote === '"' ? body.map(withPlainQuotes) : body;
  return [{ ...embed(read), target: opening[3], info: undefined, expands: quote === '"', appends }];
}

/** Quotes that are escaped inside of quotes, as the file has them: a blank outside of each keeps everything in its column. */
function withPlainQuotes({ text, start }: Line): Line {
  let isOpen = false;
  const plain = text.replace(/\\"/g, () => {
    isOpen = !isOpen;
    return isOpen ? ' "' : '" ';
  });
  return { text: plain, start };
}

/** The lines that one line of a script prints into a file; undefined where a format puts in what nobody knows. */
function printedLines(first: Line): Embedded | undefined {
  const [text, list] = [printed.exec(first.text), listed.exec(first.text)];
  const found = list ?? text;
  if (found === null) return undefined;
  const body: Line[] = [];
  const at = found.indices?.[1] ?? found.indices?.[2];
  if (at === undefined) return undefined;
  const raw = first.text.slice(...at);
  const add = (from: number, to: number) => body.push({ text: raw.slice(from, to), start: first.start + at[0] + from });
  if (list !== null) {
    for (const { index, 0: word } of raw.matchAll(/'[^']*'|"[^"]*"/g)) add(index + 1, index + word.length - 1);
  } else {
    if (/%|\\(?!n)/.test(raw)) return undefined;
    let from = 0;
    for (const { index } of raw.matchAll(/\\n/g)) {
      add(from, index);
      from = index + 2;
    }
    if (from < raw.length) add(from, raw.length);
  }
  const [option, redirected, target] = list === null ? found.slice(3, 6) : found.slice(2, 5);
  const expands = list === null ? found[2] !== undefined : raw.includes('"');
  return { ...embed(body), target, info: undefined, expands, appends: option !== undefined || redirected === '>>' };
}

interface Quoted {
  readonly target: string | undefined;
  readonly end: number;
  readonly expands: boolean;
  readonly appends: boolean;
}

/** `echo "` with a text over several lines, and behind its closing quote the file it goes to. */
function quotedText(lines: readonly Line[], at: number): Quoted | 'endless' | undefined {
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
  return 'endless';
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
const otherWriter = new RegExp(String.raw`(?:\b(?:install|cp)\b.{0,500}\/dev\/stdin\s+|\bdd\b.{0,500}\bof=)${file}`);

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
