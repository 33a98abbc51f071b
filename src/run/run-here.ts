import { spawn } from 'node:child_process';
import type { Command, ExecResult } from '../ops/command';

/** Runs a command on this machine, as the user who is at it. Cancelling ends it as Ctrl-C would. */
export function runHere({ argv, timeoutSec }: Command, signal: AbortSignal): Promise<ExecResult> {
  const [program, ...args] = argv.map(String) as [string, ...string[]];
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutSec * 1000)]);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const streams = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      streams.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      streams.stderr += chunk.toString();
    });
    const stop = () => child.kill('SIGINT');
    limit.addEventListener('abort', stop, { once: true });
    child.on('error', reject);
    child.on('close', (code) => {
      limit.removeEventListener('abort', stop);
      resolve({ code, ...streams });
    });
  });
}
