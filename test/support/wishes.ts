import type { FileKind } from '../../src/base/file-kind';
import type { Distribution, Role } from '../../src/model/inventory/inventory';
import { planBackup } from '../../src/ops/backup';
import { planRenewCertificates } from '../../src/ops/certificates';
import type { NodeCertificates } from '../../src/ops/commands/certificates';
import type { NodeConfig } from '../../src/ops/commands/config-file';
import type { EtcdFacts } from '../../src/ops/commands/etcd-gateway';
import type { JoinPrograms } from '../../src/ops/commands/install-k3s';
import type { JoinFacts } from '../../src/ops/commands/join-facts';
import type { KubeNode } from '../../src/ops/commands/kubectl';
import type { ScheduleFacts } from '../../src/ops/commands/schedule-facts';
import { planDefragment } from '../../src/ops/defragment';
import { planDrain, planUncordon } from '../../src/ops/drain';
import { planFailoverDrill } from '../../src/ops/failover-drill';
import { planJoin } from '../../src/ops/join/join';
import type { Plan } from '../../src/ops/plan';
import { planPush } from '../../src/ops/push-config';
import { planReaddMember } from '../../src/ops/readd-member';
import { planRemoveMember } from '../../src/ops/remove-member';
import { planRemove } from '../../src/ops/remove-node';
import type { K3sServerFacts } from '../../src/ops/restore/k3s-facts';
import type { KubeadmServerFacts } from '../../src/ops/restore/kubeadm-facts';
import { authorityFiles, type KubeadmPki, type NewMachineFacts } from '../../src/ops/restore/new-kubeadm-facts';
import { planDiscard } from '../../src/ops/restore/plan-discard';
import { planK3sRestore } from '../../src/ops/restore/plan-k3s';
import { planKubeadmRestore } from '../../src/ops/restore/plan-kubeadm';
import { planNewKubeadmRestore } from '../../src/ops/restore/plan-new-kubeadm';
import type { RestoreSnapshot } from '../../src/ops/restore/restore-snapshot';
import { planRolling } from '../../src/ops/rolling';
import type { UpgradePrograms } from '../../src/ops/rolling-steps';
import { planSnapshot } from '../../src/ops/snapshot';
import { planDeleteSnapshots, planDownloadSnapshot, planSendSnapshot } from '../../src/ops/snapshot-files';
import { ownFolder, planSnapshotSchedule } from '../../src/ops/snapshot-schedule';
import { planSnapshotTimer } from '../../src/ops/snapshot-timer';
import type { ClusterState } from '../../src/ops/status/cluster-state';
import { type FleetNode, fleetState, memberFactsOf, vip } from './fleet';

/** Stands wherever an answer or a file may hold a secret. No plan may have it in its text. */
export const sentinel = 'never-in-a-plan-5f1c';

/** What somebody may wish of an operation, as words, and what its planner makes of it. */
export interface Wish {
  readonly planner: string;
  readonly words: string;
  readonly plan: Plan;
  /** Names of the nodes there are. */
  readonly hosts: readonly string[];
}

type Row<Table> = { readonly [Key in keyof Table]: Table[Key] extends readonly (infer Value)[] ? Value : never };

/** Every choice of one value for each name. */
function* each<const Table extends Readonly<Record<string, readonly unknown[]>>>(table: Table): Generator<Row<Table>> {
  const [name, ...others] = Object.keys(table);
  if (name === undefined) {
    yield {} as Row<Table>;
    return;
  }
  const rest = Object.fromEntries(others.map((other) => [other, table[other] ?? []]));
  for (const value of table[name] ?? []) for (const row of each(rest)) yield { [name]: value, ...row } as Row<Table>;
}

const stamp = '20261121-070000';
const hash = 'ab'.repeat(32);
const file = (name: string) => ({ localPath: `/home/ops/it's/${name}`, sha256: hash, bytes: 700 });

/** How the machines are called: as Nodes are, with what DNS allows, and as nobody's program has to know it. */
const spellings = {
  plain: (name: string) => name,
  dotted: (name: string) => `${name.toUpperCase()}.example.com`,
  free: (name: string) => `서버 ${name}'s`,
} as const;

const ails = ['nothing', 'silent', 'learner', 'no quorum'] as const;

interface Fleet {
  readonly words: string;
  readonly distribution: Distribution;
  readonly nodes: readonly FleetNode[];
  readonly state: ClusterState;
  readonly members: ReadonlyMap<string, EtcdFacts>;
  readonly kube: readonly KubeNode[];
  readonly servers: readonly string[];
  readonly agents: readonly string[];
  readonly release: string;
  readonly etcd: boolean;
  /** A machine of the inventory that is in no cluster yet. */
  readonly fresh: (role: Role) => { readonly state: ClusterState; readonly host: string };
}

function etcdOf(i: number, ail: (typeof ails)[number], isLast: boolean): FleetNode['etcd'] {
  if (ail === 'no quorum') return 'sick';
  if (i === 0) return 'leader';
  return ail === 'learner' && isLast ? 'learner' : 'voter';
}

/** Clusters of every kind that Haven works on, in every state in which an operation is begun. */
function* fleets(): Generator<Fleet> {
  const table = {
    spelling: ['plain', 'dotted', 'free'],
    kind: ['k3s', 'k3s with an external datastore', 'kubeadm'],
    count: [1, 2, 3],
    agents: [0, 1],
    balancers: ['none', 'of their own', 'on the servers'],
    ail: ails,
  } as const;
  for (const { spelling, kind, count, agents, balancers, ail } of each(table)) {
    // Odd names and small clusters in every state would only repeat what the others show.
    if (spelling !== 'plain' && (count === 2 || agents === 0 || ail !== 'nothing')) continue;
    if (count === 1 && ail !== 'nothing') continue;
    const named = spellings[spelling];
    const etcd = kind !== 'k3s with an external datastore';
    const onServers = balancers === 'on the servers';
    const nodes: FleetNode[] = [];
    for (let i = 0; i < count; i++) {
      const state = etcdOf(i, ail, i === count - 1);
      nodes.push({
        name: named(`cp${i + 1}`),
        roles: onServers ? ['server', 'loadbalancer'] : ['server'],
        ...(etcd && state !== undefined && { etcd: state }),
        ...(ail === 'silent' && i === count - 1 && { silent: true }),
        ...(onServers && i === 0 && { holds: true }),
      });
    }
    if (agents > 0) nodes.push({ name: named('w1'), roles: ['agent'] });
    if (balancers === 'of their own')
      nodes.push(
        { name: named('lb1'), roles: ['loadbalancer'], holds: true },
        { name: named('lb2'), roles: ['loadbalancer'] },
      );
    const distribution = kind === 'kubeadm' ? 'kubeadm' : 'k3s';
    const release = distribution === 'k3s' ? 'v1.34.1+k3s1' : 'v1.34.1';
    yield {
      words: `${kind}, ${count} servers, ${agents} agents, load balancers: ${balancers}, names: ${spelling}, ails: ${ail}`,
      distribution,
      nodes,
      state: stateOf(nodes, distribution),
      members: etcd ? memberFactsOf(nodes) : new Map(),
      kube: kubeOf(nodes, release),
      servers: namesOf(nodes, 'server'),
      agents: namesOf(nodes, 'agent'),
      release,
      etcd,
      fresh: (role) => {
        const host = named('new1');
        return { state: stateOf([...nodes, { name: host, roles: [role] }], distribution), host };
      },
    };
  }
}

const namesOf = (nodes: readonly FleetNode[], role: Role) =>
  nodes.filter((node) => node.roles.includes(role)).map((node) => node.name);

/** What a machine that is called freely here is called by itself, and by Kubernetes. */
const plainName = (name: string) => name.replace(/^서버 (.*)'s$/, '$1').toLowerCase();

function stateOf(nodes: readonly FleetNode[], distribution: Distribution): ClusterState {
  const state = fleetState(nodes, distribution);
  const running = (name: string) => ({ name, active: 'active', sub: 'running', restarts: 0 });
  for (const { node, report } of state.nodes) {
    if (report.kind !== 'answered') continue;
    const units: string[] = [];
    if (node.roles.includes('loadbalancer')) units.push('haproxy', 'keepalived');
    if (node.roles.includes('server')) units.push(distribution === 'k3s' ? 'k3s' : 'kubelet');
    if (node.roles.includes('agent')) units.push(distribution === 'k3s' ? 'k3s-agent' : 'kubelet');
    Object.assign(report.status, { hostName: plainName(node.name), units: units.map(running) });
  }
  return state;
}

function kubeOf(nodes: readonly FleetNode[], version: string): KubeNode[] {
  return nodes.flatMap(({ name, roles, silent }, i) => {
    if (!roles.includes('server') && !roles.includes('agent')) return [];
    return [
      {
        name: plainName(name),
        addresses: [`10.0.0.${11 + i}`],
        ready: silent !== true,
        voter: undefined,
        cordoned: false,
        version,
        controlPlane: roles.includes('server'),
      },
    ];
  });
}

const content: RestoreSnapshot['content'] = {
  revision: 2080,
  keys: 386,
  versions: 900,
  members: [],
  tokenHashes: ['0123456789ab'],
  storageVersion: '3.6.0',
  sample: [],
};
const snapshotOf = (from: string | undefined, more: Partial<RestoreSnapshot['content']> = {}): RestoreSnapshot => ({
  host: from,
  path: from === undefined ? "/home/ops/it's/daily" : '/var/lib/rancher/k3s/server/db/snapshots/daily-cp1-1795217796',
  bytes: 2_351_136,
  hash,
  local: { path: "/home/ops/it's/copy", sha256: 'cd'.repeat(32) },
  content: { ...content, ...more },
});
const whole = { kind: 'whole', bytes: 2_351_136, hash, tokenHashes: [] } as const;

const machineFacts = (hostName: string, distribution: Distribution, more: Partial<JoinFacts> = {}): JoinFacts => ({
  hostName,
  clockSec: 1_795_230_900,
  ports: new Set([22]),
  units: new Map(),
  k3sVersion: undefined,
  kubeadmVersion: distribution === 'kubeadm' ? 'v1.34.1' : undefined,
  kubeletVersion: distribution === 'kubeadm' ? 'v1.34.1' : undefined,
  leftovers: [],
  hasRoute: true,
  freeKib: 20_000_000,
  hasContainerRuntime: true,
  swaps: false,
  settings: [],
  unreached: [],
  ...more,
});

const programsFrom: readonly JoinPrograms[] = [
  { from: 'machine' },
  { from: 'files', k3s: file('k3s'), installer: file('install.sh') },
  { from: 'online' },
];

/** Plans are made only where they are looked at: there are a quarter of a million. */
type Planner = (fleet: Fleet) => Iterable<readonly [words: string, plan: () => Plan]>;

const snapshots: Planner = function* ({ state }) {
  for (const name of ['haven-20261121-070000', '../x', "it's"]) yield [name, () => planSnapshot(state, name)];
};

const nodesOfRolling = ({ servers, agents }: Fleet) => [[...servers, ...agents], servers, agents, servers.slice(0, 1)];

const rolling: Planner = function* (fleet) {
  const { state, kube, distribution } = fleet;
  const k3s = distribution === 'k3s';
  const named = (names: readonly string[], folder: string) =>
    new Map(names.map((name) => [`${folder}/${name}`, file(name)]));
  const programs = k3s ? named(['k3s'], '/usr/local/bin') : named(['kubeadm', 'kubelet', 'kubectl'], '/usr/bin');
  const releases = k3s
    ? ['v1.34.3+k3s1', 'v1.35.0+k3s1', 'v1.33.1+k3s1', "'; true"]
    : ['v1.34.3', 'v1.35.0', 'v1.33.1'];
  const upgrades: (UpgradePrograms | undefined)[] = [undefined];
  for (const { release, online, sent } of each({ release: releases, online: [true, false], sent: [true, false] }))
    upgrades.push({ release, online, files: sent ? programs : new Map() });
  for (const { hosts, drain, upgrade, cordoned } of each({
    hosts: nodesOfRolling(fleet),
    drain: [true, false],
    upgrade: upgrades,
    cordoned: [false, true],
  })) {
    if (cordoned && upgrade?.release !== undefined && upgrade.release !== releases[0]) continue;
    const nodes = kube.map((node) => ({ ...node, cordoned }));
    const words = `${hosts.join()} drain ${drain} cordoned ${cordoned} ${JSON.stringify(upgrade)}`;
    yield [words, () => planRolling(state, { stamp, hosts, nodes, drain, ...(upgrade && { upgrade }) })];
  }
};

const renewals: Planner = function* (fleet) {
  const certificate = {
    subject: 'CN=kube-apiserver',
    serial: '0A',
    notAfterMs: 1_795_230_900_000,
    names: ['10.0.0.100'],
  };
  const path =
    fleet.distribution === 'k3s'
      ? '/var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt'
      : '/etc/kubernetes/pki/apiserver.crt';
  for (const { hosts, unreadable, known } of each({
    hosts: nodesOfRolling(fleet),
    unreadable: [false, true],
    known: [true, false],
  })) {
    const found: NodeCertificates = {
      files: unreadable ? [] : [{ ...certificate, path }],
      served: unreadable ? [] : [{ ...certificate, endpoint: '127.0.0.1:6443' }],
      silent: [],
      unreadable,
    };
    const facts = new Map(known ? hosts.map((host) => [host, found]) : []);
    yield [`${hosts.join()} ${unreadable} ${known}`, () => planRenewCertificates(fleet.state, facts, { stamp, hosts })];
  }
};

const drains: Planner = function* (fleet) {
  for (const hosts of nodesOfRolling(fleet))
    yield [hosts.join(), () => planDrain(fleet.state, { stamp, hosts, nodes: fleet.kube })];
};

const uncordons: Planner = function* (fleet) {
  for (const hosts of nodesOfRolling(fleet)) {
    const nodes = fleet.kube.map((node) => ({ ...node, cordoned: true }));
    yield [hosts.join(), () => planUncordon(fleet.state, { stamp, hosts, nodes })];
  }
};

const readds: Planner = function* ({ state, members, servers }) {
  for (const { host, isOut } of each({ host: servers, isOut: [true, false] })) {
    const at = servers.indexOf(host);
    const left = [...members].filter(([name]) => !isOut || name !== host);
    const facts = left.map(([name, told]) => {
      const listed = told.members.filter((member) => !isOut || member.id !== String(101 + at));
      return [name, { ...told, members: listed }] as const;
    });
    yield [`${host} ${isOut}`, () => planReaddMember(state, new Map(facts), { stamp, host })];
  }
};

const memberRemovals: Planner = function* ({ state, members, servers, kube }) {
  for (const at of [...servers.keys(), 77]) {
    const id = String(101 + at);
    yield [id, () => planRemoveMember(state, members, { id, nodes: kube })];
    // One of a machine that is not there any more.
    const facts = [...members].map(([name, told]) => {
      const gone = { id: '999', name: 'gone-1', peerUrls: ['https://10.0.0.99:2380'], learner: false };
      return [name, { ...told, members: [...told.members, gone] }] as const;
    });
    yield ['999', () => planRemoveMember(state, new Map(facts), { id: '999', nodes: kube })];
  }
};

const removals: Planner = function* ({ state, members, kube, servers, agents }) {
  const wishes = {
    host: [...servers, ...agents, 'nobody'],
    drain: [true, false],
    uninstall: [true, false],
    inBackends: [[], ['lb/haproxy.cfg']],
    nodes: [kube, []],
  };
  for (const { host, drain, uninstall, inBackends, nodes } of each(wishes))
    yield [
      `${host} ${drain} ${uninstall} ${inBackends.length} ${nodes.length}`,
      () => planRemove(state, members, { stamp, host, nodes, drain, uninstall, inBackends }),
    ];
};

const joins: Planner = function* (fleet) {
  const { distribution, members, kube, release, etcd } = fleet;
  const settings: readonly (readonly [string, string][] | undefined)[] = [
    undefined,
    [],
    [['server', 'https://10.0.0.100:6443']],
    [['token-file', '/etc/rancher/k3s/token']],
    [['token', sentinel]],
    [['agent-token', sentinel]],
    [
      ['datastore-endpoint', `postgres://k3s:${sentinel}@10.0.0.50/k3s`],
      ['token', sentinel],
    ],
  ];
  const wishes = {
    role: ['server', 'agent'],
    programs: distribution === 'k3s' ? programsFrom : programsFrom.slice(0, 1),
    setting: distribution === 'k3s' ? settings : settings.slice(0, 1),
    leftovers: [[], ['/var/lib/rancher/k3s/server/db', '/var/lib/etcd']],
    known: [true, false],
    inBackends: [[], ['lb/haproxy.cfg']],
  } as const;
  for (const { role, programs, setting, leftovers, known, inBackends } of each(wishes)) {
    if (!known && (leftovers.length > 0 || inBackends.length > 0)) continue;
    const { state, host } = fleet.fresh(role);
    const unit = role === 'server' ? 'k3s' : 'k3s-agent';
    const isThere = distribution === 'k3s' && programs.from === 'machine';
    const facts = machineFacts('new1', distribution, {
      leftovers,
      ...(isThere && { k3sVersion: release, units: new Map([[unit, 'inactive']]) }),
    });
    const plan = () =>
      planJoin(state, members, {
        stamp,
        host,
        nodes: kube,
        facts: known ? facts : undefined,
        clockSkewSec: known ? 0.2 : undefined,
        programs,
        release: known ? release : undefined,
        config:
          setting === undefined
            ? undefined
            : { file: file('new1.yaml'), name: 'k3s/new1.yaml', settings: new Map(setting) },
        differences: [],
        servedNames: undefined,
        caHash: distribution === 'kubeadm' ? hash : undefined,
        inBackends,
        concerns: { blockers: [], warnings: [] },
      });
    const words = `${role} ${programs.from} ${JSON.stringify(setting)} ${leftovers.length} ${known} ${inBackends.length} ${etcd}`;
    yield [words, plan];
  }
};

const pushed: readonly (readonly [FileKind | undefined, string])[] = [
  ['haproxy', '/etc/haproxy/haproxy.cfg'],
  ['keepalived', '/etc/keepalived/keepalived.conf'],
  ['nginx', "/etc/nginx/it's nginx.conf"],
  ['k3s', '/etc/rancher/k3s/config.yaml'],
  ['kubeadm', '/etc/kubernetes/kubeadm-config.yaml'],
  ['static-pod', '/etc/kubernetes/manifests/haproxy.yaml'],
  [undefined, '/etc/app/app.conf'],
];

const pushes: Planner = function* ({ state, nodes }) {
  const wishes = {
    of: [...pushed.map((one) => [one]), pushed.slice(0, 2), pushed],
    hosts: [nodes.map((node) => node.name), nodes.slice(0, 1).map((node) => node.name)],
    there: ['other', 'same', 'absent'],
    missing: [[], ['systemd-run'], ['haproxy', 'keepalived', 'nginx']],
    confirmSec: [120, 1],
  } as const;
  for (const { of, hosts, there, missing, confirmSec } of each(wishes)) {
    const facts = new Map<string, NodeConfig>();
    for (const host of hosts) {
      const found = there === 'absent' ? [] : of;
      facts.set(host, {
        files: found.map(([, path]) => ({
          path,
          mode: '640',
          owner: 'root:haproxy',
          bytes: 50,
          sha256: there === 'same' ? hash : 'cd'.repeat(32),
          text: `stats auth admin:${sentinel}\ntoken: ${sentinel}\n`,
        })),
        absent: there === 'absent' ? of.map(([, path]) => path) : [],
        doors: new Map([['127.0.0.1:6443', '401']]),
        units: new Map(
          ['haproxy', 'keepalived', 'nginx', 'k3s', 'k3s-agent', 'kubelet'].map((unit) => [unit, 'loaded/active']),
        ),
        programs: ['haproxy', 'keepalived', 'nginx', 'k3s', 'kubeadm', 'curl', 'systemd-run'].filter(
          (name) => !(missing as readonly string[]).includes(name),
        ),
      });
    }
    const files = hosts.flatMap((host) =>
      of.map(([kind, path]) => ({ host, kind, path, file: `${host}${path}`, ...file(path.slice(1)) })),
    );
    const plan = () => planPush(state, facts, { stamp, files, confirmSec, concerns: { blockers: [], warnings: [] } });
    yield [
      `${of.map(([kind]) => kind).join()} on ${hosts.length}, ${there}, without ${missing.join()}, ${confirmSec}`,
      plan,
    ];
  }
};

const nightly = { cron: '30 2 * * *', keep: 14, compress: true };
const scheduleWishes = { schedule: [undefined, 'off', nightly, { ...nightly, cron: '* *', keep: 0 }] } as const;

const schedules: Planner = function* ({ state, servers, distribution }) {
  if (distribution !== 'k3s') return;
  const s3 = { endpoint: 's3.example.com', bucket: 'snapshots', region: 'kr', folder: 'prod' };
  const wishes = {
    ...scheduleWishes,
    s3: [undefined, 'off', { ...s3, keys: 'typed' }, { ...s3, keys: 'machine' }],
    folder: [undefined, ownFolder, '/srv/snapshots', '../x'],
    set: [false, true],
  } as const;
  for (const { schedule, s3: store, folder, set } of each(wishes)) {
    const settings = [
      { path: '/etc/rancher/k3s/config.yaml', key: 'etcd-s3-secret-key', value: sentinel },
      { path: '/etc/rancher/k3s/config.yaml.d/zz.yaml', key: 'etcd-snapshot-retention', value: '3' },
    ];
    const facts: ScheduleFacts = {
      settings: set ? settings : [],
      inUnit: [],
      ...(folder !== undefined && { folder: { is: 'folder', inDatabase: false } }),
    };
    const parameters = {
      stamp,
      ...(schedule !== undefined && { schedule }),
      ...(store !== undefined && { s3: store }),
      ...(folder !== undefined && { folder }),
    };
    const answers = new Map(servers.map((host) => [host, facts]));
    yield [`${JSON.stringify(parameters)} ${set}`, () => planSnapshotSchedule(state, answers, parameters)];
  }
};

const timers: Planner = function* ({ state, distribution }) {
  if (distribution !== 'kubeadm') return;
  for (const { schedule } of each(scheduleWishes)) {
    const parameters = { stamp, ...(schedule !== undefined && { schedule }) };
    yield [JSON.stringify(parameters), () => planSnapshotTimer(state, parameters)];
  }
};

const names = ["it's one", 'daily-cp1-1795217796', 'daily.zip'];
const folderOf = { k3s: '/var/lib/rancher/k3s/server/db/snapshots', kubeadm: '/var/lib/haven/snapshots' };

const deletions: Planner = function* ({ state, servers, distribution }) {
  for (const count of [1, 3]) {
    const files = servers.flatMap((host) =>
      names.slice(0, count).map((name) => ({ host, path: `${folderOf[distribution]}/${name}` })),
    );
    yield [`${count} on each`, () => planDeleteSnapshots(state, files)];
  }
};

const downloads: Planner = function* ({ state, servers, distribution }) {
  for (const { host, name } of each({ host: servers, name: names })) {
    const at = { host, path: `${folderOf[distribution]}/${name}` };
    yield [`${host} ${name}`, () => planDownloadSnapshot(state, at, `/home/ops/it's/${name}`)];
  }
};

const sendings: Planner = function* ({ state, servers }) {
  for (const { host, name } of each({ host: servers, name: ['from-office', '../x'] }))
    yield [`${host} ${name}`, () => planSendSnapshot(state, host, name, file('from office'))];
};

const backups: Planner = function* ({ state, nodes, servers }) {
  const wishes = {
    secrets: [true, false],
    snapshot: [undefined, 'backup-20261121'],
    resources: [undefined, { host: servers[0], kinds: ['pods', 'deployments.apps', 'secrets'], unheard: [] }],
    repository: [true, false],
    surveyed: [true, false],
  };
  for (const { secrets, snapshot, resources, repository, surveyed } of each(wishes)) {
    const paths = ['/etc/haproxy/haproxy.cfg', "/etc/rancher/k3s/it's.yaml"];
    const survey = new Map(
      surveyed ? nodes.map((node) => [node.name, paths.map((path) => ({ path, sha256: hash }))]) : [],
    );
    const targets = nodes.map(({ name }) => ({
      host: name,
      kind: 'haproxy' as const,
      path: '/etc/haproxy/haproxy.cfg',
      file: 'lb/haproxy.cfg',
    }));
    const plan = () =>
      planBackup(state, survey, {
        folder: "/home/ops/it's backup",
        secrets,
        ...(snapshot !== undefined && { snapshot }),
        ...(resources !== undefined && { resources }),
        ...(repository && { repository: { targets, hashOf: () => hash } }),
      });
    yield [`${secrets} ${snapshot} ${resources?.host} ${repository} ${surveyed}`, plan];
  }
};

const k3sServer = (host: string, isFirst: boolean, more: Partial<K3sServerFacts> = {}): K3sServerFacts => ({
  host,
  version: 'v1.34.1+k3s1',
  dataDir: '/var/lib/rancher/k3s',
  keys: new Set(['token']),
  server: isFirst ? '' : 'https://10.0.0.100:6443',
  unit: 'loaded',
  unitArguments: [],
  unitEnvironment: new Set(),
  tokenHash: '0123456789ab',
  hasDatabase: true,
  hasResetFlag: false,
  oldDatabases: [],
  mounts: [],
  databaseKb: 3000,
  freeKb: 10_000_000,
  nodeName: plainName(host),
  hostName: plainName(host),
  hasNodePassword: true,
  ...(isFirst ? { snapshot: whole } : {}),
  ...more,
});

const bare: Partial<K3sServerFacts> = {
  version: '',
  keys: new Set(),
  server: '',
  unit: '',
  tokenHash: '',
  hasDatabase: false,
  databaseKb: 0,
  nodeName: '',
  hasNodePassword: false,
};

const k3sRestores: Planner = function* ({ state, servers, distribution, release }) {
  if (distribution !== 'k3s') return;
  const [first = ''] = servers;
  const ofK3s = new Set(state.nodes.filter(({ report }) => report.kind === 'answered').map(({ node }) => node.name));
  const silent = servers.filter((host) => !ofK3s.has(host));
  const s3Settings = { ...file('s3.yaml'), keys: ['etcd-s3-bucket', 'etcd-s3-access-key', 'etcd-s3-secret-key'] };
  const wishes = {
    snapshot: [
      snapshotOf(first),
      snapshotOf(servers.at(-1)),
      snapshotOf(undefined),
      { object: 'daily-cp1-1795217796' },
      { object: 'daily-cp1-1795217796.zip', settings: s3Settings },
      { object: "../it's", settings: s3Settings },
    ],
    absent: [[], silent],
    facts: [
      {},
      { hasResetFlag: true, oldDatabases: ['etcd-old-1795217804'] },
      { unitArguments: ['--disable=traefik', `--flannel-backend=it's`] },
      { dataDir: '/srv/k3s' },
      bare,
    ],
    machines: [
      undefined,
      ...programsFrom.flatMap((programs) => [
        { programs, token: true, config: false },
        { programs, token: false, config: true },
      ]),
    ],
  } as const;
  for (const { snapshot, absent, facts, machines } of each(wishes)) {
    if (facts !== bare && machines !== undefined && machines.programs.from !== 'machine') continue;
    const all = servers
      .filter((host) => !silent.includes(host))
      .map((host) => k3sServer(host, host === first, { ...facts }));
    const configs = servers.map((host, i) => {
      const settings = new Map([
        ['token', sentinel],
        i === 0 ? ['cluster-init', 'true'] : ['server', 'https://10.0.0.11:6443'],
      ]);
      return [
        host,
        { file: file(`${host}.yaml`), name: `k3s/${host}.yaml`, settings, tokenHash: '0123456789ab' },
      ] as const;
    });
    const newHosts = machines && {
      programs: machines.programs,
      release,
      configs: new Map(machines.config ? configs : []),
      tokenHash: machines.token ? '0123456789ab' : undefined,
    };
    const plan = () => planK3sRestore(state, all, { stamp, snapshot, absent, ...(newHosts && { newHosts }) });
    const from = 'object' in snapshot ? snapshot.object : (snapshot.host ?? 'here');
    yield [`${from} ${absent.join()} ${JSON.stringify(facts)} ${JSON.stringify(machines)}`, plan];
  }
};

const kubeadmServer = (host: string, i: number, more: Partial<KubeadmServerFacts> = {}): KubeadmServerFacts => ({
  host,
  flags: new Map([
    ['name', plainName(host)],
    ['initial-advertise-peer-urls', `https://10.0.0.${11 + i}:2380`],
    ['listen-client-urls', `https://127.0.0.1:2379,https://10.0.0.${11 + i}:2379`],
    ['listen-metrics-urls', 'http://127.0.0.1:2381'],
  ]),
  dataDir: '/var/lib/etcd',
  etcdServers: ['https://127.0.0.1:2379'],
  tool: 'etcdutl',
  canBump: true,
  pki: new Set(),
  missing: [],
  lacking: [],
  freeKb: 10_000_000,
  ...(i === 0 ? { snapshot: whole } : {}),
  ...more,
});
const bareKubeadm: Partial<KubeadmServerFacts> = { flags: new Map(), etcdServers: [] };

const authority = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const ofKubeadm = (nodes: readonly string[]): Partial<RestoreSnapshot['content']> => ({
  tokenHashes: [],
  members: nodes.map((name, i) => ({ name: plainName(name), peerUrls: [`https://10.0.0.${11 + i}:2380`] })),
  kubeadm: {
    clusterConfiguration: `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncontrolPlaneEndpoint: ${vip}:6443\nkubernetesVersion: v1.34.1\netcd:\n  local:\n    dataDir: /var/lib/etcd\n`,
    kubeletConfiguration: 'kind: KubeletConfiguration\n',
    authorities: authority,
    nodes: [...nodes.map(plainName), 'old-worker'],
  },
});
const pki = (lacks: readonly string[]): KubeadmPki => ({
  files: new Map(authorityFiles.filter((name) => !lacks.includes(name)).map((name) => [name, file(name)])),
  authority,
  strangers: [],
});
const newMachine = (host: string): NewMachineFacts => ({
  join: machineFacts(plainName(host), 'kubeadm'),
  clockSkewSec: 0.2,
  missingPaths: [],
  answering: [],
  unknown: [],
});

const kubeadmRestores: Planner = function* ({ state, servers, distribution }) {
  if (distribution !== 'kubeadm') return;
  const silent = state.nodes.filter(({ report }) => report.kind === 'silent').map(({ node }) => node.name);
  const [first = ''] = servers;
  const wishes = {
    from: [first, servers.at(-1), undefined],
    absent: [[], silent] as const,
    tool: ['etcdutl', 'etcdctl', 'container', 'image', undefined],
    canBump: [true, false],
    dataDir: ['/var/lib/etcd', '/srv/etcd'],
    empty: [[], servers.slice(1), servers.slice(-1)],
  } as const;
  for (const { from, absent, tool, canBump, dataDir, empty } of each(wishes)) {
    const lacks: readonly string[] = empty;
    const facts = servers.flatMap((host, i) =>
      silent.includes(host)
        ? []
        : [kubeadmServer(host, i, lacks.includes(host) ? bareKubeadm : { tool, canBump, dataDir })],
    );
    const newcomers = new Map(empty.map((host) => [host, newMachine(host)]));
    const plan = () =>
      planKubeadmRestore(state, facts, {
        stamp,
        snapshot: snapshotOf(from, ofKubeadm(servers)),
        absent,
        ...(empty.length > 0 && { newcomers }),
      });
    yield [`${from} ${absent.join()} ${tool} ${canBump} ${dataDir} new: ${empty.join()}`, plan];
  }
};

const newKubeadmRestores: Planner = function* ({ state, servers, distribution }) {
  if (distribution !== 'kubeadm') return;
  const wishes = {
    keys: [undefined, pki([]), pki(['sa.key'])],
    tool: ['etcdutl', 'image', undefined],
    canBump: [true, false],
    content: [ofKubeadm(servers), {}],
  } as const;
  for (const { keys, tool, canBump, content: held } of each(wishes)) {
    const silent = state.nodes.filter(({ report }) => report.kind === 'silent').map(({ node }) => node.name);
    const facts = servers
      .filter((host) => !silent.includes(host))
      .map((host, i) => kubeadmServer(host, i, { ...bareKubeadm, tool, canBump }));
    const plan = () =>
      planNewKubeadmRestore(state, facts, {
        stamp,
        snapshot: snapshotOf(undefined, held),
        absent: silent,
        pki: keys,
        machines: new Map(servers.map((host) => [host, newMachine(host)])),
      });
    yield [`${keys?.files.size} ${tool} ${canBump} ${Object.keys(held).length}`, plan];
  }
};

const discards: Planner = function* (fleet) {
  for (const make of [k3sRestores, kubeadmRestores]) {
    for (const [words, restore] of make(fleet)) {
      if (restore().blockers.length > 0) continue;
      yield [words, () => planDiscard(restore(), stamp)];
      break;
    }
  }
};

const defragmentations: Planner = function* ({ state, members }) {
  for (const { disarm, alarm } of each({ disarm: [true, false], alarm: [true, false] })) {
    const facts = [...members].map(([name, told]) => {
      const alarms = alarm ? [{ memberId: told.memberId, alarm: 'NOSPACE' }] : [];
      return [name, { ...told, alarms }] as const;
    });
    yield [`${disarm} ${alarm}`, () => planDefragment(state, new Map(facts), { stamp, disarm })];
  }
};

const failovers: Planner = function* ({ state, nodes }) {
  const wishes = {
    way: ['keepalived', 'haproxy'],
    to: [vip, '10.0.0.250'],
    prediction: [
      undefined,
      {
        heirs: nodes
          .filter((node) => node.holds !== true && node.roles.includes('loadbalancer'))
          .map((node) => node.name),
        seconds: [0.4, 0.6],
        returns: true,
      },
      { heirs: [], seconds: undefined, returns: false },
    ],
  } as const;
  for (const { way, to, prediction } of each(wishes))
    yield [
      `${way} ${to} ${prediction?.heirs.join()}`,
      () => planFailoverDrill(state, { stamp, vip: to, port: 6443, way, prediction }),
    ];
};

/** By the name of the function that plans; of so many wishes one is tried, unless all of them are asked for. */
const planners: Readonly<Record<string, readonly [plans: Planner, oneOf: number]>> = {
  planSnapshot: [snapshots, 7],
  planRolling: [rolling, 401],
  planRenewCertificates: [renewals, 41],
  planDrain: [drains, 13],
  planUncordon: [uncordons, 13],
  planReaddMember: [readds, 7],
  planRemoveMember: [memberRemovals, 17],
  planRemove: [removals, 151],
  planJoin: [joins, 353],
  planPush: [pushes, 797],
  planSnapshotSchedule: [schedules, 197],
  planSnapshotTimer: [timers, 5],
  planDeleteSnapshots: [deletions, 7],
  planDownloadSnapshot: [downloads, 17],
  planSendSnapshot: [sendings, 17],
  planBackup: [backups, 71],
  planK3sRestore: [k3sRestores, 389],
  planKubeadmRestore: [kubeadmRestores, 307],
  planNewKubeadmRestore: [newKubeadmRestores, 29],
  planDiscard: [discards, 5],
  planDefragment: [defragmentations, 11],
  planFailoverDrill: [failovers, 31],
};

/** What each planner makes of wishes, for clusters of every kind: of a sample, or with `all` of every one. */
export function* wishes(all: boolean): Generator<Wish> {
  const seen = new Map<string, number>();
  for (const fleet of fleets()) {
    const hosts = [...fleet.nodes.map((node) => node.name), fleet.fresh('agent').host];
    for (const [planner, [make, oneOf]] of Object.entries(planners)) {
      for (const [words, plan] of make(fleet)) {
        const count = seen.get(planner) ?? 0;
        seen.set(planner, count + 1);
        if (all || count % oneOf === 0) yield { planner, words: `${words}; ${fleet.words}`, hosts, plan: plan() };
      }
    }
  }
}
