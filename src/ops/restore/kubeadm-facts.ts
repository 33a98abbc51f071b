import type { Command } from '../command';
import { lackingImages } from '../commands/pod-images';
import { snapshotFunctions } from '../commands/unpack-snapshot';
import { outputParts } from '../output-parts';
import { type JudgedSnapshot, judgedSnapshot } from './judged-snapshot';

/** What one control-plane node says of itself before a restore. */
export interface KubeadmServerFacts {
  readonly host: string;
  /** Flags of etcd's manifest; empty where there is no manifest. */
  readonly flags: ReadonlyMap<string, string>;
  /** Where the static pod mounts its data from. */
  readonly dataDir: string;
  /** Addresses of etcd that the API server is given. */
  readonly etcdServers: readonly string[];
  /** What can restore there: `etcdutl`, an `etcdctl` that still does, or the one in the container or the image of etcd. */
  readonly tool: 'etcdutl' | 'etcdctl' | 'container' | 'image' | undefined;
  /** Whether it can raise the revision, so that everything that watches notices the jump (etcd 3.6). */
  readonly canBump: boolean;
  /** What lies below `/etc/kubernetes/pki`: `etcd/ca.key`. */
  readonly pki: ReadonlySet<string>;
  /** The certificate of the cluster's authority, as PEM; empty where it is not there. */
  readonly authority?: string;
  /** Programs that the restore calls and that are not there. */
  readonly missing: readonly string[];
  /** Images of its static pods, the sandbox among them, that are not there. */
  readonly lacking: readonly string[];
  readonly freeKb: number;
  readonly snapshot?: JudgedSnapshot;
}

const script = `${snapshotFunctions}${lackingImages}file=$1
part() { printf '\\n=== %s\\n' "$1"; }
m=/etc/kubernetes/manifests
part flags; sed -n 's/^ *- *--\\([a-z-]*\\)=\\(.*\\)/\\1 \\2/p' $m/etcd.yaml 2>/dev/null
d=$(grep -B 4 '^ *name: etcd-data' $m/etcd.yaml 2>/dev/null | sed -n 's/^ *path: *//p' | head -n 1)
part data-dir; echo "$d"
part etcd-servers; sed -n 's/^ *- *--etcd-servers=//p' $m/kube-apiserver.yaml 2>/dev/null | tr ',' '\\n'
knows() { ETCDCTL_API=3 "$1" snapshot restore --help 2>&1 | grep -q -- "$2"; }
tool=; program=
if command -v etcdutl >/dev/null && knows etcdutl --initial-cluster-token; then tool=etcdutl program=etcdutl; fi
for c in /proc/[0-9]*/comm; do
  [ -z "$tool" ] && [ "$(cat "$c" 2>/dev/null)" = etcd ] || continue
  p=\${c%comm}root/usr/local/bin/etcdutl
  if [ -x "$p" ] && knows "$p" --initial-cluster-token; then tool=container program=$p; fi
done
if [ -z "$tool" ] && command -v etcdctl >/dev/null && knows etcdctl --initial-cluster-token; then tool=etcdctl program=etcdctl; fi
image=
if [ -z "$tool" ] && command -v ctr >/dev/null; then image=$(ctr -n k8s.io images ls -q 2>/dev/null | grep '/etcd:' | sort -V | tail -n 1); fi
[ -z "$image" ] || tool=image
part tool; echo "$tool"
part bump; [ -z "$program" ] || ! knows "$program" --bump-revision || echo yes
case $image in *:3.[6-9].* | *:[4-9].*) echo yes;; esac
part pki; (cd /etc/kubernetes/pki 2>/dev/null && find . -type f | cut -c 3-)
part authority; cat /etc/kubernetes/pki/ca.crt 2>/dev/null
part missing; for p in crictl curl; do command -v $p >/dev/null || echo $p; done
part lacking; lacking $m/*.yaml
part free; [ -z "$d" ] || df -Pk -- "$d" | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4
part snapshot; [ -z "$file" ] || judged "$file"
part end
exit 0`;

/** Whether nothing of a control plane is there: no etcd, and no API server that has its etcd elsewhere. */
export const isBare = ({ flags, etcdServers }: KubeadmServerFacts) => flags.size === 0 && etcdServers.length === 0;

/** Reads what a restore must know of a control-plane node, and judges the snapshot when it lies there. Changes nothing. */
export function kubeadmFactsCommand(snapshotPath: string | undefined): Command {
  return { argv: ['sh', '-c', script, 'sh', snapshotPath ?? ''], root: true, timeoutSec: 600 };
}

/** Reads what `kubeadmFactsCommand` printed; undefined when it is not whole. */
export function parseKubeadmFacts(host: string, output: string): KubeadmServerFacts | undefined {
  const parts = outputParts(output);
  if (!parts.has('end')) return undefined;
  const text = (name: string) => parts.get(name) ?? '';
  const lines = (name: string) => text(name).split('\n').filter(Boolean);
  const snapshot = judgedSnapshot(lines('snapshot'));
  const tool = text('tool');
  return {
    host,
    flags: new Map(lines('flags').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)])),
    dataDir: text('data-dir'),
    etcdServers: lines('etcd-servers'),
    tool: tool === 'etcdutl' || tool === 'etcdctl' || tool === 'container' || tool === 'image' ? tool : undefined,
    canBump: text('bump') === 'yes',
    pki: new Set(lines('pki')),
    authority: text('authority'),
    missing: lines('missing'),
    lacking: lines('lacking'),
    freeKb: Number(text('free') || 0),
    ...(snapshot === undefined ? {} : { snapshot }),
  };
}
