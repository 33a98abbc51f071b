// Changes one value in one file of each valid cluster and asks whether a finding names the changed place and another.
//   node --import tsx test/accuracy/cluster.ts [--missed] [--alone] [--only=CLUSTER] [--seed=N [--count=N]]
// `--seed` takes clusters that are drawn from it instead of the fixtures, which nobody has seen before.
// `--alone` leaves the inventories out, so that the clusters are what their files say of themselves.
import { clusterFixtures } from '../support/clusters';
import { type Change, ClusterJudge } from './cluster-judge';
import { madeClusters } from './made-clusters';

/** Names of the API in the clusters; those of the documentation stand in all of them. */
const domains =
  /\b(?:api\.example\.com|k8s\.example\.com|api\.prod\.example|k8s\.corp\.example|kube\.home\.arpa|control\.example\.org)\b/g;

interface Mutant extends Change {
  readonly kind: string;
}

/** What people write otherwise by mistake: a kind, where it stands, and what stands there then. */
const replacements: readonly {
  readonly kind: string;
  readonly pattern: RegExp;
  readonly change: (text: string) => string;
}[] = [
  { kind: 'network', pattern: /\b(?:\d+\.){3}0\/(?:12|16)\b/g, change: () => '10.0.0.0/15' },
  { kind: 'size of a network', pattern: /(?<=\b(?:\d+\.){3}0\/)16\b/g, change: () => '18' },
  {
    kind: 'address',
    pattern: /(?<!\d\.|v)\b(?:\d+\.){3}\d+\b(?!\/1|\.)/g,
    change: (ip) => ip.replace(/\d+$/, (last) => String((Number(last) + 57) % 254)),
  },
  {
    kind: 'network of an address',
    pattern: /(?<!\d\.|v)\b(?:\d+\.){3}\d+\b(?!\/1|\.)/g,
    change: (ip) => ip.replace(/\d+(?=\.\d+$)/, (own) => String((Number(own) + 5) % 250)),
  },
  {
    kind: 'node name',
    pattern: /(?<=nodeRegistration:\n {2}name: |node-name: |^hostname: )[\w-]+\d/gm,
    change: (name) => `${name}x`,
  },
  {
    kind: 'name of another node',
    pattern: /(?<=nodeRegistration:\n {2}name: |node-name: |^hostname: |router_id |^ {4}server )[\w-]*[a-z-]0?\d\b/gm,
    change: nextNumber,
  },
  { kind: 'etcd port', pattern: /(?<=https:\/\/[\d.]+:)2379/g, change: () => '2380' },
  { kind: 'etcd port of a member', pattern: /(?<=https:\/\/[\d.]+:)2380/g, change: () => '2381' },
  { kind: 'prefix', pattern: /(?<=\d)\/24\b/g, change: () => '/28' },
  {
    kind: 'port',
    pattern:
      /(?<=[\d\]*a-z]:)(?:6443|7443|8443)\b|(?<=bindPort: |listen (?:[\d.]+:)?|name: port\n\s+value: |value: ")\d{4}\b/g,
    change: (port) => String(Number(port) + 1),
  },
  { kind: 'name', pattern: domains, change: (name) => name.replace(/\w+$/, 'invalid') },
  { kind: 'name with a slip', pattern: domains, change: (name) => name.replace(/(\w)(\w)(?=\.\w+$)/, '$2$1') },
  { kind: 'virtual_router_id', pattern: /(?<=virtual_router_id )\d+/g, change: (id) => String((Number(id) % 250) + 3) },
  { kind: 'priority', pattern: /(?<=priority )\d+/g, change: (own) => (own === '150' ? '140' : '150') },
  { kind: 'interface', pattern: /(?<=^ *interface )\w+/gm, change: (name) => name.replace(/\d+$/, '7') },
  { kind: 'interface of another make', pattern: /(?<=^ *interface )\w+/gm, change: () => 'eno1np0' },
  { kind: 'state', pattern: /(?<=state )BACKUP/g, change: () => 'MASTER' },
  { kind: 'advert_int', pattern: /(?<=advert_int )\d+/g, change: () => '3' },
  { kind: 'auth_type', pattern: /(?<=auth_type )PASS/g, change: () => 'AH' },
  { kind: 'auth_pass', pattern: /(?<=auth_pass )\w+/g, change: lastOther },
  { kind: 'name of a check', pattern: /(?<=track_(?:process|script) \{\s+)\w+/g, change: slip },
  { kind: 'weight of a check', pattern: /(?<=weight )-\d+/g, change: () => '-1' },
  { kind: 'backend', pattern: /(?<=default_backend |proxy_pass )\w+(?=[\n;])/g, change: slip },
  { kind: 'answer of a check', pattern: /(?<=expect status )200/g, change: () => '401' },
  { kind: 'token', pattern: /(?<=\btoken: )\w+\b(?!\.)/g, change: () => '0d9a1b2c3e4f5a6b7c8d' },
  { kind: 'letter of a token', pattern: /(?<=\btoken: )\w{6}\.\w{16}\b/g, change: lastOther },
  { kind: 'letter of a hash or key', pattern: /(?<=sha256:|certificateKey: )\w{64}/g, change: lastOther },
  { kind: 'mode', pattern: /(?<=write-kubeconfig-mode: ")\d+/g, change: () => '0640' },
  { kind: 'flag', pattern: /(?<=secrets-encryption: )true/g, change: () => 'false' },
  { kind: 'listen address', pattern: /(?<=bind )\*(?=:)/g, change: () => '10.0.0.77' },
  { kind: 'listen address', pattern: /(?<=listen )(?=\d{4};)/g, change: () => '10.0.0.77:' },
  {
    kind: 'datastore',
    pattern: /(?<=datastore-endpoint: .*\/)(?:k3s|kine)(?="?$)|(?<=datastore-endpoint: "?\w+:\/\/)(?:k3s|kine)/gm,
    change: () => 'other',
  },
  { kind: 'datastore port', pattern: /(?<=datastore-endpoint: .*:)(?:3306|5432)/g, change: () => '3399' },
  {
    kind: 'disable list',
    pattern: /$(?![\s\S])(?<=secrets-encryption: true[\s\S]*)/g,
    change: () => 'disable: [servicelb]\n',
  },
  { kind: 'cluster-init', pattern: /^cluster-init: true\n/gm, change: () => '' },
  { kind: 'join', pattern: /^server: .*\n(?=[\s\S]*tls-san)/gm, change: () => '' },
  { kind: 'etcd scheme', pattern: /(?<=(?:endpoints?:.*|^ {6}- ))https(?=:\/\/[\d.]+:2379)/gm, change: () => 'http' },
  { kind: 'scheme', pattern: /(?<=server: )https(?=:)/g, change: () => 'http' },
  {
    kind: 'second domain',
    pattern: /^(?=node-ip: [\s\S]*tls-san)/gm,
    change: () => 'cluster-domain: other.local\n',
  },
  { kind: 'count', pattern: /(?<=etcd-snapshot-retention: )\d+/g, change: () => '3' },
  {
    kind: 'domain of the cluster',
    pattern: /(?<=(?:clusterDomain|dnsDomain): )cluster\.local/g,
    change: () => 'cluster.lan',
  },
  { kind: 'hostNetwork', pattern: /(?<=hostNetwork: )true/g, change: () => 'false' },
  { kind: 'role', pattern: /(?<=roles: \[)server\b/g, change: () => 'agent' },
  { kind: 'distribution', pattern: /(?<=distribution: )\w+/g, change: (own) => (own === 'k3s' ? 'kubeadm' : 'k3s') },
  { kind: 'release', pattern: /(?<=INSTALL_K3S_VERSION=)v[\w.]+\+k3s1/g, change: () => 'v1.31.4+k3s1' },
];

function nextNumber(name: string): string {
  return name.replace(/\d$/, (own) => String((Number(own) % 3) + 1));
}

function lastOther(text: string): string {
  return text.slice(0, -1) + (text.endsWith('1') ? '2' : '1');
}

function slip(name: string): string {
  return name.replace(/(\w)(\w)$/, '$2$1');
}

const option = (name: string) => process.argv.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
const missedOnly = process.argv.includes('--missed');
const isAlone = process.argv.includes('--alone');
const only = option('only');
const seed = option('seed');
const clusters = seed === undefined ? clusterFixtures() : madeClusters(Number(seed), Number(option('count') ?? 14));
const totals = new Map<string, { seen: number; all: number }>();
const left = new Map<string, number>();

for (const [name, whole] of clusters) {
  if (only !== undefined && only !== name) continue;
  const files = new Map([...whole].filter(([path]) => !isAlone || !path.endsWith('haven.yaml')));
  const judge = new ClusterJudge(files);
  for (const mutant of mutantsOf(files)) {
    // Variables of Ansible and what another program serves are not read together with the cluster.
    if (!judge.reads(mutant.path) || mutant.path.startsWith('apps/')) continue;
    const reason = harmless(mutant, files);
    if (reason !== undefined) {
      left.set(reason, (left.get(reason) ?? 0) + 1);
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
for (const [reason, count] of left) process.stdout.write(`${count} changes left out: ${reason}\n`);

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

/** Why nobody can tell from the files that a change breaks something, or why it breaks nothing; undefined where it does harm. */
function harmless(mutant: Mutant, files: ReadonlyMap<string, string>): string | undefined {
  const { from, to, path, offset, kind } = mutant;
  if (from === to || from.startsWith('127.')) return 'nothing is changed, or the machine itself';
  // The last line of a file of cloud-init is none of the configuration inside.
  if (kind === 'disable list' && path.startsWith('cloud-init/')) return 'outside of the configuration';
  const texts = [...files].filter(([each]) => !/^(?:apps|roles|group_vars|host_vars)\//.test(each));
  const places = texts.reduce((sum, [, each]) => sum + occurrences(each, from), 0);
  const isSaid = /address|node|^name|domain of the cluster/.test(kind) && from !== '*' && from !== '';
  const text = files.get(path) ?? '';
  // DNS has an address in a network that does stand elsewhere.
  const isDns = /clusterDNS:\s+- "?$|cluster-dns: "?$/.test(text.slice(0, offset));
  if ((isAlone || /^name|^domain/.test(kind)) && isSaid && !isDns && places < 2) return 'the value stands nowhere else';
  if (/^(?:network of an )?address$/.test(kind) && path === 'haven.yaml') {
    const isElsewhere = texts.some(([other, each]) => other !== path && occurrences(each, from) > 0);
    if (!isElsewhere) return 'the value stands nowhere else';
  }
  const line = text.slice(text.lastIndexOf('\n', offset) + 1, offset);
  if (/^\s*- $/.test(line) && text.includes(`controlPlaneEndpoint: ${from}`))
    return 'kubeadm puts the endpoint into the certificate anyway';
  if (kind === 'size of a network' && text.split(from === '' ? '\n' : line.trim()).length < 3 && /service/i.test(line))
    return 'DNS is still among the services, and nobody else speaks of the network';
  if (
    kind === 'size of a network' &&
    path.includes('kubeadm') &&
    occurrences(text, `${line.trim().split(' ').at(-1)}${from}`) < 2
  )
    return 'room for fewer nodes, of which there are few';
  if (/^hostname: /.test(line) && text.includes('node-name:')) return 'k3s is told another name of the node';
  if (kind === 'network' && places < 2 && !texts.some(([, each]) => /(?<![\d.])10\.[01]\./.test(each)))
    return 'a network that nobody else speaks of or is in';
  if (kind === 'state') return 'the one with the higher priority takes the address over at once';
  if (kind === 'weight of a check' && !/priority 150/.test(text)) return 'a node that gives way to others anyway';
  if (
    kind === 'name of another node' &&
    /router_id $|server $/.test(line) &&
    !texts.some(([, each]) => occurrences(each, to) > 0)
  )
    return 'a label that nobody else has';
  if (kind === 'interface of another make' && texts.filter(([, each]) => /^ *interface \w/m.test(each)).length < 3)
    return 'two machines may be of different makes';
  return undefined;
}

/** How often a value stands in a text by itself. */
function occurrences(text: string, value: string): number {
  return text.split(new RegExp(`(?<![\\w.])${value.replace(/[.*+?]/g, '\\$&')}(?![\\w.]*\\w)`)).length - 1;
}
