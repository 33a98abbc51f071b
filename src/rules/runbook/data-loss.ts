import { say } from '../../base/message';
import { matches, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import type { Command } from '../../syntax/runbook/parse-runbook';
import { rule } from '../rule';

const removal = String.raw`\brm\s+(?:-\S+\s+)+(?:--\s+)?["']?`;
const data = `/var/lib/rancher/(?:k3s|rke2)`;

/** The commands of the same step: those of its script or fence, and of the fences before it below the same heading. */
const before = (commands: readonly Command[], at: Command) =>
  commands.filter(
    (each) => (each.block === at.block || each.section === at.section) && each.span.start < at.span.start,
  );
const after = (commands: readonly Command[], at: Command) =>
  commands.filter((each) => each.block === at.block && each.span.start > at.span.start);

export const removesSnapshots = rule<RunbookAnalysis>({
  id: 'runbook/removes-snapshots',
  severity: 'warning',
  summary: '`server/db` is removed together with the snapshots of that server inside it.',

  *check({ tree }) {
    for (const command of tree.commands) {
      for (const { span } of matches(
        command,
        new RegExp(`${removal}(${data}/server/db(?:/\\*?|/snapshots/?\\*?)?)["']?(?=\\s|;|&|$)`, 'dg'),
      )) {
        const kept = before(tree.commands, command).some((each) =>
          /\b(cp|mv|rsync|tar|scp)\b.*\/db(\/snapshots|\b)/.test(each.text),
        );
        if (kept) continue;
        yield {
          span,
          message: say(
            'this removes the snapshots of this server as well; move server/db aside, or copy db/snapshots out first',
          ),
        };
      }
    }
  },
});

export const removesDataDir = rule<RunbookAnalysis>({
  id: 'runbook/removes-data-dir',
  severity: 'error',
  summary: 'The whole data directory of k3s, its certificates or its token are removed; only `server/db` may go.',

  *check({ tree }) {
    for (const command of tree.commands) {
      for (const { span } of matches(
        command,
        new RegExp(`${removal}(${data}(?:/server(?:/tls|/token|/cred)?)?/?\\*?)["']?(?=\\s|;|&|$)`, 'dg'),
      )) {
        const uninstalls = tree.commands.some(
          (each) => each.block === command.block && /k3s(-agent)?-uninstall\.sh/.test(each.text),
        );
        if (uninstalls) continue;
        yield {
          span,
          message: say(
            'this removes the token and the certificate authority too: the server can never rejoin; only server/db has to go',
          ),
        };
      }
    }
  },
});

export const removesEtcd = rule<RunbookAnalysis>({
  id: 'runbook/removes-etcd-data',
  severity: 'warning',
  summary: 'The data of an etcd member is removed while the member is still in the list.',

  *check({ tree }) {
    for (const command of tree.commands) {
      for (const { span } of matches(
        command,
        new RegExp(`${removal}(/var/lib/etcd(?:/member)?/?\\*?)["']?(?=\\s|;|&|$)`, 'dg'),
      )) {
        const prepared = before(tree.commands, command).some((each) =>
          /member\s+remove|snapshot\s+save|kubeadm\s+reset|\b(cp|mv|tar|rsync)\b.*\/var\/lib\/etcd/.test(each.text),
        );
        // Where the node is wiped with everything of Kubernetes on it, its data goes too.
        const isWiped = tree.commands.some(
          (each) =>
            each.block === command.block &&
            /\brm\s+.*(?:\/etc\/kubernetes\/?|\/var\/lib\/kubelet\/?)(?=["'\s;&]|$)|\b(?:remove|purge|autoremove|erase)\b.*\bkube(?:let|adm)\b/.test(
              each.text,
            ),
        );
        if (prepared || isWiped) continue;
        yield {
          span,
          message: say(
            'move the directory aside instead: without it, and with the member still in the list, etcd does not start',
          ),
        };
      }
    }
  },
});

export const othersRunning = rule<RunbookAnalysis>({
  id: 'runbook/reset-while-others-run',
  severity: 'warning',
  summary: 'The cluster is reset before the other servers are stopped.',

  *check({ tree }) {
    for (const command of tree.commands) {
      if (!/\bk3s\b[\s\S]*--cluster-reset\b/.test(command.text)) continue;
      const later = after(tree.commands, command);
      const started = later.findIndex((each) => /systemctl\s+(start|restart)\s+k3s\b/.test(each.text));
      const stopped = later.findIndex((each) => /systemctl\s+stop\s+k3s\b/.test(each.text));
      if (stopped < 0 || (started >= 0 && started > stopped)) continue;
      const [word] = matches(command, /--cluster-reset(?![\w-])/dg);
      const stop = later[stopped];
      if (word === undefined || stop === undefined) continue;
      yield {
        span: word.span,
        message: say(
          'stop k3s on all other servers first: those that still run are a second cluster with the old data',
        ),
        related: [{ span: stop.span, message: say('they are stopped only here') }],
      };
    }
  },
});

export const restorePath = rule<RunbookAnalysis>({
  id: 'runbook/restore-path',
  severity: 'warning',
  summary: 'The path of a snapshot to restore is relative or an URL.',

  *check({ tree }) {
    for (const command of tree.commands) {
      for (const { text, span } of matches(command, /--cluster-reset-restore-path[= ]\s*["']?([^\s"']+)/dg)) {
        if (/[$<`]/.test(text) || text.startsWith('/') || /--etcd-s3\b(?!=false)/.test(command.text)) continue;
        yield {
          span,
          message: /^[a-z0-9]+:\/\//.test(text)
            ? say('an URL is not understood here: give the name of the object, with the S3 settings beside it')
            : say('"{0}" is looked for below the data directory; give the whole path', text),
        };
      }
    }
  },
});

export const etcdRestore = rule<RunbookAnalysis>({
  id: 'runbook/etcd-restore-members',
  severity: 'warning',
  summary: 'A snapshot is restored into the data directory in use, or without the members of the cluster it is for.',

  *check({ tree }) {
    for (const command of tree.commands) {
      const [words] = matches(command, /\b(?:etcdctl|etcdutl)\b[\s\S]*?\b(snapshot\s+restore)\b/dg);
      if (words === undefined || /--help|(^|\s)-h\b/.test(command.text)) continue;
      const directory = /--data-dir[= ]\s*["']?([^\s"']+)/.exec(command.text)?.[1];
      if (
        directory?.replace(/\/$/, '') === '/var/lib/etcd' &&
        !tree.commands.some(
          (each) => each.span.start < command.span.start && /\b(mv|rm)\b.*\/var\/lib\/etcd/.test(each.text),
        )
      )
        yield {
          span: words.span,
          message: say('/var/lib/etcd is refused unless it is empty; restore into a new directory'),
        };
      else if (!/--initial-cluster[= ]/.test(command.text) && !/--name[= ]/.test(command.text))
        yield {
          span: words.span,
          message: say(
            'without --name and --initial-cluster this makes a cluster of one member; with several, give both on each',
          ),
        };
    }
  },
});

export const dataLossRules = [removesSnapshots, removesDataDir, removesEtcd, othersRunning, restorePath, etcdRestore];
