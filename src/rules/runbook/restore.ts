import { say } from '../../base/message';
import { matches, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { movedBy, restoresEtcd, says, servicesIn, starts, stops } from '../../model/runbook/effects';
import { hasOption, isBehind, lineOf, optionOf, type Step } from '../../model/runbook/steps';
import { rule } from '../rule';
import { resetWord } from './data-loss';

/** What etcd and its tools take where no token is given (etcd server/embed/config.go, etcdutl snapshot restore). */
const usualToken = 'etcd-cluster';

const etcdRestoreToken = rule<RunbookAnalysis>({
  id: 'runbook/etcd-restore-token',
  severity: 'warning',
  summary: 'Several members are restored under the token of the old cluster, and so with its ids.',

  *check({ steps, text }) {
    const running = runningTokens(text, steps);
    for (const step of steps) {
      const members = restoresEtcd(step) ? optionOf(step, '--initial-cluster') : undefined;
      if (members === undefined || members.text.split('=http').length < 3) continue;
      const token = optionOf(step, '--initial-cluster-token');
      if (token !== undefined && (token.isOpen || /[<>]/.test(token.text))) continue;
      if (token !== undefined && token.text !== usualToken && !running.has(token.text)) continue;
      const span = token?.span ?? members.span;
      yield {
        span,
        message: say(
          'without a new --initial-cluster-token the restored members have the ids of the old ones: one that still has its old data joins them and brings back what was undone',
        ),
        fixes: [
          {
            title: say('Give a new token'),
            edits: [
              token === undefined
                ? { span: { start: span.end, end: span.end }, newText: ' --initial-cluster-token restored-1' }
                : { span, newText: 'restored-1' },
            ],
            confidence: 'review',
          },
        ],
      };
    }
  },
});

/** The tokens of running clusters: they stand in the settings of etcd, not only where a snapshot is restored. */
function runningTokens(text: string, steps: readonly Step[]): ReadonlySet<string> {
  const restores = steps.filter(restoresEtcd);
  const found = new Set<string>();
  if (restores.length === 0) return found;
  for (const { 1: token = '', index } of text.matchAll(
    /initial[-_]cluster[-_]token["']?(?:\s*[=:]\s*|\s+)["']?([\w.-]+)/gi,
  )) {
    if (found.has(token) || /restor/i.test(text.slice(Math.max(0, index - 600), index))) continue;
    if (!restores.some(({ span }) => span.start <= index && index < span.end)) found.add(token);
  }
  return found;
}

const resetOnSeveral = rule<RunbookAnalysis>({
  id: 'runbook/reset-on-several',
  severity: 'error',
  summary: 'The cluster is reset on more than one server, which makes as many clusters.',

  *check({ steps }) {
    const first = new Map<number, Step>();
    for (const step of steps) {
      if (step.program !== 'k3s' || optionOf(step, '--cluster-reset') === undefined) continue;
      const { block } = step.command;
      const earlier = first.get(block);
      if (earlier === undefined) first.set(block, step);
      const other =
        earlier !== undefined && step.host !== undefined && earlier.host !== undefined && step.host !== earlier.host;
      const inLoop = (step.rounds ?? 0) > 1 && (step.host ?? '').includes(`$${step.loopVariable}`.replace(/\$$/, ''));
      if (!other && !inLoop && !step.everywhere) continue;
      yield {
        span: resetWord(step),
        message: say('each server that is reset becomes a cluster of its own: reset one, wipe and rejoin the others'),
        ...(other ? { related: [{ span: resetWord(earlier), message: say('the first one is reset here') }] } : {}),
      };
    }
  },
});

/** What shows that k3s runs on the machine: it is started, or saves a snapshot, for which it has to run. */
const showsK3s = (step: Step) => starts(step, /^k3s$/) || says(step, /^k3s$/, 'etcd-snapshot', 'save');

const endsK3s = (step: Step) =>
  stops(step, /^k3s$/) ||
  /^(?:k3s-killall\.sh|k3s-uninstall\.sh|reboot|shutdown|poweroff|pkill|killall|kill)$/.test(step.program);

const resetWhileRunning = rule<RunbookAnalysis>({
  id: 'runbook/reset-while-running',
  severity: 'warning',
  summary: 'The cluster is reset on a server whose own k3s still runs.',

  *check({ steps, text }) {
    // By host and piece of work: where k3s was last seen to run, and where the last step stands that ends it.
    const shown = new Map<string, Step>();
    const ended = new Map<string, number>();
    for (const step of steps) {
      const { block, section } = step.command;
      const keys = [`block ${block} ${step.host}`, `section ${section} ${step.host}`];
      if (endsK3s(step)) for (const key of keys) ended.set(key, step.span.start);
      if (showsK3s(step)) for (const key of keys) shown.set(key, step);
      if (step.program !== 'k3s' || optionOf(step, '--cluster-reset') === undefined) continue;
      const [running] = keys
        .flatMap((key) => shown.get(key) ?? [])
        .sort((left, right) => right.span.start - left.span.start);
      if (running === undefined || keys.some((key) => (ended.get(key) ?? -1) > running.span.start)) continue;
      // What is done by hand, or by a function, is told in words.
      if (
        /\bstop|shut|kill|down\b|중지|정지|종료|내려|멈|停|останов/i.test(text.slice(running.span.end, step.span.start))
      )
        continue;
      yield {
        span: resetWord(step),
        message: say(
          'stop k3s on this server first: k3s does not refuse, moves the database away under the running one, and neither ends well',
        ),
        related: [{ span: running.span, message: say('it runs since here') }],
      };
    }
  },
});

const stopsContainer = (step: Step) =>
  /^(?:crictl|docker|nerdctl|podman|ctr)$/.test(step.program) &&
  /\b(?:stop|stopp|kill|rm|rmp)\b/.test(lineOf(step)) &&
  /etcd|kube-apiserver/.test(step.command.text);

/** Whether the kubelet does not start etcd again after this. */
const keepsEtcdDown = (step: Step) =>
  stops(step, /^(?:kubelet|etcd|docker|containerd|crio)$/) ||
  says(step, /^kubeadm$/, 'reset') ||
  /^(?:shutdown|poweroff|halt)$/.test(step.program) ||
  (/^(?:mv|rm|sed|cp|sh|bash)$/.test(step.program) &&
    /manifests|etcd\.ya?ml|kube-apiserver\.ya?ml|\*\.ya?ml|stop/.test(lineOf(step)));

const etcdStillRuns = rule<RunbookAnalysis>({
  id: 'runbook/etcd-still-runs',
  severity: 'warning',
  summary: 'The data of etcd is replaced while the kubelet keeps etcd running.',

  *check({ steps, text }) {
    // Elsewhere etcd may be a service of its own, or nobody knows what it is.
    if (!/kubeadm|\/etc\/kubernetes\/manifests/.test(text)) return;
    const stopping = steps.filter(keepsEtcdDown);
    const containers = steps.filter(stopsContainer);
    const goingOn = steps.filter(
      (each) => restoresEtcd(each) || movedBy(each).some(({ path }) => path.startsWith('/var/lib/etcd')),
    );
    const isAbove = (all: readonly Step[], step: Step) => all.some((each) => each.span.start < step.span.start);
    for (const step of steps) {
      const data = movedBy(step).find(({ path }) => /^\/var\/lib\/etcd(?:\/member)?$/.test(path));
      if (stopsContainer(step)) {
        const isBackUp = !isAbove(stopping, step);
        const goesOn = goingOn.some((each) => isBehind(each, step));
        const isKeptLater = stopping.some((each) => isBehind(each, step));
        if (isBackUp && goesOn && !isKeptLater)
          yield {
            span: step.span,
            message: say(
              'the kubelet starts it again within seconds: move its manifest out of /etc/kubernetes/manifests',
            ),
          };
      } else if (data !== undefined) {
        if (isAbove(stopping, step) || isAbove(containers, step)) continue;
        // What is done by hand is told in words.
        if (
          /manifest|\bstop|shut|down\b|중지|정지|내려|멈/i.test(
            text.slice(Math.max(0, step.span.start - 3000), step.span.start),
          )
        )
          continue;
        yield {
          span: data.word.span,
          message: say(
            'etcd still runs and goes on writing there: move its manifest out of /etc/kubernetes/manifests first',
          ),
        };
      }
    }
  },
});

const snapshotWithoutLimit = rule<RunbookAnalysis>({
  id: 'runbook/snapshot-without-limit',
  severity: 'hint',
  summary: 'A script saves a snapshot of etcd without a time limit.',

  *check({ steps, path, text }) {
    // Who types it sees that it hangs.
    if (/\.md$/.test(path) || /ETCDCTL_COMMAND_TIMEOUT/.test(text)) return;
    for (const step of steps) {
      if (!says(step, /^etcdctl$/, 'snapshot', 'save') || hasOption(step, '--command-timeout')) continue;
      if (
        /\btimeout\b/.test(step.command.text) ||
        step.args.some((each) => /^\$\{?\w*(?:OPT|ARG|FLAG)/i.test(each.text))
      )
        continue;
      const verb = step.args.find((each) => each.text === 'save');
      yield {
        span: verb?.span ?? step.span,
        message: say('with a wrong certificate or a dead endpoint this waits for ever: add --command-timeout=60s'),
      };
    }
  },
});

/** The minor releases of etcd 3 that a runbook names. */
function etcdMinors(text: string): readonly number[] {
  const named = /\betcd(?:ctl|utl)?(?:[-_ ]?ver(?:sion)?)?["']?(?:\s*[-=:/]\s*|(?=\s* )\s+)["']?v?3\.(\d+)/gi;
  return [...text.matchAll(named)].map((found) => Number(found[1]));
}

const etcdctlWithoutRestore = rule<RunbookAnalysis>({
  id: 'runbook/etcdctl-without-restore',
  severity: 'warning',
  summary: 'etcdctl from 3.6 on restores no snapshots and tells nothing of them; etcdutl does.',

  *check({ commands, text }) {
    const minors = etcdMinors(text);
    if (minors.length === 0 || minors.some((each) => each < 6)) return;
    for (const command of commands)
      for (const { text: verb, span } of matches(
        command,
        /\b(etcdctl)\b(?=[^|;&\n]*\bsnapshot\s+(?:restore|status)\b)/dg,
      ))
        yield {
          span,
          message: say(
            'etcdctl 3.6 has no such command any more: it prints its help and ends as if all were well; use etcdutl',
          ),
          fixes: [
            {
              title: say('Change to "{0}"', verb.replace('ctl', 'utl')),
              edits: [{ span, newText: 'etcdutl' }],
              confidence: 'review',
            },
          ],
        };
  },
});

const restartsAllAtOnce = rule<RunbookAnalysis>({
  id: 'runbook/restarts-all-at-once',
  severity: 'warning',
  summary: 'All servers are restarted at the same time, which costs the quorum.',

  *check({ steps }) {
    for (const step of steps) {
      const services = servicesIn(step);
      const unit = services?.units.find((each) => /^(?:k3s|rke2-server|etcd)$/.test(each));
      if (services?.verb !== 'restart' || unit === undefined) continue;
      const inParallel =
        step.isBackground && step.loopVariable !== undefined && step.rounds !== 1 && step.host !== undefined;
      if (!step.everywhere && !inParallel) continue;
      if (/agent|worker/i.test(step.command.text)) continue;
      yield {
        span: step.span,
        message: say(
          'this restarts {0} on all machines at once, and without a majority there is no API: one after the other',
          unit,
        ),
      };
    }
  },
});

export const restoreRules = [
  etcdRestoreToken,
  resetOnSeveral,
  resetWhileRunning,
  etcdStillRuns,
  snapshotWithoutLimit,
  etcdctlWithoutRestore,
  restartsAllAtOnce,
];
