// The one door to the operations: a bundle of its own, loaded when the first command of one is called.

import type { OperationName } from '../operation-names';
import { renewCertificates, showCertificates } from './certificates';
import { checkConfig } from './check-config';
import { collectBackup } from './collect-backup';
import { discardRestore } from './discard-restore';
import { drainNode, uncordonNode } from './drain';
import { defragment, readdMember, removeMember } from './etcd-members';
import { exportRunbook } from './export-runbook';
import { failoverDrill } from './failover-drill';
import { joinNode } from './join-node';
import type { Operation } from './parts';
import { pushConfig } from './push-config';
import { removeNode } from './remove-node';
import { restoreSnapshot } from './restore-snapshot';
import { offerResume, resumeOperation, undoRestore } from './resume';
import { rollingRestart, upgrade } from './rolling';
import { showDrift } from './show-drift';
import { deleteSnapshot, downloadSnapshot, pruneSnapshots, sendSnapshot } from './snapshot-files';
import { snapshotSchedule } from './snapshot-schedule';
import { takeSnapshot } from './take-snapshot';
import { testSnapshot } from './test-snapshot';

/** By the name of the command, without `haven.`; each name is registered before this bundle is loaded. */
export const operations: Readonly<Record<OperationName, Operation>> = {
  checkConfig,
  takeSnapshot,
  restoreSnapshot,
  undoRestore,
  discardRestore,
  testSnapshot,
  downloadSnapshot,
  sendSnapshot,
  deleteSnapshot,
  pruneSnapshots,
  snapshotSchedule,
  pushConfig,
  showDrift,
  showCertificates,
  renewCertificates,
  removeMember,
  readdMember,
  defragment,
  joinNode,
  removeNode,
  drainNode,
  uncordonNode,
  rollingRestart,
  upgrade,
  failoverDrill,
  collectBackup,
  resumeOperation,
  exportRunbook,
};

export { offerResume };
