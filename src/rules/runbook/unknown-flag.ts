import type { Fix } from '../../base/finding';
import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import type { Span } from '../../base/span';
import { k3sKey } from '../../catalog/k3s/catalog';
import { componentArguments } from '../../catalog/kubernetes/arguments';
import {
  etcdSnapshotFlags,
  kubeadmFlags,
  oldKubeadmFlags,
  snapshotFlags,
  snapshotVerbs,
} from '../../catalog/runbook/command-flags';
import { k3sFlags } from '../../catalog/runbook/k3s-flags';
import { matches, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { says } from '../../model/runbook/effects';
import type { Step } from '../../model/runbook/steps';
import type { Command } from '../../syntax/runbook/runbook-tree';
import { argumentType, unknownArgumentFinding } from '../component-argument';
import { argumentKeys } from '../k3s/arguments';
import { rule } from '../rule';

export const unknownFlag = rule<RunbookAnalysis>({
  id: 'runbook/unknown-flag',
  severity: 'error',
  summary: 'A flag that the program does not have; unlike in a config file, it keeps k3s from starting.',

  *check({ commands, steps }) {
    for (const command of commands) {
      yield* ofInstaller(command);
      yield* ofService(command);
      yield* ofComponents(command);
    }
    for (const step of steps) {
      yield* ofSnapshots(step);
      yield* ofKubeadm(step);
      yield* ofEtcd(step);
    }
  },
});

/** What the installer reads (get.k3s.io, and its mirror rancher-mirror.rancher.cn). */
const installerVariables: readonly string[] = [
  'SKIP_DOWNLOAD',
  'FORCE_RESTART',
  'SYMLINK',
  'SKIP_ENABLE',
  'SKIP_START',
  'SKIP_SELINUX_RPM',
  'SELINUX_WARN',
  'VERSION',
  'COMMIT',
  'PR',
  'BIN_DIR',
  'BIN_DIR_READ_ONLY',
  'SYSTEMD_DIR',
  'EXEC',
  'NAME',
  'TYPE',
  'CHANNEL',
  'CHANNEL_URL',
  'ARTIFACT_URL',
  'MIRROR',
  'MIRROR_URL',
  'REGISTRIES',
];

/** Slips in the names of the installer's variables, which it passes over in silence. */
function* ofInstaller(command: Command) {
  for (const { text, span } of matches(command, /\bINSTALL_K3S_([A-Z0-9_]+)(?==)/dg)) {
    if (installerVariables.includes(text)) continue;
    const meant = nearest(text, installerVariables);
    if (meant === undefined) continue;
    yield {
      severity: 'warning' as const,
      span,
      message: say('the installer of k3s knows no INSTALL_K3S_{0}; did you mean INSTALL_K3S_{1}?', text, meant),
      fixes: [
        {
          title: say('Change to {0}', `INSTALL_K3S_${meant}`),
          edits: [{ span, newText: meant }],
          confidence: 'review' as const,
        },
      ],
    };
  }
}

/** Flags of releases long gone, and what does the same now (k3s-io/k3s pkg/cli/cmds, release notes of v1.25 and v1.26). */
const replacedFlags: ReadonlyMap<string, string> = new Map([
  ['no-deploy', '--disable'],
  ['no-flannel', '--flannel-backend=none'],
  ['cluster-secret', '--token'],
  ['bootstrap', '--cluster-init'],
  ['storage-endpoint', '--datastore-endpoint'],
  ['storage-cafile', '--datastore-cafile'],
  ['storage-certfile', '--datastore-certfile'],
  ['storage-keyfile', '--datastore-keyfile'],
]);

/** Where the flags of `k3s server|agent` begin in a command that installs or starts k3s. */
export function flagsFrom(text: string): number | undefined {
  const found = /\bsh\s+-s\s+-|(?:^|[\s;&/]|\s-\w*c\s+["'])k3s\s+(?:server|agent)\b|INSTALL_K3S_EXEC=/.exec(text);
  return found === null || !/k3s/.test(text) ? undefined : found.index;
}

/** Where the flags of an agent begin in a command that starts no server. */
function agentFrom(text: string): number | undefined {
  const role = String.raw`(?:\bsh\s+-s\s+-\s+|(?:^|[\s;&/"'])k3s\s+|INSTALL_K3S_EXEC=["']?)`;
  if (new RegExp(`${role}server\\b`).test(text)) return undefined;
  return new RegExp(`${role}agent\\b`).exec(text)?.index;
}

function* ofService(command: Command) {
  const from = flagsFrom(command.text);
  if (from === undefined) return;
  const agent = agentFrom(command.text);
  for (const { text, span } of matches(command, /(?<=^|[\s"'=])--([a-z][\w-]*)/dg)) {
    const at = span.start - command.span.start;
    if (at < from || /^(help|version)$/.test(text)) continue;
    const successor = replacedFlags.get(text);
    if (k3sFlags.includes(text)) {
      if (agent !== undefined && at > agent && k3sKey(text)?.role === 'server')
        yield { span, message: say('"--{0}" is for servers alone; the agent would not start', text) };
    } else if (successor !== undefined)
      yield { span, message: say('k3s no longer has "--{0}"; use {1}', text, successor) };
    else
      yield unknown(span, text, k3sFlags, say('k3s has no flag "--{0}"; the service would not start', text), (meant) =>
        say('k3s has no flag "--{0}"; did you mean "--{1}"?', text, meant),
      );
  }
}

/** Arguments of older releases that are near one of today. */
const goneArguments: ReadonlySet<string> = new Set(['insecure-port']);

/**
 * Slips in the names of arguments that k3s hands to its components: `--kube-apiserver-arg=anonymus-auth=false`. A name that is
 * near none of them may be of another release.
 */
function* ofComponents(command: Command) {
  const from = flagsFrom(command.text);
  if (from === undefined) return;
  for (const { text, span } of matches(
    command,
    /(?<=^|[\s"'=])--((?:kube-(?:apiserver|controller-manager|controller|scheduler|proxy)|kubelet)-arg(?:=|\s+)["']?-{0,2}[A-Za-z][\w-]*)/dg,
  )) {
    const [, key = '', name = ''] = /^([\w-]+?)(?:=|\s+)["']?-{0,2}([A-Za-z][\w-]*)$/.exec(text) ?? [];
    const component = argumentKeys[key];
    const known = component === undefined ? undefined : componentArguments(component);
    if (component === undefined || known === undefined || argumentType(known, name) !== undefined) continue;
    if (goneArguments.has(name)) continue;
    if (span.start - command.span.start < from || nearest(name, known.keys()) === undefined) continue;
    const place = { span: { start: span.end - name.length, end: span.end }, text: name };
    yield { ...unknownArgumentFinding(component, name, known, place), severity: 'warning' as const };
  }
}

function unknown(
  span: Span,
  flag: string,
  known: readonly string[],
  plain: Message,
  nearer: (meant: string) => Message,
): { readonly span: Span; readonly message: Message; readonly fixes?: readonly Fix[] } {
  const meant = nearest(flag, known);
  if (meant === undefined) return { span, message: plain };
  return {
    span,
    message: nearer(meant),
    fixes: [{ title: say('Change to "{0}"', `--${meant}`), edits: [{ span, newText: meant }], confidence: 'review' }],
  };
}

/** The long flags of a step, with the place of each name behind its dashes. */
function* longFlags({ args }: Step): Iterable<{ readonly flag: string; readonly span: Span }> {
  for (const { text, span, places } of args) {
    if (text === '--') return;
    const flag = /^--([a-z][\w-]*)(?==|$)/.exec(text)?.[1];
    if (flag === undefined) continue;
    const start = places[2] ?? span.start;
    yield { flag, span: { start, end: Math.max(start, (places[flag.length + 1] ?? span.end - 1) + 1) } };
  }
}

function* ofSnapshots(step: Step) {
  if (step.program !== 'k3s' || step.args[0]?.text !== 'etcd-snapshot') return;
  const verb = step.args[1];
  if (verb !== undefined && !verb.isOpen && /^[a-z][a-z-]*$/.test(verb.text) && !snapshotVerbs.includes(verb.text))
    yield {
      span: verb.span,
      message: say('k3s etcd-snapshot has no sub-command "{0}"; there are save, ls, delete and prune', verb.text),
    };
  else yield* unknownOf(step, 'k3s etcd-snapshot', snapshotFlags);
}

function* ofKubeadm(step: Step) {
  if (step.program !== 'kubeadm' || step.args[1]?.text === 'phase') return;
  const verb = step.args[0]?.text ?? '';
  const known = kubeadmFlags.get(verb);
  if (known !== undefined) yield* unknownOf(step, `kubeadm ${verb}`, known, oldKubeadmFlags);
}

function* ofEtcd(step: Step) {
  const program = /^etcd(?:ctl|utl)$/;
  if (['save', 'restore', 'status'].some((verb) => says(step, program, 'snapshot', verb)))
    yield* unknownOf(step, step.program, etcdSnapshotFlags);
}

function* unknownOf(step: Step, program: string, known: readonly string[], old: readonly string[] = []) {
  for (const { flag, span } of longFlags(step))
    if (!known.includes(flag) && !old.includes(flag))
      yield unknown(span, flag, known, say('{0} has no flag "--{1}"', program, flag), (meant) =>
        say('{0} has no flag "--{1}"; did you mean "--{2}"?', program, flag, meant),
      );
}
