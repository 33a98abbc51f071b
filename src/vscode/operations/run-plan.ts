import { hostname, userInfo } from 'node:os';
import * as vscode from 'vscode';
import { Secret } from '../../base/secret';
import { secretsOf } from '../../ops/check-plan';
import type { Concern, Plan } from '../../ops/plan';
import { concernText } from '../../ops/render-plan';
import type { ClusterState } from '../../ops/status/cluster-state';
import type { Earlier, Front, LockInfo, RunEvent, RunResult, Site } from '../../run';
import { toText } from '../convert';
import type { ClusterView } from '../explorer/cluster-store';
import { askOperator } from './ask-operator';
import type { Parts } from './parts';
import { StepProgress } from './step-progress';

export interface RunOptions {
  /** Those that `secretsOf(plan)` names. */
  readonly secrets?: ReadonlyMap<string, Secret>;
  /** What the person typed as the name of the cluster. */
  readonly typedName?: string;
  readonly earlier?: Earlier;
  /** Runs beside the plan and is called off when the plan has ended. */
  meanwhile?(signal: AbortSignal): Promise<void>;
}

/**
 * Runs a plan that the user has agreed to, with progress for each step and cancelling between steps. Undefined when
 * somebody else is at work.
 */
export async function runPlan(
  parts: Parts,
  { inventory, state }: ClusterView,
  plan: Plan,
  options: RunOptions = {},
): Promise<RunResult | undefined> {
  const { concernOf, conduct, copiesFolder, runsFolder, siteKey } = await import('../../run');
  const { earlier, typedName } = options;
  const secrets = await withSecrets(plan, options.secrets);
  if (secrets === undefined) return undefined;
  const site: Site = {
    cluster: state.cluster,
    key: siteKey(inventory.fsPath, state.cluster.name),
    vips: state.vips.map((each) => each.address),
    hosts: await parts.store.connections(),
    folder: runsFolder(),
    copies: copiesFolder(),
    who: `${userInfo().username}@${hostname()}`,
  };
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: toText(plan.title), cancellable: true },
    async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      const shown = new StepProgress((message) => progress.report({ message }));
      const onEvent = (event: RunEvent) => {
        tell(parts.output, event);
        shown.hear(event);
      };
      parts.output.appendLine(`— ${new Date().toLocaleString()} ${toText(plan.title)}`);
      const given = { secrets, ...(typedName !== undefined && { typedName }) };
      const front: Front = { onEvent, confirm: askOperator, takeOver: askTakeOver, ...given };
      const beside = new AbortController();
      // What only watches must not hide how the run ended.
      const meanwhile = options
        .meanwhile?.(beside.signal)
        .catch((error: unknown) => parts.output.appendLine(plainText(concernOf(error))));
      const conducted = await conduct(plan, site, front, abort.signal, earlier).finally(() => {
        shown.dispose();
        beside.abort();
      });
      await meanwhile;
      if (conducted.kind === 'elsewhere') {
        void vscode.window.showWarningMessage(
          vscode.l10n.t('Another window or command line works on this run already.'),
        );
        return undefined;
      }
      if (conducted.kind === 'taken') return undefined;
      for (const each of conducted.lockLeft) {
        parts.output.appendLine(plainText(each));
        void vscode.window.showWarningMessage(plainText(each));
      }
      if (conducted.result.outcome === 'done') await sealed(plan, state);
      return conducted.result;
    },
  );
}

/** A backup gets its page and its checksums at its end, also when it was gone on with after a crash. */
async function sealed(plan: Plan, { cluster }: ClusterState): Promise<void> {
  const { sealBackup } = await import('../../run');
  const backup = await sealBackup(plan, cluster, toText);
  if (backup === undefined) return;
  await vscode.window.showTextDocument(vscode.Uri.file(backup.page));
  if (backup.problems.length > 0)
    void vscode.window.showWarningMessage(
      vscode.l10n.t('The backup is not whole: {0}', backup.problems.map((each) => toText(each)).join('; ')),
    );
}

/** Those that the plan needs and nobody gave, as after a crash, are asked for; undefined when the person leaves. */
async function withSecrets(
  plan: Plan,
  given: ReadonlyMap<string, Secret> = new Map(),
): Promise<ReadonlyMap<string, Secret> | undefined> {
  const secrets = new Map(given);
  for (const name of secretsOf(plan)) {
    if (secrets.has(name)) continue;
    const prompt = vscode.l10n.t('The operation needs the secret "{0}".', name);
    const typed = await vscode.window.showInputBox({ prompt, password: true, ignoreFocusOut: true });
    if (typed === undefined || typed === '') return undefined;
    secrets.set(name, new Secret(typed));
  }
  return secrets;
}

function plainText(concern: Concern): string {
  return concernText(concern, toText).replaceAll('**', '');
}

/** True when the lock of a run that is surely dead is to be taken over. */
async function askTakeOver(by: LockInfo | undefined, host: string): Promise<boolean> {
  const since = by === undefined ? '?' : new Date(by.sinceMs).toLocaleString(vscode.env.language);
  // What Enter takes must leave the other run alone.
  const leave = vscode.l10n.t('Leave it');
  const over = vscode.l10n.t('Take the lock over');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('{0} is at work on this cluster since {1}: {2}', by?.who ?? '?', since, by?.what ?? '?'),
    {
      modal: true,
      detail: vscode.l10n.t(
        'Take it over only when you know that nothing runs any more, as after a crash. The lock lies on {0}.',
        host,
      ),
    },
    leave,
    over,
  );
  return answer === over;
}

/** Writes an event into the output channel; secrets are out of it already. */
function tell(output: vscode.OutputChannel, event: RunEvent): void {
  const line = (text: string) => output.appendLine(`${new Date().toLocaleTimeString()} ${text}`);
  if (event.kind === 'step-began')
    line(`[${event.index + 1}/${event.of}] ${event.step.host}: ${toText(event.step.title)}`);
  else if (event.kind === 'output') {
    for (const text of [event.result.stdout, event.result.stderr]) {
      if (text.trim() !== '') output.appendLine(text.trimEnd().replace(/^/gm, '    '));
    }
  } else if (event.kind === 'reconnecting') line(concernText(event.reason, toText));
  else if (event.kind === 'step-ended' && event.reason !== undefined) line(concernText(event.reason, toText));
  else if (event.kind === 'undo-began') line(vscode.l10n.t('Going back because of: {0}', toText(event.because.title)));
}
