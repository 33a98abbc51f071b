import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Diagnostic } from '../../src/base/finding';
import { LineIndex } from '../../src/base/line-index';
import { render } from '../../src/base/message';
import { splitDocuments } from '../../src/model/kubeadm/split-documents';
import { Workspace } from '../../src/service';
import { sharedFolder } from '../support/shared';
import { type Part, type Report, seeded } from './frame';
import { fileOfProbe, type Probe } from './kubeadm-probe';
import { kubeadmValues } from './kubeadm-values';
import { yamlMutants } from './yaml-mutations';

interface Message {
  readonly level?: string;
  readonly text: string;
  readonly fields?: readonly string[];
}

/** A hand-made file and what `kubeadm config validate` v1.34.1 said (facts/kubeadm/recordings/config-verdicts.json). */
interface ConfigCase {
  readonly name: string;
  readonly config?: string;
  readonly configBase64?: string;
  readonly accepted: boolean;
  readonly messages: readonly Message[];
  readonly use?: { readonly exit: number };
}

/** One value of one field, and what the same command said. */
interface FieldCase extends Probe {
  readonly probe: string;
  readonly exit: number;
  readonly messages: readonly (string | Message)[];
  readonly useExit?: number;
}

/** A file of somebody's repository, and the verdict with the version of kubeadm put into it. */
interface CorpusCase {
  readonly file: string;
  readonly oracle: { readonly verdict: string; readonly messages: readonly Message[] };
  readonly oracleAsVersion?: { readonly verdict: string; readonly messages: readonly Message[] };
}

interface Found {
  readonly line: number;
  readonly diagnostic: Diagnostic;
}

/** What Haven says of one kubeadm file. */
function diagnoseKubeadm(text: string): readonly Found[] {
  const workspace = new Workspace();
  workspace.open('kubeadm.yaml', text, 'kubeadm');
  const lines = new LineIndex(text);
  return workspace
    .diagnose('kubeadm.yaml')
    .filter((each) => each.rule.startsWith('kubeadm/'))
    .map((diagnostic) => ({ line: lines.positionAt(diagnostic.span.start).line, diagnostic }));
}

/** The lines of a field by the last name of its path: `apiServer.extraArgs[0].foo` or `discovery.bootstrapToken.token`. */
function linesOfField(text: string, path: string): readonly number[] {
  const name =
    path
      .replace(/\[\d+\]/g, '')
      .split('.')
      .findLast((each) => !/^\d+$/.test(each)) ?? '';
  const key = new RegExp(`(?:^|[\\s{,"'-])${name.replace(/[^\w]/g, '.')}["']?\\s*:`);
  return text.split('\n').flatMap((line, index) => (key.test(line) ? [index] : []));
}

/** The lines that the program blames; undefined where it names none. */
function blamedLines(text: string, messages: readonly (string | Message)[]): readonly number[] | undefined {
  const whole = messages.map((each) => (typeof each === 'string' ? each : each.text)).join('\n');
  const yaml = /yaml: (?:unmarshal errors:\s*)?line (\d+)/.exec(whole)?.[1];
  const named = [
    ...messages.flatMap((each) => (typeof each === 'string' ? [] : (each.fields ?? []))),
    ...[...whole.matchAll(/unknown field "([^"]+)"/g)].map((each) => each[1] ?? ''),
    ...[...whole.matchAll(/Go struct field (\S+)/g)].map((each) => each[1] ?? ''),
    ...[...whole.matchAll(/key "([^"]+)" already set/g)].map((each) => each[1] ?? ''),
    ...[...whole.matchAll(/(?:^|\n|\[|, )([\w.]+): (?:Invalid|Required) value/g)].map((each) => each[1] ?? ''),
  ];
  const lines = named.flatMap((each) => linesOfField(text, each));
  // YAML readers name the line on which they gave up, at the mistake or just behind it, and count in each document.
  if (yaml !== undefined)
    for (const { span } of splitDocuments(text)) {
      const first = text.slice(0, span.start).split('\n').length - 1;
      for (let near = Number(yaml) - 3; near <= Number(yaml); near++) lines.push(first + near);
    }
  return lines.length === 0 ? undefined : lines;
}

function judge(
  report: Report,
  name: string,
  text: string,
  verdict: { readonly id: string; readonly accepted: boolean; readonly messages: readonly (string | Message)[] },
): void {
  // Advice, and that a version is deprecated, is said of files that are right too, and is no answer to what is wrong.
  const found = diagnoseKubeadm(text).filter(
    ({ diagnostic }) => diagnostic.severity !== 'hint' && diagnostic.rule !== 'kubeadm/deprecated-version',
  );
  const shown = found.map(({ diagnostic }) => `${diagnostic.rule}: ${render(diagnostic.message)}`);
  if (verdict.accepted) {
    const errors = found.filter(({ diagnostic }) => diagnostic.severity === 'error');
    report.accepted(
      name,
      errors.map(({ diagnostic }) => `${verdict.id}: ${diagnostic.rule}: ${render(diagnostic.message)}`),
    );
    return;
  }
  const lines = blamedLines(text, verdict.messages);
  // A value in a list or in a text of several lines stands below the name of its field.
  const onLine = found.some(
    ({ line }) => lines === undefined || lines.some((each) => line >= each && line <= each + 6),
  );
  const said = verdict.messages.map((each) => (typeof each === 'string' ? each : each.text)).join(' ');
  report.rejected(
    name,
    found.length === 0 ? 'unseen' : onLine ? 'on-line' : 'elsewhere',
    `${verdict.id}: ${shown.join(' | ') || said.slice(-200)}`,
  );
}

/** Refused for what is on the machine that asks, or for the release of the program that was asked. */
const elsewhere =
  /this version of kubeadm only supports deploying|not a valid HTTPS URL or a file on disk$|unable to select an IP from lo/m;

function* halves<T>(cases: readonly T[], nameOf: (each: T) => string): Iterable<[string, T]> {
  const groups = new Map<string, number>();
  for (const each of cases) {
    const name = nameOf(each);
    const count = groups.get(name) ?? 0;
    groups.set(name, count + 1);
    yield [count % 2 === 0 ? 'first half' : 'other half', each];
  }
}

function read<T>(...path: readonly string[]): T | undefined {
  const file = sharedFolder(...path);
  return file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as T);
}

/** A file with every kind of document and value that mutants are made of. */
const seeds: readonly string[] = [
  `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: 192.0.2.11
  bindPort: 6443
nodeRegistration:
  name: cp1
  criSocket: unix:///var/run/containerd/containerd.sock
  kubeletExtraArgs:
    - name: node-ip
      value: "192.0.2.11"
bootstrapTokens:
  - token: abcdef.0123456789abcdef
    ttl: 24h0m0s
    usages: [signing, authentication]
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.34.1
controlPlaneEndpoint: "lb.example.test:6443"
networking:
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
  dnsDomain: cluster.local
apiServer:
  certSANs:
    - lb.example.test
    - 192.0.2.100
  extraArgs:
    - name: audit-log-path
      value: /var/log/audit.log
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
maxPods: 110
evictionHard:
  memory.available: 100Mi
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: ipvs
ipvs:
  strictARP: true
`,
  `apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: "1.34.1"
apiServer:
  timeoutForControlPlane: 4m0s
  extraArgs:
    v: "4"
  certSANs: ["192.0.2.100", lb.example.test]
  extraVolumes:
    - name: audit
      hostPath: /var/log
      mountPath: /var/log
      readOnly: false
etcd:
  external:
    endpoints:
      - https://192.0.2.21:2379
    caFile: /etc/ssl/ca.crt
    certFile: /etc/ssl/c.crt
    keyFile: /etc/ssl/c.key
featureGates:
  RootlessControlPlane: true
imageRepository: registry.example.test/k8s
`,
  `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    token: abcdef.0123456789abcdef
    apiServerEndpoint: "192.0.2.100:6443"
    caCertHashes:
      - sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
controlPlane:
  certificateKey: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  localAPIEndpoint:
    advertiseAddress: 192.0.2.12
timeouts:
  discovery: 5m0s
skipPhases: [preflight]
`,
];

/** The kubeadm in the folder that HAVEN_KUBEADM names, else that of this machine, if it is of the release of the tables. */
function installed(): string | undefined {
  const folder = process.env.HAVEN_KUBEADM;
  const program = folder === undefined ? 'kubeadm' : join(folder, 'kubeadm');
  const run = spawnSync(program, ['version', '-o', 'short'], { encoding: 'utf8' });
  return run.status === 0 && /^v1\.34\./.test(run.stdout) ? program : undefined;
}

const option = (name: string, usual: number) =>
  Number(process.argv.find((each) => each.startsWith(`--${name}=`))?.split('=')[1] ?? usual);

/** Values of every form in every field of every kind, `--values=N` of them for each field. */
function fieldValues(report: Report, program: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'haven-kubeadm-'));
  const file = join(folder, 'kubeadm.yaml');
  for (const { kind, field, value, text } of kubeadmValues(seeded(option('seed', 1)), option('values', 1))) {
    writeFileSync(file, text);
    const run = spawnSync(program, ['config', 'validate', '--config', file], { encoding: 'utf8' });
    const said = run.stderr.trim();
    if (elsewhere.test(said)) continue;
    const id = `${kind} ${field}: ${value}`;
    judge(report, `values of ${kind}`, text, { id, accepted: run.status === 0, messages: [{ text: said }] });
  }
  rmSync(folder, { recursive: true });
}

/** Every recorded file and file of a repository that the program accepts: `--files=N` mutants of a kind are made of each. */
function realFiles(): readonly string[] {
  const recorded = (read<ConfigCase[]>('facts', 'kubeadm', 'recordings', 'config-verdicts.json') ?? []).flatMap(
    (each) => (each.accepted && each.config !== undefined ? [each.config] : []),
  );
  const found = (read<CorpusCase[]>('corpus', 'kubeadm-verdicts.json') ?? []).flatMap(({ file, oracle }) => {
    const path = sharedFolder('corpus', file);
    return path === undefined || oracle.verdict === 'rejected'
      ? []
      : [readFileSync(path, 'utf8').replace(/^kubernetesVersion:.*$/m, 'kubernetesVersion: v1.34.1')];
  });
  return [...new Set([...recorded, ...found])];
}

function mutants(report: Report, program: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'haven-kubeadm-'));
  const file = join(folder, 'kubeadm.yaml');
  const random = seeded(option('seed', 1));
  const sources = [
    ...seeds.map((text) => ({ text, each: option('each', 10), from: '' })),
    ...realFiles().map((text) => ({ text, each: option('files', 0), from: ' of files' })),
  ];
  for (const { text, each, from } of sources)
    for (const mutant of each === 0 ? [] : yamlMutants(text, random, each)) {
      writeFileSync(file, mutant.text);
      const run = spawnSync(program, ['config', 'validate', '--config', file], { encoding: 'utf8' });
      const said = run.stderr.split('\n').find((line) => /^error:|^[a-z]/.test(line)) ?? run.stderr;
      // validate does not look into what upgrade is told.
      const isUnread = run.status === 0 && /^kind: UpgradeConfiguration/m.test(mutant.text);
      if (elsewhere.test(said) || isUnread) continue;
      const id = `${mutant.name} ${JSON.stringify(mutant.text.split('\n')[mutant.line] ?? '')}`;
      judge(report, `kubeadm mutants${from}: ${mutant.name}`, mutant.text, {
        id,
        accepted: run.status === 0,
        messages: [{ text: said }],
      });
    }
  rmSync(folder, { recursive: true });
}

export const kubeadmPart: Part = {
  name: 'kubeadm',
  missing: () => (sharedFolder('facts') === undefined ? 'no recorded verdicts beside the checkout' : undefined),
  run(report) {
    const configs = read<ConfigCase[]>('facts', 'kubeadm', 'recordings', 'config-verdicts.json') ?? [];
    for (const [half, each] of halves(configs, ({ name }) => name.split('/')[0] ?? '')) {
      const text = each.config ?? Buffer.from(each.configBase64 ?? '', 'base64').toString('utf8');
      if (each.messages.some((message) => elsewhere.test(message.text))) continue;
      // What validate lets pass and the command that uses the file refuses is neither right nor wrong.
      if (each.accepted && each.use !== undefined && each.use.exit !== 0) continue;
      judge(report, `kubeadm files, ${half}`, text, { id: each.name, ...each });
    }
    const fields = read<FieldCase[]>('facts', 'kubeadm', 'recordings', 'field-verdicts.json') ?? [];
    for (const [half, each] of halves(fields, ({ kind }) => kind)) {
      const used = each.useExit ?? each.exit;
      if (each.exit === 0 && used !== 0) continue;
      const messages = each.messages.map((one) => (typeof one === 'string' ? one : one.text));
      if (messages.some((one) => elsewhere.test(one))) continue;
      const id = `${each.apiVersion.slice(-7)} ${each.kind}.${each.field} = ${JSON.stringify(each.value)}`;
      judge(report, `kubeadm fields, ${half}`, fileOfProbe(each), { id, accepted: each.exit === 0, messages });
    }
    for (const each of read<CorpusCase[]>('corpus', 'kubeadm-verdicts.json') ?? []) {
      const path = sharedFolder('corpus', each.file);
      const oracle = each.oracleAsVersion ?? each.oracle;
      if (path === undefined) continue;
      const text = readFileSync(path, 'utf8').replace(/^kubernetesVersion:.*$/m, 'kubernetesVersion: v1.34.1');
      judge(report, 'kubeadm files of repositories', text, {
        id: each.file,
        accepted: oracle.verdict !== 'rejected',
        messages: oracle.messages,
      });
    }
    const program = installed();
    if (program === undefined) return;
    mutants(report, program);
    fieldValues(report, program);
  },
};
