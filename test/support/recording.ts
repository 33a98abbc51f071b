import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One command that was given to a real machine, with what it answered and left behind. */
export interface Recording {
  readonly name: string;
  readonly command: string;
  /** Shell text that set the scene, without what it printed. */
  readonly preparation: string;
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Lines like `-rw------- 1 root root 0 23:43:17 db/reset-flag`, below the server's folder. */
  readonly filesAfter: readonly string[];
}

/** The recordings of a folder whose names fit. */
export function readRecordings(folder: string, fits: RegExp): Recording[] {
  return readdirSync(folder)
    .filter((name) => fits.test(name))
    .sort()
    .map((name) => parse(name.replace(/\.txt$/, ''), readFileSync(join(folder, name), 'utf8')));
}

function parse(name: string, text: string): Recording {
  const head = (key: string) => new RegExp(`^# ${key}: (.*)$`, 'm').exec(text)?.[1] ?? '';
  const part = (key: RegExp): string[] => {
    const lines = text.split('\n');
    const start = lines.findIndex((line) => line.startsWith('--- ') && key.test(line));
    if (start < 0) return [];
    const end = lines.findIndex((line, i) => i > start && line.startsWith('--- '));
    return lines.slice(start + 1, end < 0 ? undefined : end);
  };
  return {
    name,
    command: head('command'),
    preparation: part(/prepared with/)[0] ?? '',
    exit: Number(head('exit')),
    stdout: part(/stdout/)
      .join('\n')
      .trim(),
    stderr: part(/stderr/)
      .join('\n')
      .trim(),
    filesAfter: part(/files after/).filter((line) => /^[-d]/.test(line)),
  };
}

/** What k3s itself says in the end, without times, numbers that change, and what it says of keys that are not its own. */
export function verdicts(stderr: string): string[] {
  return stderr
    .split('\n')
    .filter((line) => /level=(?:fatal|info|warning|error)/.test(line) && !line.includes('Unknown flag'))
    .map((line) =>
      line
        .replace(/^time="[^"]*" /, '')
        .replace(/\d{4,}/g, 'N')
        .replace(/\[[\d ]+\]/g, '[…]'),
    );
}
