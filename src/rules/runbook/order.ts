import { say } from '../../base/message';
import { matches, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import type { Command } from '../../syntax/runbook/parse-runbook';
import { rule } from '../rule';

const follows = (one: Command, other: Command) => one.block === other.block && one.span.start > other.span.start;

/** The node that `kubectl drain` or `kubectl delete node` is for; its place is that of the name. */
function nodeOf(command: Command, verb: 'drain' | 'delete') {
  const words = verb === 'drain' ? 'drain' : String.raw`delete\s+(?:nodes?|no)`;
  const pattern = String.raw`\bkubectl\s+(?:-\S+\s+)*${words}\s+(?:--?[\w-]+(?:=\S+)?\s+)*(?!-)([^\s;&|]+)`;
  return matches(command, new RegExp(pattern, 'dg'))[0];
}

export const drainAfterDelete = rule<RunbookAnalysis>({
  id: 'runbook/drain-after-delete',
  severity: 'warning',
  summary: 'A node is drained after it was deleted: by then nobody knows it.',

  *check({ tree }) {
    for (const command of tree.commands) {
      const node = nodeOf(command, 'drain');
      if (node === undefined) continue;
      const deletion = tree.commands.find(
        (each) => follows(command, each) && nodeOf(each, 'delete')?.text === node.text,
      );
      const place = deletion === undefined ? undefined : nodeOf(deletion, 'delete');
      // In between it may have come back.
      const isBack = tree.commands.some(
        (each) =>
          deletion !== undefined &&
          follows(each, deletion) &&
          follows(command, each) &&
          /\b(kubeadm\s+join|get\.k3s\.io|systemctl\s+(re)?start)\b/.test(each.text),
      );
      if (place === undefined || isBack) continue;
      yield {
        span: node.span,
        message: say('"{0}" is deleted above and cannot be drained any more: drain it first', node.text),
        related: [{ span: place.span, message: say('it is deleted here') }],
      };
    }
  },
});

export const drainDaemonSets = rule<RunbookAnalysis>({
  id: 'runbook/drain-daemon-sets',
  severity: 'hint',
  summary: '`kubectl drain` without `--ignore-daemonsets` stops at the first pod of a DaemonSet.',

  *check({ tree }) {
    for (const command of tree.commands) {
      const node = nodeOf(command, 'drain');
      if (node === undefined || /--ignore-daemonsets|--pod-selector|--help|--dry-run|\$[{(\w]/.test(command.text))
        continue;
      yield {
        span: node.span,
        message: say('kubectl drains no node with pods of a DaemonSet, such as kube-proxy: add --ignore-daemonsets'),
      };
    }
  },
});

export const resetAfterRemoval = rule<RunbookAnalysis>({
  id: 'runbook/reset-after-removal',
  severity: 'hint',
  summary: '`kubeadm reset` runs when the files are gone from which it learns of its etcd member.',

  *check({ tree }) {
    for (const command of tree.commands) {
      const [word] = matches(command, /\b(kubeadm\s+reset)\b/dg);
      if (word === undefined) continue;
      for (const each of tree.commands) {
        if (!follows(command, each)) continue;
        const [removal] = matches(
          each,
          /\brm\s+(?:-\S+\s+)+["']?(\/etc\/kubernetes(?:\/manifests|\/pki)?\/?\*?)["']?(?=\s|;|&|$)/dg,
        );
        if (removal === undefined) continue;
        yield {
          span: word.span,
          message: say(
            'without {0} it cannot take the etcd member of this node out of the cluster: reset first, remove then',
            removal.text,
          ),
          related: [{ span: removal.span, message: say('it is removed here') }],
        };
        break;
      }
    }
  },
});

export const skipsMinor = rule<RunbookAnalysis>({
  id: 'runbook/skips-minor',
  severity: 'warning',
  summary: '`kubeadm upgrade apply` goes over more than one minor release, which kubeadm refuses.',

  *check({ tree }) {
    let last:
      | { readonly major: string; readonly minor: number; readonly command: Command; readonly text: string }
      | undefined;
    for (const command of tree.commands) {
      for (const { text, span } of matches(
        command,
        /\bkubeadm\s+(?:init|upgrade\s+apply)\b[^|;&]*?\b(v?\d+\.\d+\.\d+)\b/dg,
      )) {
        const [, major = '', minor = ''] = /^v?(\d+)\.(\d+)/.exec(text) ?? [];
        const before = last;
        last = { major, minor: Number(minor), command, text };
        if (before === undefined || before.command.block !== command.block || before.major !== major) continue;
        if (Number(minor) - before.minor < 2 || !/\bupgrade\s+apply\b/.test(command.text)) continue;
        yield {
          span,
          message: say('from {0} to {1} is more than one minor release: kubeadm goes one at a time', before.text, text),
        };
      }
    }
  },
});

export const joinWithoutEndpoint = rule<RunbookAnalysis>({
  id: 'runbook/join-without-endpoint',
  severity: 'warning',
  summary: 'Control-plane nodes join a cluster that was made without an endpoint, which kubeadm refuses.',

  *check({ tree, text }) {
    // A configuration in the same runbook may set it.
    if (/controlPlaneEndpoint\s*:/.test(text)) return;
    const made = tree.commands.flatMap((command) =>
      matches(command, /\b(kubeadm\s+init)\b(?!\s+phase|[-\w])/dg).map((word) => ({ command, word })),
    );
    const joins = tree.commands.some((each) =>
      /\bkubeadm\s+join\b[\s\S]*--(?:control-plane|experimental-control-plane)\b/.test(each.text),
    );
    if (
      !joins ||
      made.some(({ command }) => /--config\b|--control-plane-endpoint\b|\$[{(\w]|--help|\.\.\./.test(command.text))
    )
      return;
    for (const { word } of made)
      yield {
        span: word.span,
        message: say(
          'kubeadm join --control-plane is refused where the cluster has no endpoint: add --control-plane-endpoint with the address of the load balancer',
        ),
      };
  },
});

export const etcdctlApi = rule<RunbookAnalysis>({
  id: 'runbook/etcdctl-api',
  severity: 'error',
  summary: 'A command of etcd that only version 3 of its API has is called with version 2.',

  *check({ tree }) {
    for (const command of tree.commands) {
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
  joinWithoutEndpoint,
  etcdctlApi,
];
