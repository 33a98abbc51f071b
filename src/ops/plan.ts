import type { Message } from '../base/message';
import type { Command, Probe } from './command';

interface StepBase {
  /** The act and the host: `save-snapshot@cp1`. */
  readonly id: string;
  readonly host: string;
  readonly title: Message;
  readonly run: Command;
  /** Keeps the trimmed standard output of `run` under this name for later steps. */
  readonly capture?: string;
}

/**
 * `done` is the post-condition of a change. It is asked before the step (yes: skip), after it (no: failed), and when an
 * earlier run broke off in between. A change without a post-condition cannot be written.
 */
export type Step =
  | (StepBase & { readonly risk: 'read' })
  | (StepBase & { readonly risk: 'change' | 'destroy'; readonly done: Probe; readonly undo?: Command });

/** A reason why an operation cannot begin, or should be thought about, with what to do. */
export interface Concern {
  readonly message: Message;
  readonly remedy?: Message;
  readonly host?: string;
}

/** Everything an operation is going to do. What is shown, stored, compared and executed is this value. */
export interface Plan {
  readonly operation: string;
  readonly cluster: string;
  readonly title: Message;
  readonly blockers: readonly Concern[];
  readonly warnings: readonly Concern[];
  readonly steps: readonly Step[];
  /** How to go back, in sentences; empty when nothing is changed that would need it. */
  readonly wayBack: readonly Message[];
  /** Set when the operator must type the cluster's name before it runs. */
  readonly destructive: boolean;
}
