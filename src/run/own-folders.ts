import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where Haven keeps what outlives it and belongs to no folder. The editor and the command line share it, so that a run which
 * one of them began can be gone on with by the other. `$XDG_STATE_HOME/haven`, usually `~/.local/state/haven`; on Windows
 * below `%LOCALAPPDATA%`.
 */
function stateFolder(): string {
  const { XDG_STATE_HOME: named, LOCALAPPDATA: local } = process.env;
  // A relative path there is to be ignored (XDG Base Directory Specification).
  if (named?.startsWith('/') === true) return join(named, 'haven');
  if (process.platform === 'win32' && local !== undefined) return join(local, 'haven');
  return join(homedir(), '.local', 'state', 'haven');
}

/** Journals of runs. */
export const runsFolder = () => join(stateFolder(), 'runs');

/** Copies of snapshots that runs still need: each holds every secret of its cluster. */
export const copiesFolder = () => join(stateFolder(), 'snapshots');

/** Host keys that the user accepted, in the form of known_hosts. */
export const ownKnownHosts = () => join(stateFolder(), 'known_hosts');

/** Tells clusters of the same name apart: the path of the inventory and the name in it. */
export function siteKey(inventory: string, cluster: string): string {
  const path = inventory.replaceAll('\\', '/').replace(/^[A-Z]:/, (drive) => drive.toLowerCase());
  return `${path}#${cluster}`;
}
