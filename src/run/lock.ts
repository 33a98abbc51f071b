import { say } from '../base/message';
import { HostError, type Transport } from './transport';

/** In the memory of the machine, so that a reboot frees it. */
const folder = '/run/haven';
export const lockPath = `${folder}/lock`;

/** Who runs what since when, for the one who comes second. */
export interface LockInfo {
  /** The id of the run: a run that is resumed finds its own lock. Letters, digits and dashes. */
  readonly run: string;
  readonly who: string;
  readonly what: string;
  readonly sinceMs: number;
}

type LockResult = { readonly kind: 'held' } | { readonly kind: 'taken'; readonly by: LockInfo | undefined };

// A link is made whole or not at all, and only where nothing is: a lock cut short in the middle would name nobody.
const takeScript = `umask 077
mkdir -p -- "$1" && printf '%s\\n' "$3" >"$2.$4" || exit 3
if ln -- "$2.$4" "$2" 2>/dev/null; then echo held
elif [ -e "$2" ]; then echo taken; cat -- "$2"
else ln -- "$2.$4" "$2" || r=3
fi
rm -f -- "$2.$4"
exit "\${r:-0}"`;
const freeScript = `[ -e "$1" ] || exit 0
said=$(cat -- "$1") || exit 1
case $said in *"$2"*) ;; *) exit 0;; esac
rm -f -- "$1"`;

/**
 * Takes the lock on one host; says who has it when another run does.
 * @throws HostError when the host cannot keep a lock, which is not the same as somebody having it
 */
export async function takeLock(transport: Transport, info: LockInfo, signal?: AbortSignal): Promise<LockResult> {
  const argv = ['sh', '-c', takeScript, 'sh', folder, lockPath, JSON.stringify(info), info.run];
  const { code, stdout, stderr } = await transport.exec({ argv, root: true, timeoutSec: 20 }, signal);
  if (code === 0 && /^held$/m.test(stdout)) return { kind: 'held' };
  if (code !== 0 || !stdout.startsWith('taken\n')) {
    throw new HostError(transport.host, say('the lock {0} cannot be taken: {1}', lockPath, stderr.trim()));
  }
  const by = readInfo(stdout.slice('taken\n'.length));
  // The same run in other hands is one that somebody goes on with from another machine, where their folders are shared.
  return by?.run === info.run && by.who === info.who ? { kind: 'held' } : { kind: 'taken', by };
}

/**
 * Frees the lock if it is this run's.
 * @throws HostError when the host does not let go of it
 */
export async function freeLock(transport: Transport, { run, who }: LockInfo): Promise<void> {
  // As it stands in the lock: of one run, only the holder frees it.
  const words = JSON.stringify({ run, who }).slice(1, -1);
  const argv = ['sh', '-c', freeScript, 'sh', lockPath, words];
  const { code, stderr } = await transport.exec({ argv, root: true, timeoutSec: 20 });
  if (code !== 0) {
    throw new HostError(transport.host, say('the lock {0} cannot be removed: {1}', lockPath, stderr.trim()));
  }
}

function readInfo(text: string): LockInfo | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isInfo(value) ? value : undefined;
  } catch {
    // Written by something else, or not there any more: then there is nobody to name.
    return undefined;
  }
}

function isInfo(value: unknown): value is LockInfo {
  if (typeof value !== 'object' || value === null) return false;
  const { run, who, what, sinceMs } = value as Readonly<Record<string, unknown>>;
  return [run, who, what].every((each) => typeof each === 'string') && Number.isFinite(sinceMs);
}
