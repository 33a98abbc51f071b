import { createHash } from 'node:crypto';
import { BoltError } from '../../../ops/snapshot-file/bolt';
import { idsOf } from '../etcd/engine';
import { EtcdStore } from '../etcd/store';
import { FileError, type FileTree } from '../file-tree';
import { setActive } from '../units';
import {
  type Cluster,
  type Component,
  type Container,
  type ControlPlane,
  components,
  type Etcd,
  type EtcdProcess,
  type Machine,
  type Service,
  type Unit,
} from '../world';
import { beginKubeadm, furnishKubeadm } from './beginning';
import { hasCertificates, nodeNameOf } from './certificates';
import { kubeletFolder, kubernetes, manifestFolder, pauseImage, readManifest, releaseOf } from './layout';

/**
 * Seconds that things take on a practice machine, near those recorded from a real one: the grace that an API server uses
 * up, the time until it answers, etcd's comparison with its peers in a full start and in one that joins running ones, the
 * wait of a kubelet that boots for its own API server.
 */
const pace = { grace: 30, stop: 1, answers: 4.5, fullStart: 14, joins: 3, boot: 51, heartbeat: 10, again: 10 };

/** What runs on one machine. */
interface Node {
  /** Since when kubelet runs; undefined while it does not. */
  kubeletMs: number | undefined;
  /** Of the program that was started; the one on the disk can be another by now. */
  release: string;
  /** From when kubelet starts pods. */
  podsFromMs: number;
  beatMs: number;
  /** The newest revision that kubelet has seen: of older ones it does not want to know. */
  seenRevision: number;
  readonly containers: Map<Component, Container>;
  starts: number;
}

/** kubeadm's machines: kubelet as a unit, the static pods that it runs, and the etcd inside. */
export class KubeadmService implements Service, ControlPlane {
  /** `systemctl start` comes back at once: the unit is of Type=simple. */
  readonly isSimple = true;
  private readonly nodes = new Map<Machine, Node>();
  /** What kubelet's folder held when the disk was last looked at. */
  private readonly manifests = new WeakMap<FileTree, { changes: number; found: ReadonlyMap<Component, string> }>();
  private readonly left: number[] = [];

  constructor(
    private readonly cluster: Cluster,
    private readonly etcd: Etcd,
  ) {}

  furnish(machine: Machine): void {
    furnishKubeadm(machine, this.cluster.now());
  }

  begin(): void {
    const { nodes } = this.cluster;
    beginKubeadm(this.etcd, nodes, this.cluster.now());
    for (const machine of nodes.filter((each) => each.role !== 'loadbalancer')) {
      const unit = machine.units.get('kubelet');
      if (unit === undefined) continue;
      this.start(machine, unit);
      const node = this.node(machine);
      // It has run for a while: nothing of what a start takes is left to wait for.
      node.podsFromMs = 0;
      this.startPods(machine, node, this.cluster.now() - 60_000);
      for (const { etcd } of node.containers.values()) if (etcd !== undefined) Object.assign(etcd, { speaksFromMs: 0 });
    }
  }

  private node(machine: Machine): Node {
    const found = this.nodes.get(machine);
    if (found !== undefined) return found;
    const made: Node = {
      kubeletMs: undefined,
      release: '',
      podsFromMs: 0,
      beatMs: 0,
      seenRevision: 0,
      containers: new Map(),
      starts: 0,
    };
    this.nodes.set(machine, made);
    return made;
  }

  start(machine: Machine, unit: Unit): void {
    const nowMs = this.cluster.now();
    const node = this.node(machine);
    if (!machine.files.has(`${kubeletFolder}/config.yaml`)) {
      // It ends at once and is started again every ten seconds (recorded: files/kubelet-before-join.txt).
      Object.assign(unit, {
        active: 'activating',
        sub: 'auto-restart',
        result: 'exit-code',
        exitStatus: 1,
        mainPid: 0,
      });
      unit.sinceMs = nowMs;
      unit.restarts++;
      const path = `${kubeletFolder}/config.yaml`;
      const cause = `failed to load kubelet config file, path: ${path}, error: failed to load Kubelet config file ${path}, error failed to read kubelet config file "${path}", error: open ${path}: no such file or directory`;
      this.cluster.write(machine, unit.name, `"command failed" err=${JSON.stringify(cause)}`);
      return;
    }
    setActive(unit, nowMs);
    unit.mainPid = 600 + (Math.floor(nowMs / 1000) % 20_000);
    const isBoot = machine.bootMs !== undefined && nowMs - machine.bootMs < 1000;
    const waits = isBoot && machine.files.has(`${kubernetes}/kubelet.conf`) && this.isServer(machine);
    Object.assign(node, {
      kubeletMs: nowMs,
      release: releaseOf(machine, 'kubelet'),
      podsFromMs: nowMs + (waits ? pace.boot : 1) * 1000,
      beatMs: 0,
      seenRevision: 0,
    });
  }

  /** The containers live on: they are no children of kubelet. */
  stop(machine: Machine): void {
    this.node(machine).kubeletMs = undefined;
  }

  powerOff(machine: Machine): void {
    for (const container of [...this.node(machine).containers.values()]) this.end(machine, container, true);
    this.node(machine).kubeletMs = undefined;
  }

  private isServer({ files }: Machine): boolean {
    return files.isFolder(manifestFolder) && files.list(manifestFolder).length > 0;
  }

  containersOf(machine: Machine): readonly Container[] {
    return [...this.node(machine).containers.values()];
  }

  etcdOf(machine: Machine): EtcdProcess | undefined {
    return this.nodes.get(machine)?.containers.get('etcd')?.etcd;
  }

  isReady(machine: Machine): boolean {
    const since = this.readySince(machine);
    return since !== undefined && since <= this.cluster.now();
  }

  readySince(machine: Machine): number | undefined {
    const node = this.nodes.get(machine);
    const server = node?.containers.get('kube-apiserver');
    const etcd = node?.containers.get('etcd')?.etcd;
    if (!machine.hasPower || server === undefined || server.endsMs !== undefined || etcd === undefined)
      return undefined;
    if (!this.etcd.isServing(etcd) || etcd.isLearner || !hasCertificates(machine)) return undefined;
    return Math.max(server.startedMs + pace.answers * 1000, etcd.servingSinceMs ?? 0);
  }

  /** How many API servers have gone in the last seconds, which a load balancer has not noticed yet. */
  lately(): number {
    return this.left.filter((atMs) => this.cluster.now() - atMs < 6000).length;
  }

  settle(): void {
    for (const [machine, node] of this.nodes) {
      if (!machine.hasPower) continue;
      const unit = machine.units.get('kubelet');
      this.endPods(machine, node);
      if (unit?.active === 'activating' && this.cluster.now() - unit.sinceMs >= pace.again * 1000)
        this.start(machine, unit);
      if (node.kubeletMs === undefined) continue;
      if (this.cluster.now() >= node.podsFromMs) this.startPods(machine, node, this.cluster.now());
      this.beat(machine, node);
    }
  }

  /** The manifests in kubelet's folder, by component. */
  private wanted({ files }: Machine): ReadonlyMap<Component, string> {
    const known = this.manifests.get(files);
    if (known?.changes === files.changes) return known.found;
    const found = new Map<Component, string>();
    this.manifests.set(files, { changes: files.changes, found });
    if (!files.isFolder(manifestFolder)) return found;
    for (const name of files.list(manifestFolder)) {
      // kubelet takes every file whose name does not begin with a dot for a pod.
      if (name.startsWith('.')) continue;
      const text = files.textOr(`${manifestFolder}/${name}`, '');
      const component = components.find((each) => text.includes(`\n  name: ${each}\n`));
      if (component !== undefined) found.set(component, text);
    }
    return found;
  }

  /** Ends what shall not run any more, as far as kubelet is there to see it, and what has used up its grace. */
  private endPods(machine: Machine, node: Node): void {
    const nowMs = this.cluster.now();
    const wanted = this.wanted(machine);
    for (const container of [...node.containers.values()]) {
      const { component, manifest, endsMs } = container;
      if (endsMs !== undefined) {
        if (endsMs <= nowMs) this.end(machine, container, true);
      } else if (node.kubeletMs !== undefined && wanted.get(component) !== manifest)
        this.end(machine, container, false);
    }
  }

  /** Ends a container: now, or with the grace that it uses. */
  private end(machine: Machine, container: Container, atOnce: boolean): void {
    const { component, etcd, pid } = container;
    if (etcd !== undefined) {
      this.etcd.stop(etcd);
      delete container.etcd;
    }
    if (component === 'kube-apiserver' && container.endsMs === undefined) this.left.push(this.cluster.now());
    if (!atOnce) {
      const sec = component === 'kube-apiserver' ? pace.grace : pace.stop;
      container.endsMs = this.cluster.now() + sec * 1000;
      return;
    }
    this.node(machine).containers.delete(component);
    if (machine.files.has(`/proc/${pid}`)) machine.files.remove(`/proc/${pid}`);
  }

  /** Ends a container as `crictl stop` and `kubeadm reset` do; kubelet starts it anew if it runs. */
  stopContainer(machine: Machine, component: Component): void {
    const container = this.node(machine).containers.get(component);
    if (container !== undefined) this.end(machine, container, true);
  }

  /** Whether an image is on the machine, or comes there now. */
  fetch(machine: Machine, image: string): boolean {
    if (machine.reachesRegistry) machine.lostImages.delete(image);
    return !machine.lostImages.has(image);
  }

  private startPods(machine: Machine, node: Node, startedMs: number): void {
    for (const [component, manifest] of this.wanted(machine)) {
      if (!node.containers.has(component)) {
        if (!this.fetch(machine, pauseImage) || !this.fetch(machine, readManifest(manifest).image)) continue;
        const seed = `${machine.name}${component}${node.starts}${startedMs}`;
        const id = createHash('sha256').update(seed).digest('hex');
        const pod = createHash('sha256').update(`pod ${seed}`).digest('hex');
        const pid = 1000 + node.starts++;
        node.containers.set(component, { component, manifest, id, pod, attempt: 0, startedMs, pid });
        machine.files.place(`/proc/${pid}/comm`, `${component}\n`);
        if (component === 'etcd')
          for (const tool of ['etcdctl', 'etcdutl'])
            machine.files.place(
              `/proc/${pid}/root/usr/local/bin/${tool}`,
              `#!/bin/sh\nexec practice-${tool} "$@"\n`,
              0o755,
            );
      }
      const container = node.containers.get(component);
      if (component === 'etcd' && container !== undefined && container.endsMs === undefined)
        this.runEtcd(machine, container);
    }
  }

  /** Lets the etcd of a container run on the data that it finds, again and again as long as it ends by itself. */
  private runEtcd(machine: Machine, container: Container): void {
    const nowMs = this.cluster.now();
    if (container.etcd?.isRemoved === true) {
      this.etcd.stop(container.etcd);
      this.crashed(machine, container, 'the member has been permanently removed from the cluster');
    }
    if (container.etcd !== undefined || (container.againMs ?? 0) > nowMs || !hasCertificates(machine)) return;
    const { flags, dataDir } = readManifest(container.manifest);
    const { files } = machine;
    // kubelet makes the folder that the manifest names (DirectoryOrCreate).
    if (!files.isFolder(dataDir)) files.makeFolders(dataDir);
    try {
      if (!this.etcd.hasData(machine, dataDir) && !this.beginData(machine, container, flags, dataDir)) return;
      container.etcd = this.etcd.start(machine, dataDir, 0);
      // Members that serve already are heard sooner than all at once.
      const { etcd } = container;
      const others = this.etcd.group(etcd.clusterId).some((each) => each !== etcd && each.servingSinceMs !== undefined);
      const alone = etcd.store.members.length === 1;
      etcd.speaksFromMs = nowMs + (alone ? 1 : others ? pace.joins : pace.fullStart) * 1000;
    } catch (error) {
      if (!(error instanceof BoltError) && !(error instanceof FileError)) throw error;
      this.crashed(machine, container, error.message);
    }
  }

  /** Data for a member that has none: of the cluster that it was added to, or of a new one. False when it cannot start. */
  private beginData(
    machine: Machine,
    container: Container,
    flags: ReadonlyMap<string, string>,
    dataDir: string,
  ): boolean {
    const own = flags.get('initial-advertise-peer-urls') ?? '';
    const name = flags.get('name') ?? machine.name;
    if (flags.get('initial-cluster-state') === 'existing') {
      const peers = (flags.get('initial-cluster') ?? '').split(',').map((each) => each.slice(each.indexOf('=') + 1));
      const process = [...this.etcd.processes].find(
        (each) =>
          each.servingSinceMs !== undefined && peers.some((url) => url === `https://${each.machine.address}:2380`),
      );
      if (process === undefined) return this.crashed(machine, container, 'could not retrieve cluster information');
      const member = process.store.members.find((each) => each.peerUrl === own);
      if (member === undefined)
        return this.crashed(machine, container, 'error validating peerURLs: member count is unequal');
      // Under the ids of a member that has run before it panics as soon as a peer speaks to it; the others are not harmed.
      if (member.name !== '')
        return this.crashed(
          machine,
          container,
          'tocommit(3048) is out of range [lastIndex(0)]. Was the raft log corrupted, truncated, or lost?',
        );
      process.store.members = process.store.members.map((each) => (each === member ? { ...member, name } : each));
      const { clusterId, store } = process;
      this.etcd.create(machine, dataDir, { name, clusterId, memberId: member.id, store });
      return true;
    }
    const ids = idsOf([own], own, 'etcd-cluster');
    if (this.etcd.group(ids.clusterId).length > 0)
      return this.crashed(
        machine,
        container,
        'tocommit(3048) is out of range [lastIndex(0)]. Was the raft log corrupted, truncated, or lost?',
      );
    const store = new EtcdStore();
    store.members = [{ id: ids.memberId, name, peerUrl: own, learner: false }];
    this.etcd.create(machine, dataDir, { name, ...ids, store });
    return true;
  }

  private crashed(machine: Machine, container: Container, text: string): false {
    delete container.etcd;
    container.againMs = this.cluster.now() + pace.again * 1000;
    this.cluster.write(machine, 'etcd', text);
    return false;
  }

  /** kubelet says that it lives, through its own API server on a control plane, through the address of all on a worker. */
  private beat(machine: Machine, node: Node): void {
    const nowMs = this.cluster.now();
    const name = nodeNameOf(machine);
    if (name === undefined || !machine.files.has(`${kubernetes}/kubelet.conf`)) return;
    if (nowMs - node.beatMs < pace.heartbeat * 1000) return;
    const own = /^ *server: *(\S+)/m.exec(machine.files.text(`${kubernetes}/kubelet.conf`))?.[1] ?? '';
    const by = this.cluster.serverAt(own, undefined);
    const store = by !== undefined && this.isReady(by) ? this.etcdOf(by)?.store : undefined;
    if (store === undefined || store.alarms.length > 0) return;
    const key = `/registry/minions/${name}`;
    const isFirst = node.beatMs === 0;
    node.beatMs = nowMs;
    const text = store.get(key);
    // A Node that is deleted under a kubelet stays away until that is started anew.
    if (text === undefined && !isFirst) return;
    const before = JSON.parse(text ?? '{}') as Readonly<Record<string, unknown>>;
    // After the revision went down, kubelet holds on to a state that is newer than what the API has now.
    const isStale = store.revision < node.seenRevision;
    node.seenRevision = Math.max(node.seenRevision, store.revision);
    const seen = isStale ? { leaseMs: nowMs } : { heartbeatMs: nowMs, leaseMs: nowMs };
    const made = {
      heartbeatMs: nowMs,
      server: false,
      ...before,
      ...seen,
      address: machine.address,
      version: node.release,
    };
    store.put(key, JSON.stringify(made));
  }
}
