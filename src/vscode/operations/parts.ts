import type * as vscode from 'vscode';
import type { ClusterStore } from '../explorer/cluster-store';
import type { Subject } from '../explorer/cluster-tree';
import type { NodeFindings } from '../explorer/node-findings';
import type { LiveWorkspace } from '../live-workspace';
import type { PlanDocuments } from '../plan/plan-documents';

/** What the commands of the operations work with. */
export interface Parts {
  readonly context: vscode.ExtensionContext;
  readonly live: LiveWorkspace;
  readonly store: ClusterStore;
  readonly plans: PlanDocuments;
  readonly output: vscode.OutputChannel;
  /** What the programs of nodes said of open files. */
  readonly programs: vscode.DiagnosticCollection;
  /** What nodes show that the files want otherwise. */
  readonly nodeFindings: NodeFindings;
}

/** A command on a cluster or a node; from the palette there is no subject, and the command asks. */
export type Operation = (parts: Parts, subject: Subject | undefined) => Promise<void>;
