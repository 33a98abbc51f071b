import type { EtcdStore } from './etcd/store';
import { passwordKey } from './k3s/node-password';
import { cleanTokens, mapData } from './kubeadm/objects';
import { practiceName } from './names';
import { type Api, type Cluster, components, type KubeObject, type Machine } from './world';

const folderOf = (kind: string) => `/registry/${kind === 'secret' ? 'secrets' : 'configmaps'}`;

interface StoredNode {
  readonly heartbeatMs: number;
  /** Of the lease, where that is renewed by a kubelet whose Node is not. */
  readonly leaseMs?: number;
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
  private requests = 0;
  private readonly leaving: { readonly atMs: number; readonly peerUrl: string }[] = [];

  constructor(private readonly cluster: Cluster) {}

  /** The API server that is asked at a URL, or on the machine itself; what kubectl says where none answers. */
  reach(machine: Machine, server: string | undefined): Api | string {
    const by = server === undefined ? machine : this.cluster.serverAt(server, undefined);
    const host = /^(?:https?:\/\/)?([^/]+)/.exec(server ?? '')?.[1] ?? '127.0.0.1:6443';
    const refused = `The connection to the server ${host} was refused - did you specify the right host or port?`;
    if (by === undefined || !this.cluster.control.isReady(by)) return refused;
    // A load balancer goes on sending every third request to a server that has just gone, until its check notices.
    const isShared = host.startsWith(this.cluster.virtualAddress) || host.startsWith(practiceName);
    if (isShared && this.cluster.kubeadm.lately() > 0 && this.requests++ % 3 === 2)
      return 'Unable to connect to the server: EOF';
    const store = this.cluster.control.etcdOf(by)?.store;
    return store === undefined ? refused : { store, by };
  }

  /** The static pods of the control planes, as their mirrors are listed. */
  private pods(store: EtcdStore): KubeObject[] {
    return store.below('/registry/minions/').flatMap((key) => {
      const name = key.split('/').at(-1) ?? '';
      const { server, address } = JSON.parse(store.get(key) ?? '{}') as StoredNode;
      return (server ? components : []).map((component): KubeObject => {
        const labels = { component, tier: 'control-plane' };
        return {
          kind: 'Pod',
          apiVersion: 'v1',
          metadata: { name: `${component}-${name}`, namespace: 'kube-system', labels },
          spec: { nodeName: name, containers: [{ name: component }] },
          status: { phase: 'Running', hostIP: address, podIP: address },
        };
      });
    });
  }

  /** Without a namespace, those of all. */
  list({ store, by }: Api, kind: string, namespace: string | undefined): KubeObject[] {
    if (kind === 'node' || kind === 'no')
      return store.below('/registry/minions/').map((key) => this.node(store, by, key));
    if (kind === 'lease' || kind === 'leases.coordination.k8s.io')
      return store.below('/registry/minions/').map((key) => this.lease(key.split('/').at(-1) ?? '', store.get(key)));
    if (kind === 'pod' || kind === 'po') return this.pods(store);
    const isMap = kind === 'cm' || kind === 'configmap';
    const isNamespaced = isMap || kind === 'secret';
    const within = namespace === undefined ? '' : `${namespace}/`;
    const folder = isNamespaced ? `${folderOf(kind)}/${within}` : `/registry/${kind}s/`;
    return store.below(folder).map((key) => {
      const [place = '', name = ''] = key.split('/').slice(-2);
      const text = store.get(key) ?? '';
      const data = isMap ? { data: mapData(text) } : {};
      const metadata = { name, ...(isNamespaced && { namespace: place }) };
      return { kind, apiVersion: 'v1', metadata, ...data };
    });
  }

  private lease(name: string, node = '{}'): KubeObject {
    const stored = JSON.parse(node) as StoredNode;
    const renewTime = new Date((stored.leaseMs ?? stored.heartbeatMs) + this.aheadOf(stored))
      .toISOString()
      .replace(/Z$/, '000Z');
    return { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name }, spec: { renewTime } };
  }

  /** A kubelet writes down what the clock of its machine says; who looks after it goes by his own. */
  private aheadOf({ address }: StoredNode): number {
    return this.cluster.nodes.find((each) => each.address === address)?.aheadMs ?? 0;
  }

  private node(store: EtcdStore, by: Machine, key: string): KubeObject {
    const name = key.split('/').at(-1) ?? '';
    const stored = JSON.parse(store.get(key) ?? '{}') as StoredNode;
    const nowMs = this.cluster.now();
    const seen = Math.max(stored.heartbeatMs, this.cluster.control.readySince(by) ?? 0);
    const ready = nowMs - seen < graceMs;
    const time = new Date(stored.heartbeatMs + this.aheadOf(stored)).toISOString().replace(/\.\d+Z$/, 'Z');
    const isK3s = this.cluster.distribution === 'k3s';
    const member = isK3s ? store.members.find((each) => each.peerUrl === `https://${stored.address}:2380`) : undefined;
    const conditions: Record<string, string>[] = [
      {
        type: 'Ready',
        status: ready ? 'True' : 'Unknown',
        lastHeartbeatTime: time,
        reason: ready ? 'KubeletReady' : 'NodeStatusUnknown',
      },
    ];
    if (member !== undefined) conditions.push({ type: 'EtcdIsVoter', status: member.learner ? 'False' : 'True' });
    // kubeadm gives the label no value.
    const roles = isK3s
      ? { 'node-role.kubernetes.io/control-plane': 'true', 'node-role.kubernetes.io/etcd': 'true' }
      : { 'node-role.kubernetes.io/control-plane': '' };
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

  delete({ store }: Api, kind: string, name: string, namespace = 'default'): boolean {
    const key = kind === 'node' ? `/registry/minions/${name}` : `${folderOf(kind)}/${namespace}/${name}`;
    const text = store.get(key);
    if (text === undefined) return false;
    store.delete(key);
    if (kind === 'node' && this.cluster.distribution === 'k3s') {
      // k3s drops the password that a Node was known by together with it.
      store.delete(passwordKey(name));
      const { address } = JSON.parse(text) as StoredNode;
      const atMs = this.cluster.now() + controllerMs;
      this.leaving.push({ atMs, peerUrl: `https://${address}:2380` });
    }
    return true;
  }

  /** The controller of k3s takes the member of a deleted Node out of etcd; the last voter stays. */
  settle(): void {
    if (this.cluster.distribution === 'kubeadm') {
      const store = this.cluster.anyStore();
      if (store !== undefined) cleanTokens(store, this.cluster.now());
      return;
    }
    for (const each of this.leaving.filter(({ atMs }) => atMs <= this.cluster.now())) {
      this.leaving.splice(this.leaving.indexOf(each), 1);
      const store = this.cluster.anyStore();
      const rest = store?.members.filter(({ peerUrl }) => peerUrl !== each.peerUrl) ?? [];
      if (store === undefined || rest.length === store.members.length || rest.every(({ learner }) => learner)) continue;
      store.members = rest;
      store.revision++;
    }
  }

  cordon({ store }: Api, name: string, cordoned: boolean): boolean {
    const key = `/registry/minions/${name}`;
    const text = store.get(key);
    if (text === undefined) return false;
    store.put(key, JSON.stringify({ ...(JSON.parse(text) as StoredNode), cordoned }));
    return true;
  }

  table(items: readonly KubeObject[]): string {
    const rows = items.map((each) => {
      const spec = each.spec as { unschedulable?: boolean } | undefined;
      const status = each.status as
        | { conditions?: { type: string; status: string }[]; nodeInfo?: { kubeletVersion: string } }
        | undefined;
      const version = status?.nodeInfo?.kubeletVersion ?? '';
      const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
      const labels = (each.metadata.labels ?? {}) as Readonly<Record<string, string>>;
      const roles = Object.keys(labels).flatMap((key) => /^node-role\.kubernetes\.io\/(.+)$/.exec(key)?.[1] ?? []);
      const state = `${ready ? 'Ready' : 'NotReady'}${spec?.unschedulable === true ? ',SchedulingDisabled' : ''}`;
      return [each.metadata.name, state, roles.join(',') || '<none>', '9m', version];
    });
    const lines = [['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'], ...rows];
    const widths = [0, 1, 2, 3].map((i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
    return lines
      .map((line) => `${line.map((word, i) => (i < 4 ? word.padEnd((widths[i] ?? 0) + 2) : word)).join(' ')}\n`)
      .join('');
  }
}
