import * as vscode from 'vscode';
import { concernText } from '../../ops/render-plan';
import type { RunEvent } from '../../run';
import { toText } from '../convert';

/** From here on it is said how long a step takes. */
const longStepSec = 5;

/** Says where a run is. While a step takes long or a host is silent, its seconds show that somebody is still at it. */
export class StepProgress implements vscode.Disposable {
  private place = '';
  private words = '';
  private sinceMs = Date.now();
  private readonly timer = setInterval(() => this.show(), 1000);

  constructor(private readonly report: (message: string) => void) {}

  hear(event: RunEvent): void {
    if (event.kind === 'step-began') {
      this.place = `${event.index + 1}/${event.of}`;
      this.words = toText(event.step.title);
      this.sinceMs = Date.now();
    } else if (event.kind === 'progress') this.words = amount(event);
    else if (event.kind === 'reconnecting')
      this.words = `${toText(event.step.title)} · ${concernText(event.reason, toText).replaceAll('**', '')}`;
    else return;
    this.show();
  }

  dispose(): void {
    clearInterval(this.timer);
  }

  private show(): void {
    if (this.words === '') return;
    const sec = Math.floor((Date.now() - this.sinceMs) / 1000);
    this.report(`${this.place} ${this.words}${sec < longStepSec ? '' : ` (${vscode.l10n.t('{0} s', sec)})`}`);
  }
}

function amount({ step, bytes, of }: Extract<RunEvent, { kind: 'progress' }>): string {
  const mib = (count: number) => (count / 1_048_576).toFixed(1);
  const total = of === undefined ? '' : ` / ${mib(of)}`;
  return `${toText(step.title)}: ${mib(bytes)}${total} MiB`;
}
