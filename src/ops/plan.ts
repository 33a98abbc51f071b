import type { Message } from '../base/message';
import type { Arg, Command, Probe } from './command';

interface StepBase {
  /** The act and the host, once in a plan: `save-snapshot@cp1`. */
  readonly id: string;
  /** The name of a node; for a question to the operator, the node it is about. */
  readonly host: string;
  readonly title: Message;
  /** What the step does to etcd's members while it runs; the executor asks the live cluster whether it can bear that. */
  readonly quorum?: QuorumEffect;
  /** What the run does by itself when the step fails. Absent: it stops, and the operator resumes or goes back. */
  readonly onFailure?: OnFailure;
  /** Once it is done, the steps before it are not taken back any more: a run that breaks off is gone on with. */
  readonly noWayBack?: true;
  /** What to do when its command has failed: the first whose `said` is among the words of the host. */
  readonly remedies?: readonly Remedy[];
}

/** Advice of a step. Without `said` it holds whatever the host said. */
interface Remedy {
  readonly said?: string;
  readonly remedy: Message;
}

/** The trimmed standard output of `run` under a name for later steps: as text that may be seen, or as a secret. */
interface Captures {
  readonly capture?: string;
  readonly captureSecret?: string;
}

/** How a finished or half-finished change is taken back. Every step says by its `done` when nothing is left to take back. */
interface Undoable {
  readonly undo?: readonly Step[];
}

/** Only looks. It runs again when a run is resumed. */
export type ReadStep = StepBase & Captures & { readonly risk: 'read'; readonly run: Command };

/**
 * `done` is the post-condition of a change. It is asked before the step (yes: skip), after it (no: failed), and when an
 * earlier run broke off in between. A change without a post-condition cannot be written. Where the host itself shows
 * nothing that could be asked for, the command leaves a mark (`commands/mark.ts`).
 */
export type ChangeStep = StepBase &
  Captures &
  Undoable & {
    readonly risk: 'change' | 'destroy';
    readonly run: Command;
    readonly done: Probe;
    /** Its command may be killed when the operator cancels; others are let finish. */
    readonly interruptible?: true;
  };

/** Puts a file onto the host. Its post-condition is the content: the same bytes with the same mode are passed over. */
export type UploadStep = StepBase & Undoable & { readonly risk: 'change'; readonly upload: Upload };

/** Brings a file to this machine, readable by its owner only; it shows up whole or not at all. */
export type DownloadStep = StepBase & { readonly risk: 'read'; readonly download: Download };

/** Changes nothing and waits until the answer is yes; fails when it is not in time. */
export type WaitStep = StepBase & { readonly risk: 'read'; readonly waitFor: Probe | Reach };

/**
 * Asks the operator. No, or no answer in time, is a failure of the step: see `onFailure`. Where an earlier run of the plan
 * has acted on a yes already, `done` says so, and nobody is asked again.
 */
export type ConfirmStep = StepBase & { readonly risk: 'read'; readonly confirm: Confirm; readonly done?: Probe };

export type Step = ReadStep | ChangeStep | UploadStep | DownloadStep | WaitStep | ConfirmStep;

export interface Upload {
  readonly content: UploadContent;
  /** Absolute. Written beside, compared, flushed to the disk and then renamed, so that it is never half there. */
  readonly path: string;
  /** Octal text like `0600`. */
  readonly mode: string;
  readonly root: boolean;
  /**
   * Where the file that is there now is kept first, unless something lies there already. Where there is none, an empty
   * file of this name with `.absent` behind it says so to the way back.
   */
  readonly keep?: string;
}

/**
 * Text is joined from its parts; one with a secret among them is secret as a whole. A file lies on this machine; `sha256`
 * (hexadecimal) is what it held when the plan was made, and another content is refused.
 */
type UploadContent =
  | { readonly text: readonly (Arg | SecretRef)[] }
  | { readonly file: string; readonly sha256: string; readonly bytes: number };

/** A secret by the name under which the run was given it or an earlier step captured it. It never stands in a plan. */
export interface SecretRef {
  readonly secret: string;
}

export interface Download {
  /** A file of the host, or the standard output of a command that exits with 0. */
  readonly from: { readonly path: string; readonly root: boolean } | { readonly command: Command };
  /** Absolute, on this machine. */
  readonly to: string;
}

/** A TCP connection from this machine, tried several times a second. */
interface Reach {
  readonly reach: { readonly host: string; readonly port: number };
  readonly withinSec: number;
}

interface Confirm {
  readonly question: Message;
  readonly withinSec: number;
}

/**
 * Names of nodes whose etcd member does not answer while the step runs, or leaves the cluster by it. The step is refused
 * when fewer healthy voters than the quorum would remain at that moment. A restore leaves it out.
 */
export interface QuorumEffect {
  readonly stops?: readonly string[];
  readonly removes?: readonly string[];
}

/**
 * `undoTo` names this or an earlier step: the steps from here back to it are undone, last first. Where steps before it can
 * be taken back too, or it `isPart` of what the plan does, the run is not over then. `way-back` runs the plan's own `undo`.
 */
export type OnFailure = { readonly undoTo: string; readonly isPart?: true } | 'way-back';

/** A reason why an operation cannot begin, or should be thought about, with what to do. */
export interface Concern {
  readonly message: Message;
  readonly remedy?: Message;
  readonly host?: string;
}

/** What stands against a plan, and what should be thought about before it. */
export interface Concerns {
  readonly blockers: readonly Concern[];
  readonly warnings: readonly Concern[];
}

/** Nothing stands against it. */
export const noConcerns: Concerns = { blockers: [], warnings: [] };

/** What stands against a plan by any of these. */
export function allConcerns(parts: readonly Concerns[]): Concerns {
  return {
    blockers: parts.flatMap((each) => each.blockers),
    warnings: parts.flatMap((each) => each.warnings),
  };
}

/** Everything an operation is going to do. What is shown, stored, compared and executed is this value. */
export interface Plan extends Concerns {
  readonly operation: string;
  readonly cluster: string;
  readonly title: Message;
  /** What it means for those who use the cluster, in numbers: members of etcd that stay up, how long nobody answers. */
  readonly outlook?: readonly Message[];
  readonly steps: readonly Step[];
  /** How to go back, in sentences; empty when nothing is changed that would need it. */
  readonly wayBack: readonly Message[];
  /**
   * The way back as steps, from wherever the run stopped, where it is more than the steps' own `undo` from the last to the
   * first. It can be run until what it needs is discarded.
   */
  readonly undo?: readonly Step[];
  /** Set when the operator must type the cluster's name before it runs. */
  readonly destructive: boolean;
}

/** What tells whether a step is done already; undefined for a step that nothing can be asked about. */
export function doneOf(step: Step): Probe | undefined {
  return 'done' in step ? step.done : undefined;
}

/** The steps that take back what `steps` did, the last one first. */
export function undoOf(steps: readonly Step[]): Step[] {
  return steps.toReversed().flatMap((step) => ('undo' in step ? (step.undo ?? []) : []));
}
