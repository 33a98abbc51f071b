import { say } from '../../base/message';
import type { RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { keeps, movedBy, removedBy, restoresEtcd, says, starts, stops } from '../../model/runbook/effects';
import { blocksOf, hasOption, isBefore, isBehind, lineOf, optionOf, type Step } from '../../model/runbook/steps';
import { rule } from '../rule';

const data = '/var/lib/rancher/(?:k3s|rke2)';
const database = new RegExp(`^${data}/server/db(?:/snapshots)?$`);
const dataDir = new RegExp(`^(?:/var/lib/rancher|${data}(?:/server(?:/tls|/token|/cred)?)?)$`);
const whole = new RegExp(`^(?:/var/lib/rancher|${data}(?:/server)?)$`);
const etcdData = /^\/var\/lib\/etcd(?:\/member)?$/;

const removesSnapshots = rule<RunbookAnalysis>({
  id: 'runbook/removes-snapshots',
  severity: 'warning',
  summary: '`server/db` is removed together with the snapshots of that server inside it.',

  *check({ steps }) {
    const copies = steps.filter((each) => keeps(each, /\/db(?:\/snapshots|$|\/)/));
    for (const step of steps) {
      for (const { path, word } of removedBy(step)) {
        if (!database.test(path) || copies.some((each) => isBefore(each, step))) continue;
        yield {
          span: word.span,
          message: say(
            'this removes the snapshots of this server as well; move server/db aside, or copy db/snapshots out first',
          ),
        };
      }
    }
  },
});

const removesDataDir = rule<RunbookAnalysis>({
  id: 'runbook/removes-data-dir',
  severity: 'error',
  summary: 'The whole data directory of k3s, its certificates or its token are removed; only `server/db` may go.',

  *check({ steps }) {
    const uninstalled = blocksOf(steps, (each) => /^(?:k3s|rke2)(?:-agent)?-uninstall\.sh$/.test(each.program));
    // A copy of the whole directory that is put back brings token and authority with it.
    const putBack = steps.filter(
      (each) =>
        /^(?:cp|mv|rsync|tar|unzip)$/.test(each.program) && whole.test(each.args.at(-1)?.text.replace(/\/$/, '') ?? ''),
    );
    // Who removes the configuration and the programs too does not mean the server to come back.
    const wiped = blocksOf(steps, (each) =>
      removedBy(each).some((other) => /^\/etc\/rancher(?:\/(?:k3s|rke2))?$/.test(other.path)),
    );
    const tokens = steps.filter(
      (each) => /\bK3S_TOKEN(?:_FILE)?=/.test(each.command.text) || hasOption(each, '--token', '--token-file'),
    );
    const comingBack = blocksOf(steps, ({ command }) => /--cluster-reset|--server[= ]|K3S_URL=/.test(command.text));
    for (const step of steps) {
      const { block } = step.command;
      for (const { path, word } of removedBy(step)) {
        if (!dataDir.test(path)) continue;
        if (uninstalled.has(block) || putBack.some((each) => isBehind(each, step))) continue;
        if (wiped.has(block) && !comingBack.has(block)) continue;
        // A server of RKE2 has the token to join with in its configuration, and so has one that is installed again with it.
        const hasToken = path.startsWith('/var/lib/rancher/rke2') || tokens.some((each) => isBehind(each, step));
        yield {
          span: word.span,
          ...(hasToken ? { severity: 'warning' as const } : {}),
          message: hasToken
            ? say('the snapshots of this server go with it; only server/db has to go, and its snapshots can be kept')
            : say(
                'this removes the token and the certificate authority too: the server can never rejoin; only server/db has to go',
              ),
        };
      }
    }
  },
});

/** Where a snapshot of etcd is restored to. */
const directoryOf = (step: Step) => optionOf(step, '--data-dir')?.text.replace(/\/$/, '');

/** The node is wiped with everything of Kubernetes on it. */
const wipes = (step: Step) =>
  says(step, /^kubeadm$/, 'reset') ||
  removedBy(step).some(({ path }) =>
    /^\/(?:etc\/kubernetes|var\/lib\/kubelet|usr(?:\/local)?\/bin\/etcd|\S{1,100}\/etcd\.service)$/.test(path),
  ) ||
  (/^(?:apt|apt-get|yum|dnf|zypper)$/.test(step.program) && removesKubernetes(lineOf(step)));

/** Whether one of kubelet and kubeadm stands behind a word that removes packages. */
export function removesKubernetes(line: string): boolean {
  const verb = line.search(/\b(?:remove|purge|autoremove|erase)\b/);
  return verb >= 0 && /\bkube(?:let|adm)\b/.test(line.slice(verb));
}

const removesEtcd = rule<RunbookAnalysis>({
  id: 'runbook/removes-etcd-data',
  severity: 'warning',
  summary: 'The data of an etcd member is removed while the member is still in the list.',

  *check({ steps }) {
    const preparing = steps.filter(
      (each) =>
        says(each, /^etcdctl$/, 'member', 'remove') ||
        says(each, /^etcdctl$/, 'snapshot', 'save') ||
        says(each, /^kubeadm$/, 'reset') ||
        keeps(each, /\/var\/lib\/etcd/),
    );
    const wiped = blocksOf(steps, wipes);
    for (const step of steps) {
      for (const { path, word } of removedBy(step)) {
        if (!etcdData.test(path)) continue;
        if (wiped.has(step.command.block) || preparing.some((each) => isBefore(each, step))) continue;
        const isRestored = steps.some(
          (each) => isBehind(each, step) && restoresEtcd(each) && etcdData.test(directoryOf(each) ?? ''),
        );
        yield {
          span: word.span,
          message: isRestored
            ? say('move the directory aside instead: if the restore fails, nothing is left to go back to')
            : say(
                'move the directory aside instead: without it, and with the member still in the list, etcd does not start',
              ),
        };
      }
    }
  },
});

const othersRunning = rule<RunbookAnalysis>({
  id: 'runbook/reset-while-others-run',
  severity: 'warning',
  summary: 'The cluster is reset on one server before k3s is stopped on the others.',

  *check({ steps }) {
    const starting = steps.filter((each) => starts(each, /^k3s$/));
    const stopping = steps.filter((each) => stops(each, /^k3s$/));
    for (const step of steps) {
      const word = step.program === 'k3s' ? optionOf(step, '--cluster-reset') : undefined;
      if (word === undefined) continue;
      const start = starting.find((each) => isBehind(each, step));
      const stop = stopping.find((each) => isBehind(each, step));
      if (stop === undefined || (start !== undefined && start.span.start > stop.span.start)) continue;
      yield {
        span: resetWord(step),
        message: say(
          'stop k3s on all other servers first: those that still run are a second cluster with the old data',
        ),
        related: [{ span: stop.span, message: say('they are stopped only here') }],
      };
    }
  },
});

/** The place of the option that resets. */
export function resetWord(step: Step): Step['span'] {
  return step.args.find((each) => /^--cluster-reset(?:=|$)/.test(each.text))?.span ?? step.span;
}

const restorePath = rule<RunbookAnalysis>({
  id: 'runbook/restore-path',
  severity: 'warning',
  summary: 'The path of a snapshot to restore is relative or an URL, or nothing says that it is to be restored.',

  *check({ steps }) {
    for (const step of steps) {
      const path = optionOf(step, '--cluster-reset-restore-path');
      if (step.program === 'k3s' && path !== undefined && isWithoutReset(step))
        yield {
          span: step.args.find((each) => each.text.startsWith('--cluster-reset-restore-path'))?.span ?? path.span,
          message: say('k3s ends at once unless --cluster-reset stands beside the path'),
        };
      if (path === undefined || path.isOpen || /[<$]|\.\.\.|^-/.test(path.text)) continue;
      const isUrl = /^[a-z0-9]+:\/\//.test(path.text);
      const fromS3 = step.args.some((each) => /^--etcd-s3(?:=(?!false)|$)/.test(each.text));
      if (fromS3 && (isUrl || path.text.startsWith('/'))) {
        yield {
          span: path.span,
          message: say(
            'with --etcd-s3 this is the name of an object: give its name alone, or --etcd-s3=false with a path',
          ),
        };
        continue;
      }
      if (fromS3 || path.text.startsWith('/')) continue;
      yield {
        span: path.span,
        message: isUrl
          ? say('an URL is not understood here: give the name of the object, with the S3 settings beside it')
          : say('"{0}" is looked for below the data directory; give the whole path', path.text),
      };
    }
  },
});

/** Whether a server is told to restore and not to reset, by no option, file or variable. */
const isWithoutReset = ({ args }: Step) =>
  args[0]?.text === 'server' &&
  !args.some(
    (each) => /^--(?:cluster-reset|config)(?:=|$)|^-c$/.test(each.text) || (each.isOpen && /^\$/.test(each.text)),
  );

/** Whether a variable stands where options may be in it: neither behind an option nor in the place of the file. */
const hasOpenOptions = ({ args }: Step) =>
  args.some((each, index) => {
    const last = args[index - 1]?.text ?? '';
    return each.isOpen && each.text.startsWith('$') && last !== 'restore' && !/^--?[\w-]+$/.test(last);
  });

/** By what a runbook tells that its etcd has several members. */
const severalMembers =
  /--control-plane\b|--endpoints?[= ]["']?[^\s"',]+,\S|initial-cluster[= ]\S*,|\bHA\b|high(?:ly)?[- ]availab|\bquorum\b|\b(?:etcd|cp|master|node|server|control-?plane|controller)[-_]?0?[23]\b|\b(?:each|every|all|other|remaining|both|three|3|five|5)\s+(?:of\s+)?(?:the\s+)?(?:other\s+)?(?:etcd|control|masters?|members?|servers?)\b|다른\s*(?:노드|서버|마스터|컨트롤)|나머지|모든\s*(?:노드|서버|마스터|컨트롤|멤버)|각\s*(?:노드|서버|마스터|컨트롤|멤버)|쿼럼|고가용|이중화/i;
/** By what it tells that there is one. */
const oneMember =
  /\b(?:single|one|sole)[- ](?:node|master|member|server|control[- ]plane|etcd)|\bstandalone\b|\bminikube\b|단일\s*(?:노드|마스터|서버|멤버|컨트롤)/i;

const etcdRestore = rule<RunbookAnalysis>({
  id: 'runbook/etcd-restore-members',
  severity: 'warning',
  summary: 'A snapshot is restored into the data directory in use, or without the members of the cluster it is for.',

  *check({ steps, text }) {
    const isOfSeveral = severalMembers.test(text);
    const isOfOne = !isOfSeveral && oneMember.test(text);
    const cleared = steps.filter((each) =>
      [...removedBy(each), ...movedBy(each)].some(({ path }) => etcdData.test(path)),
    );
    for (const step of steps) {
      if (!restoresEtcd(step)) continue;
      const verb = step.args.findIndex((each) => each.text === 'snapshot');
      const first = step.args[verb]?.span ?? step.span;
      const span = { start: first.start, end: step.args[verb + 1]?.span.end ?? first.end };
      const directory = directoryOf(step);
      const isCleared = cleared.some((each) => each.span.start < step.span.start);
      if (directory === '/var/lib/etcd' && !isCleared)
        yield { span, message: say('/var/lib/etcd is refused unless it is empty; restore into a new directory') };
      else if (!hasOption(step, '--initial-cluster', '--name') && !hasOpenOptions(step) && !isOfOne)
        yield {
          span,
          ...(isOfSeveral ? {} : { severity: 'hint' as const }),
          message: say(
            'without --name and --initial-cluster this makes a cluster of one member; with several, give both on each',
          ),
        };
    }
  },
});

/** The keys that all others, or all of Kubernetes, begin with. */
const allKeys = /^(?:\/|\/registry\/?)?$/;

const deletesAllKeys = rule<RunbookAnalysis>({
  id: 'runbook/deletes-all-keys',
  severity: 'error',
  summary: 'Every key of etcd, or every object of Kubernetes in it, is deleted.',

  *check({ steps, text }) {
    const saved = steps.filter((each) => says(each, /^etcdctl$/, 'snapshot', 'save'));
    // Other programs have an etcd of their own.
    const isOfKubernetes = /kube|k8s|k3s/i.test(text);
    for (const step of steps) {
      if (!says(step, /^etcdctl$/, 'del')) continue;
      const isRange = step.args.some((each) => /^--(?:prefix|from-key)(?:=true)?$/.test(each.text));
      const verb = step.args.findIndex((each) => each.text === 'del');
      const key = step.args.slice(verb + 1).find((each) => !each.text.startsWith('-'));
      if (!isRange || key === undefined || key.isOpen || !allKeys.test(key.text)) continue;
      yield {
        span: { start: step.args[verb]?.span.start ?? step.span.start, end: step.span.end },
        ...(saved.some((each) => isBefore(each, step)) || (!isOfKubernetes && !key.text.includes('registry'))
          ? { severity: 'warning' as const }
          : {}),
        message: say('this deletes everything that Kubernetes keeps in etcd, on all members at once'),
      };
    }
  },
});

export const dataLossRules = [
  deletesAllKeys,
  removesSnapshots,
  removesDataDir,
  removesEtcd,
  othersRunning,
  restorePath,
  etcdRestore,
];
