// Changes one value in one file of each valid cluster and asks whether a finding names the changed place and another.
//   node --import tsx test/accuracy/cluster.ts [--missed] [--alone] [--only=CLUSTER]
// `--alone` leaves the inventories out, so that the clusters are what their files say of themselves.
import { clusterFixtures } from '../support/clusters';
import { type Change, ClusterJudge } from './cluster-judge';

interface Mutant extends Change {
  readonly kind: string;
}

const replacements: readonly {
  readonly kind: string;
  readonly pattern: RegExp;
  readonly change: (text: string) => string;
}[] = [
  { kind: 'network', pattern: /\b(?:\d+\.){3}\d+\/(?:12|16)\b/g, change: () => '10.0.0.0/15' },
  {
    kind: 'address',
    pattern: /\b(?:\d+\.){3}\d+\b(?!\/1)/g,
    change: (ip) => ip.replace(/\d+$/, (last) => String((Number(last) + 57) % 254)),
  },
  {
    kind: 'network of an address',
    pattern: /\b10\.0\.\d\.\d+\b(?!\/1)/g,
    change: (ip) => ip.replace(/\d(?=\.\d+$)/, (own) => String(Number(own) + 5)),
  },
  { kind: 'node name', pattern: /(?<=nodeRegistration:\n {2}name: )m\d/g, change: (name) => `${name}x` },
  { kind: 'etcd port', pattern: /(?<=- https:\/\/[\d.]+:)2379/g, change: () => '2380' },
  { kind: 'prefix', pattern: /(?<=\d)\/24\b/g, change: () => '/28' },
  {
    kind: 'port',
    pattern: /(?<=:)(?:6443|8443)\b|(?<=bindPort: |listen (?:[\d.]+:)?|value: ")\d{4}\b/g,
    change: (port) => String(Number(port) + 1),
  },
  { kind: 'name', pattern: /\bapi\.example\.com\b/g, change: () => 'api.example.org' },
  { kind: 'virtual_router_id', pattern: /(?<=virtual_router_id )\d+/g, change: () => '77' },
  { kind: 'priority', pattern: /(?<=priority )\d+/g, change: (own) => (own === '150' ? '140' : '150') },
  { kind: 'token', pattern: /(?<=token: )\w+\b(?!\.)/g, change: () => '0d9a1b2c3e4f5a6b7c8d' },
  { kind: 'mode', pattern: /(?<=write-kubeconfig-mode: ")\d+/g, change: () => '0640' },
  { kind: 'flag', pattern: /(?<=secrets-encryption: )true/g, change: () => 'false' },
  { kind: 'listen address', pattern: /(?<=bind )\*(?=:)/g, change: () => '10.0.0.77' },
  { kind: 'listen address', pattern: /(?<=listen )(?=\d{4};)/g, change: () => '10.0.0.77:' },
  {
    kind: 'datastore',
    pattern: /(?<=datastore-endpoint: .*\/)k3s$|(?<=datastore-endpoint: \w+:\/\/)k3s/gm,
    change: () => 'other',
  },
  { kind: 'datastore port', pattern: /(?<=datastore-endpoint: .*:)(?:3306|5432|2379)/g, change: () => '3399' },
  {
    kind: 'disable list',
    pattern: /$(?![\s\S])(?<=secrets-encryption: true[\s\S]*)/g,
    change: () => 'disable: [servicelb]\n',
  },
  { kind: 'cluster-init', pattern: /^cluster-init: true\n/gm, change: () => '' },
  { kind: 'join', pattern: /^server: .*\n(?=[\s\S]*tls-san)/gm, change: () => '' },
  { kind: 'etcd scheme', pattern: /(?<=endpoints?:.*)https(?=:\/\/[\d.]+:2379)/g, change: () => 'http' },
  {
    kind: 'second domain',
    pattern: /^(?=node-ip: [\s\S]*tls-san)/gm,
    change: () => 'cluster-domain: other.local\n',
  },
  { kind: 'count', pattern: /(?<=etcd-snapshot-retention: )\d+/g, change: () => '3' },
];

const missedOnly = process.argv.includes('--missed');
const isAlone = process.argv.includes('--alone');
const only = process.argv.find((each) => each.startsWith('--only='))?.slice(7);
const totals = new Map<string, { seen: number; all: number }>();
let skipped = 0;

for (const [name, whole] of clusterFixtures()) {
  if (only !== undefined && only !== name) continue;
  const files = new Map([...whole].filter(([path]) => !isAlone || !path.endsWith('haven.yaml')));
  const judge = new ClusterJudge(files);
  for (const mutant of mutantsOf(files)) {
    // Variables of Ansible and what another program serves are not read together with the cluster.
    if (!judge.reads(mutant.path) || mutant.path.startsWith('apps/')) continue;
    if (isHarmless(mutant, files)) {
      skipped++;
      continue;
    }
    const { verdict, line } = judge.change(mutant);
    for (const key of ['all', mutant.kind, name]) {
      const total = totals.get(key) ?? { seen: 0, all: 0 };
      total.all++;
      if (verdict === 'both') total.seen++;
      totals.set(key, total);
    }
    if (verdict !== 'both' && missedOnly)
      process.stdout.write(
        `${verdict.padEnd(6)} ${name} ${mutant.path}:${line + 1} ${mutant.kind}: ${mutant.from} -> ${mutant.to}\n`,
      );
  }
}
for (const [key, { seen, all }] of totals)
  process.stdout.write(`${key.padEnd(22)} ${seen} of ${all} (${((100 * seen) / all).toFixed(1)} %)\n`);
process.stdout.write(`${skipped} changes left out because they break nothing\n`);

function mutantsOf(files: ReadonlyMap<string, string>): readonly Mutant[] {
  return [...files].flatMap(([path, text]) =>
    replacements.flatMap(({ kind, pattern, change }) =>
      [...text.matchAll(pattern)].map((found) => ({
        path,
        offset: found.index,
        from: found[0],
        to: change(found[0]),
        kind,
      })),
    ),
  );
}

/**
 * The machine itself; a node that no file speaks of, or without an inventory a value that stands nowhere else; a name that kubeadm puts into the certificate anyway because it is
 * the endpoint: changing these breaks nothing that files could tell.
 */
function isHarmless({ from, to, path, offset, kind }: Mutant, files: ReadonlyMap<string, string>): boolean {
  if (from === to || from.startsWith('127.')) return true;
  // The last line of a file of cloud-init is none of the configuration inside.
  if (kind === 'disable list' && path.startsWith('cloud-init/')) return true;
  const text = files.get(path) ?? '';
  if (isAlone && /address|node name|^name$/.test(kind) && from !== '*' && from !== '') {
    const places = [...files.values()].reduce((sum, each) => sum + occurrences(each, from), 0);
    if (places < 2) return true;
  }
  if (kind === 'address' && path === 'haven.yaml')
    return ![...files].some(([other, each]) => other !== path && each.includes(from));
  const line = text.slice(text.lastIndexOf('\n', offset) + 1, offset);
  return /^\s*- $/.test(line) && text.includes(`controlPlaneEndpoint: ${from}`);
}

/** How often a value stands in a text by itself. */
function occurrences(text: string, value: string): number {
  return text.split(new RegExp(`(?<![\\w.])${value.replaceAll('.', '\\.')}(?![\\w.]*\\w)`)).length - 1;
}
