import type { Transport } from './transport';

/** In the memory of the machine, so that a reboot frees it. */
const folder = '/run/haven';
const path = `${folder}/lock`;

/** Who runs what since when, for the one who comes second. */
export interface LockInfo {
  readonly run: string;
  readonly who: string;
  readonly what: string;
  readonly sinceMs: number;
}

export type LockResult = { readonly kind: 'held' } | { readonly kind: 'taken'; readonly by: LockInfo | undefined };

// The shell's noclobber makes the file only when it is not there, in one step.
const takeScript = 'umask 077; mkdir -p -- "$1" && set -C && printf "%s\\n" "$3" >"$2"';
const freeScript = '[ "$(cat -- "$1" 2>/dev/null)" = "$2" ] && rm -f -- "$1"; true';

/** Takes the lock of a cluster on its first server; says who has it when somebody else does. */
export async function takeLock(transport: Transport, info: LockInfo, signal?: AbortSignal): Promise<LockResult> {
  const argv = ['sh', '-c', takeScript, 'sh', folder, path, JSON.stringify(info)];
  const { code } = await transport.exec({ argv, root: true, timeoutSec: 20 }, signal);
  if (code === 0) return { kind: 'held' };
  const { stdout } = await transport.exec({ argv: ['cat', '--', path], root: true, timeoutSec: 20 }, signal);
  const by = readInfo(stdout);
  return by?.run === info.run ? { kind: 'held' } : { kind: 'taken', by };
}

/** Frees the lock if it is still ours. */
export async function freeLock(transport: Transport, info: LockInfo): Promise<void> {
  await transport.exec({
    argv: ['sh', '-c', freeScript, 'sh', path, JSON.stringify(info)],
    root: true,
    timeoutSec: 20,
  });
}

function readInfo(text: string): LockInfo | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'run' in value ? (value as LockInfo) : undefined;
  } catch {
    // Written by something else, or not there any more: then there is nobody to name.
    return undefined;
  }
}
