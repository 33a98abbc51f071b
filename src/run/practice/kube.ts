import type { EtcdStore } from './etcd/store';
import type { Machine } from './machine';
import type { PracticeCluster } from './practice-cluster';

/** An object of the API as kubectl prints it. */
export interface KubeObject {
  readonly kind: string;
  readonly metadata: { readonly name: string } & Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

interface StoredNode {
  readonly heartbeatMs: number;
  readonly address: string;
  readonly server: boolean;
  readonly cordoned?: boolean;
  readonly version?: string;
}

/** A Node is said to be ready until this long after its last sign of life, and after the start of who says so. */
const graceMs = 45_000;

/** The member of a deleted Node was gone within six seconds (recorded: join/remove-and-rejoin-running.txt). */
const controllerMs = 5000;

/** The Kubernetes API of the practice cluster: a view of what its etcd holds. */
export class Kube {
  private readonly leaving: { readonly atMs: number; readonly peerUrl: string }[] = [];

  constructor(private readonly cluster: PracticeCluster) {}

  /** The store behind the API server that a machine's kubectl asks; nothing when none answers. */
  reach(machine: Machine, server: string | undefined): { readonly store: EtcdStore; readonly by: Machine } | undefined {
    const by = server === undefined ? machine : this.cluster.serverAt(server, undefined);
    if (by === undefined || !this.cluster.k3s.isReady(by)) return undefined;
    const store = this.cluster.k3s.etcdOf(by)?.store;
    return store === undefined ? undefined : { store, by };
  }

  list({ store, by }: { readonly store: EtcdStore; readonly by: Machine }, kind: string): KubeObject[] {
    if (kind === 'node' || kind === 'no')
      return store.below('/registry/minions/').map((key) => this.node(store, by, key));
    if (kind === 'lease')
      return store.below('/registry/minions/').map((key) => this.lease(key.split('/').at(-1) ?? '', store.get(key)));
    const folder = kind === 'cm' || kind === 'configmap' ? '/registry/configmaps/default/' : `/registry/${kind}s/`;
    return store.below(folder).map((key) => {
      const name = key.split('/').at(-1) ?? '';
      const data = kind.startsWith('c') ? { data: { v: store.get(key) ?? '' } } : {};
      return { kind, apiVersion: 'v1', metadata: { name }, ...data };
    });
  }

  private lease(name: string, node = '{}'): KubeObject {
    const renewTime = new Date((JSON.parse(node) as StoredNode).heartbeatMs).toISOString().replace(/Z$/, '000Z');
    return { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name }, spec: { renewTime } };
  }

  private node(store: EtcdStore, by: Machine, key: string): KubeObject {
    const name = key.split('/').at(-1) ?? '';
    const stored = JSON.parse(store.get(key) ?? '{}') as StoredNode;
    const nowMs = this.cluster.now();
    const seen = Math.max(stored.heartbeatMs, this.cluster.k3s.readySince(by) ?? 0);
    const ready = nowMs - seen < graceMs;
    const time = new Date(stored.heartbeatMs).toISOString().replace(/\.\d+Z$/, 'Z');
    const member = store.members.find((each) => each.peerUrl === `https://${stored.address}:2380`);
    const conditions: Record<string, string>[] = [
      {
        type: 'Ready',
        status: ready ? 'True' : 'Unknown',
        lastHeartbeatTime: time,
        reason: ready ? 'KubeletReady' : 'NodeStatusUnknown',
      },
    ];
    if (member !== undefined) conditions.push({ type: 'EtcdIsVoter', status: member.learner ? 'False' : 'True' });
    const roles = { 'node-role.kubernetes.io/control-plane': 'true', 'node-role.kubernetes.io/etcd': 'true' };
    return {
      kind: 'Node',
      apiVersion: 'v1',
      metadata: {
        name,
        labels: stored.server ? roles : {},
        annotations: member === undefined ? {} : { 'etcd.k3s.cattle.io/node-name': member.name },
      },
      spec: stored.cordoned === true ? { unschedulable: true } : {},
      status: {
        conditions,
        addresses: [{ type: 'InternalIP', address: stored.address }],
        nodeInfo: { kubeletVersion: stored.version ?? 'v1.34.1+k3s1' },
      },
    };
  }

  delete({ store }: { readonly store: EtcdStore }, kind: string, name: string): boolean {
    const key = kind === 'node' ? `/registry/minions/${name}` : `/registry/configmaps/default/${name}`;
    const text = store.get(key);
    if (text === undefined) return false;
    store.delete(key);
    if (kind === 'node') {
      const { address } = JSON.parse(text) as StoredNode;
      const atMs = this.cluster.now() + controllerMs;
      this.leaving.push({ atMs, peerUrl: `https://${address}:2380` });
    }
    return true;
  }

  /** The controller of k3s takes the member of a deleted Node out of etcd; the last voter stays. */
  settle(): void {
    for (const each of this.leaving.filter(({ atMs }) => atMs <= this.cluster.now())) {
      this.leaving.splice(this.leaving.indexOf(each), 1);
      const store = this.cluster.anyStore();
      const rest = store?.members.filter(({ peerUrl }) => peerUrl !== each.peerUrl) ?? [];
      if (store === undefined || rest.length === store.members.length || rest.every(({ learner }) => learner)) continue;
      store.members = rest;
      store.revision++;
    }
  }

  cordon({ store }: { readonly store: EtcdStore }, name: string, cordoned: boolean): boolean {
    const key = `/registry/minions/${name}`;
    const text = store.get(key);
    if (text === undefined) return false;
    store.put(key, JSON.stringify({ ...(JSON.parse(text) as StoredNode), cordoned }));
    return true;
  }

  table(items: readonly KubeObject[]): string {
    const rows = items.map((each) => {
      const spec = each.spec as { unschedulable?: boolean } | undefined;
      const status = each.status as { conditions?: { type: string; status: string }[] } | undefined;
      const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
      const labels = (each.metadata.labels ?? {}) as Readonly<Record<string, string>>;
      const roles = Object.keys(labels).flatMap((key) => /^node-role\.kubernetes\.io\/(.+)$/.exec(key)?.[1] ?? []);
      const state = `${ready ? 'Ready' : 'NotReady'}${spec?.unschedulable === true ? ',SchedulingDisabled' : ''}`;
      return [each.metadata.name, state, roles.join(',') || '<none>', '9m', 'v1.34.1+k3s1'];
    });
    const lines = [['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'], ...rows];
    const widths = [0, 1, 2, 3].map((i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
    return lines
      .map((line) => `${line.map((word, i) => (i < 4 ? word.padEnd((widths[i] ?? 0) + 2) : word)).join(' ')}\n`)
      .join('');
  }
}
