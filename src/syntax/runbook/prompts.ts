import { dedented, isCommandLine, type Line, prompt } from './runbook-lines';

/** A session that a document shows, as the lines that somebody typed: without the prompt of root and of lines that go on. */
export function asTyped(lines: readonly Line[]): readonly Line[] {
  return withoutSecondPrompt(withoutRootPrompt(lines));
}

/** `主节点 cat /etc/…`, `Node 1: cat /etc/…`: whoever shows a file says before the command where it lies. */
export function withoutLabel(lines: readonly Line[]): readonly Line[] {
  const at = lines.findIndex((each) => each.text.trim() !== '');
  const first = lines[at];
  if (first === undefined) return lines;
  const label = /^\s*(?:[^\x00-\x7f]\S*|[\w -]{1,30}:)\s+(?=(?:sudo\s+)?(?:cat|vim?|nano|less|more)\s+\/\S+\s*$)/.exec(
    first.text,
  );
  return label === null ? lines : lines.with(at, cut(first, label[0].length));
}

/** `# ` before every command, where a script would have its comments: nothing else in the text begins like a command. */
function withoutRootPrompt(lines: readonly Line[]): readonly Line[] {
  const first = lines.find((each) => each.text.trim() !== '');
  if (first === undefined || !/^# /.test(first.text)) return lines;
  const isSession = lines.every((each) =>
    /^#/.test(each.text) ? /^# /.test(each.text) && isCommandLine(each.text.slice(2)) : !isCommandLine(each.text),
  );
  return isSession ? lines.map((each) => (/^# /.test(each.text) ? cut(each, 2) : each)) : lines;
}

/** `> ` before the lines that a prompt is followed by until its command is whole. */
function withoutSecondPrompt(lines: readonly Line[]): readonly Line[] {
  let goesOn = false;
  return lines.map((each) => {
    if (goesOn && /^>(?: |$)/.test(each.text)) return cut(each, Math.min(2, each.text.length));
    goesOn = prompt.test(each.text) && /\\\s*$|<<-?\s*["'\\]?\w|\|\s*$/.test(each.text);
    return each;
  });
}

/** A line without its first characters. */
function cut({ text, start }: Line, count: number): Line {
  return { text: text.slice(count), start: start + count };
}

/** A line of a quotation without its marks; where they are missing it is left as it is. */
export function unquoted(line: Line): Line {
  return cut(line, /^\s{0,3}(?:>\s?)+/.exec(line.text)?.[0].length ?? 0);
}

/** Code that a document indents instead of fencing it: lines behind an empty one, the first of which is a command. */
export function indentedCode(lines: readonly Line[], at: number): readonly Line[] | undefined {
  const first = lines[at]?.text ?? '';
  if (!/^(?: {4,}|\t)/.test(first) || (lines[at - 1]?.text ?? '').trim() !== '' || !isCommandLine(first))
    return undefined;
  const depth = /^\s*/.exec(first)?.[0].length ?? 0;
  let end = at;
  while (end < lines.length && /^(?: {4,}|\t|\s*$)/.test(lines[end]?.text ?? '')) end++;
  while (end > at + 1 && (lines[end - 1]?.text ?? '').trim() === '') end--;
  return lines.slice(at, end).map((each) => dedented(each, depth));
}
