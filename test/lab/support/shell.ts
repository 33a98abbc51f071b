import { spawnSync } from 'node:child_process';
import { namespace } from './layout';

/** How a program on this machine ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of this machine to its end. */
export function run(
  argv: readonly string[],
  options: { readonly stdin?: string; readonly timeoutSec?: number } = {},
): Ended {
  const [program = '', ...args] = argv;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: (options.timeoutSec ?? 120) * 1000,
    ...(options.stdin !== undefined && { input: options.stdin }),
  });
  return {
    code: status ?? 255,
    stdout: stdout ?? '',
    stderr: `${stderr ?? ''}${error === undefined ? '' : error.message}`,
  };
}

/** Runs a program that must succeed; what it printed. @throws Error with its last words */
export function must(
  argv: readonly string[],
  options: { readonly stdin?: string; readonly timeoutSec?: number } = {},
): string {
  const { code, stdout, stderr } = run(argv, options);
  if (code !== 0)
    throw new Error(`${argv.join(' ')} ended with ${code}:\n${stdout.slice(-1000)}${stderr.slice(-1000)}`);
  return stdout;
}

/** A program inside the lab's network. Unlike `ip netns exec`, `nsenter` leaves /sys, and with it the cgroups, as they are. */
export const inLab = (...argv: readonly string[]): string[] => [
  'nsenter',
  `--net=/run/netns/${namespace}`,
  '--',
  ...argv,
];

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Asks until the answer is there. @throws Error that says what was waited for */
export async function until<Answer>(
  what: string,
  ask: () => Answer | undefined | false | Promise<Answer | undefined | false>,
  withinSec: number,
  signal?: AbortSignal,
): Promise<Answer> {
  const end = Date.now() + withinSec * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (signal?.aborted === true) throw new Error(`${what}: interrupted`);
    if (Date.now() > end) throw new Error(`${what}: not within ${withinSec} s`);
    await sleep(150);
  }
}
