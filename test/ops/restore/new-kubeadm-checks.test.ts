import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../../src/base/message';
import type { JoinFacts } from '../../../src/ops/commands/join-facts';
import type { ClusterSettings } from '../../../src/ops/restore/cluster-configuration';
import { type KubeadmServerFacts, parseKubeadmFacts } from '../../../src/ops/restore/kubeadm-facts';
import { newKubeadmConcerns } from '../../../src/ops/restore/new-kubeadm-concerns';
import {
  authorityFiles,
  type KubeadmPki,
  type NewKubeadmParameters,
  type NewMachineFacts,
} from '../../../src/ops/restore/new-kubeadm-facts';
import type { RestoreSnapshot } from '../../../src/ops/restore/restore-snapshot';
import { clusterState } from '../../../src/ops/status/cluster-state';

const hosts = ['cp1', 'cp2'];
const authority = '-----BEGIN CERTIFICATE-----\nYXV0aG9yaXR5\n-----END CERTIFICATE-----\n';
const content: RestoreSnapshot['content'] = {
  revision: 2080,
  keys: 386,
  versions: 900,
  members: [],
  tokenHashes: [],
  sample: [],
  kubeadm: { clusterConfiguration: 'x', authorities: authority, kubeletConfiguration: 'x', nodes: ['cp1', 'cp2'] },
};
const settings: ClusterSettings = {
  apiVersion: 'kubeadm.k8s.io/v1beta4',
  endpoint: 'lb.example.com:6443',
  release: 'v1.34.1',
  dataDir: '/var/lib/etcd',
  certificatesDir: '/etc/kubernetes/pki',
  hasExternalEtcd: false,
  hostPaths: [],
};
const pki: KubeadmPki = {
  files: new Map(authorityFiles.map((name) => [name, { localPath: `/w/${name}`, sha256: 'ab'.repeat(32), bytes: 7 }])),
  authority,
  strangers: [],
};

interface Changes {
  readonly settings?: Partial<ClusterSettings>;
  readonly content?: Partial<RestoreSnapshot['content']>;
  readonly kubeadm?: Partial<NonNullable<RestoreSnapshot['content']['kubeadm']>>;
  readonly pki?: KubeadmPki;
  /** Of cp2, which joins what cp1 has restored. */
  readonly second?: Partial<NewMachineFacts>;
  readonly join?: Partial<JoinFacts>;
  /** Of cp1. */
  readonly first?: Partial<KubeadmServerFacts>;
  readonly firstJoin?: Partial<JoinFacts>;
  readonly alone?: true;
  /** Of the snapshot. */
  readonly bytes?: number;
}

function concerns(changes: Changes = {}) {
  const present = changes.alone ? ['cp1'] : hosts;
  const machine = (host: string): NewMachineFacts => ({
    join: {
      hostName: host,
      clockSec: 1_795_230_900,
      ports: new Set([22]),
      units: new Map(),
      k3sVersion: undefined,
      kubeadmVersion: 'v1.34.1',
      kubeletVersion: 'v1.34.1',
      leftovers: [],
      hasRoute: true,
      freeKib: 20_000_000,
      hasContainerRuntime: true,
      swaps: false,
      settings: [],
      unreached: [],
      ...(host === 'cp1' ? changes.firstJoin : changes.join),
    },
    clockSkewSec: 0,
    missingPaths: [],
    answering: [],
    unknown: [],
    ...(host === 'cp2' && changes.second),
  });
  const facts = (host: string): KubeadmServerFacts => {
    const told = '\n=== tool\netcdutl\n\n=== bump\nyes\n\n=== free\n20000000\n\n=== end\n';
    const parsed = parseKubeadmFacts(host, told);
    assert.ok(parsed !== undefined);
    return { ...parsed, ...(host === 'cp1' && changes.first) };
  };
  const state = clusterState(
    {
      name: 'busan',
      distribution: 'kubeadm',
      versions: {},
      configs: [],
      nodes: present.map((name, i) => ({ name, address: `10.0.0.1${i}`, roles: ['server' as const], ssh: {} })),
    },
    new Map(),
    [],
  );
  const kubeadm = { ...content.kubeadm, ...changes.kubeadm } as typeof content.kubeadm;
  const snapshot: RestoreSnapshot = {
    host: undefined,
    path: '/tmp/copy',
    bytes: changes.bytes ?? 2_424_864,
    hash: 'ab'.repeat(32),
    local: { path: '/tmp/copy', sha256: 'cd'.repeat(32) },
    content: { ...content, ...(kubeadm && { kubeadm }), ...changes.content },
  };
  const parameters: NewKubeadmParameters = {
    stamp: '20261121-070000',
    absent: [],
    snapshot,
    pki: changes.pki ?? pki,
    machines: new Map(present.map((host) => [host, machine(host)])),
  };
  return newKubeadmConcerns(state, present.map(facts), parameters, { ...settings, ...changes.settings });
}

const words = (changes?: Changes) => {
  const told = (kind: 'blockers' | 'warnings') =>
    concerns(changes)[kind].map(
      (each) => `${each.host ?? ''}: ${render(each.message)}; ${each.remedy === undefined ? '' : render(each.remedy)}`,
    );
  return { blockers: told('blockers'), warnings: told('warnings') };
};

describe('what stands against a kubeadm cluster on new machines', () => {
  test('nothing, where all is as it should be; that the address has to lead there is said', () => {
    assert.deepEqual(words(), {
      blockers: [],
      warnings: [
        ': kubeadm finishes only when lb.example.com:6443 leads to 10.0.0.10; see that DNS, the virtual address and the load balancers send to the new servers',
      ],
    });
  });

  const refused: readonly (readonly [string, Changes, RegExp])[] = [
    ['a snapshot of k3s', { content: { tokenHashes: ['0123456789ab'] } }, /^: the snapshot is one of k3s; choose/],
    [
      'an etcd outside',
      { settings: { hasExternalEtcd: true } },
      /^: the etcd of this cluster was outside; restore it there with etcdutl/,
    ],
    [
      'certificates elsewhere',
      { settings: { certificatesDir: '/srv/pki' } },
      /folders that Haven does not touch: \/srv/,
    ],
    ['data in a folder that is none', { settings: { dataDir: '/data/$(id)' } }, /folders that Haven does not touch/],
    [
      'no address for those who join',
      { settings: { endpoint: undefined } },
      /^: the cluster was made without controlPlaneEndpoint.*leave one server/,
    ],
    ['a machine that said nothing', { second: { join: undefined } }, /^cp2: the machine did not answer; see that SSH/],
    ['a name that no Node has', { join: { hostName: 'cp_2' } }, /^cp2: "cp_2" cannot be the name of a Node; give the/],
    ['one name twice', { join: { hostName: 'cp1' } }, /^: two machines are called cp1; give each/],
    [
      'a folder that the control plane mounts',
      { second: { missingPaths: ['/etc/audit.yaml'] } },
      /^cp2: the control plane mounts \/etc\/audit\.yaml, which is not there; lay it down/,
    ],
    ['a missing program', { first: { missing: ['crictl'] } }, /^cp1: crictl is not installed; install it$/],
    ['no etcdutl', { first: { tool: undefined } }, /^cp1: there is no etcdutl.*kubeadm config images pull/],
    [
      'a disk that holds no database',
      { bytes: 1_000_000_000, firstJoin: { freeKib: 2_500_000 } },
      /^cp1: 2500000 KiB are free, and the restore needs 2999688; make room first/,
    ],
    [
      'no kubelet',
      { join: { kubeletVersion: undefined } },
      /^cp2: kubeadm or kubelet is not installed there; install v1/,
    ],
    [
      'a kubeadm two releases ahead',
      { join: { kubeadmVersion: 'v1.36.0' } },
      /^cp2: it has kubeadm v1\.36\.0, .*install v1/,
    ],
    [
      'a newer kubelet',
      { join: { kubeletVersion: 'v1.34.2' } },
      /^cp2: it has kubelet v1\.34\.2, and .*install v1\.34\.1/,
    ],
    ['a kubelet four releases behind', { join: { kubeletVersion: 'v1.30.9' } }, /^cp2: it has kubelet v1\.30\.9/],
    [
      'a name that is not known',
      { second: { unknown: ['https://lb.example.com:6443'] } },
      /^: the name in .*let it lead/,
    ],
    [
      'an API that answers',
      { second: { answering: ['https://lb.example.com:6443'] } },
      /still runs; switch its servers off/,
    ],
  ];
  for (const [name, changes, pattern] of refused) {
    test(`refused: ${name}`, () => {
      const { blockers } = words(changes);
      assert.ok(blockers.length > 0 && blockers.every((each) => pattern.test(each)), blockers.join('\n'));
    });
  }

  test('what kubeadm bears is not refused: the release before, and kubelets of three releases', () => {
    assert.deepEqual(words({ join: { kubeadmVersion: 'v1.35.0' } }).blockers, []);
    assert.deepEqual(words({ join: { kubeletVersion: 'v1.31.0' } }).blockers, []);
    assert.deepEqual(words({ alone: true, settings: { endpoint: undefined } }).blockers, []);
  });

  const warned: readonly (readonly [string, Changes, RegExp])[] = [
    [
      'nobody can compare the authority of one server',
      { alone: true, content: { kubeadm: { ...content.kubeadm, authorities: undefined } as never } },
      /no cluster-info, so nobody can see whether the authority is that of the cluster; make sure/,
    ],
    ['a Node without a machine', { kubeadm: { nodes: ['cp1', 'old7'] } }, /lists Nodes that .*: old7; remove those/],
    [
      'how kubelet was set up',
      { content: { kubeadm: { ...content.kubeadm, kubeletConfiguration: undefined } as never } },
      /does not say how kubelet was set up/,
    ],
    ['a revision that cannot be raised', { first: { canBump: false } }, /cannot raise the revision.*restart kubelet/],
  ];
  for (const [name, changes, pattern] of warned) {
    test(`said: ${name}`, () => {
      const { blockers, warnings } = words(changes);
      assert.deepEqual(blockers, []);
      assert.match(warnings.join('\n'), pattern);
      assert.doesNotMatch(words().warnings.join('\n'), pattern);
    });
  }
});
