import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecRequest, Transport } from '../../src/run/transport';

/**
 * A host whose shell is this machine's own and whose `/etc`, `/var` and `/run` are folders below a temporary one, so that
 * scripts are run as they are. Programs that a test names stand in for the real ones; `systemctl` and `systemd-run` always do.
 */
export class SandboxHost implements Transport {
  readonly root = mkdtempSync(join(tmpdir(), 'haven-host-'));
  readonly sent: string[] = [];

  constructor(
    readonly host: string,
    programs: Readonly<Record<string, string>> = {},
  ) {
    for (const [name, text] of Object.entries({ systemctl, 'systemd-run': systemdRun, chcon: 'exit 0', ...programs })) {
      this.put(`/bin/${name}`, `#!/bin/sh\nROOT='${this.root}'\n${text}\n`);
      chmodSync(join(this.root, 'bin', name), 0o755);
    }
  }

  put(path: string, text: string, mode = 0o644): void {
    const place = join(this.root, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text, { mode });
  }

  text(path: string): string | undefined {
    const place = join(this.root, path);
    return existsSync(place) ? readFileSync(place, 'utf8') : undefined;
  }

  list(path: string): string[] {
    const place = join(this.root, path);
    return existsSync(place) ? readdirSync(place).sort() : [];
  }

  /** Lets a timer of `systemd-run` go off. */
  async fire(unit: string): Promise<void> {
    const words = (this.text(`/units/${unit}.timer`) ?? '').split('\n').filter((each) => each !== '');
    rmSync(join(this.root, 'units', `${unit}.timer`), { force: true });
    await this.exec({ argv: words, root: true, timeoutSec: 20 });
  }

  async exec(request: ExecRequest, signal?: AbortSignal) {
    let stdout = '';
    const { code, stderr } = await this.stream(
      request,
      (chunk) => {
        stdout += Buffer.from(chunk).toString();
      },
      signal,
    );
    return { code, stdout, stderr };
  }

  async stream(request: ExecRequest, onChunk: (chunk: Uint8Array) => void | Promise<void>, _signal?: AbortSignal) {
    this.sent.push(request.argv.join(' '));
    let argv = request.argv.map((word) => this.moved(word));
    // A script that was put there names the paths of a real machine.
    if (argv[0] === 'sh' && argv[1]?.startsWith('/') === true)
      argv = [
        'sh',
        '-c',
        this.moved(existsSync(argv[1]) ? readFileSync(argv[1], 'utf8') : 'exit 127'),
        'sh',
        ...argv.slice(2),
      ];
    const child = spawn(argv[0] ?? '', argv.slice(1), {
      env: { PATH: `${join(this.root, 'bin')}:${process.env.PATH}`, LC_ALL: 'C' },
      cwd: this.root,
    });
    const chunks: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdout.on('data', (chunk: Buffer) => void onChunk(chunk));
    child.stdin.on('error', () => {});
    if (request.stdin !== undefined) {
      if (typeof request.stdin === 'string' || request.stdin instanceof Uint8Array) child.stdin.write(request.stdin);
      else for await (const chunk of request.stdin) child.stdin.write(chunk);
    }
    child.stdin.end();
    const code = await ended(child);
    return { code, stderr: Buffer.concat(chunks).toString() };
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private moved(text: string): string {
    // Processes of this machine are none of the host's: another test's etcd, or a program of another release, may be among them.
    return text
      .replace(/(^|[\s"'=:(<>])\/(etc|var|run)\//g, `$1${this.root}/$2/`)
      .replaceAll('/proc/[0-9]*/', `${this.root}/proc/[0-9]*/`);
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code));
  });
}

/** Units are files that hold their state; a file `units/NAME.refuses` lets a reload or start fail. Every change is written down. */
const systemctl = `
U=$ROOT/units
mkdir -p "$U"
verb=; names=; property=
for w in "$@"; do
  case $w in
  --quiet|-q|--value|--no-pager) ;;
  -p) property=next;;
  -*) ;;
  *) if [ "$property" = next ]; then property=$w; elif [ -z "$verb" ]; then verb=$w; else names="$names $w"; fi;;
  esac
done
code=0
for n in $names; do
  f=$U/\${n%.service}
  case $verb in
  show) if [ "$property" = LoadState ]; then [ -e "$f" ] && echo loaded || echo not-found
    else [ -e "$f" ] && cat "$f" || echo inactive; fi;;
  is-active) case $n in
    *.timer) [ -e "$U/$n" ] && s=active || s=inactive;;
    *) s=$(cat "$f" 2>/dev/null || echo inactive);; esac
    case " $* " in *quiet*) ;; *) echo "$s";; esac
    [ "$s" = active ] || code=3;;
  stop) case $n in *.timer) rm -f "$U/$n";; *) echo "$verb $n" >>"$U/log"; echo inactive >"$f";; esac;;
  start|restart|reload|reload-or-restart)
    echo "$verb $n" >>"$U/log"
    if [ -e "$f.refuses" ] && sh "$f.refuses"; then code=1; [ "$verb" = reload ] || echo failed >"$f"
    else echo active >"$f"; fi;;
  reset-failed) ;;
  *) echo "Unknown command verb $verb." >&2; exit 1;;
  esac
done
exit $code`;

/** A timer is a file that holds the words of its command, one a line. */
const systemdRun = `
unit=
while :; do
  case $1 in
  --unit=*) unit=\${1#--unit=};;
  -*) ;;
  *) break;;
  esac
  shift
done
mkdir -p "$ROOT/units"
[ ! -e "$ROOT/units/$unit.timer" ] || { echo "Unit $unit.timer already exists." >&2; exit 1; }
for w in "$@"; do printf '%s\\n' "$w"; done | sed "s|$ROOT/|/|" >"$ROOT/units/$unit.timer"`;
