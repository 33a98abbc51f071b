/** What a run keeps on a server until the operator discards it; on the disk, so that a reboot forgets nothing. */
export function restoreFolder(stamp: string): string {
  return `/var/lib/haven/restore-${stamp}`;
}

export function restoreScriptPath(stamp: string): string {
  return `${restoreFolder(stamp)}/restore.sh`;
}
