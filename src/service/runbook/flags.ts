import { k3sKey, k3sKeys } from '../../catalog/k3s/catalog';
import { installsK3s } from '../../model/runbook/analyse-runbook';
import { type Command, outerSpan } from '../../syntax/runbook/runbook-tree';
import { describeKey } from '../k3s/describe';
import type { Completion, Hover } from '../language';
import { innerOffset } from './inside';

/** The command around a place that installs or starts k3s; undefined in any other. */
function k3sCommandAt(commands: readonly Command[], offset: number): Command | undefined {
  return commands.find(
    (each) =>
      each.span.start <= offset &&
      offset <= each.span.end &&
      (installsK3s(each) || /\bk3s\s+(?:server|agent)\b/.test(each.text)),
  );
}

/** What a flag of k3s, or a variable that stands for one, is; the same as its key in `config.yaml`. */
export function hoverFlag(commands: readonly Command[], offset: number): Hover | undefined {
  const command = k3sCommandAt(commands, offset);
  if (command === undefined) return undefined;
  for (const found of command.text.matchAll(/(?<=[\s"'=])--([a-z][\w-]*)|\b(K3S_[A-Z_]+)(?==)/g)) {
    const { start, end } = outerSpan(command, { start: found.index, end: found.index + found[0].length });
    if (offset < start || offset > end) continue;
    const [, flag, variable] = found;
    const key = flag === undefined ? k3sKeys.find((each) => each.env === variable) : k3sKey(flag);
    return key === undefined ? undefined : { span: { start, end }, markdown: describeKey(key) };
  }
  return undefined;
}

/** The flags of k3s behind two dashes. */
export function completeFlags(commands: readonly Command[], offset: number): readonly Completion[] {
  const command = k3sCommandAt(commands, offset);
  if (command === undefined) return [];
  const typed = /(?:^|[\s"'=])--([\w-]*)$/.exec(command.text.slice(0, innerOffset(command, offset) ?? 0))?.[1];
  if (typed === undefined) return [];
  const span = { start: offset - typed.length, end: offset };
  return k3sKeys
    .filter((key) => key.deprecated === undefined)
    .map((key) => ({
      label: `--${key.key}`,
      kind: 'keyword',
      span: { start: span.start - 2, end: span.end },
      newText: key.type === 'bool' ? `--${key.key}` : `--${key.key}=`,
      documentation: describeKey(key),
    }));
}
