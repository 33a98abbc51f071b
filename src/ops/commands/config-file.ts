import type { FileKind } from '../../base/file-kind';
import type { Command, Condition, Probe } from '../command';

/**
 * Tells of each file its mode, owner, size, hash and content (base64, so that any byte arrives), of each door
 * (`host:port`) the status its HTTPS gives, of each unit its state, and which checkers the host has. Reads only.
 */
const readScript = `mode=file
for f in "$@"; do
  case $f in --doors) mode=door; continue;; --units) mode=unit; continue;; esac
  case $mode in
  file)
    if [ ! -e "$f" ]; then printf '=== absent %s\\n' "$f"; continue; fi
    printf '=== file %s %s\\n' "$(stat -Lc '%a %U:%G %s' -- "$f")" "$f"
    sha256sum <"$f"; base64 <"$f";;
  door) printf '=== door %s %s\\n' "$(curl -sk -m 4 -o /dev/null -w '%{http_code}' "https://$f/")" "$f";;
  unit) printf '=== unit %s %s\\n' "$(systemctl show -p LoadState --value "$f")/$(systemctl show -p ActiveState --value "$f")" "$f";;
  esac
done
for p in haproxy keepalived nginx kubeadm curl systemd-run; do command -v $p >/dev/null && printf '=== program %s\\n' $p; done
echo '=== end'`;

interface ConfigQuestions {
  readonly files: readonly string[];
  /** `host:port`, asked over HTTPS from the node itself. */
  readonly doors: readonly string[];
  readonly units: readonly string[];
}

export function readConfigCommand({ files, doors, units }: ConfigQuestions): Command {
  const argv = ['sh', '-c', `{ ${readScript}\n} 2>/dev/null`, 'sh', ...files, '--doors', ...doors, '--units', ...units];
  return { argv: argv as ['sh', ...string[]], root: true, timeoutSec: 30 + 5 * doors.length };
}

/** A file as it lies on a node. */
export interface FoundFile {
  readonly path: string;
  /** Octal text. */
  readonly mode: string;
  readonly owner: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly text: string;
}

/** What a node answered to `readConfigCommand`. */
export interface NodeConfig {
  readonly files: readonly FoundFile[];
  readonly absent: readonly string[];
  /** HTTP status by door; `000` where nothing answered. */
  readonly doors: ReadonlyMap<string, string>;
  /** `loaded/active` and the like by unit. */
  readonly units: ReadonlyMap<string, string>;
  readonly programs: readonly string[];
}

/** Reads what `readConfigCommand` printed. Accepts any text; a part cut short is left out. */
export function parseConfig(output: string): NodeConfig {
  const files: FoundFile[] = [];
  const absent: string[] = [];
  const doors = new Map<string, string>();
  const units = new Map<string, string>();
  const programs: string[] = [];
  for (const part of output.split(/^=== /m).slice(1)) {
    const [head = '', hash = '', ...content] = part.split('\n');
    const [kind = '', ...words] = head.split(' ');
    if (kind === 'absent') absent.push(words.join(' '));
    else if (kind === 'door') doors.set(words[1] ?? '', words[0] ?? '');
    else if (kind === 'unit') units.set(words[1] ?? '', words[0] ?? '');
    else if (kind === 'program') programs.push(words[0] ?? '');
    else if (kind === 'file') {
      const [mode = '', owner = '', size = '', ...path] = words;
      const sha256 = /^[0-9a-f]{64}/.exec(hash)?.[0];
      const text = fromBase64(content.join(''));
      if (sha256 === undefined || text === undefined) continue;
      files.push({ path: path.join(' '), mode, owner, bytes: Number(size), sha256, text });
    }
  }
  return { files, absent, doors, units, programs };
}

function fromBase64(text: string): string | undefined {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text.trim()), (char) => char.charCodeAt(0)));
  } catch {
    // Cut short on the way: then the file was not read.
    return undefined;
  }
}

/** Where a file is written that comes to lie at a path: what a run that breaks off may leave there. */
export function draftPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash)}/.${path.slice(slash + 1)}.haven-draft`;
}

/** Where a new file waits to be checked: beside the old one, hidden from programs that read whole folders. */
export function stagedPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash)}/.${path.slice(slash + 1)}.haven-new`;
}

/** Where the file that is replaced is kept, for the run of this stamp. */
export function keptPath(stamp: string, path: string): string {
  return `/var/lib/haven/kept/${stamp}${path}`;
}

/** keepalived 2.2 says 0 when the file, or one that it includes, is not there, so its words are looked at too. */
const keepalivedCheck = `said=$(keepalived -t -f "$1" 2>&1); code=$?
printf '%s\\n' "$said"
case $said in *'onfig files missing'*) exit 1;; esac
exit $code`;

/**
 * Checking already makes and moves files that a configuration names without a folder, as the `backing-file` of a ring (seen with 2.6):
 * not in root's own folder. In memory first: /tmp may be full, read-only or away.
 */
const haproxyCheck = `d=$(mktemp -d /run/haven-check.XXXXXX 2>/dev/null || mktemp -d) && cd "$d" || exit 1
haproxy -c -f "$1"; code=$?
cd / && rm -rf -- "$d"
exit $code`;

/** A program that reads files of a kind, and how it is asked about one. */
interface Checker {
  readonly program: string;
  /** As people call it. */
  readonly name: string;
  /** The path comes behind. */
  readonly argv: readonly [string, ...string[]];
  /** Prints its release. */
  readonly release: string;
}

const checkers: Readonly<Partial<Record<FileKind, Checker>>> = {
  haproxy: { program: 'haproxy', name: 'haproxy -c', argv: ['sh', '-c', haproxyCheck, 'sh'], release: 'haproxy -v' },
  keepalived: {
    program: 'keepalived',
    name: 'keepalived -t',
    argv: ['sh', '-c', keepalivedCheck, 'sh'],
    release: 'keepalived --version',
  },
  nginx: { program: 'nginx', name: 'nginx -t', argv: ['nginx', '-t', '-c'], release: 'nginx -v' },
  kubeadm: {
    program: 'kubeadm',
    name: 'kubeadm config validate',
    argv: ['kubeadm', 'config', 'validate', '--config'],
    release: 'kubeadm version -o short',
  },
};

/** The program that will read files of this kind on a node; undefined where there is none to ask. */
export function checkerOf(kind: FileKind | undefined): Checker | undefined {
  return kind === undefined ? undefined : checkers[kind];
}

/** Asks the program that will read the file. Undefined where the node has no program for it. */
export function checkConfig(kind: FileKind | undefined, path: string): Command | undefined {
  const checker = checkerOf(kind);
  return checker === undefined ? undefined : { argv: [...checker.argv, path], root: true, timeoutSec: 60 };
}

/**
 * Keeps what lies at the path, once, and puts a copy of the staged file there in one move. A link is followed, so that it
 * stays a link; mode, owner and SELinux label go over from the old file.
 */
const replaceScript = `new=$1 kept=$3
path=$(readlink -f -- "$2") && [ -n "$path" ] || path=$2
umask 077
mkdir -p -- "$(dirname -- "$kept")" "$(dirname -- "$path")" || exit 1
if [ ! -e "$kept" ] && [ ! -e "$kept.absent" ]; then
  if [ -e "$path" ]; then cp -p -- "$path" "$kept.part" && mv -- "$kept.part" "$kept" || { rm -f -- "$kept.part"; exit 1; }; else : >"$kept.absent"; fi
fi
next=$(dirname -- "$path")/.$(basename -- "$path").haven-next
cp -p -- "$new" "$next" || exit 1
if [ -e "$path" ]; then
  chown --reference="$path" -- "$next" && chmod --reference="$path" -- "$next" || exit 1
  chcon --reference="$path" -- "$next" 2>/dev/null
fi
mv -f -- "$next" "$path" && sync`;

export function replaceFile(staged: string, path: string, kept: string): Command {
  return { argv: ['sh', '-c', replaceScript, 'sh', staged, path, kept], root: true, timeoutSec: 30 };
}

const stillScript = `now=absent
if [ -e "$1" ]; then now=$(sha256sum <"$1" | cut -d ' ' -f 1); fi
case $now in absent|"$2"|"$3") exit 0;; esac
echo "$1 was changed on this machine since the push was planned; look at it, then plan again" >&2
exit 1`;

/**
 * Fails when a file is neither what it was (absent where `before` is) nor what it becomes. Both are SHA-256 in hexadecimal. In
 * one that is gone by now there is nothing that could be lost.
 */
export function fileIsStill(path: string, before: string | undefined, after: string): Command {
  return { argv: ['sh', '-c', stillScript, 'sh', path, before ?? 'absent', after], root: true, timeoutSec: 30 };
}

/** Whether the file at `path` has this content. */
export function fileIs(host: string, path: string, sha256: string): Probe {
  return {
    host,
    command: { argv: ['sha256sum', '--', path], root: true, timeoutSec: 30 },
    yesWhen: { stdoutMatches: `^\\\\?${sha256} ` },
    withinSec: 0,
  };
}

/** A status that HTTPS gave, whatever it was: the door leads somewhere. curl says 000 when nothing answered. */
export const doorAnswers: Condition = { stdoutMatches: '^[1-9]\\d\\d$' };

export function askDoor(door: string): Command {
  const argv = ['curl', '-sk', '-m', '4', '-o', '/dev/null', '-w', '%{http_code}', `https://${door}/`] as const;
  return { argv, root: false, timeoutSec: 10 };
}
