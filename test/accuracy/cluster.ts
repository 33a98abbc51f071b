// Changes one value in one file of each valid cluster and asks whether a finding names the changed place and another.
//   node --import tsx test/accuracy/cluster.ts [--missed]
import type { Diagnostic } from '../../src/base/finding';
import { LineIndex } from '../../src/base/line-index';
import type { Workspace } from '../../src/service';
import { clusterFixtures, workspaceOf } from '../support/clusters';

/** A value in a file and what stands there instead. */
interface Mutant {
  readonly path: string;
  readonly offset: number;
  readonly from: string;
  readonly to: string;
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
  { kind: 'token', pattern: /(?<=token: )\w+/g, change: () => '0d9a1b2c3e4f5a6b7c8d' },
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
const totals = new Map<string, { seen: number; all: number }>();
let skipped = 0;

for (const [name, files] of clusterFixtures()) {
  const before = fingerprints(workspaceOf(files), files);
  for (const mutant of mutantsOf(files)) {
    const text = files.get(mutant.path) ?? '';
    const changed = text.slice(0, mutant.offset) + mutant.to + text.slice(mutant.offset + mutant.from.length);
    const after = new Map(files).set(mutant.path, changed);
    if (isHarmless(mutant, files)) {
      skipped++;
      continue;
    }
    const line = new LineIndex(changed).positionAt(mutant.offset).line;
    const seen = namesBoth(workspaceOf(after), after, mutant.path, line, before);
    for (const key of ['all', mutant.kind, name]) {
      const total = totals.get(key) ?? { seen: 0, all: 0 };
      total.all++;
      if (seen) total.seen++;
      totals.set(key, total);
    }
    if (!seen && missedOnly)
      process.stdout.write(`missed: ${name} ${mutant.path}:${line + 1} ${mutant.from} -> ${mutant.to}\n`);
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
 * The machine itself; a node that no file speaks of; a name that kubeadm puts into the certificate anyway because it is
 * the endpoint: changing these breaks nothing that files could tell.
 */
function isHarmless({ from, to, path, offset, kind }: Mutant, files: ReadonlyMap<string, string>): boolean {
  if (from === to || from.startsWith('127.')) return true;
  const text = files.get(path) ?? '';
  if (kind === 'address' && path === 'haven.yaml')
    return ![...files].some(([other, each]) => other !== path && each.includes(from));
  const line = text.slice(text.lastIndexOf('\n', offset) + 1, offset);
  return /^\s*- $/.test(line) && text.includes(`controlPlaneEndpoint: ${from}`);
}

/** Whether a finding that was not there before stands at, or points at, the changed line and at another place. */
function namesBoth(
  workspace: Workspace,
  files: ReadonlyMap<string, string>,
  path: string,
  line: number,
  before: ReadonlySet<string>,
): boolean {
  return [...files.keys()].some((each) =>
    workspace.diagnose(each).some((diagnostic) => {
      if (before.has(fingerprint(each, diagnostic))) return false;
      const places = [
        { path: each, span: diagnostic.span },
        ...(diagnostic.related ?? []).map((one) => ({ path: one.path ?? each, span: one.span })),
      ].map((place) => ({
        path: place.path,
        line: workspace.file(place.path)?.lines.positionAt(place.span.start).line ?? -1,
      }));
      const here = places.some(
        (place) =>
          place.path === path && (place.line === line || isListAround(files.get(path) ?? '', place.line, line)),
      );
      return here && places.some((place) => place.path !== path || place.line !== line);
    }),
  );
}

/** A finding about what a list lacks stands at its key, above the changed item. */
function isListAround(text: string, keyLine: number, line: number): boolean {
  const lines = text.split('\n');
  const between = lines.slice(keyLine + 1, line + 1);
  return keyLine < line && between.length < 12 && between.every((each) => /^\s*(-|server |[\d.]+$)/.test(each));
}

function fingerprints(workspace: Workspace, files: ReadonlyMap<string, string>): ReadonlySet<string> {
  return new Set([...files.keys()].flatMap((path) => workspace.diagnose(path).map((each) => fingerprint(path, each))));
}

function fingerprint(path: string, { rule, span, message }: Diagnostic): string {
  return `${path} ${rule} ${span.start} ${message.args.join()}`;
}
