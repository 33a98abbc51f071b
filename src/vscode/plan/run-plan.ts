import * as vscode from 'vscode';
import type { Plan } from '../../ops/plan';
import type { RunResult } from '../../run';
import { toText } from '../convert';
import type { ClusterStore, ClusterView } from '../explorer/cluster-store';

/**
 * Runs a plan that the user has agreed to: under the lock of the cluster's first server, with a journal that survives a
 * crash, progress for each step, and cancelling between steps. Undefined when somebody else is at work.
 */
export async function runPlan(
  context: vscode.ExtensionContext,
  store: ClusterStore,
  { state }: ClusterView,
  plan: Plan,
  who: string,
): Promise<RunResult | undefined> {
  const { execute, freeLock, openJournal, takeLock } = await import('../../run');
  const hosts = await store.connections();
  const nodeOf = (name: string) => {
    const node = state.cluster.nodes.find((each) => each.name === name);
    if (node === undefined) throw new Error(`${name} is not a node of ${state.cluster.name}`);
    return node;
  };
  const id = `${new Date().toISOString().replace(/[:.]/g, '-')}-${plan.operation}`;
  const journal = await openJournal(vscode.Uri.joinPath(context.globalStorageUri, 'runs').fsPath, id);
  const guard = state.cluster.nodes.find((each) => each.roles.includes('server')) ?? nodeOf(plan.steps[0]?.host ?? '');

  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: toText(plan.title), cancellable: true },
    async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      const lockHost = await hosts.connect(guard, abort.signal);
      const lock = { run: id, who, what: plan.operation, sinceMs: Date.now() };
      const taken = await takeLock(lockHost, lock, abort.signal);
      if (taken.kind === 'taken') {
        const since = taken.by === undefined ? '?' : new Date(taken.by.sinceMs).toLocaleString();
        await vscode.window.showWarningMessage(
          vscode.l10n.t(
            '{0} is at work on this cluster since {1}: {2}',
            taken.by?.who ?? '?',
            since,
            taken.by?.what ?? '?',
          ),
        );
        return undefined;
      }
      try {
        return await execute(
          plan,
          {
            journal,
            connect: (name, signal) => hosts.connect(nodeOf(name), signal),
            now: Date.now,
            sleep: (ms, signal) => sleep(ms, signal),
            onEvent: (event) => {
              if (event.kind !== 'step-began') return;
              progress.report({ message: `${event.index + 1}/${plan.steps.length} ${toText(event.step.title)}` });
            },
          },
          abort.signal,
        );
      } finally {
        await freeLock(lockHost, lock);
      }
    },
  );
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
