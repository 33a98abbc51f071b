import type { Secret } from '../base/secret';
import type { ExecResult } from '../ops/command';
import type { Concern, ConfirmStep, Step } from '../ops/plan';
import type { Journal, StepOutcome } from './journal';
import type { LiveMembers } from './quorum';
import type { Transport } from './transport';

/** What a run needs from outside; tests give it scripted hosts and a clock of their own. */
export interface RunDeps {
  /** A connection that is alive: after one was lost, the next call makes another. */
  connect(host: string, signal: AbortSignal): Promise<Transport>;
  readonly journal: Journal;
  now(): number;
  /** Ends early, without an error, when it is cancelled. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  onEvent(event: RunEvent): void;
  /** Those that `secretsOf(plan)` names. */
  readonly secrets?: ReadonlyMap<string, Secret>;
  /** Asks the operator; needed by plans with a question. It is called off by the signal when the time is over. */
  confirm?(step: ConfirmStep, signal: AbortSignal): Promise<boolean>;
  /** The etcd members as they are now; needed by plans whose steps say what they do to them. */
  members?(signal: AbortSignal): Promise<LiveMembers>;
  /** Whether a TCP connection from this machine opens; needed by plans that wait for one. */
  reach?(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<boolean>;
}

export type RunEvent =
  | { readonly kind: 'step-began'; readonly step: Step; readonly index: number; readonly of: number }
  /** What the command of a step printed, without secrets. */
  | { readonly kind: 'output'; readonly step: Step; readonly result: ExecResult }
  | { readonly kind: 'progress'; readonly step: Step; readonly bytes: number; readonly of: number | undefined }
  /** The connection was lost, and the host is being asked what became of the step. */
  | { readonly kind: 'reconnecting'; readonly step: Step; readonly reason: Concern }
  | {
      readonly kind: 'step-ended';
      readonly step: Step;
      readonly index: number;
      readonly outcome: StepOutcome;
      readonly reason?: Concern;
    }
  | { readonly kind: 'undo-began'; readonly steps: readonly Step[]; readonly because: Step };
