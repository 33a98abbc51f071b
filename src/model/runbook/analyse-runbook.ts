import { type Command, parseRunbook, type RunbookTree } from '../../syntax/runbook/parse-runbook';

export interface RunbookAnalysis {
  readonly path: string;
  readonly text: string;
  readonly tree: RunbookTree;
}

export function analyseRunbook(path: string, text: string): RunbookAnalysis {
  return { path, text, tree: parseRunbook(path, text) };
}

/** Whether a word is left for somebody to fill in: a shell variable, a substitution or a `<placeholder>`. */
export function isFilledIn(word: string): boolean {
  return /[$`<>]|\.\.\.|^["']?["']?$/.test(word);
}

/** Whether a command runs the k3s installer. */
export function installsK3s(command: Command): boolean {
  return /get\.k3s\.io|\binstall\.sh\b.*k3s|\bk3s-install\.sh\b/.test(command.text);
}

/** Every match of `pattern` (with the flags `dg`) in a command, its first group or the whole, with its place in the file. */
export function matches(
  command: Command,
  pattern: RegExp,
): readonly { readonly text: string; readonly span: { readonly start: number; readonly end: number } }[] {
  return [...command.text.matchAll(pattern)].map((found) => {
    const range = found.indices?.[1] ?? found.indices?.[0] ?? [found.index, found.index + found[0].length];
    return {
      text: command.text.slice(range[0], range[1]),
      span: { start: command.span.start + range[0], end: command.span.start + range[1] },
    };
  });
}
