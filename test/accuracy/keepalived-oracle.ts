import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One message of `keepalived -t`. Lines count from 1; undefined where it names none. */
export interface Remark {
  readonly line: number | undefined;
  readonly text: string;
}

export interface KeepalivedVerdict {
  /** Exit code; undefined where the program was ended by a signal. */
  readonly code: number | undefined;
  readonly remarks: readonly Remark[];
}

const cache = join(tmpdir(), 'haven-accuracy-keepalived-5');

/** A program that judges keepalived configurations. */
export interface KeepalivedProgram {
  /** As it is called: a name on the path or a path. */
  readonly command: string;
  /** The whole number it gives itself, such as 2.3.3. */
  readonly number: string;
  /** The same as numbers. */
  readonly release: readonly number[];
}

/** The program that HAVEN_KEEPALIVED names, or the one on the path; undefined where it does not run. */
export function keepalivedProgram(): KeepalivedProgram | undefined {
  const command = process.env.HAVEN_KEEPALIVED ?? 'keepalived';
  const run = spawnSync(command, ['-v'], { encoding: 'utf8' });
  const number = /v(\d+\.\d+\.\d+)/.exec(`${run.stdout ?? ''}${run.stderr ?? ''}`)?.[1];
  return number === undefined ? undefined : { command, number, release: number.split('.').map(Number) };
}

/**
 * Makes the interfaces of a file in this process's own network, and in the network namespaces that it may name, and asks
 * the program about every text in the folder. What the namespaces need below /run nobody else sees.
 */
const script = `
mount -t tmpfs tmpfs /run || exit 1
cd "$1"; program="$2"; namespaces="$3"; shift 3
for name in "$@"; do ip link add "$name" type bridge 2>/dev/null; ip link set "$name" up 2>/dev/null; done
for space in $namespaces; do
  ip netns add "$space"; ip -n "$space" link set lo up
  for name in "$@"; do ip -n "$space" link add "$name" type bridge; ip -n "$space" link set "$name" up; done 2>/dev/null
done
for file in *.conf; do
  : >"$file.out"; code=0
  for id in $(cat "$file.ids"); do
    timeout 4 "$program" -t -i "$id" -f "$file" >>"$file.out" 2>&1
    last=$?; [ $last -gt $code ] && code=$last
  done
  echo $code >"$file.code"
done
`;

/**
 * What `keepalived -t` says about each text, in a network namespace of its own that has nothing but `interfaces`. Answers
 * are kept, as the program is asked the same again in every run.
 */
export function askKeepalived(
  program: KeepalivedProgram,
  texts: readonly string[],
  interfaces: readonly string[],
): KeepalivedVerdict[] {
  mkdirSync(cache, { recursive: true });
  const names = [...new Set(interfaces)].filter((each) => /^[A-Za-z][\w.-]{0,14}$/.test(each) && each !== 'lo').sort();
  const keys = texts.map((text) =>
    join(cache, `${program.number}-${createHash('sha256').update(`${names.join()}\n${text}`).digest('hex')}.json`),
  );
  const unknown = keys.flatMap((key, index) => (existsSync(key) ? [] : [index]));
  if (unknown.length > 0) {
    const folder = mkdtempSync(join(cache, 'run-'));
    const fileOf = (index: number) => join(folder, `${String(index).padStart(6, '0')}.conf`);
    for (const index of unknown) {
      writeFileSync(fileOf(index), texts[index] ?? '');
      writeFileSync(`${fileOf(index)}.ids`, hostsOf(texts[index] ?? '').join('\n'));
    }
    const spaces = [...new Set(unknown.flatMap((index) => namespacesIn(texts[index] ?? '')))].join(' ');
    spawnSync('unshare', ['--net', '--mount', 'sh', '-c', script, 'sh', folder, program.command, spaces, ...names], {
      timeout: 600_000,
    });
    for (const index of unknown) {
      const output = readFileSync(`${fileOf(index)}.out`, 'utf8');
      const code = Number(readFileSync(`${fileOf(index)}.code`, 'utf8'));
      const verdict: KeepalivedVerdict = {
        code: code === 124 || code > 128 ? undefined : code,
        remarks: remarksIn(output),
      };
      writeFileSync(keys[index] ?? '', JSON.stringify(verdict));
    }
    rmSync(folder, { recursive: true });
  }
  return keys.map((key) => JSON.parse(readFileSync(key, 'utf8')) as KeepalivedVerdict);
}

function namespacesIn(text: string): string[] {
  return [...text.matchAll(/\bnet_namespace(?:_ipvs)?[ \t]+([A-Za-z][\w-]{0,20})/g)].map((each) => each[1] ?? '');
}

/** The hosts that a text has lines for (`@lb1 …`); where it has none, one that no line names. */
function hostsOf(text: string): string[] {
  const conditions = [...text.matchAll(/^[ \t]*@(\^?)([\w.-]+)[ \t]/gm)];
  const named = [...new Set(conditions.map((each) => each[2] ?? ''))];
  return named.length === 0 || conditions.every((each) => each[1] === '^') ? [...named, 'other-host'] : named;
}

/** The file is read several times, so one fault is said several times, with and without the name of the file. */
function remarksIn(output: string): Remark[] {
  const found = new Map<string, Remark>();
  for (const line of output.split('\n')) {
    const text = line.trim();
    if (text === '' || text === 'Terminated') continue;
    const at = /^\((?:[^()]*: )?Line (\d+)\) (.*)$/.exec(text);
    const remark = at?.[2] === undefined ? { line: undefined, text } : { line: Number(at[1]), text: at[2] };
    const key = `${remark.line} ${remark.text}`;
    if (!found.has(key)) found.set(key, remark);
  }
  return [...found.values()];
}
