import type { Diagnostic } from '../../base/finding';
import type { Span } from '../../base/span';
import type { Embedded } from '../../syntax/runbook/runbook-tree';

/** A place that the reader fills in: `<ADDRESS>`, `{IP OF MASTER}`, `...`, `__ADDRESS__`, `%%ADDRESS%%`, `@ADDRESS@`, `{{ address }}`. */
const placeholder =
  /<[A-Za-z_][\w .-]*>|(?<![$%])\{[A-Z][A-Z0-9_ -]+\}|\.\.\.|…|\{\{|__[A-Za-z0-9_]+__|%%\w+%%|@[A-Z_]{2,}@/;
/** A word in capitals where a value of the reader belongs: `TOKEN`, `VIP_ADDRESS`, `YOUR-TOKEN`. */
const capitals = /^["']?(?:[A-Z_]*(?:TOKEN|SECRET|PASSWORD|_KEY|_IP|_HOST|_NAME|_VIP|_ADDRESS)|YOUR[-_ ]\w+)["']?$/;
const ellipsis = /^[ \t]*(?:[#!]\s*)?(?:\.\.\.+|…)[ \t]*$/m;
const wholeLine =
  /^[ \t]*(?:-[ \t]*)?(?:<[A-Za-z_][\w .-]*>|\{[A-Z][A-Z0-9_ -]+\}|\.\.\.|…|__[A-Za-z0-9_]+__|%%\w+%%|@[A-Z_]{2,}@|\$\{?\w+\}?)[ \t]*$/m;
/** The one form that keepalived reads as a block of its own, so that a value seems to be missing before it. */
const inBraces = /\s\{[A-Z][A-Z0-9_ -]+\}/;
/** Findings about the shape of the whole text, which a line that is filled in decides too. */
const ofShape = /\/(?:syntax|unbalanced-brace|unreadable-line|no-events)$/;

/** What is asked of the whole text for each finding in it. */
interface WholeText {
  readonly hasEllipsis: boolean;
  readonly hasWholeLine: boolean;
  /** The names that it defines itself, as keepalived does: `$NAME=`. */
  readonly defined: ReadonlySet<string>;
}

const wholeTexts = new WeakMap<Embedded, WholeText>();

function wholeTextOf(embedded: Embedded): WholeText {
  const known = wholeTexts.get(embedded);
  if (known !== undefined) return known;
  const { text } = embedded;
  const made = {
    hasEllipsis: ellipsis.test(text),
    hasWholeLine: wholeLine.test(text),
    defined: new Set([...text.matchAll(/^[ \t]*\$(\w+)=/gm)].map((found) => found[1] ?? '')),
  };
  wholeTexts.set(embedded, made);
  return made;
}

/**
 * Whether a finding is about the shape of a text to which the script adds lines further down: `cat <<EOF > FILE` begins a
 * block, a loop with `>> FILE` fills it.
 */
export function isGoneOnWith({ target, shown }: Embedded, behind: string, rule: string): boolean {
  if (shown === true || !ofShape.test(rule)) return false;
  for (const [, file = ''] of behind.matchAll(/(?:>>|\btee\s+(?:-a|--append))\s*["']?([^\s"';|&<>]+)/g))
    if (target === undefined ? file.startsWith('$') : file === target) return true;
  return false;
}

/** Nothing is said of a value that the shell or the reader has yet to fill in. */
export function isLeftOpen(embedded: Embedded, { span, rule }: Pick<Diagnostic, 'span' | 'rule'>): boolean {
  const { text, expands } = embedded;
  const { hasEllipsis, hasWholeLine, defined } = wholeTextOf(embedded);
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
  const lineEnd = text.indexOf('\n', span.end);
  const line = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd);
  const said = text.slice(span.start, Math.max(span.end, span.start + 1));
  return (
    placeholder.test(said) ||
    isInPlaceholder(line, { start: span.start - lineStart, end: Math.max(span.end, span.start + 1) - lineStart }) ||
    capitals.test(said) ||
    (/\/(?:missing|unused)-/.test(rule) && hasEllipsis) ||
    (/\/missing-/.test(rule) && inBraces.test(line)) ||
    (expands && /[$`]/.test(line)) ||
    (ofShape.test(rule) && (hasWholeLine || placeholder.test(line))) ||
    namesUnset(defined, line)
  );
}

/** Whether a place is a part of a stand-in of several words, `<address of node 1>:6443`, which a program reads as as many. */
function isInPlaceholder(line: string, { start, end }: Span): boolean {
  if (!line.includes('<')) return false;
  return [...line.matchAll(/<[A-Za-z_][\w .'-]*>/g)].some(
    (found) => found.index < end && start < found.index + found[0].length,
  );
}

/** `${NAME}` that the text itself does not define; outside of a shell only somebody who fills in templates writes this. */
function namesUnset(defined: ReadonlySet<string>, line: string): boolean {
  const name = /\$\{([A-Za-z_]\w*)\}/.exec(line)?.[1];
  return name !== undefined && !defined.has(name);
}
