/**
 * The commands of `operations/index.ts`, which the compiler holds to this list, without loading them; they stand in
 * package.json too, with their icons and menus.
 */
export const operationNames = [
  'checkConfig',
  'takeSnapshot',
  'restoreSnapshot',
  'undoRestore',
  'discardRestore',
  'testSnapshot',
  'downloadSnapshot',
  'sendSnapshot',
  'deleteSnapshot',
  'pruneSnapshots',
  'snapshotSchedule',
  'pushConfig',
  'showDrift',
  'showCertificates',
  'renewCertificates',
  'removeMember',
  'readdMember',
  'defragment',
  'joinNode',
  'removeNode',
  'drainNode',
  'uncordonNode',
  'rollingRestart',
  'upgrade',
  'failoverDrill',
  'collectBackup',
  'resumeOperation',
  'exportRunbook',
] as const;

export type OperationName = (typeof operationNames)[number];
