import type { Speak } from '../../base/message';
import { k3sKey, k3sKeys } from '../../catalog/k3s/catalog';
import { componentArguments } from '../../catalog/kubernetes/arguments';
import { etcdSnapshotFlags, kubeadmFlags, snapshotFlags } from '../../catalog/runbook/command-flags';
import { installsK3s } from '../../model/runbook/analyse-runbook';
import { argumentKeys } from '../../rules/k3s/arguments';
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
export function hoverFlag(commands: readonly Command[], offset: number, speak?: Speak): Hover | undefined {
  const command = k3sCommandAt(commands, offset);
  if (command === undefined) return undefined;
  for (const found of command.text.matchAll(/(?<=[\s"'=])--([a-z][\w-]*)|\b(K3S_[A-Z_]+)(?==)/g)) {
    const { start, end } = outerSpan(command, { start: found.index, end: found.index + found[0].length });
    if (offset < start || offset > end) continue;
    const [, flag, variable] = found;
    const key = flag === undefined ? k3sKeys.find((each) => each.env === variable) : k3sKey(flag);
    return key === undefined ? undefined : { span: { start, end }, markdown: describeKey(key, speak) };
  }
  return undefined;
}

/**
 * Flags behind two dashes and the values of some, of the commands that set a cluster up; the variables that the installer of
 * k3s hands on.
 */
export function completeFlags(commands: readonly Command[], offset: number, speak?: Speak): readonly Completion[] {
  const command = commands.find((each) => each.span.start <= offset && offset <= each.span.end);
  const at = command === undefined ? undefined : innerOffset(command, offset);
  if (command === undefined || at === undefined) return [];
  const before = command.text.slice(0, at);
  const behind = command.text.slice(at);
  if (k3sCommandAt([command], offset) !== undefined) {
    const found = ofK3s(before, behind, offset, speak);
    if (found.length > 0) return found;
  }
  const flag = /(?:^|[\s"'])--([\w-]*)$/.exec(before)?.[1];
  if (flag === undefined) return [];
  const { span } = placeOf(`--${flag}`, behind, offset);
  return knownFlags(before).map((label) => ({ label: `--${label}`, kind: 'keyword', span, newText: `--${label}` }));
}

/** The flags of the last program of a line that the tables know. */
function knownFlags(before: string): readonly string[] {
  const found = [
    ...before.matchAll(/\b(?:kubeadm\s+(\w+)|(k3s)\s+etcd-snapshot|etcd(?:ctl|utl)\s+(?:\S+\s+){0,9}?(snapshot))\s/g),
  ];
  const [, verb, ofServer, ofEtcd] = found.at(-1) ?? [];
  if (ofServer !== undefined) return snapshotFlags;
  return ofEtcd === undefined ? (kubeadmFlags.get(verb ?? '') ?? []) : etcdSnapshotFlags;
}

/** What a completion replaces: the word in front of the cursor and its rest, and whether an equals sign stands behind it. */
function placeOf(typed: string, behind: string, offset: number) {
  const tail = /^[\w-]*/.exec(behind)?.[0].length ?? 0;
  return {
    span: { start: offset - typed.length, end: offset + tail },
    isGiven: /^(?:=| +[^\s|-])/.test(behind.slice(tail)),
  };
}

function ofK3s(before: string, behind: string, offset: number, speak?: Speak): readonly Completion[] {
  const variable = /(?:^|[\s|])(K3S_[A-Z_]*)$/.exec(before)?.[1];
  if (variable !== undefined) {
    const { span } = placeOf(variable, behind, offset);
    return k3sKeys.flatMap((key): Completion[] =>
      key.env?.startsWith('K3S_') === true && key.deprecated === undefined
        ? [
            {
              label: key.env,
              kind: 'keyword',
              span,
              newText: /^\w*=/.test(behind) ? key.env : `${key.env}=`,
              documentation: describeKey(key, speak),
            },
          ]
        : [],
    );
  }
  const [, flag, name = '', value = ''] =
    /(?:^|[\s"'=])--(?:([\w-]*)|([\w-]+)(?:=|\s+)["']?([\w,-]*))$/.exec(before) ?? [];
  if (flag === undefined) {
    const key = k3sKey(name);
    const part = value.slice(value.lastIndexOf(',') + 1);
    const { span } = placeOf(part, behind, offset);
    const component = componentArguments(argumentKeys[name] ?? '');
    const words = component === undefined ? (key?.values ?? []) : [...component.keys()].map((each) => `${each}=`);
    const given = value.split(',').slice(0, -1);
    return words
      .filter((label) => !given.includes(label))
      .map((label) => ({ label: label.replace(/=$/, ''), kind: 'value', span, newText: label }));
  }
  const { span, isGiven } = placeOf(`--${flag}`, behind, offset);
  const isAgent = /(?:\bsh\s+-s\s+-\s+|\bk3s\s+|INSTALL_K3S_EXEC=["']?)agent\b/.test(before);
  return k3sKeys
    .filter((key) => key.deprecated === undefined && !(isAgent && key.role === 'server'))
    .map((key) => ({
      label: `--${key.key}`,
      kind: 'keyword',
      span,
      newText: key.type === 'bool' || isGiven ? `--${key.key}` : `--${key.key}=`,
      documentation: describeKey(key, speak),
    }));
}
