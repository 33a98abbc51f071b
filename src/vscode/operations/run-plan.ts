import { userInfo } from 'node:os';
import * as vscode from 'vscode';
import type { Secret } from '../../base/secret';
import type { ConfirmStep, Plan } from '../../ops/plan';
import { concernText } from '../../ops/render-plan';
import type { Hosts, LockInfo, RunDeps, RunEvent, RunRecord, RunResult, Transport } from '../../run';
import { toText } from '../convert';
import type { ClusterView } from '../explorer/cluster-store';
import { liveState } from './gather';
import type { Parts } from './parts';

/** Where the journals of all runs lie. */
export function runsFolder({ context }: Parts): string {
  return vscode.Uri.joinPath(context.globalStorageUri, 'runs').fsPath;
}

export interface RunOptions {
  /** Those that `secretsOf(plan)` names. */
  readonly secrets?: ReadonlyMap<string, Secret>;
  /** Goes on with this run, or takes it back. */
  readonly earlier?: { readonly record: RunRecord; readonly act: 'resume' | 'undo' };
}

/**
 * Runs a plan that the user has agreed to: under the lock of the cluster, with a journal that survives a crash, progress
 * for each step, and cancelling between steps. Undefined when somebody else is at work.
 */
export async function runPlan(
  parts: Parts,
  view: ClusterView,
  plan: Plan,
  options: RunOptions = {},
): Promise<RunResult | undefined> {
  const { execute, openJournal, undo } = await import('../../run');
  const { earlier } = options;
  const id = earlier?.record.id ?? `${new Date().toISOString().replace(/[:.]/g, '-')}-${plan.operation}`;
  const journal = await openJournal(runsFolder(parts), id);
  const hosts = await parts.store.connections();
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: toText(plan.title), cancellable: true },
    async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      const release = await lockCluster(hosts, view, { run: id, what: plan.operation }, abort.signal);
      if (release === undefined) return undefined;
      const deps = await depsFor(view, hosts);
      const onEvent = (event: RunEvent) => {
        tell(parts.output, event);
        if (event.kind === 'step-began')
          progress.report({ message: `${event.index + 1}/${event.of} ${toText(event.step.title)}` });
      };
      const all: RunDeps = { ...deps, journal, onEvent, ...(options.secrets && { secrets: options.secrets }) };
      parts.output.appendLine(`— ${new Date().toLocaleString()} ${toText(plan.title)}`);
      try {
        if (earlier?.act === 'undo') return await undo(earlier.record, all, abort.signal);
        return await execute(plan, all, abort.signal, earlier === undefined ? {} : { resume: earlier.record });
      } finally {
        await release();
      }
    },
  );
}

async function depsFor(view: ClusterView, hosts: Hosts): Promise<Omit<RunDeps, 'journal' | 'onEvent'>> {
  const { membersOf, reach } = await import('../../run');
  const nodeOf = (name: string) => {
    const node = view.state.cluster.nodes.find((each) => each.name === name);
    if (node === undefined) throw new Error(`${name} is not a node of ${view.state.cluster.name}`);
    return node;
  };
  return {
    connect: (name, signal) => hosts.connect(nodeOf(name), signal),
    now: Date.now,
    sleep,
    reach,
    confirm: askOperator,
    members: async (signal) => membersOf(await liveState(hosts, view, signal)),
  };
}

/** Takes the lock on the first server that can be reached; says how to free it, or undefined when another keeps it. */
async function lockCluster(
  hosts: Hosts,
  { state }: ClusterView,
  run: Pick<LockInfo, 'run' | 'what'>,
  signal: AbortSignal,
): Promise<(() => Promise<void>) | undefined> {
  const { freeLock, takeLock, TransportError } = await import('../../run');
  const { nodes } = state.cluster;
  const guards = [...nodes.filter((each) => each.roles.includes('server')), ...nodes];
  let guard: Transport | undefined;
  let lost: unknown;
  for (const node of guards) {
    try {
      guard = await hosts.connect(node, signal);
      break;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      lost ??= error;
    }
  }
  if (guard === undefined) throw lost;
  const lock = { ...run, who: userInfo().username, sinceMs: Date.now() };
  let taken = await takeLock(guard, lock, signal);
  if (taken.kind === 'taken') {
    const { by } = taken;
    const since = by === undefined ? '?' : new Date(by.sinceMs).toLocaleString(vscode.env.language);
    const over = vscode.l10n.t('Take the lock over');
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t('{0} is at work on this cluster since {1}: {2}', by?.who ?? '?', since, by?.what ?? '?'),
      {
        modal: true,
        detail: vscode.l10n.t('Take it over only when you know that nothing runs any more, as after a crash.'),
      },
      over,
    );
    if (answer !== over || by === undefined) return undefined;
    await freeLock(guard, by);
    taken = await takeLock(guard, lock, signal);
    if (taken.kind === 'taken') return undefined;
  }
  const held = guard;
  return async () => {
    try {
      await freeLock(held, lock);
    } catch (error) {
      // The guard itself may have been stopped by the plan; the lock does not outlive its memory.
      if (!(error instanceof TransportError)) throw error;
    }
  };
}

/** A question that can be called off when its time is over, which a message of VS Code cannot. */
function askOperator(step: ConfirmStep, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const box = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly yes: boolean }>();
    box.title = toText(step.confirm.question);
    box.placeholder = vscode.l10n.t('Look at the cluster first. {0} seconds are left.', step.confirm.withinSec);
    box.items = [
      { label: `$(check) ${vscode.l10n.t('Keep it so')}`, yes: true },
      { label: `$(discard) ${vscode.l10n.t('Go back')}`, yes: false },
    ];
    box.ignoreFocusOut = true;
    const off = () => box.hide();
    let answer = false;
    box.onDidAccept(() => {
      answer = box.selectedItems[0]?.yes === true;
      box.hide();
    });
    box.onDidHide(() => {
      signal.removeEventListener('abort', off);
      box.dispose();
      resolve(answer);
    });
    signal.addEventListener('abort', off, { once: true });
    box.show();
  });
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

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
