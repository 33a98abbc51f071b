import * as vscode from 'vscode';
import type { ConfirmStep } from '../../ops/plan';
import { toText } from '../convert';

/** A question that can be called off when its time is over, which a message of VS Code cannot. */
export function askOperator(step: ConfirmStep, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const box = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly yes: boolean }>();
    const endMs = Date.now() + step.confirm.withinSec * 1000;
    const count = () => {
      const left = Math.max(0, Math.round((endMs - Date.now()) / 1000));
      box.placeholder = vscode.l10n.t('Look at the cluster first. {0} seconds are left.', left);
    };
    const timer = setInterval(count, 1000);
    count();
    box.title = toText(step.confirm.question);
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
      clearInterval(timer);
      signal.removeEventListener('abort', off);
      box.dispose();
      resolve(answer);
    });
    signal.addEventListener('abort', off, { once: true });
    box.show();
  });
}
