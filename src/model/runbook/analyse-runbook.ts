import type { Unpack } from '../../syntax/runbook/encoded-text';
import { parseRunbook } from '../../syntax/runbook/parse-runbook';
import { type Command, outerSpan, type RunbookTree } from '../../syntax/runbook/runbook-tree';
import { type Step, stepsOf } from './steps';

export interface RunbookAnalysis {
  readonly path: string;
  readonly text: string;
  readonly tree: RunbookTree;
  /** The commands but those that only print a text, such as what to type elsewhere. */
  readonly commands: readonly Command[];
  /** What the commands run, whatever runs them. */
  readonly steps: readonly Step[];
}

export function analyseRunbook(path: string, text: string, unpack?: Unpack): RunbookAnalysis {
  const tree = parseRunbook(path, text, unpack);
  const steps = stepsOf(tree.commands, tree.constants);
  const acting = new Set(
    steps.flatMap((each) => (/^(?:echo|printf|print|log|info|warn|die)$/.test(each.program) ? [] : each.command)),
  );
  const printing = new Set(steps.flatMap((each) => (acting.has(each.command) ? [] : each.command)));
  return { path, text, tree, commands: tree.commands.filter((each) => !printing.has(each)), steps };
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
      span: outerSpan(command, { start: range[0], end: range[1] }),
    };
  });
}
