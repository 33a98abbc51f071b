import { say } from '../../base/message';
import { matches, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { nodeIn, removedBy, says, starts } from '../../model/runbook/effects';
import { hasOption, isBefore, isBehind, lineOf, type Step } from '../../model/runbook/steps';
import type { Command } from '../../syntax/runbook/runbook-tree';
import { rule } from '../rule';

const follows = (one: Step, other: Step) =>
  one.command.block === other.command.block && one.span.start > other.span.start;

/** What brings a node into the cluster, or back into it. */
const joins = (step: Step) =>
  says(step, /^kubeadm$/, 'join') || starts(step, /./) || /get\.k3s\.io/.test(step.command.text);

const drainAfterDelete = rule<RunbookAnalysis>({
  id: 'runbook/drain-after-delete',
  severity: 'warning',
  summary: 'A node is drained after it was deleted: by then nobody knows it.',

  *check({ steps }) {
    const deletions = new Map<string, Step[]>();
    for (const step of steps) {
      const name = nodeIn(step, 'delete')?.text;
      if (name === undefined) continue;
      const same = deletions.get(name);
      if (same === undefined) deletions.set(name, [step]);
      else same.push(step);
    }
    const joining = steps.filter(joins);
    for (const step of steps) {
      const node = nodeIn(step, 'drain');
      if (node === undefined) continue;
      const deletion = deletions.get(node.text)?.find((each) => follows(step, each));
      const place = deletion === undefined ? undefined : nodeIn(deletion, 'delete');
      if (deletion === undefined || place === undefined) continue;
      // In between it may have come back.
      if (joining.some((each) => follows(each, deletion) && follows(step, each))) continue;
      yield {
        span: node.span,
        message: say('"{0}" is deleted above and cannot be drained any more: drain it first', node.text),
        related: [{ span: place.span, message: say('it is deleted here') }],
      };
    }
  },
});

const drainDaemonSets = rule<RunbookAnalysis>({
  id: 'runbook/drain-daemon-sets',
  severity: 'hint',
  summary: '`kubectl drain` without `--ignore-daemonsets` stops at the first pod of a DaemonSet.',

  *check({ steps }) {
    for (const step of steps) {
      const node = nodeIn(step, 'drain');
      if (node === undefined || step.args.some((each) => each.isOpen && each !== node)) continue;
      if (hasOption(step, '--ignore-daemonsets', '--ignore-daemonset', '--pod-selector', '--help', '--dry-run'))
        continue;
      yield {
        span: node.span,
        message: say('kubectl drains no node with pods of a DaemonSet, such as kube-proxy: add --ignore-daemonsets'),
      };
    }
  },
});

const resetAfterRemoval = rule<RunbookAnalysis>({
  id: 'runbook/reset-after-removal',
  severity: 'hint',
  summary: '`kubeadm reset` runs when the files are gone from which it learns of its etcd member.',

  *check({ steps }) {
    const removals = steps.flatMap((each) => {
      const removal = removedBy(each).find(({ path }) => /^\/etc\/kubernetes(?:\/manifests|\/pki)?$/.test(path));
      return removal === undefined ? [] : [{ step: each, word: removal.word }];
    });
    for (const step of steps) {
      if (!says(step, /^kubeadm$/, 'reset')) continue;
      const removal = removals.find((each) => follows(step, each.step));
      if (removal === undefined) continue;
      yield {
        span: { start: step.span.start, end: step.args[0]?.span.end ?? step.span.end },
        message: say(
          'without {0} it cannot take the etcd member of this node out of the cluster: reset first, remove then',
          removal.word.text,
        ),
        related: [{ span: removal.word.span, message: say('it is removed here') }],
      };
    }
  },
});

const skipsMinor = rule<RunbookAnalysis>({
  id: 'runbook/skips-minor',
  severity: 'warning',
  summary: '`kubeadm upgrade apply` goes over more than one minor release, which kubeadm refuses.',

  *check({ commands }) {
    let last:
      | { readonly major: string; readonly minor: number; readonly command: Command; readonly text: string }
      | undefined;
    for (const command of commands) {
      for (const { text, span } of matches(
        command,
        /\bkubeadm\s+(?:init|upgrade\s+apply)\b[^|;&]*?\b(v?\d+\.\d+\.\d+)\b/dg,
      )) {
        const [, major = '', minor = ''] = /^v?(\d+)\.(\d+)/.exec(text) ?? [];
        const earlier = last;
        last = { major, minor: Number(minor), command, text };
        if (earlier === undefined || earlier.command.block !== command.block || earlier.major !== major) continue;
        if (Number(minor) - earlier.minor < 2 || !/\bupgrade\s+apply\b/.test(command.text)) continue;
        yield {
          span,
          message: say(
            'from {0} to {1} is more than one minor release: kubeadm goes one at a time',
            earlier.text,
            text,
          ),
        };
      }
    }
  },
});

/** What puts another kubeadm on the machine: a package, or the program itself. */
const bringsKubeadm = (step: Step) =>
  (/^(?:apt|apt-get|yum|dnf|zypper|apk|snap|tdnf)$/.test(step.program) &&
    step.args.some((each) => /^(?:install|upgrade|update|full-upgrade|dist-upgrade|refresh|add)$/.test(each.text)) &&
    step.args.some((each) => /^"?kubeadm\b/.test(each.text))) ||
  (/^(?:curl|wget|cp|mv|install|scp|rsync)$/.test(step.program) && /\bkubeadm\b(?!\.|-config)/.test(lineOf(step)));

const upgradesKubeadmLast = rule<RunbookAnalysis>({
  id: 'runbook/upgrades-kubeadm-last',
  severity: 'warning',
  summary: '`kubeadm upgrade apply` runs before the new kubeadm is installed.',

  *check({ steps }) {
    const installs = steps.filter(bringsKubeadm);
    const elsewhere = steps.filter(
      (each) => each.program === 'ssh' || nodeIn(each, 'drain') !== undefined || says(each, /^kubeadm$/, 'upgrade'),
    );
    for (const step of steps) {
      if (!says(step, /^kubeadm$/, 'upgrade', 'apply') || hasOption(step, '--force', '-f', '--help')) continue;
      if (installs.some((each) => isBefore(each, step))) continue;
      const late = installs.find((each) => isBehind(each, step));
      if (late === undefined || late.host !== step.host) continue;
      // Further down the next node may be at work, or the next release.
      if (elsewhere.some((each) => isBehind(each, step) && each.span.start < late.span.start)) continue;
      yield {
        span: { start: step.span.start, end: step.args[1]?.span.end ?? step.span.end },
        message: say('kubeadm upgrades to no release that is newer than itself: install the new kubeadm first'),
        related: [{ span: late.span, message: say('it is installed only here') }],
      };
    }
  },
});

const joinWithoutEndpoint = rule<RunbookAnalysis>({
  id: 'runbook/join-without-endpoint',
  severity: 'warning',
  summary: 'Control-plane nodes join a cluster that was made without an endpoint, which kubeadm refuses.',

  *check({ steps, text }) {
    // A configuration in the same runbook may set it.
    if (/controlPlaneEndpoint\s*:/.test(text)) return;
    const made = steps.filter((each) => says(each, /^kubeadm$/, 'init') && each.args[1]?.text !== 'phase');
    const isJoined = steps.some(
      (each) => says(each, /^kubeadm$/, 'join') && hasOption(each, '--control-plane', '--experimental-control-plane'),
    );
    const isSilent = (each: Step) =>
      hasOption(each, '--config', '--control-plane-endpoint', '--help') ||
      each.args.some((word) => word.isOpen) ||
      lineOf(each).includes('...');
    if (!isJoined || made.some(isSilent)) return;
    for (const each of made)
      yield {
        span: { start: each.span.start, end: each.args[0]?.span.end ?? each.span.end },
        message: say(
          'kubeadm join --control-plane is refused where the cluster has no endpoint: add --control-plane-endpoint with the address of the load balancer',
        ),
      };
  },
});

const etcdctlApi = rule<RunbookAnalysis>({
  id: 'runbook/etcdctl-api',
  severity: 'error',
  summary: 'A command of etcd that only version 3 of its API has is called with version 2.',

  *check({ commands }) {
    for (const command of commands) {
      for (const { span } of matches(
        command,
        /\b(ETCDCTL_API=["']?2["']?)\s+(?:\w+=\S+\s+)*(?:sudo\s+)?(?:\S*\/)?etcdctl\b[^|;&]*\b(?:snapshot|endpoint|defrag|alarm|move-leader)\b/dg,
      ))
        yield { span, message: say('version 2 of the API has no such command: set ETCDCTL_API=3') };
    }
  },
});

export const orderRules = [
  drainAfterDelete,
  drainDaemonSets,
  resetAfterRemoval,
  skipsMinor,
  upgradesKubeadmLast,
  joinWithoutEndpoint,
  etcdctlApi,
];
