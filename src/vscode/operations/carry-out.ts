import * as vscode from 'vscode';
import type { Concern, Plan } from '../../ops/plan';
import { concernText, joinedConcerns, renderPlan } from '../../ops/render-plan';
import type { RunRecord, RunResult } from '../../run';
import { toText } from '../convert';
import type { ClusterView } from '../explorer/cluster-store';
import { chooseWay } from './choose';
import type { Parts } from './parts';
import { type RunOptions, runPlan } from './run-plan';
import { sayFault } from './say-fault';

interface Words {
  readonly go: string;
  readonly done?: string;
  /** Another way to what was wanted, offered where the run has failed with this reason. */
  readonly instead?: { readonly label: string; fits(reason: Concern | undefined): boolean; begin(): Promise<void> };
}

/**
 * From a plan to its end: shows it as a document, says what stands against it, lets the user agree (a destructive one by
 * typing the cluster's name), runs it and says how it ended. Undefined when it did not run.
 */
export async function carryOut(
  parts: Parts,
  view: ClusterView,
  plan: Plan,
  words: Words,
  options: RunOptions = {},
): Promise<RunResult | undefined> {
  await parts.plans.show(plan.operation, renderPlan(plan, toText), plan);
  const [blocker] = plan.blockers;
  if (blocker !== undefined) {
    await vscode.window.showWarningMessage(withoutMarks(concernText(blocker, toText)));
    return undefined;
  }
  if (plan.steps.length === 0) {
    await vscode.window.showInformationMessage(toText(plan.title));
    return undefined;
  }
  if (!(await agreed(plan, words.go))) return undefined;
  const result = await runPlan(parts, view, plan, { ...options, ...(plan.destructive && { typedName: plan.cluster }) });
  // What nodes showed before the run may be mended by it; they are asked again when the user wants to know.
  parts.nodeFindings.clear(view.key);
  await parts.store.refresh();
  // The message may stand for hours, and what is pressed in it is an operation of its own.
  if (result !== undefined) parts.live.guard(() => sayResult(parts, view, plan, result, words).catch(sayFault));
  return result;
}

async function agreed(plan: Plan, go: string): Promise<boolean> {
  if (plan.destructive) {
    const typed = await vscode.window.showInputBox({
      title: toText(plan.title),
      prompt: vscode.l10n.t(
        'This cannot simply be taken back. Type the name of the cluster, {0}, to begin.',
        plan.cluster,
      ),
      ignoreFocusOut: true,
      validateInput: (text) =>
        text === '' || plan.cluster.startsWith(text)
          ? undefined
          : vscode.l10n.t('The cluster is called {0}.', plan.cluster),
    });
    return typed === plan.cluster;
  }
  const lines = [
    ...(plan.outlook ?? []).map(toText),
    ...joinedConcerns(plan.warnings).map((each) => withoutMarks(concernText(each, toText))),
  ];
  const detail = lines.map((each) => `• ${each}`).join('\n');
  const title = toText(plan.title);
  const read = vscode.l10n.t('Read the Plan First');
  const answer = await vscode.window.showInformationMessage(title, { modal: true, detail }, go, read);
  if (answer !== read) return answer === go;
  // Behind a modal question nothing can be scrolled; this one leaves the document free.
  const way = await chooseWay(title, [
    { way: 'go', label: `$(play) ${go}` },
    { way: 'leave', label: `$(close) ${vscode.l10n.t('Leave it')}` },
  ]);
  return way === 'go';
}

/** Says how a run ended; one that did not end well can be gone on with or taken back right there. */
async function sayResult(
  parts: Parts,
  view: ClusterView,
  plan: Plan,
  { outcome, reason }: RunResult,
  { done, instead }: Pick<Words, 'done' | 'instead'> = {},
): Promise<void> {
  const title = toText(plan.title);
  if (outcome === 'done') {
    await vscode.window.showInformationMessage(done ?? vscode.l10n.t('Done: {0}', title));
    return;
  }
  const record = await latestRecord(plan);
  const { canGoBack, copiesFolder, copiesIn, isUnfinished, renderRun } = await import('../../run');
  // A message is gone with one click; this stays. Of what the user took back himself there is nothing to tell.
  if (record !== undefined && (outcome !== 'undone' || reason !== undefined))
    parts.live.guard(() => parts.plans.tell(`${plan.operation}-run`, renderRun(record, toText), plan));
  const why = reason === undefined ? '' : withoutMarks(concernText(reason, toText));
  const show = vscode.l10n.t('Show Output');
  if (outcome === 'undone') {
    const text =
      why === '' ? vscode.l10n.t('Taken back: {0}', title) : vscode.l10n.t('It failed and was taken back: {0}', why);
    if ((await vscode.window.showWarningMessage(text, show)) === show) parts.output.show();
    return;
  }
  const resume = vscode.l10n.t('Resume');
  const back = vscode.l10n.t('Go Back');
  const text =
    outcome === 'cancelled'
      ? [vscode.l10n.t('Cancelled: {0}', title), ...(reason?.remedy === undefined ? [] : [toText(reason.remedy)])].join(
          ' · ',
        )
      : outcome === 'failed'
        ? vscode.l10n.t('It stopped: {0}', why)
        : vscode.l10n.t('Nobody knows how the last step ended: {0}', why);
  for (const copy of copiesIn(copiesFolder(), plan))
    parts.output.appendLine(vscode.l10n.t('{0} stays on this machine until the run is over: going on needs it.', copy));
  const other = instead?.fits(reason) === true ? [instead.label] : [];
  const onward = record === undefined || !isUnfinished(record) ? [] : [resume, ...(canGoBack(record) ? [back] : [])];
  const answer = await vscode.window.showErrorMessage(text, ...other, ...onward, show);
  if (answer === show) parts.output.show();
  else if (answer !== undefined && other.includes(answer)) await instead?.begin();
  else if (record !== undefined && (answer === resume || answer === back))
    await goOn(parts, view, record, answer === resume ? 'resume' : 'undo');
}

/** Goes on with a run that broke off, or takes it back. */
export async function goOn(
  parts: Parts,
  view: ClusterView,
  record: RunRecord,
  act: 'resume' | 'undo',
  options: RunOptions = {},
): Promise<void> {
  const result = await runPlan(parts, view, record.plan, { ...options, earlier: { record, act } });
  await parts.store.refresh();
  if (result !== undefined) await sayResult(parts, view, record.plan, result);
}

async function latestRecord(plan: Plan): Promise<RunRecord | undefined> {
  const { listRuns, runsFolder } = await import('../../run');
  const text = JSON.stringify(plan);
  return (await listRuns(runsFolder())).find((each) => JSON.stringify(each.plan) === text);
}

/** Messages show no Markdown. */
function withoutMarks(text: string): string {
  return text.replaceAll('**', '');
}
