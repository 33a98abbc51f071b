import { criticalKeys } from '../../model/k3s/critical-values';
import type { Command } from '../command';
import { outputParts } from '../output-parts';

/**
 * Prints those entries of a configuration of k3s that servers compare, with the lines that go on with them, and nothing else:
 * tokens stay where they are.
 */
const toldFunction = `told() {
  printf 'file %s\\n' "$1"
  on=
  while IFS= read -r l || [ -n "$l" ]; do
    case $l in
      ''|[[:space:]]*|-*|'#'*) ! printf '%s\\n' "$l" | grep -q '^[[:space:]]*- ' || [ -z "$on" ] || printf '%s\\n' "$l";;
      *) on=; ! printf '%s\\n' "$l" | grep -qE '^["'\\'']?(${criticalKeys.join('|')})["'\\'']?[+]?[[:space:]]*:' || { on=yes; printf '%s\\n' "$l"; };;
    esac
  done <"$1"
}
`;

/**
 * Tells what a machine that shall join has on it: listening ports, programs, units, what an earlier cluster left,
 * the way out, room, and whether it reaches the addresses given (`curl` says 7 refused, 28 no answer, 6 no such name).
 * Reads only. The clock comes last: it is compared with ours when the answer is there, and addresses that are not reached take
 * seconds.
 */
const script = `${toldFunction}part() { printf '\\n=== %s\\n' "$1"; }
part host; hostname
part listen; sed -n 's/^ *[0-9]*: \\([0-9A-F]*:[0-9A-F]*\\) [0-9A-F]*:[0-9A-F]* 0A .*/\\1/p' /proc/net/tcp /proc/net/tcp6
part units; systemctl show k3s k3s-agent kubelet --property=Id,LoadState,ActiveState
part k3s; command -v k3s >/dev/null && k3s --version
part kubeadm; command -v kubeadm >/dev/null && kubeadm version -o short
part kubelet; command -v kubelet >/dev/null && kubelet --version
part left; ls -d /var/lib/rancher/k3s/server/db/etcd/member /var/lib/rancher/k3s/server/db/state.db /etc/kubernetes/kubelet.conf /etc/kubernetes/manifests/*.yaml /var/lib/etcd/member
part route; ip route show default; ip -6 route show default
part room; df -Pk /var/lib
part sockets; ls /run/containerd/containerd.sock /run/crio/crio.sock
part swap; cat /proc/swaps
part settings; cd /etc/rancher/k3s && for f in config.yaml config.yaml.d/*.yaml; do [ ! -f "$f" ] || told "$f"; done
part arguments; systemctl show k3s --property=ExecStart | grep -oE -- '--(${criticalKeys.join('|')})([= ][^- ;][^ ;]*)?( |;|$)'
part reach
for u in "$@"; do curl -sk -m 4 -o /dev/null "$u"; printf '%s %s\\n' "$?" "$u"; done
part clock; date +%s
part end`;

/** `urls` are what the machine must reach: the API of a server, and for a server the ports of etcd. */
export function joinFactsCommand(urls: readonly string[]): Command {
  const argv = ['sh', '-c', `{ ${script}\n} 2>/dev/null`, 'sh', ...urls] as const;
  return { argv, root: true, timeoutSec: 30 + 5 * urls.length };
}

/** A setting of k3s that lies on a machine. */
interface OwnSetting {
  /** The file below /etc/rancher/k3s, or nothing for an argument of the unit. */
  readonly file: string | undefined;
  readonly key: string;
  /** A key with `+`: its values go to those of the files before. */
  readonly adds: boolean;
  /** Several values joined by commas. */
  readonly value: string;
}

export interface JoinFacts {
  readonly hostName: string;
  /** Seconds since 1970. */
  readonly clockSec: number;
  readonly ports: ReadonlySet<number>;
  /** Units that are loaded, with their state. */
  readonly units: ReadonlyMap<string, string>;
  readonly k3sVersion: string | undefined;
  readonly kubeadmVersion: string | undefined;
  readonly kubeletVersion: string | undefined;
  /** What an earlier cluster left, as paths. */
  readonly leftovers: readonly string[];
  readonly hasRoute: boolean;
  /** Free on the disk of `/var/lib`, in KiB. */
  readonly freeKib: number | undefined;
  readonly hasContainerRuntime: boolean;
  readonly swaps: boolean;
  /** What its own files and its unit say of settings that servers compare, in the order in which k3s reads them. */
  readonly settings: readonly OwnSetting[];
  /** What could not be reached, with curl's exit code. */
  readonly unreached: readonly { readonly url: string; readonly code: number }[];
}

/** Reads what `joinFactsCommand` printed; undefined when it did not come to its end. */
export function parseJoinFacts(output: string): JoinFacts | undefined {
  const parts = outputParts(output);
  if (!parts.has('end')) return undefined;
  const text = (name: string) => parts.get(name) ?? '';
  const lines = (name: string) =>
    text(name)
      .split('\n')
      .filter((line) => line !== '');
  const units = text('units')
    .split(/\n\n+/)
    .flatMap((block): [string, string][] => {
      const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1] ?? '';
      return value('LoadState') === 'loaded' ? [[value('Id').replace(/\.service$/, ''), value('ActiveState')]] : [];
    });
  const free = /^\S+\s+\d+\s+\d+\s+(\d+)\s+\d+%/m.exec(text('room'))?.[1];
  return {
    hostName: text('host').toLowerCase(),
    clockSec: Number(text('clock')),
    ports: new Set(lines('listen').map((line) => Number.parseInt(line.slice(line.lastIndexOf(':') + 1), 16))),
    units: new Map(units),
    k3sVersion: /^k3s version (\S+)/m.exec(text('k3s'))?.[1],
    kubeadmVersion: /^(v\d\S*)/m.exec(text('kubeadm'))?.[1],
    kubeletVersion: /^Kubernetes (v\d\S*)/m.exec(text('kubelet'))?.[1],
    leftovers: lines('left'),
    hasRoute: text('route') !== '',
    freeKib: free === undefined ? undefined : Number(free),
    hasContainerRuntime: text('sockets') !== '',
    swaps: lines('swap').length > 1,
    settings: [...settingsOf(lines('settings')), ...argumentsOf(lines('arguments'))],
    unreached: lines('reach').flatMap((line) => {
      const [, code = '', url = ''] = /^(\d+) (\S+)$/.exec(line) ?? [];
      return ['6', '7', '28'].includes(code) ? [{ url, code: Number(code) }] : [];
    }),
  };
}

/** The entries of the files that `told` printed: a value, a list in brackets, or items on lines of their own. */
function settingsOf(lines: readonly string[]): OwnSetting[] {
  const found: OwnSetting[] = [];
  let file = '';
  for (const line of lines) {
    const named = /^file (.*)$/.exec(line)?.[1];
    const [, key, plus, rest = ''] = /^["']?([a-z0-9-]+)["']?(\+?)["']?\s*:(?:\s+(.*))?$/.exec(line) ?? [];
    const item = /^\s*-\s+(.*)$/.exec(line)?.[1];
    if (named !== undefined) file = named;
    else if (key !== undefined) {
      const text = scalar(rest);
      const value = /^\[.*\]$/.test(text) ? text.slice(1, -1).split(',').map(scalar).join(',') : text;
      found.push({ file, key, adds: plus === '+', value });
    } else if (item !== undefined) {
      const last = found.pop();
      if (last !== undefined) {
        found.push({ ...last, value: [last.value, scalar(item)].filter((each) => each !== '').join(',') });
      }
    }
  }
  return found;
}

/** Without a remark behind it and without quotes. */
const scalar = (text: string): string => {
  const bare = text.replace(/(?:^|\s)#.*$/, '').trim();
  return /^(["'])(.*)\1$/.exec(bare)?.[2] ?? bare;
};

/** Arguments of the unit; one without a value is a switch that is on. */
function argumentsOf(lines: readonly string[]): OwnSetting[] {
  return lines.flatMap((line) => {
    const [, key, value = 'true'] = /^--([a-z0-9-]+)(?:[= ]([^ ;]+))?[ ;]?$/.exec(line) ?? [];
    return key === undefined ? [] : [{ file: undefined, key, adds: false, value }];
  });
}
