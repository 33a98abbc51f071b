import { say } from '../../base/message';
import type { Span } from '../../base/span';
import { installsK3s, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { nodeIn, says, stops } from '../../model/runbook/effects';
import { hasOption, isBefore, isBehind, type Step } from '../../model/runbook/steps';
import { rule } from '../rule';

/** A name that is given to control-plane nodes only: `cp1`, `k8s-master-2`, `server03`, `$CONTROL_PLANE`. */
const planeName = /(?:^|[-_.{$])(?:cp|masters?|control-?plane|ctrl|controller|k3s-?server|server)[-_]?\d*(?=$|[-_.}])/i;
const planeWords = /control[- ]plane|master|\bserver node|컨트롤\s*플레인|마스터|서버\s*노드/i;

/** Whether a runbook says of a node that it is a control plane: by its name, or by the heading above. */
function isPlane({ text }: RunbookAnalysis, name: string, at: number): boolean {
  if (/worker|agent|워커/i.test(name)) return false;
  return planeName.test(name) || (/[$<]|^[A-Z_-]+$/.test(name) && planeWords.test(headingAbove(text, at)));
}

/** The last heading of a document before a place; empty where there is none. */
function headingAbove(text: string, at: number): string {
  for (let end = at; end > 0; ) {
    const start = text.lastIndexOf('\n#', end - 1) + 1;
    const found = /^#{1,6}\s+(.*)$/m.exec(text.slice(start, Math.min(at, start + 1000)));
    if (found?.index === 0) return found[1] ?? '';
    end = start - 1;
  }
  return '';
}

const deletes = (step: Step) => nodeIn(step, 'delete') !== undefined;
const removesMember = (step: Step) => says(step, /^etcdctl$/, 'member', 'remove');
const uninstallsServer = (step: Step) => step.program === 'k3s-uninstall.sh';

const resetAfterDelete = rule<RunbookAnalysis>({
  id: 'runbook/reset-after-delete',
  severity: 'warning',
  summary: 'A control-plane node is reset after its node object was deleted, so its etcd member stays in the list.',

  *check(analysis) {
    const { steps, text } = analysis;
    if (steps.some(removesMember) || /external[- ]etcd|\betcd:(?=[^\S\n]*\n\s)\s+external:/i.test(text)) return;
    const deletions = steps.filter(deletes);
    const resets = steps.filter((each) => says(each, /^kubeadm$/, 'reset'));
    const joins = steps.filter((each) => says(each, /^kubeadm$/, 'join'));
    for (const step of resets) {
      const deletion = deletions.findLast((each) => isBefore(each, step));
      const node = deletion === undefined ? undefined : nodeIn(deletion, 'delete');
      if (deletion === undefined || node === undefined || !isPlane(analysis, node.text, node.span.start)) continue;
      if (step.host !== undefined && !step.host.includes(node.text)) continue;
      // It may be back, or be reset a second time.
      const isAgain = resets.some((each) => isBefore(each, step) && each.span.start < deletion.span.start);
      if (isAgain || joins.some((each) => isBefore(each, step))) continue;
      yield {
        span: { start: step.span.start, end: step.args[0]?.span.end ?? step.span.end },
        message: say(
          'without the object of "{0}" kubeadm leaves its etcd member in the list, where it counts for quorum: reset first, delete the node last',
          node.text,
        ),
        related: [{ span: node.span, message: say('it is deleted here') }],
      };
    }
  },
});

const deletesRunningServer = rule<RunbookAnalysis>({
  id: 'runbook/deletes-running-server',
  severity: 'warning',
  summary: 'A server of k3s is deleted from the cluster and never stopped: it joins again by itself.',

  *check(analysis) {
    const { steps, text } = analysis;
    if (!/\bk3s\b/.test(text) || /kubeadm|rke2/.test(text)) return;
    // Whatever stops it, by a command or in words, may stand anywhere.
    if (/uninstall|killall|shut\s?down|power(?:ed)?[- ]?off|poweroff|\bhalt\b|중지|종료|전원|제거/i.test(text)) return;
    if (steps.some((each) => stops(each, /^k3s$/))) return;
    const drains = steps.filter((each) => nodeIn(each, 'drain') !== undefined);
    for (const step of steps) {
      const node = nodeIn(step, 'delete');
      if (node === undefined || !isPlane(analysis, node.text, node.span.start)) continue;
      // Only of a node that is drained it is known that it runs.
      if (!drains.some((each) => isBefore(each, step) && nodeIn(each, 'drain')?.text === node.text)) continue;
      yield {
        span: node.span,
        message: say(
          'k3s still runs on "{0}": it joins again within a minute; stop and disable k3s there, or uninstall it',
          node.text,
        ),
      };
    }
  },
});

const rejoinsUnderOldName = rule<RunbookAnalysis>({
  id: 'runbook/rejoins-under-old-name',
  severity: 'warning',
  summary: 'A server of k3s is uninstalled and joins again while its old etcd member is still in the list.',

  *check({ steps, path }) {
    // A script that begins by cleaning up does so on every machine; a document names the steps for one.
    if (!/\.md$/.test(path) || steps.some(deletes)) return;
    const installs = steps.filter(({ command }) => installsK3s(command));
    const newSections = new Set(
      steps.flatMap(({ command }) =>
        /--cluster-init|datastore-endpoint|--node-name|with-node-id/.test(command.text) ? [command.section] : [],
      ),
    );
    for (const step of steps) {
      if (!uninstallsServer(step) || /\bif\b|\|\||\[|\btest\b|\bfor\b/.test(step.command.text)) continue;
      const install = installs.find((each) => isBehind(each, step))?.command;
      if (install === undefined || !joinsAsServer(install.text)) continue;
      if (newSections.has(step.command.section)) continue;
      yield {
        span: step.span,
        message: say(
          'its etcd member stays in the list, and k3s does not join under a name that is taken: kubectl delete node first',
        ),
        related: [{ span: firstLineOf(install.text, install.span), message: say('it joins again here') }],
      };
    }
  },
});

const uninstallsOneOfTwo = rule<RunbookAnalysis>({
  id: 'runbook/uninstalls-one-of-two',
  severity: 'warning',
  summary: 'One of two servers of k3s is uninstalled before its node is deleted: the other one has no majority.',

  *check({ steps }) {
    // Who is a server is known only where every command says on which machine it runs.
    const servers = new Map<string, Step>();
    for (const step of steps) {
      if (!installsK3s(step.command)) continue;
      if (step.host === undefined || step.loopVariable !== undefined || step.everywhere) return;
      if (/--cluster-init|\bcluster-init:/.test(step.command.text) || joinsAsServer(step.command.text))
        servers.set(step.host, step);
    }
    if (servers.size !== 2 || ![...servers.values()].some(({ command }) => /cluster-init/.test(command.text))) return;
    const gone = steps.filter(uninstallsServer);
    if (gone.some((each) => each.host === undefined || each.loopVariable !== undefined || each.everywhere)) return;
    const [only, ...others] = [...new Set(gone.map((each) => each.host ?? ''))];
    if (only === undefined || others.length > 0 || !servers.has(only)) return;
    for (const step of gone) {
      if (steps.some((each) => (deletes(each) || removesMember(each)) && each.span.start < step.span.start)) continue;
      yield {
        span: step.span,
        message: say(
          'with two members etcd needs both: kubectl delete node first, or the server that is left answers no more',
        ),
      };
    }
  },
});

const joinsAsServer = (text: string) =>
  /--server[= ]|K3S_URL=/.test(text) && /(?:\bsh\s+-s\s+(?:-\s*)?|INSTALL_K3S_EXEC=["']?)server\b/.test(text);

const firstLineOf = (text: string, { start, end }: Span): Span => ({
  start,
  end: Math.min(end, start + (text.indexOf('\n') < 0 ? text.length : text.indexOf('\n'))),
});

/** Words by which a runbook says that the member it replaces does not answer any more. */
const isDead =
  /\b(?:dead|died|fail(?:ed|ing|ure)?|lost|unhealthy|broken|crashed|unreachable|unrecoverable|defective)\b|장애|고장|죽은|실패|비정상|복구\s*불가/i;

const addBeforeRemove = rule<RunbookAnalysis>({
  id: 'runbook/add-before-remove',
  severity: 'warning',
  summary: 'A member is added before the dead one is removed: etcd refuses it as long as a member is down.',

  *check({ steps, text }) {
    const removed = steps.filter(removesMember);
    for (const step of steps) {
      const isAdd = says(step, /^etcdctl$/, 'member', 'add');
      const isJoin = says(step, /^kubeadm$/, 'join') && hasOption(step, '--control-plane');
      if (!isAdd && !isJoin) continue;
      const late = removed.find((each) => each.command.section === step.command.section);
      if (late === undefined || late.span.start < step.span.start) continue;
      const heading = headingAbove(text, step.span.start);
      const told = text.slice(Math.max(0, text.lastIndexOf('\n#', step.span.start)), late.span.start);
      if (!isDead.test(heading) && !isDead.test(told)) continue;
      yield {
        span: { start: step.span.start, end: step.args[isAdd ? 1 : 0]?.span.end ?? step.span.end },
        message: isAdd
          ? say('etcd answers "unhealthy cluster" while a member is down: remove the dead one first, then add')
          : say('kubeadm waits in vain while a dead member is in the list: remove it first, then join'),
        related: [{ span: late.span, message: say('it is removed only here') }],
      };
    }
  },
});

export const memberRules = [
  resetAfterDelete,
  deletesRunningServer,
  rejoinsUnderOldName,
  uninstallsOneOfTwo,
  addBeforeRemove,
];
