import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PracticeWorld } from './practice';
import { sharedFolder } from './shared';

const folder = sharedFolder('facts', 'kubeadm', 'recordings', 'cluster');
/** Why nothing can be compared; false when it can. */
export const unrecorded = folder === undefined && 'there are no recordings beside the checkout';

/** What a command answered, here or there. */
export interface Answer {
  readonly exit: number;
  readonly seconds: number;
  readonly stdout: string;
  readonly stderr: string;
}

function parts(text: string): Answer {
  const head = (key: string) => Number(new RegExp(`^# ${key}: (\\S+)`, 'm').exec(text)?.[1]);
  const [, stdout = '', stderr = ''] = /--- stdout\n([\s\S]*?)--- stderr\n([\s\S]*)/.exec(text) ?? [];
  return { exit: head('exit'), seconds: head('seconds'), stdout, stderr };
}

/** The one command of a file. */
export const recorded = (name: string): Answer => parts(readFileSync(join(folder ?? '', `${name}.txt`), 'utf8'));

/** One command of a file that tells a story, by a piece of its words. */
export function told(name: string, words: string): Answer {
  const text = readFileSync(join(folder ?? '', `${name}.txt`), 'utf8');
  const story = text
    .split(/^(?=\[ *\d+\.\d s\])/m)
    .find((each) => /^\[/.test(each) && each.slice(0, each.indexOf('\n')).includes(words));
  assert.ok(story !== undefined, `${words} in ${name}`);
  const [first = '', ...rest] = story.split('\n');
  const body = rest.map((line) => line.replace(/^ {4}/, '')).join('\n');
  const [, exit, seconds] = /-> exit (\d+), ([\d.]+) s/.exec(first) ?? [];
  const [stdout = '', stderr = ''] = body.split(/^stderr:\n/m).map((each) => each.replace(/^stdout:\n/, ''));
  return { exit: Number(exit), seconds: Number(seconds), stdout, stderr };
}

/** Names and addresses of the lab as those of the practice cluster; what is random in Go, sorted; durations away. */
export function plain(text: string): string[] {
  const named = text
    .replace(/10\.77\.0\.100:[89]443/g, 'lb.example.com:6443')
    .replace(/10\.77\.0\.100/g, '127.77.1.100')
    .replace(/10\.77\.0\.1([123])\b/g, (_, last: string) => `127.77.1.1${Number(last) - 1}`)
    .replace(/10\.77\.0\.2\d\b/g, '127.77.1.20')
    .replace(/k8s-api\.lab/g, 'lb.example.com')
    .replace(/\bw[23]\b/g, 'w1')
    .replace(/sha256:[0-9a-f]{64}/g, 'sha256:HASH')
    .replace(/\b[0-9a-f]{64}\b/g, 'KEY')
    .replace(/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, 'TOKEN')
    .replace(/token ID "[a-z0-9]{6}"/g, 'token ID "ID"')
    .replace(/healthy after \S+/g, 'healthy after TIME')
    .replace(/\[([^\]\n]*)\]/g, (_, list: string) => `[${list.split(' ').sort().join(' ')}]`);
  const lines = named.split('\n').map((line) => line.trimEnd());
  const isFree = (line: string) => /^\[certs\]|is healthy after/.test(line);
  return [...lines.filter((line) => !isFree(line)), ...lines.filter(isFree).sort()].filter((line) => line !== '');
}

/** What it says in the end: warnings come and go with the machine. */
export const verdict = (text: string) =>
  plain(text).filter((line) => /^error:|^\s\[ERROR|^\[preflight\]|^\[reset\]/.test(line));

export async function ask(world: PracticeWorld, host: string, line: string): Promise<Answer> {
  const began = world.time.ms;
  const argv = ['sh', '-c', line];
  const { code, stdout, stderr } = await world.connect(host).exec({ argv, root: true, timeoutSec: 900 });
  return { exit: code ?? -1, seconds: (world.time.ms - began) / 1000, stdout, stderr };
}

export function sameAs(want: Answer, have: Answer): void {
  assert.deepEqual(plain(have.stdout), plain(want.stdout));
  assert.deepEqual(verdict(have.stderr), verdict(want.stderr));
  assert.equal(have.exit, want.exit);
  assert.ok(Math.abs(have.seconds - want.seconds) <= 6, `${have.seconds} s, and it was ${want.seconds}`);
}
