import type { FileKind } from '../../base/file-kind';
import type { Command } from '../command';
import { checkerOf } from './config-file';

const script = `path=$1 release=$2
shift 2
f=$(mktemp -- "$(dirname -- "$path")/.haven-check.XXXXXX" 2>/dev/null || mktemp /run/haven-check.XXXXXX 2>/dev/null || mktemp) || exit 1
trap 'rm -f -- "$f"' EXIT
cat >"$f"
echo "=== file $f"
echo "=== release $($release 2>&1 | head -n 1)"
"$@" "$f" 2>&1
echo "=== code $?"`;

/**
 * Lets the program of a host judge a text that comes on standard input. It lies beside the real file for that moment, so
 * that what it includes by a relative name is found, under a hidden name that only root can read. Undefined where there
 * is no program to ask.
 *
 * @param path where the file lives on the host
 */
export function checkText(kind: FileKind, path: string): Command | undefined {
  const checker = checkerOf(kind);
  if (checker === undefined) return undefined;
  return { argv: ['sh', '-c', script, 'sh', path, checker.release, ...checker.argv], root: true, timeoutSec: 60 };
}

/** One thing that a program said of a text. */
interface Remark {
  /** From 1; undefined where it names no line. */
  readonly line: number | undefined;
  readonly severity: 'error' | 'warning' | 'info';
  readonly text: string;
}

/** What a program made of a text. */
export interface ProgramVerdict {
  readonly accepted: boolean;
  /** The first line in which it tells its release. */
  readonly release: string;
  readonly remarks: readonly Remark[];
}

/** How bad a line of output is, by how it begins; lines of no kind, and sums of what was said before, say nothing. */
const levels: readonly (readonly [RegExp, Remark['severity'] | undefined])[] = [
  [/^\[ALERT\].*(?:Fatal errors found in configuration|Error\(s\) found in configuration file)/, undefined],
  [/^\[NOTICE\].*(?:haproxy version is|path to executable is)/, undefined],
  [/^\[ALERT\]/, 'error'],
  [/^\[WARNING\]/, 'warning'],
  [/^\[(?:NOTICE|DIAG)\]/, 'info'],
  [/\[(?:emerg|alert|crit|error)\] /, 'error'],
  [/\[warn\] /, 'warning'],
  [/^\(.*\)\s*warning\b/i, 'warning'],
  [/^\(/, 'error'],
  [/^error: /, 'error'],
];

/**
 * Reads what `checkText` printed. Undefined when the host did not get as far as to ask the program, or has none (a shell
 * says 127 then).
 */
export function parseVerdict(output: string): ProgramVerdict | undefined {
  const file = /^=== file (.+)$/m.exec(output)?.[1];
  const code = /^=== code (\d+)$/m.exec(output)?.[1];
  if (file === undefined || code === undefined || code === '127') return undefined;
  const release = /^=== release (.*)$/m.exec(output)?.[1] ?? '';
  const said = output.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('=== '));
  const remark = (line: string, severity: Remark['severity']): Remark => ({
    line: lineIn(line, file),
    severity,
    text: bare(line, file),
  });
  const remarks = said.flatMap((line) => {
    const severity = levels.find(([pattern]) => pattern.test(line))?.[1];
    return severity === undefined ? [] : [remark(line, severity)];
  });
  const accepted = code === '0';
  const last = said.at(-1);
  // A program that refuses in words nobody foresaw is quoted all the same.
  if (!accepted && last !== undefined && !remarks.some((each) => each.severity === 'error'))
    remarks.push(remark(last, 'error'));
  return { accepted, release, remarks };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The line that a message names: `[FILE:12]`, `(FILE: Line 12)`, `(Line 12)`, `in FILE:12`, `yaml: line 12`. */
function lineIn(message: string, file: string): number | undefined {
  const found =
    new RegExp(`${escaped(file)}:(?: Line )?(\\d+)`).exec(message) ??
    /^\(Line (\d+)\)/.exec(message) ??
    /\b(?:yaml: |at )line (\d+)\b/.exec(message);
  return found === null ? undefined : Number(found[1]);
}

/** The message without what the editor shows anyhow: level, process number, place. */
function bare(message: string, file: string): string {
  return message
    .replace(/^\[[A-Z]+\]\s*(?:\(\d+\)|\d+\/\d+ \(\d+\))?\s*:?\s*/, '')
    .replace(/^config\s*:\s*/, '')
    .replace(/^(?:parsing )?\[[^\]]*:\d+\]\s*:?\s*/, '')
    .replace(/^(?:nginx:|[\d/]+ [\d:]+) \[\w+\] (?:\d+#\d+: )?/, '')
    .replace(/^\((?:.*: )?Line \d+\)\s*/, '')
    .replace(new RegExp(` in ${escaped(file)}(?::\\d+)?`), '')
    .replaceAll(file, 'the file')
    .trim();
}
