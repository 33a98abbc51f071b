import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One message of the program under comparison. Lines count from 1; undefined where it names none. */
export interface Complaint {
  readonly line: number | undefined;
  readonly level: 'error' | 'warning';
  readonly text: string;
}

interface Verdict {
  readonly accepted: boolean;
  readonly complaints: readonly Complaint[];
}

const cache = join(tmpdir(), 'haven-accuracy-3');

/** A program that judges HAProxy configurations. */
export interface HaproxyProgram {
  /** As it is called: a name on the path or a path. */
  readonly command: string;
  /** The whole number it gives itself, such as 3.0.11-1+deb13u3. */
  readonly number: string;
  /** Its release, such as [3, 0]. */
  readonly release: readonly number[];
}

/** The program that HAVEN_HAPROXY names, or the one on the path; undefined where it does not run. */
export function haproxyProgram(): HaproxyProgram | undefined {
  const command = process.env.HAVEN_HAPROXY ?? 'haproxy';
  const words = /version ((\d+)\.(\d+)\S*)/.exec(spawnSync(command, ['-v'], { encoding: 'utf8' }).stdout ?? '');
  if (words?.[1] === undefined) return undefined;
  return { command, number: words[1], release: [Number(words[2]), Number(words[3])] };
}

/** The line that a complaint is about; one about the line that is read may name another one behind it. */
function blamedLine(complaint: string): number | undefined {
  const places = [...complaint.matchAll(/\[FILE:(\d+)\]|\(at FILE:(\d+)\)/g)];
  const at = complaint.startsWith('parsing [') ? places[0] : places.at(-1);
  return at === undefined ? undefined : Number(at[1] ?? at[2]);
}

/** Asks `haproxy -c` about a text, or the answer it gave to the same text before. */
export function askHaproxy(program: HaproxyProgram, text: string): Verdict {
  mkdirSync(cache, { recursive: true });
  const key = join(cache, `haproxy-${program.number}-${createHash('sha256').update(text).digest('hex')}.json`);
  if (existsSync(key)) {
    const { accepted, complaints } = JSON.parse(readFileSync(key, 'utf8')) as Verdict;
    return { accepted, complaints: complaints.map((each) => ({ ...each, line: blamedLine(each.text) })) };
  }
  const folder = mkdtempSync(join(cache, 'run-'));
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, text);
  // In a folder of its own, because the program makes the files of rings that a text names.
  const run = spawnSync(program.command, ['-c', '-f', file], { cwd: folder, encoding: 'utf8', timeout: 120_000 });
  rmSync(folder, { recursive: true });
  const complaints: Complaint[] = [];
  for (const line of run.stderr.split('\n')) {
    const head = /^\[(ALERT|WARNING)\]\s*\(\d+\) : (?:config : )?(.*)$/.exec(line);
    if (head?.[2] === undefined) continue;
    if (/rror\(s\) found in configuration|Could not open configuration file|^Fatal errors found/.test(head[2]))
      continue;
    const text = head[2].replaceAll(file, 'FILE');
    complaints.push({ line: blamedLine(text), level: head[1] === 'ALERT' ? 'error' : 'warning', text });
  }
  const verdict: Verdict = { accepted: run.status === 0 || run.status === 2, complaints };
  writeFileSync(key, JSON.stringify(verdict));
  return verdict;
}
